"""``mailer backup`` and ``restore``: everything that mailer remembers, to keep and to take elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, app_command
from mailer.cli.book import ACCOUNT, JSON

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.ledger.copies import Counted
    from mailer.ledger.store import Store
    from mailer.settings.database import Database

_PATIENCE = 10.0
_WROTE = "INSERT INTO written (path, kind) VALUES (?, 'backup') ON CONFLICT (path) DO UPDATE SET kind = excluded.kind"


@app_command(
    "backup",
    "Copy letters and people to a file, even while mailer is running.",
    "mailer backup mailer-2027-01-31.sqlite",
)
@click.argument("file")
@ACCOUNT
@JSON
def backup(app: App, file: str, account: str | None, as_json: bool) -> int:
    """Copy the ledger, with all letters and people, to FILE, which only you can read.

    Passwords and settings are not included.  `mailer restore FILE` puts it back, on another machine too.
    """
    from mailer.ledger import copies
    from mailer.ledger.ledger import open_ledger
    from mailer.settings.settings import load

    with app.output.json_error(as_json):
        path = _absolute(app, file)
        place = _file(load(app.environ, app.cwd, account).ledger, f"pg_dump --format=custom --file={file}")
        _refuse_missing(place)
        with open_ledger(place, create=False) as ledger:
            copies.back_up(ledger.store, path)
            if ledger.writable and not _remember(ledger.store, path):
                app.output.note(f"Another mailer is busy: `mailer people forget` will not list {path}.")
            found = copies.counted(ledger.store)
    return _tell(app, path, found, as_json, "saved in")


@app_command("restore", "Put back what mailer backup saved.", "mailer restore mailer-2027-01-31.sqlite")
@click.argument("file")
@click.option("--force", is_flag=True, help="Overwrite even a ledger that has more in it than FILE.")
@ACCOUNT
@JSON
def restore(app: App, file: str, force: bool, account: str | None, as_json: bool) -> int:
    """Put the ledger back to what it was when FILE was saved.

    A ledger that has letters or people that FILE lacks is left as it is, unless you say --force.
    """
    from mailer.ledger import copies
    from mailer.ledger.ledger import open_ledger
    from mailer.settings.settings import load

    with app.output.json_error(as_json):
        path = _absolute(app, file)
        place = _file(load(app.environ, app.cwd, account).ledger, "pg_restore")
        copies.check_copy(path)
        with open_ledger(place, clock=app.now) as ledger:
            copies.put_back(ledger.store, path, force=force)
            found = copies.counted(ledger.store)
    return _tell(app, path, found, as_json, "restored from")


def _absolute(app: App, file: str) -> Path:
    return (app.cwd / file).absolute()


def _file(place: Path | Database, instead: str) -> Path:
    """The ledger's file.  Raises Usage for one in a database, of which its server keeps the copies."""
    from pathlib import Path

    from mailer.errors import Usage

    if isinstance(place, Path):
        return place
    hint = f"Do it on the server, with {instead}."
    raise Usage(f"the ledger {place} is not a file: back it up and restore it on its server", hint=hint)


def _refuse_missing(place: Path) -> None:
    from mailer.errors import Unreadable
    from mailer.ledger.file import present

    if not present(place):
        hint = "The first letter creates it, or mailer people add."
        raise Unreadable(f"there is no ledger to save yet: {place}", hint=hint, file=str(place))


def _remember(store: Store, path: Path) -> bool:
    """Keep in mind that the file may name people; whether that could be done.

    A batch lets go of the ledger for a moment between two commits.  SQLite asks again after longer and longer times,
    and may miss them for half a minute.
    """
    import time

    from mailer.errors import Later
    from mailer.ledger.store import as_text

    store.execute("PRAGMA busy_timeout = 1")
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with store.transaction():
                store.execute(_WROTE, (as_text(str(path)),))
        except Later:
            if time.monotonic() > until:
                return False
        else:
            return True


def _tell(app: App, path: Path, found: Counted, as_json: bool, done: str) -> int:
    from mailer.people.dates import count

    if as_json:
        app.output.json({"file": str(path), "letters": found.letters, "people": found.people})
    else:
        people = "1 person" if found.people == 1 else f"{found.people} people"
        app.output.note(f"{count(found.letters, 'letter')} and {people} {done} {path}")
    return 0
