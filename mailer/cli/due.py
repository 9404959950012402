"""``mailer due``: show what is due, late first, then what comes soon, each with why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, pass_app
from mailer.cli.json_errors import json_error
from mailer.cli.style import style, wrapped
from mailer.people.values import is_soon

if TYPE_CHECKING:
    from datetime import date

    from mailer.people.book import Book
    from mailer.people.values import Person


@click.command(
    "due",
    short_help="Show whom to write to, when, and why.",
    epilog="Example: mailer due --within 30",
    context_settings=books.HELP,
)
@click.argument("who", nargs=-1)
@click.option("--on", metavar="DATE", help="As of this day instead of today.")
@click.option(
    "--within", type=click.IntRange(0, 3660), default=14, metavar="DAYS", help="How many days ahead; by default 14."
)
@click.option("--all", "everyone", is_flag=True, help="Also who is held or stopped, and why.")
@click.option("--ics", metavar="FILE", help="Also write every open step to a calendar file.")
@books.ACCOUNT
@books.JSON
@pass_app
def command(
    app: App,
    who: tuple[str, ...],
    on: str | None,
    within: int,
    everyone: bool,
    ics: str | None,
    account: str | None,
    as_json: bool,
) -> int:
    """Show what is due today, late first, then what comes within DAYS: who, why, and why on that date."""
    with json_error(app.output, as_json), books.opened(app, account, write=ics is not None) as book:
        today = books.when(app, on, book, "--on") or book.today
        people = _asked(book, who, today, None if everyone or ics is not None else within)
        if ics is not None:
            from mailer.cli.calendar import write

            write(app, book, people, bool(who), today, ics)
        ahead = today + timedelta(days=within)
        shown = [one for one in people if everyone or who or one.state == "due" or is_soon(one, ahead)]
        names = {} if as_json else book.handles([one for one in shown if one.state in ("due", "answered", "held")])
        for one in shown:
            if as_json:
                app.output.json(_as_json(one))
            else:
                _print(app, book, names.get(one.id, one.id), one)
        if not as_json and not (who or everyone):
            _answered(app, book, today)
    if not shown and not as_json:
        app.output.note(f"Nothing is due within {within} days.")
    return 0


def _asked(book: Book, who: tuple[str, ...], today: date, within: int | None) -> list[Person]:
    """The people to look at: those of WHO, all, or those who come within as many days."""
    if who:
        return [book.person(one, today) for one in who]
    return book.people(today=today) if within is None else book.soon(within, today)


def _answered(app: App, book: Book, today: date) -> None:
    """Who answered: not due, and not to be forgotten."""
    people = [one for one in book.of_interest(today) if one.state == "answered"]
    names = book.handles(people)
    for one in people:
        for line in wrapped(books.name_of(one)):
            app.output.line(style(line, bold=True))
        app.output.line(style("\n".join(wrapped(books.state_of(one), 4)), fg="green"))
        app.output.line(style(f"    {books.what_to_type(one, names[one.id])}", fg="cyan"))


def _as_json(person: Person) -> dict[str, object]:
    step = person.open
    more = {"reason": step.reason if step else None, "template": (step and step.template) or None}
    return {**person.as_json(), **more, "late_days": person.late if person.state == "due" else 0}


def _print(app: App, book: Book, name: str, person: Person) -> None:
    told = "; ".join(part for part in (books.touch_of(person), books.state_of(person)) if part)
    colour = {"due": "yellow", "answered": "green", "held": "cyan", "stopped": "red"}.get(person.state)
    for line in wrapped(books.name_of(person)):
        app.output.line(style(line, bold=True))
    for line in wrapped(told, 4):
        app.output.line(style(line, fg=colour) if colour else line)
    if person.open and person.state in ("due", "waiting", "held"):
        app.output.line("\n".join(wrapped(f"{person.open.reason}: {'; '.join(person.open.why)}", 4)))
        if person.state == "due":
            _what_to_type(app, book, name, person)
    if person.hold and person.state in ("answered", "held"):
        app.output.line(style(f"    {books.what_to_type(person, name)}", fg="cyan"))


def _what_to_type(app: App, book: Book, name: str, person: Person) -> None:
    assert person.open is not None
    letters = book.unanswered(person)
    if letters > 1:
        silent = f"{letters} letters without an answer; to wait instead: mailer hold {name} --until +6mo"
        app.output.line("\n".join(wrapped(silent, 4)))
    if person.open.template:
        app.output.line(style(f"    mailer follow-up {name}", fg="cyan") + f"  (template {person.open.template})")
    else:
        app.output.line(style(f"    mailer touch {name} --by call", fg="cyan"))
