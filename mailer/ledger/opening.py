"""Open the ledger's file: made, migrated and looked at before it is used."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import Later
from mailer.ledger import file, schema
from mailer.ledger.store import Store, sqlite_error

if TYPE_CHECKING:
    from mailer.settings.database import Database

BUSY_SECONDS = 30.0
CHECKED_WHOLE = 2 * 1024 * 1024
_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 2000",
    "PRAGMA cache_size = -700",
)


def open_store(place: Path | Database, *, create: bool) -> Store:
    """The ledger at a path, or in a database that has one.

    If the file is missing or empty it is made, or without ``create`` stood in for in memory.

    CannotWrite if it is read-only, damaged, a folder, another program's, on a network share or its disk is full;
    Later if other processes keep it locked.  Without ``create`` a read-only ledger can be read.
    """
    if not isinstance(place, Path):
        from mailer.ledger.postgresql.opening import connected

        return connected(place)
    try:
        return _opened(place, create=create)
    except OSError as error:
        raise file.unusable_error(place, f"cannot be reached: {error.strerror or error}") from error


def _opened(path: Path, *, create: bool) -> Store:
    present = file.present(path)
    if not os.path.lexists(path):
        _must_be_meant(path)
    if not present and not create:
        return _connected(":memory:", path, _prepare_empty)
    if not create and file.read_only(path):
        return _connected(reading_uri(path), path, _prepare_reading)
    file.make_ready(path)
    return _connected(path.absolute().as_uri() + "?mode=rw", path, _prepare)


def _must_be_meant(path: Path) -> None:
    """Refuse a ledger that would be new where this machine's letters stand in a database: it knows of none of them."""
    # An owner's ledger lies in a folder of its own.
    for folder in (path.parent, path.parent.parent):
        if os.path.lexists(folder / file.SERVERS):
            from mailer.ledger.postgresql.remembered import known

            servers = known(folder)
            if servers:
                where = f"is not there, and letters of this machine stand in {', '.join(servers)}"
                hint = f"Set MAILER_LEDGER. If this is to be a ledger of its own, make it first: touch {path}"
                raise file.unusable_error(path, where, hint)


def _connected(uri: str, path: Path, prepare: Callable[[Store], None]) -> Store:
    import sqlite3

    try:
        connection = sqlite3.connect(uri, timeout=BUSY_SECONDS, isolation_level=None, uri=True)
    except sqlite3.Error as error:
        raise sqlite_error(error, path) from error
    store = Store(connection, path)
    try:
        prepare(store)
    except BaseException:
        store.close()
        raise
    return store


def open_scratch(*statements: str) -> Store:
    """Tables of this process's own, which go on disk where they outgrow memory, and are gone when they are closed."""
    import sqlite3

    store = Store(sqlite3.connect("", isolation_level=None), Path())
    store.run("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", *statements)
    return store


def reading_uri(path: Path) -> str:
    """What SQLite is given to read a ledger and leave it as it is."""
    # Reading a WAL ledger needs its -shm file; where none can be made and no WAL waits, the file alone is whole.
    return path.absolute().as_uri() + ("?mode=ro" if _log_waits(path) else "?mode=ro&immutable=1")


def _log_waits(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def _prepare_empty(store: Store) -> None:
    schema.migrate(store)
    store.execute("PRAGMA query_only = ON")


def _prepare_reading(store: Store) -> None:
    version = schema.recognise(store)
    _check(store)
    if version < len(schema.MIGRATIONS):
        store.stand_in()
        with store.writing_in_memory():
            schema.migrate(store)
    schema.must_be_whole(store)


def _prepare(store: Store) -> None:
    version = schema.recognise(store)
    _use_wal(store)
    store.run(*_PRAGMAS)
    if sys.platform == "darwin":
        # fsync on macOS leaves the octets in the drive's cache.
        store.run("PRAGMA fullfsync = ON", "PRAGMA checkpoint_fullfsync = ON")
    _check(store)
    if version < len(schema.MIGRATIONS):
        schema.migrate(store, before=lambda version: _keep_older(store.path, version))
    # What was made this moment is whole.
    if version:
        schema.must_be_whole(store)


def _keep_older(path: Path, version: int) -> None:
    from mailer.ledger import copies

    copies.keep_older(path, version)


def _use_wal(store: Store) -> None:
    """Write-ahead log on; the first switch asks for the file alone and does not wait by itself."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            mode = store.one("PRAGMA journal_mode = WAL")[0]
            break
        except Later:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise file.unusable_error(store.path, "lies where SQLite cannot keep a write-ahead log, as on a network share")


def _check(store: Store) -> None:
    waits = _log_waits(store.path)
    pages, size = store.run("PRAGMA page_count", "PRAGMA page_size")
    octets = pages * size
    # With a write-ahead log the file may rightly lag behind; SQLite itself notices where whole pages are missing.
    if not waits and store.path.stat().st_size < octets:
        raise file.unusable_error(store.path, "is damaged: its end is missing", file.DAMAGED)
    if octets > CHECKED_WHOLE:
        return
    answer = store.one("PRAGMA quick_check(1)")[0]
    if answer != "ok":
        raise file.unusable_error(store.path, f"is damaged: {answer}", file.DAMAGED)
