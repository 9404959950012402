"""Numbers of people in order, eight octets each: a long batch has many."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable


def in_order(numbers: Iterable[int]) -> array[int]:
    """These numbers, each once."""
    found = array("q")
    put_in(found, numbers)
    return found


def put_in(numbers: array[int], more: Iterable[int]) -> None:
    """Put numbers among those in order that are not there; as a rule they are the largest."""
    for number in more:
        at = bisect_left(numbers, number)
        if at == len(numbers) or numbers[at] != number:
            numbers.insert(at, number)


def place(numbers: array[int], number: int) -> int | None:
    """Where a number stands among those in order; None where it does not."""
    at = bisect_left(numbers, number)
    return at if at < len(numbers) and numbers[at] == number else None
