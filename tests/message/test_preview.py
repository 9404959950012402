"""What a person sees before anything goes out, and what is read back from what arrived."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.characters import printable
from mailer.message.address import parse_list, parse_mailbox
from mailer.message.attachments import Attachments
from mailer.message.compose import Stamp, compose
from mailer.message.parse import arrived
from mailer.message.preview import format_shown, human_size, inbox_line, shown_text, terminal
from mailer.message.rendered import Rendered, Thread

TEXT = "Dear Dana,\n\n" + "The afternoon with your test-bench team stayed with me. " * 4 + "\n"


def rendered(**more):
    usual = {
        "sender": parse_mailbox("Jo Novak <jo@novak.example>"),
        "to": parse_list("Dana Ruiz <dana.ruiz@acme.example>, Lee <lee@acme.example>"),
        "subject": "Thank you",
        "text": TEXT,
        "html": None,
        "flowed": True,
    }
    return Rendered(**{**usual, **more})


def test_rows_in_order():
    letter = rendered(
        cc=parse_list("c@acme.example"),
        bcc=parse_list("b@novak.example"),
        reply_to=parse_list("r@novak.example"),
        thread=Thread("<first@acme.example>"),
    )
    names = [line[:10].strip() for line in terminal(letter, 2500) if line[:10].strip().endswith(":")]
    assert names == ["From:", "To:", "Cc:", "Bcc:", "Reply-To:", "Subject:", "Answers:", "Inbox:", "Size:"]
    assert "          Lee <lee@acme.example>" in list(terminal(letter, 2500))


def test_text_is_wrapped_only_where_it_flows():
    assert max(map(len, list(terminal(rendered(), 1))[7:])) <= 80
    plain = rendered(flowed=False)
    assert TEXT.split("\n")[2].rstrip() in list(terminal(plain, 1))


@pytest.mark.parametrize("line", ["From Monday on I am free.", " indented", ">5 % growth"])
def test_lines_are_shown_as_a_reader_shows_them(line):
    letter = rendered(text=f"Dear Dana,\n\n{line}\n")
    sent = compose(letter, Stamp("<1@novak.example>", datetime(2026, 11, 23, tzinfo=UTC)))
    assert line in list(terminal(letter, 1))
    assert line in list(arrived(sent))


def test_no_subject_is_said():
    assert "Subject:  (none)" in list(terminal(rendered(subject=""), 1))


def test_international_domains_are_shown_both_ways():
    shown = format_shown(parse_mailbox("Zoë <z@bücher.example>"))
    assert "xn--bcher-kva.example" in shown
    assert "bücher.example" in shown


def test_inbox_line_is_what_a_telephone_shows():
    line = inbox_line(rendered())
    assert line.startswith("Jo Novak | Thank you | Dear Dana, The afternoon")
    assert len(line) <= 70
    assert line.endswith("…")
    assert (
        inbox_line(rendered(sender=parse_mailbox("jo@novak.example"), text="Hi.\n"))
        == "jo@novak.example | Thank you | Hi."
    )


@pytest.mark.parametrize(
    ("octets", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (182_400, "182 kB"), (999_999, "1000 kB"), (2_500_000, "2.5 MB")],
)
def test_sizes(octets, words):
    assert human_size(octets) == words


def test_words_of_an_html_letter():
    html = "<html><head><title>x</title></head><body><style>p{}</style><p>Dear&nbsp;Dana &amp; Lee</p><p>Bye</p></body>"
    assert shown_text(rendered(text=None, html=html)).split() == ["Dear", "Dana", "&", "Lee", "Bye"]


@given(st.text())
def test_printable_lets_nothing_through_that_a_terminal_obeys(text):
    shown = printable(text)
    assert not any((ord(char) < 0x20 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    shown.encode()


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_printable_changes_no_usual_text(text):
    assert printable(text).split() == text.split()


def test_combined_emoji_stay_whole():
    assert printable("👩‍💻") == "👩‍💻"


def test_arrived_is_read_from_the_bytes(tmp_path):
    data = b"\x00\xff binary\r\n"
    path = tmp_path / "Über uns.bin"
    path.write_bytes(data)
    letter = rendered(
        subject="Grüße 😀", html="<p>x</p>", bcc=parse_list("b@novak.example"), attachments=(Attachments().open(path),)
    )
    lines = list(arrived(compose(letter, Stamp("<1@novak.example>", datetime(2026, 11, 23, tzinfo=UTC)))))
    assert "Subject: Grüße 😀" in lines
    assert "Message-ID: <1@novak.example>" in lines
    assert "Dear Dana," in lines
    assert not [line for line in lines if "b@novak.example" in line]
    assert any("Über uns.bin" in line and hashlib.sha256(data).hexdigest() in line for line in lines)
    assert any("also as HTML" in line for line in lines)
    assert max(len(line) for line in lines if "SHA-256" not in line) <= 80
