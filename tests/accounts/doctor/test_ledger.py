"""The ledger as the last step of ``doctor``: in its file or its database, sound, broken, or not there yet."""

from __future__ import annotations

import json
import sqlite3

import pytest

from mailer.errors import CannotWrite
from mailer.ledger import file, moved, schema
from mailer.ledger.ledger import open_ledger
from tests.kit.accounts import memory, world
from tests.kit.ledger import go, letter
from tests.kit.smtp_server import Scripted, recording_server
from tests.kit.world import ADDRESS, PASSWORD

__all__ = ["memory", "world"]


@pytest.fixture
def account(world, memory):
    """One that can send."""
    with recording_server(password=(ADDRESS, PASSWORD)) as server:
        assert world.login(server).code == 0
        yield world


@pytest.fixture
def path(account):
    """A ledger with one letter."""
    path = account.data / "ledger.sqlite"
    with open_ledger(path) as ledger:
        go(ledger, letter())
    return path


def steps(world, **environ):
    done = world.mailer("doctor", "--json", **environ)
    told = json.loads(done.out)
    assert done.code == (told["error"]["code"] if told["error"] else 0)
    assert told["ok"] is (done.code == 0)
    return told, {step["step"]: step for step in told["steps"]}


def fails(world, code, *words, **environ):
    told, found = steps(world, **environ)
    assert [name for name, step in found.items() if step["ok"] is False] == ["ledger"], found
    assert list(found)[-1] == "ledger"
    assert told["error"]["code"] == code
    for word in words:
        assert word in f"{found['ledger']['text']} {found['ledger']['hint']}", found["ledger"]
    said = world.mailer("doctor", **environ)
    assert (said.code, "Begin with ledger. Nothing was sent." in said.err) == (code, True)
    return found["ledger"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"MAILER_SMTP_PORT": "none"},
        {"MAILER_SMTP_HOST": "", "MAILER_FROM": "nobody"},
        {"MAILER_TIMEZONE": "Moon"},
        {"MAILER_CA_FILE": "nowhere.pem"},
    ],
)
def test_it_is_looked_at_where_the_settings_are_wrong(account, path, wrong):
    told, found = steps(account, **wrong)
    assert (told["error"]["code"], found["settings"]["ok"], found["imap"]["ok"]) == (78, False, None)
    assert (found["ledger"]["ok"], found["ledger"]["seen"]) == (True, f"{path}; 1 letter")
    path.write_bytes(b"no ledger at all, but a file of some length\n" * 40)
    told, found = steps(account, **wrong)
    assert (told["error"]["code"], found["ledger"]["ok"]) == (78, False)
    assert "not a ledger" in found["ledger"]["text"]


@pytest.mark.parametrize("wrong", [{"MAILER_LEDGER": "postgresql://jo:secret@x/y"}, {"MAILER_SMTP_PORT": "x"}])
def test_it_is_not_looked_at_where_it_is_not_known(account, wrong):
    told, found = steps(account, **wrong)
    assert told["error"]["code"] == 78
    assert list(found)[-1] == "imap"
    assert not (account.data / "ledger.sqlite").exists()


def test_a_sound_one_is_counted(account, path):
    _, found = steps(account)
    assert (found["ledger"]["ok"], found["ledger"]["seen"]) == (True, f"{path}; 1 letter")


def test_none_yet_is_no_step_and_none_is_made(account):
    assert "ledger" not in steps(account)[1]
    assert not (account.data / "ledger.sqlite").exists()


def test_one_whose_folder_can_only_be_read(account, path):
    path.parent.chmod(0o500)
    try:
        fails(account, 73, str(path), "read-only", "chmod u+w")
    finally:
        path.parent.chmod(0o700)


def test_one_that_can_only_be_read(account, path):
    path.chmod(0o400)
    fails(account, 73, str(path), "read-only")


def test_one_of_a_newer_version(account, path):
    with sqlite3.connect(path) as raw:
        raw.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    raw.close()
    fails(account, 73, str(path), "newer")


def test_one_that_is_no_database(account, path):
    path.write_text("Dear all,\n" * 500)
    fails(account, 73, str(path), "not a ledger")


def test_one_that_was_cut(account, path):
    path.write_bytes(path.read_bytes()[:8192])
    fails(account, 73, "damaged")


def test_a_folder_in_its_place(account):
    (account.data / "ledger.sqlite").mkdir(parents=True)
    fails(account, 73, "is a folder")


def test_one_that_was_moved_into_a_database(account, path):
    with moved.held(path) as held:
        moved.mark(held.store, schema.Moved("postgresql://jo@db.example/mailer", "jo/", "7d9c", "2026-11-30T09:10"))
    fails(account, 73, "has moved to postgresql://jo@db.example/mailer")


def test_none_where_none_could_be_made(account):
    account.data.mkdir(exist_ok=True)
    account.data.chmod(0o500)
    fails(account, 73, "cannot be made", str(account.data), "read-only")
    account.data.chmod(0o700)
    account.data.rmdir()
    account.data.write_text("a file")
    fails(account, 73, "cannot be reached: Not a directory")


def test_an_empty_one_counts_as_none(account):
    path = account.data / "ledger.sqlite"
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert "ledger" not in steps(account)[1]
    path.chmod(0o400)
    fails(account, 73, f"{path} is read-only")


@pytest.mark.parametrize("there", ["", "a", "a/b"])
def test_what_could_be_made_is_made(tmp_path, there):
    path = tmp_path / "a" / "b" / "ledger.sqlite"
    (tmp_path / there).mkdir(parents=True, exist_ok=True)
    file.must_be_makeable(path)
    assert not path.exists()
    (tmp_path / there).chmod(0o500)
    for refuses in (file.must_be_makeable, file.make_ready):
        if there == "a/b" or refuses is file.must_be_makeable:
            with pytest.raises(CannotWrite):
                refuses(path)
    (tmp_path / there).chmod(0o700)


def test_a_server_that_fails_first_gives_the_code(account, path, memory):
    path.write_text("Dear all,\n" * 500)
    with Scripted({"rcpt": b"550 5.1.1 gone\r\n"}, password=(ADDRESS, PASSWORD)) as server:
        told, found = steps(account, MAILER_SMTP_PORT=str(server.port))
    assert (told["error"]["code"], found["envelope"]["ok"], found["ledger"]["ok"]) == (69, False, False)


@pytest.fixture
def address(postgresql):
    """The address of a ledger of the test's own."""
    name = postgresql.make()
    yield postgresql.url(name)
    postgresql.drop(name)


@pytest.mark.real
def test_in_a_database(account, address):
    _, found = steps(account, MAILER_LEDGER=address)
    assert (found["ledger"]["ok"], found["ledger"]["seen"]) == (True, f"{address}; 0 letters")


@pytest.mark.real
def test_a_database_that_is_down(account, tmp_path):
    fails(account, 73, "cannot be reached", MAILER_LEDGER=f"postgresql://jo@/letters?host={tmp_path}")


@pytest.mark.real
def test_a_database_without_tables(account, postgresql):
    fails(account, 73, "no tables", "mailer fleet init", MAILER_LEDGER=postgresql.url("postgres"))


@pytest.mark.real
def test_a_database_with_another_ledger(account, postgresql, address):
    assert steps(account, MAILER_LEDGER=address)[1]["ledger"]["ok"]
    with postgresql.raw(address.partition("@/")[2].partition("?")[0]) as raw:
        raw.execute("UPDATE mailer.about SET id = gen_random_uuid()")
    fails(account, 73, "another ledger", MAILER_LEDGER=address)


@pytest.mark.real
def test_a_database_that_can_only_be_read(account, postgresql, address):
    with postgresql.raw(address.partition("@/")[2].partition("?")[0]) as raw:
        raw.execute("ALTER ROLE jo SET default_transaction_read_only = on")
    try:
        fails(account, 73, "can only be read", MAILER_LEDGER=address)
    finally:
        with postgresql.raw("postgres") as raw:
            raw.execute("ALTER ROLE jo RESET default_transaction_read_only")
