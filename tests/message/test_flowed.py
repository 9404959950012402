from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.message.flowed import WIDTH, flow, unflow, wrapped
from tests.kit.rows import each_row

PIECES = ["a", "b", " ", ">", "> ", "-", "\n", "\t", ".", "é", "\xa0", "From ", "-- ", "word ", "x" * 80, "    "]
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=300) | st.lists(
    st.sampled_from(PIECES), max_size=80
).map("".join)


def without_trailing_spaces(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line if re.fullmatch("(> )*-- ", line) else line.rstrip(" \t") for line in lines)


@given(TEXTS.map(without_trailing_spaces))
def test_unflow_undoes_flow(text):
    assert unflow(flow(text)) == text


@given(TEXTS)
def test_every_line_is_short_or_one_word_or_code(text):
    for line in flow(text).split("\n"):
        body = line.lstrip(">").removeprefix(" ").rstrip(" ")
        assert len(line) <= WIDTH + 20 or " " not in body.strip(" ") or body.startswith(("    ", "-- "))


@given(TEXTS | st.lists(st.sampled_from([*PIECES, "From ", "words "]), max_size=80).map("".join))
def test_a_line_without_oddities_is_broken_as_any_other(text):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("mailer.message.flowed._EDGES", "".join(sorted({*text, "x"})))
        patched.setattr("mailer.message.flowed._is_odd", lambda _: True)
        slowly = flow(text)
    assert flow(text) == slowly


def test_soft_breaks_keep_the_space_at_the_end_of_a_line():
    lines = flow("word " * 40 + "end").split("\n")
    assert all(line.endswith(" ") for line in lines[:-1])
    assert not lines[-1].endswith(" ")
    assert max(map(len, lines)) <= WIDTH


def test_quotes_keep_their_depth_on_every_line():
    flowed = flow("> > " + "word " * 40 + "end").split("\n")
    assert all(line.startswith(">> word") or line == ">> end" for line in flowed)


@each_row(
    ("text", "flowed"),
    [
        ("From here", " From here"),
        (" indented", "  indented"),
        (">5 % growth", " >5 % growth"),
        ("> quoted", "> quoted"),
        ("> > twice", ">> twice"),
        (">", ">"),
        ("-- ", "-- "),
        ("trailing  ", "trailing"),
        ("    " + "code " * 30 + "x", "     " + "code " * 30 + "x"),
    ],
)
def test_stuffing_quoting_and_fixed_lines(text, flowed):
    assert flow(text) == flowed


def test_a_soft_break_never_makes_the_mark_of_a_signature():
    text = "-- " + "x" * 100
    assert flow(text) == text


def test_a_reader_does_not_join_lines_of_another_depth():
    assert unflow("one \n> two\nthree") == "one \n> two\nthree"


@given(TEXTS.map(without_trailing_spaces))
def test_what_is_shown_is_what_a_reader_shows_of_each_line(text):
    assert [unflow(line) for line in flow(text).split("\n")] == wrapped(text).split("\n")


@pytest.mark.parametrize("line", ["From here on", ">5 % growth", " indented", "> quoted", "    code  code", "-- "])
def test_stuffing_is_not_shown(line):
    assert wrapped(line) == line
