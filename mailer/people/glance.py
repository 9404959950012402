"""Whom today's screen shows; of people who are long overdue, or whose letter is queued, only as many as fit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mailer.people.course_rows import QUEUED
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_HELD = "SELECT person FROM holds WHERE lifted IS NULL"
# Who is due wherever it is, at their place too; all others are looked at one by one.
_LONG_DUE = "FROM course WHERE date <= ? AND until > ?"
_NEAR = f"SELECT person FROM course WHERE date <= ? AND until >= ? AND (date > ? OR until <= ?) UNION {_HELD}"  # noqa: S608


class Glance(NamedTuple):
    """The condition that chooses people, with its values, and how many it leaves out, "due" and "queued"."""

    where: str
    values: tuple[object, ...]
    left_out: dict[str, int]


def glance(store: Store, today: date, most: int, stopped: Collection[int]) -> Glance:
    """Choose the first ``most`` of each; nobody who is ``stopped``."""
    yesterday, tomorrow = (today + timedelta(days=days) for days in (-1, 1))
    bounds = (yesterday.isoformat(), tomorrow.isoformat())
    parts = {
        "due": f"{_LONG_DUE} AND person NOT IN ({not_to_urge(stopped)})",
        "queued": f"{_LONG_DUE} AND person IN ({QUEUED}) AND person NOT IN ({_HELD})",
    }
    left = {name: max(0, store.one(f"SELECT count(*) {part}", bounds)[0] - most) for name, part in parts.items()}
    firsts = [f"SELECT person {part} ORDER BY date, person LIMIT ?" for part in parts.values()]
    chosen = [*(f"SELECT person FROM ({first}) f" for first in firsts), _NEAR]  # noqa: S608
    values = (*bounds, most, *bounds, most, tomorrow.isoformat(), yesterday.isoformat(), *bounds)
    return Glance(f"WHERE id IN ({' UNION '.join(chosen)})", values, left)


def next_due(store: Store, today: date, stopped: Collection[int]) -> int | None:
    """The number of who comes next of those who wait."""
    those = f"FROM course WHERE date > ? AND person NOT IN ({not_to_urge(stopped)})"
    found = store.one(f"SELECT person {those} ORDER BY date, person LIMIT 1", (today.isoformat(),))
    return int(found[0]) if found else None


def not_to_urge(stopped: Collection[int]) -> str:
    """Those to whom nothing is to be written: they are held or stopped, or a letter goes by itself."""
    numbers = ", ".join(map(str, stopped))
    more = f" UNION SELECT id FROM people WHERE id IN ({numbers})" if numbers else ""  # noqa: S608
    return f"{_HELD} UNION {QUEUED}{more}"
