"""Where other letters are kept to be compared with, found by numbers: in memory here; in tables by the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from mailer.checks.similar import keys_of, prose_of, word_key
from mailer.checks.world import Shelf

if TYPE_CHECKING:
    from mailer.checks.similar import Keys
    from mailer.checks.world import Other

# How many letters are looked at that are found by one number: those stand for the others.
BOUND = 32
_NONE: list[int] = []


class OpenShelf(Shelf, Protocol):
    """One that takes more letters."""

    def add(self, other: Other, keys: Keys) -> None:
        """Keep one letter more, to be found by these."""


class MemoryShelf:
    """The letters of a folder, or of a short batch."""

    def __init__(self, letters: Iterable[Other] = ()) -> None:
        self.backwards = False
        self._letters: list[Other] = []
        self._found: dict[int, list[int]] = {}
        self._starts: dict[int, tuple[int, ...]] = {}
        for other in letters:
            self.add(other, keys_of(other, prose_of(other) if other.prose else None))

    def letter(self, number: int) -> Other | None:
        """The letter of that number."""
        return self._letters[number]

    def find(self, keys: Sequence[int]) -> list[list[int]]:
        """Numbers of the letters that are found by each key."""
        return [self._found.get(key, _NONE) for key in keys]

    def lengths(self, words: Collection[str]) -> Mapping[str, Sequence[int]]:
        """How many words the names have that begin with one of these."""
        if not self._starts:
            return {}
        return {word: found for word in words if (found := self._starts.get(word_key(word)))}

    def add(self, other: Other, keys: Keys) -> None:
        """Keep one letter more."""
        number = len(self._letters)
        self._letters.append(other)
        for key in shelved(keys, is_first=not self._found.get(keys.words) if keys.words is not None else False):
            found = self._found.setdefault(key, [])
            if len(found) < BOUND:
                found.append(number)
        for word, length in keys.starts:
            known = self._starts.get(word, ())
            self._starts[word] = tuple(sorted({*known, length}, reverse=True))


def shelved(keys: Keys, *, is_first: bool) -> list[int]:
    """The numbers to keep a letter under: by its runs of words only the first of those with the same words."""
    if keys.words is None:
        return keys.any
    return [*keys.any, keys.words, *(keys.sketch if is_first else ())]
