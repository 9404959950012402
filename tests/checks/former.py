"""The index of earlier versions, kept to compare verdicts with: lists in memory, gone through for each letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

from mailer.checks.index import Name
from mailer.checks.similar import FEWEST_WORDS, ComparableProse, Keys, core, names_of, prose_of
from mailer.checks.world import Other

_BOUND = 32
_COMPARED = 6


class FormerIndex:
    """Every letter in lists and dictionaries, gone through as they were before there were shelves."""

    def __init__(self, letters: Iterable[Other] = (), *, most: int | None = None) -> None:
        """``most``: how many letters are kept; later ones stay out when it is reached.  ``people``: those added."""
        self.letters: list[Other] = list(letters)
        self.runs: dict[str, set[tuple[str, ...]]] = {}
        self.people: dict[str, list[Other]] = {}
        self._most = most

    def add(self, other: Other, keys: Keys) -> None:
        """One more letter; ``keys`` without words keep its prose out of the comparison."""
        if self._most is not None and len(self.letters) >= self._most:
            return
        companies, names = self.companies, self.names
        self.letters.append(other)
        for key in other.keys:
            self.people.setdefault(key, []).append(other)
        self._put_company(other, companies)
        self._put_names(other, names)
        if keys.words is not None:
            self._put_prose(other, prose_of(other))

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
        theirs = prose_of(first).shingles
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
                    self._put_prose(other, prose_of(other))

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
        for kind, spelled, words, short in names_of(other):
            found = into.setdefault(words, [])
            name = next((name for name in found if (name.kind, name.short) == (kind, short)), None)
            if name is None:
                name = Name(kind, spelled, short, {})
                found.append(name)
                self.runs.setdefault(words[0], set()).add(words)
            if len(name.letters) < _BOUND:
                name.letters.setdefault((other.same_file, other.keys), other)

    # As rules ask for it now.

    def to(self, key):
        """Letters to an address."""
        return iter(self.people.get(key, ()) or self.sent_to.get(key, ()))

    def at(self, company):
        """Letters to people at a company."""
        return iter(self.companies.get(core(company), ()))

    def holds(self, message_id):
        """Whether one of the letters is the message of that id."""
        return any(other.message_id == message_id for other in self.letters if other.message_id)

    def lengths(self, there):
        """The words that are there."""
        return [there]

    def named(self, words, lengths, own):
        """Where names of other letters stand among the words."""
        names, (there,) = self.names, lengths
        beginnings = self.runs.keys() & there
        if not any(run not in own and there.issuperset(run) for word in beginnings for run in self.runs[word]):
            return []
        lengths = {word: sorted({len(run) for run in self.runs[word]}, reverse=True) for word in beginnings}
        return [
            (at, at + length, name)
            for at, word in enumerate(words)
            if word in lengths
            for length in lengths[word]
            if at + length <= len(words) and (run := tuple(words[at : at + length])) not in own
            for name in names.get(run, ())
        ]
