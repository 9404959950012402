"""One connection to the ledger in PostgreSQL: explicit transactions, errors in words."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.ledger.postgresql import kept
from mailer.ledger.postgresql.connection import error_of, unusable
from mailer.ledger.postgresql.dialect import translated
from mailer.ledger.store import Done, Store, Values

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import psycopg

    from mailer.errors import CannotWrite
    from mailer.settings.database import Database

_MOST = 500
_ROWS = 50
_INSERT = re.compile(r"(INSERT INTO \w+(?: \([\w, ]+\))? VALUES )(\(\?(?:, \?)*\))((?: ON CONFLICT DO NOTHING)?)")
_LONG = 64 * 1024
# Writers of one owner come one after the other, as in the file; those of others go on beside them.  Workers claim what
# is queued beside each other, a row at a time, and beside who writes people alone.
_LETTERS, _PEOPLE, _LEARNED = (f"(hashtextextended(mailer_owner(), {number}))" for number in range(3))
_LOCK, _TRY = "SELECT pg_advisory_xact_lock", "SELECT pg_try_advisory_xact_lock"
# A process that stands still in the middle keeps nobody waiting for longer than they would wait.
_WRITING = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '25s'"
_BEGINNINGS = {
    # The lock for which workers wait comes last, and is not held while others are waited for.
    "IMMEDIATE": f"{_WRITING}; {_LOCK}{_LEARNED}; {_LOCK}{_PEOPLE}; {_LOCK}{_LETTERS}",
    "DEFERRED": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "OWN": _WRITING,
    "QUEUED": f"{_WRITING}; {_LOCK}_shared{_LETTERS}",
    "PEOPLE": f"{_WRITING}; {_LOCK}{_PEOPLE}",
    "SETUP": "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('mailer setup', 0))",
}


class PostgresStore(Store):
    """The connection and the database that it leads to, as one owner."""

    is_file = False
    mailbox_of_run = "u.mailbox"

    def __init__(self, connection: psycopg.Connection[Any], place: Database) -> None:
        import psycopg

        self.place = place
        # None once it is closed: another may have the connection then.
        self._connected: psycopg.Connection[Any] | None = connection
        self._failed = psycopg.Error, UnicodeEncodeError
        # Where files of this machine's lie.
        self.path = Path(place.folder)
        self.on_commit, self.on_rollback = [], []
        self.turn = self._turns = 0
        self._reading = False

    @property
    def _to(self) -> psycopg.Connection[Any]:
        import psycopg

        if self._connected is None:
            raise psycopg.OperationalError("the connection is closed")
        return self._connected

    def _ask(self, sql: str, values: Values) -> psycopg.Cursor[Any]:
        import psycopg

        try:
            return psycopg.Cursor(self._to).execute(translated(sql), values or None)
        except self._failed as error:
            raise error_of(error, self.place) from error

    def execute(self, sql: str, values: Values = ()) -> Done:
        """Run one statement."""
        return self._ask(sql, values)

    def script(self, text: str) -> None:
        """Run statements as they stand, without values."""
        try:
            self._to.execute(text.encode())
        except self._failed as error:
            raise error_of(error, self.place) from error

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for each row of values; the number of rows changed.

        Many go in one message: an answer is not waited for after each.
        """
        changed = 0
        # Where the rows are read from here, the connection is wanted for that first.
        try:
            for statements in _messages(self._bound(sql, [*rows])):
                cursor = self._to.execute(statements)
                changed += cursor.rowcount
                while cursor.nextset():
                    changed += cursor.rowcount
        except self._failed as error:
            raise error_of(error, self.place) from error
        return changed

    def _bound(self, sql: str, rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
        from psycopg import ClientCursor

        cursor = ClientCursor(self._to)
        if not (found := _INSERT.fullmatch(sql)):
            statement = translated(sql)
            return (cursor.mogrify(statement, values).encode() for values in rows)
        # One statement for many rows is planned once.
        head, one, tail = (translated(part) for part in found.groups())
        made = (
            ", ".join(cursor.mogrify(one, row) for row in rows[at : at + _ROWS]) for at in range(0, len(rows), _ROWS)
        )
        return (f"{head}{some}{tail}".encode() for some in made)

    def copy(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Hand many rows over at once."""
        try:
            with self._to.cursor() as cursor, cursor.copy(sql) as copy:
                for row in rows:
                    copy.write_row(row)
        except self._failed as error:
            raise error_of(error, self.place) from error

    def added(self, sql: str, values: Values) -> int:
        """Insert one row; the number that its table gave it."""
        number: int = self.one(f"{sql} RETURNING id", values)[0]
        return number

    def sign_of(self, mailbox: str) -> str:
        """The mailbox stands for itself."""
        return mailbox

    def numbers(self, count: int) -> Sequence[int]:
        """So many numbers for new letters, which nobody else is given."""
        return self._numbers("letters", "number", count)

    def new_people(self, count: int) -> Sequence[int]:
        """So many numbers for new people, which nobody else is given."""
        return self._numbers("people", "id", count)

    def _numbers(self, table: str, column: str, count: int) -> Sequence[int]:
        asked = "SELECT nextval(pg_get_serial_sequence(?, ?)) FROM generate_series(1, ?)"
        return sorted(number for (number,) in self.all(asked, (f"mailer.{table}", column, count)))

    def free(self, sql: str, letters: Sequence[int]) -> list[Any]:
        """The rows of ``among`` of those letters that nobody else writes to; inside a transaction, which holds them."""
        return self.among(f"{sql} FOR NO KEY UPDATE OF letters SKIP LOCKED", letters)

    def fill(self, table: str, column: str, row: int, data: bytes) -> None:
        """Write a large value in one go: there is no other way here."""
        self._ask(f"UPDATE {table} SET {column} = ? WHERE id = ?", (data, row))  # noqa: S608

    def one(self, sql: str, values: Values = ()) -> Any:  # noqa: ANN401
        """Return the first row, or None."""
        return self._ask(sql, values).fetchone()

    def last(self, sql: str, values: Values = ()) -> Any:  # noqa: ANN401
        """Run some statements in one message; the first row of the last one."""
        try:
            cursor = self._to.execute(translated(sql), values)
            while cursor.nextset():
                pass
            return cursor.fetchone()
        except self._failed as error:
            raise error_of(error, self.place) from error

    def run(self, *statements: str) -> list[Any]:
        """Run some statements; the first value that each gives, None where it gives none."""
        cursors = [self._ask(statement, ()) for statement in statements]
        rows = [cursor.fetchone() if cursor.description else None for cursor in cursors]
        return [row and row[0] for row in rows]

    def all(self, sql: str, values: Values = ()) -> list[Any]:
        """Return the rows, of which there are not too many to hold."""
        return self._ask(sql, values).fetchall()

    def among(self, sql: str, values: Sequence[Any], before: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a statement with ``IN ({})`` for the values, some at a time; it is one for any number."""
        asked, rows = sql.replace(" IN ({})", " = ANY (?)"), []
        for start in range(0, len(values), _MOST):
            rows += self.all(asked, (*before, list(values[start : start + _MOST])))
        return rows

    def each(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """Yield the rows, one at a time."""
        yield from self._ask(sql, values)

    @property
    def writable(self) -> bool:
        """Whether the database takes changes."""
        return self.one("SELECT NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::boolean")[0]  # type: ignore[no-any-return]

    def stand_in(self) -> None:
        """Go on in a transaction of which nothing stays."""
        self.stop_reading()
        self.execute("BEGIN")

    @contextlib.contextmanager
    def writing_in_memory(self) -> Iterator[None]:
        """What is changed on trial is seen by nobody else."""
        yield

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        return self.one("SELECT to_regclass(?) IS NOT NULL", (f"mailer.{name}",))[0]  # type: ignore[no-any-return]

    def allow_trial(self) -> None:
        """Nothing is to be done: a transaction that is rolled back may write."""

    def somebody_sends(self) -> bool:
        """Whether a live run has letters of this owner in hand, or may have."""
        from mailer.ledger.postgresql.heart import ALIVE

        return self.one(f"SELECT 1 FROM runs WHERE {ALIVE}") is not None  # noqa: S608

    def of_own_rows(self) -> AbstractContextManager[None]:
        """Do all or nothing where only a run's own letters are written, beside other writers."""
        return self.transaction("OWN")

    def of_queued(self) -> AbstractContextManager[None]:
        """Do all or nothing where letters that are put off are claimed, too: beside others who do that."""
        return self.transaction("QUEUED")

    def of_people(self) -> AbstractContextManager[None]:
        """Do all or nothing where only people are written: beside who claims letters and settles them."""
        return self.transaction("PEOPLE")

    def people_are_free(self) -> bool:
        """Whether nobody else is writing people, who are then held; inside a transaction ``of_own_rows``."""
        return self.one(_TRY + _PEOPLE)[0]  # type: ignore[no-any-return]

    def nobody_learns(self) -> bool:
        """Whether nobody else writes down what the checks must know, who is then held off; inside ``of_own_rows``."""
        return self.one(_TRY + _LEARNED)[0]  # type: ignore[no-any-return]

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        from psycopg.pq import TransactionStatus

        status = self._connected.info.transaction_status if self._connected else TransactionStatus.UNKNOWN
        return status not in (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)

    def _begin(self, kind: str) -> None:
        try:
            self.execute(_BEGINNINGS[kind])
        except BaseException:
            self._roll_back()
            raise

    def _commit(self) -> None:
        cursor = self._ask("COMMIT", ())
        if cursor.statusmessage != "COMMIT":
            raise self.unusable("took none of the changes", "Run the command again.")

    def _roll_back(self) -> None:
        with contextlib.suppress(*self._failed):
            if self.in_transaction:
                self._to.execute("ROLLBACK")

    def unusable(self, what: str, hint: str = "Run the command again.") -> CannotWrite:
        """The error for a ledger that cannot be used."""
        return unusable(self.place, what, hint)

    def must_be_there(self) -> None:
        """Whatever is written is answered by the database that has it."""

    def close(self) -> None:
        """Close the connection; what is committed is on disk already, and what was tried is gone."""
        connection, self._connected = self._connected, None
        if connection:
            kept.let_go(self.place, connection)


def _messages(statements: Iterable[bytes]) -> Iterator[bytes]:
    """Statements put together, as many as one message is to hold."""
    some: list[bytes] = []
    for statement in statements:
        some.append(statement)
        if len(some) == _MOST or len(statement) > _LONG:
            yield b";".join(some)
            some.clear()
    if some:
        yield b";".join(some)
