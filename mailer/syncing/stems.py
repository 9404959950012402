"""What must stand in a text for a list of patterns to be found in it: a search for that is many times faster."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from mailer.answers.wording.patterns import pattern

_LEAST = 3
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


def may_say(name: str, text: str) -> bool:
    """Whether ``says(name, text)`` may be true, for a text in ASCII and lower case."""
    known = _stems_of(name)
    if known is None:
        return True
    for stem in known:  # noqa: SIM110 - a generator takes twice as long
        if stem in text:
            return True
    return False


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
