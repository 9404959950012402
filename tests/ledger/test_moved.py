"""A file that was moved into a database: no version of mailer sends from it, and a copy is as it was."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from mailer.errors import CannotWrite, Later, Unreadable
from mailer.ledger import moved, schema
from mailer.ledger.ledger import open_ledger
from tests.kit.ledger import Clock, go, letter
from tests.kit.world import World

TO = schema.Moved("postgresql://jo@db.example/mailer", "jo/", "7d9c", "2026-11-30T09:10:00.000000+00:00")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "home" / "data" / "ledger.sqlite"
    with open_ledger(path, clock=Clock()) as ledger:
        go(ledger, letter())
    return path


def mark(path):
    with moved.held(path) as held:
        assert held.moved is None
        moved.mark(held.store, TO)


@pytest.mark.parametrize("create", [True, False])
def test_it_is_not_opened_and_says_where_it_went(path, create):
    mark(path)
    with pytest.raises(CannotWrite) as caught:
        open_ledger(path, create=create)
    assert "has moved to postgresql://jo@db.example/mailer (2026-11-30)" in caught.value.text
    assert "MAILER_LEDGER=postgresql://jo@db.example/mailer" in caught.value.hint


def test_a_version_that_knows_no_marks_takes_it_for_another_programs(path):
    mark(path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA application_id").fetchone() != (schema.APPLICATION_ID,)


@pytest.mark.parametrize("statement", ["UPDATE letters SET waits = 0", "DELETE FROM letters", "DELETE FROM contacts"])
def test_who_had_it_open_can_write_nothing_any_more(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as db:
        mark(path)
        with pytest.raises(sqlite3.IntegrityError, match="moved"):
            db.execute(statement)
    with pytest.raises(CannotWrite), open_ledger(path):
        pass


def test_a_ledger_that_was_open_claims_nothing(path):
    with open_ledger(path, clock=Clock()) as ledger:
        mark(path)
        with pytest.raises(CannotWrite, match="has moved into a database just now"):
            ledger.claim(letter(company="Birch"))


def test_what_goes_wrong_leaves_no_mark(path):
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), moved.held(path) as held:
        moved.mark(held.store, TO)
        raise ZeroDivisionError
    with open_ledger(path) as ledger:
        assert len(list(ledger.log())) == 1
    assert path.read_bytes() == before


def test_a_copy_is_as_it_was(path, tmp_path):
    mark(path)
    with moved.held(path) as held:
        assert held.moved == TO
        moved.copy(held.store, tmp_path / "copy.sqlite")
    with open_ledger(tmp_path / "copy.sqlite", clock=Clock()) as ledger:
        assert len(list(ledger.log())) == 1
        assert ledger.claim(letter(company="Birch")).goes


def test_it_is_not_held_while_letters_go_from_it(path):
    with open_ledger(path, clock=Clock()) as ledger:
        ledger.claim(letter(company="Birch"))
        with pytest.raises(Later, match="letters are being sent"), moved.held(path):
            pass


def test_nobody_claims_while_it_is_held(path, monkeypatch):
    with open_ledger(path, clock=Clock()) as ledger, moved.held(path):
        ledger.store.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(Later):
            ledger.claim(letter(company="Birch"))


def test_what_is_not_there_or_cannot_be_marked_is_refused(path, tmp_path):
    with pytest.raises(Unreadable), moved.held(tmp_path / "none.sqlite"):
        pass
    path.chmod(0o400)
    with pytest.raises(CannotWrite, match="can only be read"), moved.held(path):
        pass


def test_restore_takes_no_moved_ledger(path):
    mark(path)
    desk = World(path.parents[2], home=path.parents[1])
    path.rename(desk.folder / "old.sqlite")
    done = desk.mailer("restore", "old.sqlite")
    assert done.code == 65
    assert "has moved to postgresql://jo@db.example/mailer" in done.err
