"""A ledger's file that was moved into a database: held while it is, and marked so that nothing goes from it again.

The mark makes every version of mailer refuse the file as another program's, even one that had it open already.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import Later, Unreadable
from mailer.ledger import copies, file, schema
from mailer.ledger.opening import BUSY_SECONDS
from mailer.ledger.store import Store, sqlite_error
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.schema import Moved

_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_TRIGGERS = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'moved_%'"
_WRITABLE = "Make it and its folder writable (chmod u+w): it is marked as moved, so that nothing goes from it twice."


class Held(NamedTuple):
    """A ledger in which nobody else can write, and where it was moved to before, if it was."""

    store: Store
    moved: Moved | None


@contextlib.contextmanager
def held(path: Path) -> Iterator[Held]:
    """The ledger at a path, and nobody else writes there until this ends; what is written is kept if all went well.

    Raises Unreadable where there is none, CannotWrite where it is none or cannot be marked, Later while letters go from
    it.
    """
    import sqlite3

    if not file.present(path):
        raise Unreadable(f"there is no ledger: {path}", hint="Name a file ledger.sqlite.", file=str(path))
    if file.read_only(path):
        raise file.unusable_error(path, "can only be read, or its folder", _WRITABLE)
    try:
        connection = sqlite3.connect(
            path.absolute().as_uri() + "?mode=rw", timeout=BUSY_SECONDS, isolation_level=None, uri=True
        )
    except sqlite3.Error as error:
        raise sqlite_error(error, path) from error
    with contextlib.closing(Store(connection, path)) as store:
        store.execute("PRAGMA synchronous = FULL")
        with store.transaction():
            moved = schema.moved(store)
            if moved is None:
                schema.recognise(store)
            if store.somebody_sends():
                raise Later(f"letters are being sent from {path}", hint="Run the command again when they are sent.")
            yield Held(store, moved)


def mark(store: Store, to: Moved) -> None:
    """Write down where the ledger was moved; nothing can be written there any more.  Inside a transaction."""
    unmark(store)
    store.execute("CREATE TABLE moved (place TEXT, owner TEXT, name TEXT, at TEXT) STRICT")
    store.execute("INSERT INTO moved VALUES (?, ?, ?, ?)", to)
    store.execute(f"PRAGMA application_id = {schema.MOVED}")
    for (table,) in store.all(_TABLES):
        for change in ("INSERT", "UPDATE", "DELETE"):
            store.execute(
                f"CREATE TRIGGER moved_{change}_{table} BEFORE {change} ON {table}"
                " BEGIN SELECT RAISE(ABORT, 'the ledger has moved'); END"
            )


def copy(store: Store, target: Path) -> None:
    """Copy the ledger to a new file, as it was before it was moved.  Raises CannotWrite."""
    import sqlite3

    copies.back_up(store, target)
    with (
        contextlib.closing(Store(sqlite3.connect(target, isolation_level=None), target)) as there,
        there.transaction(),
    ):
        unmark(there)


def unmark(store: Store) -> None:
    """Take the mark away, as from a copy that is read."""
    for (name,) in store.all(_TRIGGERS):
        store.execute(f"DROP TRIGGER {name}")
    store.execute("DROP TABLE IF EXISTS moved")
    store.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
