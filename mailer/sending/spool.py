"""The spool of a batch: what each row was when it was checked, its letter too, and whose letter it repeats.

A temporary file, and a SQLite database for what is asked again, so that memory does not grow with the rows; they are
unlinked where the system allows that, and of mode 0600.
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
    PRAGMA cache_size = -200;
    CREATE TABLE firsts (identity BLOB PRIMARY KEY, row INTEGER NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;
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
            # Both are closed by ``__exit__``.
            self._lots = tempfile.TemporaryFile(prefix=".mailer-", suffix=".spool", dir=folder)  # noqa: SIM115
            handle, self._path = tempfile.mkstemp(prefix=".mailer-", suffix=".spool", dir=folder)
        except OSError as error:
            raise _full_error(error) from error
        os.close(handle)
        self._end = 0
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
        with suppress(OSError):
            # What could not be written is tried once more.
            self._lots.close()
        self._connection.close()
        self._unlink()

    def firsts(self, letters: Sequence[tuple[int, str, str]]) -> list[First]:
        """The first row of each letter, which may be this one.  Raises CannotWrite.

        ``letters`` are some rows in order, each with its identity and the digest of its words (64 hex digits each).
        """
        names = [bytes.fromhex(identity) for _, identity, _ in letters]
        asked = f"SELECT identity, row, digest FROM firsts WHERE identity IN ({', '.join('?' * len(names))})"  # noqa: S608
        try:
            known = {name: (row, words) for name, row, words in self._connection.execute(asked, names)}
            new: list[tuple[bytes, int, bytes]] = []
            found: list[First] = []
            for name, (row, _, digest) in zip(names, letters, strict=True):
                words = bytes.fromhex(digest)
                if name not in known:
                    known[name] = row, words
                    new.append((name, row, words))
                found.append(First(known[name][0], known[name][1] == words))
            self._connection.executemany("INSERT INTO firsts VALUES (?, ?, ?)", new)
        except self._error as error:
            raise _full_error(error) from error
        return found

    def add(self, entries: Sequence[Any]) -> None:
        """Keep some entries more, of whatever can be pickled, behind the others.  Raises CannotWrite."""
        lot = pickle.dumps(entries, pickle.HIGHEST_PROTOCOL)
        try:
            self._lots.seek(self._end)
            self._lots.write(lot)
            self._lots.flush()
        except OSError as error:
            raise _full_error(error) from error
        self._end += len(lot)

    def complete(self) -> None:
        """Let go of what first rows are found by: nothing more is kept, and sending needs the memory."""
        self._connection.close()

    def entries(self) -> Iterator[Any]:
        """What was kept, from the first on.  Raises CannotWrite."""
        place = 0
        while place < self._end:
            try:
                self._lots.seek(place)
                lot = pickle.load(self._lots)  # noqa: S301 - our own file
                place = self._lots.tell()
            except OSError as error:
                raise _full_error(error) from error
            yield from lot


def _full_error(error: Exception) -> CannotWrite:
    return CannotWrite(f"the letters of the batch cannot be kept for now: {error}", hint="Free some space on the disk.")
