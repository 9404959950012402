"""The days off of places, year by year, kept in the ledger: working them out takes longer than everything else.

They are worked out again when another version of ``holidays`` is installed.
"""

from __future__ import annotations

import functools
import json
import warnings
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.checks.days_off import DayOff
    from mailer.ledger.store import Store
_KEEP = """
    INSERT INTO days_off (place, year, version, days) VALUES (?, ?, ?, ?)
    ON CONFLICT (place, year) DO UPDATE SET version = excluded.version, days = excluded.days
"""


class DaysKept:
    """What the ledger knows of days off; what it does not know is found out, and kept if it takes it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._places: dict[str, DayOff | None] = {}

    def days_off(self, place: str) -> DayOff | None:
        """Why nobody works on a day in ``place``, as ``days_off.days_off`` says it; None for an unknown place."""
        place = place.upper()
        if place not in self._places:
            found = _Place(self._store, place)
            self._places[place] = found.__getitem__ if found.is_known() else None
        return self._places[place]


class _Place(dict[date, str]):
    """Why nobody works on a day, "" if people do; a year that is not kept is put in when a day of it is asked for."""

    def __init__(self, store: Store, place: str) -> None:
        super().__init__()
        self._store, self._place = store, place
        asked = "SELECT year, days FROM days_off WHERE place = ? AND version = ?"
        self._kept: dict[int, str] = dict(store.all(asked, (place, _version())))
        for year in self._kept:
            self._put(year)

    def __missing__(self, when: date) -> str:
        self._put(when.year)
        return self[when]

    def _put(self, year: int) -> None:
        self.update(dict.fromkeys(_days(year), ""))
        self.update({date.fromisoformat(day): why for day, why in (self._year(year) or {}).items()})

    def is_known(self) -> bool:
        return self._year(2000) is not None

    def _year(self, year: int) -> dict[str, str] | None:
        if year not in self._kept:
            self._kept[year] = json.dumps(self._found(year))
            if self._store.writable:
                row = (self._place, year, _version(), self._kept[year])
                self._store.execute(_KEEP, row)
        found: dict[str, str] | None = json.loads(self._kept[year])
        return found

    def _found(self, year: int) -> dict[str, str] | None:
        from mailer.checks.days_off import days_off, is_place

        if self._place and not is_place(self._place):
            return None
        day_off = days_off(self._place)
        with warnings.catch_warnings():
            # Of some countries the moving holidays of far years are not known.
            warnings.simplefilter("ignore")
            return {day.isoformat(): why for day in _days(year) if (why := day_off(day))}


def _days(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)]


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
