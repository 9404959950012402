"""The days that a text names, in its language: 3. Januar, 12/01, until Monday, next week, 1月5日.

Every mention is taken out of the text and a sign of its own is put in its place, so that patterns of words can be laid
over it.  A mention has a first and a last day, and more than one reading where 12/01 may be either.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from mailer.answers.date_forms import UNSPACED, form
from mailer.answers.phrases.lists import spelled, table
from mailer.tuples import NamedTuple

FIRST_SIGN = 0xE000
_MOST = 500
_CENTURY = 2_000
# Of 20 January. but not of 20 Jan. or 20.1.
_ENDS_SENTENCE = r"[^\W\d_]{5}\.$|\d{4}\.$"


class Mention(NamedTuple):
    """``days``: each reading as (first, last)."""

    days: tuple[tuple[date, date], ...]


class Said(NamedTuple):
    """``text`` with a sign for each mention."""

    text: str
    mentions: list[Mention]

    def of(self, sign: str) -> Mention:
        """The mention that a sign stands for."""
        return self.mentions[ord(sign) - FIRST_SIGN]


def said(plain: str, language: str, today: date, order: str) -> Said:
    """Find the days in folded text.  ``order``: dmy, mdy or "" where it is not known."""
    mentions: list[Mention] = []

    def replaced(match: re.Match[str]) -> str:
        days = _days(match, language, today, order)
        if not days or len(mentions) >= _MOST:
            return match[0]
        mentions.append(Mention(days))
        sign = chr(FIRST_SIGN + len(mentions) - 1)
        if language in UNSPACED:
            return sign
        return f" {sign}. " if re.search(_ENDS_SENTENCE, match[0]) else f" {sign} "

    return Said(" ".join(form(language).sub(replaced, plain).split()), mentions)


def _days(match: re.Match[str], language: str, today: date, order: str) -> tuple[tuple[date, date], ...]:
    """The readings of a mention, of which that with the weekday that stands beside it is the right one."""
    found = match.groupdict()
    readings = tuple(_readings(found, language, today, order))
    named = next((found[name] for name in ("w1", "w2", "w3", "w4") if found.get(name)), None)
    if named:
        wanted = _weekday(named, language)
        fitting = tuple(one for one in readings if one[0].weekday() == wanted)
        return fitting or readings
    return readings


def _readings(found: dict[str, str | None], language: str, today: date, order: str) -> Iterator[tuple[date, date]]:
    if found.get("d1") or found.get("d2"):
        yield from _with_month(found, language, today)
    elif found.get("iso"):
        yield from _single(_date(int(found["iso"] or 0), found["iso_m"], found["iso_d"]))
    elif found.get("n1"):
        for last, _ in _numeric(found, "dmy" if found.get("d6") else table(language)["dates"]["order"] or order, today):
            first = _date(last.year, last.month, found["d6"]) if found.get("d6") else None
            yield min(first or last, last), last
    elif found.get("d5"):
        for first in _near(found["d5"], _month(found["m5"], language), found.get("y5"), today):
            yield first, first + timedelta(days=6)
    elif found.get("count"):
        yield from _duration(found, language, today)
    else:
        yield from _relative(found, language, today)


def _with_month(found: dict[str, str | None], language: str, today: date) -> Iterator[tuple[date, date]]:
    kind = "1" if found.get("d1") else "2"
    month = _month(found["m" + kind], language)
    for last in _near(found.get(f"d{kind}b") or found["d" + kind], month, found.get("y" + kind), today):
        first = _date(last.year, month, found["d" + kind]) or last
        yield min(first, last), last


def _numeric(found: dict[str, str | None], order: str, today: date) -> Iterator[tuple[date, date]]:
    one, two, year = found["n1"] or "", found["n2"] or "", found.get("y4")
    by_day = list(_near(one, int(two), year, today))
    by_month = list(_near(two, int(one), year, today))
    if order:
        by_day, by_month = (by_month, []) if order != "dmy" and by_month else (by_day or by_month, [])
    for day in dict.fromkeys((*by_day, *by_month)):
        yield day, day


def _duration(found: dict[str, str | None], language: str, today: date) -> Iterator[tuple[date, date]]:
    count = _number(found["count"] or "", language)
    at = next((at for at in range(3) if found.get(f"unit{at}")), 0)
    yield from _single(today + timedelta(days=count * (1, 7, 30)[at]))


def _relative(found: dict[str, str | None], language: str, today: date) -> Iterator[tuple[date, date]]:
    monday = today - timedelta(days=today.weekday())
    steps = {"today": 0, "tomorrow": 1, "overmorrow": 2}
    if name := next((name for name in steps if found.get(name)), None):
        yield from _single(today + timedelta(days=steps[name]))
    elif found.get("this_week") or found.get("end_week"):
        yield today if found.get("this_week") else monday + timedelta(days=6), monday + timedelta(days=6)
    elif found.get("next_week") or found.get("end_next"):
        yield monday + timedelta(days=7), monday + timedelta(days=13)
    elif wanted := found.get("weekly") or found.get("weekly2"):
        yield from _single(monday + timedelta(days=7 + _weekday(wanted, language)))
    elif wanted := found.get("lone"):
        yield from _single(today + timedelta(days=(_weekday(wanted, language) - today.weekday() - 1) % 7 + 1))
    elif found.get("day"):
        yield from _day_of_month(int(re.sub(r"\D", "", found["day"] or "") or 0), today)
    else:
        yield from _end(found, language, today)


def _end(found: dict[str, str | None], language: str, today: date) -> Iterator[tuple[date, date]]:
    """The end of a month or a year."""
    if found.get("end_year"):
        yield from _single(date(today.year, 12, 31))
        return
    month = _month(found["end_m"], language) if found.get("end_m") else today.month
    year = _year(found.get("end_y")) or today.year + (month < today.month)
    yield from _single(date(year, month, monthrange(year, month)[1]))


def _single(day: date | None) -> Iterator[tuple[date, date]]:
    if day:
        yield day, day


def _day_of_month(day: int, today: date) -> Iterator[tuple[date, date]]:
    """The next day of that number."""
    for later in range(62):
        found = today + timedelta(days=later)
        if found.day == day:
            yield found, found
            return


def _near(day: str | None, month: int, year: str | None, today: date) -> Iterator[date]:
    """That day: of its year, else the next one."""
    if not day:
        return
    said_year = _year(year, today)
    years = [said_year] if said_year else [today.year, today.year + 1]
    found = [one for one in (_date(each, month, day) for each in years) if one]
    yield from [one for one in found if len(years) == 1 or one >= today][:1]


def _year(text: str | None, today: date | None = None) -> int:
    if not text:
        return 0
    digits = re.sub(r"\D", "", text)
    if not digits:
        # 来年, 내년: next year.
        return today.year + 1 if today else 0
    return int(digits) if len(digits) > 2 else _CENTURY + int(digits)


def _date(year: int, month: str | int | None, day: str | int | None) -> date | None:
    try:
        return date(year, int(month or 0), int(day or 0))
    except ValueError:
        return None


@cache
def _names(kind: str, language: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(spelled(one)) for one in table(language)["dates"][kind])


def _weekday(name: str, language: str) -> int:
    return next((at for at, one in enumerate(_names("weekdays", language)) if one.fullmatch(name)), 0)


def _month(name: str | None, language: str) -> int:
    if name and name.isdigit():
        return int(name)
    return next((at for at, one in enumerate(_names("months", language), 1) if one.fullmatch(name or "")), 0)


def _number(text: str, language: str) -> int:
    if text.isdigit():
        return int(text)
    return next((at for at, one in enumerate(_names("numbers", language), 1) if one.fullmatch(text)), 1)
