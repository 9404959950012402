"""The letter file: what is a header, what is prose, and what is refused with which line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData, Unreadable
from mailer.letters.letter import canonical, parse_letter, read_letter
from tests.conftest import make_letter
from tests.kit.rows import each_row

LETTERS = Path(__file__).parents[1] / "letters"
HEAD = "To: Dana Ruiz <dana@acme.example>\nSubject: Hello\n"


def shape(text: str) -> tuple[list[tuple[str, str, int]], str, int]:
    letter = make_letter(text)
    return [(h.name, h.value, h.line) for h in letter.headers], letter.prose, letter.prose_line


@each_row(
    ("text", "headers", "prose", "line"),
    [
        ("To: a\n\nHi\n", [("to", "a", 1)], "Hi\n", 3),
        ("To: a\r\n\r\nHi\r\nthere\r\n", [("to", "a", 1)], "Hi\nthere\n", 3),
        ("To: a", [("to", "a", 1)], "", 2),
        ("To: a\n", [("to", "a", 1)], "", 3),
        ("To: a\n\n", [("to", "a", 1)], "", 3),
        ("\n\nTo: a\n\nHi", [("to", "a", 3)], "Hi", 5),
        ("---\nTo: a\n---\nHi", [("to", "a", 2)], "Hi", 4),
        ("---\nTo: a\n---\n\nHi", [("to", "a", 2)], "Hi", 5),
        ("---\r\nTo: a\r\n---\r\n\r\nHi", [("to", "a", 2)], "Hi", 5),
        ("---  \nTo: a\n\nSubject: b\n---\nHi", [("to", "a", 2), ("subject", "b", 4)], "Hi", 6),
        ("To: a,\n b\n\tc\nSubject: x\n\nHi", [("to", "a, b c", 1), ("subject", "x", 4)], "Hi", 6),
        ("Subject:\n folded\n\nHi", [("subject", "folded", 1)], "Hi", 4),
        ("To : a\n\nHi", [("to", "a", 1)], "Hi", 3),
        ("Reply To: a\n\nHi", [("reply_to", "a", 1)], "Hi", 3),
        ("REPLY_TO: a\n\nHi", [("reply_to", "a", 1)], "Hi", 3),
        ("reply-to: a\n\nHi", [("reply_to", "a", 1)], "Hi", 3),
        ("To:a\n \t \nHi", [("to", "a", 1)], "Hi", 3),
        ("Größe: 7\n\nHi", [("größe", "7", 1)], "Hi", 3),
        ("To: a\nMIME-Version: 1.0\n\nHi", [("to", "a", 1)], "Hi", 4),
        ("To: a\n\nHi\n-- >8 --\nnot \x00 sent: \ud800", [("to", "a", 1)], "Hi\n", 3),
        ("To: a\r\n\r\nHi\r\n-- >8 --\r\nnot sent", [("to", "a", 1)], "Hi\n", 3),
        ("To: a\n-- >8 --\nSubject: b\n\nHi", [("to", "a", 1)], "", 3),
        ("To: a\n\nHi\n -- >8 --\n-- >8 -- x\n", [("to", "a", 1)], "Hi\n -- >8 --\n-- >8 -- x\n", 3),
        ("Attach: a.pdf\nattach: b.pdf\n\n", [("attach", "a.pdf", 1), ("attach", "b.pdf", 2)], "", 4),
        ("Known-As: A\nKnown-As: B\n\n", [("known_as", "A", 1), ("known_as", "B", 2)], "", 4),
        (
            "Amount: 007\nPay: 1.10\nA: NO\nB: Null\n\n",
            [("amount", "007", 1), ("pay", "1.10", 2), ("a", "NO", 3), ("b", "Null", 4)],
            "",
            6,
        ),
        ("Note: a\tb\n\n", [("note", "a\tb", 1)], "", 3),
        ("To: a\n\n  Hi\n\n", [("to", "a", 1)], "  Hi\n\n", 3),
    ],
)
def test_headers_then_prose(text, headers, prose, line):
    assert shape(text) == (headers, prose, line)


@each_row(
    ("text", "line", "field"),
    [
        ("", 1, None),
        ("\n\n", 1, None),
        ("\nHello\n", 2, None),
        ("Hello Dana,\n", 1, None),
        (HEAD + "To: x@y.example\n\n", 3, "To"),
        ("Reply-To: a@b.example\nReply_To: a@b.example\n\n", 2, "Reply_To"),
        ("Field: a\nField: b\n\n", 2, "Field"),
        ("Company: a\ncompany: b\n\n", 2, "company"),
        (" To: a\n\n", 1, None),
        ("---\nTo: a\n", 3, None),
        *[(f"Subject: x\n{name}:\n\nHi", 2, name) for name in ("From", "To", "Cc", "Bcc", "Reply-To", "Attach")],
        ("Subject: x\nATTACHMENT:  \n\nHi", 2, "ATTACHMENT"),
        *[
            (f"{name}: x\n\nHi", 1, name)
            for name in (
                "X-Mailer",
                "List-Id",
                "Sender",
                "Date",
                "Message-ID",
                "Received",
                "Return-Path",
                "DKIM-Signature",
                "Resent-To",
                "Content-Language",
                "content_transfer_encoding",
                "MIME-Version",
                "x header",
            )
        ],
        ("To: a\nMIME-Version: 1.1\n\n", 2, "MIME-Version"),
        ("Prose: x\n\n", 1, "Prose"),
        ("Subject: a\x00b\n\n", 1, None),
        ("Subject: a\x07b\n\n", 1, "Subject"),
        ("Subject: a\tb\n\n", 1, "Subject"),
        ("To: a\nSubject: x\n a\tb\n\n", 3, "Subject"),
        ("Subject: x\n \x1fb\n\n", 2, "Subject"),
        ("Subject: x\n b\x85\n\n", 2, "Subject"),
        *[
            (f"Subject: a{char}b\n\n", 1, "Subject")
            for char in "\u2028\u2029\u061c\u200e\u200f\u202a\u202e\u2066\u2069"
        ],
        ("Note: a\x1bb\n\n", 1, "Note"),
        ("Note: a\rb\n\n", 1, None),
        ("To: a\n\nHi\rthere", 3, None),
        ("To: a\n\nHi\n\nthe\x00re", 5, None),
        ("To: a\n\nHi\ud83d", 3, None),
        ("To: a\r\rHi", 1, None),
        ("To: a\n\x0c\nHi", 2, None),
        ("To: a\nno header here\n\n", 2, None),
        ("1st: x\n\n", 1, None),
    ],
)
def test_what_is_refused_and_where(text, line, field):
    with pytest.raises(BadData) as caught:
        make_letter(text)
    error = caught.value
    assert (error.code, error.file, error.line, error.field) == (65, "/nowhere/letter.md", line, field)
    assert error.hint


def test_bidirectional_text_and_separators_stand_in_the_body():
    text = "a\u202eb\u2028c\u2029d\x0be\x85f"
    assert make_letter(f"Note: x\n\n{text}").prose == text


def test_the_byte_order_mark_is_no_part_of_the_first_header(tmp_path):
    path = tmp_path / "l.txt"
    path.write_bytes(b"\xef\xbb\xbf---\r\nTo: a\r\n---\r\nHi")
    assert [header.name for header in read_letter(path).headers] == ["to"]


def test_octets_that_are_not_utf8_are_told_by_line(tmp_path):
    path = tmp_path / "l.md"
    path.write_bytes("To: a\n\nGrüße\n".encode("latin-1"))
    with pytest.raises(BadData) as caught:
        read_letter(path)
    assert (caught.value.line, caught.value.file) == (3, str(path))
    assert "0xFC" in caught.value.text


def test_a_letter_on_standard_input_has_no_folder():
    letter = parse_letter("To: a\n\n", None)
    assert letter.file == "standard input"


def test_a_missing_letter_is_unreadable(tmp_path):
    with pytest.raises(Unreadable) as caught:
        read_letter(tmp_path / "no.md")
    assert caught.value.code == 66


@pytest.mark.parametrize("path", sorted(LETTERS.glob("*.md")), ids=lambda path: path.stem)
def test_letters_of_people_are_read(path):
    letter = read_letter(path)
    assert letter.get("to")
    assert letter.prose.strip()


@pytest.mark.parametrize("name", ["Reply-To", "reply to", " REPLY_TO ", "rEpLy-tO"])
def test_spellings_of_a_name(name):
    assert canonical(name) == "reply_to"


PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=40)


@given(value=PLAIN, prose=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=80))
def test_what_is_written_is_read_back(value, prose):
    letter = make_letter(f"Note: {value}\n\n{prose}")
    if "-- >8 --" not in prose:
        assert letter.prose == prose
    assert letter.headers[0].value == value.strip(" ")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_a_letter_or_bad_data(text):
    try:
        make_letter(text)
    except BadData as error:
        found = error
    else:
        return
    assert found.file
