"""``mailer due``: show what is due, late first, then what comes soon, each with why."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import chain
from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command
from mailer.cli.links import link
from mailer.cli.style import style, wrapped
from mailer.people.values import is_soon, pending_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from mailer.people.book import Book
    from mailer.people.noted import Note
    from mailer.people.values import Person

# When a letter best arrives, at the recipient's place.
_OPEN, _CLOSED = time(8, 30), time(17, 30)


@app_command("due", "Show whom to write to, when, and why.", "mailer due --within 30")
@click.argument("who", nargs=-1)
@click.option("--on", metavar="DATE", help="Show what is due on this day instead of today.")
@click.option(
    "--within", type=click.IntRange(0, 3660), default=14, metavar="DAYS", help="How many days ahead; by default 14."
)
@click.option("--all", "everyone", is_flag=True, help="Also show people who are on hold or stopped, and why.")
@click.option("--ics", metavar="FILE", help="Also write every open step to a calendar file.")
@click.option(
    "open_page", "--open", is_flag=True, help="Open a year's calendar of everyone, or of WHO, in the browser."
)
@books.ACCOUNT
@books.JSON
def command(
    app: App,
    who: tuple[str, ...],
    on: str | None,
    within: int,
    everyone: bool,
    ics: str | None,
    open_page: bool,
    account: str | None,
    as_json: bool,
) -> int:
    """Show who is due today, the overdue first, then who comes up within DAYS, and why on that date."""
    with app.output.json_error(as_json), books.opened(app, account, write=ics is not None) as book:
        today = books.when(app, on, book, "--on") or book.today
        people = _asked(book, who, today, None if everyone or ics is not None else within)
        if ics is not None:
            from mailer.cli.calendar import write

            write(app, book, people, bool(who), today, ics)
        if open_page:
            from mailer.cli.people_pages import open_year

            open_year(app, book, people if who else book.people(today=today), today)
        ahead = today + timedelta(days=within)
        shown = [one for one in people if everyone or who or one.state == "due" or is_soon(one, ahead)]
        if as_json:
            notes = book.drafts(shown)
            for one in shown:
                app.output.json(_as_json(one, notes.get(one.id)))
        else:
            answered = [] if who or everyone else book.who_answered(today)
            app.output.lines(chain(_all_lines(book, shown), _answered(book, answered)))
    if not shown and not as_json:
        app.output.note(f"Nothing is due within {within} days.")
    return 0


def _asked(book: Book, who: tuple[str, ...], today: date, within: int | None) -> list[Person]:
    """The people to look at: those of WHO, all, or those who come within as many days."""
    if who:
        return [book.person(one, today) for one in who]
    return book.people(today=today) if within is None else book.soon(within, today)


def _answered(book: Book, people: list[Person]) -> Iterator[str]:
    """Who answered: not due, and not to be forgotten."""
    names = book.handles(people)
    for one in people:
        yield from _name(one)
        for line in wrapped(books.state_of(one), 4):
            yield style(line, fg=books.COLOURS.get(one.state))
        yield f"    {books.what_to_type(one, names[one.id])}"


def _name(one: Person) -> Iterator[str]:
    box = next((box.address for box in one.card.addresses if box.state == "ok"), "")
    for line in wrapped(books.name_of(one)):
        yield style(link(line, f"mailto:{box}") if box else line, bold=True)


def _as_json(person: Person, note: Note | None) -> dict[str, object]:
    step = person.open
    more = {"reason": step.reason if step else None, "template": (step and step.template) or None}
    draft = {"made": note.kind == "draft", "text": note.text} if note else None
    return {**person.as_json(), **more, "late_days": person.late if person.state == "due" else 0, "draft": draft}


def _all_lines(book: Book, people: list[Person]) -> Iterator[str]:
    due = [one for one in people if one.state == "due"]
    names = book.handles([one for one in people if one.state in ("due", "answered", "held")])
    silences, notes = book.silences(due), book.drafts(due)
    for one in people:
        more = _more(one, names.get(one.id, ""), silences.get(one.id, 0), notes.get(one.id))
        yield from _lines(one, names.get(one.id, ""), (*more, *_hours(book, one)))


def _more(one: Person, name: str, silences: int, note: Note | None) -> Iterator[str]:
    """What else there is to know of somebody who is due."""
    if one.pending:
        yield pending_words(one.pending)
    if note:
        yield note.text if note.kind == "draft" else f"no draft: {note.text}"
    if silences > 1:
        yield f"{silences} letters without an answer; to wait instead: mailer hold {name} --until +6mo"


def _hours(book: Book, one: Person) -> Iterator[str]:
    there = book.hour_there(one) if one.state == "due" and one.open and one.open.template else None
    words = hours_words(there) if there and there.date() == one.today else ""
    if words:
        yield words


def _lines(one: Person, name: str, more: Sequence[str]) -> Iterator[str]:
    yield from _name(one)
    told = "; ".join(part for part in (books.touch_of(one), books.state_of(one)) if part)
    for line in wrapped(told, 4):
        yield style(line, fg=books.COLOURS.get(one.state))
    if one.open and one.state in ("due", "waiting", "held"):
        yield from wrapped(f"{one.open.reason}: {'; '.join(one.open.why)}", 4)
    if one.open and one.state == "due":
        for words in more:
            yield from wrapped(words, 4)
    if one.state in ("due", "answered", "held") or (one.state == "waiting" and one.pending):
        template = one.open.template if one.open and one.state == "due" and not one.pending else ""
        yield f"    {books.what_to_type(one, name)}" + (f"  (template {template})" if template else "")


def hours_words(there: datetime) -> str:
    """When to send, where it is too early or too late there now; else "".

    Dates are days: whoever is due is due the whole day, and the letter is as well written now.
    """
    if _OPEN <= there.time() <= _CLOSED:
        return ""
    hours = f"from {_OPEN:%H:%M} to {_CLOSED:%H:%M}"
    return (
        f"it is {there:%H:%M} there: better sent {hours}{'' if there.time() < _OPEN else ' on their next working day'}"
    )
