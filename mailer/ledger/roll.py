"""The roll of a batch: what each row was when it was looked at, and whose letter it repeats.

A private database of SQLite's in a temporary file, so that memory does not grow with the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Self

from mailer.errors import CannotWrite

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from typing import Any

_TABLES = """
    CREATE TABLE roll (row INTEGER PRIMARY KEY, identity BLOB NOT NULL, digest BLOB NOT NULL, first INTEGER) STRICT;
    CREATE UNIQUE INDEX firsts ON roll (identity) WHERE first IS NULL;
"""


class Entry(NamedTuple):
    """``first`` is the earlier row of the same identity, None if there is none; ``same``: whether its words are."""

    first: int | None
    same: bool


class Roll:
    """To be closed after use."""

    def __init__(self) -> None:
        import sqlite3

        self._error = sqlite3.Error
        self._connection: sqlite3.Connection = sqlite3.connect("", isolation_level=None)
        self._connection.executescript(_TABLES)
        self._connection.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, row: int, identity: str, digest: str) -> Entry:
        """Write down a row that may go.  Raises CannotWrite."""
        name, words = bytes.fromhex(identity), bytes.fromhex(digest)
        found = self._one("SELECT row, digest FROM roll WHERE identity = ? AND first IS NULL", (name,))
        first, same = (found[0], found[1] == words) if found else (None, True)
        self._one("INSERT INTO roll VALUES (?, ?, ?, ?)", (row, name, words, first))
        return Entry(first, same)

    def holds(self, row: int) -> bool:
        """Whether that row was written down."""
        return self._one("SELECT 1 FROM roll WHERE row = ?", (row,)) is not None

    def is_as_seen(self, row: int, identity: str, digest: str) -> bool:
        """Whether the row still is the letter that was looked at."""
        wanted = (bytes.fromhex(identity), bytes.fromhex(digest))
        return bool(self._one("SELECT identity, digest FROM roll WHERE row = ?", (row,)) == wanted)

    def entry(self, row: int) -> Entry:
        """What ``add`` said of the row."""
        found = self._one(
            "SELECT a.first, a.first IS NULL OR a.digest = (SELECT digest FROM roll b WHERE b.row = a.first)"
            " FROM roll a WHERE a.row = ?",
            (row,),
        )
        return Entry(found[0], bool(found[1]))

    def _one(self, sql: str, values: Sequence[object]) -> Any:  # noqa: ANN401  (a row is what its SELECT says)
        try:
            return self._connection.execute(sql, values).fetchone()
        except self._error as error:
            raise CannotWrite(f"the list of rows cannot be kept in the temporary folder: {error}") from error
