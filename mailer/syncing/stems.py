"""What must stand in a text for a list of patterns to be found in it: a search for that is many times faster."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import Any

from mailer.answers.wording.patterns import pattern

_LEAST = 3
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


def which_may_say(name: str, texts: Sequence[str]) -> list[int]:
    """The places of those texts of which ``says(name, text)`` may be true.

    A stem is looked for in all of them at once: to ask each text for a hundred stems takes longer than to search it.
    """
    known = _stems_of(name)
    if known is None:
        return list(range(len(texts)))
    # To know that a stem is in no other text takes more than lower case.
    plain = [text.lower() if text.isascii() else "" for text in texts]
    starts = [0, *accumulate(len(text) + 1 for text in plain)]
    whole = "\n".join(plain)
    found = {at for at, text in enumerate(texts) if not text.isascii()}
    for stem in known:
        at = whole.find(stem)
        while at >= 0:
            one = bisect_right(starts, at) - 1
            found.add(one)
            at = whole.find(stem, starts[one + 1])
    return sorted(found)


@cache
def _stems_of(name: str) -> tuple[str, ...] | None:
    found = stems(pattern(name).pattern)
    # What is not ASCII stands in no text in ASCII.
    return None if found is None else tuple(sorted(stem for stem in found if stem.isascii()))


def stems(expression: str) -> frozenset[str] | None:
    """Texts in lower case of which every match of an expression holds one; None where nothing is known of it."""
    try:
        parsed: Any = re._parser.parse(expression, re.IGNORECASE)  # type: ignore[attr-defined]
        return _needed(parsed)
    except (AttributeError, TypeError, ValueError, LookupError):
        # It is no part of Python that is promised to stay.
        return None


def _needed(items: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """Of all that an expression cannot do without, what tells most: the longest of the shortest."""
    return max(_candidates(items), key=lambda some: min(map(len, some)), default=None)


def _candidates(items: Iterable[tuple[Any, Any]]) -> Iterator[frozenset[str]]:
    run = ""
    for kind, value in items:
        if str(kind) == "LITERAL":
            run += chr(value).lower()
        elif str(kind) != "AT":
            yield from _long_enough(run)
            run = ""
            within = _within(str(kind), value)
            if within:
                yield within
    yield from _long_enough(run)


def _long_enough(run: str) -> Iterator[frozenset[str]]:
    if len(run) >= _LEAST or not run.isascii():
        yield frozenset({run})


def _within(kind: str, value: Any) -> frozenset[str] | None:  # noqa: ANN401 - a part of a parsed expression
    if kind == "SUBPATTERN":
        return _needed(value[3])
    if kind in _REPEATS and value[0] >= 1:
        return _needed(value[2])
    if kind == "BRANCH":
        branches = [_needed(branch) for branch in value[1]]
        known = [found for found in branches if found is not None]
        return frozenset().union(*known) if len(known) == len(branches) else None
    return None
