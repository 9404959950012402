from __future__ import annotations

import pytest

from mailer.ledger.ledger import open_ledger
from mailer.message.address import Mailbox
from mailer.message.compose import Unstamped
from tests.kit.ledger import DANA, STAMP, attachment, letter

PDF = attachment(bytes(range(256)) * 800)


def message(*items, name=b"x"):
    """A message with its attachments apart, and its octets."""
    literal, places = b"To: " + name + b"\r\n\r\n--b\r\n\r\nHello\r\n", []
    whole = STAMP + literal
    for item in items:
        head = b"--b\r\nContent-Type: application/pdf\r\n\r\n"
        literal, whole = literal + head, whole + head + item.encoded
        places.append(len(literal))
    return Unstamped(b"", literal + b"--b--\r\n", tuple(places)), whole + b"--b--\r\n"


@pytest.mark.file
def test_an_attachment_is_kept_once_for_many_letters(place):
    path = place
    with open_ledger(path) as ledger, ledger.transaction():
        for number in range(200):
            box = Mailbox(f"p{number}@acme.example")
            unstamped, octets = message(PDF, name=b"%d" % number)
            claim = ledger.claim(letter((box,), attachments=(PDF,), message=unstamped))
            assert claim.content == ledger.content(claim.id) == octets
    assert path.stat().st_size < 3 * len(PDF.encoded)


@pytest.mark.parametrize(
    "items",
    [(), (PDF,), (PDF, PDF), (attachment(b""), PDF), (attachment(b"1"), attachment(b"12" * 100), PDF)],
)
def test_octets_come_back(place, items):
    with open_ledger(place) as ledger:
        unstamped, octets = message(*items)
        claim = ledger.claim(letter(attachments=items, message=unstamped))
        assert claim.content == ledger.content(claim.id) == octets


def test_another_encoding_of_a_file_that_is_kept_changes_nothing(place):
    other = attachment(b"other")
    respelt = PDF.__class__(
        PDF.filename, PDF.media_type, PDF.digest, PDF.size, PDF.encoded.replace(b"\r\n", b"") + b"\r\n", PDF.path
    )
    with open_ledger(place) as ledger:
        for number, items in enumerate([(PDF,), (respelt,), (other, respelt, PDF), (PDF, respelt)]):
            unstamped, octets = message(*items)
            claim = ledger.claim(letter((Mailbox(f"p{number}@acme.example"),), attachments=items, message=unstamped))
            assert ledger.content(claim.id) == octets


def test_changed_words_with_other_attachments(place):
    small = attachment(b"small")
    with open_ledger(place) as ledger:
        claim = ledger.claim(letter(attachments=(PDF, small), message=message(PDF, small)[0]))
        ledger.release([claim.id])
        retry = ledger.claim(letter((DANA,), attachments=(small,), message=message(small)[0]))
        assert (retry.kind, ledger.content(retry.id)) == ("retry", message(small)[1])


def test_a_large_file_is_kept_octet_for_octet(place):
    large = attachment(bytes(range(256)) * 20_000)
    message = Unstamped(b"", b"\r\nHere it is.\r\n", (len(b"\r\nHere it is.\r\n"),))
    with open_ledger(place) as ledger:
        claim = ledger.claim(letter(message=message, attachments=(large,)))
        assert ledger.content(claim.id) == claim.content
    assert large.encoded in claim.content
