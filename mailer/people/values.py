"""A person, and what there was between the user and them, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

from mailer.tuples import NamedTuple

AddressState = Literal["ok", "dead", "left"]
State = Literal["stopped", "answered", "held", "due", "waiting", "done", "none"]
HOLD_DAYS = 14  # For how long somebody is held who says no day.
KINDS = ("call", "meeting", "message", "post", "letter", "answer")


class Address(NamedTuple):
    """``address`` is an addr-spec in A-label form."""

    address: str
    state: AddressState = "ok"


class Card(NamedTuple):
    """What the user keeps of a person; what is not known is "".  ``country`` may name a region (``DE-BY``).

    ``next`` is a date set by hand.
    """

    name: str = ""
    addresses: tuple[Address, ...] = ()
    company: str = ""
    position: str = ""
    refused_on: date | None = None
    plan: str = ""
    next: date | None = None
    language: str = ""
    country: str = ""
    time_zone: str = ""
    note: str = ""
    url: str = ""

    def joined(self, other: Card) -> Card:
        """One card of two: what this one lacks, the other says; notes are joined."""
        names = ("name", "company", "position", "refused_on", "plan", "next", "language", "country", "time_zone", "url")
        known = {box.address for box in self.addresses}
        return self._replace(
            **{name: getattr(self, name) or getattr(other, name) for name in names},
            addresses=(*self.addresses, *(box for box in other.addresses if box.address not in known)),
            note="\n".join(dict.fromkeys(note for note in (self.note, other.note) if note)),
        )


# What mailer notes of a step's draft; nobody said it.
NOTES = ("draft", "no-draft", "unfinished")


class OpenStep(NamedTuple):
    """A step of a person's plan and the day on which it falls due; ``until``: on which it is let go."""

    step: int
    day: date
    until: date
    reason: str
    template: str
    why: tuple[str, ...]


class Hold(NamedTuple):
    """Nothing is due to them.  ``kind``: "hold", "answered" or "stop"; ``until``: the first free day, or None.

    ``event`` is the number of what came back and made it, ``cause`` its class, "elsewhere" where another owner was
    asked to stop; ``asks``: it may be forged, and asks.
    """

    kind: str
    since: datetime
    until: date | None
    why: str
    event: int | None = None
    cause: str = ""
    asks: bool = False


class Pending(NamedTuple):
    """A letter to them that waits in the outbox.  ``due``: when it goes by itself, None where it is to be sent again.

    ``waits_for_us``: its time has come, and nobody sent it yet.
    """

    due: datetime | None
    waits_for_us: bool = False


class Entry(NamedTuple):
    """One line of a time line: a touch of the user's (``touch``), or what came back.

    ``kind`` is "letter", "call", "meeting", "message", "post", or the class of what came back.  ``letter`` is an id.
    Of a message that came back: ``sender`` and ``subject`` as shown, the ``address`` it is about, and the Message-IDs
    that it names (``refs``).
    """

    id: str
    at: datetime
    kind: str
    text: str
    because: str
    letter: str | None
    message_id: str | None
    touch: bool
    sender: str = ""
    subject: str = ""
    confidence: str = ""
    address: str = ""
    refs: str = ""

    def as_json(self) -> dict[str, Any]:
        """The object of ``people show --json``."""
        names = ("id", "kind", "text", "because", "letter", "message_id")
        return {"at": self.at.astimezone(UTC).isoformat(), **{name: getattr(self, name) for name in names}}


class Person(NamedTuple):
    """A person as of one day; times are in the user's zone.

    ``open`` is the open step; ``steps`` how many the plan has, None without end or plan.
    """

    id: str
    card: Card
    state: State
    step: int | None
    steps: int | None
    anchor: date | None
    last: datetime | None
    open: OpenStep | None
    hold: Hold | None
    today: date
    pending: Pending | None = None

    @property
    def is_queued(self) -> bool:
        """Whether they would be due if the letter were not queued already."""
        is_going = self.state == "waiting" and self.pending and self.pending.due
        return bool(is_going and self.open and self.open.day <= self.today)

    @property
    def name(self) -> str:
        """The name, or an address where none is known."""
        return self.card.name or (self.card.addresses[0].address if self.card.addresses else self.id)

    @property
    def late(self) -> int:
        """For how many days the open step has been due."""
        return max(0, (self.today - self.open.day).days) if self.open else 0

    @property
    def next(self) -> date | None:
        """The day on which the open step is due; None while nothing is, and nobody knows until when."""
        is_coming = self.state in ("due", "waiting") or (self.state == "held" and self.hold and self.hold.until)
        return self.open.day if self.open and is_coming else None

    @property
    def why(self) -> tuple[str, ...]:
        """Why nothing is due, or why the date is what it is: sentences."""
        if self.hold and self.state in ("stopped", "answered", "held"):
            return (hold_words(self.hold), *(self.open.why if self.open and self.state == "held" else ()))
        waits = (pending_words(self.pending),) if self.pending and self.state in ("due", "waiting") else ()
        return (*waits, *(self.open.why if self.open else ()))

    def as_json(self) -> dict[str, Any]:
        """The object of a person (``keeping-in-touch``, JSON)."""
        card = self.card
        return {
            "id": self.id,
            "name": card.name,
            "addresses": [{"address": one.address, "state": one.state} for one in card.addresses],
            **{name: getattr(card, name) for name in ("company", "position", "language", "country", "time_zone")},
            "plan": card.plan or None,
            "step": self.step,
            "steps": self.steps,
            "anchor": self.anchor.isoformat() if self.anchor else None,
            "last": self.last.astimezone(UTC).isoformat() if self.last else None,
            "next": self.next.isoformat() if self.next else None,
            "state": self.state,
            "since": self.hold.since.astimezone(UTC).isoformat() if self.hold else None,
            "held_until": self.hold.until.isoformat() if self.hold and self.hold.until else None,
            "queued": self.pending.due.isoformat() if self.pending and self.pending.due else None,
            "why": list(self.why),
            "note": card.note,
        }


def is_soon(person: Person, until: date) -> bool:
    """Whether they wait for a step of a day up to ``until``."""
    return person.state == "waiting" and person.open is not None and person.open.day <= until


def strongest(holds: Sequence[Hold], today: date) -> Hold | None:
    """The hold that counts on a day: of several of a kind, that which ends last."""
    order = ("hold", "answered", "stop")
    open_holds = [one for one in holds if one.until is None or one.until > today]
    return max(open_holds, key=lambda one: (order.index(one.kind), one.asks, one.until or date.max), default=None)


def state_of(
    card: Card, hold: Hold | None, step: OpenStep | None, today: date, pending: Pending | None = None
) -> State:
    """How somebody stands who has this hold, this open step and this letter in the outbox."""
    if hold:
        return {"stop": "stopped", "answered": "answered"}.get(hold.kind, "held")  # type: ignore[return-value]
    if step:
        goes_by_itself = pending is not None and pending.due is not None
        return "due" if step.day <= today and not goes_by_itself else "waiting"
    return "done" if card.plan else "none"


def urgency(person: Person) -> tuple[int, date, str]:
    """Sort those first with whom something is to be done."""
    order: tuple[State, ...] = ("answered", "due", "waiting", "held", "none", "done", "stopped")
    return order.index(person.state), person.open.day if person.open else date.max, person.name.casefold()


def hold_words(hold: Hold) -> str:
    """What keeps a person from being due, as a sentence."""
    from mailer.people.dates import said

    if hold.kind == "stop":
        return f"stopped{f': {hold.why}' if hold.why else ''}"
    if hold.kind == "answered":
        return "answered: it is your turn"
    until = f" until {said(hold.until)}" if hold.until else ""
    return f"on hold{until}{f': {hold.why}' if hold.why else ''}"


def pending_words(pending: Pending) -> str:
    """What becomes of a letter that waits in the outbox, as a sentence."""
    from mailer.people.dates import said

    if pending.due is None:
        return "a letter to them waits in the outbox, to be sent again"
    when = f"{said(pending.due.date())}, {pending.due:%H:%M}"
    if pending.waits_for_us:
        return f"a letter that was queued for {when} waits to be sent"
    return f"a letter is queued for {when}"


def person_id(number: int) -> str:
    """The id of a person, ``p12``."""
    return f"p{number}"


def number_of(person: Person) -> int:
    """The number under which the ledger keeps a person."""
    return int(person.id[1:])


def entry_id(number: int, *, touch: bool) -> str:
    """The id of a touch, ``t12``, or of an event, ``e12``."""
    return f"{'t' if touch else 'e'}{number}"
