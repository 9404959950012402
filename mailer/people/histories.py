"""What was with people, as the ledger has it and as far as dates go: touches and holds, read for many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from mailer.people.dates import Touched
from mailer.people.planning import History, Pause
from mailer.people.values import day_of

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.plan import Plan
    from mailer.people.rows import Row

_TOUCHES = (
    "SELECT person, id, day, kind, letter, counts, at, message_id IS NOT NULL"
    " FROM touches WHERE person IN ({}) ORDER BY id"
)
_HOLDS = "SELECT person, kind, since, until, why, lifted FROM holds WHERE person IN ({}) ORDER BY id"


class Told(NamedTuple):
    """A touch as the ledger has it: ``letter`` is the number of the letter that it is.

    ``is_found``: a mail that was found in Sent, of which nobody knew before.
    """

    number: int
    touch: Touched
    letter: int | None
    counts: bool
    at: str
    is_found: bool

    def is_before(self, other: Told) -> bool:
        """Whether it was before another one of that day."""
        return self.at < other.at if self.is_found else self.number < other.number


@dataclass(slots=True)
class Past:
    """What was with a person.  ``waits``: nothing goes to them until the user says so; ``stopped``: nor is planned."""

    told: list[Told] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    stopped: bool = False
    waits: bool = False

    @property
    def touches(self) -> tuple[Touched, ...]:
        """The touches that count."""
        return tuple(one.touch for one in self.told if one.counts)

    def history(self, row: Row, plan: Plan, today: date, more: Sequence[Touched] = ()) -> History:
        """It, for the plan of a person, with some ``more`` touches.

        A plan that counts from the no counts every touch after it, whenever the user wrote the person down; one that a
        letter started begins with that letter.
        """
        since = row.plan_since or today
        if plan.anchor == "refused-on" and row.card.refused_on and not row.started_by:
            since = min(since, row.card.refused_on)
        return History(
            since=since,
            refused_on=row.card.refused_on,
            touches=(*self.touches, *more),
            earlier=self._earlier(row) if len(self.told) > 1 else 0,
            pauses=tuple(self.pauses),
            chosen=None if more else row.card.next,
        )

    def _earlier(self, row: Row) -> int:
        """How many touches there were on the day on which a letter started the plan, before that letter."""
        start = next((one for one in self.told if one.letter and one.letter == row.started_by), None)
        if start is None:
            return 0
        that_day = [one for one in self.told if one.counts and one.touch.on == row.plan_since]
        # Touches of one kind on one day are one.
        later = {one.touch.kind for one in that_day if not one.is_before(start)}
        return len({one.touch.kind for one in that_day if one.is_before(start)} - later)


def pasts(store: Store, numbers: Sequence[int]) -> dict[int, Past]:
    """What was with each of these people."""
    found = {number: Past() for number in numbers}
    touches, holds = store.among(_TOUCHES, numbers), store.among(_HOLDS, numbers)
    for person, number, day, kind, *more in touches:
        found[person].told.append(Told(number, Touched(date.fromisoformat(day), kind), *more))
    for person, kind, since, until, why, lifted in holds:
        one, ends = found[person], [day for day in (day_of(until), day_of(lifted)) if day]
        # Each lasts until it ended or was lifted, whichever came first.
        one.pauses.append(Pause(datetime.fromisoformat(since).date(), min(ends, default=None), why))
        one.stopped |= kind == "stop" and lifted is None
        one.waits |= until is None and lifted is None
    return found
