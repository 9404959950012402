"""The dates that a user types: 2027-02-01, today, tomorrow, monday, +35d, 3w, 6mo, 1 Feb; and times, monday 9:10."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from mailer.errors import BadData
from mailer.letters.days import is_known
from mailer.message.headers import MONTHS, WEEKDAYS
from mailer.people.dates import add_months

_WEEKDAYS = tuple(map(str.lower, WEEKDAYS))
_MONTHS = tuple(map(str.lower, MONTHS))
_NEAR = {"today": 0, "tomorrow": 1, "yesterday": -1}
_DAYS = {"d": 1, "w": 7}
_CLOCK = r"(?<![\w:.])(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::00)?)? ?(?P<half>am|pm)?(?![\w:.])"
_MORNING = time(9, 10)
_TIME_HINT = "Write it like tomorrow 9:10, monday 8:30, 2027-02-01 14:00, 1 Feb 9:00, 18:30 or +2h."
_HINT = "Write it like 2027-02-01, today, tomorrow, monday, +35d, 3w, 6mo or 1 Feb."
_PAST = "Give the day on which it was; `mailer touch WHO --next DATE` sets a date ahead."


def parse_date(text: str, today: date, *, past: bool = False, field: str | None = None) -> date:
    """Read a date.  One without a year is the nearest to come, with ``past`` the nearest that was.

    ``monday`` on a Monday is next week's.  Raises BadData, with ``past`` also for a day that has not come yet.
    """
    words = " ".join(text.casefold().replace(",", " ").replace(".", " ").split())
    try:
        found = _relative(words, today, past=past) or _absolute(words, today, past=past)
    except (ValueError, OverflowError):
        found = None
    if found is None or not is_known(found):
        raise BadData(f"{text!r} is not a date", hint=_HINT, field=field)
    if past and found > today:
        raise BadData(f"{text!r} has not come yet: it is {found:%A} {found.day} {found:%B %Y}", hint=_PAST, field=field)
    return found


def parse_moment(text: str, now: datetime, *, field: str | None = None) -> datetime:
    """Read a time to come: a date as `parse_date` reads it and a clock time, either alone, ``+2h`` or ISO 8601.

    A time alone is today's; a date alone means the morning.  Raises BadData, also for a time that has passed.
    """
    words = " ".join(text.casefold().replace(",", " ").split())
    try:
        found = _iso(text.strip(), now) or _span(words, now) or _on_a_day(words, now)
    except (BadData, ValueError, OverflowError):
        found = None
    if found is None or not is_known(found):
        raise BadData(f"{text!r} is not a time", hint=_TIME_HINT, field=field)
    if found <= now:
        when = f"{found:%A} {found.day} {found:%B %Y}, {found:%H:%M}"
        raise BadData(f"{text!r} has passed: it is {when}", hint="Give a time in the future.", field=field)
    return found


def _iso(text: str, now: datetime) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}[tT]\d", text, re.ASCII):
        return None
    found = datetime.fromisoformat(text.upper())
    return found.astimezone(now.tzinfo) if found.tzinfo else _there(found, now)


def _there(wall: datetime, now: datetime) -> datetime:
    """A time on the clock that ``now`` was read on; that of this machine is put forward and back meanwhile."""
    is_machine = isinstance(now.tzinfo, timezone) and now.astimezone().utcoffset() == now.utcoffset()
    return wall.astimezone() if is_machine else wall.replace(tzinfo=now.tzinfo)


def _span(words: str, now: datetime) -> datetime | None:
    match = re.fullmatch(r"(?:\+|in )?(\d{1,5}) ?(h|hours?|min|minutes?)", words, re.ASCII)
    if not match:
        return None
    seconds = int(match[1]) * (3600 if match[2].startswith("h") else 60)
    # By the clock of the world: the hour that a summer ends with is an hour too.
    return (now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(now.tzinfo)


def _on_a_day(words: str, now: datetime) -> datetime | None:
    found = [match for match in re.finditer(_CLOCK, words, re.ASCII) if match["minute"] or match["half"]]
    if len(found) > 1:
        return None
    clock = _MORNING
    if found:
        clock = _clock(found[0])
        words = f"{words[: found[0].start()]} {words[found[0].end() :]}".strip()
    words = words.removesuffix(" at").removeprefix("at ")
    day = parse_date(words, now.date()) if words not in ("", "at") or not found else now.date()
    return _there(datetime.combine(day, clock), now)


def _clock(match: re.Match[str]) -> time:
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if match["half"] == "pm" else 0)
    return time(hour, int(match["minute"] or 0))


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
