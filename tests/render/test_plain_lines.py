"""Paragraphs of one plain line come out as if the whole text had been converted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailer.message.slots import Marks
from mailer.render import plain_lines
from mailer.render.markdown import convert
from mailer.render.plain_lines import Converter
from tests.conftest import examples

MARKS = Marks()
LINES = (
    "Plain words, as people write them: 3 of 5 (or so) – “fine”!",
    "Jo's line #2 + 4 = 6 at jo@novak.example, https://novak.example/a?b=c",
    "a) not a list",
    "Z",
    "Ünï ",
    "  indented",
    "    code",
    "- item",
    "1. item",
    "> quote",
    "```",
    "| a | b |",
    "|---|---|",
    "---",
    "===",
    "# Head",
    "*bold* and `code`",
    "a & b < c",
    "[x]: https://x.example",
    "[x]",
    "-- ",
    "Jo\u00a0Novak",
    f"a value {MARKS.mark(1)}",
    "Dear Jo,",
    "Kind regards,\\",
    "",
)
SOURCES = st.lists(st.sampled_from(LINES) | st.text(max_size=12), max_size=9).map("\n".join)
SPACED = st.lists(st.sampled_from(LINES) | st.text(max_size=12), max_size=9).map("\n\n".join)


@examples(400)
@given(st.lists(SOURCES | SPACED, min_size=1, max_size=3))
def test_the_parts_are_those_of_the_whole(sources):
    converter = Converter(MARKS)
    for source in sources:
        assert converter.convert(source) == convert(source, MARKS)


def test_rows_that_differ_in_plain_lines_are_converted_once(monkeypatch):
    asked = []
    monkeypatch.setattr(plain_lines, "convert", lambda source, marks: asked.append(source) or convert(source, marks))
    converter = Converter(MARKS)
    made = [converter.convert(f"Dear you,\n\n{words}\n\n- a list") for words in ("One thing.", "Another thing.")]
    assert len(asked) == 1
    assert ["Another thing." in part.text[0] for part in made] == [False, True]
