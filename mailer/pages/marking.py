"""Mark in a text the words that the checks found, each with the number of its problem."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from mailer.checks.problem import Problem
from mailer.tuples import NamedTuple

_STRENGTH = ("hint", "warn", "block")


class Piece(NamedTuple):
    """Some of a text; ``level`` is "" where nothing was found in it, else that of the most serious problem."""

    text: str
    level: str = ""
    numbers: tuple[int, ...] = ()


def marked(text: str, problems: Iterable[tuple[int, Problem]]) -> list[Piece]:
    """The text in pieces, by the numbered problems whose words stand in it."""
    spans = [(*place, number, one.level) for number, one in problems if (place := _place(text, one))]
    return list(_pieces(text, spans))


def excerpt(problem: Problem) -> list[Piece]:
    """The line in which the words of a problem stand, with the words marked; empty where nobody knows it."""
    place = _within(problem.shown, problem.words) if problem.words else None
    return list(_pieces(problem.shown, [(*place, 0, problem.level)])) if place else []


def _place(text: str, problem: Problem) -> tuple[int, int] | None:
    """Where the words of a problem stand: in the line that it shows, if that is there, else where they come first."""
    words, line = problem.words.strip(), problem.shown.strip()
    if not words:
        return None
    start = text.find(line) if line else -1
    inside = _within(line, words) if start >= 0 else None
    if inside:
        return start + inside[0], start + inside[1]
    return _within(text, words)


def _within(text: str, words: str) -> tuple[int, int] | None:
    """The words as words of their own, else wherever they are; a line break is any white space."""
    if not words.split():
        return None
    pattern = r"\s+".join(map(re.escape, words.split()))
    found = re.search(rf"(?<!\w){pattern}(?!\w)", text) or re.search(pattern, text)
    return found.span() if found else None


def _pieces(text: str, spans: Sequence[tuple[int, int, int, str]]) -> Iterator[Piece]:
    """The text cut wherever a span begins or ends."""
    cuts = sorted({0, len(text), *(edge for span in spans for edge in span[:2])})
    for start, end in pairwise(cuts):
        here = [span for span in spans if span[0] <= start and end <= span[1]]
        level = max((span[3] for span in here), key=_STRENGTH.index, default="")
        yield Piece(text[start:end], level, tuple(sorted({span[2] for span in here if span[2] and span[1] == end})))
