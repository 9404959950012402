"""Before a letter goes to somebody who may have answered, the mailbox is looked at; nobody else is waited for."""

from __future__ import annotations

import time

import pytest

from tests.kit.imap_server import ImapServer
from tests.kit.inbox import DANA, Mailbox, bounce, written
from tests.kit.smtp_server import recording_server
from tests.kit.world import put


@pytest.fixture
def box(tmp_path):
    with recording_server() as smtp, ImapServer() as imap:
        made = Mailbox(tmp_path, smtp, imap)
        made.first = made.send()
        assert imap.commands == [], "nobody can have answered to the first letter"
        put(tmp_path, "f.md", f"From: Jo <jo@novak.example>\nTo: {DANA}\nSubject: One more thing\n\nHello again.\n")
        yield made.later(days=40)


def follow_up(box, **more):
    return box.mailer("send", "f.md", "--yes", "--json", **more)


def test_whoever_answered_an_hour_ago_is_not_followed_up(box):
    box.arrives(
        written(f"Dana Ruiz <{DANA}>", "Re: Data Engineer", "Thank you, call me.\r\n", box.now, in_reply_to=box.first)
    )
    done = follow_up(box)
    assert (done.code, done.json["status"]) == (1, "not-ready"), done
    assert [one["check"] for one in done.json["problems"] if one["level"] == "block"] == ["answered"]
    assert "Dana Ruiz: answer, read just now" in done.err
    assert len(box.smtp.messages) == 1
    assert box.sync()[-1]["read"] == 0, "what was read then is kept"


def test_who_did_not_answer_gets_the_letter(box):
    box.arrives(written("news@shop.example", "Offer", at=box.now))
    done = follow_up(box)
    assert (done.code, done.json["status"]) == (0, "sent"), done
    assert "read just now" not in done.err
    assert "answered" not in done.err
    assert len([line for line in box.imap.commands if "EXAMINE" in line]) == 2


def test_who_wants_to_be_left_alone(box):
    words = "Please stop writing to me.\r\n"
    box.arrives(written(f"Dana Ruiz <{DANA}>", "Re: Data Engineer", words, box.now, in_reply_to=box.first))
    done = follow_up(box)
    assert done.code in (1, 2)
    assert {one["check"] for one in done.json["problems"] if one["level"] == "block"} == {"stop"}


def test_the_setting_turns_it_off(box):
    box.arrives(written(DANA, "Re: x", at=box.now, in_reply_to=box.first))
    assert follow_up(box, MAILER_SYNC="no").code == 0
    assert box.imap.commands == []


def test_a_setting_that_is_wrong_is_told(box):
    done = follow_up(box, MAILER_SYNC="sometimes")
    assert done.code == 78
    assert "MAILER_SYNC" in done.err


@pytest.mark.parametrize(
    "args", [("check", "f.md"), ("preview", "f.md"), ("rehearse", "f.md"), ("send", "f.md", "--to-myself", "--yes")]
)
def test_what_sends_nothing_to_them_does_not_look(box, args):
    box.mailer(*args)
    assert box.imap.commands == []


def test_a_stranger_is_not_waited_for(box):
    put(box.folder, "s.md", "From: jo@novak.example\nTo: kim@birch.example\nSubject: Hello\n\nHello.\n")
    assert box.mailer("send", "s.md", "--yes").code == 0
    assert box.imap.commands == []


def test_one_look_for_a_batch(box):
    put(box.folder, "b.md", "From: jo@novak.example\nTo: {{ email }}\nSubject: Hello\n\nHello {{ name }}.\n")
    put(box.folder, "b.csv", f"name,email\nKim,kim@birch.example\nDana,{DANA}\nLee,lee@cedar.example\n")
    box.arrives(written(DANA, "Re: x", at=box.now, in_reply_to=box.first))
    done = box.mailer("send", "b.md", "--each", "b.csv", "--yes", "--json")
    assert {one["row"]: one["status"] for one in done.objects} == {1: "sent", 2: "not-ready", 3: "sent"}, done
    assert box.imap.connections == 1


@pytest.mark.parametrize("more", [{"MAILER_PASSWORD": "", "MAILER_IMAP_PORT": "1"}, {"MAILER_IMAP_PORT": "1"}])
def test_a_mailbox_that_cannot_be_read_is_a_note(box, more):
    done = follow_up(box, **more)
    assert done.code == 0, done
    assert "Could not check whether they have answered" in done.err


def test_a_mailbox_that_is_silent_is_not_waited_for(box, monkeypatch):
    monkeypatch.setattr("mailer.syncing.before_send.SECONDS", 0.5)
    box.imap.faults["EXAMINE"] = ["silent"]
    began = time.monotonic()
    done = follow_up(box, MAILER_TIMEOUT="60")
    assert done.code == 0, done
    assert time.monotonic() - began < 20
    assert "Could not check whether" in done.err


def test_a_mailbox_that_was_never_read_is_looked_at_from_its_end(box, monkeypatch):
    monkeypatch.setattr("mailer.syncing.before_send._NEWEST", 2)
    box.arrives(bounce(box.first, "5.2.2"))
    for number in range(3):
        box.arrives(written(f"n{number}@shop.example", "Offer"))
    box.arrives(written(DANA, "Re: x", at=box.now, in_reply_to=box.first))
    assert follow_up(box).code == 1
    *events, last = box.sync()
    assert ([one["class"] for one in events], last["read"]) == (["bounced"], 5), "sync reads what the look left out"
