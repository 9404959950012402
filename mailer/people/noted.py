"""What mailer noted of somebody by itself: what became of a step's draft.  Nobody said it, and nothing follows from it.

``draft``: it was made, which it is once a step, whatever the owner did with it; ``no-draft``: why there is none, which
is looked at anew on the next day; ``unfinished``: it went with a line left in it that was to be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from mailer.ledger.replies import storable
from mailer.people.values import Person, number_of
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.ledger.store import Store

_MOST = 200
_KNOWN = "SELECT id, class FROM events WHERE key = ? AND person = ? AND address = ''"
_ANEW = "UPDATE events SET class = ?, text = ?, at = ?, day = ?, because = ? WHERE id = ?"
_FIRST = """
    INSERT INTO events (class, text, at, day, because, person, key, letter,
        confidence, sender, subject, address, effect) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'sure', '', '', '', '')
"""
_OF_STEPS = """
    SELECT key, person, class, text FROM events WHERE key IN ({}) AND address = '' AND undone = 0
        AND class IN ('draft', 'no-draft')
"""


class Note(NamedTuple):
    """What is noted: its ``kind``, in a few words, and why mailer says so."""

    kind: str
    text: str
    because: str = "mailer work"


def key_of(person: Person) -> str:
    """What tells their open step from all others: its plan, the day it counts from, its number; or a chosen day."""
    card, step = person.card, person.open
    assert step is not None
    number = step.step if person.steps and card.plan else step.day.isoformat()
    return f"follow-up {card.plan} {person.anchor or ''} {number}"


def kind_of(store: Store, person: int, key: str) -> str:
    """What was noted under a key, "" where nothing was."""
    row = store.one(_KNOWN, (key, person))
    return str(row[1]) if row else ""


def keep(store: Store, person: int, key: str, note: Note, now: datetime, letter: int | None = None) -> int | None:
    """Note it, within a transaction; the number of the event, None where one of that key is written anew."""
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    values = (note.kind, _short(note.text), at, now.date().isoformat(), _short(note.because))
    known = store.one(_KNOWN, (key, person))
    if known:
        store.execute(_ANEW, (*values, known[0]))
        return None
    return store.added(_FIRST, (*values, person, key, letter))


def of_steps(store: Store, people: Sequence[Person]) -> dict[str, Note]:
    """What became of the drafts of their open steps, by id."""
    keys = {(key_of(one), number_of(one)): one.id for one in people if one.open}
    found = store.among(_OF_STEPS, list({key for key, _ in keys}))
    return {keys[key, person]: Note(kind, text) for key, person, kind, text in found if (key, person) in keys}


def _short(text: str) -> str:
    text = storable(" ".join(text.split()))
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
