"""After ``forget`` no file of ours has a word of the person; no letter goes twice, and a stop is not forgotten."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from mailer.errors import BadData, Later
from mailer.ledger import hashes
from mailer.ledger.ledger import open_ledger
from mailer.message.address import Mailbox
from tests.kit import ledger as letters
from tests.people.people_kit import World, old_ledger

NEEDLES = (b"dana", b"ruiz", b"acme", b"robotics", b"turbine", b"test bench", b"loves chess", b"data engineer")
WORDS = {"subject": "The turbine talk", "prose": "Your test bench stayed with me.", "letter_file": "/home/dana.md"}


@pytest.fixture
def world(tmp_path, place):
    world = World(tmp_path, ledger=place)
    world.send(**WORDS, attachments=(letters.attachment(b"for Dana Ruiz"),))
    world.run("people", "edit", "dana", code=2)
    world.run("touch", "dana", "--by", "call", "--note", "Dana loves chess")
    world.run("touch", "dana", "--by", "answer", "--note", "Dana Ruiz says: maybe")
    world.run("hold", "dana", "--until", "2027-02-01", "--why", "Dana is at the turbine fair")
    world.run("people", "add", "lee@else.example", "--name", "Lee Brandt", "--company", "Elsewhere")
    return world


@pytest.mark.file
def test_no_word_is_left_in_any_file(world):
    before = world.octets().lower()
    assert all(needle in before for needle in NEEDLES if needle != b"acme robotics")
    done = world.json("people", "forget", "dana", "--yes")[0]
    after = world.octets().lower()
    assert [needle for needle in NEEDLES if needle in after] == []
    assert b"lee brandt" in after
    assert (done["letters"], done["stopped"]) == (1, False)
    assert [one["name"] for one in world.json("people")] == ["Lee Brandt"]
    assert world.json("log") == [] == world.json("outbox")


def test_also_what_was_changed_before_and_what_was_refused_or_waits(world):
    world.send(
        outcome=lambda claim: letters.ended(claim, "deferred", letters.LATER), subject="turbine two", company="x"
    )
    said = letters.Reply(550, "5.7.1", "dana.ruiz@acme.example does not want the turbine")
    world.send(
        outcome=lambda claim: letters.ended(claim, "refused", said), subject="turbine three", position="data engineer"
    )
    doubtful = {"subject": "turbine four", "template": "thank-you"}
    world.send(outcome=lambda claim: letters.ended(claim, "in-doubt"), **doubtful)
    with world.book() as book:
        one = book.person("dana")
        book.change(one, one.card._replace(name="D. Weber", note="was Dana Ruiz"))
    world.run("people", "forget", "weber", "--yes")
    after = world.octets().lower()
    assert [needle for needle in (*NEEDLES, b"weber") if needle in after] == []
    with open_ledger(world.ledger) as ledger:
        assert ledger.claim(letters.letter(text="We met.", **doubtful)).kind == "already-sent"
        assert ledger.outbox() == []


def test_letters_to_others_that_name_them_are_listed(world):
    for name, text in (("lee", "Say hello to Dána Ruiz."), ("sam", "Say hello to Dana.")):
        with open_ledger(world.ledger, clock=lambda: world.now) as ledger:
            new = letters.letter((Mailbox(f"{name}@else.example", name),), prose=text)
            letters.go(ledger, new, letters.sent)
    named = {one["to"][0]: one["id"] for one in world.json("log")}["lee@else.example"]
    (told,) = world.json("people", "forget", "dana", "--yes")
    assert told["letters_to_others"] == [named]
    world.run("people", "add", "dana.ruiz@acme.example", "--name", "Dana Ruiz")
    assert named in world.run("people", "forget", "dana", "--yes").err


def test_a_letter_does_not_go_twice(world):
    world.run("people", "forget", "dana", "--yes")
    same, other = (
        letters.letter(**WORDS, attachments=(letters.attachment(b"for Dana Ruiz"),)),
        letters.letter(text="No."),
    )
    with open_ledger(world.ledger, clock=lambda: world.now) as ledger:
        assert ledger.peek(same.identity, same.content_digest).kind == "already-sent"
        assert ledger.claim(same).kind == "already-sent"
        assert ledger.claim(other).kind == "other-words"
        draft = ledger.record_draft(same, "me", "Drafts")
        assert ledger.claim(same).kind == "already-sent", "a draft does not make it new"
        ledger.draft_refused(draft)
        assert ledger.claim(letters.letter((letters.LEE,))).kind == "new"
        assert ledger.claim(same, again=True).kind == "new"


@pytest.mark.file
def test_without_the_key_the_hashes_say_nothing(world):
    world.run("people", "forget", "dana", "--yes")
    new = letters.letter(**WORDS)
    with closing(sqlite3.connect(world.ledger)) as db, db:
        assert db.execute(
            "SELECT count(*) FROM letters WHERE identity = ?", (bytes.fromhex(new.identity),)
        ).fetchone() == (0,)
        assert db.execute("SELECT message_id, kind FROM letters, forgotten").fetchall() == [("", "message-id")]
    db.close()


def stopped_before(world, address):
    with open_ledger(world.ledger, clock=lambda: world.now) as ledger:
        tells = hashes.recogniser(ledger.store, "stop")
    return bool(tells and tells(address))


def test_a_stop_outlives_the_person_until_it_is_resumed(world):
    world.run("stop", "dana", "--why", "asked")
    assert world.json("people", "forget", "dana", "--yes")[0]["stopped"]
    assert stopped_before(world, "dana.ruiz@acme.example")
    assert not stopped_before(world, "lee@else.example")
    (again,) = world.json("people", "add", "dana.ruiz@acme.example", "--name", "Dana Ruiz", "--plan", "gracious-six")
    assert (again["state"], again["why"][0]) == ("stopped", "stopped: they were stopped before they were forgotten")
    world.run("resume", "dana")
    assert not stopped_before(world, "dana.ruiz@acme.example")
    world.send(again=True, **WORDS)
    assert world.json("people", "show", "dana")[0]["state"] != "stopped"


def test_a_letter_to_somebody_who_was_stopped_and_forgotten_makes_somebody_stopped(world):
    world.run("stop", "dana")
    world.run("people", "forget", "dana", "--yes")
    world.send(again=True, **WORDS)
    assert world.json("people", "dana")[0]["state"] == "stopped"


@pytest.mark.file
def test_the_colleagues_dates_say_nothing_of_them(world):
    world.run(
        "people",
        "add",
        "sam@acme.example",
        "--name",
        "Sam Becker",
        "--company",
        "Acme Robotics",
        "--plan",
        "once-a-year",
    )
    world.run("resume", "dana")
    world.run(
        "people", "add", "kim@acme.example", "--name", "Kim Ode", "--company", "Acme Robotics", "--plan", "gracious-six"
    )
    assert b"Dana Ruiz of the same company" in world.octets()
    world.run("people", "forget", "dana", "--yes")
    assert b"Dana" not in world.octets()
    assert b"Sam Becker" in world.octets()


def test_a_letter_to_two_people_loses_its_words_and_stays_the_others_touch(world):
    with open_ledger(world.ledger, clock=lambda: world.now) as ledger:
        both = (letters.DANA, Mailbox("lee@else.example", "Lee Brandt"))
        letters.go(ledger, letters.letter(both, subject="to both"), text=b"Dear Dana Ruiz")
    assert len(world.json("people", "show", "lee")[0]["timeline"]) == 1
    world.run("people", "forget", "dana", "--yes")
    assert b"ruiz" not in world.octets().lower()
    assert [one["kind"] for one in world.json("people", "show", "lee")[0]["timeline"]] == ["letter"]


@pytest.mark.file
def test_asks_and_says_which_files_still_name_them(world):
    world.run("resume", "dana")
    (world.folder / "plan.ics").write_text(
        "BEGIN:VCALENDAR\r\nPRODID:-//mailer//keeping in touch//EN\r\nEND:VCALENDAR\r\n"
    )
    world.run("due", "--ics", "plan.ics")
    world.run("backup", "kept.sqlite")
    assert "nobody can be asked" in world.run("people", "forget", "dana", code=2).err
    done = world.run("people", "forget", "dana", "--yes")
    assert done.out.splitlines() == [str(world.folder / "kept.sqlite"), str(world.folder / "plan.ics")]
    world.run("due", "--ics", "plan.ics")
    assert b"Dana" not in (world.folder / "plan.ics").read_bytes()


def test_a_letter_that_never_went_is_named_too(world):
    world.run("resume", "dana")
    world.run("follow-up", "dana", "--yes", "--no-edit", "next.md", "--template", "check-in")
    (world.folder / "other.md").write_text("To: lee@x.example\n\nHello.\n")
    done = world.run("people", "forget", "dana", "--yes")
    assert str(world.folder / "next.md") in done.out.splitlines()
    assert str(world.folder / "other.md") not in done.out.splitlines()


def test_a_letter_of_a_follow_up_is_known_wherever_it_was_written(world, tmp_path_factory):
    world.run("resume", "dana")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for name in ("next.md", "gone.md", "changed.md"):
        world.run("follow-up", "dana", "--yes", "--no-edit", str(elsewhere / name), "--template", "check-in")
    (elsewhere / "gone.md").unlink()
    (elsewhere / "changed.md").write_text("Template: check-in\nTo: lee@x.example\n\nHello.\n")
    done = world.run("people", "forget", "dana", "--yes")
    assert done.out.splitlines() == [str(elsewhere / "next.md")]


def test_not_while_a_letter_is_on_its_way(world):
    with open_ledger(world.ledger) as ledger, world.book() as book:
        ledger.claim(letters.letter((letters.LEE,)))
        with pytest.raises(Later, match="sending right now"):
            book.forget(book.person("dana"))
        assert book.person("dana").name == "Dana Ruiz"


@pytest.mark.file
def test_what_was_broken_off_is_finished_by_the_next_command(world, monkeypatch):
    from mailer.ledger import erasing

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "wipe", lambda store: None)
        world.run("people", "forget", "dana", "--yes")
    assert b"unwiped" in world.octets()
    world.run("people")
    assert b"unwiped" not in world.octets()


def test_the_copy_of_before_is_gone_too(tmp_path):
    world = World(tmp_path)
    old_ledger(world.ledger, [("Dana Ruiz", "dana.ruiz@acme.example", world.now, "runner-up")])
    world.run("people")
    assert (world.data / "ledger.sqlite.version-3").exists()
    world.run("people", "forget", "dana", "--yes")
    assert b"dana" not in world.octets().lower()


def test_nobody(world):
    with world.book() as book, pytest.raises(BadData):
        book.forget(book.person("nobody"))


def test_no_letter_goes_to_somebody_who_was_stopped_and_forgotten(world, tmp_path):
    def stops(address, code=0):
        (tmp_path / "o.md").write_text(f"From: me@me.example\nTo: {address}\nSubject: Hi\n\nHow is the bench?\n")
        told = json.loads(world.run("check", "o.md", "--json", code=code).out)
        return [(one["level"], one["hint"]) for one in told["problems"] if one["check"] == "stop"]

    world.run("stop", "dana", "--why", "asked")
    world.run("people", "forget", "dana", "--yes")
    ((level, hint),) = stops("Dana.Ruiz@Acme.example", code=1)
    assert level == "block"
    assert "mailer people add Dana.Ruiz@acme.example, then mailer resume" in hint
    assert stops("lee@acme.example") == []
    world.run("people", "add", "dana.ruiz@acme.example")
    world.run("resume", "dana.ruiz@acme.example")
    assert stops("dana.ruiz@acme.example") == []
