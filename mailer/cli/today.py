"""``mailer`` alone: show whom to write to today and why, who answered, who is on hold, what waits."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.cli import book as books
from mailer.cli.app import App
from mailer.cli.style import columns, cut, height, on_terminal, style, width, wrapped
from mailer.people.dates import count, said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mailer.people.book import Book
    from mailer.people.values import Person

_SHOWN = 12
_PARTS = (("Write today", "due"), ("They answered", "answered"), ("Queued", "queued"), ("On hold", "held"))
_BEGIN = (
    "  mailer new runner-up        write the letter after a rejection, the first of six contacts",
    "  mailer people add           add somebody you met",
    "  mailer rehearse             see what a letter looks like, without an account",
)


def show(app: App, as_json: bool) -> int:
    """Print today's screen, or its one object."""
    with books.opened(app, write=False) as book:
        waiting = book.outbox()
        if as_json:
            app.output.json(_as_json(book, book.of_interest(), waiting))
            return 0
        people, more = book.at_a_glance(_SHOWN)
        if not (people or waiting or book.count()):
            app.output.note("Nobody is in your book yet. Three ways to begin:")
            for line in _BEGIN:
                app.output.line(line)
        else:
            _print(app, book, people, more, waiting)
    return 0


def _as_json(book: Book, people: Sequence[Person], waiting: int) -> dict[str, object]:
    def of(state: str) -> list[object]:
        return [one.as_json() for one in people if one.state == state]

    return {
        "due": of("due"),
        "answered": of("answered"),
        "held": of("held"),
        "queued": [one.as_json() for one in people if one.is_queued],
        "outbox": waiting,
        "synced": book.synced(),
    }


def _print(app: App, book: Book, people: Sequence[Person], more: Mapping[str, int], waiting: int) -> None:
    app.output.line(style(f"{said(book.today)} {book.today.year}", bold=True))
    parts = [
        (title, [one for one in people if _part_of(one) == state], more.get(state, 0), state) for title, state in _PARTS
    ]
    tell, most = _room(parts)
    for title, some, others, state in parts:
        if some:
            app.output.line("")
            app.output.line(style(f"{title} ({len(some) + others})", fg=books.COLOURS.get(state), bold=True))
            shown = some[: most if state == "due" else _SHOWN]
            names = book.handles(shown)
            for one in shown:
                tell(app, names[one.id], one)
            if len(some) + others > len(shown):
                rest = books.command("outbox" if state == "queued" else "due --all")
                app.output.line(f"  … and {len(some) + others - len(shown)} more: {rest}")
    _offers(app, book)
    app.output.line("")
    if not parts[0][1]:
        app.output.line("\n".join(wrapped("Nothing is due today." + _next(book))))
    if waiting:
        app.output.line(
            f"{count(waiting, 'letter')} {'is' if waiting == 1 else 'are'} waiting in the outbox:"
            f" {books.command('outbox')}"
        )
    _last_read(app, book)


def _part_of(one: Person) -> str:
    return "queued" if one.is_queued else one.state


def _offers(app: App, book: Book) -> None:
    """The colleagues who wrote about somebody, and how to add them."""
    offers = book.offers()
    if not offers:
        return
    app.output.line("")
    app.output.line(style(f"Colleagues who wrote ({len(offers)})", bold=True))
    for one in offers[:_SHOWN]:
        who = f"{one.name} <{one.address}>" if one.name else one.address
        app.output.line("\n".join(wrapped(f"{who}, about {one.about} on {said(book.local(one.at).date())}", 2)))
        more = (("--name", one.name), ("--company", one.company))
        options = "".join(f" {option} {shlex.quote(value)}" for option, value in more if value)
        app.output.line(f"    {books.command(f'people add {shlex.quote(one.address)}{options}')}")


def _last_read(app: App, book: Book) -> None:
    """When the mailbox was last read, if there is one to read."""
    synced = book.synced()
    if synced is None:
        if app.settings().value("MAILER_IMAP_HOST").text:
            said = f"Your mailbox has not been read yet, so mailer does not know who answered: {books.command('sync')}"
            app.output.line(said)
        return
    when = datetime.fromisoformat(synced).astimezone(book.now.tzinfo)
    days = (book.today - when.date()).days
    if days > 0:
        app.output.line(f"Mailbox last read {count(days, 'day')} ago: {books.command('sync')}")
    else:
        app.output.line(f"Mailbox last read at {when:%H:%M}.")


def _room(
    parts: Sequence[tuple[str, Sequence[Person], int, str]],
) -> tuple[Callable[[App, str, Person], None], int]:
    """How to tell of a person, and of how many who are due: what goes on one screen."""
    if not on_terminal():
        return _person, _SHOWN
    counts = [min(len(some), _SHOWN) for _, some, *_ in parts]
    room = height() - 5 - 2 * sum(map(bool, counts))
    if 4 * sum(counts) <= room:
        return _person, _SHOWN
    # One line more is for those who have no place.
    return _briefly, max(3, min(_SHOWN, (room - 1) // 2 - sum(counts[1:])))


def _next(book: Book) -> str:
    one = book.next_due()
    return f" Next: {one.name} on {said(one.open.day)}." if one and one.open else ""


def _person(app: App, name: str, person: Person) -> None:
    told = "; ".join(part for part in (books.touch_of(person), books.state_of(person)) if part)
    for line in wrapped(books.name_of(person), 2):
        app.output.line(style(line, bold=True))
    if person.state == "due" and person.open:
        app.output.line("\n".join(wrapped(told, 4)))
        reason = f"{person.open.reason}: " if person.open.reason else ""
        app.output.line("\n".join(wrapped(f"{reason}{'; '.join(person.why)}", 4)))
    elif person.state == "answered":
        since = f" since {said(person.hold.since.date())}" if person.hold else ""
        app.output.line("\n".join(wrapped(f"it is your turn{since}", 4)))
    else:
        app.output.line("\n".join(wrapped("; ".join(person.why[:1]), 4)))
    app.output.line(f"    {books.what_to_type(person, name)}")


def _briefly(app: App, name: str, person: Person) -> None:
    """A line for who and why, and one for what to type."""
    if person.state == "due" and person.open:
        late = f", {count(person.late, 'day')} late" if person.late else ""
        why = f"{person.open.reason}{late}"
    else:
        why = "" if person.state == "answered" else person.why[0]
    room = width() - 3
    who = cut(printable(books.name_of(person)), max(20, room - columns(why) - 2) if why else room)
    app.output.line(f"  {style(who, bold=True)}" + (f": {cut(printable(why), room - columns(who) - 2)}" if why else ""))
    app.output.line(f"    {books.what_to_type(person, name)}")
