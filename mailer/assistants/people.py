"""Who is due, the card and time line of a person, touches, the log."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from mailer.errors import BadData
from mailer.sending.world import ledger_of

if TYPE_CHECKING:
    from datetime import date

    from mailer.assistants.desk import Desk
    from mailer.people.book import Book
    from mailer.people.values import Person


def due(desk: Desk, within: int) -> list[dict[str, Any]]:
    """Tell who is due, late first, and who comes within some days, each with why.  Raises MailerError."""
    from mailer.people.values import is_soon

    with desk.book(write=False) as book:
        ahead = book.today + timedelta(days=within)
        people = [one for one in book.soon(within) if one.state == "due" or is_soon(one, ahead)]
    return [_open(person) for person in people]


def _open(person: Person) -> dict[str, Any]:
    step = person.open
    late = person.late if person.state == "due" else 0
    return {
        **person.as_json(),
        "reason": step.reason if step else None,
        "template": (step and step.template) or None,
        "late_days": late,
    }


def show_person(desk: Desk, who: str) -> dict[str, Any]:
    """Show the card of a person and everything between them and the user, newest last.  Raises MailerError."""
    with desk.book(write=False) as book:
        person = book.person(who)
        line = book.timeline(person)
    return {**person.as_json(), "timeline": [entry.as_json() for entry in line]}


def log_touch(desk: Desk, who: str, by: str, note: str, on: str) -> dict[str, Any]:
    """Record a touch, or that they answered; the same again on the same day is one.  Raises MailerError."""
    from mailer.people.typed import parse_date
    from mailer.people.values import KINDS

    if by not in KINDS:
        raise BadData(f"{by!r} is not a way to get in touch", hint=f"There are: {', '.join(KINDS)}.", field="by")
    with desk.book(write=True) as book:
        person = book.person(who)
        day = parse_date(on, book.today, past=True, field="on") if on else book.today
        if _is_known(book, person, by, day, note):
            return {**person.as_json(), "recorded": False}
        moment = book.now if day == book.today else datetime.combine(day, time(12), book.now.tzinfo)
        record = book.answered if by == "answer" else None
        after = record(person, moment, note) if record else book.touch(person, by, moment, note)
    return {**after.as_json(), "recorded": True}


def _is_known(book: Book, person: Person, by: str, day: date, note: str) -> bool:
    """Whether the same stands in the time line: assistants ask again where they saw no answer."""
    zone = book.now.tzinfo
    same = [one for one in book.timeline(person) if one.kind == by and one.text == note]
    return any(one.at.astimezone(zone).date() == day for one in same)


def sent(desk: Desk) -> list[dict[str, Any]]:
    """List what was sent to whom, and when, newest last.  Raises MailerError."""
    from mailer.ledger.ledger import open_ledger

    settings = desk.world.settings(desk.settings.account)
    with open_ledger(ledger_of(settings), create=False) as ledger:
        return [letter.as_json() for letter in ledger.log("")]
