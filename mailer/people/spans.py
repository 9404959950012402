"""Lengths of time as plans write them: "35 days", "1 business day", "6 months"."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mailer.checks.days_off import DayOff

_SPAN = re.compile(r"(\d{1,4}) (business day|day|week|month|year)s?")
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


class Span(NamedTuple):
    """``unit`` is "day", "business day", "week", "month" or "year"."""

    number: int
    unit: str

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


def parse_span(text: str) -> Span:
    """Read a length of time.  Raises ValueError."""
    match = _SPAN.fullmatch(" ".join(text.split()))
    if not match:
        raise ValueError(text)
    return Span(int(match[1]), match[2])


def add(start: date, span: Span, day_off: DayOff) -> date:
    """The day that lies ``span`` after ``start``.

    Business days are counted as offices do: the first working day after ``start`` is day 1.  A month that has no such
    day ends on its last.
    """
    if span.unit in _DAYS:
        return start + timedelta(days=span.number * _DAYS[span.unit])
    if span.unit in _MONTHS:
        return add_months(start, span.number * _MONTHS[span.unit])
    day = start
    for _ in range(span.number):
        day = working_day(day + timedelta(days=1), day_off)
    return day


def add_months(start: date, count: int) -> date:
    """The same day of the month ``count`` months later, or the last one of that month."""
    years, month = divmod(start.month - 1 + count, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def working_day(day: date, day_off: DayOff) -> date:
    """``day``, or the first working day after it."""
    while day_off(day):
        day += timedelta(days=1)
    return day
