"""``mailer due --ics``: the open steps as a calendar file; other programs may read it while it is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.errors import CannotWrite
from mailer.files import read_bytes, refuse_existing, write_whole
from mailer.people.calendar import PRODUCT, as_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from mailer.cli.app import App
    from mailer.people.book import Book
    from mailer.people.values import Person


def write(app: App, book: Book, people: Sequence[Person], chosen: bool, today: date, name: str) -> None:
    """Write the calendar whole, or leave it as it is where nothing changed.  Raises CannotWrite."""
    path = (app.cwd / name).absolute()
    before = _present(path)
    with book.transaction():
        events = book.calendar(people, chosen, app.token, today)
        book.wrote(str(path), "calendar")
        octets = as_file(events)
        if octets != before:
            write_whole(path, octets, force=True)
    open_ones = sum(event.gone is None for event in events)
    app.output.note(f"{path}: {open_ones} {'event' if open_ones == 1 else 'events'}")


def _present(path: Path) -> bytes | None:
    """What the calendar is now; a file that is none of ours is never written over."""
    refuse_existing(path, force=True)
    if not path.exists():
        return None
    octets = read_bytes(path, "the calendar", 1 << 30)
    if octets and f"PRODID:{PRODUCT}".encode() not in octets:
        raise CannotWrite(f"{path} is not a calendar that mailer wrote", hint="Name another file.", file=str(path))
    return octets
