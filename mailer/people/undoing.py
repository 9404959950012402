"""Undo an import: restore the cards it changed and remove the people it added, unless something happened since."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from mailer.people import rows
from mailer.people.values import Address, Card, person_id
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store


class Undone(NamedTuple):
    """What became of a person of an import that was undone: "restored", "removed" or "kept", and why."""

    person: str
    name: str
    what: Literal["restored", "removed", "kept"]
    why: str


class Undoing(NamedTuple):
    """When the import was, what became of its people, and whose dates may have moved."""

    at: str
    people: list[Undone]
    to_plan: list[int]


def undo(store: Store, today: date) -> Undoing | None:
    """Undo the last import, within a transaction; None where there is none."""
    last = store.one("SELECT id, at FROM imports ORDER BY id DESC LIMIT 1")
    if last is None:
        return None
    taken = store.all("SELECT person, before, after FROM imported WHERE import = ? ORDER BY person", last[:1])
    cards = {row.number: row.card for row in rows.among(store, "id", [number for number, _, _ in taken])}
    since = _recorded(store, list(cards))
    done = {
        number: _undone(number, cards[number], before is None, card_json(cards[number]) == after, since.get(number, ""))
        for number, before, after in taken
    }
    undone = [number for number, one in done.items() if one.what != "kept" or number in since]
    to_plan = [*_mates(store, [number for number in undone if cards[number].plan]), *undone]
    gone = {number for number, one in done.items() if one.what == "removed"}
    store.executemany("DELETE FROM people WHERE id = ?", [(number,) for number in gone])
    for number, before, _ in taken:
        if done[number].what == "restored":
            _restore(store, number, cards[number], _card_of(before), today)
    store.execute("DELETE FROM imported WHERE import = ?", last[:1])
    store.execute("DELETE FROM imports WHERE id = ?", last[:1])
    return Undoing(last[1], [*done.values()], [number for number in to_plan if number not in gone])


def _undone(number: int, card: Card, is_new: bool, is_same: bool, recorded: str) -> Undone:
    who = person_id(number), card.name or (card.addresses[0].address if card.addresses else card.company)
    if not is_same:
        return Undone(*who, "kept", "the card was changed since")
    if not is_new:
        return Undone(*who, "restored", "")
    return Undone(*who, "kept", f"{recorded} was recorded since") if recorded else Undone(*who, "removed", "")


def _mates(store: Store, numbers: Sequence[int]) -> list[int]:
    """Those of the same companies."""
    _, companies = rows.companies(store, numbers)
    return [number for (number,) in store.among("SELECT id FROM people WHERE company_key IN ({})", companies)]


def _restore(store: Store, number: int, card: Card, before: Card, today: date) -> None:
    if before.plan != card.plan:
        rows.start_plan(store, number, before.plan, today, before.refused_on)
    rows.change(store, number, before)


def _recorded(store: Store, numbers: Sequence[int]) -> dict[int, str]:
    """What was recorded with people, in words."""
    found: dict[int, str] = {}
    for table, words in (("holds", "a hold"), ("events", "an event"), ("touches", "a touch")):
        with_one = store.among(f"SELECT DISTINCT person FROM {table} WHERE person IN ({{}})", numbers)  # noqa: S608
        found |= {number: words for (number,) in with_one}
    return found


def card_json(card: Card) -> str:
    """The card as the ledger keeps it."""
    names = (
        "name",
        "company",
        "position",
        "refused_on",
        "plan",
        "next",
        "language",
        "country",
        "time_zone",
        "note",
        "url",
    )
    values = {
        name: value.isoformat() if isinstance(value, date) else value
        for name in names
        if (value := getattr(card, name))
    }
    return json.dumps({**values, "addresses": card.addresses}, ensure_ascii=False)


def _card_of(text: str) -> Card:
    values = json.loads(text)
    days = {name: date.fromisoformat(values[name]) for name in ("refused_on", "next") if name in values}
    return Card(**{**values, **days, "addresses": tuple(Address(*box) for box in values["addresses"])})
