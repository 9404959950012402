"""What was and what comes, by month, and the year as a table of dots."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import date

from mailer.people.dates import short
from mailer.tuples import NamedTuple

BEFORE, AFTER = 6, 11  # How many months of a year's table lie behind this one, and ahead of it.


class Dot(NamedTuple):
    """Something of a day: it ``was``, or it is to be.  ``tone`` is a class of the style."""

    day: date
    words: str
    tone: str
    was: bool

    @property
    def said(self) -> str:
        """It, and its day, for those who do not see the dot."""
        return f"{self.words}, {short(self.day)}"


class Month(NamedTuple):
    """A month of a table's head."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """``Nov``, and the year with each January."""
        return f"{self.first:%b}" + (f" {self.year}" if self.number == 1 else "")

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def title(self) -> str:
        """``November 2026``."""
        return f"{self.first:%B} {self.year}"

    def later(self, months: int) -> Month:
        """The month that is so many months later."""
        years, number = divmod(self.number - 1 + months, 12)
        return Month(self.year + years, number + 1)


def month_of(day: date) -> Month:
    """The month of a day."""
    return Month(day.year, day.month)


def window(today: date) -> list[Month]:
    """The months of the table."""
    return [month_of(today).later(n) for n in range(-BEFORE, AFTER + 1)]


def by_month(dots: Iterable[Dot], months: Sequence[Month]) -> list[list[Dot]]:
    """The dots of each month, in the order of their days."""
    found: dict[Month, list[Dot]] = {month: [] for month in months}
    for dot in sorted(dots):
        if month_of(dot.day) in found:
            found[month_of(dot.day)].append(dot)
    return list(found.values())


def grouped(
    items: Iterable[tuple[date, object]], *, newest_first: bool = False, years: bool = False
) -> list[tuple[str, list[object]]]:
    """The items, each with its day, below the names of their months, or their ``years``."""
    ordered = sorted(items, key=lambda item: item[0], reverse=newest_first)
    groups = itertools.groupby(ordered, key=lambda item: str(item[0].year) if years else month_of(item[0]).title)
    return [(name, [item for _, item in some]) for name, some in groups]
