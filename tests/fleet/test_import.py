"""``mailer fleet import``: a ledger's file becomes rows of one owner, once, with all that stood in it."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from mailer.ledger.ledger import open_ledger
from mailer.ledger.postgresql import moving
from tests.cli.test_follow_up import Year
from tests.kit.fleet import Fleet
from tests.kit.ledger import Clock, attachment, letter
from tests.kit.letters import LETTER
from tests.kit.smtp_server import recording_server
from tests.kit.world import put
from tests.ledger.test_earlier import DUMP

pytestmark = pytest.mark.real
PLAIN = "From: jo@novak.example\nTo: {}\nSubject: Hello\n\nGood luck with the bench.\n"


@pytest.fixture
def database(postgresql, tmp_path):
    fleet = Fleet(postgresql, tmp_path, None)
    yield fleet.database
    fleet.close()


@pytest.fixture
def desk(tmp_path):
    """Somebody who has written for a while: letters in every state, people, and one who was forgotten."""
    with recording_server() as server:
        desk = Year(tmp_path / "desk", server)
        put(desk.folder, "r.md", LETTER)
        (desk.folder / "work.zip").write_bytes(b"PK\5\6" + bytes(18))
        for name in ("lee", "mara", "noor", "eve", "queued"):
            head = "Attach: work.zip\n" if name in ("lee", "mara", "queued") else ""
            put(desk.folder, f"{name}.md", head + PLAIN.format(f"{name}@cedar.example"))
        for name in ("r.md", "lee.md", "mara.md", "eve.md"):
            assert desk.mailer("send", name, "--yes", "--allow", "attachment").code == 0
        assert desk.mailer("send", "queued.md", "--yes", "--at", "2027-01-12 10:00", "--allow", "timing").code == 0
        assert desk.mailer("stop", "dana", "--why", "asked").code == 0
        assert desk.mailer("people", "add", "pat@birch.example", "--name", "Pat", "--plan", "gracious-six").code == 0
        assert desk.mailer("people", "forget", "eve@cedar.example", "--yes").code == 0
        yield desk


class Moved:
    """The same person, on PostgreSQL."""

    def __init__(self, desk, postgresql, database, role="jo"):
        self.desk, self.url = desk, postgresql.url(database, role)

    def mailer(self, *args, **more):
        return self.desk.mailer(*args, **{"MAILER_LEDGER": self.url, **more})


SCREENS = (
    ("log", "--json"),
    ("outbox", "--json"),
    ("people", "--json"),
    ("due", "--all", "--within", "400", "--json"),
    ("people", "show", "dana", "--json"),
    ("people", "show", "pat", "--json"),
)


def screens(mailer):
    return [mailer(*words).objects for words in SCREENS]


def ledger_of(desk):
    return desk.folder / "home" / "data" / "ledger.sqlite"


@pytest.mark.parametrize("together", [10_000, 2])
def test_every_screen_shows_the_same_afterwards(desk, postgresql, database, together, monkeypatch):
    monkeypatch.setattr(moving, "_TOGETHER", together)
    before, octets = screens(desk.mailer), desk.mailer("log", "--eml", desk.mailer("log", "--json").objects[1]["id"])
    there = Moved(desk, postgresql, database)
    done = there.mailer("fleet", "import", str(ledger_of(desk)))
    assert (done.code, done.out) == (0, ""), done.all
    assert "4 letters and 4 people moved to" in done.err
    assert screens(there.mailer) == before
    number = there.mailer("log", "--json").objects[1]["id"]
    assert there.mailer("log", "--eml", number).octets == octets.octets


def test_nothing_goes_twice_from_either(desk, postgresql, database):
    there = Moved(desk, postgresql, database)
    assert there.mailer("fleet", "import", str(ledger_of(desk))).code == 0
    sent = len(desk.server.messages)
    done = desk.mailer("send", "r.md", "--yes", "--json")
    assert done.code == 73
    assert f"has moved to {there.url}" in done.all
    assert there.mailer("send", "lee.md", "--yes", "--json").json["status"] == "already-sent"
    assert there.mailer("send", "queued.md", "--yes", "--json").json["status"] == "already-queued"
    assert len(desk.server.messages) == sent


@pytest.mark.parametrize("words", [("log",), ("outbox",), ("people",), ("due",), (), ("backup", "x.sqlite")])
def test_the_file_says_where_it_went(desk, postgresql, database, words):
    there = Moved(desk, postgresql, database)
    assert there.mailer("fleet", "import", str(ledger_of(desk))).code == 0
    done = desk.mailer(*words)
    assert done.code == 73
    assert f"has moved to {there.url}" in done.err
    assert f"MAILER_LEDGER={there.url}" in done.err


def test_a_second_import_changes_nothing_and_says_so(desk, postgresql, database):
    there = Moved(desk, postgresql, database)
    there.mailer("fleet", "import", str(ledger_of(desk)))
    assert there.mailer("send", "noor.md", "--yes").code == 0
    before, file = screens(there.mailer), ledger_of(desk).read_bytes()
    done = there.mailer("fleet", "import", str(ledger_of(desk)))
    assert (done.code, done.out) == (0, "")
    assert "was moved" in done.err
    assert "nothing is changed" in done.err
    assert screens(there.mailer) == before
    assert ledger_of(desk).read_bytes() == file


def test_a_copy_of_the_same_ledger_changes_nothing_and_is_put_away_too(desk, postgresql, database):
    there = Moved(desk, postgresql, database)
    assert desk.mailer("backup", "copy.sqlite").code == 0
    assert there.mailer("fleet", "import", str(ledger_of(desk))).code == 0
    before = screens(there.mailer)
    done = there.mailer("fleet", "import", "copy.sqlite")
    assert done.code == 0
    assert "nothing is changed" in done.err
    assert screens(there.mailer) == before
    with contextlib.closing(sqlite3.connect(desk.folder / "copy.sqlite")) as db, pytest.raises(sqlite3.Error):
        db.execute("UPDATE letters SET state = 'deferred'")


def test_a_second_owner_has_the_same_ids_and_sees_their_own(desk, postgresql, database):
    there = Moved(desk, postgresql, database)
    other = desk.mailer("send", "noor.md", "--yes", "--json", MAILER_OWNER="ann").json["id"]
    path = ledger_of(desk).parent / "owner-ann" / "ledger.sqlite"
    assert there.mailer("fleet", "import", str(ledger_of(desk))).code == 0
    assert there.mailer("fleet", "import", str(path), MAILER_OWNER="ann").code == 0
    assert [one["id"] for one in there.mailer("log", "--json", MAILER_OWNER="ann").objects] == [other]
    assert len(there.mailer("log", "--json").objects) == 3
    done = there.mailer("send", "lee.md", "--yes", "--allow", "attachment", "--json", MAILER_OWNER="ann")
    assert done.json["status"] == "sent", done.out
    assert there.mailer("send", "noor.md", "--yes", "--json").json["status"] == "sent"
    found = [one["id"] for name in ("", "ann") for one in there.mailer("log", "--json", MAILER_OWNER=name).objects]
    assert len(found) == 6


def test_it_is_moved_to_one_owner_alone(desk, postgresql, database):
    there = Moved(desk, postgresql, database)
    assert there.mailer("fleet", "import", str(ledger_of(desk))).code == 0
    done = there.mailer("fleet", "import", str(ledger_of(desk)), MAILER_OWNER="ann")
    assert done.code == 73
    assert f"has moved to {there.url}, owner jo " in done.err
    done = Moved(desk, postgresql, database, "ann").mailer("fleet", "import", str(ledger_of(desk)))
    assert done.code == 73


def test_who_has_other_letters_there_is_refused_and_both_stay_as_they_were(desk, postgresql, database):
    there = Moved(desk, postgresql, database)
    assert there.mailer("send", "noor.md", "--yes", "--json").json["status"] == "sent"
    before = screens(desk.mailer)
    done = there.mailer("fleet", "import", str(ledger_of(desk)))
    assert done.code == 73
    assert "has other letters or people of jo" in done.err
    assert screens(desk.mailer) == before
    assert len(there.mailer("log", "--json").objects) == 1
    assert there.mailer("fleet", "import", str(ledger_of(desk)), MAILER_OWNER="second").code == 0


def test_what_was_on_its_way_is_in_doubt_and_what_was_claimed_may_go(desk, postgresql, database, tmp_path):
    path = tmp_path / "other" / "ledger.sqlite"
    ledger = open_ledger(path, clock=Clock())
    sending, claimed = ledger.claim_all([letter(), letter(company="Birch", attachments=(attachment(b"x"),))])
    ledger.about_to_send([sending.id])
    there = Moved(desk, postgresql, database)
    done = there.mailer("fleet", "import", str(path))
    assert done.code == 75
    assert "letters are being sent" in done.err
    assert there.mailer("outbox", "--json").objects == []
    ledger.close()
    assert there.mailer("fleet", "import", str(path)).code == 0
    found = {one["id"]: one["state"] for one in there.mailer("outbox", "--json").objects}
    assert found == {sending.id: "in-doubt", claimed.id: "deferred"}


def test_who_had_the_file_open_before_sends_nothing_from_it_after(desk, postgresql, database, tmp_path):
    path = tmp_path / "other" / "ledger.sqlite"
    with open_ledger(path, clock=Clock()) as ledger:
        assert ledger.log() is not None
        assert Moved(desk, postgresql, database).mailer("fleet", "import", str(path)).code == 0
        with pytest.raises(Exception, match="has moved into a database"):
            ledger.claim(letter())


def test_queued_letters_have_their_jobs(desk, postgresql, database):
    assert Moved(desk, postgresql, database).mailer("fleet", "import", str(ledger_of(desk))).code == 0
    with postgresql.raw(database) as connection:
        jobs = connection.execute("SELECT args ->> 'role', scheduled_at FROM procrastinate.procrastinate_jobs")
        (job,) = jobs.fetchall()
    assert job[0] == "jo"
    assert job[1].isoformat().startswith("2027-01-12")


def test_who_was_forgotten_is_still_not_written_to_by_another_owner(desk, postgresql, database):
    there = Moved(desk, postgresql, database)
    assert desk.mailer("people", "forget", "dana", "--yes").code == 0
    assert there.mailer("fleet", "import", str(ledger_of(desk))).code == 0
    done = there.mailer("send", "r.md", "--yes", "--json", MAILER_OWNER="ann")
    assert done.code == 1
    assert "stop" in [one["check"] for one in done.json["problems"]] or "hold" in done.out


def test_a_ledger_of_an_earlier_version_comes_over(desk, postgresql, database, tmp_path):
    path = tmp_path / "earlier" / "ledger.sqlite"
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(DUMP)
        many = db.execute("SELECT count(*) FROM letters WHERE sent IS NOT NULL").fetchone()[0]
    there = Moved(desk, postgresql, database)
    done = there.mailer("fleet", "import", str(path))
    assert done.code == 0, done.all
    assert len(there.mailer("log", "--json").objects) == many
    assert sorted(one.name for one in path.parent.iterdir()) == ["ledger.sqlite"]


@pytest.mark.parametrize(
    ("made", "code", "words"),
    [
        (None, 66, "there is no ledger"),
        (b"", 66, "there is no ledger"),
        (b"some words\n" * 999, 73, "not a ledger"),
        ("CREATE TABLE other (x)", 73, "belongs to another program"),
        ("PRAGMA application_id = 1835100524; PRAGMA user_version = 999; CREATE TABLE x (x)", 73, "a newer mailer"),
    ],
)
def test_what_is_no_ledger_is_said_to_be_none(desk, postgresql, database, made, code, words):
    path = desk.folder / "some.sqlite"
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif made:
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.executescript(made)
    done = Moved(desk, postgresql, database).mailer("fleet", "import", "some.sqlite")
    assert done.code == code
    assert words in done.err
    assert "some.sqlite" in done.err
    if made is not None and made != b"":
        assert [one.name for one in desk.folder.iterdir() if one.name.startswith("mailer-")] == []


def test_without_a_database_it_says_what_to_set(desk):
    done = desk.mailer("fleet", "import", str(ledger_of(desk)))
    assert done.code == 2
    assert "MAILER_LEDGER" in done.err


def test_where_the_database_fails_at_the_end_the_command_is_run_again(desk, postgresql, database, monkeypatch):
    from mailer.ledger.postgresql.store import PostgresStore

    there, commit = Moved(desk, postgresql, database), PostgresStore._commit

    def fails(store):
        store._to.close()
        commit(store)

    before = screens(desk.mailer)
    monkeypatch.setattr(PostgresStore, "_commit", fails)
    done = there.mailer("fleet", "import", str(ledger_of(desk)))
    assert done.code == 73
    assert "run the command again" in done.err
    monkeypatch.undo()
    assert desk.mailer("send", "noor.md", "--yes").code == 73
    assert there.mailer("fleet", "import", str(ledger_of(desk))).code == 0
    assert screens(there.mailer) == before
