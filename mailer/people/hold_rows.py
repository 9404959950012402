"""Holds in the ledger's database: what keeps a person from being due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from mailer.people.values import Hold, day_of, day_text

if TYPE_CHECKING:
    from mailer.ledger.store import Store


def holds(store: Store, number: int) -> Iterator[tuple[int, Hold, date | None]]:
    """Every hold that a person had: its number, itself, and the day on which it was lifted."""
    rows = store.all("SELECT id, kind, since, until, why, lifted FROM holds WHERE person = ? ORDER BY id", (number,))
    for row, kind, since, until, why, lifted in rows:
        yield row, Hold(kind, datetime.fromisoformat(since), day_of(until), why), day_of(lifted)


def hold(store: Store, person: int, kind: str, since: str, until: date | None, why: str) -> None:
    """Hold a person because the user says so; one such hold of a kind at a time, the newest."""
    lift(store, person, (kind,), date.fromisoformat(since[:10]))
    store.execute(
        "INSERT INTO holds (person, kind, since, until, why) VALUES (?, ?, ?, ?, ?)",
        (person, kind, since, day_text(until), why),
    )


def lift(store: Store, person: int, kinds: Sequence[str], day: date) -> None:
    """End the holds of these kinds that the user made; those that follow from what came back end with ``resumed``."""
    among = ", ".join("?" * len(kinds))
    store.execute(
        f"UPDATE holds SET lifted = ? WHERE person = ? AND event IS NULL AND lifted IS NULL AND kind IN ({among})",  # noqa: S608
        (day.isoformat(), person, *kinds),
    )
