"""The user's people, as a run or a command finds them: in the ledger, with the plans and the place of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.people.book import Book, Home

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.ledger.store import Store
    from mailer.sending.world import World
    from mailer.settings.settings import Settings


def of_ledger(world: World, settings: Settings, store: Store) -> Book:
    """The book that stands in a ledger that is open already."""
    from mailer.people.plan import load

    there = home(world, settings)
    return Book(store, lambda name: load(name, settings.config_dir), here(world, settings), there)


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
