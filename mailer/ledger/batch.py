"""The rows of a batch, to compare with: the last few in memory, those before them in a private database of SQLite's.

What is found by a number is remembered whole until it is written down, so that the tables are asked but once for it;
and they are asked only for numbers that were put there, or share a bit with one that was.
"""

from __future__ import annotations

import pickle
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.checks.index import BOUND, shelved
from mailer.checks.world import Other
from mailer.errors import CannotWrite
from mailer.ledger.store import Store

if TYPE_CHECKING:
    from mailer.checks.similar import Keys

# So many numbers, letters, characters and first words of names are kept in memory.
_NUMBERS, _LETTERS, _CHARACTERS, _WORDS = 4_000, 128, 250_000, 1_000
_OCTETS, _WORD_OCTETS = 1 << 20, 1 << 18
_MASK, _WORD_MASK = _OCTETS - 1, _WORD_OCTETS - 1
_NONE: list[int] = []
_TABLES = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA cache_size = -500",
    "CREATE TABLE finds (key INTEGER, letter INTEGER, PRIMARY KEY (key, letter)) WITHOUT ROWID",
    "CREATE TABLE letters (number INTEGER PRIMARY KEY, other BLOB)",
    "BEGIN",
)


class BatchShelf:
    """Gone when it is closed, or not used any more."""

    backwards = False

    def __init__(self) -> None:
        self._count = 0
        self._characters = 0
        # Of each number in ``_found`` all letters are there, as far as they are looked at; ``_unwritten`` are new.
        self._found: dict[int, list[int]] = {}
        self._unwritten: list[tuple[int, int]] = []
        self._waiting: dict[int, Other] = {}
        self._read: dict[int, Other] = {}
        # Of first words of names the last few, and a bit for each before them.
        self._starts: dict[str, tuple[int, ...]] = {}
        self._begun = bytearray(_WORD_OCTETS)
        self._all_lengths: tuple[int, ...] = ()
        # A bit for each number that was written down.
        self._bits = bytearray(_OCTETS)
        self._opened = False

    @cached_property
    def _store(self) -> Store:
        import sqlite3

        store = Store(sqlite3.connect("", isolation_level=None), Path())
        self._opened = True
        for statement in _TABLES:
            store.execute(statement)
        return store

    def letter(self, number: int) -> Other | None:
        """The letter of that number."""
        found = self._waiting.get(number) or self._read.get(number)
        if found is None:
            row = self._store.one("SELECT other FROM letters WHERE number = ?", (number,))
            found = Other(*pickle.loads(row[0]))  # noqa: S301 - our own
            if len(self._read) >= _LETTERS:
                self._read.clear()
            self._read[number] = found
        return found

    def find(self, keys: Sequence[int]) -> list[list[int]]:
        """Numbers of the letters that are found by each key."""
        found, bits = self._found, self._bits
        if self._opened:
            unknown = {key for key in keys if key not in found and bits[key >> 3 & _MASK] & 1 << (key & 7)}
            if unknown:
                self._look_up(unknown)
        return [found.get(key, _NONE) for key in keys]

    def _look_up(self, keys: Collection[int]) -> None:
        asked = " UNION ALL ".join(
            [f"SELECT * FROM (SELECT key, letter FROM finds WHERE key = ? ORDER BY letter LIMIT {BOUND})"] * len(keys)  # noqa: S608
        )
        self._found.update({key: [] for key in keys})
        for key, number in self._store.each(asked, tuple(keys)):
            self._found[key].append(number)

    def lengths(self, words: Collection[str]) -> Mapping[str, Sequence[int]]:
        """How many words names have, for the words that may begin one."""
        starts = self._starts
        found = {word: starts[word] for word in starts.keys() & words}
        if self._all_lengths:
            bits, lengths = self._begun, self._all_lengths
            found |= {word: lengths for word in words if bits[(at := hash(word)) >> 3 & _WORD_MASK] & 1 << (at & 7)}
        return found

    def add(self, other: Other, keys: Keys) -> None:
        """Keep one letter more, to be found by these.  Raises CannotWrite."""
        self._count += 1
        number, found = self._count, self._found
        fresh = keys.words is not None and not self.find((keys.words,))[0]
        kept = shelved(keys, is_first=fresh)
        self.find(kept)
        for key in kept:
            there = found.get(key)
            if there is None:
                found[key] = [number]
            elif len(there) < BOUND:
                there.append(number)
            else:
                continue
            self._unwritten.append((key, number))
        for words in keys.names:
            self._begins(words)
        self._waiting[number] = other
        self._characters += len(other.prose)
        if len(found) > _NUMBERS or len(self._waiting) > _LETTERS or self._characters > _CHARACTERS:
            self._write_down()

    def _begins(self, words: tuple[str, ...]) -> None:
        known = self._starts.get(words[0], ())
        if len(words) not in known:
            self._starts[words[0]] = tuple(sorted((*known, len(words)), reverse=True))
        if len(self._starts) > _WORDS:
            for word, lengths in self._starts.items():
                at = hash(word)
                self._begun[at >> 3 & _WORD_MASK] |= 1 << (at & 7)
                self._all_lengths = tuple(sorted({*self._all_lengths, *lengths}, reverse=True))
            self._starts.clear()

    def _write_down(self) -> None:
        """Move what is in memory to the tables."""
        letters = [(number, pickle.dumps(tuple(other), -1)) for number, other in self._waiting.items()]
        try:
            self._store.executemany("INSERT INTO letters VALUES (?, ?)", letters)
            self._store.executemany("INSERT OR IGNORE INTO finds VALUES (?, ?)", sorted(self._unwritten))
        except CannotWrite as error:
            text = f"the letters of the batch cannot be kept for now: {error.text}"
            raise CannotWrite(text, hint="Free some space on the disk.") from error
        for key, _ in self._unwritten:
            self._bits[key >> 3 & _MASK] |= 1 << (key & 7)
        self._found.clear()
        self._unwritten.clear()
        self._waiting.clear()
        self._characters = 0

    def close(self) -> None:
        """Let go of the file."""
        if self._opened:
            self._store.close()
