"""What ``send`` tells the people: its letters are touches now, and the next one has its date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import MailerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.ledger.ledger import Ledger
    from mailer.people.book import Book
    from mailer.people.values import Person
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

_KEEPS = "`mailer due` keeps count."


def take_in(world: World, settings: Settings, ledger: Ledger, *, alone: bool) -> None:
    """Take in what became of the letters of a run, and say when the next is due; of one ``alone`` with the day.

    A book that fails is a note, for the letters went all the same; whoever opens it next takes them in.
    """
    from mailer.sending.book import default_plan, of_ledger

    try:
        book = of_ledger(world, settings, ledger.store)
        for line in _said(book, book.follow(default_plan(world, settings)), alone=alone):
            world.note(line)
    except MailerError as error:
        world.note(f"The letters are recorded, but not yet with your people: {error.text}. {error.hint}".rstrip())


def _said(book: Book, started: Sequence[Person], *, alone: bool) -> list[str]:
    if book.fault:
        return [f"The next date is not known: {book.fault.text}. {book.fault.hint}".rstrip()]
    if alone:
        touched = started or book.touched
        return [f"Next: {next_words(one)}. {_KEEPS}" for one in touched if one.open and one.state in ("waiting", "due")]
    if not started:
        return []
    people = "1 person is" if len(started) == 1 else f"{len(started)} people are"
    return [f"{people} on a plan now. {_KEEPS}"]


def next_words(person: Person) -> str:
    """The next step of somebody who has one: ``4 January, something useful to Dana``."""
    from mailer.message.given_names import first_name
    from mailer.people.dates import short

    assert person.open is not None
    name, reason = first_name(person.card.name) or person.name, person.open.reason
    words = f"{reason[: -len('them')]}{name}" if reason.endswith(" to them") else f"{reason} ({name})"
    return f"{short(person.open.day)}, {words}"
