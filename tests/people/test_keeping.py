"""Backup and restore, and the ledger of before people existed."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from mailer.errors import CannotWrite
from mailer.ledger import copies, schema
from mailer.ledger.ledger import open_ledger
from mailer.ledger.store import Store
from tests.kit import ledger as letters
from tests.ledger.test_crash import CRASH
from tests.people.people_kit import NOON, World, old_ledger


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.send()
    world.run("touch", "dana", "--by", "call")
    return world


def elsewhere(world, name="laptop"):
    (world.folder / name).mkdir()
    return World(world.folder / name)


def test_a_new_laptop_starts_where_the_old_one_ended(world):
    (told,) = world.json("backup", "kept.sqlite")
    assert (told["letters"], told["people"]) == (1, 1)
    kept = world.folder / "kept.sqlite"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert {path.name for path in world.folder.iterdir()} == {"data", "kept.sqlite"}
    new = elsewhere(world)
    before = kept.read_bytes()
    assert new.json("restore", str(kept)) == [told | {"file": str(kept)}]
    assert kept.read_bytes() == before
    for command in (("people",), ("people", "show", "dana"), ("log",), ("due", "--all")):
        assert new.json(*command) == world.json(*command)
    with open_ledger(new.ledger) as ledger:
        assert ledger.claim(letters.letter()).kind == "already-sent"
        assert ledger.content(next(ledger.log()).id).endswith(b"We met.")
    # Numbers go on where they were.
    new.run("people", "forget", "dana", "--yes")
    assert new.json("people", "add", "lee@else.example")[0]["id"] == "p2"


def test_a_backup_is_never_written_over_a_file(world):
    for name in ("letter.md", "data"):
        if name == "letter.md":
            (world.folder / name).write_text("mine")
        assert "exists" in world.run("backup", name, code=73).err
    assert (world.folder / "letter.md").read_text() == "mine"
    assert "its folder" in world.run("backup", "no/where", code=73).err
    assert "no ledger" in elsewhere(world).run("backup", "kept", code=66).err


def test_a_backup_of_a_ledger_that_others_write_is_of_one_moment(tmp_path):
    world = World(tmp_path)
    world.data.mkdir()
    arguments = [sys.executable, CRASH, str(world.ledger), str(tmp_path / "delivered"), "40000", "4", ""]
    with subprocess.Popen(arguments) as child:
        made = 0
        while made < 5 and child.poll() is None:
            time.sleep(0.05)
            if world.ledger.exists() and world.ledger.stat().st_size:
                world.run("backup", f"kept-{made}")
                made += 1
        child.kill()
    assert made >= 3
    for number in range(made):
        with contextlib.closing(sqlite3.connect(tmp_path / f"kept-{number}")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("what", ["letter", "person", "touch", "note"])
def test_never_over_a_ledger_that_has_more(world, what):
    world.run("backup", "kept")
    world.run("restore", "kept")
    if what == "letter":
        world.send("Lee Brandt <lee@else.example>")
    elif what == "touch":
        world.run("touch", "dana", "--by", "meeting")
    elif what == "person":
        world.run("people", "add", "lee@else.example")
    else:
        with world.book() as book:
            one = book.person("dana")
            book.hold([one], "hold", None, "")
    before = world.json("people")
    assert "1 " in world.run("restore", "kept", code=73).err
    assert world.json("people") == before
    world.run("restore", "kept", "--force")
    assert [one["name"] for one in world.json("people")] == ["Dana Ruiz"]
    assert [one["kind"] for one in world.json("people", "show", "dana")[0]["timeline"]] == ["letter", "call"]


def test_what_was_forgotten_does_not_come_back_by_itself(world):
    world.run("backup", "kept")
    world.run("people", "forget", "dana", "--yes")
    assert "forgotten" in world.run("restore", "kept", code=73).err


def damaged(path):
    octets = bytearray(path.read_bytes())
    octets[4096 * 3 : 4096 * 6] = os.urandom(4096 * 3)
    path.write_bytes(octets)


def foreign(path):
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE songs (name TEXT)")
        db.commit()


def newer(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("spoil", "words", "code"),
    [
        (damaged, "damaged", 65),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "damaged", 65),
        (lambda path: path.write_text("Dear Dana\n" * 900), "damaged or not a ledger", 65),
        (lambda path: path.write_bytes(b""), "empty", 65),
        (foreign, "another program", 65),
        (newer, "newer mailer", 65),
        (lambda path: path.unlink(), "does not exist", 66),
        (lambda path: (path.unlink(), path.mkdir()), "a folder", 66),
        (lambda path: (path.unlink(), os.mkfifo(path)), "named pipe", 66),
    ],
)
def test_a_file_that_is_no_whole_ledger_is_refused_in_words(world, spoil, words, code):
    world.run("backup", "kept")
    spoil(world.folder / "kept")
    before = world.json("people")
    assert words in world.run("restore", "kept", code=code).err
    new = elsewhere(world)
    new.run("restore", str(world.folder / "kept"), code=code)
    assert not new.ledger.exists()
    assert world.json("people") == before


def test_not_while_a_letter_is_on_its_way(world):
    world.run("backup", "kept")
    with open_ledger(world.ledger) as ledger:
        ledger.claim(letters.letter((letters.LEE,)))
        assert "sending right now" in world.run("restore", "kept", "--force", code=75).err
        assert len(ledger.outbox()) == 1


def test_a_restore_that_is_broken_off_changes_nothing(world, monkeypatch):
    world.run("backup", "kept")
    world.run("people", "add", "lee@else.example")
    real = Store.execute

    def breaks(self, sql, values=()):
        if sql.startswith("INSERT INTO main.touches"):
            raise KeyboardInterrupt
        return real(self, sql, values)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "execute", breaks)
        with contextlib.suppress(BaseException):
            world.run("restore", "kept", "--force", code=130)
    assert len(world.json("people")) == 2


# The ledger of before people existed


OLD = [
    ("Dana Ruiz", "dana.ruiz@acme.example", NOON - timedelta(days=30), "runner-up"),
    ("Lee Brandt", "lee@else.example", NOON - timedelta(days=30), "thank-you"),
    ("Kim Ode", "kim@ode.example", NOON - timedelta(days=366), "runner-up"),
    ("Sam Becker", "sam@becker.example", NOON - timedelta(days=365), "runner-up"),
]


def test_it_is_taken_over_without_a_word_and_a_copy_kept(tmp_path):
    world = World(tmp_path)
    old_ledger(world.ledger, OLD)
    done = world.run("people", "--json")
    assert done.err == ""
    found = {one["name"]: (one["plan"], one["anchor"]) for one in world.json("people")}
    assert found == {
        "Dana Ruiz": ("gracious-six", "2026-10-31"),
        "Lee Brandt": (None, None),
        "Kim Ode": (None, None),
        "Sam Becker": ("gracious-six", "2025-11-30"),
    }
    assert [one["kind"] for one in world.json("people", "show", "kim")[0]["timeline"]] == ["letter"]
    copy = world.data / "ledger.sqlite.version-3"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert {path.name for path in world.data.iterdir()} <= {
        "ledger.sqlite",
        "ledger.sqlite-wal",
        "ledger.sqlite-shm",
        copy.name,
    }
    with contextlib.closing(sqlite3.connect(copy)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (3,)
        assert db.execute("SELECT count(*) FROM letters").fetchone() == (4,)
    # As an older version of the program sees it.
    with contextlib.closing(sqlite3.connect(world.ledger)) as db, pytest.raises(CannotWrite, match="newer mailer"):
        schema.recognise(Store(db, world.ledger), 3)
    # The copy is a backup like any other.
    elsewhere(world).run("restore", str(copy))


def test_nothing_is_migrated_where_the_copy_cannot_be_kept(tmp_path, monkeypatch):
    world = World(tmp_path)
    old_ledger(world.ledger, OLD)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copies, "_copy", full)
    assert "disk is full" in world.run("people", code=73).err
    with contextlib.closing(sqlite3.connect(world.ledger)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (3,)


@pytest.mark.parametrize("command", [(), ("people",), ("due",), ("log",), ("outbox",)])
@pytest.mark.parametrize("what", ["file", "folder"])
def test_one_that_can_only_be_read_is_shown_and_left_as_it_is(tmp_path, command, what):
    world = World(tmp_path)
    old_ledger(world.ledger, OLD)
    target = world.ledger if what == "file" else world.data
    before = world.ledger.read_bytes()
    target.chmod(0o400 if what == "file" else 0o500)
    try:
        done = world.run(*command)
        assert command not in ((), ("people",), ("log",)) or "sam" in done.out.lower()
        assert world.ledger.read_bytes() == before
        assert [path.name for path in world.data.iterdir()] == ["ledger.sqlite"]
        for writes in (("touch", "dana", "--by", "call"), ("people", "add", "x@y.example"), ("due", "--ics", "x.ics")):
            world.run(*writes, code=73)
    finally:
        target.chmod(0o700)


@pytest.mark.parametrize("command", [(), ("people",), ("due",), ("people", "nobody")])
def test_looking_makes_no_ledger(tmp_path, command):
    world = World(tmp_path)
    world.run(*command)
    assert not world.data.exists()


def test_letters_that_are_not_taken_in_yet_are_shown_where_nothing_can_be_kept(tmp_path):
    world = World(tmp_path)
    world.send()
    world.ledger.chmod(0o400)
    try:
        assert [one["name"] for one in world.json("people")] == ["Dana Ruiz"]
    finally:
        world.ledger.chmod(0o600)


def test_a_backup_beside_a_ledger_that_is_never_let_go_is_made_all_the_same(world, monkeypatch):
    monkeypatch.setattr("mailer.cli.backup._PATIENCE", 0.05)
    with contextlib.closing(sqlite3.connect(world.ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = world.run("backup", "kept")
    assert "Another mailer is busy" in done.err
    with contextlib.closing(sqlite3.connect(world.folder / "kept")) as db:
        assert db.execute("SELECT name FROM people").fetchall() == [("Dana Ruiz",)]
