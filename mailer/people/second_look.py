"""A second look before a letter goes that was put off: who was stopped, held, or has answered since then."""

from __future__ import annotations

import re
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

from mailer.errors import NotReady
from mailer.ledger import hashes
from mailer.ledger.ids import letter_number
from mailer.people.dates import short
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.ledger.store import Store
    from mailer.ledger.values import Queued
    from mailer.people.house import Elsewhere

_RECIPIENTS = """
    SELECT r.letter, c.key, r.address, coalesce(nullif(r.name, ''), r.address), r.kind FROM recipients r
    JOIN contacts c ON c.id = r.contact WHERE r.letter IN ({}) ORDER BY r.letter, r.position
"""
_HOLDS = """
    SELECT a.key, h.kind, h.person, h.since, h.until, h.why FROM holds h JOIN addresses a ON a.person = h.person
    WHERE a.key IN ({}) AND h.lifted IS NULL ORDER BY h.id
"""
_ANSWERS = """
    SELECT message_id FROM events WHERE person = ? AND class = 'answer' AND undone = 0 AND message_id IS NOT NULL
"""
_THREAD = re.compile(rb"(?im)^(?:references|in-reply-to):((?:.*\r?\n[ \t])*.*)$")
_IDS = re.compile(r"<[^<>\s]+>")


class Named(Protocol):
    """A letter that has an id."""

    @property
    def id(self) -> str:
        """Its id."""


class _Recipient(NamedTuple):
    key: str
    address: str
    name: str
    kind: str


class _Hold(NamedTuple):
    kind: str
    person: int
    since: str
    until: str | None
    why: str


class SecondLook:
    """Looks at some letters together; ``now`` is in the user's zone.

    ``elsewhere`` tells whom another owner was asked not to write to.
    """

    def __init__(
        self, store: Store, letters: Sequence[Named], now: datetime, elsewhere: Elsewhere | None = None
    ) -> None:
        self._store, self._elsewhere, self._zone = store, elsewhere, now.tzinfo
        self._people: dict[int, list[_Recipient]] = {}
        for number, *row in store.among(_RECIPIENTS, [letter_number(letter.id) for letter in letters]):
            self._people.setdefault(number, []).append(_Recipient._make(row))
        keys = [*{who.key for people in self._people.values() for who in people}]
        self._forgotten = frozenset(hashes.remembered(store, "stop", keys))
        if elsewhere:
            elsewhere.look(keys)
        self._holds: dict[str, list[_Hold]] = {}
        for key, *row in store.among(_HOLDS, keys):
            hold = _Hold._make(row)
            if hold.until is None or hold.until > now.date().isoformat():
                self._holds.setdefault(key, []).append(hold)

    def at(self, letter: Queued) -> NotReady | None:
        """Why a letter must not go now, if anything has come between; it stays where it is."""
        return next(self._reasons(letter), None)

    def stops(self, letter: Named) -> NotReady | None:
        """Who of those it goes to is stopped; a hold that was known when it was agreed to keeps nothing back."""
        return next(self._stops(letter), None)

    def _stops(self, letter: Named) -> Iterator[NotReady]:
        for who in self._people.get(letter_number(letter.id), ()):
            if who.key in self._forgotten:
                yield _not_ready(letter, f"{who.name} was stopped, and then forgotten")
            if self._elsewhere and self._elsewhere(who.key):
                yield _not_ready(letter, f"{who.name} asked another owner here not to be written to again")
            for hold in self._holds.get(who.key, ()):
                if hold.kind == "stop":
                    yield _not_ready(letter, f"{who.name} {_said(hold, self._zone)}", who.address)

    def _reasons(self, letter: Queued) -> Iterator[NotReady]:
        yield from self._stops(letter)
        number = letter_number(letter.id)
        for who in self._people.get(number, ()):
            for hold in self._holds.get(who.key, ()) if who.kind == "to" else ():
                if not _passes(self._store, letter, number, hold):
                    yield _not_ready(letter, f"{who.name} {_said(hold, self._zone)}", who.address)


def _passes(store: Store, letter: Queued, number: int, hold: _Hold) -> bool:
    """Whether a letter may go to who has answered: it replies, or they had when it was let pass all the same."""
    if hold.kind != "answered":
        return False
    if "answered" in letter.allowed and datetime.fromisoformat(hold.since) <= letter.added:
        return True
    row = store.one("SELECT literal FROM contents WHERE letter = ?", (number,))
    head = bytes(row[0]).partition(b"\r\n\r\n")[0] if row else b""
    thread = {name for found in _THREAD.findall(head) for name in _IDS.findall(found.decode("ascii", "replace"))}
    messages = {name for (name,) in store.each(_ANSWERS, (hold.person,))}
    return bool(thread) and (not messages or not messages.isdisjoint(thread))


def _said(hold: _Hold, zone: tzinfo | None) -> str:
    if hold.kind == "answered":
        return (
            f"answered on {short(datetime.fromisoformat(hold.since).astimezone(zone).date())}: it is your turn to reply"
        )
    until = f" until {short(date.fromisoformat(hold.until))}" if hold.until else ""
    why = f": {hold.why}" if hold.why else ""
    return f"is {'stopped' if hold.kind == 'stop' else f'on hold{until}'}{why}"


def _not_ready(letter: Named, said: str, address: str = "") -> NotReady:
    lift = f"mailer resume {address}, or let" if address else "Let"
    hint = f"It stays in the outbox. {lift} it go: mailer outbox drop {letter.id}."
    return NotReady(f"not ready: {said}", hint=hint)
