"""The pages of people: one with their time line, and the year of all: what was, what is due, what comes."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from mailer.pages.engine import fill
from mailer.pages.months import Dot, by_month, grouped, window
from mailer.people.dates import count, said

if TYPE_CHECKING:
    from mailer.people.values import Card, Entry, OpenStep, Person

_TONES = {
    "answer": "answer",
    "colleague": "answer",
    "stop": "block",
    "bounced": "block",
    "dead": "block",
    "complaint": "block",
    "left": "block",
}
_SAID = {
    "letter": "You wrote",
    "call": "You called",
    "meeting": "You met",
    "message": "You sent a message",
    "post": "You sent post",
    "answer": "They answered",
    "draft": "A draft was made",
    "no-draft": "No draft was made",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A person with what there was, what lies ahead, and how they stand, a sentence."""

    person: Person
    state: str
    entries: Sequence[Entry]
    ahead: Sequence[OpenStep]

    @property
    def name(self) -> str:
        """How they are called."""
        return self.person.name

    @property
    def tone(self) -> str:
        """The style of their state."""
        return "late" if self.person.state == "due" and self.person.late else self.person.state


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a list: a day, whose it is, what it is, more of it, and its dot."""

    day: date
    who: str
    what: str
    more: str
    aside: str
    tone: str
    was: bool

    @property
    def date(self) -> str:
        """``Monday 30 November``."""
        return said(self.day)

    @property
    def short(self) -> str:
        """``Mon 30``."""
        return f"{self.day:%a} {self.day.day}"


def person_page(told: Told, today: date, zone: tzinfo | None) -> bytes:
    """The page of one person: the card, everything between you, and what comes."""
    was = [(_day(one.at, zone), _was(told, one, zone)) for one in told.entries]
    ahead = [(one.day, _comes(told, one)) for one in told.ahead]
    return fill(
        "person.html",
        told=told,
        card=_card(told.person.card),
        url=_link(told.person.card.url),
        why=told.person.why,
        was=grouped(was, years=True),
        ahead=grouped(ahead, years=True),
        today=f"{said(today)} {today.year}",
    )


def year_page(people: Sequence[Told], today: date, zone: tzinfo | None) -> bytes:
    """The page of a year of all of them: a table of dots, what is due, what comes, and what was."""
    months = window(today)
    first, last = months[0].first, end_of_window(today)
    was, ahead, rows = [], [], []
    for told in people:
        past = [(day, one) for one in told.entries if first <= (day := _day(one.at, zone)) <= today]
        was += [(day, _was(told, one, zone)) for day, one in past]
        steps = [one for one in told.ahead if one.day <= last]
        ahead += [(one.day, _comes(told, one)) for one in steps if one.day > today]
        dots = [Dot(day, one.kind, _tone(one), True) for day, one in past]
        dots += [Dot(max(one.day, first), one.reason or "a touch", _tone_ahead(told, one), False) for one in steps]
        if dots or told.person.state in ("due", "answered"):
            rows.append((told, by_month(dots, months)))
    return fill(
        "year.html",
        months=months,
        rows=rows,
        now=months.index(next(month for month in months if (month.year, month.number) == (today.year, today.month))),
        due=[(told, _due(told)) for told in people if told.person.state == "due"],
        answered=[told for told in people if told.person.state == "answered"],
        ahead=grouped(ahead),
        was=grouped(was, newest_first=True),
        today=f"{said(today)} {today.year}",
        count=count,
    )


def end_of_window(today: date) -> date:
    """The last day of the table of a year."""
    last = window(today)[-1]
    return date(last.year, last.number, calendar.monthrange(last.year, last.number)[1])


def _day(at: datetime, zone: tzinfo | None) -> date:
    return at.astimezone(zone).date()


def _tone(one: Entry) -> str:
    return "due" if one.touch else _TONES.get(one.kind, "held")


def _tone_ahead(told: Told, one: OpenStep) -> str:
    if one == told.person.open and told.person.state == "due":
        return "late" if told.person.late else "due"
    return "waiting"


def _was(told: Told, one: Entry, zone: tzinfo | None) -> _Line:
    likely = ", likely" if one.confidence == "likely" else ""
    what = _SAID.get(one.kind, f"You: {one.kind}" if one.touch else f"They: {one.kind}") + likely
    more = f"{one.subject} (from {one.sender})" if one.sender else one.subject
    text = " · ".join(part for part in (one.text, more) if part)
    aside = " · ".join(part for part in (one.because, f"letter {one.letter}" if one.letter else "") if part)
    return _Line(_day(one.at, zone), told.name, what, text, aside, _tone(one), True)


def _comes(told: Told, one: OpenStep) -> _Line:
    steps = f" of {told.person.steps}" if told.person.steps else ""
    aside = f"touch {one.step}{steps}" + (f" · template {one.template}" if one.template else "")
    reason = one.reason[:1].upper() + one.reason[1:] or "A touch"
    return _Line(one.day, told.name, reason, "; ".join(one.why), aside, _tone_ahead(told, one), False)


def _due(told: Told) -> _Line | None:
    return _comes(told, told.person.open) if told.person.open else None


def _card(card: Card) -> list[tuple[str, Sequence[str]]]:
    boxes = [box.address if box.state == "ok" else f"{box.address} ({box.state})" for box in card.addresses]
    rows: Mapping[str, Sequence[str]] = {
        "Address": boxes,
        "Company": [card.company],
        "Position": [card.position],
        "The no": [f"{said(card.refused_on)} {card.refused_on.year}" if card.refused_on else ""],
        "Plan": [card.plan],
        "Language": [card.language],
        "Place": [", ".join(part for part in (card.country, card.time_zone) if part)],
        "Note": card.note.split("\n"),
    }
    return [(name, shown) for name, values in rows.items() if (shown := [value for value in values if value])]


def _link(url: str) -> str:
    """An address of the web; what is none leads nowhere."""
    return url if url.lower().startswith(("https://", "http://")) else ""
