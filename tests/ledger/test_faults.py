"""Whatever fails in the ledger, and whatever stands in it: 73 and a sentence, never a trace."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import subprocess

import pytest

from mailer.errors import CannotWrite, Later
from mailer.ledger import schema
from mailer.ledger.ledger import open_ledger
from tests.kit.ledger import Clock, contacts, go, known, letter, sent

FAULTS = (
    *(sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CORRUPT),
    *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, None),
)


def failing(monkeypatch, at, code):
    """From now on the ``at``-th step of any connection fails; how many steps there were is in the list."""
    steps = []

    def step():
        steps.append(None)
        if len(steps) == at:
            error = sqlite3.OperationalError("as injected")
            if code is not None:
                error.sqlite_errorcode = code
            raise error

    class Cursor(sqlite3.Cursor):
        def fetchone(self):
            step()
            return super().fetchone()

        def __next__(self):
            step()
            return super().__next__()

    class Connection(sqlite3.Connection):
        def execute(self, sql, *values):
            step()
            return self.cursor(Cursor).execute(sql, *values)

        def executemany(self, sql, rows):
            step()
            return super().executemany(sql, rows)

    real = sqlite3.connect

    def connect(database, **more):
        return real(database, **more) if database == ":memory:" else real(database, factory=Connection, **more)

    monkeypatch.setattr(sqlite3, "connect", connect)
    return steps


def whole_way(path):
    with open_ledger(path) as ledger:
        claim = ledger.claim(letter())
        ledger.about_to_send([claim.id])
        ledger.settle([sent(claim)])
    with open_ledger(path, create=False) as ledger:
        return len(list(ledger.log())), ledger.outbox(), len(known(ledger)), len(contacts(ledger))


def outcome_of(function, *args):
    """What a function returns, or the CannotWrite that it raises."""
    try:
        return function(*args)
    except CannotWrite as error:
        return error


@pytest.mark.parametrize("stride", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_whatever_statement_fails(tmp_path, monkeypatch, stride):
    with monkeypatch.context() as patch:
        steps = failing(patch, 0, None)
        assert whole_way(tmp_path / "whole" / "ledger.sqlite") == (1, [], 1, 1)
    assert len(steps) > 60
    spared = 0
    for at in range(1, len(steps) + 1, stride):
        path = tmp_path / str(at) / "ledger.sqlite"
        with monkeypatch.context() as patch:
            failing(patch, at, FAULTS[at % len(FAULTS)])
            found = outcome_of(whole_way, path)
        if isinstance(found, CannotWrite):
            assert (found.code, found.file) == (73, str(path))
            assert found.hint
        else:
            # When a run ends, whether there is something to make known to the checks: no letter is at stake.
            assert found == (1, [], 1, 1)
            spared += 1
    assert spared <= 2


@pytest.mark.parametrize("octets", range(0, 160_000, 4096))
def test_a_disk_with_a_little_left(tmp_path, octets):
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.name == "nt" or os.geteuid() or not shutil.which("mount"):
        pytest.skip("mounting a small disk needs root")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        (disk / "filler").write_bytes(b"x" * (256 * 1024 - octets))
        # Anything else would be a trace.
        with contextlib.suppress(CannotWrite):
            assert whole_way(disk / "data" / "ledger.sqlite")[0] == 1
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data" / "ledger.sqlite"
    with open_ledger(path, clock=Clock()) as ledger:
        go(ledger, letter())
        ledger.claim(letter(company="Other"))
    return path


def touched(path, *statements):
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def everything(path, create):
    with open_ledger(path, create=create) as ledger:
        list(ledger.log("dana"))
        known(ledger)
        contacts(ledger)
        for each in ledger.outbox():
            ledger.letter(each.id)
        ledger.handed_over(dt.datetime.now(dt.UTC), "")
        go(ledger, letter(company="Third"))
        ledger.claim(letter())


def told(path, words):
    for create in (False, True):
        with pytest.raises(CannotWrite, match=words) as caught:
            everything(path, create)
        assert caught.value.file == str(path)
        assert caught.value.hint


TABLES = ("runs", "contacts", "letters", "recipients", "attempts", "contents", "blobs", "splices", "drafts")


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_table(path, table):
    touched(path, "PRAGMA foreign_keys = OFF", f"DROP TABLE {table}")
    told(path, f"damaged: its table {table}")


def test_a_missing_column(path):
    touched(path, "ALTER TABLE letters DROP COLUMN queue_id")
    told(path, "its table letters has no column queue_id")


@pytest.mark.parametrize("version", [0, 1, 2, -1])
def test_an_older_version_than_its_tables(path, version):
    touched(path, f"PRAGMA user_version = {version}")
    told(path, "damaged")


@pytest.mark.parametrize("table", ["runs", "letters", "contacts"])
def test_an_older_version_that_lacks_a_table(path, table):
    touched(path, "PRAGMA foreign_keys = OFF", f"DROP TABLE {table}", "PRAGMA user_version = 2")
    told(path, "damaged")


@pytest.mark.parametrize("time", ["", "yesterday", "2026-05-12", "2026-13-40T00:00:00+00:00", "2026-05-12T10:00:00"])
@pytest.mark.parametrize("place", ["letters SET sent"])
def test_a_time_that_is_none(path, place, time):
    touched(path, f"UPDATE {place} = '{time}'")
    told(path, "is not a time")


@pytest.mark.parametrize("time", [f"{day}T00:00:00+00:00" for day in ("0001-01-01", "9999-12-31", "10000-01-01")])
def test_a_time_that_no_zone_can_tell(path, time):
    touched(path, f"UPDATE letters SET sent = '{time}'")
    told(path, "is not a time")


@pytest.mark.parametrize("column", ["subject", "sent", "message_id", "sender"])
def test_text_that_is_no_utf8(path, column):
    touched(path, f"UPDATE letters SET {column} = CAST(X'63616FE9FF' AS TEXT)")
    told(path, "damaged")


@pytest.mark.parametrize("year", [0, 1, 1969, 9999, 10_000])
def test_a_clock_that_says_nonsense(tmp_path, year):
    def clock():
        return dt.datetime(year, 6, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))

    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, clock=clock) as ledger, pytest.raises(CannotWrite, match="takes no such time") as caught:
        ledger.claim(letter())
    assert "clock" in caught.value.hint


def test_locks_are_still_later(path, monkeypatch):
    monkeypatch.setattr("mailer.ledger.opening.BUSY_SECONDS", 0.1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Later), open_ledger(path) as ledger:
            ledger.claim(letter(company="x"))


def test_a_wrong_call_is_a_bug(path):
    with open_ledger(path) as ledger, pytest.raises(sqlite3.ProgrammingError):
        ledger.store.execute("SELECT ?", (1, 2))


def test_every_table_and_column_is_looked_for(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        tables = db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'"
        ).fetchall()
        made = {(table, column) for (table,) in tables for _, column, *_ in db.execute(f"PRAGMA table_info({table})")}
    assert schema._wanted() == made
