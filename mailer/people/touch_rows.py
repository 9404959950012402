"""Touches and events in the ledger's database: what the user did, and what came back."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from mailer.ledger.ids import letter_id
from mailer.people.values import Entry, day_text, entry_id

if TYPE_CHECKING:
    from mailer.ledger.store import Store


def add_touch(store: Store, person: int, at: str, day: date, kind: str, note: str) -> int:
    """A touch that no letter of ours is; its number."""
    done = store.execute(
        "INSERT INTO touches (person, at, day, kind, note, counts) VALUES (?, ?, ?, ?, ?, 1)",
        (person, at, day.isoformat(), kind, note),
    )
    assert done.lastrowid is not None
    return done.lastrowid


def letter_touch(store: Store, person: int, at: str, day: date, letter: int, *, counts: bool) -> None:
    """The touch that a letter of ours is; one that did not reach them does not count."""
    store.execute(
        "INSERT INTO touches (person, at, day, kind, note, letter, counts) VALUES (?, ?, ?, 'letter', '', ?, ?)"
        " ON CONFLICT (person, letter) DO UPDATE SET at = excluded.at, day = excluded.day, counts = excluded.counts",
        (person, at, day.isoformat(), letter, counts),
    )


def unanswered(store: Store, person: int) -> int:
    """How many letters reached a person since they last answered."""
    answer = "SELECT max(at) FROM events WHERE person = ? AND class = 'answer' AND undone = 0"
    asked = f"SELECT count(*) FROM touches WHERE person = ? AND kind = 'letter' AND counts = 1 AND at > coalesce(({answer}), '')"  # noqa: S608,E501
    return int(store.one(asked, (person, person))[0])


def uncount_last(store: Store, person: int) -> None:
    """The last letter to a person did not reach them."""
    last = "SELECT max(id) FROM touches WHERE person = ? AND letter IS NOT NULL"
    store.execute(f"UPDATE touches SET counts = 0 WHERE id = ({last})", (person,))  # noqa: S608


def timeline(store: Store, number: int) -> list[Entry]:
    """Touches and events of a person, newest last."""
    found = [
        Entry(
            entry_id(row, touch=True),
            datetime.fromisoformat(at),
            kind,
            note or subject or "",
            "",
            letter_id(letter) if letter else None,
            message_id,
            True,
        )
        for row, at, kind, note, letter, subject, message_id in store.each(
            "SELECT id, at, kind, note, letter, subject, message_id FROM touches LEFT JOIN letters ON number = letter"
            " WHERE person = ? ORDER BY touches.id",
            (number,),
        )
    ]
    found += [
        Entry(
            entry_id(row, touch=False),
            datetime.fromisoformat(at),
            kind,
            text,
            because,
            letter_id(letter) if letter else None,
            message_id,
            False,
        )
        for row, at, kind, text, because, letter, message_id in store.each(
            "SELECT id, at, class, text, because, letter, message_id FROM events WHERE person = ? AND undone = 0",
            (number,),
        )
    ]
    return sorted(found, key=lambda entry: entry.at)


def add_event(store: Store, person: int, at: str, kind: str, text: str, because: str, effect: str) -> int:
    """Something that came back, told by hand; its number."""
    done = store.execute(
        "INSERT INTO events (person, at, class, confidence, because, text, sender, subject, address, effect)"
        " VALUES (?, ?, ?, 'sure', ?, ?, '', '', '', ?)",
        (person, at, kind, because, text, effect),
    )
    assert done.lastrowid is not None
    return done.lastrowid


def told_by_hand(store: Store, table: str, number: int) -> int | None:
    """Whose touch or event it is, where no letter or mail of ours stands behind it."""
    own = "letter IS NULL" if table == "touches" else "message_id IS NULL AND undone = 0"
    found = store.one(f"SELECT person FROM {table} WHERE id = ? AND {own}", (number,))  # noqa: S608
    return found[0] if found else None


def remember_before(store: Store, touch: int, person: int, then: date | None) -> None:
    """Keep what a touch is about to change beside the dates: the turn of the user, the date set by hand."""
    import json

    turns = "SELECT id FROM holds WHERE person = ? AND kind = 'answered' AND lifted IS NULL"
    (chosen,) = store.one("SELECT chosen FROM people WHERE id = ?", (person,))
    before = {"chosen": chosen, "then": day_text(then), "turns": [key for (key,) in store.each(turns, (person,))]}
    store.execute("UPDATE touches SET before = ? WHERE id = ?", (json.dumps(before), touch))


def _give_back(store: Store, touch: int) -> None:
    """Undo what a touch changed, as far as nothing newer did."""
    import json

    person, text = store.one("SELECT person, before FROM touches WHERE id = ?", (touch,))
    if text is None:
        return
    before = json.loads(text)
    store.execute(
        "UPDATE people SET chosen = ? WHERE id = ? AND chosen IS ?"
        " AND NOT EXISTS (SELECT 1 FROM touches WHERE person = people.id AND id > ?)",
        (before["chosen"], person, before["then"], touch),
    )
    newer = "SELECT 1 FROM holds h WHERE h.person = holds.person AND h.kind = 'answered' AND h.lifted IS NULL"
    store.executemany(
        f"UPDATE holds SET lifted = NULL WHERE id = ? AND NOT EXISTS ({newer})",  # noqa: S608
        [(key,) for key in before["turns"]],
    )


def take_back(store: Store, table: str, number: int, day: date) -> None:
    """Undo a touch, or an event with the hold that it made."""
    if table == "touches":
        _give_back(store, number)
        store.execute("DELETE FROM touches WHERE id = ?", (number,))
        return
    store.execute("UPDATE events SET undone = 1 WHERE id = ?", (number,))
    store.execute("UPDATE holds SET lifted = ? WHERE event = ? AND lifted IS NULL", (day.isoformat(), number))
