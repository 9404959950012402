"""Bringing people in: what each row of a file means for the people who are there.

The same address is the same person, and so is the same profile at LinkedIn under the same name.  The same name and
company alone prove nothing: if such a row adds anything, the user is asked.  Within one import the first row of a
person counts, and later ones fill in what it lacks; a person who is asked about stays unchanged until there is an
answer.  So an import that is run twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from mailer.people import rows
from mailer.people.differences import updated
from mailer.people.import_keys import Keys
from mailer.people.incoming import Incoming
from mailer.people.undoing import card_json
from mailer.people.values import Card, person_id
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store

What = Literal["new", "changed", "same", "skipped"]
Place = tuple[str, int]
_AT_ONCE = 500
_RECORD = (
    "INSERT INTO imported (import, person, before, after) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (import, person) DO UPDATE SET after = excluded.after"
)
_PLANNED = ("company", "refused_on", "plan", "country", "time_zone")


class Outcome(NamedTuple):
    """What becomes of a row.  ``person`` is an id, or None; ``asks`` names whom it may be, if only the user knows."""

    row: Incoming
    what: What
    person: str | None
    why: str
    asks: str = ""


class Imports:
    """One import, within a transaction; ``answers`` says of rows that were asked about whether they are that person."""

    def __init__(self, store: Store, today: date, now: str, answers: Mapping[Place, bool]) -> None:
        self._store, self._today, self._now, self._answers = store, today, now, answers
        self._keys = Keys(store)
        self._number: int | None = None
        self._recorded: list[tuple[object, ...]] = []
        self.to_plan: list[int] = []

    def __enter__(self) -> Imports:
        self._keys.__enter__()
        return self

    def __exit__(self, kind: object, *raised: object) -> None:
        self._keys.__exit__(kind, *raised)
        if kind is None:
            self._write_record()

    def take(self, row: Incoming) -> Outcome:
        """Bring one row in."""
        if row.nobody:
            return Outcome(row, "skipped", None, row.nobody)
        owners = rows.owners(self._store, {rows.address_key(box.address) for box in row.card.addresses})
        known = sorted(set(owners.values()))
        if len(known) > 1:
            return self._of_several(row, "addresses are", known)
        return self._open(row, row.card) or (self._merge(row, known[0]) if known else self._by_name(row))

    def _open(self, row: Incoming, card: Card) -> Outcome | None:
        """Whose an address or a profile of the card is may be open."""
        line = self._keys.is_open(card)
        if line is None:
            return None
        return self._left_out(row, f"it has an address or a profile of line {line}, which is left out")

    def _of_several(self, row: Incoming, what: str, people: Sequence[int]) -> Outcome:
        ids = " ".join(map(person_id, people))
        return Outcome(row, "skipped", None, f"its {what} of several people: mailer people merge {ids}")

    def _left_out(self, row: Incoming, why: str, asks: str = "") -> Outcome:
        self._keys.leave_open(row.card, row.line)
        return Outcome(row, "skipped", None, why, asks)

    def _by_name(self, row: Incoming) -> Outcome:
        profile = self._keys.of_the_profile(row.card)
        if len(profile) == 1:
            return self._merge(row, profile[0])
        if profile:
            return self._same(row, self._saying(row, profile, fill=True)) or self._of_several(
                row, "profile is", profile
            )
        namesakes = self._keys.namesakes(row.card)
        # A name alone is the same as whoever has it.
        called = namesakes if row.card.company else self._keys.of_the_name(row.card)
        saying = self._saying(row, called, fill=False)
        return self._same(row, saying, namesakes) or self._asked(row, namesakes)

    def _saying(self, row: Incoming, people: Sequence[int], *, fill: bool) -> list[int]:
        """Those of the people whose card says all that the row says."""
        return [number for number in people if not updated(self._card(number), row.card, fill=fill)[1]]

    def _same(self, row: Incoming, saying: Sequence[int], others: Sequence[int] = ()) -> Outcome | None:
        """The row is of one of those who say as much, if there are any; and of none of the others."""
        for number in others:
            if number not in saying and self._answers.get((row.file, row.line)) is None:
                self._keys.ask(number, row.line)
        first = self._keys.first(saying[0]) if saying else None
        for number in saying:
            self._keys.seen(number, row.line)
        if not saying:
            return None
        odd = (f"the person of line {first}", *row.left_out) if first is not None else row.left_out
        return Outcome(row, "same", person_id(saying[0]), "; ".join(odd))

    def _asked(self, row: Incoming, people: Sequence[int]) -> Outcome:
        answer = self._answers.get((row.file, row.line))
        if not people or answer is False:
            return self._new(row)
        if len(people) == 1 and answer:
            return self._merge(row, people[0])
        told = ", ".join(f"{person_id(number)} {_named(self._card(number))}" for number in people[:5])
        why = f"it may be {told}: the same name and company, but no address in common"
        return self._left_out(row, why, told if len(people) == 1 else "")

    def _card(self, number: int) -> Card:
        found = rows.one(self._store, number)
        assert found is not None
        return found.card

    def _new(self, row: Incoming) -> Outcome:
        number = rows.add(self._store, row.card, self._today, self._now)
        self._record(number, None, row.card)
        self._keys.put(number, None, row.card)
        self._keys.seen(number, row.line)
        if row.card.plan:
            self.to_plan.append(number)
        return Outcome(row, "new", person_id(number), "; ".join(row.left_out))

    def _merge(self, row: Incoming, number: int) -> Outcome:
        card, first, asked = self._card(number), self._keys.first(number), self._keys.asked(number)
        after, what = updated(card, row.card, fill=first is not None)
        if what and asked is not None:
            return self._left_out(row, f"line {asked} may be {person_id(number)} too: answer there first")
        if what and (open_one := self._open(row, after)):
            return open_one
        odd = (f"the person of line {first}", *row.left_out) if first is not None else row.left_out
        self._keys.seen(number, row.line)
        if not what:
            return Outcome(row, "same", person_id(number), "; ".join(odd))
        if after.plan != card.plan:
            rows.start_plan(self._store, number, after.plan, self._today, after.refused_on)
        rows.change(self._store, number, after)
        self._keys.put(number, card, after)
        self._record(number, card, after)
        has_dates = after.plan or card.plan or card.next
        if has_dates and any(getattr(after, each) != getattr(card, each) for each in _PLANNED):
            self.to_plan.append(number)
        return Outcome(row, "changed", person_id(number), "; ".join((*what, *odd)))

    def _record(self, number: int, before: Card | None, after: Card) -> None:
        if self._number is None:
            self._number = self._store.added("INSERT INTO imports (at) VALUES (?)", (self._now,))
        said = card_json(before) if before else None
        self._recorded.append((self._number, number, said, card_json(after)))
        if len(self._recorded) == _AT_ONCE:
            self._write_record()

    def _write_record(self) -> None:
        self._store.executemany(_RECORD, self._recorded)
        self._recorded.clear()


def _named(card: Card) -> str:
    address = f" <{card.addresses[0].address}>" if card.addresses else ""
    return ", ".join(part for part in (card.name, card.company) if part) + address
