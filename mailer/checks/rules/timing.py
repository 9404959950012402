"""Too soon after the rejection, or at night.

Warns of a letter sooner than 24 hours after `Refused-On`, and of one that would arrive at night (22 to 6), on a weekend
or on a holiday, by the letter's `Time-Zone` and `Country`; and names a better hour.  If neither is known, it does not
check the hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from mailer.checks.case import day
from mailer.checks.days_off import country_of, days_off, zone_of
from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case

_MORNING = time(9, 10)
_NIGHT = 22, 6


def check(case: Case) -> Iterator[Problem]:
    """Too soon, or else at a bad hour."""
    fields = case.rendered.fields
    refused, country = fields.get("refused_on", ""), fields.get("country", "").upper()
    named = fields.get("time_zone", "") or zone_of(country)
    if not refused and not named and not country:
        return
    now = _there(case.known.now, named)
    country = country or country_of(named)
    if refused:
        yield from _too_soon(case, now, date.fromisoformat(refused), country)
    if named or country:
        bad = _bad_hour(now, country, known_hour=bool(named))
        if bad:
            where = "time_zone" if fields.get("time_zone") else "country"
            hint = f"Better: {_offered(_better(now, country), named)}."
            yield case.in_header("timing", "warn", where, "", f"it is {bad} there", hint)


def _there(now: datetime, name: str) -> datetime:
    if not name:
        return now
    from zoneinfo import ZoneInfo

    try:
        return now.astimezone(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return now


def _too_soon(case: Case, now: datetime, refused: date, country: str) -> Iterator[Problem]:
    start = datetime.combine(refused, time(), now.tzinfo)
    if timedelta() <= now - start < timedelta(hours=24):
        after = _better(max(now, start + timedelta(hours=24)), country)
        said = f"the rejection came on {day(refused)}, less than 24 hours ago"
        hint = f"Sleep on it, and read it again: {_offered(after, '')}."
        yield case.in_header("timing", "warn", "refused_on", refused.isoformat(), said, hint)


def _bad_hour(now: datetime, country: str, *, known_hour: bool) -> str:
    off = days_off(country)(now.date())
    if off:
        return off if off.startswith("a holiday") else "the weekend"
    if known_hour and (now.hour >= _NIGHT[0] or now.hour < _NIGHT[1]):
        return f"{now:%H:%M}, in the night,"
    return ""


def _better(now: datetime, country: str) -> datetime:
    """The next morning of a working day."""
    moment = datetime.combine(now.date(), _MORNING, now.tzinfo)
    day_off = days_off(country)
    while moment < now or day_off(moment.date()):
        moment += timedelta(days=1)
    return moment


def _offered(moment: datetime, zone: str) -> str:
    """The time, and how to have it sent then."""
    return f"{_say(moment, zone)}; send --at {moment.isoformat(timespec='minutes')} keeps it until then"


def _say(moment: datetime, zone: str) -> str:
    return f"{day(moment)}, {moment:%H:%M}" + (f" ({zone})" if zone else "")
