"""Touches and events in the ledger's database: what the user did, and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from mailer.ledger.ids import letter_id
from mailer.people.rows import day_text
from mailer.people.values import Entry, entry_id
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store


class Told(NamedTuple):
    """Something that came back, as the user tells it; ``free`` is the first day after what it holds them for."""

    at: str
    day: date
    kind: str
    because: str
    text: str
    free: date | None = None
    letter: int | None = None


def add_touch(
    store: Store, person: int, at: str, day: date, kind: str, note: str, message_id: str | None = None, refs: str = ""
) -> int:
    """A touch that no letter of ours is; its number."""
    return store.added(
        "INSERT INTO touches (person, at, day, kind, note, counts, message_id, refs) VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
        (person, at, day.isoformat(), kind, note, message_id, refs),
    )


def letter_touch(store: Store, person: int, at: str, day: date, letter: int, *, counts: bool) -> None:
    """The touch that a letter of ours is; one that was handed over to nobody does not count."""
    store.execute(
        "INSERT INTO touches (person, at, day, kind, note, letter, counts, handed)"
        " VALUES (?, ?, ?, 'letter', '', ?, ?, ?) ON CONFLICT (person, letter) DO UPDATE"
        " SET at = excluded.at, day = excluded.day, counts = excluded.counts, handed = excluded.handed",
        (person, at, day.isoformat(), letter, counts, counts),
    )


def first_touches(store: Store, touches: Sequence[tuple[int, str, date, int]]) -> None:
    """The same, of letters that somebody has who had none before: the person, when, the day, the letter."""
    store.executemany(
        "INSERT INTO touches (person, at, day, kind, note, letter, counts, handed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(person, at, day.isoformat(), "letter", "", letter, 1, 1) for person, at, day, letter in touches],
    )


def unanswered(store: Store, people: Sequence[int]) -> dict[int, int]:
    """On how many days a letter reached each of these people since they last answered."""
    answer = "SELECT max(at) FROM events e WHERE e.person = t.person AND class = 'answer' AND undone = 0"
    since = f"kind = 'letter' AND counts = 1 AND at > coalesce(({answer}), '')"
    who = f"WHERE person IN ({{}}) AND {since} GROUP BY person"
    return dict(store.among(f"SELECT person, count(DISTINCT day) FROM touches t {who}", people))  # noqa: S608


def timeline(store: Store, number: int) -> list[Entry]:
    """Touches and events of a person, newest last."""
    found = [_touch(*row) for row in store.all(_TOUCHES, (number,))]
    found += [_event(*row) for row in store.all(_EVENTS, (number,))]
    return sorted(found, key=lambda entry: entry.at)


_TOUCHES = """
    SELECT id, at, kind, note, letter, subject, coalesce(letters.message_id, touches.message_id), refs
    FROM touches LEFT JOIN letters ON number = letter WHERE person = ? ORDER BY touches.id
"""
_EVENTS = """
    SELECT id, at, class, text, because, letter, message_id, sender, subject,
        CASE WHEN accepted = 1 THEN 'sure' ELSE confidence END, address, refs
    FROM events WHERE person = ? AND undone = 0 AND class <> 'list'
"""


def _touch(
    row: int, at: str, kind: str, note: str, letter: int | None, subject: str | None, message_id: str | None, refs: str
) -> Entry:
    name, number = letter_id(letter) if letter else None, entry_id(row, touch=True)
    return Entry(number, datetime.fromisoformat(at), kind, note or subject or "", "", name, message_id, True, refs=refs)


def _event(
    row: int, at: str, kind: str, text: str, because: str, letter: int | None, message_id: str | None, *more: str
) -> Entry:
    name, moment = letter_id(letter) if letter else None, datetime.fromisoformat(at)
    return Entry(entry_id(row, touch=False), moment, kind, text, because, name, message_id, False, *more)


def add_event(store: Store, person: int, told: Told) -> int:
    """Something that came back, told by hand; its number."""
    return store.added(
        "INSERT INTO events (person, at, day, class, confidence, because, text, free, letter, sender, subject, address,"
        " effect, known) VALUES (?, ?, ?, ?, 'sure', ?, ?, ?, ?, '', '', '', '',"
        " (SELECT coalesce(max(id), 0) FROM touches WHERE person = ?))",
        (person, told.at, told.day.isoformat(), *told[2:5], day_text(told.free), told.letter, person),
    )


def to_take_back(store: Store, table: str, number: int) -> tuple[int | None] | None:
    """Whose touch or event it is, of those that can be taken back; a letter that was sent cannot."""
    own = "letter IS NULL" if table == "touches" else "undone = 0"
    found: tuple[int | None] | None = store.one(f"SELECT person FROM {table} WHERE id = ? AND {own}", (number,))  # noqa: S608
    return found


def remember_before(store: Store, touch: int, person: int, then: date | None) -> None:
    """Keep what a touch is about to change beside the dates: the date set by hand."""
    import json

    chosen, plan, since = store.one("SELECT chosen, plan, plan_since FROM people WHERE id = ?", (person,))
    before = {"chosen": chosen, "then": day_text(then), "plan": f"{plan} {since or ''}"}
    store.execute("UPDATE touches SET before = ? WHERE id = ?", (json.dumps(before), touch))


def remember_date(store: Store, letter: int, person: int) -> None:
    """Keep the date set by hand that the touch that a letter is comes instead of: once, when it is handed over."""
    first = "SELECT id FROM touches WHERE person = ? AND letter = ? AND before IS NULL AND EXISTS"
    by_hand = "(SELECT 1 FROM people WHERE id = touches.person AND chosen IS NOT NULL)"
    if found := store.one(f"{first} {by_hand}", (person, letter)):
        remember_before(store, found[0], person, None)


def _give_back(store: Store, touch: int) -> None:
    """Undo what a touch changed, as far as nothing newer did."""
    import json

    person, text = store.one("SELECT person, before FROM touches WHERE id = ?", (touch,))
    if text is None:
        return
    before = json.loads(text)
    store.execute(
        "UPDATE people SET chosen = ? WHERE id = ? AND substr(chosen, 1, 10) IS NOT DISTINCT FROM ?"
        " AND NOT EXISTS (SELECT 1 FROM touches WHERE person = people.id AND id > ?)",
        (before["chosen"], person, before["then"], touch),
    )


def take_back(store: Store, table: str, number: int) -> None:
    """Undo a touch, or an event."""
    if table == "touches":
        _give_back(store, number)
        store.execute("DELETE FROM touches WHERE id = ?", (number,))
        return
    store.execute("UPDATE events SET undone = 1 WHERE id = ?", (number,))
