"""What a template may take of time and memory: a budget for one rendering, and guards before single operations.

Loop turns, characters put out and the size of everything that passes through an operation are counted; operations
that could take all memory in one step (repetition, powers, padding, formatting) are refused from a size on.
"""

# ruff: noqa: ANN401 - values are of any type

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sized
from typing import Any

from jinja2.utils import Namespace

from mailer.render.jinja.simple import MAX_OUTPUT

MAX_TURNS = 200_000
MAX_WORK = 2_000_000
MAX_SECONDS = 5.0
MAX_NUMBER = 10_000
MAX_LENGTH = 1_000_000
MAX_SLOW = 100_000

_NUMBER = re.compile(r"\d+")
# What the repr of one part of a container may add to its own characters, and some more.
_REPR = 16


class LimitReached(Exception):
    """The template asks for more time or memory than a letter needs."""


class Budget:
    """What is left for one rendering."""

    __slots__ = ("output", "turns", "until", "work")

    def __init__(self) -> None:
        self.turns = MAX_TURNS
        self.output = MAX_OUTPUT
        self.work = MAX_WORK
        self.until = time.monotonic() + MAX_SECONDS

    def turn(self, cost: int) -> None:
        """One more turn of a loop, or call of a macro, that puts out ``cost`` characters of the template."""
        self.turns -= 1
        self.spend(cost)
        if self.turns < 0:
            raise LimitReached(f"it takes more than {MAX_TURNS:,} loop turns")
        if self.turns % 256 == 0:
            self.watch()

    def watch(self) -> None:
        """The watchdog: stop what takes too long."""
        if time.monotonic() > self.until:
            raise LimitReached(f"it takes more than {MAX_SECONDS:.0f} seconds")

    def spend(self, size: int) -> None:
        """Put out ``size`` characters."""
        self.output -= size
        if self.output < 0:
            raise LimitReached(f"it makes more than {MAX_OUTPUT:,} characters")

    def weigh(self, *values: Any) -> int:
        """Take the size of ``values``, and of all that they hold, off the budget."""
        self.watch()
        before = self.work
        stack = list(values)
        while stack:
            value = stack.pop()
            self.work -= 1 + len(value) if isinstance(value, (str, bytes)) else 1
            stack.extend(_held(value))
            if self.work < 0 or len(stack) > MAX_WORK:
                raise LimitReached("it works on too much text at once")
        return before - self.work


def _held(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    # A namespace of Jinja may hold itself, and its repr knows no end.
    return object.__getattribute__(value, "_Namespace__attrs").values() if type(value) is Namespace else ()


def guard_numbers(arguments: Iterable[Any]) -> None:
    """Refuse widths and counts that no letter needs."""
    for argument in arguments:
        if isinstance(argument, int) and abs(argument) > MAX_NUMBER:
            raise LimitReached(f"{argument.bit_length()} bits are too large a number there")


def guard_length(length: int) -> None:
    """Refuse to make a text of that many characters."""
    if length > MAX_LENGTH:
        raise LimitReached(f"a text of more than {MAX_LENGTH:,} characters")


def guard_method(owner: str, method: str, arguments: tuple[Any, ...]) -> None:
    """Refuse a call of a method of ``str`` whose result would be too long."""
    if method in ("encode", "translate"):
        raise LimitReached(f"{method}() is not for letters")
    if method == "replace" and len(arguments) > 1:
        guard_length((owner.count(str(arguments[0])) + 1) * len(str(arguments[1])))
    if method == "expandtabs":
        guard_length(owner.count("\t") * int(arguments[0] if arguments else 8))
    if method == "join" and arguments and isinstance(arguments[0], Sized):
        guard_length(len(owner) * len(arguments[0]))


def guard_filter(name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """Refuse a call of a filter whose result would be too long, or that would take too long."""
    text = arguments[0] if arguments and isinstance(arguments[0], str) else ""
    rest = [*arguments[1:], *keywords.values()]
    if name in ("striptags", "wordwrap", "title") and len(text) > MAX_SLOW:
        raise LimitReached(f"{name} of a text of more than {MAX_SLOW:,} characters")
    if name in ("indent", "wordwrap"):
        widths = [len(value) if isinstance(value, str) else value for value in rest if isinstance(value, (str, int))]
        pieces = len(text) if name == "wordwrap" else text.count("\n") + 1
        guard_length(pieces * max([4, *widths]) if name == "indent" or any(isinstance(v, str) for v in rest) else 0)
    if name == "sum" and not all(isinstance(value, (int, float, str)) for value in rest):
        raise LimitReached("sum() adds up numbers only")


def guard_format(text: str, sign: str, weight: int) -> None:
    """Refuse a format whose result would be too long; ``weight`` is what its arguments weigh."""
    numbers = [int(number) if len(number) < 5 else MAX_LENGTH + 1 for number in _NUMBER.findall(text)]
    if sign == "%" and "*" in text:
        raise LimitReached("a width that is a value")
    if sign == "{":
        _refuse_nested(text)
    fields = text.count(sign)
    guard_length(max(numbers, default=0) if fields else 0)
    guard_length(len(text) + fields * (max(numbers, default=0) + weight * _REPR))


def guard_operator(operator: str, left: Any, right: Any) -> None:
    """Refuse ``left operator right`` where the result would be too large."""
    if operator == "**" and (abs(right) > 64 or abs(left) > MAX_NUMBER):
        raise LimitReached("too large a power")
    if operator == "*":
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, Sized) and isinstance(times, int):
                guard_length(len(sequence) * max(times, 0))
        if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 512:
            raise LimitReached("too large a number")


def _refuse_nested(text: str) -> None:
    from string import Formatter

    if any(spec and "{" in spec for _, _, spec, _ in Formatter().parse(text)):
        raise LimitReached("a width that is a value")
