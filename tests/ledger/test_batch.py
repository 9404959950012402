"""Rows of a batch are found again by their numbers, whether they are still in memory or written down."""

from __future__ import annotations

import errno

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.checks.index import BOUND, MemoryShelf
from mailer.checks.similar import Keys
from mailer.checks.world import Other
from mailer.errors import CannotWrite
from mailer.ledger import batch
from mailer.ledger.batch import BatchShelf
from tests.conftest import examples

# Two of each are in one chain, and two share a bit.
NUMBERS = st.sampled_from([0, 1, -1, 1 << 18, 1 << 23, -(1 << 23), (1 << 63) - 1, -(1 << 63), 7 * (1 << 18) + 1])
NAMES = st.sampled_from([("ann",), ("ann", "lee"), ("bo", "li"), ("acme", "robotics", "labs")])
LETTERS = st.tuples(st.sets(NUMBERS, max_size=4), st.none() | NUMBERS, st.sets(NUMBERS, max_size=3), st.sets(NAMES))


def other(number):
    return Other("batch", f"row {number}", frozenset({f"p{number}@x.example"}), prose=f"ß {number} " * number)


@settings(examples(150))
@given(st.lists(LETTERS, max_size=60), st.sampled_from([0, 1, 7, 1000]))
def test_what_is_found_is_what_is_found_in_memory(letters, together):
    shelf, plain = BatchShelf(), MemoryShelf()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "_LETTERS", together)
        patch.setattr(batch, "_WORDS", together)
        for number, (any_, words, sketch, names) in enumerate(letters):
            # A letter is under each of its numbers once.
            keys = Keys(sorted(any_), None if words in any_ else words, sorted(sketch - any_ - {words}), names)
            shelf.add(other(number), keys)
            plain.add(other(number), keys)
    every = [key for any_, words, sketch, _ in letters for key in {*any_, *sketch, *({words} - {None})}]
    for mine, theirs in zip(shelf.find(every), plain.find(every), strict=True):
        assert mine == sorted(mine)
        assert list(map(shelf.letter, mine)) == list(map(plain.letter, theirs))
    starts = plain.lengths({"ann", "bo", "acme", "lee", "nobody"})
    assert all(set(lengths) <= set(shelf.lengths({word})[word]) for word, lengths in starts.items())
    shelf.close()


def test_a_word_of_before_that_begins_a_longer_name_since(monkeypatch):
    monkeypatch.setattr(batch, "_WORDS", 1)
    shelf = BatchShelf()
    for names in [("ann",)], [("bo",)], [("ann", "lee")]:
        shelf.add(other(1), Keys([], None, [], names))
    assert set(shelf.lengths({"ann"})["ann"]) == {1, 2}
    shelf.close()


def test_the_first_few_of_a_number_are_kept_and_no_more():
    shelf = BatchShelf()
    for number in range(400):
        shelf.add(other(0)._replace(what=f"row {number}"), Keys([5], None, [], ()))
    assert [shelf.letter(number).what for number in shelf.find([5])[0]] == [f"row {number}" for number in range(BOUND)]
    shelf.close()


def test_a_full_disk_is_told_as_what_it_is(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(batch, "_append", full)
    shelf = BatchShelf()
    with pytest.raises(CannotWrite, match="the letters of the batch cannot be kept for now: No space left on device"):
        for number in range(200):
            shelf.add(other(1), Keys([number], None, [], ()))
    shelf.close()
