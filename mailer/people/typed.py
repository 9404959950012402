"""The dates that a user types: 2027-02-01, today, tomorrow, monday, +35d, 3w, 6mo, 1 Feb."""

from __future__ import annotations

import re
from datetime import date, timedelta

from mailer.errors import BadData
from mailer.message.headers import MONTHS, WEEKDAYS
from mailer.people.dates import add_months

_WEEKDAYS = tuple(map(str.lower, WEEKDAYS))
_MONTHS = tuple(map(str.lower, MONTHS))
_NEAR = {"today": 0, "tomorrow": 1, "yesterday": -1}
_DAYS = {"d": 1, "w": 7}
_HINT = "Write it like 2027-02-01, today, tomorrow, monday, +35d, 3w, 6mo or 1 Feb."


def parse_date(text: str, today: date, *, past: bool = False, field: str | None = None) -> date:
    """Read a date.  One without a year is the nearest to come, with ``past`` the nearest that was.

    ``monday`` on a Monday is next week's.  Raises BadData.
    """
    words = " ".join(text.casefold().replace(",", " ").replace(".", " ").split())
    try:
        found = _relative(words, today, past=past) or _absolute(words, today, past=past)
    except (ValueError, OverflowError):
        found = None
    if found is None or not 1900 <= found.year <= 2200:
        raise BadData(f"{text!r} is no date", hint=_HINT, field=field)
    return found


def _relative(words: str, today: date, *, past: bool) -> date | None:
    if words in _NEAR:
        return today + timedelta(days=_NEAR[words])
    if words in _WEEKDAYS or words in [name[:3] for name in _WEEKDAYS]:
        wanted = [name[:3] for name in _WEEKDAYS].index(words[:3])
        ahead = (wanted - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=ahead - 7 if past and ahead < 7 else -7 if past else ahead)
    match = re.fullmatch(r"([+-]?)(\d{1,5}) ?(d|w|mo|y)", words, re.ASCII)
    if not match:
        return None
    count = int(match[2]) * (-1 if match[1] == "-" else 1)
    if match[3] in _DAYS:
        return today + timedelta(days=count * _DAYS[match[3]])
    return add_months(today, count * (12 if match[3] == "y" else 1))


def _absolute(words: str, today: date, *, past: bool) -> date | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words, re.ASCII):
        return date.fromisoformat(words)
    match = re.fullmatch(
        r"(?:(?P<day>\d{1,2}) (?P<month>[a-z]+)|(?P<name>[a-z]+) (?P<number>\d{1,2}))(?: (?P<year>\d{4}))?",
        words,
        re.ASCII,
    )
    if not match:
        return None
    name, number = match["month"] or match["name"], int(match["day"] or match["number"])
    month = next((n for n, each in enumerate(_MONTHS, 1) if len(name) >= 3 and each.startswith(name)), 0)
    if not month:
        return None
    if match["year"]:
        return date(int(match["year"]), month, number)
    return _nearest(today, month, number, past=past)


def _nearest(today: date, month: int, day: int, *, past: bool) -> date:
    """The nearest such day before or after today, today itself included; 29 February may be years away."""
    if day > 31 or (month, day) in ((2, 30), (2, 31)):
        raise ValueError(day)
    for year in range(today.year, today.year - 9, -1) if past else range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today if past else found >= today:
            return found
    raise ValueError(day)
