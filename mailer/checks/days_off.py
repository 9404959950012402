"""Know the weekends, public holidays and time zone of a place, from the ``holidays`` package and the zone table."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from mailer.message.headers import WEEKDAYS

if TYPE_CHECKING:
    from holidays import HolidayBase

# Says why nobody works on a day, "" if people do.
DayOff = Callable[[date], str]

# Where a country without a region has fewer days than most of its people: England's for the United Kingdom.
_REGIONS = {"GB": "ENG"}
# Where most people live, of countries with several time zones.
_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
}


@functools.cache
def days_off(place: str) -> DayOff:
    """Return a function that says why nobody works on a day in ``place`` (``DE``, ``DE-BY``, ""), "" if people do."""
    known = _holidays(place.upper())
    if known is None:
        # An unknown part of a country has at least the days off of the whole.
        return days_off(place.partition("-")[0]) if "-" in place else _weekend

    @functools.cache
    def day_off(when: date) -> str:
        if known.is_working_day(when):
            return ""
        name = known.get(when)
        return f"a holiday ({name})" if name and when.weekday() not in known.weekend else WEEKDAYS[when.weekday()]

    return day_off


def is_place(place: str) -> bool:
    """Tell whether the days off of ``place`` are known."""
    return _holidays(place.upper()) is not None


def _weekend(when: date) -> str:
    return WEEKDAYS[when.weekday()] if when.weekday() >= 5 else ""


@functools.cache
def _holidays(place: str) -> HolidayBase | None:
    if not place:
        return None
    import holidays

    country, _, region = place.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=region or _REGIONS.get(country), language="en_US")
    except (NotImplementedError, KeyError):
        return None


def country_of(zone: str) -> str:
    """Return the country in which a time zone lies, or ""."""
    return _zones().get(zone, "")


@functools.lru_cache(maxsize=512)
def zone_of(country: str) -> str:
    """Return the time zone of a country, "" where several are as likely."""
    code = country[:2].upper()
    if code in _ZONES:
        return _ZONES[code]
    found = [zone for zone, owner in _zones().items() if owner == code]
    return found[0] if len(found) == 1 else ""


@functools.cache
def _zones() -> dict[str, str]:
    from importlib import resources

    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


def machine_zone(environ: Mapping[str, str]) -> str:
    """Return the name of this machine's time zone as far as it tells one, or ""."""
    named = environ.get("TZ", "").lstrip(":")
    if named in _zones():
        return named
    try:
        found = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    except OSError:
        return ""
    return found if found in _zones() else ""
