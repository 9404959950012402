"""What the user wrote, as it is found in their mailbox.

A letter of ours, its copy under another Message-ID, or a mail that they wrote elsewhere, which is a touch as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mailer.ledger import settling
from mailer.ledger.replies import storable
from mailer.people import rows, touch_rows
from mailer.people.obeying import obey

if TYPE_CHECKING:
    from mailer.answers.values import Verdict
    from mailer.ledger.store import Store
    from mailer.people.events import Came

# A provider stamps its copy a moment before or after the letter was composed.
_SAME = timedelta(minutes=2)
_LETTERS = """
    SELECT l.number, l.message_id, l.date, coalesce(l.sent, l.changed)
    FROM touches t JOIN letters l ON l.number = t.letter WHERE t.person = ? AND l.subject = ?
"""
_TOOK = "INSERT INTO written_elsewhere (key, person) VALUES (?, ?) ON CONFLICT DO NOTHING"


def take_own(store: Store, verdict: Verdict, came: Came, now: datetime) -> int | None:
    """Take in a message of the user's, within a transaction; the person to whom it is a new touch, or None."""
    at = min(came.date or now, now)
    came = came._replace(message_id=storable(came.message_id), subject=storable(came.subject))
    if verdict.letter is not None:
        _learn(store, verdict.letter, verdict.provider_id, came.message_id)
        if not came.is_draft:
            settling.found_sent(store, verdict.letter, rows.moment_text(at), rows.moment_text(now))
        return None
    if verdict.person is None or came.is_draft:
        return None
    if store.one("SELECT 1 FROM people WHERE id = ?", (verdict.person,)) is None:
        return None
    copied = _copied(store, verdict.person, came, at)
    if copied is not None:
        _learn(store, copied, verdict.provider_id, came.message_id)
        return None
    return _touch(store, verdict.person, came, at, now)


def _learn(store: Store, letter: int, *given: str) -> None:
    """Know the letter by the Message-IDs that a provider gave it."""
    found = store.one("SELECT message_id FROM letters WHERE number = ?", (letter,))
    fresh = [(name, letter) for name in given if found and name and name != found[0]]
    store.executemany("INSERT INTO aliases (message_id, letter) VALUES (?, ?) ON CONFLICT DO NOTHING", fresh)


def _copied(store: Store, person: int, came: Came, at: datetime) -> int | None:
    """The letter of ours that this is a copy of."""
    for number, message_id, date, sent in store.each(_LETTERS, (person, came.subject)):
        moments = [datetime.fromisoformat(text) for text in (date, sent)]
        if message_id == came.message_id or any(abs(at - moment) <= _SAME for moment in moments):
            return int(number)
    return None


def _touch(store: Store, person: int, came: Came, at: datetime, now: datetime) -> int | None:
    done = store.execute(_TOOK, (came.key, person))
    if done.rowcount != 1:
        return None
    is_newest = store.one("SELECT 1 FROM touches WHERE person = ? AND at > ?", (person, rows.moment_text(at))) is None
    day = at.astimezone(now.tzinfo).date()
    known = (came.message_id or None, came.named)
    made = touch_rows.add_touch(store, person, rows.moment_text(at), day, "letter", came.subject, *known)
    if is_newest:
        touch_rows.remember_before(store, made, person, None)
        rows.choose(store, person, None)
    obey(store, [person])
    return person
