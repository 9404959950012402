"""The user's people, as a run or a command finds them: in the ledger, with the plans and the place of the settings."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.people.book import Book, Home
from mailer.sending.world import ledger_of, others_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.store import Store
    from mailer.people.plan import Plan
    from mailer.people.values import Person
    from mailer.sending.known import Opened
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

_ALWAYS_THERE = "gracious-six"
# What others left to this one is there by then.
_TIMES = 2
_KEEPS = "`mailer due` keeps count."


def of_ledger(world: World, settings: Settings, store: Store, opened: Opened | None = None) -> Book:
    """The book that stands in a ledger that is open already; the checks of the run may have ``opened`` some of it."""
    plans, others = (opened.plans, opened.others) if opened else (None, None)
    read = plans.plan if plans else partial(_read_plan, settings)
    place = home(world, settings)
    now = world.now().astimezone(place.zone) if place.zone else world.now()
    book = Book(store, read, now, place)
    book.others = lambda: others_of(settings) if others is None else others
    book.default_plan = lambda: default_plan(world, settings)
    return book


def _read_plan(settings: Settings, name: str) -> Plan:
    from mailer.people.plan import load

    return load(name, config_dir=settings.config_dir)


@contextmanager
def opened(world: World, settings: Settings, *, write: bool = True) -> Iterator[Book]:
    """The book of people, with the letters taken in that were sent since it was last opened.

    Without ``write`` a ledger is neither made nor changed where it can only be read.  Raises CannotWrite, Later.
    """
    with book_and_store(world, settings, write=write) as (book, _):
        yield book


@contextmanager
def book_and_store(
    world: World, settings: Settings, *, write: bool = True, trial: bool = False
) -> Iterator[tuple[Book, Store]]:
    """The same, and the database that it stands in.  A ``trial`` works on a copy in memory, of which nothing stays."""
    from mailer.ledger import erasing
    from mailer.ledger.ledger import open_ledger

    with open_ledger(ledger_of(settings), create=write, clock=world.now) as ledger:
        book = of_ledger(world, settings, ledger.store)
        if ledger.writable and not trial:
            erasing.finish(ledger.store)
            if book.has_news():
                book.follow(default_plan(world, settings))
            book.go_on()
        elif trial or book.has_news():
            # Nothing is kept where it can only be read; what is shown is as if it were.
            ledger.store.stand_in()
            with ledger.store.writing_in_memory():
                book.follow(default_plan(world, settings))
                if trial:
                    yield book, ledger.store
                    return
        yield book, ledger.store


def here(world: World, settings: Settings) -> datetime:
    """Now, in the user's time zone."""
    return world.now().astimezone(settings.timezone) if settings.timezone else world.now()


def home(world: World, settings: Settings) -> Home:
    """Where the user is, as far as the settings or this machine tell."""

    def country() -> str:
        from mailer.checks.days_off import country_of, machine_zone

        return country_of(settings.value("MAILER_TIMEZONE").text or machine_zone(world.environ))

    return Home(country, settings.timezone)


def default_plan(world: World, settings: Settings) -> str:
    """The plan that ``runner-up`` starts.  Raises BadSettings where MAILER_PLAN names none."""
    value = world.trusted(settings, names=("MAILER_PLAN",)).plan
    if value.text in ("none", _ALWAYS_THERE):
        return value.text
    from mailer.people.plan import available

    if value.text not in available(settings.config_dir):
        raise value.bad(f"there is no plan {value.text!r}", "`mailer plans` lists them")
    return value.text


def take_in(
    world: World, settings: Settings, ledger: Ledger, opened: Opened | None = None, *, alone: bool | None
) -> None:
    """Take in what became of the letters of a run, and say when the next is due; of one ``alone`` with the day.

    ``alone`` is None for a worker among others: nobody is there to whom that is of use, and another that is at it
    already takes in these too.
    If the book fails, that is only a note, for the letters were sent; the next command that opens it takes them in.
    """
    try:
        book, waits = of_ledger(world, settings, ledger.store, opened), alone is not None
        for _ in range(1 if waits else _TIMES):
            if not book.has_news():
                return
            for line in _said(book, book.follow(default_plan(world, settings), waits=waits), alone=alone):
                world.note(line)
    except MailerError as error:
        world.note(f"The letters are recorded, but not yet with your people: {error.text}. {error.hint}".rstrip())


def _said(book: Book, started: Sequence[int], *, alone: bool | None) -> list[str]:
    if book.fault:
        return [f"The next date is not known: {book.fault.text}. {book.fault.hint}".rstrip()]
    if alone:
        touched = book.those(started or book.reached)
        return [f"Next: {next_words(one)}. {_KEEPS}" for one in touched if one.open and one.state in ("waiting", "due")]
    if not started or alone is None:
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
