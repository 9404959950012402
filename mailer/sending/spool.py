"""The spool of a batch: what each row was when it was checked, its letter too, and whose letter it repeats.

A temporary SQLite database, so that memory does not grow with the rows; its file is unlinked where the system allows
that, and of mode 0600.
"""

from __future__ import annotations

import os
import pickle
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from mailer.errors import CannotWrite
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

# What is lost with this process is of no use to another: there is nothing to roll back to, and nothing to wait for.
_SETUP = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -500;
    CREATE TABLE firsts (identity BLOB PRIMARY KEY, row INTEGER NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE entries (number INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;
    BEGIN;
"""


class First(NamedTuple):
    """The row that a letter stands in first, and whether its words there are the same."""

    row: int
    same: bool


class Spool:
    """The candidates of a batch in order, and the first row of each letter.  To be closed after use."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: where the letters are kept, as large as they are; the temporary folder if None.

        Raises CannotWrite.
        """
        import sqlite3
        import tempfile

        self._error = sqlite3.Error
        try:
            handle, self._path = tempfile.mkstemp(prefix=".mailer-", suffix=".spool", dir=folder)
        except OSError as error:
            raise _full_error(error) from error
        os.close(handle)
        self._connection: sqlite3.Connection = sqlite3.connect(self._path, isolation_level=None)
        try:
            self._connection.executescript(_SETUP)
        except sqlite3.Error as error:
            self.__exit__()
            raise _full_error(error) from error
        self._unlink()

    def _unlink(self) -> None:
        # Where a file that is open cannot be unlinked, it is when it is closed.
        with suppress(OSError):
            os.unlink(self._path)  # noqa: PTH108 - as mkstemp named it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._unlink()

    def first(self, row: int, identity: str, digest: str) -> First:
        """The first row of this identity (64 hex digits), which may be this one.  Raises CannotWrite."""
        name, words = bytes.fromhex(identity), bytes.fromhex(digest)
        if self._written("INSERT OR IGNORE INTO firsts VALUES (?, ?, ?)", (name, row, words)):
            return First(row, same=True)
        found = self._connection.execute("SELECT row, digest FROM firsts WHERE identity = ?", (name,)).fetchone()
        return First(found[0], found[1] == words)

    def add(self, entry: Any) -> None:  # noqa: ANN401 - whatever can be pickled
        """Keep an entry behind the others.  Raises CannotWrite."""
        self._written("INSERT INTO entries (entry) VALUES (?)", (pickle.dumps(entry, pickle.HIGHEST_PROTOCOL),))

    def _written(self, statement: str, values: Sequence[object]) -> int:
        try:
            return self._connection.execute(statement, values).rowcount
        except self._error as error:
            raise _full_error(error) from error

    def entries(self) -> Iterator[Any]:
        """What was kept, from the first on.  Raises CannotWrite."""
        try:
            for (entry,) in self._connection.execute("SELECT entry FROM entries ORDER BY number"):
                yield pickle.loads(entry)  # noqa: S301 - our own file
        except self._error as error:
            raise _full_error(error) from error


def _full_error(error: Exception) -> CannotWrite:
    return CannotWrite(f"the letters of the batch cannot be kept for now: {error}", hint="Free some space on the disk.")
