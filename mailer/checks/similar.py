"""The other letters, in indexes that are built once: by name, by person, by company, and by the words of their prose.

Prose is compared by shingles (runs of four words) hashed to numbers; of each letter the lowest find those that may be
like it (bottom-k sketches), and only these are compared in full.  A list under one key is bounded: the first
letters stand for those that are like them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from mailer.checks.company_names import core, general
from mailer.checks.text import name_words, word_set, words_of

if TYPE_CHECKING:
    from mailer.checks.world import Other

_RUN = 4
_KEPT = 16
_BOUND = 32
_COMPARED = 6
FEWEST_WORDS = 10


class Name(NamedTuple):
    """A name known from other letters: ``kind`` is "company", "person" or "position"; ``spelled`` as written there.

    ``short``: a first word that stands for the whole name.  ``letters`` are some that hold it, one a set of people.
    """

    kind: str
    spelled: str
    short: bool
    letters: dict[tuple[bool, frozenset[str]], Other]


class ComparableProse(NamedTuple):
    """The prose of a letter, ready to compare: how many words it has, names aside, their hash, and their
    runs of four as numbers.

    ``sketch`` are the lowest of these numbers: two letters share about as many as their likeness says (bottom-k
    sketch).
    """

    length: int
    digest: int
    shingles: frozenset[int]
    sketch: list[int]


class Index:
    """Letters to compare with; ``add`` is for the rows of a batch."""

    def __init__(self, letters: Iterable[Other] = (), *, most: int | None = None) -> None:
        """``most``: how many letters are kept; later ones stay out when it is reached.  ``people``: those added."""
        self.letters: list[Other] = list(letters)
        self.runs: dict[str, set[tuple[str, ...]]] = {}
        self.people: dict[str, list[Other]] = {}
        self._most = most

    def add(self, other: Other, prose: ComparableProse | None) -> None:
        """One more letter; ``prose`` None keeps its prose out of the comparison."""
        if self._most is not None and len(self.letters) >= self._most:
            return
        companies, names = self.companies, self.names
        self.letters.append(other)
        for key in other.keys:
            self.people.setdefault(key, []).append(other)
        self._put_company(other, companies)
        self._put_names(other, names)
        if prose is not None:
            self._put_prose(other, prose)

    @cached_property
    def names(self) -> dict[tuple[str, ...], list[Name]]:
        """Names by their folded words; ``runs`` then has those that begin with a certain word."""
        found: dict[tuple[str, ...], list[Name]] = {}
        for other in self.letters:
            self._put_names(other, found)
        return found

    @cached_property
    def companies(self) -> dict[tuple[str, ...], list[Other]]:
        """Letters by the folded words of their company."""
        found: dict[tuple[str, ...], list[Other]] = {}
        for other in self.letters:
            self._put_company(other, found)
        return found

    @cached_property
    def sent_to(self) -> dict[str, list[Other]]:
        """Sent letters by the address of each recipient."""
        found: dict[str, list[Other]] = {}
        for other in self.letters:
            if other.sent is not None:
                for key in other.keys:
                    found.setdefault(key, []).append(other)
        return found

    def like(self, prose: ComparableProse, least: float) -> Iterator[tuple[float, list[Other]]]:
        """Letters whose prose is like this one, most alike first: how much (0 to 1), and some that have it."""
        self._prepare_prose()
        if not self._alike:
            return
        exact = self._by_words.get(prose.digest)
        if exact is not None:
            yield 1.0, self._alike[exact]
        shared: list[int] = []
        for number in prose.sketch:
            places = self._by_shingle.get(number)
            if places is not None:
                shared += (places,) if isinstance(places, int) else places
        if not shared:
            return
        counts = Counter(shared)
        near = [(self._likeness(prose, place), place) for place, _ in counts.most_common(_COMPARED) if place != exact]
        for likeness, place in sorted(near, reverse=True):
            if likeness >= least:
                yield likeness, self._alike[place]

    def _likeness(self, prose: ComparableProse, place: int) -> float:
        """The share of runs of words that two texts have in common (Jaccard)."""
        first = self._alike[place][0]
        theirs = prose_of(first.prose, first.company, first.position, first.names).shingles
        both = len(prose.shingles & theirs)
        return both / max(1, len(prose.shingles) + len(theirs) - both)

    def _prepare_prose(self) -> None:
        if not hasattr(self, "_by_words"):
            self._by_words: dict[int, int] = {}
            # A list only where it is needed: most runs of words are one letter's.
            self._by_shingle: dict[int, int | list[int]] = {}
            self._alike: list[list[Other]] = []
            for other in self.letters:
                if other.prose and other.origin != "batch":
                    self._put_prose(other, prose_of(other.prose, other.company, other.position, other.names))

    def _put_prose(self, other: Other, prose: ComparableProse) -> None:
        self._prepare_prose()
        if prose.length < FEWEST_WORDS:
            return
        place = self._by_words.setdefault(prose.digest, len(self._alike))
        if place == len(self._alike):
            self._alike.append([])
            self._put_shingles(prose, place)
        alike = self._alike[place]
        if sum(each.same_file == other.same_file for each in alike) < _BOUND:
            alike.append(other)

    def _put_shingles(self, prose: ComparableProse, place: int) -> None:
        for number in prose.sketch:
            found = self._by_shingle.setdefault(number, place)
            if isinstance(found, list):
                if len(found) < _BOUND:
                    found.append(place)
            elif found != place:
                self._by_shingle[number] = [found, place]

    @staticmethod
    def _put_company(other: Other, into: dict[tuple[str, ...], list[Other]]) -> None:
        found = into.setdefault(core(other.company), [])
        if other.company and len(found) < _BOUND:
            found.append(other)

    def _put_names(self, other: Other, into: dict[tuple[str, ...], list[Name]]) -> None:
        for kind, spelled, words, short in _names_of(other):
            found = into.setdefault(words, [])
            name = next((name for name in found if (name.kind, name.short) == (kind, short)), None)
            if name is None:
                name = Name(kind, spelled, short, {})
                found.append(name)
                self.runs.setdefault(words[0], set()).add(words)
            if len(name.letters) < _BOUND:
                name.letters.setdefault((other.same_file, other.keys), other)


def _names_of(other: Other) -> Iterator[tuple[str, str, tuple[str, ...], bool]]:
    words = core(other.company)
    if words:
        yield "company", other.company, words, False
        if _stands_for_all(words):
            yield "company", other.company, words[:1], True
    for name in other.names:
        given = name_words(name)
        if len(given) > 1:
            yield "person", name, given, False
    place = name_words(other.position)
    if place:
        yield "position", other.position, place, False


def _stands_for_all(words: tuple[str, ...]) -> bool:
    """Whether the first word alone names the company: "Globex" of "Globex Systems"."""
    first = words[0]
    plain_word = first in general() or first in word_set("companies", "ordinary")
    return len(words) > 1 and len(first) > 3 and not plain_word and set(words[1:]) <= general()


def prose_of(prose: str, company: str, position: str, names: Iterable[str]) -> ComparableProse:
    """Prose ready to compare: without the names of the company, the position and the people it is to."""
    return prose_in(words_of(prose), company, position, names)


def prose_in(words: Iterable[str], company: str, position: str, names: Iterable[str]) -> ComparableProse:
    """As ``prose_of``, for prose whose words are known."""
    apart = {word for text in (company, position, *names) for word in _words_of_name(text)}
    kept = tuple([word for word in [w.removesuffix("'s") for w in words] if word not in apart])
    shingles = frozenset(_shingles(kept))
    return ComparableProse(len(kept), hash(kept), shingles, sorted(shingles)[:_KEPT])


@lru_cache(maxsize=2048)
def _words_of_name(name: str) -> tuple[str, ...]:
    return tuple(words_of(name))


def _shingles(words: tuple[str, ...]) -> list[int]:
    """A number for each run of words, as they stand with a blank between them."""
    encoded = [word.encode() for word in words]
    text = b" ".join(encoded)
    starts = [0, *accumulate([len(word) + 1 for word in encoded])]
    return [crc32(text[start : end - 1]) for start, end in zip(starts, starts[_RUN:], strict=False)]
