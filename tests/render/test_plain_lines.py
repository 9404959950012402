"""Paragraphs of one plain line come out as if the whole text had been converted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailer.message.slots import Marks
from mailer.render.markdown import convert, page
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
    "    -- ",
    "--&#32;",
    "",
)
SOURCES = st.lists(st.sampled_from(LINES) | st.text(max_size=12), max_size=9).map("\n".join)
SPACED = st.lists(st.sampled_from(LINES) | st.text(max_size=12), max_size=9).map("\n\n".join)


def whole(source, language):
    return page(convert(source, MARKS), language, "Jo Novak", MARKS)


@examples(400)
@given(st.lists(SOURCES | SPACED, min_size=1, max_size=3))
def test_the_page_is_that_of_the_whole(sources):
    converter = Converter(MARKS, whole)
    for source in sources:
        assert said(converter.page(source, "en")) == said(whole(source, "en"))


def said(made):
    return made.text.pieces, made.html.pieces, *made[2:]


def test_rows_that_differ_in_plain_lines_are_converted_once():
    asked = []
    converter = Converter(MARKS, lambda source, language: asked.append(source) or whole(source, language))
    made = [converter.page(f"Dear you,\n\n{words}\n\n- a list", "en") for words in ("One thing.", "Another thing.")]
    assert len(asked) == 1
    assert ["Another thing." in page.text.pieces[0] for page in made] == [False, True]


def test_a_line_that_counts_as_signature_is_not_put_in():
    converter = Converter(MARKS, whole)
    for words in ("Jo", "Jo Novak, of the house by the river"):
        source = f"Words.\n\n    -- \n    code\n\n{words}"
        assert said(converter.page(source, "en")) == said(whole(source, "en"))
