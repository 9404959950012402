"""Marks: distinct from everything typed, and filled as their place asks."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.slots import Marks, Print, Slot, checked_target, fill, fill_spans, merge, target_pieces


@given(
    st.lists(st.text(st.sampled_from("0123456789ab"), max_size=20), max_size=4),
    st.lists(st.text(max_size=5), min_size=3, max_size=3),
)
def test_marks_between_any_texts_are_found(texts, values):
    marks = Marks(*texts)
    prints = [Print(value, "x") for value in values]
    joined = "".join(text + marks.mark(number % 3) for number, text in enumerate(texts))
    expected = "".join(text + values[number % 3] for number, text in enumerate(texts))
    assert fill(marks.pieces(joined, "verbatim"), prints) == expected
    assert fill_spans(marks.pieces(joined, "verbatim"), prints, "text")[0] == expected


def test_the_ten_digits_are_in_no_source():
    first = Marks("")
    assert not any(Marks(first.nonce).held(first.nonce) for _ in range(50))
    assert first.nonce.count(first.nonce[0]) == 1


def test_spans_say_what_came_from_where():
    text, spans = fill_spans(
        ["a", Slot(0, "verbatim"), "b", Slot(1, "verbatim")], [Print("xx", "p"), Print("", "q")], "text"
    )
    assert [(text[s.start : s.end], s.name) for s in spans] == [("xx", "p"), ("", "q")]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_part_of_a_target_is_encoded_once(value):
    marks = Marks()
    made = fill(
        target_pieces(marks, f"https://a.example/{marks.mark(0)}", ("target", "target part")), [Print(value, "x")]
    )
    assert unquote(made.removeprefix("https://a.example/")) == value
    assert made.isascii()


@pytest.mark.parametrize("target", ["https://a.example", " http://a.example/x ", "mailto:a@b.example"])
def test_good_targets(target):
    assert checked_target(target) == target.strip()


@pytest.mark.parametrize(
    "target", ["", "a", "javascript:x", "https://", "https:a", "https://a b", "https://a.example/\nx"]
)
def test_bad_targets(target):
    with pytest.raises(BadData):
        checked_target(target)


def test_pieces_are_merged():
    assert merge(["a", "", "b", Slot(0, "html"), "", "c"]) == ("ab", Slot(0, "html"), "c")
