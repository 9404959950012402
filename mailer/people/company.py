"""Keep the people of one company two weeks apart: days on which others were written to, or will be."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from datetime import date, timedelta

from mailer.tuples import NamedTuple

COMPANY_DAYS = 14
_APART = timedelta(days=COMPANY_DAYS)


class Neighbour(NamedTuple):
    """Another person of the company: a day on which they were written to (``planned`` false), or will be.

    ``number`` tells people of one name apart.
    """

    name: str
    on: date
    planned: bool
    number: int = 0


class Against(NamedTuple):
    """Who is too near: the first and the last of a row of days, none of which leaves room, and how many they are."""

    first: Neighbour
    last: Neighbour
    many: int

    @property
    def free(self) -> date:
        """The first day after them."""
        return self.last.on + _APART


class Company:
    """What stands between a day and the people of a company, found without looking at each of them."""

    def __init__(self, neighbours: Iterable[Neighbour] = ()) -> None:
        self._days: list[date] = []
        self._sent: dict[date, list[Neighbour]] = {}
        # Days that are planned, in rows without room for another between; and the first of each row.
        self._rows: list[list[Neighbour]] = []
        self._firsts: list[date] = []
        for one in neighbours:
            self.add(one)

    def add(self, one: Neighbour) -> None:
        """Take a day into account."""
        if one.planned:
            self._plan(one)
        elif one.on not in self._sent:
            insort(self._days, one.on)
            self._sent[one.on] = [one]
        elif len(self._sent[one.on]) == 1 and self._sent[one.on][0].number != one.number:
            # Of two people of a day one is always another.
            self._sent[one.on].append(one)

    def _plan(self, one: Neighbour) -> None:
        place = bisect_right(self._firsts, one.on)
        before = self._rows[place - 1] if place else None
        if before and one.on - before[-1].on < 2 * _APART:
            insort(before, one, key=lambda each: each.on)
            place -= 1
        else:
            self._rows.insert(place, [one])
            self._firsts.insert(place, one.on)
        if place + 1 < len(self._rows) and self._firsts[place + 1] - self._rows[place][-1].on < 2 * _APART:
            self._rows[place] += self._rows.pop(place + 1)
            del self._firsts[place + 1]

    def against(self, when: date, own: int | None = None, *, planned: bool = True) -> Against | None:
        """Who is within two weeks of a day, but for ``own``; without ``planned``, whoever was written to."""
        for place in range(bisect_right(self._days, when - _APART), len(self._days)):
            if self._days[place] >= when + _APART:
                break
            one = next((each for each in self._sent[self._days[place]] if each.number != own or own is None), None)
            if one:
                return Against(one, one, 1)
        return self._planned(when) if planned else None

    def _planned(self, when: date) -> Against | None:
        place = bisect_right(self._firsts, when + _APART - timedelta(days=1)) - 1
        row = self._rows[place] if place >= 0 else []
        first = bisect_right(row, when - _APART, key=lambda each: each.on)
        return Against(row[first], row[-1], len(row) - first) if first < len(row) else None


NOBODY = Company()
