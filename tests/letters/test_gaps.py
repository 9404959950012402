"""What is still to be written in a draft is marked, and found again however a mail program sets it."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.letters import gaps

WORDS = st.text(st.characters(exclude_characters="‹›\r\n", categories=("L", "N", "P", "Zs")), min_size=1, max_size=150)


@example(" ", "x")
@example("a thing ", "x")
@given(WORDS, WORDS)
def test_each_example_is_marked_and_found(what, around):
    text = gaps.marked(f"{around}\n\n‹{what}›\n\n{around}")
    assert text.replace("Write here: ", "", 1) == f"{around}\n\n‹{what}›\n\n{around}"
    assert gaps.left_in(text) == " ".join(f"Write here: {what}".split())


@given(WORDS)
def test_what_has_no_example_stays_as_it_is(text):
    assert gaps.marked(text) == text
    assert gaps.left_in(text) == ""


@pytest.mark.parametrize("wide", [20, 40, 72])
def test_it_is_found_where_lines_were_broken(wide):
    text = gaps.marked("‹two or three sentences that only you could write: what stayed with you›")
    assert gaps.left_in(textwrap.fill(text, wide)) == text.strip("‹›")


def test_the_line_at_the_top_is_found():
    line = gaps.to_line("Dana Ruiz <dana.ruiz@acme.example>")
    assert "Dana Ruiz <dana.ruiz@acme.example>" in line
    assert gaps.left_in(f"{line}\n\nDear Dana,").startswith("Write to: Dana Ruiz")


@pytest.mark.parametrize(
    "text",
    [
        "Il a dit ‹bonjour›, et rien de plus.",
        "Write here: is no mark by itself",
        "My own words.\n\n> ‹Write here: what you said›\n> and more",
        "‹Write here: it never ends",
    ],
)
def test_what_is_no_mark_of_ours_or_quoted_does_not_count(text):
    assert gaps.left_in(text) == ""
