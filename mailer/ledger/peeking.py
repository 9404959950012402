"""Look into the ledger as it lies there: nothing is made, migrated or waited for, and no error is raised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mailer.errors import CannotWrite

_BUSY_SECONDS = 0.2


def peek(path: Path, query: str) -> Iterator[tuple[object, ...]]:
    """Yield what a query finds, and nothing where it finds no such table or no ledger of this user's."""
    import sqlite3

    from mailer.ledger import file
    from mailer.ledger.opening import reading_uri

    try:
        if not file.present(path):
            return
        connection = sqlite3.connect(reading_uri(path), timeout=_BUSY_SECONDS, uri=True)
        with closing(connection):
            yield from connection.execute(query)
    except (sqlite3.Error, OSError, CannotWrite):
        return
