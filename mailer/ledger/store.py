"""One SQLite connection: explicit transactions, errors in words."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mailer import locks
from mailer.errors import BadData, Later, MailerError
from mailer.ledger import file

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager

    from mailer.errors import CannotWrite

Values = Sequence[Any] | Mapping[str, Any]

_INSIDE = contextlib.nullcontext()
_AT_ONCE = 1024 * 1024
_MOST = 128
_FULL = "Free some space on its disk and run the command again."


class Done(Protocol):
    """What a statement that was run says of itself."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""


class Store:
    """The connection and the place it leads to; everything else in this package speaks SQL through it.

    What is said in SQL, but for the tables themselves, is what SQLite and PostgreSQL have in common.
    """

    is_file = True
    # What a row ``u`` of runs tells of its mailbox, as `sign_of` has it; "" where it tells nothing.
    mailbox_of_run = "substr(u.token, 18)"

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        import sqlite3

        self._connection = connection
        self._error = sqlite3.Error, UnicodeEncodeError
        self.path = path
        self.on_commit: list[Callable[[], None]] = []
        self.on_rollback: list[Callable[[], None]] = []
        # How often one state was held, by a transaction or to read, while one is; else 0.
        self.turn = self._turns = 0
        self._reading = False
        self._file = _file_at(path)

    def execute(self, sql: str, values: Values = ()) -> Done:
        """Run one statement."""
        return self._run(sql, values)

    def _run(self, sql: str, values: Values) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except self._error as error:
            raise sqlite_error(error, self.path) from error

    def added(self, sql: str, values: Values) -> int:
        """Insert one row; the number that its table gave it."""
        number = self._run(sql, values).lastrowid
        assert number is not None
        return number

    def sign_of(self, mailbox: str) -> str:
        """What stands for a mailbox with a run."""
        import hashlib

        return hashlib.sha256(mailbox.encode()).hexdigest()[:16]

    def numbers(self, count: int) -> Sequence[int]:
        """So many numbers for new letters; inside a transaction, in which they are used."""
        last: int = self.one("SELECT coalesce(max(number), 0) FROM letters")[0]
        return range(last + 1, last + 1 + count)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for each row of values; the number of rows changed."""
        try:
            return self._connection.executemany(sql, rows).rowcount
        except self._error as error:
            raise sqlite_error(error, self.path) from error

    def new_people(self, count: int) -> Sequence[int]:
        """So many numbers for new people, which nobody was ever given; inside a transaction, in which they are used."""
        row = self.one("SELECT seq FROM sqlite_sequence WHERE name = 'people'")
        last: int = row[0] if row else 0
        return range(last + 1, last + 1 + count)

    def free(self, sql: str, letters: Sequence[int]) -> list[Any]:
        """The rows of ``among`` of those letters that nobody else writes to; inside a transaction, which holds them."""
        return self.among(sql, letters)

    def fill(self, table: str, column: str, row: int, data: bytes) -> None:
        """Write a large value over one of the same size, some octets at a time."""
        octets = memoryview(data)
        try:
            with self._connection.blobopen(table, column, row) as blob:
                for start in range(0, len(data), _AT_ONCE):
                    blob.write(octets[start : start + _AT_ONCE])
        except self._error as error:
            raise sqlite_error(error, self.path) from error

    def one(self, sql: str, values: Values = ()) -> Any:  # noqa: ANN401  (a row is what its SELECT says)
        """Return the first row, or None."""
        try:
            # A statement can fail at any step, not the first alone.
            return self._connection.execute(sql, values).fetchone()
        except self._error as error:
            raise sqlite_error(error, self.path) from error

    def run(self, *statements: str) -> list[Any]:
        """Run some statements; the first value that each gives, None where it gives none."""
        try:
            rows = [self._connection.execute(statement).fetchone() for statement in statements]
        except self._error as error:
            raise sqlite_error(error, self.path) from error
        return [row and row[0] for row in rows]

    def all(self, sql: str, values: Values = ()) -> list[Any]:
        """Return the rows, of which there are not too many to hold."""
        try:
            return self._connection.execute(sql, values).fetchall()
        except self._error as error:
            raise sqlite_error(error, self.path) from error

    def among(self, sql: str, values: Sequence[Any], before: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a statement with ``IN ({})`` for the values, as many at a time as it may name.

        ``before`` are those that it names before them.
        """
        rows: list[Any] = []
        try:
            for start in range(0, len(values), _MOST):
                some = rounded(values[start : start + _MOST])
                rows += self._connection.execute(sql.format(", ".join("?" * len(some))), (*before, *some))
        except self._error as error:
            raise sqlite_error(error, self.path) from error
        return rows

    def each(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """Yield the rows, one at a time."""
        cursor = self._run(sql, values)
        try:
            for row in cursor:  # noqa: UP028 - `yield from` would close the cursor, after the ledger perhaps
                yield row
        except self._error as error:
            raise sqlite_error(error, self.path) from error
        finally:
            with contextlib.suppress(*self._error):
                cursor.close()

    @property
    def writable(self) -> bool:
        """Whether the database takes changes."""
        read_only: int = self.one("PRAGMA query_only")[0]
        return not read_only and self._file is not None and not file.read_only(self.path)

    def stand_in(self) -> None:
        """Go on with a copy in memory, for what can only be read and must be changed to be understood."""
        import sqlite3

        memory = sqlite3.connect(":memory:", isolation_level=None)
        with contextlib.closing(self._connection):
            self._connection.backup(memory)
        self._connection = memory
        self.execute("PRAGMA query_only = ON")

    @contextlib.contextmanager
    def writing_in_memory(self) -> Iterator[None]:
        """Let the copy in memory take changes, which are gone with it."""
        self.execute("PRAGMA query_only = OFF")
        try:
            yield
        finally:
            self.execute("PRAGMA query_only = ON")

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        return self.one("SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)) is not None

    def allow_trial(self) -> None:
        """Let a transaction that will be rolled back write, also to what stands in for a missing ledger."""
        self.execute("PRAGMA query_only = OFF")

    def somebody_sends(self) -> bool:
        """Whether a live process has letters of this ledger in hand, or may have."""
        try:
            return any(locks.is_held(path) for path in (self.path.parent / "runs").iterdir())
        except OSError:
            return False

    def transaction(self, kind: str = "IMMEDIATE") -> AbstractContextManager[None]:
        """Do all or nothing, on disk when it ends; one inside another is part of it.

        When the outermost has ended, ``on_commit`` or ``on_rollback`` are told.
        """
        if self._reading:
            self.stop_reading()
        return _INSIDE if self.in_transaction else self._outermost(kind)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._connection.in_transaction

    def of_own_rows(self) -> AbstractContextManager[None]:
        """Do the same where only a run's own letters are written, which no other writes as long as it lives."""
        return self.transaction()

    def of_queued(self) -> AbstractContextManager[None]:
        """Do the same where letters that are put off are claimed, too: beside others who do that."""
        return self.transaction()

    def of_people(self) -> AbstractContextManager[None]:
        """Do the same where only people are written: beside who claims letters and settles them."""
        return self.transaction()

    def nobody_learns(self) -> bool:
        """Whether nobody else writes down what the checks must know, who is then held off; inside ``of_own_rows``."""
        return True

    def people_are_free(self) -> bool:
        """Whether nobody else is writing people, who are then held; inside a transaction ``of_own_rows``."""
        return True

    @contextlib.contextmanager
    def _outermost(self, kind: str) -> Iterator[None]:
        self._begin(kind)
        self.turn = self._turns = self._turns + 1
        try:
            yield
            self._commit()
        except BaseException:
            self._roll_back()
            for undo in self.on_rollback:
                undo()
            raise
        finally:
            self.turn = 0
        for tell in [*self.on_commit]:
            tell()

    def snapshot(self) -> AbstractContextManager[None]:
        """Let all reads in it see one state."""
        return _INSIDE if self.in_transaction else self._outermost("DEFERRED")

    def keep_reading(self) -> None:
        """Until the next transaction or ``stop_reading`` all reads see one state, and take no lock each."""
        if not self._reading:
            self._begin("DEFERRED")
            self._reading = True
            self.turn = self._turns = self._turns + 1

    def stop_reading(self) -> None:
        """What other processes write is seen again."""
        if self._reading:
            self._reading = False
            self.turn = 0
            self._commit()

    def _begin(self, kind: str) -> None:
        self.execute(f"BEGIN {kind}")

    def _commit(self) -> None:
        self.execute("COMMIT")

    def _roll_back(self) -> None:
        # SQLite has rolled back by itself after some errors, such as a full disk.
        with contextlib.suppress(*self._error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def unusable(self, what: str, hint: str = file.ELSEWHERE) -> CannotWrite:
        """The error for a ledger that cannot be used."""
        return file.unusable_error(self.path, what, hint)

    def must_be_there(self) -> None:
        """Raise CannotWrite where the file was moved or deleted: what is written now would be lost."""
        if self._file != _file_at(self.path):
            hint = "Put it back; without it letters may go twice."
            raise file.unusable_error(self.path, "was moved or deleted while it was open", hint)

    def close(self) -> None:
        """Close the connection; what is committed is on disk already."""
        with contextlib.suppress(*self._error):
            self._connection.close()


def rounded(values: Sequence[Any]) -> Sequence[Any]:
    """The values, the last one again until they are a power of two: for what does not change when one is named twice.

    More than a hundred statements are kept ready; one for each number of values would take megabytes.
    """
    more = (1 << (len(values) - 1).bit_length()) - len(values)
    return [*values, *[values[-1]] * more] if more else values


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def as_text(path: str) -> str:
    """The name of a file as text that a ledger can hold: octets that are no UTF-8 are written out."""
    return path.encode("utf-8", "backslashreplace").decode()


def as_path(text: str) -> str:
    """The name of a file that was kept `as_text`."""
    return re.sub(r"\\u(dc[89a-f][0-9a-f])", lambda found: chr(int(found[1], 16)), text)


def no_text(error: UnicodeEncodeError) -> BadData:
    """The error for what came by the command line or from a mail and is no Unicode: no ledger can hold it."""
    shown = as_text(error.object[max(error.start - 30, 0) : error.end])
    return BadData(f"{shown} holds half a character (U+{ord(error.object[error.start]):04X})", hint="Type it again.")


def sqlite_error(error: sqlite3.Error | UnicodeEncodeError, path: Path) -> MailerError | sqlite3.Error:
    """Our error for whatever SQLite says; a wrong call, which only a bug makes, is handed back as it is."""
    import sqlite3

    if isinstance(error, UnicodeEncodeError):
        return no_text(error)
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.InterfaceError):
        return error
    # Text that is no UTF-8 has no code.
    match (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF:
        case 5 | 6:
            return Later(f"the ledger {path} is locked by another process", hint="Run the command again.")
        case 3 | 8 | 14 | 23:
            return file.unusable_error(path, f"cannot be opened for writing: {error}")
        case 10:
            return file.unusable_error(path, f"cannot be read or written: {error}", _FULL)
        case 13:
            return file.unusable_error(path, "cannot grow: its disk is full", _FULL)
        case 15 | 22:
            return file.unusable_error(path, f"cannot be used here: {error}")
        case 19 if "has moved" in str(error):
            return file.unusable_error(path, "has moved into a database just now", "Run the command again.")
    return file.unusable_error(path, f"is damaged or not a ledger: {error}", file.DAMAGED)
