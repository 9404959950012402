"""``MAILER_OWNER``: a ledger for each owner, and one stop for all of them."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest

from tests.kit.letters import LETTER
from tests.kit.smtp_server import HANG, Scripted
from tests.kit.world import World, put, through
from tests.kit.year import Year

MORE = LETTER.replace("Template: runner-up", "Template: something-useful").split("\n\n")[0]
OWN = "From: jo@novak.example\nTo: {}\nSubject: Hello\n\nGood luck with the bench.\n"


@pytest.fixture(params=["file", pytest.param("postgresql", marks=pytest.mark.real)])
def house(request, tmp_path, server):
    """A house whose ledgers are files, or rows of one role in a database."""
    is_file = request.param == "file"
    if request.node.get_closest_marker("file") and not is_file:
        pytest.skip("it is about the file")
    house = Year(tmp_path, server)
    if not is_file:
        database = request.getfixturevalue("postgresql")
        database.empty(database.shared)
        house.settings["MAILER_LEDGER"] = database.url(database.shared)
    put(tmp_path, "r.md", LETTER)
    put(tmp_path, "own.md", OWN.format("Dana Ruiz <dana.ruiz@acme.example>"))
    return house


def send(house, owner, name="r.md", *args):
    return house.mailer("send", name, "--yes", "--json", *args, MAILER_OWNER=owner)


def test_two_owners_may_write_to_one_manager_and_each_once(house):
    told = [send(house, owner).json["status"] for owner in ("", "alice", "bob@x.example", "", "Alice", " ALICE ")]
    assert told == ["sent"] * 3 + ["already-sent"] * 3
    assert len(house.server.messages) == 3


def test_nobody_sees_the_letters_and_people_of_another(house):
    send(house, "alice")
    assert house.mailer("people", "add", "lee@x.example", "--name", "Lee", MAILER_OWNER="bob").code == 0
    assert [one["name"] for one in house.mailer("people", "--json", MAILER_OWNER="bob").objects] == ["Lee"]
    assert [one["name"] for one in house.mailer("people", "--json", MAILER_OWNER="alice").objects] == ["Dana Ruiz"]
    assert house.mailer("people", "--json").objects == []
    assert [len(house.mailer("log", "--json", MAILER_OWNER=name).objects) for name in ("", "alice", "bob")] == [0, 1, 0]


@pytest.mark.file
def test_a_ledger_that_is_begun_beside_others_is_told_of(house):
    told = [send(house, owner).err for owner in ("alice", "alice", "", "", "bob")]
    assert ["A ledger is begun" in err for err in told] == [False, False, True, False, True]
    assert "begun for who is not named, beside that of alice. If this" in told[2]
    assert "set MAILER_OWNER" in told[2]
    assert "begun for the owner bob, beside that of who is not named, alice. If" in told[4]


@pytest.mark.file
def test_what_was_there_belongs_to_who_is_not_named(house):
    send(house, "")
    assert (house.folder / "home" / "data" / "ledger.sqlite").exists()
    assert len(house.mailer("log", "--json").objects) == 1


class TestStop:
    @pytest.fixture(autouse=True)
    def stopped(self, house):
        send(house, "alice")
        assert house.mailer("stop", "dana", "--why", "secret of alice", MAILER_OWNER="alice").code == 0

    @pytest.mark.parametrize("owner", ["", "bob", "alice"])
    @pytest.mark.parametrize("header", ["To", "Cc", "Bcc"])
    def test_holds_for_all_owners_in_every_header(self, house, owner, header):
        to = "" if header == "To" else "To: lee@x.example\n"
        put(house.folder, "own.md", OWN.replace("To: {}", f"{to}{header}: Dana.Ruiz@ACME.example"))
        done = send(house, owner, "own.md")
        assert (done.code, done.json["status"]) == (1, "not-ready")
        assert [one["check"] for one in done.json["problems"] if one["level"] == "block"] == ["stop"]
        assert ("secret" in done.json["error"]["text"]) == (owner == "alice")
        assert len(house.server.messages) == 1

    def test_cannot_be_allowed(self, house):
        assert send(house, "bob", "own.md", "--allow", "stop").code == 2

    def test_is_due_to_nobody_here(self, house):
        house.mailer("people", "add", "dana.ruiz@acme.example", "--name", "Dana", MAILER_OWNER="bob")
        house.mailer("touch", "dana", "--by", "call", "--next", "tomorrow", MAILER_OWNER="bob")
        for words in (("due", "--on", "+3d"), ("due", "--within", "9")):
            assert "Dana" not in house.mailer(*words, MAILER_OWNER="bob").out
        house.now += timedelta(days=3)
        assert "Dana" not in house.mailer(MAILER_OWNER="bob").out
        assert house.mailer("--json", MAILER_OWNER="bob").json["due"] == []
        told = house.mailer("due", "dana", "--json", MAILER_OWNER="bob").json
        assert (told["state"], told["next"]) == ("stopped", None)
        assert "secret" not in str(told)

    def test_no_screen_names_them_as_next(self, house):
        house.mailer("people", "add", "dana.ruiz@acme.example", "--name", "Dana", MAILER_OWNER="bob")
        house.mailer("touch", "dana", "--by", "call", "--next", "+20d", MAILER_OWNER="bob")
        house.mailer("people", "add", "lee@acme.example", "--name", "Lee", MAILER_OWNER="bob")
        house.mailer("touch", "lee", "--by", "call", "--next", "+30d", MAILER_OWNER="bob")
        assert "Next: Lee" in house.mailer(MAILER_OWNER="bob").out
        assert "another owner here" in house.mailer("people", "show", "dana", MAILER_OWNER="bob").out
        assert [one["state"] for one in house.mailer("people", "--json", MAILER_OWNER="bob").objects] == [
            "waiting",
            "stopped",
        ]
        done = house.mailer("follow-up", "dana", "--template", "check-in", "--yes", MAILER_OWNER="bob")
        assert (done.code, done.out) == (1, "")
        assert "another owner here was asked" in done.err
        assert "resume" not in done.err

    def test_counts_for_nothing_on_a_full_screen(self, house):
        rows = "".join(f"P{n},p{n}@k.example,2026-11-02,gracious-six,Co{n}\n" for n in range(20))
        put(house.folder, "p.csv", "name,email,refused-on,plan,company\n" + rows)
        for owner in ("alice", "bob"):
            assert house.mailer("people", "import", "p.csv", "--yes", MAILER_OWNER=owner).code == 0
        assert house.mailer("stop", "p3@k.example", MAILER_OWNER="alice").code == 0
        assert "Write today (19)" in house.mailer(MAILER_OWNER="bob").out
        assert len(house.mailer("--json", MAILER_OWNER="bob").json["due"]) == 19

    def test_is_lifted_by_its_own_owner_alone(self, house):
        house.mailer("resume", "dana", MAILER_OWNER="alice")
        assert send(house, "bob", "own.md").json["status"] == "sent"

    def test_holds_for_who_was_forgotten_too(self, house):
        assert house.mailer("people", "forget", "dana", "--yes", MAILER_OWNER="alice").code == 0
        assert send(house, "bob", "own.md").json["status"] == "not-ready"

    def test_holds_for_a_letter_that_is_queued(self, house):
        house.mailer("resume", "dana", MAILER_OWNER="alice")
        assert send(house, "bob", "own.md", "--queue").json["status"] == "queued"
        house.mailer("stop", "dana", MAILER_OWNER="alice")
        done = house.mailer("outbox", "send", "--json", MAILER_OWNER="bob")
        assert (done.code, done.json["status"]) == (1, "not-ready")
        house.mailer("resume", "dana", MAILER_OWNER="alice")
        assert house.mailer("outbox", "send", "--json", MAILER_OWNER="bob").json["status"] == "sent"


def test_who_stops_for_their_own_sake_stops_nobody_else(house):
    send(house, "alice")
    assert house.mailer("stop", "--everyone", "--why", "a new job", MAILER_OWNER="alice").code == 0
    assert send(house, "alice", "own.md").json["status"] == "not-ready"
    assert send(house, "bob", "own.md").json["status"] == "sent"


def test_a_hold_is_the_owners_own(house):
    send(house, "alice")
    house.mailer("hold", "dana", MAILER_OWNER="alice")
    assert send(house, "bob", "own.md").json["problems"] == []


class TestAllOwners:
    @pytest.fixture(autouse=True)
    def two(self, house):
        send(house, "")
        send(house, "zoë")
        house.now += timedelta(days=60)

    def test_today(self, house):
        done = house.mailer("--all-owners")
        assert done.code == 0
        assert done.out.index("Without an owner:") < done.out.index("zoë:")
        assert done.out.count("Write today (1)") == 2
        told = house.mailer("--all-owners", "--json").objects
        assert [(one["owner"], len(one["due"])) for one in told] == [("", 1), ("zoë", 1)]

    @pytest.mark.parametrize("words", [("due",), ("people",), ("people", "dana"), ("log",), ("log", "dana")])
    def test_lists(self, house, words):
        told = house.mailer("--all-owners", *words, "--json").objects
        assert [one["owner"] for one in told] == ["", "zoë"]
        assert house.mailer("--all-owners", *words).out.count("ana") >= 2

    def test_sends_what_has_come_due(self, house):
        for owner in ("", "zoë"):
            assert send(house, owner, "own.md", "--queue").json["status"] == "queued"
        assert [one["owner"] for one in house.mailer("--all-owners", "outbox", "--json").objects] == ["", "zoë"]
        done = house.mailer("--all-owners", "outbox", "send", "--json")
        assert [(one["owner"], one["status"]) for one in done.objects] == [("", "sent"), ("zoë", "sent")]
        assert house.mailer("--all-owners", "outbox", "--json").objects == []

    @pytest.mark.file
    def test_ctrl_c_that_leaves_a_letter_in_doubt_ends_the_run_before_the_next_owner(self, house, monkeypatch):
        def stops(_server):
            os.kill(os.getpid(), signal.SIGINT)
            return HANG

        monkeypatch.setattr("mailer.sending.submission.PATIENCE", 0.2)
        with Scripted({"final": [stops]}, keeps=True) as server:
            for owner in ("", "zoë"):
                more = through(server, MAILER_OWNER=owner)
                assert house.mailer("send", "own.md", "--yes", "--queue", **more).code == 0
            done = house.mailer("--all-owners", "outbox", "send", "--json", **through(server))
            assert (done.code, [(one["owner"], one["status"]) for one in done.objects]) == (76, [("", "in-doubt")])
            assert len(server.messages) == 1

    @pytest.mark.parametrize(
        "words",
        [("send", "r.md"), ("people", "add", "x@y.example"), ("outbox", "drop", "x"), ("stop", "dana"), ("sync",)],
    )
    def test_what_is_one_owners_own_is_refused(self, house, words):
        done = house.mailer("--all-owners", *words)
        assert done.code == 2
        assert "MAILER_OWNER" in done.err

    def test_the_owner_that_is_set_is_one_of_all(self, house):
        told = house.mailer("--all-owners", "log", "--json", MAILER_OWNER="zoë").objects
        assert [one["owner"] for one in told] == ["", "zoë"]

    @pytest.mark.file
    def test_the_most_serious_code_counts(self, house):
        ledger = house.folder / "home" / "data" / "ledger.sqlite"
        for path in ledger.parent.glob("ledger.sqlite*"):
            path.write_bytes(b"no ledger")
        done = house.mailer("--all-owners", "log", "--json")
        assert done.code == 73
        assert [one.get("owner") for one in done.objects if "id" in one] == ["zoë"]


def test_without_any_owner_it_says_so(tmp_path):
    done = World(tmp_path).mailer("--all-owners", "due")
    assert (done.code, done.out, done.err) == (0, "", "There is no ledger here yet.\n")
    assert World(tmp_path).mailer("--all-owners", "due", "--json").all == ""


def test_who_has_nothing_is_no_owner(house):
    send(house, "zoë")
    house.mailer("log", MAILER_OWNER="zo")
    told = house.mailer("--all-owners", "--json").objects
    assert [one["owner"] for one in told] == ["zoë"]
    assert house.mailer("--all-owners", "log").out.count(":\n") == 1


class TestFolder:
    """The working folder's file may name an owner once it is trusted."""

    @pytest.fixture(autouse=True)
    def named(self, house):
        put(house.folder, ".env", "MAILER_OWNER=mallory\n")

    def test_not_before(self, house):
        done = house.mailer("send", "r.md", "--yes", "--json")
        assert (done.code, len(house.server.messages)) == (78, 0)
        for words in (("log",), ("people",), ("outbox",), ("due",), ()):
            assert house.mailer(*words).code == 78, words
        assert "mailer trust" in done.err

    def test_check_asks_nobody_and_says_so(self, house):
        done = house.mailer("check", "r.md")
        assert done.code == 0, done
        assert "MAILER_OWNER" in done.err

    def test_once_it_is_trusted(self, house):
        assert house.mailer("trust", "--yes").code == 0
        assert house.mailer("send", "r.md", "--yes").code == 0
        assert len(house.mailer("log", "--json").objects) == 1
        assert house.mailer("log", "--json", MAILER_OWNER="other").objects == []


@pytest.mark.file
@pytest.mark.parametrize("name", ["../../x", "a/b", ".", "..", "CON", "a\\b", "ä ö", "x" * 80])
def test_a_name_leads_nowhere_else(house, name):
    assert send(house, name).json["status"] == "sent"
    data = house.folder / "home" / "data"
    assert [path.parent.parent for path in house.folder.rglob("ledger.sqlite")] == [data]
    assert [one["owner"] for one in house.mailer("--all-owners", "log", "--json").objects] == [name.casefold()]


@pytest.mark.parametrize("name", ["x" * 81, "a\tb", "ä" * 41])
def test_what_is_no_name(house, name):
    assert send(house, name).code == 78
