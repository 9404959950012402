"""Undoing an import: cards go back to what they were, and who came by it goes, unless something happened since."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from mailer.people import rows
from mailer.people.values import Address, Card, person_id

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
    done: list[Undone] = []
    to_plan: list[int] = []
    taken = list(store.each("SELECT person, before, after FROM imported WHERE import = ? ORDER BY person", last[:1]))
    for number, before, after in taken:
        card = rows.one(store, number)
        assert card is not None
        done.append(_undone(store, number, card.card, before, after, today, to_plan))
    store.execute("DELETE FROM imported WHERE import = ?", last[:1])
    store.execute("DELETE FROM imports WHERE id = ?", last[:1])
    gone = {int(one.person[1:]) for one in done if one.what == "removed"}
    return Undoing(last[1], done, [number for number in to_plan if number not in gone])


def _undone(
    store: Store, number: int, card: Card, before: str | None, after: str, today: date, to_plan: list[int]
) -> Undone:
    who = person_id(number), card.name or (card.addresses[0].address if card.addresses else card.company)
    if card_json(card) != after:
        return Undone(*who, "kept", "the card was changed since")
    mates = (
        "SELECT id FROM people WHERE company_key <> '' AND company_key = (SELECT company_key FROM people WHERE id = ?)"
    )
    to_plan += [found for (found,) in store.each(mates, (number,)) if card.plan] + [number]
    if before is None:
        why = _recorded(store, number)
        if why:
            return Undone(*who, "kept", why)
        store.execute("DELETE FROM people WHERE id = ?", (number,))
        return Undone(*who, "removed", "")
    restored = _card_of(before)
    if restored.plan != card.plan:
        rows.start_plan(store, number, restored.plan, today, restored.refused_on)
    rows.change(store, number, restored)
    return Undone(*who, "restored", "")


def _recorded(store: Store, number: int) -> str:
    """What was recorded with a person, in words, or ""."""
    for table, words in (("touches", "a touch"), ("events", "an event"), ("holds", "a hold")):
        if store.one(f"SELECT 1 FROM {table} WHERE person = ? LIMIT 1", (number,)):  # noqa: S608
            return f"{words} was recorded since"
    return ""


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
