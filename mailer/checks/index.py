"""Find other letters on their shelves: by name, by person, by company, and by the words of their prose.

A shelf keeps them by numbers: in memory here; in tables by the ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol, TypeVar

from mailer.checks.company_names import core
from mailer.checks.similar import company_key, keys_of, message_key, name_key, names_of, person_key, prose_of
from mailer.checks.world import Shelf
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.similar import ComparableProse, Keys
    from mailer.checks.world import Other

# How many letters are looked at that are found by one number: those stand for the others.
BOUND = 32
_NONE: list[int] = []
_Key = TypeVar("_Key")

_COMPARED = 6
_NAMES_KEPT, _PROSE_KEPT = 128, 64


class Name(NamedTuple):
    """A name known from other letters: ``kind`` is "company", "person" or "position"; ``spelled`` as written there.

    ``short``: a first word that stands for the whole name.  ``letters`` are some that hold it, one a set of people.
    """

    kind: str
    spelled: str
    short: bool
    letters: dict[tuple[bool, frozenset[str]], Other]


class _Near(NamedTuple):
    """A letter whose prose may be like another: how much, where it is kept, and the number of its words."""

    likeness: float
    shelf: Shelf
    number: int
    words: int


class Index:
    """Letters to compare with."""

    def __init__(self, *shelves: Shelf) -> None:
        self._shelves = shelves
        self._names: dict[tuple[int, int], list[Name]] = {}
        self._prose: dict[tuple[int, int], ComparableProse] = {}
        self._last: tuple[ComparableProse, list[_Near]] | None = None

    def to(self, key: str) -> list[Other]:
        """Letters to an address in caseless form."""
        return [other for other in self._found(person_key, key) if key in other.keys]

    def at(self, company: str) -> list[Other]:
        """Letters to people at a company."""
        words = core(company)
        found = self._found(company_key, words)
        return [other for other in found if other.company and core(other.company) == words]

    def holds(self, message_id: str) -> bool:
        """Whether one of the letters is the message of that id."""
        return any(other.message_id == message_id for other in self._found(message_key, message_id))

    def _found(self, keyed: Callable[[_Key], int], what: _Key) -> list[Other]:
        if not self._shelves:
            return []
        keys = (keyed(what),)
        numbers = [(shelf, number) for shelf in self._shelves for number in shelf.find(keys)[0]]
        return [other for shelf, number in numbers if (other := shelf.letter(number)) is not None]

    def lengths(self, there: Set[str]) -> list[Mapping[str, Sequence[int]]]:
        """For each shelf: how many words names have that begin with one of these; [] where none does."""
        found = [shelf.lengths(there) for shelf in self._shelves]
        return found if any(found) else []

    def named(
        self, words: Sequence[str], lengths: Sequence[Mapping[str, Sequence[int]]], own: Collection[tuple[str, ...]]
    ) -> list[tuple[int, int, Name]]:
        """Where names of other letters stand among the words, but for the letter's ``own``."""
        found: list[tuple[int, int, Name]] = []
        for place, of_shelf in enumerate(lengths):
            for at in [at for at, word in enumerate(words) if word in of_shelf] if of_shelf else ():
                for length in of_shelf[words[at]]:
                    run = tuple(words[at : at + length])
                    if len(run) == length and run not in own:
                        found += [(at, at + length, name) for name in self._names_in(place, run)]
        return sorted(found, key=lambda one: (one[0], -one[1]))

    def _names_in(self, place: int, run: tuple[str, ...]) -> list[Name]:
        key = name_key(run)
        found = self._names.get((place, key))
        if found is None:
            if not self._shelves[place].find((key,))[0]:
                return []
            found = self._names_anew(self._shelves[place], key, run)
            if len(self._names) >= _NAMES_KEPT:
                self._names.clear()
            self._names[place, key] = found
        return found

    def _names_anew(self, shelf: Shelf, key: int, run: tuple[str, ...]) -> list[Name]:
        found: dict[tuple[str, bool], Name] = {}
        for other in filter(None, map(shelf.letter, shelf.find((key,))[0])):
            for kind, spelled, words, short in names_of(other):
                if words == run:
                    name = found.setdefault((kind, short), Name(kind, spelled, short, {}))
                    name.letters.setdefault((other.same_file, other.keys), other)
        return list(found.values())

    def like(self, prose: ComparableProse, least: float) -> Iterator[tuple[float, Iterator[Other]]]:
        """Letters whose prose is like this one, most alike first: how much (0 to 1), and some that have it."""
        if self._last is None or self._last[0] is not prose:
            self._last = prose, self._near(prose)
        for near in self._last[1]:
            if near.likeness >= least:
                yield near.likeness, self._alike(near)

    def _alike(self, near: _Near) -> Iterator[Other]:
        """The letters that have the same words, names aside."""
        numbers = near.shelf.find((near.words,))[0] or [near.number]
        return filter(None, map(near.shelf.letter, numbers))

    def _near(self, prose: ComparableProse) -> list[_Near]:
        near: list[tuple[float, int, _Near]] = []
        for place, shelf in enumerate(self._shelves):
            exact, *shared = shelf.find((prose.digest, *prose.sketch))
            if not exact and not any(shared):
                continue
            if exact:
                near.append((2.0, 0, _Near(1.0, shelf, exact[0], prose.digest)))
            for number in _most_shared(tuple(map(tuple, filter(None, shared)))):
                theirs = self._prose_of(place, number)
                if theirs is not None and theirs.digest != prose.digest:
                    likeness = _likeness(prose, theirs)
                    order = -number if shelf.backwards else number
                    near.append((likeness, order, _Near(likeness, shelf, number, theirs.digest)))
        return [one for _, _, one in sorted(near, key=lambda one: one[:2], reverse=True)]

    def _prose_of(self, place: int, number: int) -> ComparableProse | None:
        found = self._prose.get((place, number))
        if found is None:
            other = self._shelves[place].letter(number)
            if other is None:
                return None
            found = prose_of(other)
            if len(self._prose) >= _PROSE_KEPT:
                self._prose.clear()
            self._prose[place, number] = found
        return found


@lru_cache(maxsize=16)
def _most_shared(found: tuple[tuple[int, ...], ...]) -> list[int]:
    """The numbers that stand in most of these lists; remembered, as letters that are alike find the same ones."""
    # As Counter.most_common() has it, which takes longer for so few.
    counts = sorted(Counter(chain(*found)).items(), key=itemgetter(1), reverse=True)
    return [number for number, _ in counts[:_COMPARED]]


class GrowingIndex(Index):
    """The rows of a batch that were looked at before."""

    def __init__(self, shelf: OpenShelf) -> None:
        super().__init__(shelf)
        self._shelf = shelf

    def add(self, other: Other, keys: Keys) -> None:
        """One more letter, to be found by these."""
        for key in keys.any if self._names else ():
            self._names.pop((0, key), None)
        self._last = None
        self._shelf.add(other, keys)


def _likeness(one: ComparableProse, other: ComparableProse) -> float:
    """The share of runs of words that two texts have in common (Jaccard)."""
    # Of letters that are compared few differ, and what is made is small.
    both = len(one.shingles) - len(one.shingles - other.shingles)
    return both / max(1, len(one.shingles) + len(other.shingles) - both)


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
        self._starts: dict[str, tuple[int, ...]] = {}
        for other in letters:
            self.add(other, keys_of(other, prose_of(other) if other.prose else None))

    def letter(self, number: int) -> Other | None:
        """The letter of that number."""
        return self._letters[number]

    def find(self, keys: Sequence[int]) -> list[list[int]]:
        """Numbers of the letters that are found by each key."""
        return [self._found.get(key, _NONE) for key in keys]

    def lengths(self, words: Set[str]) -> Mapping[str, Sequence[int]]:
        """How many words the names have that begin with one of these."""
        starts = self._starts
        return {word: starts[word] for word in filter(starts.__contains__, words)}

    def add(self, other: Other, keys: Keys) -> None:
        """Keep one letter more."""
        number = len(self._letters)
        self._letters.append(other)
        for key in shelved(keys, is_first=not self._found.get(keys.words) if keys.words is not None else False):
            found = self._found.setdefault(key, [])
            if len(found) < BOUND:
                found.append(number)
        for first, *more in keys.names:
            known = self._starts.get(first, ())
            self._starts[first] = tuple(sorted({*known, 1 + len(more)}, reverse=True))


def shelved(keys: Keys, *, is_first: bool) -> list[int]:
    """The numbers to keep a letter under: by its runs of words only the first of those with the same words."""
    if keys.words is None:
        return keys.any
    return [*keys.any, keys.words, *(keys.sketch if is_first else ())]
