"""``mailer people show --open`` and ``mailer due --open``: a time line, and the year of all, in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.cli import book as books
from mailer.cli.open_page import open_page
from mailer.cli.progress import watched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from mailer.cli.app import App
    from mailer.pages.people import Told
    from mailer.people.book import Book
    from mailer.people.values import Person

_AT_ONCE = 100


def open_person(app: App, book: Book, person: Person) -> None:
    """Show one person: the card, everything between you, and what comes."""
    from mailer.pages.people import person_page

    (told,) = _told(book, [person], book.today)
    open_page(app, "person", person_page(told, book.today, book.now.tzinfo))


def open_year(app: App, book: Book, people: Sequence[Person], today: date) -> None:
    """Show the year of these people, as of a day."""
    from mailer.pages.people import year_page

    told = list(watched(app.output, "looked at", _told(book, people, today)))
    open_page(app, "year", year_page(told, today, book.now.tzinfo))


def _told(book: Book, people: Sequence[Person], today: date) -> Iterator[Told]:
    from mailer.pages.people import Told, end_of_window

    for start in range(0, len(people), _AT_ONCE):
        some = people[start : start + _AT_ONCE]
        ahead = book.ahead(some, end_of_window(today))
        for one in some:
            words = "; ".join(part for part in (books.touch_of(one), books.state_of(one)) if part)
            yield Told(one, words[:1].upper() + words[1:], book.timeline(one), ahead.get(one.id, ()))
