"""One SQLite connection: opened safely, explicit transactions, errors in words."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.errors import Later, MailerError
from mailer.ledger import file, schema

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager

BUSY_SECONDS = 30.0
CHECKED_WHOLE = 16 * 1024 * 1024
_PRAGMAS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "wal_autocheckpoint = 2000",
    "cache_size = -8000",
)

Values = Sequence[Any] | Mapping[str, Any]

_INSIDE = contextlib.nullcontext()
_FULL = "Free some space on its disk and run the command again."


class Store:
    """The connection and the place it leads to; everything else in this package speaks SQL through it."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        import sqlite3

        self._connection = connection
        self._error = sqlite3.Error
        self.path = path
        self.on_end: list[Callable[[bool], None]] = []
        self._reading = False
        self._file = _file_at(path)

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run one statement."""
        try:
            return self._connection.execute(sql, values)
        except self._error as error:
            raise translated(error, self.path) from error

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for each row of values; the number of rows changed."""
        try:
            return self._connection.executemany(sql, rows).rowcount
        except self._error as error:
            raise translated(error, self.path) from error

    def one(self, sql: str, values: Values = ()) -> Any:  # noqa: ANN401  (a row is what its SELECT says)
        """The first row, or None."""
        cursor = self.execute(sql, values)
        try:
            # A statement can fail at any step, not the first alone.
            return cursor.fetchone()
        except self._error as error:
            raise translated(error, self.path) from error

    def each(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """The rows, one at a time."""
        cursor = self.execute(sql, values)
        try:
            for row in cursor:  # noqa: UP028 - `yield from` would close the cursor, after the ledger perhaps
                yield row
        except self._error as error:
            raise translated(error, self.path) from error
        finally:
            with contextlib.suppress(self._error):
                cursor.close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def transaction(self, kind: str = "IMMEDIATE") -> AbstractContextManager[None]:
        """All or nothing, on disk when it ends; one inside another is part of it.

        When the outermost ends, ``on_end`` is told whether it was committed.
        """
        if self._reading:
            self.stop_reading()
        return _INSIDE if self._connection.in_transaction else self._outermost(kind)

    @contextlib.contextmanager
    def _outermost(self, kind: str) -> Iterator[None]:
        self.execute(f"BEGIN {kind}")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            self._roll_back()
            self._tell(committed=False)
            raise
        self._tell(committed=True)

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads in it see one state."""
        return _INSIDE if self._connection.in_transaction else self._outermost("DEFERRED")

    def keep_reading(self) -> None:
        """Until the next transaction or ``stop_reading`` all reads see one state, and take no lock each."""
        if not self._reading:
            self.execute("BEGIN DEFERRED")
            self._reading = True

    def stop_reading(self) -> None:
        """What other processes write is seen again."""
        if self._reading:
            self._reading = False
            self.execute("COMMIT")

    def _tell(self, *, committed: bool) -> None:
        for listener in self.on_end:
            listener(committed)

    def _roll_back(self) -> None:
        # SQLite has rolled back by itself after some errors, such as a full disk.
        with contextlib.suppress(self._error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def must_be_there(self) -> None:
        """Raise CannotWrite where the file was moved or deleted: what is written now would be lost."""
        if self._file != _file_at(self.path):
            hint = "Put it back; without it letters may go twice."
            raise file.refuse(self.path, "was moved or deleted while it was open", hint)

    def close(self) -> None:
        """Close the connection; what is committed is on disk already."""
        with contextlib.suppress(self._error):
            self._connection.close()


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def open_store(path: Path, *, create: bool) -> Store:
    """The ledger at ``path``; if it is missing or empty it is made, or without ``create`` stood in for in memory.

    CannotWrite if it is read-only, damaged, a folder, another program's, on a network share or its disk is full;
    Later if other processes keep it locked.  Without ``create`` a read-only ledger can be read.
    """
    try:
        return _opened(path, create=create)
    except OSError as error:
        raise file.refuse(path, f"cannot be reached: {error.strerror or error}") from error


def _opened(path: Path, *, create: bool) -> Store:
    present = file.present(path)
    if not present and not create:
        return _connected(":memory:", path, _prepare_empty)
    if not create and file.read_only(path):
        return _connected(_immutable(path), path, _prepare_reading)
    file.make_ready(path)
    return _connected(path.absolute().as_uri() + "?mode=rw", path, _prepare)


def _connected(uri: str, path: Path, prepare: Callable[[Store], None]) -> Store:
    import sqlite3

    try:
        connection = sqlite3.connect(uri, timeout=BUSY_SECONDS, isolation_level=None, uri=True)
    except sqlite3.Error as error:
        raise translated(error, path) from error
    store = Store(connection, path)
    try:
        prepare(store)
    except BaseException:
        store.close()
        raise
    return store


def _immutable(path: Path) -> str:
    # Reading a WAL ledger needs its -shm file; where none can be made and no WAL waits, the file alone is whole.
    return path.absolute().as_uri() + ("?mode=ro" if _log_waits(path) else "?mode=ro&immutable=1")


def _log_waits(path: Path) -> bool:
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def _prepare_empty(store: Store) -> None:
    schema.migrate(store)
    store.execute("PRAGMA query_only = ON")


def _prepare_reading(store: Store) -> None:
    if schema.recognise(store) < len(schema.MIGRATIONS):
        raise file.refuse(store.path, "is of an earlier version and read-only", "Make it writable (chmod u+w).")
    _check(store)
    schema.must_be_whole(store)


def _prepare(store: Store) -> None:
    schema.recognise(store)
    _use_wal(store)
    for pragma in _PRAGMAS:
        store.execute(f"PRAGMA {pragma}")
    if sys.platform == "darwin":
        # fsync on macOS leaves the octets in the drive's cache.
        store.execute("PRAGMA fullfsync = ON")
        store.execute("PRAGMA checkpoint_fullfsync = ON")
    _check(store)
    schema.migrate(store)
    schema.must_be_whole(store)


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
        raise file.refuse(store.path, "lies where SQLite cannot keep a write-ahead log, as on a network share")


def _check(store: Store) -> None:
    octets = store.one("PRAGMA page_count")[0] * store.one("PRAGMA page_size")[0]
    # With a write-ahead log the file may rightly lag behind; SQLite itself notices where whole pages are missing.
    if not _log_waits(store.path) and store.path.stat().st_size < octets:
        raise file.refuse(store.path, "is damaged: its end is missing", file.DAMAGED)
    if octets > CHECKED_WHOLE:
        return
    answer = store.one("PRAGMA quick_check(1)")[0]
    if answer != "ok":
        raise file.refuse(store.path, f"is damaged: {answer}", file.DAMAGED)


def translated(error: sqlite3.Error, path: Path) -> MailerError | sqlite3.Error:
    """Our error for whatever SQLite says; a wrong call, which only a bug makes, is handed back as it is."""
    import sqlite3

    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return error
    # Text that is no UTF-8 has no code.
    match (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF:
        case 5 | 6:
            return Later(f"the ledger {path} is locked by another process", hint="Run the command again.")
        case 3 | 8 | 14 | 23:
            return file.refuse(path, f"cannot be opened for writing: {error}")
        case 10:
            return file.refuse(path, f"cannot be read or written: {error}", _FULL)
        case 13:
            return file.refuse(path, "cannot grow: its disk is full", _FULL)
        case 15 | 22:
            return file.refuse(path, f"cannot be used here: {error}")
    return file.refuse(path, f"is damaged or no ledger: {error}", file.DAMAGED)
