"""The days off of places, year by year, kept in the ledger: finding them out takes longer than all else there is to do.

They are found anew when another version of ``holidays`` is installed.
"""

from __future__ import annotations

import functools
import json
import warnings
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.checks.days_off import DayOff
    from mailer.ledger.store import Store


class DaysKept:
    """What the ledger knows of days off; what it does not know is found out, and kept if it takes it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places: dict[str, DayOff] = {}
        self._years: dict[tuple[str, int], dict[date, str] | None] = {}

    def days_off(self, place: str) -> DayOff | None:
        """Why nobody works on a day in ``place``, as ``days_off.days_off`` says it; None for an unknown place."""
        place = place.upper()
        if self._year(place, 2000) is None:
            return None

        if place not in self._places:
            self._places[place] = _Place(functools.partial(self._year, place)).day_off
        return self._places[place]

    def _year(self, place: str, year: int) -> dict[date, str] | None:
        if (place, year) not in self._years:
            asked = "SELECT days FROM days_off WHERE place = ? AND year = ? AND version = ?"
            row = self._store.one(asked, (place, year, _version()))
            found = json.loads(row[0]) if row else self._found(place, year)
            self._years[place, year] = found if found is None else dict(map(_day, found.items()))
        return self._years[place, year]

    def _found(self, place: str, year: int) -> dict[str, str] | None:
        from mailer.checks.days_off import days_off, is_place

        found = None
        if not place or is_place(place):
            day_off, first = days_off(place), date(year, 1, 1)
            days = [first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)]
            with warnings.catch_warnings():
                # Of some countries the moving holidays of far years are not known.
                warnings.simplefilter("ignore")
                found = {day.isoformat(): why for day in days if (why := day_off(day))}
        if self._store.writable:
            self._store.execute(
                "INSERT OR REPLACE INTO days_off (place, year, version, days) VALUES (?, ?, ?, ?)",
                (place, year, _version(), json.dumps(found)),
            )
        return found


class _Place:
    """The days off of a place, each year read once."""

    def __init__(self, year: Callable[[int], dict[date, str] | None]) -> None:
        self._year = year
        self._known: dict[int, dict[date, str]] = {}

    def day_off(self, when: date) -> str:
        known = self._known.get(when.year)
        if known is None:
            known = self._known[when.year] = self._year(when.year) or {}
        return known.get(when, "")


def _day(kept: tuple[str, str]) -> tuple[date, str]:
    return date.fromisoformat(kept[0]), kept[1]


@functools.cache
def _version() -> str:
    """What changes when another version of ``holidays`` is installed, without importing it."""
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("holidays")
    if spec is None or spec.origin is None:
        return ""
    state = Path(spec.origin).with_name("version.py").stat()
    return f"{state.st_mtime_ns}:{state.st_size}"
