from __future__ import annotations

import quopri
from binascii import a2b_base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.bodies import encode_body
from mailer.message.slots import Cut, Prints, Slot
from tests.kit.rows import each_row

ODD = [
    "\n.\n",
    ".",
    "From ",
    "=",
    "\x0b",
    "\x0c",
    "\x85",
    "\u2028",
    "\0",
    "é",
    "💩",
    " \n",
    "\t\n",
    "\r",
    "\r\n",
    "x" * 75,
]
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=400) | st.lists(
    st.sampled_from(ODD) | st.text(alphabet="ab .", max_size=3), max_size=60
).map("".join)
DECODE = {"7bit": lambda body: body, "quoted-printable": quopri.decodestring, "base64": a2b_base64}


@given(TEXTS, st.booleans())
def test_any_text_arrives_but_for_its_line_ends(text, loose_ends):
    encoding, body = encode_body(text, loose_ends=loose_ends)
    assert DECODE[encoding](body) == text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    lines = body.split(b"\r\n")
    assert body.isascii()
    assert max(map(len, lines)) <= (998 if encoding == "7bit" else 76)
    assert not any(b"\r" in line or b"\n" in line or line.startswith((b".", b"From ")) for line in lines)
    if encoding == "quoted-printable" or (encoding == "7bit" and not loose_ends):
        assert not any(line.endswith((b" ", b"\t")) for line in lines)


@each_row(
    ("text", "encoding"),
    [
        ("plain\ntext\n", "7bit"),
        ("x" * 998, "7bit"),
        ("x" * 999, "quoted-printable"),
        ("a few ümlauts among many plain letters", "quoted-printable"),
        ("Привет, как дела", "base64"),
        ("a\rb", "base64"),
        (".", "quoted-printable"),
        ("From here", "quoted-printable"),
        ("space at the end \n", "quoted-printable"),
    ],
)
def test_the_encoding_is_the_lightest_that_is_safe(text, encoding):
    assert encode_body(text)[0] == encoding


def test_flowed_text_keeps_its_spaces_in_7bit():
    assert encode_body("soft \nbreak\n", loose_ends=True) == ("7bit", b"soft \r\nbreak\r\n")


def test_half_a_character_is_refused():
    with pytest.raises(BadData, match="U\\+D800"):
        encode_body("\ud800")


def test_half_a_character_in_a_value_is_bad_data():
    cut = Cut(["Many greetings – ", Slot(0, "html")])
    with pytest.raises(BadData, match=r"U\+DC80"):
        encode_body(cut.fill(Prints(["a\udc80"], "a")))
