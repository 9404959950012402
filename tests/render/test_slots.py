"""Marks: distinct from everything typed, and filled as their place asks."""

import time
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.message.rendered import Span
from mailer.message.slots import Cut, Marks, Prints, Slot, Spans, checked_target, fill, merge, target_pieces


@given(
    st.lists(st.text(st.sampled_from("0123456789ab"), max_size=20), max_size=4),
    st.lists(st.text(max_size=5), min_size=3, max_size=3),
)
def test_marks_between_any_texts_are_found(texts, values):
    marks = Marks(*texts)
    prints = Prints(values, "xyz")
    joined = "".join(text + marks.mark(number % 3) for number, text in enumerate(texts))
    expected = "".join(text + values[number % 3] for number, text in enumerate(texts))
    assert fill(marks.pieces(joined, "verbatim"), prints) == expected
    assert Cut(marks.pieces(joined, "verbatim")).fill(prints) == expected


def test_the_ten_digits_are_in_no_source():
    first = Marks("")
    assert not any(Marks(first.nonce).held(first.nonce) for _ in range(50))
    assert first.nonce.count(first.nonce[0]) == 1


def test_spans_say_what_came_from_where():
    cut = Cut(["a", Slot(0, "verbatim"), "b", Slot(1, "verbatim")])
    text = cut.fill(Prints(["xx", ""], ["p", "q"]))
    assert list(text.spans("text")) == [Span("text", 1, 3, "p"), Span("text", 4, 4, "q")]


def test_spans_of_a_text_that_lost_some_of_its_ends():
    text = Cut([" a ", Slot(0, "verbatim"), Slot(1, "verbatim")]).fill(Prints(["xx", "  "], ["p", "q"]))
    bare = text.changed("a xx", lambda at: min(max(at - 1, 0), 4))
    assert Spans("no value", bare) == (Span("text", 2, 4, "p"), Span("text", 4, 4, "q"))
    assert Spans(text, None)[0] == Span("subject", 3, 5, "p")


CONTEXTS = ["verbatim", "text", "html", "pre", "attribute", "target part"]


@given(
    st.lists(
        st.sampled_from(["", "a", Slot(0, "html")]) | st.builds(Slot, st.integers(0, 2), st.sampled_from(CONTEXTS))
    ),
    st.lists(st.text(st.sampled_from('ab &<>"\n\t'), max_size=4), min_size=3, max_size=3),
)
def test_each_slot_is_filled_as_its_own_context_asks(pieces, values):
    prints = Prints(values, "xyz")
    alone = [piece if isinstance(piece, str) else fill([piece], prints) for piece in pieces]
    cut = Cut(pieces)
    text = cut.fill(prints)
    spans = text.spans("text")
    assert text == "".join(alone)
    slots = [(part, piece) for part, piece in zip(alone, pieces, strict=True) if not isinstance(piece, str)]
    assert [(text[s.start : s.end], s.name) for s in spans] == [(part, "xyz"[slot.number]) for part, slot in slots]


@pytest.mark.parametrize(
    ("context", "filled"),
    [
        ("verbatim", "a<&>\nb"),
        ("text", "a<&>\n> b"),
        ("html", "a&lt;&amp;&gt;<br>\nb"),
        ("pre", "a&lt;&amp;&gt;\nb"),
        ("attribute", "a&lt;&amp;&gt;&#10;b"),
        ("target part", "a%3C%26%3E%0Ab"),
    ],
)
def test_what_each_context_makes_of_a_value(context, filled):
    assert (
        fill(["(", Slot(0, context, "> " if context == "text" else ""), ")"], Prints(["a<&>\nb"], ["x"]))
        == f"({filled})"
    )


def test_a_value_that_no_context_takes_is_told_by_its_name():
    with pytest.raises(BadData) as caught:
        fill(["a", Slot(1, "target")], Prints(["https://a.example", "javascript:x"], ["fine", "bad"]))
    assert caught.value.field == "bad"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_part_of_a_target_is_encoded_once(value):
    marks = Marks()
    pieces = target_pieces(marks, f"https://a.example/{marks.mark(0)}", ("target", "target part"))
    made = fill(pieces, Prints([value], ["x"]))
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
    assert merge(["", Slot(0, "html"), Slot(1, "html"), ""]) == (Slot(0, "html"), Slot(1, "html"))
    start = time.process_time()
    assert merge(["a paragraph"] * 200_000) == ("a paragraph" * 200_000,)
    assert time.process_time() - start < 2
