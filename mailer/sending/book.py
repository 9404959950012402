"""The user's people, as a run or a command finds them: in the ledger, with the plans and the place of the settings."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from mailer.people.book import Book, Home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mailer.ledger.store import Store
    from mailer.sending.world import World
    from mailer.settings.settings import Settings


def of_ledger(world: World, settings: Settings, store: Store) -> Book:
    """The book that stands in a ledger that is open already."""
    from mailer.people.plan import load

    return Book(store, lambda name: load(name, settings.config_dir), here(world, settings), home(world, settings))


@contextmanager
def opened(world: World, settings: Settings, *, write: bool = True) -> Iterator[Book]:
    """The book of people, with the letters taken in that were sent since it was last opened.

    Without ``write`` a ledger is neither made nor changed where it can only be read.  Raises CannotWrite, Later.
    """
    from mailer.ledger import erasing
    from mailer.ledger.ledger import open_ledger

    with open_ledger(settings.ledger_path, create=write, clock=world.now) as ledger:
        book = of_ledger(world, settings, ledger.store)
        if ledger.writable:
            erasing.finish(ledger.store)
            if book.has_news():
                book.follow(default_plan(world, settings))
        elif book.has_news():
            # Nothing is kept where it can only be read; what is shown is as if it were.
            ledger.store.stand_in()
            with ledger.store.writing_in_memory():
                book.follow(default_plan(world, settings))
        yield book


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
    from mailer.people import plan

    value = world.trusted(settings, names=("MAILER_PLAN",)).plan
    if value.text != "none" and value.text not in plan.available(settings.config_dir):
        raise value.bad(f"there is no plan {value.text!r}", "`mailer plans` lists them")
    return value.text
