"""What came back and waits for the user: letters that did not arrive, colleagues, and events that need a yes or no."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mailer.ledger.ids import letter_id, letter_number
from mailer.ledger.records import Waiting
from mailer.people.values import HOLD_DAYS, entry_id
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store

STATE = "came-back"
# Of a letter that went again to the same person, or was answered, nothing is to be done.
_LETTERS = """
    SELECT e.id, e.class, e.letter, e.address, e.because, e.text, e.at, l.subject, l.message_id
    FROM events e JOIN letters l ON l.number = e.letter LEFT JOIN people p ON p.id = e.person
    WHERE e.class IN ('bounced', 'challenge') AND e.undone = 0 AND l.message_id <> ''
    AND (p.resumed IS NULL OR p.resumed < e.at)
    AND NOT EXISTS (SELECT 1 FROM touches t WHERE t.person = e.person AND t.counts = 1
        AND (t.letter = e.letter AND e.class = 'challenge' OR t.letter IS DISTINCT FROM e.letter AND t.at > e.at))
    AND NOT EXISTS (SELECT 1 FROM events a WHERE a.person = e.person AND a.undone = 0
        AND a.class IN ('answer', 'stop', 'complaint') AND a.at > e.at)
    AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.person = e.person AND h.kind = 'stop' AND h.lifted IS NULL)
    AND e.id = (SELECT max(o.id) FROM events o WHERE o.letter = e.letter AND o.address = e.address
        AND o.class IN ('bounced', 'challenge') AND o.undone = 0)
    ORDER BY e.at, e.id
"""
_OFFERS = """
    SELECT e.id, e.address, e.sender, e.at, p.name, p.company FROM events e JOIN people p ON p.id = e.person
    WHERE e.class = 'colleague' AND e.undone = 0 AND e.at >= ? AND e.address <> ''
    AND lower(e.address) NOT IN (SELECT key FROM addresses) AND (p.resumed IS NULL OR p.resumed < e.at)
    ORDER BY e.at, e.id
"""


class Returned(NamedTuple):
    """A letter that came back, and the event that says so; ``kind`` is "bounced" or "challenge"."""

    letter: Waiting
    event: str
    kind: str


class Offer(NamedTuple):
    """A colleague who wrote about a person, and is none of the people yet."""

    event: str
    address: str
    name: str
    at: datetime
    about: str
    company: str


def returned(store: Store) -> list[Returned]:
    """The letters that came back and did not go again since, oldest first."""
    found = []
    for number, kind, letter, address, because, text, at, subject, message_id in store.each(_LETTERS):
        waiting = Waiting(
            id=letter_id(letter),
            state=STATE,
            to=(address,),
            subject=subject,
            message_id=message_id,
            since=datetime.fromisoformat(at),
            attempts=0,
            reply=None,
            remark=text or because,
            partly=False,
        )
        found.append(Returned(waiting, entry_id(number, touch=False), kind))
    return found


def came_back(store: Store, letter: str) -> str:
    """The words with which a letter came back, or ""."""
    asked = "SELECT because, text FROM events WHERE letter = ? AND undone = 0 AND class IN ('bounced', 'dead')"
    found = store.one(f"{asked} ORDER BY id DESC LIMIT 1", (letter_number(letter),))
    return " ".join((found[1] or found[0]).split()) if found else ""


def offers(store: Store, today: date) -> list[Offer]:
    """The colleagues who wrote in the last two weeks, oldest first; each once."""
    since = (today - timedelta(days=HOLD_DAYS)).isoformat()
    found: dict[str, Offer] = {}
    for number, address, sender, at, about, company in store.each(_OFFERS, (since,)):
        name = _name(sender)
        found[address.casefold()] = Offer(
            entry_id(number, touch=False), address, name, datetime.fromisoformat(at), about, company
        )
    return list(found.values())


def _name(sender: str) -> str:
    """The name of From as it was shown: ``Sam Becker <sam@acme.example>``, or ""."""
    name = sender.partition("<")[0].strip().strip('"').strip()
    return "" if "@" in name else name
