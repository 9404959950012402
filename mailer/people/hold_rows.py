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
    where = f"AND person IN {among}" if among else ""
    found: dict[int, list[Hold]] = {}
    asked = f"SELECT person, kind, since, until, why FROM holds WHERE lifted IS NULL {where} ORDER BY id"  # noqa: S608
    for person, kind, since, until, why in store.each(asked, values):
        found.setdefault(person, []).append(Hold(kind, datetime.fromisoformat(since), day_of(until), why))
    return found


def hold(store: Store, person: int, kind: str, since: str, until: date | None, why: str, event: int | None) -> None:
    """Hold a person; one hold of a kind at a time, the newest."""
    lift(store, person, (kind,), date.fromisoformat(since[:10]))
    store.execute(
        "INSERT INTO holds (person, kind, since, until, why, event) VALUES (?, ?, ?, ?, ?, ?)",
        (person, kind, since, day_text(until), why, event),
    )


def lift(store: Store, person: int, kinds: Sequence[str], day: date) -> int:
    """End the holds of these kinds; how many there were."""
    among = ", ".join("?" * len(kinds))
    done = store.execute(
        f"UPDATE holds SET lifted = ? WHERE person = ? AND lifted IS NULL AND kind IN ({among})",  # noqa: S608
        (day.isoformat(), person, *kinds),
    )
    return done.rowcount
