"""The roll of a batch: what each row was when it was looked at, its letter too, and whose letter it repeats.

An unlinked file of mode 0600 and a private database of SQLite's, so that memory does not grow with the rows.
"""

from __future__ import annotations

import pickle
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, Self

from mailer.errors import CannotWrite

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

_TABLE = """
    CREATE TABLE firsts (identity BLOB PRIMARY KEY, row INTEGER NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID
"""
_LENGTH = 4
_BUFFER = 1 << 16


class First(NamedTuple):
    """The row that a letter stands in first, and whether its words there are the same."""

    row: int
    same: bool


class Roll:
    """The candidates of a batch in order, and the first row of each letter.  To be closed after use."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder``: where the letters are kept, as large as they are; the temporary folder if None.

        Raises CannotWrite.
        """
        import sqlite3
        import tempfile

        self._error = sqlite3.Error
        try:
            self._entries = tempfile.TemporaryFile(dir=folder, buffering=_BUFFER)  # noqa: SIM115 - see ``__exit__``
        except OSError as error:
            raise _full_error(error) from error
        try:
            self._connection: sqlite3.Connection = sqlite3.connect("", isolation_level=None)
            self._connection.execute(_TABLE)
            self._connection.execute("BEGIN")
        except sqlite3.Error as error:
            self._entries.close()
            raise _full_error(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        # What a full disk did not take was told when it was written.
        with suppress(OSError):
            self._entries.close()

    def first(self, row: int, identity: str, digest: str) -> First:
        """The first row of this identity (64 hex digits), which may be this one.  Raises CannotWrite."""
        name, words = bytes.fromhex(identity), bytes.fromhex(digest)
        try:
            made = self._connection.execute("INSERT OR IGNORE INTO firsts VALUES (?, ?, ?)", (name, row, words))
            if made.rowcount:
                return First(row, same=True)
            found = self._connection.execute("SELECT row, digest FROM firsts WHERE identity = ?", (name,)).fetchone()
        except self._error as error:
            raise _full_error(error) from error
        return First(found[0], found[1] == words)

    def add(self, entry: Any) -> None:  # noqa: ANN401 - whatever can be pickled
        """Keep an entry behind the others.  Raises CannotWrite."""
        data = pickle.dumps(entry, pickle.HIGHEST_PROTOCOL)
        try:
            self._entries.write(len(data).to_bytes(_LENGTH, "big") + data)
        except OSError as error:
            raise _full_error(error) from error

    def entries(self) -> Iterator[Any]:
        """What was kept, from the first on.  Raises CannotWrite."""
        try:
            self._entries.seek(0)
            while length := self._entries.read(_LENGTH):
                yield pickle.loads(self._entries.read(int.from_bytes(length, "big")))  # noqa: S301 - our own file
        except OSError as error:
            raise _full_error(error) from error


def _full_error(error: Exception) -> CannotWrite:
    return CannotWrite(f"the letters of the batch cannot be kept for now: {error}", hint="Free some space on the disk.")
