from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_kit import DANA, attachment, letter

from mailer.address import Mailbox
from mailer.ledger import open_ledger
from mailer.ledger.content import found

PDF = attachment(bytes(range(256)) * 800)


def message(*items, name=b"x"):
    parts = b"".join(b"--b\r\nContent-Type: application/pdf\r\n\r\n" + item.encoded for item in items)
    return b"To: " + name + b"\r\n\r\n--b\r\n\r\nHello\r\n" + parts + b"--b--\r\n"


def test_an_attachment_is_kept_once_for_many_letters(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as ledger, ledger.transaction():
        for number in range(200):
            box = Mailbox(f"p{number}@acme.example")
            content = message(PDF, name=b"%d" % number)
            claim = ledger.claim(letter((box,), attachments=(PDF,)), lambda *_, content=content: content)
            assert ledger.content(claim.id) == content
    assert path.stat().st_size < 3 * len(PDF.encoded)


@pytest.mark.parametrize(
    "items",
    [(), (PDF,), (PDF, PDF), (attachment(b""), PDF), (attachment(b"1"), attachment(b"12" * 100), PDF)],
)
def test_octets_come_back(tmp_path, items):
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        content = message(*items)
        claim = ledger.claim(letter(attachments=items), lambda *_: content)
        assert ledger.content(claim.id) == content


def test_attachments_not_in_the_message_and_other_encodings_change_nothing(tmp_path):
    other = attachment(b"other")
    respelt = PDF.__class__(
        PDF.filename, PDF.media_type, PDF.digest, PDF.size, PDF.encoded.replace(b"\r\n", b"") + b"\r\n", PDF.path
    )
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        for number, items in enumerate([(PDF,), (respelt,), (other, PDF), (PDF,)]):
            content = message(*items) if number != 2 else message(PDF, other)
            new = letter((Mailbox(f"p{number}@acme.example"),), attachments=items)
            claim = ledger.claim(new, lambda *_, content=content: content)
            assert ledger.content(claim.id) == content


def test_changed_words_with_other_attachments(tmp_path):
    small = attachment(b"small")
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        claim = ledger.claim(letter(attachments=(PDF, small)), lambda *_: message(PDF, small))
        ledger.release([claim.id])
        retry = ledger.claim(letter((DANA,), attachments=(small,)), lambda *_: message(small))
        assert (retry.kind, ledger.content(retry.id)) == ("retry", message(small))


@settings(max_examples=200)
@given(st.lists(st.binary(max_size=300), max_size=4), st.binary(max_size=100))
def test_what_is_found_is_there(bodies, noise):
    content = noise + b"".join(b"\r\n\r\n" + body for body in bodies)
    end = 0
    for start, stop, which in found(content, bodies):
        assert start >= end
        assert content[start:stop] == bodies[which] != b""
        end = stop
