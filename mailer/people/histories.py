"""What was with a person, as the ledger has it and as far as dates go: touches and holds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mailer.people import hold_rows
from mailer.people.dates import Touched
from mailer.people.planning import Pause
from mailer.people.values import day_text

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.rows import Row


def touches(store: Store, number: int) -> tuple[Touched, ...]:
    """Every touch of a person that counts, by day."""
    rows = store.each("SELECT day, kind FROM touches WHERE person = ? AND counts = 1 ORDER BY day, id", (number,))
    return tuple(Touched(date.fromisoformat(day), kind) for day, kind in rows)


def earlier(store: Store, row: Row) -> int:
    """How many touches there were on the day on which a letter started the plan, before that letter."""
    start = "SELECT id FROM touches WHERE person = ? AND letter = ?"
    asked = f"SELECT count(*) FROM touches WHERE person = ? AND counts = 1 AND day = ? AND id < ({start})"  # noqa: S608
    values = (row.number, day_text(row.plan_since), row.number, row.started_by)
    return int(store.one(asked, values)[0]) if row.started_by else 0


def pauses(store: Store, number: int) -> tuple[Pause, ...]:
    """The holds of a person as far as dates go: each until it ended or was lifted, whichever came first."""
    return tuple(
        Pause(hold.since.date(), min([day for day in (hold.until, lifted) if day], default=None), hold.why)
        for _, hold, lifted in hold_rows.holds(store, number)
    )
