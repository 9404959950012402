from __future__ import annotations

import quopri
from binascii import a2b_base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.bodies import encode_body, encode_flowed
from mailer.message.flowed import flow
from mailer.message.slots import Cut, Prints, Slot

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


@pytest.mark.parametrize(
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


# --- texts that know how they were made ---------------------------------------------------------------------------

WORDS = [
    "word ",
    "a",
    " ",
    "\n",
    ".",
    "\n.",
    "F",
    "rom ",
    "From ",
    "=",
    "\t",
    " \n",
    "’",
    "<p>",
    "é",
    "x" * 40,
    "longer text ",
]
CONSTANT = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)
VALUE = st.lists(st.sampled_from([*WORDS, "Zoë", "REF-0001"]), max_size=4).map("".join)


@given(
    st.lists(CONSTANT | st.builds(Slot, st.integers(0, 2), st.just("verbatim")), max_size=25),
    st.lists(VALUE, min_size=3, max_size=3),
)
def test_a_filled_text_is_laid_out_beforehand_and_means_the_same(pieces, values):
    text = Cut(["Dear all – ", *pieces]).fill(Prints(values, "abc"))
    encoding, body = encode_body(text, loose_ends=True)
    assert encoding in ("quoted-printable", "base64")
    assert DECODE[encoding](body).decode().replace("\r\n", "\n") == text
    for line in body.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
    assert body.isascii()
    assert b"\n" not in body.replace(b"\r\n", b"")


def test_short_plain_values_need_no_encoding_of_their_own(monkeypatch):
    cut = Cut(["Grüße, ", Slot(0, "html"), "\n\nto the whole of ", Slot(1, "html"), "\n"])
    encode_body(cut.fill(Prints(["Dana", "Prague"], "ab")))
    monkeypatch.setattr("mailer.message.bodies.b2a_qp", None)
    assert encode_body(cut.fill(Prints(["Ana Weber", "Porto"], "ab")))[1] == (
        b"Gr=C3=BC=C3=9Fe, Ana Weber\r\n\r\nto the whole of Porto\r\n"
    )


def test_half_a_character_in_a_value_is_bad_data():
    cut = Cut(["Many greetings – ", Slot(0, "html")])
    with pytest.raises(BadData, match=r"U\+DC80"):
        encode_body(cut.fill(Prints(["a\udc80"], "a")))


LINES = st.sampled_from(
    ["", "-- ", "a longer line – of words that hold no value, so that it is made once", "From x", ".", "> quoted " * 12]
)


@given(
    st.lists(
        st.tuples(
            st.lists(LINES, max_size=4).map("\n".join),
            st.sampled_from(["", "Dana", "a\nb", "é" * 40, " ", "x ", "\0", "\r", "€ word " * 20, "-- "]),
        ),
        max_size=4,
    ),
    st.lists(LINES, max_size=4).map("\n".join),
)
def test_flowed_text_with_values_is_encoded_as_the_same_text_typed(parts, last):
    pieces = [piece for at, (words, _) in enumerate(parts) for piece in (words, Slot(at, "text"))]
    texts = [value for _, value in parts]
    text = Cut([*pieces, last]).fill(Prints(texts, ["x"] * len(texts)))
    assert encode_flowed(text) == encode_body(flow(str(text)), loose_ends=True)
