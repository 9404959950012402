"""``mailer touch``, ``hold``, ``stop``, ``resume``: record a touch, and decide whether anything is due."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command
from mailer.errors import BadData
from mailer.people.values import KINDS

if TYPE_CHECKING:
    from datetime import date

    from mailer.people.book import Book
    from mailer.people.values import Person


@app_command(
    "touch",
    "Record a call, a meeting, a message or an answer.",
    "mailer touch dana --by call --note 'their bench moves in May' --next '1 Jun'",
)
@click.argument("who", required=False)
@click.option("--by", "kind", type=click.Choice(KINDS), help="How you were in touch; 'answer' if they answered you.")
@click.option("--on", metavar="DATE", help="When it was; by default today.")
@click.option("--note", default="", metavar="TEXT", help="What to remember.")
@click.option("--next", "then", metavar="DATE", help="Set the next date by hand.")
@click.option("--undo", metavar="ID", help="Take back the touch or answer with this id.")
@books.ACCOUNT
@books.JSON
def command(
    app: App,
    who: str | None,
    kind: str | None,
    on: str | None,
    note: str,
    then: str | None,
    undo: str | None,
    account: str | None,
    as_json: bool,
) -> int:
    """Record that you reached out to WHO, or that they answered; this moves the next date."""
    if undo is None and (who is None or kind is None):
        raise click.UsageError("say who and how: mailer touch WHO --by call.")
    if undo is not None and (who or kind or on or note or then):
        raise click.UsageError("give --undo ID alone.")
    with app.output.json_error(as_json), books.opened(app, account) as book:
        if undo is not None:
            return _undone(app, book.undo(undo), as_json, undo)
        assert who is not None
        person = book.person(who)
        day = books.when(app, on, book, "--on", past=True) or book.today
        nearest = books.when(app, then, book, "--next")
        if nearest and nearest < book.today:
            raise BadData(f"{then} is in the past", hint="Give a day in the future.", field="--next")
        return _record(app, book, person, str(kind), day, note, nearest, as_json)


def _undone(app: App, person: Person | None, as_json: bool, undo: str) -> int:
    if person is None:
        app.output.note(f"{undo} is taken back.")
        return 0
    return books.tell(app, person, as_json, f"{undo} is taken back")


def _record(
    app: App, book: Book, person: Person, kind: str, day: date, note: str, then: date | None, as_json: bool
) -> int:
    moment = book.now if day == book.today else datetime.combine(day, time(12), book.now.tzinfo)
    if kind == "answer":
        after = book.answered(person, moment, note)
        if then:
            after = book.choose(after, then)
    else:
        after = book.touch(person, kind, moment, note, then)
    return books.tell(app, after, as_json, f"{kind} recorded")


def _people(book: Book, who: str | None, everyone: bool) -> list[Person]:
    if everyone == (who is not None):
        raise click.UsageError("say who, or --everyone.")
    return book.people() if everyone else [book.person(who or "")]


def _told(app: App, book: Book, people: list[Person], as_json: bool, said: str) -> int:
    if len(people) == 1:
        return books.tell(app, book.person(people[0].id), as_json, said)
    if not as_json:
        app.output.note(f"{len(people)} people: {said}")
        return 0
    after = {one.id: one for one in book.people()}
    for one in people:
        books.tell(app, after[one.id], as_json, said)
    return 0


@app_command(
    "hold", "Put someone on hold: they are not due for a while.", "mailer hold dana --until '1 Feb' --why 'their fair'"
)
@click.argument("who", required=False)
@click.option("--until", metavar="DATE", help="The first day on which they may be due again.")
@click.option("--why", default="", metavar="TEXT", help="The reason, for yourself.")
@click.option("--everyone", is_flag=True, help="Everyone, for example while you are on holiday.")
@books.ACCOUNT
@books.JSON
def hold(
    app: App, who: str | None, until: str | None, why: str, everyone: bool, account: str | None, as_json: bool
) -> int:
    """Put WHO on hold: they are not due until DATE, or until mailer resume."""
    with app.output.json_error(as_json), books.opened(app, account) as book:
        people = _people(book, who, everyone)
        day = books.when(app, until, book, "--until")
        if day and day <= book.today:
            raise BadData(
                f"{until} is not in the future",
                hint="Give the first free day; it must be in the future.",
                field="--until",
            )
        book.hold(people, "hold", day, why)
        return _told(app, book, people, as_json, "held")


@app_command(
    "stop", "Never write to someone again, unless you resume.", "mailer stop dana --why 'asked not to be written to'"
)
@click.argument("who", required=False)
@click.option("--why", default="", metavar="TEXT", help="The reason, for yourself.")
@click.option("--everyone", is_flag=True, help="Everyone, for example once you have a new job.")
@books.ACCOUNT
@books.JSON
def stop(app: App, who: str | None, why: str, everyone: bool, account: str | None, as_json: bool) -> int:
    """Stop writing to WHO: they are never due and get no letter, until mailer resume."""
    with app.output.json_error(as_json), books.opened(app, account) as book:
        people = _people(book, who, everyone)
        book.hold(people, "stop", None, why, own=everyone)
        return _told(app, book, people, as_json, "stopped")


@app_command("resume", "Take someone off hold or stop; the plan goes on.", "mailer resume dana")
@click.argument("who", required=False)
@click.option("--everyone", is_flag=True, help="Everyone.")
@books.ACCOUNT
@books.JSON
def resume(app: App, who: str | None, everyone: bool, account: str | None, as_json: bool) -> int:
    """Take WHO off hold or stop, or set their answer aside; the plan goes on from here."""
    with app.output.json_error(as_json), books.opened(app, account) as book:
        people = _people(book, who, everyone)
        book.resume(people)
        return _told(app, book, people, as_json, "resumed")
