"""Holidays, weekends and clocks of countries, from the list ``data/holidays.txt``."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from mailer.checks.text import section

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def holiday(when: date, country: str) -> str:
    """The holiday on that day in a country (``DE``) or a part of it (``DE-BY``), or ""."""
    names = (country, country.partition("-")[0])
    lines = dict.fromkeys(line for name in names for line in section("holidays", name) if name)
    return next((name for line in lines for name in _falls_on(line, when)), "")


def is_weekend(when: date, country: str) -> bool:
    """Whether nobody works on that weekday there; Saturday and Sunday where nothing else is known."""
    line = next((line for line in section("holidays", "weekends") if line.startswith(country[:2] + " ")), "")
    free = line.split()[1:] if country and line else ["sat", "sun"]
    return _DAYS[when.weekday()] in free


def zone_of(country: str) -> str:
    """The time zone of a country that has one, or ""."""
    return _zones().get(country[:2], "")


def country_of(zone: str) -> str:
    """The country whose time zone that is, or ""."""
    return next((country for country, name in _zones().items() if name == zone), "")


@cache
def _zones() -> dict[str, str]:
    return dict(line.split() for line in section("holidays", "zones"))


def _falls_on(line: str, when: date) -> list[str]:
    rule, _, name = line.partition(" ")
    if rule.startswith("easter"):
        return [name] if when == easter(when.year) + timedelta(days=int(rule[6:] or 0)) else []
    if len(rule) == 5:
        return [name] if rule == f"{when:%m-%d}" else []
    weekday, count, name = name.split(" ", 2)
    if int(rule) != when.month or _DAYS[when.weekday()] != weekday:
        return []
    place = (when.day - 1) // 7 + 1
    last = (when + timedelta(days=7)).month != when.month
    return [name] if int(count) == (-1 if last and int(count) < 0 else place) else []


@cache
def easter(year: int) -> date:
    """Easter Sunday (Gregorian; the anonymous algorithm as Meeus gives it)."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, rest = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, rest + 1)
