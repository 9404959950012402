"""The roll of a batch: doubles are found, and a row that changed is noticed."""

from __future__ import annotations

import tracemalloc
from hashlib import sha256

from mailer.ledger.roll import Entry, Roll


def digest(text):
    return sha256(str(text).encode()).hexdigest()


def test_doubles():
    with Roll() as roll:
        assert roll.add(1, digest("a"), digest("x")) == Entry(None, True)
        assert roll.add(2, digest("b"), digest("x")) == Entry(None, True)
        assert roll.add(5, digest("a"), digest("x")) == Entry(1, True)
        assert roll.add(7, digest("a"), digest("y")) == Entry(1, False)
        assert [roll.entry(row) for row in (1, 5, 7)] == [Entry(None, True), Entry(1, True), Entry(1, False)]
        assert [row for row in range(9) if roll.holds(row)] == [1, 2, 5, 7]


def test_a_row_that_changed():
    with Roll() as roll:
        roll.add(3, digest("a"), digest("x"))
        assert roll.is_as_seen(3, digest("a"), digest("x"))
        assert not roll.is_as_seen(3, digest("a"), digest("y"))
        assert not roll.is_as_seen(3, digest("b"), digest("x"))
        assert not roll.is_as_seen(4, digest("a"), digest("x"))


def test_memory_does_not_grow_with_the_rows():
    with Roll() as roll:
        roll.add(0, digest(-1), digest(-1))
        tracemalloc.start()
        for row in range(1, 5001):
            roll.add(row, digest(row), digest(row))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 200_000
