"""What came back: each message is kept once, with the reason for its class, and what follows is recorded.

Kept are class, reason, date, From, Subject, Message-ID and at most 200 characters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mailer.ledger.ids import letter_id
from mailer.ledger.replies import storable
from mailer.people import rows
from mailer.people.obeying import company, obey
from mailer.people.rows import day_of, day_text, moment_text
from mailer.people.values import HOLD_DAYS, entry_id, person_id
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.answers.values import Verdict
    from mailer.ledger.store import Store

_MOST = 200
_MOST_IDS = 100
# What is of interest only in a thread of ours.
_IN_THREAD = frozenset({"read", "delayed", "list", "automatic"})
_STRIKES = frozenset({"dead", "left"})
_COLUMNS = (
    "person, at, class, confidence, because, text, sender, subject, address, letter, message_id, until, effect,"
    " key, day, free, known, other_address, struck, refs"
)
_EVENT = """
    SELECT id, class, confidence, because, person, address, letter, message_id, at, sender, subject, until, undone,
        accepted FROM events WHERE id = ?
"""


class Came(NamedTuple):
    """A message that was read: ``sender`` and ``subject`` as shown; ``date`` is None where it says none.

    ``fingerprint`` tells a message without a Message-ID from others; ``references`` are In-Reply-To and References;
    ``is_draft``: it lies there unsent; ``words``: what its text says, read when it is asked.
    """

    message_id: str
    date: datetime | None
    sender: str
    subject: str
    fingerprint: str = ""
    references: tuple[str, ...] = ()
    is_draft: bool = False
    words: Callable[[], str] = str

    @property
    def named(self) -> str:
        """The Message-IDs that it names, as they are kept: the one that it answers last (RFC 5322 3.6.4)."""
        ids = list(dict.fromkeys(self.references))[-_MOST_IDS:]
        return storable(" ".join((*ids[1:], *ids[:1])))

    @property
    def key(self) -> str:
        """What it is known again by, wherever it is read."""
        if self.message_id or self.fingerprint:
            return storable(self.message_id or self.fingerprint)
        said = f"{self.date}\n{self.sender}\n{self.subject}"
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that came back, and what follows from it in a few words; ``person`` and ``letter`` are ids."""

    id: str
    kind: str
    confidence: str
    because: str
    person: str | None
    address: str
    letter: str | None
    message_id: str | None
    until: date | None
    date: datetime
    sender: str
    subject: str
    effect: str
    undone: bool

    def as_json(self) -> dict[str, Any]:
        """The object of ``sync`` (``keeping-in-touch``, JSON)."""
        return {
            "id": self.id,
            "class": self.kind,
            "confidence": self.confidence,
            "because": self.because,
            "person": self.person,
            "address": self.address,
            "letter": self.letter,
            "message_id": self.message_id,
            "date": self.date.isoformat(),
            "from": self.sender,
            "subject": self.subject,
            "until": day_text(self.until),
            "effect": self.effect,
            "undone": self.undone,
        }


class Moment(NamedTuple):
    """When a message is taken in, and from which day on somebody is there again after a day (at their place)."""

    now: datetime
    back: Callable[[int, date], date]


def take(store: Store, verdict: Verdict, came: Came, moment: Moment) -> int | None:
    """Keep what a message is, within a transaction; its number, None where it is known, or nothing of ours.

    Who changes by it is told by ``concerned``.
    """
    verdict = _storable(verdict)
    person = _person(store, verdict)
    if person is None and verdict.person is not None:
        return None
    if verdict.kind in ("own", "other") or (verdict.kind in _IN_THREAD and verdict.letter is None):
        return None
    if person is None and verdict.letter is None:
        return None
    known = "SELECT 1 FROM events WHERE key = ? AND coalesce(person, 0) = ? AND address = ?"
    if store.one(known, (came.key, person or 0, verdict.address)):
        return None
    at = _at(store, verdict, came, moment.now)
    values = (
        *(person, moment_text(at), verdict.kind, verdict.confidence),
        *(_short(verdict.because), _short(verdict.text)),
        *(
            _short(came.sender),
            _short(came.subject),
            verdict.address,
            verdict.letter,
            storable(came.message_id) or None,
        ),
        *(day_text(verdict.until), "", came.key, at.astimezone(moment.now.tzinfo).date().isoformat()),
        *(day_text(_free(verdict, came, at, person, moment)), newest_touch(store, person), verdict.other_address),
        *(_struck(store, verdict, person), came.named),
    )
    marks = ", ".join("?" * len(values))
    made = store.added(f"INSERT INTO events ({_COLUMNS}) VALUES ({marks})", values)  # noqa: S608
    if person is not None:
        obey(store, company(store, person) if verdict.kind == "colleague" else [person])
    return made


def _storable(verdict: Verdict) -> Verdict:
    return replace(verdict, address=storable(verdict.address), other_address=storable(verdict.other_address))


def _person(store: Store, verdict: Verdict) -> int | None:
    if verdict.person is not None:
        found = store.one("SELECT id FROM people WHERE id = ?", (verdict.person,))
        return found[0] if found else None
    return rows.owners(store, [rows.address_key(verdict.address)]).get(rows.address_key(verdict.address))


def _at(store: Store, verdict: Verdict, came: Came, now: datetime) -> datetime:
    """When it was: never in the future, whatever its Date says, nor before the letter that it is about."""
    at = min(came.date or now, now)
    found = store.one("SELECT sent FROM letters WHERE number = ?", (verdict.letter,)) if verdict.letter else None
    return max(at, datetime.fromisoformat(found[0])) if found and found[0] else at


def _free(verdict: Verdict, came: Came, at: datetime, person: int | None, moment: Moment) -> date | None:
    """The first day after what the message holds somebody for."""
    if verdict.kind not in ("away", "colleague"):
        return None
    if verdict.kind == "away" and verdict.until and person is not None:
        return moment.back(person, verdict.until)
    day = came.date.date() if came.date and came.date <= moment.now else at.astimezone(moment.now.tzinfo).date()
    return day + timedelta(days=HOLD_DAYS)


def newest_touch(store: Store, person: int | None) -> int:
    """The number of the newest touch of a person, 0 where there was none."""
    return int(store.one("SELECT coalesce(max(id), 0) FROM touches WHERE person = ?", (person,))[0])


def _struck(store: Store, verdict: Verdict, person: int | None) -> str:
    """Which address of the person it is to strike out: that which it names, else the one that the letter went to."""
    if verdict.kind not in _STRIKES or person is None:
        return ""
    own = {rows.address_key(box.address) for box in rows.addresses(store, person)}
    key = rows.address_key(verdict.address)
    if key in own:
        return key
    asked = "SELECT c.key FROM recipients r JOIN contacts c ON c.id = r.contact WHERE r.letter = ? AND r.kind = 'to'"
    to = [found for (found,) in store.each(asked, (verdict.letter,)) if found in own]
    return to[0] if len(to) == 1 else ""


def _short(text: str) -> str:
    text = storable(" ".join(text.split()))
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def event(store: Store, number: int) -> Event | None:
    """The event of that number, as it stands."""
    row = store.one(_EVENT, (number,))
    if row is None:
        return None
    _, kind, confidence, because, person, address, letter, message_id, at, sender, subject, until, undone, accepted = (
        row
    )
    return Event(
        id=entry_id(number, touch=False),
        kind=kind,
        confidence="sure" if accepted else confidence,
        because=because,
        person=person_id(person) if person is not None else None,
        address=address,
        letter=letter_id(letter) if letter else None,
        message_id=message_id,
        date=datetime.fromisoformat(at),
        sender=sender,
        subject=subject,
        until=day_of(until),
        effect="" if undone else _effect(store, number, kind, person, letter, confidence == "sure" or bool(accepted)),
        undone=bool(undone),
    )


def _effect(store: Store, number: int, kind: str, person: int | None, letter: int | None, sure: bool) -> str:
    """What follows from an event as things stand, in a few words; "" where nothing does."""
    struck = "SELECT 1 FROM events e JOIN addresses a ON a.key = e.struck WHERE e.id = ? AND a.state <> 'ok'"
    lost = "SELECT 1 FROM touches WHERE person = ? AND letter = ? AND counts = 0"
    said = []
    if kind in _STRIKES and sure and store.one(struck, (number,)):
        said.append("address struck out")
    if kind in ("bounced", "challenge") and store.one(lost, (person, letter)):
        said.append("the letter does not count")
    held = store.one("SELECT kind, until FROM holds WHERE event = ? AND lifted IS NULL ORDER BY id", (number,))
    if held:
        said.append(_hold_said(*held, sure=sure))
    return ", ".join(said)


def _hold_said(kind: str, until: str | None, *, sure: bool) -> str:
    from mailer.people.dates import said

    if kind == "stop":
        return "stopped"
    if kind == "answered":
        return "answered: it is your turn"
    if until:
        return f"hold until {said(date.fromisoformat(until))}"
    return "hold" if sure else "hold until you say whether it is so"
