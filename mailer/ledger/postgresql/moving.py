"""Move a ledger's file into a database, as rows of one owner: all of it in one transaction, with its numbers.

Rows go to a table of the connection's own first, for the server takes no COPY where rows have owners.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from mailer.ledger.postgresql.tables import TABLES

if TYPE_CHECKING:
    from mailer.ledger.postgresql.store import PostgresStore
    from mailer.ledger.store import Store

_TOGETHER = 10_000
# An owner with nothing in these has no letters and no people.
_TELLING = ("letters", "contacts", "people", "events", "imports", "forgotten")
# A run of another machine's lives no more; by default one would be taken to have begun now.
_MORE = {"runs": (", fenced, beat", ", true, started::timestamptz")}
# What must be the same here and there, in order: the letters with their states, and every octet of them.
_DIGESTS = (
    (
        "SELECT identity, content_digest, CAST(state AS BLOB) FROM letters ORDER BY number",
        "SELECT string_agg(sha256(identity || content_digest || convert_to(state, 'UTF8')), ''::bytea ORDER BY number)"
        " FROM letters",
    ),
    (
        "SELECT literal FROM contents ORDER BY letter",
        "SELECT string_agg(sha256(literal), ''::bytea ORDER BY letter) FROM contents",
    ),
    (
        "SELECT encoded FROM blobs ORDER BY id",
        "SELECT string_agg(sha256(encoded), ''::bytea ORDER BY id) FROM blobs",
    ),
)
_SAME = "SELECT number, identity, created FROM letters ORDER BY number"
_PEOPLE = "SELECT id, created FROM people ORDER BY id"


def is_empty(store: PostgresStore) -> bool:
    """Whether its owner has neither letters nor people."""
    return not any(store.one(f"SELECT 1 FROM {name} LIMIT 1") for name in _TELLING)  # noqa: S608


def holds_all(store: PostgresStore, source: Store) -> bool:
    """Whether every letter and every person of a ledger is there, by the same number."""
    return all(_is_within(source.each(asked), store.each(asked)) for asked in (_SAME, _PEOPLE))


def _is_within(some: Iterator[Any], rows: Iterator[Any]) -> bool:
    # Both come in order.
    return all(any(tuple(row) == tuple(one) for row in rows) for one in some)


def rows_of(source: Store) -> int:
    """How many rows are to be moved."""
    return sum(_count(source, name) for name in _tables(source))


def _tables(source: Store) -> list[str]:
    """Those that a file has too, each after what it refers to."""
    return [name for name in TABLES if source.has_table(name)]


def move(source: Store, store: PostgresStore, told: Callable[[int], object]) -> None:
    """Copy every row, and see that all is there; inside a transaction of an owner who has no letters and people.

    ``told`` hears how many rows are done.  Raises CannotWrite where what is there is not what was read.
    """
    names = _tables(source)
    for name in reversed(names):
        # What was looked up, and positions of mailboxes; the ledger has its own.
        store.execute(f"DELETE FROM {name}")  # noqa: S608
    for name in names:
        _move(source, store, name, told)
    for name in names:
        _count_on(source, store, name)
    _check(source, store)


def _move(source: Store, store: PostgresStore, name: str, told: Callable[[int], object]) -> None:
    columns = [column for (column,) in source.all("SELECT name FROM pragma_table_info(?)", (name,))]
    listed = ", ".join(columns)
    if name == "unlearned":
        # What the letters have put there.
        store.execute("DELETE FROM unlearned")
    store.execute(f"CREATE TEMP TABLE moving_{name} AS SELECT {listed} FROM {name} WITH NO DATA")  # noqa: S608
    into, values = _MORE.get(name, ("", ""))
    rows = source.each(f"SELECT {listed} FROM {name}")  # noqa: S608
    while some := list(islice(rows, _at_once(name))):
        store.copy(f"COPY moving_{name} ({listed}) FROM STDIN", some)
        store.execute(f"INSERT INTO {name} ({listed}{into}) SELECT {listed}{values} FROM moving_{name}")  # noqa: S608
        store.execute(f"TRUNCATE moving_{name}")
        told(len(some))
    store.execute(f"DROP TABLE moving_{name}")


def _at_once(name: str) -> int:
    """Attachments are many times as large as anything else."""
    return 4 if name == "blobs" else 500 if name in ("contents", "pages") else _TOGETHER


def _count_on(source: Store, store: PostgresStore, name: str) -> None:
    """Let the database give no number that was moved."""
    column = "number" if name == "letters" else "id"
    if f"{column} bigint GENERATED" not in TABLES[name]:
        return
    last = source.one(f"SELECT coalesce(max({column}), 0) FROM {name}")[0]  # noqa: S608
    sequence = f"nextval(pg_get_serial_sequence('mailer.{name}', '{column}'))"
    first = store.one(f"SELECT {sequence}")[0]
    if first < last:
        # Who may not set it counts.
        store.one(f"SELECT max({sequence}) FROM generate_series(1, ?)", (last - first,))  # noqa: S608


def _check(source: Store, store: PostgresStore) -> None:
    for name in _tables(source):
        there, here = _count(store, name), _count(source, name)
        if there != here:
            raise store.unusable(f"has {there:,} of {here:,} rows of {name}; nothing was moved")
    for theirs, ours in _DIGESTS:
        if _digest(source.each(theirs)) != hashlib.sha256(store.one(ours)[0] or b"").digest():
            raise store.unusable("has other letters than the file; nothing was moved")


def _count(store: Store, name: str) -> int:
    found: int = store.one(f"SELECT count(*) FROM {name}")[0]  # noqa: S608
    return found


def _digest(rows: Iterable[tuple[bytes, ...]]) -> bytes:
    whole = hashlib.sha256()
    for row in rows:
        whole.update(hashlib.sha256(b"".join(row)).digest())
    return whole.digest()
