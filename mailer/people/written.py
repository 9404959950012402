"""What the user wrote, as it is found in their mailbox.

A letter of ours, its copy under another Message-ID, or a mail that they wrote elsewhere, which is a touch as well.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mailer.ledger import settling
from mailer.ledger.replies import storable
from mailer.letters import gaps
from mailer.people import noted, rows, touch_rows
from mailer.people.letters import names_before
from mailer.people.obeying import obey
from mailer.tuples import NamedTuple

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
# Those to a person that lie unsent, with what they say.
_DRAFTS = """
    SELECT l.number, c.literal
    FROM drafts d JOIN letters l ON l.number = d.letter JOIN contents c ON c.letter = l.number
    WHERE l.state = 'draft' AND l.subject = ? AND l.created <= ? AND EXISTS (
        SELECT 1 FROM recipients r JOIN contacts x ON x.id = r.contact JOIN addresses a ON a.key = x.key
        WHERE r.letter = l.number AND r.kind = 'to' AND a.person = ?)
    ORDER BY l.number DESC
"""
_TO = """
    SELECT a.person FROM recipients r JOIN contacts c ON c.id = r.contact JOIN addresses a ON a.key = c.key
    WHERE r.letter = ? AND r.kind = 'to' ORDER BY r.position LIMIT 1
"""
_TOOK = "INSERT INTO written_elsewhere (key, person) VALUES (?, ?) ON CONFLICT DO NOTHING"


class Taken(NamedTuple):
    """What came of a message of the user's: to whom it is a new ``touch``, and the event that ``notes`` its gaps."""

    touch: int | None = None
    notes: int | None = None


def take_own(store: Store, verdict: Verdict, came: Came, now: datetime) -> Taken:
    """Take in a message of the user's, within a transaction."""
    at = min(came.date or now, now)
    came = came._replace(message_id=storable(came.message_id), subject=storable(came.subject))
    if verdict.letter is not None:
        _learn(store, verdict.letter, verdict.provider_id, came.message_id)
        if came.is_draft or not settling.found_sent(store, verdict.letter, rows.moment_text(at), rows.moment_text(now)):
            return Taken()
        to = store.one(_TO, (verdict.letter,))
        return Taken(notes=_note_gap(store, to[0], came, now, verdict.letter) if to else None)
    if verdict.person is None or came.is_draft:
        return Taken()
    if store.one("SELECT 1 FROM people WHERE id = ?", (verdict.person,)) is None:
        return Taken()
    copied = _copied(store, verdict.person, came, at)
    if copied is not None:
        _learn(store, copied, verdict.provider_id, came.message_id)
        return Taken()
    drafted = _drafted(store, verdict.person, came, at)
    if drafted is not None:
        _learn(store, drafted, verdict.provider_id, came.message_id)
        settling.found_sent(store, drafted, rows.moment_text(at), rows.moment_text(now))
        return Taken(notes=_note_gap(store, verdict.person, came, now, drafted))
    touched = _touch(store, verdict.person, came, at, now)
    return Taken(touched, _note_gap(store, touched, came, now) if touched else None)


def _note_gap(store: Store, person: int, came: Came, now: datetime, letter: int | None = None) -> int | None:
    """Note that a line which was to be written stayed in the letter: the event's number, None where none did."""
    left = gaps.left_in(came.words())
    if not left:
        return None
    note = noted.Note("unfinished", "it went with a line left in it that was to be written", f"“{left}”")
    return noted.keep(store, person, f"unfinished {came.key}", note, now, letter)


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


def _drafted(store: Store, person: int, came: Came, at: datetime) -> int | None:
    """The draft of ours that this was: many mail programs send a draft under a Message-ID of their own.

    It has the draft's subject, answers what that answers, and went to whom it is for.
    """
    for number, literal in store.all(_DRAFTS, (came.subject, rows.moment_text(at), person)):
        before = set(names_before(bytes(literal)))
        if before & set(came.references) or not (before or came.references):
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
