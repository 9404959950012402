"""Holds in the ledger's database: what keeps a person from being due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mailer.people.values import Hold, day_of, day_text

if TYPE_CHECKING:
    from mailer.ledger.store import Store


def holds(store: Store, number: int) -> Iterator[tuple[int, Hold, date | None]]:
    """Every hold that a person had: its number, itself, and the day on which it was lifted."""
    rows = store.each("SELECT id, kind, since, until, why, lifted FROM holds WHERE person = ? ORDER BY id", (number,))
    for row, kind, since, until, why, lifted in rows:
        yield row, Hold(kind, datetime.fromisoformat(since), day_of(until), why), day_of(lifted)


def open_holds(store: Store, among: str = "", values: Sequence[Any] = ()) -> dict[int, list[Hold]]:
    """The holds that were not lifted, by person; some may have ended by themselves."""
    where = f"AND h.person IN {among}" if among else ""
    found: dict[int, list[Hold]] = {}
    asked = f"{_OPEN} {where} ORDER BY h.id"
    for person, kind, since, until, why, event, cause, asks in store.each(asked, values):
        one = Hold(kind, datetime.fromisoformat(since), day_of(until), why, event, cause or "", bool(asks))
        found.setdefault(person, []).append(one)
    return found


_OPEN = """
    SELECT h.person, h.kind, h.since, h.until, h.why, h.event, e.class,
        h.kind = 'hold' AND e.confidence = 'likely' AND e.accepted = 0
            AND e.class IN ('stop', 'complaint', 'dead', 'left')
    FROM holds h LEFT JOIN events e ON e.id = h.event WHERE h.lifted IS NULL
"""


def hold(store: Store, person: int, kind: str, since: str, until: date | None, why: str, *, own: bool = False) -> None:
    """Hold a person because the user says so; one such hold of a kind at a time, the newest.

    ``own``: for the user's own sake, not because the person asked for it.
    """
    lift(store, person, (kind,), date.fromisoformat(since[:10]))
    store.execute(
        "INSERT INTO holds (person, kind, since, until, why, own) VALUES (?, ?, ?, ?, ?, ?)",
        (person, kind, since, day_text(until), why, own),
    )


def lift(store: Store, person: int, kinds: Sequence[str], day: date) -> None:
    """End the holds of these kinds that the user made; those that follow from what came back end with ``resumed``."""
    among = ", ".join("?" * len(kinds))
    store.execute(
        f"UPDATE holds SET lifted = ? WHERE person = ? AND event IS NULL AND lifted IS NULL AND kind IN ({among})",  # noqa: S608
        (day.isoformat(), person, *kinds),
    )
