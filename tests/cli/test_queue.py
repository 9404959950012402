"""``send --queue`` and ``--at``, ``mailer outbox send``: agreed to now, sent once, when its time has come."""

from __future__ import annotations

import collections
import os
import random
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest

from mailer.sending.values import Pace
from tests.kit.imap_server import ImapServer
from tests.kit.inbox import Mailbox, written
from tests.kit.letters import BATCH, people
from tests.kit.letters import LETTER as DANA
from tests.kit.letters import SHORT as LETTER
from tests.kit.smtp_server import HANG, OK, Scripted, recording_server, wait_until
from tests.kit.world import NOW, World, program, put, through
from tests.kit.year import Year


class Later(World):
    """A user who queues letters."""

    def queue(self, server, *args, code=0):
        done = self.send(server, *(args or ("l.md",)), "--queue")
        assert done.code == code, done
        return done.objects

    def send_due(self, server, *args, code=0, **more):
        done = self.mailer("outbox", "send", "--json", *args, **{**through(server), **more})
        assert done.code == code, done
        return done.objects


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(4))
    return Later(tmp_path).with_letter()


def test_what_was_looked_at_a_while_ago_is_looked_at_again(desk, server, monkeypatch):
    from mailer.sending import come_due, kept_back

    looks = []

    class Looking(kept_back.SecondLook):
        def __init__(self, store, letters, *more):
            looks.append(len(letters))
            super().__init__(store, letters, *more)

    desk.queue(server, "b.md", "--each", "p.csv")
    monkeypatch.setattr(kept_back, "SecondLook", Looking)
    monkeypatch.setattr(come_due, "_FRESH", -1)
    assert len(desk.send_due(server)) == 4
    assert looks == [4, 4, 3, 2, 1]


def test_a_queued_letter_goes_once_when_it_is_asked_for(desk, server):
    (told,) = desk.queue(server)
    assert (told["status"], told["error"], bool(told["id"])) == ("queued", None, True)
    assert not server.messages
    (waiting,) = desk.outbox()
    assert (waiting["state"], waiting["id"], waiting["attempts"]) == ("queued", told["id"], 0)
    assert datetime.fromisoformat(waiting["due"]) == NOW
    assert [one["status"] for one in desk.send_due(server)] == ["sent"]
    assert desk.send_due(server) == []
    assert desk.outbox() == []
    (message,) = server.messages
    assert message.rcpt_to == ("dana@acme.example",)
    assert desk.send(server).json["status"] == "already-sent"
    assert desk.mailer("log", "--json").json["message_id"] == told["message_id"]


@pytest.mark.parametrize("args", [(), ("--queue",), ("--at", "tomorrow 8:00"), ("--again",), ("--queue", "--again")])
def test_it_is_queued_once(desk, server, args):
    (first,) = desk.queue(server)
    told = desk.send(server, "l.md", *args)
    assert (told.code, told.json["status"], told.json["id"]) == (0, "already-queued", first["id"])
    assert not server.messages
    assert len(desk.outbox()) == 1


def test_other_words_wait_until_the_queued_ones_are_let_go(desk, server):
    (told,) = desk.queue(server)
    put(desk.folder, "l.md", LETTER.replace("Good luck", "All the best"))
    done = desk.send(server, "l.md", "--queue")
    assert (done.code, done.json["status"]) == (1, "not-ready")
    assert f"outbox drop {told['id']}" in done.json["error"]["hint"]
    assert desk.mailer("outbox", "drop", told["id"]).code == 0
    assert desk.outbox() == []
    assert desk.send_due(server) == []
    desk.queue(server)
    desk.send_due(server)
    assert [b"All the best" in message.content for message in server.messages] == [True]


def test_it_waits_since_it_was_put_off_and_not_until(desk, server):
    put(desk.folder, "own.md", "From: Jo <jo@novak.example>\nTo: lee@x.example\nSubject: More\n\nHello.\n")
    assert desk.send(server, "own.md").json["status"] == "sent", "there is a ledger, which the checks read"
    desk.send(server, "l.md", "--at", "tomorrow 9:10")
    assert desk.send(server, "b.md", "--each", "p.csv", "--at", "tomorrow 9:10").code == 0
    assert [datetime.fromisoformat(one["since"]) for one in desk.outbox()] == [NOW] * 5


def test_the_time_is_kept_and_is_the_date_of_the_letter(desk, server):
    done = desk.send(server, "l.md", "--at", "tomorrow 9:10")
    assert (done.code, done.json["status"]) == (0, "queued")
    assert "Tuesday 24 November, 09:10" in done.err
    assert desk.outbox()[0]["due"] == "2026-11-24T09:10:00+00:00"
    assert datetime.fromisoformat(desk.outbox()[0]["since"]) == NOW, "when it was put off, not until when"
    assert "not before Tuesday 24 November, 09:10" in desk.mailer("outbox").out
    early = desk.mailer("outbox", "send", **through(server))
    assert (early.code, early.out) == (0, "")
    assert "1 letter waits until Tuesday 24 November, 09:10." in early.err
    desk.now = NOW + timedelta(days=1, seconds=-1)
    assert desk.send_due(server) == []
    desk.now = NOW + timedelta(days=1)
    assert [one["status"] for one in desk.send_due(server)] == ["sent"]
    date = parsedate_to_datetime(message_from_bytes(server.messages[0].content)["Date"])
    assert date == NOW + timedelta(days=1)


@pytest.mark.parametrize("text", ["yesterday 9:00", "8:00", "2026-11-23 09:10", "nonsense", "25:00", "", "2026-02-30"])
def test_a_time_that_has_passed_or_is_none_is_bad_data(desk, server, text):
    done = desk.mailer("send", "l.md", "--yes", "--at", text, **through(server))
    assert done.code == 65, done
    assert "--at" in done.err
    assert desk.outbox() == []


@pytest.mark.parametrize(
    "args", [("--queue", "--to-myself"), ("--at", "+2h", "--to-myself"), ("--queue", "--rate", "3/min")]
)
def test_what_makes_no_sense_is_wrong_usage(desk, server, args):
    assert desk.mailer("send", "l.md", "--yes", *args, **through(server)).code == 2


def test_somebody_is_asked(desk, server):
    assert desk.mailer("send", "l.md", "--queue", **through(server)).code == 2
    assert desk.outbox() == []


def test_what_a_check_blocks_is_not_queued(desk, server):
    put(desk.folder, "l.md", LETTER.replace("Good luck.", "Hello ‹Name›, see the attached CV."))
    done = desk.send(server, "l.md", "--queue")
    assert (done.code, done.json["status"]) == (1, "not-ready")
    assert desk.outbox() == []


def test_no_secret_is_needed_until_it_goes(desk, server):
    there = {**through(server), "MAILER_SMTP_USERNAME": "jo@novak.example"}
    assert desk.mailer("send", "l.md", "--yes", "--queue", **there).code == 0
    done = desk.mailer("outbox", "send", "--json", **there)
    assert (done.code, done.json["status"]) == (77, "not-sent")
    assert desk.states() == ["queued"]


def test_a_batch_is_queued_whole_and_each_row_goes_once(desk, server):
    put(desk.folder, "p.csv", people(40) + "N3,n3@x.example,C3\n")
    told = desk.queue(server, "b.md", "--each", "p.csv")
    assert collections.Counter(one["status"] for one in told) == {"queued": 40, "already-queued": 1}
    assert [one["row"] for one in told] == list(range(1, 42))
    assert len(desk.outbox()) == 40
    assert {one["status"] for one in desk.send_due(server)} == {"sent"}
    assert sorted(message.rcpt_to for message in server.messages) == sorted((f"n{n}@x.example",) for n in range(40))
    assert {one["status"] for one in desk.send(server, "b.md", "--each", "p.csv").objects} == {"already-sent"}


def test_all_are_queued_or_none(desk, server):
    """The ledger's disk is full with the last letter of a batch."""
    desk.queue(server, "l.md")
    put(desk.folder, "p.csv", people(70))
    ledger = desk.folder / "home" / "data" / "ledger.sqlite"
    with closing(sqlite3.connect(ledger)) as db, db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON contents WHEN NEW.letter = 60 BEGIN SELECT raise(ABORT, 'full'); END"
        )
    done = desk.send(server, "b.md", "--each", "p.csv", "--queue")
    assert done.code == 73, done
    assert {one["status"] for one in done.objects} == {"not-sent"}
    assert len(desk.outbox()) == 1


def test_what_a_server_defers_stays_queued_and_what_it_refuses_does_not(desk):
    script = {"rcpt": [OK, b"550 5.1.1 unknown\r\n", b"450 4.2.0 later\r\n", OK]}
    with Scripted(script, keeps=True) as server:
        desk.queue(server, "b.md", "--each", "p.csv")
        told = desk.send_due(server, code=69, MAILER_RETRY_SECONDS="0")
        assert [one["status"] for one in told] == ["sent", "refused", "deferred", "sent"]
        found = {one["to"][0]: one for one in desk.outbox()}
        assert {name: one["state"] for name, one in found.items()} == {
            "n1@x.example": "refused",
            "n2@x.example": "queued",
        }
        assert (found["n2@x.example"]["attempts"], found["n2@x.example"]["reply"]["code"]) == (1, 450)
        assert [one["status"] for one in desk.send_due(server)] == ["sent"]
        assert len(server.messages) == 3


def test_no_connection_leaves_all_queued(desk, server):
    desk.queue(server, "b.md", "--each", "p.csv")
    there = {"MAILER_SMTP_HOST": "127.0.0.1", "MAILER_SMTP_PORT": "1", "MAILER_SMTP_SECURITY": "none"}
    done = desk.mailer("outbox", "send", "--json", **there, MAILER_RETRY_SECONDS="0")
    assert done.code == 75, done
    assert desk.states() == ["queued"] * 4
    assert {one["status"] for one in desk.send_due(server)} == {"sent"}


def test_it_goes_from_the_mailbox_that_it_was_agreed_to_go_from(desk, server):
    desk.queue(server)
    done = desk.mailer("outbox", "send", "--json", **through(server, MAILER_SMTP_HOST="localhost"))
    assert (done.code, done.json["status"]) == (78, "not-sent")
    assert "127.0.0.1" in done.json["error"]["text"]
    assert desk.states() == ["queued"]
    assert not server.messages


def queued_for_two_accounts(desk, server):
    """A letter of each waits, the subject of which is the account."""
    for name, host in (("one", "127.0.0.1"), ("two", "localhost")):
        lines = [f"{key}={value}" for key, value in through(server, MAILER_SMTP_HOST=host).items()]
        put(
            desk.folder / "home" / "config" / "accounts",
            f"{name}.env",
            "\n".join([*lines, "MAILER_FROM=jo@novak.example"]),
        )
        put(desk.folder, f"{name}.md", LETTER.replace("Hello", name))
        assert desk.mailer("send", f"{name}.md", "--yes", "--queue", "--account", name).code == 0


def stops(_server):
    """Ctrl-C when the whole letter is there, and no reply to it."""
    os.kill(os.getpid(), signal.SIGINT)
    return HANG


def test_ctrl_c_that_leaves_a_letter_in_doubt_ends_the_run_before_the_next_account(desk, monkeypatch):
    monkeypatch.setattr("mailer.sending.submission.PATIENCE", 0.2)
    with Scripted({"final": [stops]}, keeps=True) as server:
        queued_for_two_accounts(desk, server)
        done = desk.mailer("outbox", "send", "--json")
        assert (done.code, [one["status"] for one in done.objects]) == (76, ["in-doubt"])
        assert len(server.messages) == 1
        done = desk.mailer("outbox", "send", "--json")
        assert [one["status"] for one in done.objects] == ["sent"]


def test_each_account_sends_its_own(desk, server):
    queued_for_two_accounts(desk, server)
    done = desk.mailer("outbox", "send", "--json", "--account", "two")
    assert [one["subject"] for one in done.objects] == ["two"]
    done = desk.mailer("outbox", "send", "--json")
    assert [(one["subject"], one["status"]) for one in done.objects] == [("one", "sent")]


@pytest.mark.parametrize("earlier", [False, True])
def test_a_mailbox_is_one_however_it_is_written(desk, server, earlier):
    there = through(server, MAILER_AUTH="none", MAILER_SMTP_HOST="LocalHost")
    done = desk.mailer("send", "l.md", "--yes", "--queue", **there, MAILER_SMTP_USERNAME="Jo@Novak.Example")
    assert done.code == 0, done
    if earlier:
        # As it was set is how earlier versions wrote it down.
        with closing(sqlite3.connect(desk.data / "ledger.sqlite")) as ledger, ledger:
            ledger.execute("UPDATE queue SET mailbox = 'Jo@Novak.Example at LocalHost'")
    there["MAILER_SMTP_HOST"] = "localhost"
    (told,) = desk.send_due(server, **{**there, "MAILER_SMTP_USERNAME": "jo@novak.example"})
    assert told["status"] == "sent"


def test_a_backup_that_is_put_back_sends_nothing_by_itself(desk, server):
    desk.queue(server)
    assert desk.mailer("backup", "b.mailer").code == 0
    desk.send_due(server)
    assert desk.mailer("restore", "b.mailer", "--force").code == 0
    assert desk.states() == ["deferred"]
    assert desk.send_due(server) == []
    assert len(server.messages) == 1


class TestSecondLook:
    @pytest.fixture
    def year(self, tmp_path, server):
        year = Year(tmp_path, server)
        put(tmp_path, "r.md", DANA)
        year.send("r.md")
        put(
            tmp_path,
            "f.md",
            DANA.replace("Template: runner-up", "From: Jo <jo@novak.example>\nSubject: Hi").split("Company")[0]
            + "\nHello.\n",
        )
        year.now += timedelta(days=40)
        return year

    def due(self, year, *args):
        return year.mailer("outbox", "send", "--json", *args)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("stop", "dana", "--why", "asked for it"), "asked for it"),
            (("hold", "dana", "--until", "3w"), "on hold until"),
            (("touch", "dana", "--by", "answer"), "answered"),
        ],
    )
    def test_who_was_stopped_held_or_has_answered_since_gets_nothing(self, year, words, said):
        assert year.mailer("send", "f.md", "--yes", "--queue").code == 0
        year.now += timedelta(minutes=5)
        assert year.mailer(*words).code == 0
        for _ in range(2):
            done = self.due(year)
            assert (done.code, done.json["status"]) == (1, "not-ready")
            assert said in done.json["error"]["text"]
            assert done.json["to"] == ["dana.ruiz@acme.example"]
            assert len(year.server.messages) == 1
        (waiting,) = year.mailer("outbox", "--json").objects
        assert waiting["state"] == "queued"
        assert waiting["next"].startswith("not ready: Dana Ruiz ")
        assert said in waiting["next"]
        assert f"mailer outbox drop {waiting['id']}" in waiting["next"]
        assert said in year.mailer("outbox").out
        assert year.mailer("resume", "dana").code == 0
        assert said not in year.mailer("outbox").out
        assert self.due(year).json["status"] == "sent"

    def test_what_is_put_off_is_not_told_of_before_its_time(self, year):
        assert year.mailer("send", "f.md", "--yes", "--at", "2027-01-05 10:00").code == 0
        assert year.mailer("stop", "dana").code == 0
        assert "not ready" not in year.mailer("outbox").out

    def test_a_stop_holds_for_cc_and_for_who_was_forgotten(self, year):
        put(
            year.folder,
            "f.md",
            "From: jo@novak.example\nTo: lee@x.example\nBcc: dana.ruiz@acme.example\nSubject: A\n\nB.\n",
        )
        assert year.mailer("send", "f.md", "--yes", "--queue").code == 0
        year.mailer("stop", "dana")
        done = self.due(year)
        assert (done.code, done.json["status"]) == (1, "not-ready")

    def test_whoever_is_forgotten_takes_the_letter_along(self, year):
        assert year.mailer("send", "f.md", "--yes", "--queue").code == 0
        assert year.mailer("people", "forget", "dana", "--yes").code == 0
        assert year.mailer("outbox", "--json").objects == []
        assert self.due(year).objects == []

    def meanwhile(self, year, monkeypatch, *words):
        """Let a command be typed while letters wait to be tried again."""
        monkeypatch.setattr(Pace, "waited", lambda *_: year.mailer(*words).code == 0)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("stop", "dana"), "stopped"),
            (("hold", "dana"), "on hold"),
            (("touch", "dana", "--by", "answer"), "answered"),
        ],
    )
    def test_whoever_is_stopped_while_it_waits_to_be_tried_again_gets_nothing(self, year, monkeypatch, words, said):
        assert year.mailer("send", "f.md", "--yes", "--queue").code == 0
        year.settings["MAILER_RETRY_SECONDS"] = "60"
        self.meanwhile(year, monkeypatch, *words)
        with Scripted({"rcpt": [b"451 4.7.1 later\r\n"]}) as grey:
            done = year.mailer("outbox", "send", "--json", **through(grey))
            assert (done.code, done.json["status"]) == (1, "not-ready")
            assert said in done.json["error"]["text"]
            assert not grey.messages
        (waiting,) = year.mailer("outbox", "--json").objects
        assert waiting["state"] == "queued"

    def test_a_letter_that_is_tried_again_goes_where_nobody_is_stopped(self, year, monkeypatch):
        assert year.mailer("send", "f.md", "--yes", "--queue").code == 0
        year.settings["MAILER_RETRY_SECONDS"] = "60"
        self.meanwhile(year, monkeypatch, "due")
        with Scripted({"rcpt": [b"451 4.7.1 later\r\n"]}) as grey:
            assert year.mailer("outbox", "send", "--json", **through(grey)).json["status"] == "sent"
            assert len(grey.messages) == 1

    def test_a_stop_that_comes_while_send_waits_to_try_again_holds_too(self, year, monkeypatch):
        year.settings["MAILER_RETRY_SECONDS"] = "60"
        self.meanwhile(year, monkeypatch, "stop", "dana")
        with Scripted({"rcpt": [b"451 4.7.1 later\r\n"]}) as grey:
            done = year.mailer("send", "f.md", "--yes", "--json", **through(grey))
            assert (done.code, done.json["status"]) == (1, "not-ready")
            assert "stopped" in done.json["error"]["text"]
            assert not grey.messages

    def test_a_hold_that_was_passed_keeps_nothing_back_that_is_tried_again(self, year, monkeypatch):
        year.settings["MAILER_RETRY_SECONDS"] = "60"
        year.mailer("hold", "dana")
        self.meanwhile(year, monkeypatch, "due")
        with Scripted({"rcpt": [b"451 4.7.1 later\r\n"]}) as grey:
            done = year.mailer("send", "f.md", "--yes", "--json", **through(grey))
            assert done.json["status"] == "sent", done

    def test_a_stop_that_comes_while_a_letter_waits_for_its_turn_holds(self, year, monkeypatch):
        for number in range(3):
            head = f"From: jo@novak.example\nTo: p{number}@x.example\nBcc: dana.ruiz@acme.example\n"
            put(year.folder, "f.md", f"{head}Subject: A{number}\n\nB.\n")
            assert year.mailer("send", "f.md", "--yes", "--queue").code == 0
        waits = []

        def asleep(pace):
            if pace.due() > 0:
                waits.append(pace.due())
                pace._began = float("-inf")
                assert year.mailer(*(("stop", "dana") if len(waits) == 2 else ("due",))).code == 0
                return True
            return False

        monkeypatch.setattr(Pace, "wait_for_turn", asleep)
        done = year.mailer("outbox", "send", "--json", "--rate", "1/min")
        assert [one["status"] for one in done.objects] == ["sent", "sent", "not-ready"]
        assert len(waits) == 2
        assert len(year.server.messages) == 3

    def test_a_hold_that_is_over_when_it_goes_holds_nothing(self, year):
        year.mailer("hold", "dana", "--until", "3w")
        assert year.mailer("send", "f.md", "--yes", "--at", "+22d 9:00").code == 0
        year.now += timedelta(days=23)
        assert self.due(year).json["status"] == "sent"

    def test_an_answer_that_was_let_pass_holds_nothing_but_a_later_one_does(self, year):
        year.mailer("touch", "dana", "--by", "answer")
        assert year.mailer("send", "f.md", "--yes", "--queue").code == 1
        assert year.mailer("send", "f.md", "--yes", "--queue", "--allow", "answered").code == 0
        assert self.due(year).json["status"] == "sent"

    def test_the_mailbox_is_looked_at_before_it_goes(self, tmp_path):
        with recording_server() as smtp, ImapServer() as imap:
            box = Mailbox(tmp_path, smtp, imap)
            first = box.send()
            box.later(days=40)
            put(tmp_path, "f.md", "From: Jo <jo@novak.example>\nTo: dana.ruiz@acme.example\nSubject: More\n\nHello.\n")
            assert box.mailer("send", "f.md", "--yes", "--queue").code == 0
            box.arrives(
                written("Dana Ruiz <dana.ruiz@acme.example>", "Re: x", "Call me.\r\n", box.now, in_reply_to=first)
            )
            done = box.mailer("outbox", "send", "--json")
            assert (done.code, done.json["status"]) == (1, "not-ready"), done
            assert len(smtp.messages) == 1

    def test_it_is_a_touch_once_it_was_sent(self, year):
        before = year.mailer("people", "show", "dana", "--json").json
        year.mailer("send", "f.md", "--yes", "--queue")
        queued = year.mailer("people", "show", "dana", "--json").json
        assert (before["state"], queued["state"]) == ("due", "waiting")
        assert {**queued, "state": "due", "queued": None, "why": queued["why"][1:]} == before
        self.due(year)
        assert len(year.mailer("people", "show", "dana", "--json").json["timeline"]) == len(before["timeline"]) + 1


class TestDraft:
    """A letter that lies in the mailbox as a draft, and is queued."""

    @pytest.fixture
    def box(self, tmp_path):
        with recording_server() as smtp, ImapServer() as imap:
            box = Mailbox(tmp_path, smtp, imap)
            put(tmp_path, "f.md", "From: Jo <jo@novak.example>\nTo: lee@x.example\nSubject: More\n\nHello.\n")
            assert box.mailer("draft", "f.md", "--imap").code == 0
            assert box.mailer("send", "f.md", "--yes", "--queue").code == 0
            yield box

    def test_goes_once_and_the_draft_is_taken_away(self, box):
        assert box.mailer("outbox", "send", "--json").json["status"] == "sent"
        assert len(box.smtp.messages) == 1
        assert len(box.imap.boxes["Drafts"].messages) == 0

    def test_does_not_go_where_it_was_sent_from_the_mail_program(self, box):
        (draft,) = box.imap.boxes["Drafts"].messages
        box.arrives(draft.content, "Sent")
        done = box.mailer("outbox", "send", "--json")
        assert (done.code, done.json["status"]) == (0, "already-sent")
        assert not box.smtp.messages
        assert box.mailer("outbox", "--json").objects == []
        assert [one["state"] for one in box.mailer("log", "--json").objects] == ["sent"]

    def test_is_a_draft_again_where_it_is_let_go(self, box):
        (waiting,) = box.mailer("outbox", "--json").objects
        assert box.mailer("outbox", "drop", waiting["id"]).code == 0
        assert [one["state"] for one in box.mailer("outbox", "--json").objects] == ["draft"]
        assert box.mailer("outbox", "send", "--json").objects == []


def test_a_draft_that_was_deferred_does_not_go_where_it_was_sent_from_the_mail_program(tmp_path):
    with Scripted({"mail": b"451 4.3.0 later\r\n"}) as busy, recording_server() as smtp, ImapServer() as imap:
        box = Mailbox(tmp_path, smtp, imap)
        put(tmp_path, "f.md", "From: Jo <jo@novak.example>\nTo: lee@x.example\nSubject: More\n\nHello.\n")
        assert box.mailer("draft", "f.md", "--imap").code == 0
        assert box.mailer("send", "f.md", "--yes", MAILER_RETRY_SECONDS="0", **through(busy)).code == 75
        (draft,) = box.imap.boxes["Drafts"].messages
        box.arrives(draft.content, "Sent")
        done = box.mailer("send", "f.md", "--yes", "--json")
        assert (done.code, done.json["status"]) == (0, "already-sent")
        assert not smtp.messages


class TestKilled:
    def start(self, desk, server, *args):
        there = desk.environ(**through(server))
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([*program(), *args], cwd=desk.folder, env=there, **pipes)

    def test_what_was_handed_over_is_in_doubt_and_all_else_stays_queued(self, desk):
        put(desk.folder, "p.csv", people(20))
        with Scripted({"final": [OK, OK, HANG]}, keeps=True) as server:
            desk.queue(server, "b.md", "--each", "p.csv")
            process = self.start(desk, server, "outbox", "send")
            assert wait_until(lambda: len(server.messages) >= 2, 20)
            time.sleep(0.3)
            process.send_signal(signal.SIGKILL)
            process.wait()
            states = collections.Counter(desk.states())
            assert set(states) <= {"in-doubt", "queued"}
            assert 1 <= states["in-doubt"] <= 10
        with recording_server() as server:
            told = desk.process("outbox", "send", "--json", **through(server))
            assert [one["status"] for one in told.objects] == ["sent"] * states["queued"]
            assert len(server.messages) == states["queued"]
            assert desk.states() == ["in-doubt"] * states["in-doubt"]

    def test_one_that_is_in_doubt_goes_by_itself_no_more(self, desk, server):
        with Scripted({"final": [b"garbage\r\n"]}) as broken:
            desk.queue(broken)
            (told,) = desk.send_due(broken, code=76)
        assert desk.mailer("outbox", "resolve", told["id"], "--not-sent").code == 0
        assert desk.states() == ["deferred"]
        assert desk.send_due(server) == []
        assert desk.send(server).json["status"] == "sent"

    @pytest.mark.slow
    def test_killed_at_random_moments_no_letter_goes_twice(self, desk):
        put(desk.folder, "p.csv", people(120))
        generator = random.Random(7)
        with recording_server(delay=0.003) as server:
            for _ in range(3):
                process = self.start(desk, server, "send", "b.md", "--each", "p.csv", "--yes", "--queue")
                time.sleep(generator.uniform(0.2, 0.8))
                process.send_signal(signal.SIGKILL)
                process.wait()
                assert len(desk.outbox()) in (0, 120)
            assert self.start(desk, server, "send", "b.md", "--each", "p.csv", "--yes", "--queue").wait() == 0
            for _ in range(10):
                process = self.start(desk, server, "outbox", "send")
                time.sleep(generator.uniform(0.2, 0.8))
                process.send_signal(signal.SIGKILL)
                process.wait()
            assert self.start(desk, server, "outbox", "send").wait() == 0
            assert set(desk.states()) <= {"in-doubt"}
            found = collections.Counter(message.rcpt_to for message in server.messages)
            assert max(found.values()) == 1
            assert 120 - len(found) <= len(desk.outbox())

    @pytest.mark.slow
    def test_two_at_once_send_each_letter_once(self, desk):
        put(desk.folder, "p.csv", people(80))
        with recording_server() as server:
            desk.queue(server, "b.md", "--each", "p.csv")
            running = [self.start(desk, server, "outbox", "send") for _ in range(3)]
            assert {process.wait() for process in running} <= {0, 75}
            assert set(collections.Counter(message.rcpt_to for message in server.messages).values()) == {1}
            assert len(server.messages) == 80


def test_the_good_hour_offers_itself(tmp_path, server):
    desk = Later(tmp_path)
    desk.now = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
    put(tmp_path, "l.md", DANA.replace("\n\n", "\nFrom: Jo Novak <jo@novak.example>\nTime-Zone: Europe/Berlin\n\n", 1))
    done = desk.mailer("check", "l.md", "--json")
    (hint,) = [one["hint"] for one in done.json["problems"] if one["check"] == "timing"]
    assert "--at 2026-11-24T09:10+01:00" in hint
    done = desk.send(server, "l.md", "--at", "2026-11-24T09:10+01:00")
    assert (done.code, [one["check"] for one in done.json["problems"]].count("timing")) == (0, 0)
    assert desk.outbox()[0]["due"] == "2026-11-24T08:10:00+00:00"


def test_where_nothing_was_ever_sent_nothing_has_come_due(tmp_path):
    desk = World(tmp_path)
    done = desk.mailer("outbox", "send")
    assert (done.code, done.err) == (0, "Nothing has come due.\n")
    assert not desk.data.exists()
