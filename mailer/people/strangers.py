"""Those whom a first letter makes people: of some letters written down together, which is far less work.

Whoever has to do with one of them again, before that, has them written down first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from mailer.people import rows, touch_rows

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.values import Card


class Strangers:
    """Up to ``most`` of them; ``now`` they are met."""

    def __init__(self, store: Store, most: int, now: datetime) -> None:
        self._store, self._now = store, rows.moment_text(now)
        self._numbers: Iterator[int] = iter(store.new_people(most) if most else ())
        self._met: dict[str, int] = {}
        self._waiting: dict[int, tuple[Card, str | None]] = {}
        self._touches: list[tuple[int, str, date, int]] = []

    def of(self, key: str) -> int | None:
        """Whom an address belongs to, if it was met before; they are then in the tables."""
        found = self._met.get(key)
        if found in self._waiting:
            self.write_down()
        return found

    def add(self, key: str, card: Card) -> int:
        """One more, whose address has that key; the number that they will have."""
        number = next(self._numbers)
        self._met[key] = number
        self._waiting[number] = card, None
        return number

    def touch(self, person: int, at: str, day: date, letter: int) -> None:
        """The letter that made somebody a person."""
        self._touches.append((person, at, day, letter))

    def start_plan(self, person: int, plan: str, since: date, refused_on: date | None, letter: int) -> None:
        """Put one of them on a plan, as `rows.start_plan` does it."""
        card, _ = self._waiting[person]
        self._waiting[person] = card._replace(plan=plan, refused_on=refused_on), f"{since} {letter}"

    def write_down(self) -> None:
        """Write down all that wait."""
        people = [(number, card, since) for number, (card, since) in self._waiting.items()]
        rows.add_all(self._store, people, self._now)
        touch_rows.first_touches(self._store, self._touches)
        self._waiting.clear()
        self._touches.clear()
