"""The roll of a batch: doubles are found, and what was kept comes back in order."""

from __future__ import annotations

import tracemalloc
from hashlib import sha256
from pathlib import Path

import pytest

from mailer.errors import CannotWrite, NotReady
from mailer.sending.spool import First, Roll


def digest(text):
    return sha256(str(text).encode()).hexdigest()


def test_doubles():
    with Roll() as roll:
        assert roll.first(1, digest("a"), digest("x")) == First(1, same=True)
        assert roll.first(2, digest("b"), digest("x")) == First(2, same=True)
        assert roll.first(5, digest("a"), digest("x")) == First(1, same=True)
        assert roll.first(7, digest("a"), digest("y")) == First(1, same=False)


def test_entries_come_back_in_order_as_often_as_asked():
    kept = [("good", 1, ("Zoë", None), b"\x00\r\n" * 3), (), ("x" * 100_000, 2**70)]
    with Roll() as roll:
        for entry in kept:
            roll.add(entry)
        assert list(roll.entries()) == kept
        assert list(roll.entries()) == kept


def test_entries_keep_their_types():
    kept = ("x", First(1, same=True), NotReady("not ready", hint="Mend it.", file="l.md", line=3))
    with Roll() as roll:
        roll.add(kept)
        ((_, first, error),) = roll.entries()
    assert type(first) is First
    assert type(error) is NotReady
    assert (error.text, error.hint, error.file, error.line) == ("not ready", "Mend it.", "l.md", 3)


def test_a_full_disk_is_told():
    with Roll() as roll, Path("/dev/full").open("wb", buffering=0) as full:
        roll._entries.close()
        roll._entries = full
        with pytest.raises(CannotWrite, match="cannot be kept"):
            roll.add(("x",))


def test_no_folder_to_keep_them_in_is_told(tmp_path):
    with pytest.raises(CannotWrite, match="cannot be kept"):
        Roll(tmp_path / "none")


def test_memory_does_not_grow_with_the_rows():
    with Roll() as roll:
        roll.first(0, digest(-1), digest(-1))
        roll.add((0,))
        tracemalloc.start()
        for row in range(1, 5001):
            roll.first(row, digest(row), digest(row))
            roll.add((row, "x" * 1000))
        assert sum(1 for _ in roll.entries()) == 5001
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 200_000
