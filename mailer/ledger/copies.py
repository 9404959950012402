"""Copies of a ledger: one to keep, one put back, and one kept beside a ledger that is brought up to date."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mailer import files
from mailer.errors import BadData, CannotWrite, Later, MailerError, Unreadable
from mailer.ledger import schema
from mailer.ledger.store import Store, sqlite_error
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    import sqlite3

_OLDER = ".version-"
_KEPT = {
    "letters": ("letter", "number, state, changed"),
    "people": ("person", "id, name, company, position, refused_on, plan, plan_since, chosen, note"),
    "touches": ("touch", "id, person, at, kind, note, counts"),
    "events": ("event", "id, person, at, class, text, undone"),
    "holds": ("hold", "id, person, kind, since, until, lifted"),
    "forgotten": ("forgotten address", "hash, kind"),
}
"""What one ledger may have more of than another: table by table its noun, and the columns that tell."""


class Counted(NamedTuple):
    """How much stands in a ledger."""

    letters: int
    people: int


def counted(store: Store) -> Counted:
    """How many letters were handed over, and how many people there are."""
    sent = "SELECT count(*) FROM letters WHERE sent IS NOT NULL OR state = 'in-doubt'"
    return Counted(store.one(sent)[0], store.one("SELECT count(*) FROM people")[0])


def back_up(store: Store, path: Path) -> None:
    """Copy the ledger to a new file, as of one moment, while others may write.  Raises CannotWrite."""
    files.refuse_existing(path, hint="Name another file.")
    _copy_whole(store.path, path)


def keep_older(path: Path, version: int) -> None:
    """Keep a copy of the ledger beside it, before it is brought up to date."""
    _copy_whole(path, path.with_name(f"{path.name}{_OLDER}{version}"), force=True)


def older(path: Path) -> list[Path]:
    """The copies that lie beside a ledger."""
    return sorted(path.parent.glob(f"{path.name}{_OLDER}*"))


def _copy_whole(source: Path, target: Path, *, force: bool = False) -> None:
    import sqlite3

    def write(place: Path) -> None:
        try:
            with contextlib.closing(sqlite3.connect(source.absolute().as_uri() + "?mode=ro", uri=True)) as here:
                _copy(here, place)
        except sqlite3.Error as error:
            raise _failed(error, source, target) from error

    files.write_by(target, write, force=force)


def _copy(here: sqlite3.Connection, place: Path) -> None:
    import sqlite3

    with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as there:
        here.backup(there)
        # The copy is one file, without a log beside it.
        there.execute("PRAGMA journal_mode = DELETE")


def _failed(error: sqlite3.Error, source: Path, target: Path) -> Exception:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in (10, 13):
        return CannotWrite(f"{target} cannot be written: the disk is full", file=str(target))
    return sqlite_error(error, source)


def put_back(store: Store, copy: Path, *, force: bool = False) -> None:
    """Make the ledger what a copy says, at once or not at all.

    Raises CannotWrite where the ledger has more than the copy, unless ``force``; Later while a letter may be on its
    way; Unreadable and BadData for a file that is no whole ledger.
    """
    with _opened(copy) as place:
        store.execute("ATTACH DATABASE ? AS copy", (str(place),))
        try:
            with store.transaction():
                if store.somebody_sends():
                    raise Later("another mailer is sending right now", hint="Run the command again when it is done.")
                if not force:
                    _refuse_more(store)
                _replace(store)
        finally:
            store.execute("DETACH DATABASE copy")


def check_copy(copy: Path) -> None:
    """Raise Unreadable or BadData for a file that is no whole ledger."""
    with _opened(copy):
        pass


@contextlib.contextmanager
def _opened(copy: Path) -> Iterator[Path]:
    """A copy of the copy, brought up to date and in one piece; the file itself is only read."""
    import shutil
    import tempfile

    os.close(files.open_regular(copy, "the backup"))
    with tempfile.TemporaryDirectory(prefix="mailer-", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "ledger.sqlite"
        try:
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            for ending in ("", "-wal"):
                part = copy.with_name(copy.name + ending)
                if part.exists():
                    shutil.copyfile(part, place.with_name(place.name + ending))
        except OSError as error:
            raise Unreadable(
                f"the backup {copy} cannot be copied: {error.strerror or error}", file=str(copy)
            ) from error
        _bring_up_to_date(place, copy)
        yield place


def _bring_up_to_date(place: Path, copy: Path) -> None:
    import sqlite3

    if not place.stat().st_size:
        raise BadData(f"{copy} is empty", hint="Name a file that `mailer backup` wrote.", file=str(copy))
    try:
        with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as connection:
            store = Store(connection, place)
            schema.recognise(store)
            answer = store.one("PRAGMA integrity_check(1)")[0]
            if answer != "ok":
                raise BadData(f"{copy} is damaged: {answer}", hint="Take another backup.", file=str(copy))
            schema.migrate(store)
            connection.execute("PRAGMA journal_mode = DELETE")
    except (MailerError, sqlite3.Error) as error:
        raise _bad(error, place, copy) from error


def _bad(error: Exception, place: Path, copy: Path) -> BadData:
    if isinstance(error, BadData):
        return error
    text = error.text if isinstance(error, MailerError) else str(error)
    words = text.removeprefix(f"the ledger {place} ")
    hint = "Update mailer." if "newer mailer" in words else "Name a file that `mailer backup` wrote."
    return BadData(f"{copy} {words}", hint=hint, file=str(copy))


def _refuse_more(store: Store) -> None:
    more = []
    for table, (noun, columns) in _KEPT.items():
        asked = f"SELECT {columns} FROM main.{table} EXCEPT SELECT {columns} FROM copy.{table}"  # noqa: S608
        number = store.one(f"SELECT count(*) FROM ({asked})")[0]  # noqa: S608
        if number:
            plural = {"person": "people", "touch": "touches", "forgotten address": "forgotten addresses"}
            more.append(f"{number} {noun if number == 1 else plural.get(noun, f'{noun}s')}")
    if more:
        hint = "What only the ledger has would be lost: back it up first, then restore with --force."
        text = f"the ledger {store.path} has what the backup has not, or has otherwise: {', '.join(more)}"
        raise CannotWrite(text, hint=hint, file=str(store.path))


def _replace(store: Store) -> None:
    store.execute("PRAGMA defer_foreign_keys = ON")
    tables = [name for (name,) in store.each("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY rowid")]
    # The numbers that were ever given come last: they are kept by hand, each insertion counts on.
    for table in sorted(tables, key=lambda name: name == "sqlite_sequence"):
        store.execute(f"DELETE FROM main.{table}")  # noqa: S608
    for table in sorted(tables, key=lambda name: name == "sqlite_sequence"):
        if table in ("sqlite_sequence", "unlearned"):
            # What the insertions so far have put there.
            store.execute(f"DELETE FROM main.{table}")  # noqa: S608
        # What was put off when the copy was made may have gone since, from where it was made.
        if table != "queue":
            store.execute(f"INSERT INTO main.{table} SELECT * FROM copy.{table}")  # noqa: S608
