"""The year for many, with PostgreSQL and Dovecot: who is due has a draft in their owner's folder, once."""

from __future__ import annotations

import email.policy
import imaplib
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import timedelta
from email.message import EmailMessage
from html import unescape

import pytest

from mailer.cli import follow_up
from mailer.errors import Later, MailerError
from mailer.fleet import visiting
from mailer.fleet.jobs import Work, mailboxes
from mailer.fleet.visiting import visit
from mailer.imap.folders import named
from tests.kit.alumni import DUE, FIRST, START, Alumni
from tests.kit.counting_smtp import Counting, serving
from tests.kit.fleet import stop
from tests.kit.inbox import written
from tests.kit.smtp_server import wait_until
from tests.kit.world import put
from tests.real.servers import USERS

pytestmark = pytest.mark.real

JO, LEE = USERS
DANA = "dana.ruiz@hire.example"


@pytest.fixture
def fleet(host, postgresql, tmp_path):
    host.empty()
    imap = {"MAILER_IMAP_HOST": "localhost", "MAILER_IMAP_PORT": host.ports["imaps"]}
    smtp = Counting()
    with serving(smtp):
        made = Alumni(postgresql, tmp_path, smtp, imap, USERS, MAILER_CA_FILE=str(host.ca_file))
        yield made
        made.close()


@pytest.fixture
def jo(fleet):
    made = fleet.machine("jo", "jo", JO)
    fleet.writes(made, JO)
    return made


@pytest.fixture
def worker(fleet):
    return fleet.worker(JO, LEE, MAILER_FOLLOW_UP="draft", MAILER_TIMEZONE="Europe/Berlin")


def mailbox(host, user):
    client = imaplib.IMAP4_SSL(
        "localhost", host.ports["imaps"], ssl_context=ssl.create_default_context(cafile=host.ca_file)
    )
    client.authenticate("PLAIN", lambda _: f"\0{user}\0{USERS[user]}".encode())
    return client


def drafts(host, user=JO):
    return host.letters(user, named("Entwürfe").wire)


def arrives(host, user, content):
    client = mailbox(host, user)
    assert client.append("INBOX", "", None, content)[0] == "OK"
    client.logout()


def told(world, who="dana", now=DUE):
    """What the owner sees of drafts, in the time line."""
    line = world.mailer("people", "show", who, "--json", now=now).json["timeline"]
    return [(one["kind"], one["text"]) for one in line if "draft" in one["kind"]]


def test_who_is_due_has_a_draft_in_the_thread_and_nothing_is_sent(fleet, host, jo, worker):
    first = next(iter(fleet.smtp.taken))[0]
    visited = fleet.visits(worker, "jo", JO)
    assert (visited.day, visited.due, visited.drafts, visited.without) == (DUE.date(), 1, 1, 0), told(jo)
    (draft,) = drafts(host)
    assert b"To: Dana Ruiz <dana.ruiz@hire.example>" in draft
    assert f"In-Reply-To: {first}".encode() in draft
    assert b"how did the work at Acme Robotics go on" in draft
    assert sum(fleet.smtp.taken.values()) == 1
    ((kind, text),) = told(jo)
    assert kind == "draft"
    assert "Entwürfe" in text
    assert [one["state"] for one in jo.mailer("outbox", "--json", now=DUE).objects] == ["draft"]


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1), timedelta(days=1), timedelta(days=9)])
def test_a_second_visit_makes_no_second_draft(fleet, host, jo, worker, later):
    fleet.visits(worker, "jo", JO)
    assert fleet.visits(worker, "jo", JO, now=DUE + later).drafts == 0
    assert len(drafts(host)) == 1


def test_two_workers_at_once_make_one_draft(fleet, host, jo, worker):
    other = fleet.worker(JO, name="w2", MAILER_FOLLOW_UP="draft")
    found = []
    threads = [
        threading.Thread(target=lambda one=one: found.append(fleet.visits(one, "jo", JO)))
        for one in (worker, other, worker, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.drafts for one in found) == 1
    assert len(drafts(host)) == 1


@pytest.mark.parametrize("fate", ["deleted", "let go", "undone"])
def test_a_draft_that_the_owner_took_away_is_not_made_again(fleet, host, jo, worker, fate):
    fleet.visits(worker, "jo", JO)
    if fate == "deleted":
        client = mailbox(host, JO)
        client.select(named("Entwürfe").wire)
        client.store("1:*", "+FLAGS", "\\Deleted")
        client.expunge()
        client.logout()
    elif fate == "let go":
        (waiting,) = jo.mailer("outbox", "--json", now=DUE).objects
        assert jo.mailer("outbox", "resolve", waiting["id"], "--not-sent", now=DUE).code == 0
        assert jo.mailer("outbox", "--json", now=DUE).objects == []
    else:
        line = jo.mailer("people", "show", "dana", "--json", now=DUE).json["timeline"]
        event = next(one["id"] for one in line if one["kind"] == "draft")
        assert jo.mailer("touch", "--undo", event, now=DUE).code == 0
    before = len(drafts(host))
    assert fleet.visits(worker, "jo", JO, now=DUE + timedelta(days=1)).drafts == 0
    assert len(drafts(host)) == before


def test_a_draft_that_was_sent_from_there_is_the_touch_of_its_step(fleet, host, jo, worker):
    fleet.visits(worker, "jo", JO)
    client = mailbox(host, JO)
    (draft,) = drafts(host)
    assert client.append(named("Gesendet").wire, "\\Seen", None, draft)[0] == "OK"
    client.select(named("Entwürfe").wire)
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()
    visited = fleet.visits(worker, "jo", JO, now=DUE + timedelta(days=1))
    assert (visited.due, visited.drafts) == (0, 0)
    assert jo.mailer("people", "show", "dana", "--json", now=DUE + timedelta(days=1)).json["step"] == 3


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from mailer.cli.app import App
from mailer.cli.follow_up import written
from mailer.fleet import visiting
from mailer.fleet.jobs import Work, mailboxes
from mailer.fleet.visiting import visit
from mailer.imap.reconnecting import MailboxConnection

point, mailbox, moment = sys.argv[1:]
put = MailboxConnection.put

def put_and_die(self, *args, **more):
    if point == "after":
        put(self, *args, **more)
    os.kill(os.getpid(), signal.SIGKILL)

MailboxConnection.put = put_and_die
app = App(os.environ, Path.cwd(), lambda: datetime.fromisoformat(moment))
visit(app, mailboxes(app), Work("jo", "", mailbox), None, written)
"""


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_worker_that_was_killed_over_a_draft_leaves_one(fleet, host, jo, worker, point):
    words = [sys.executable, "-c", KILLED, point, f"{JO} at 127.0.0.1", DUE.isoformat()]
    done = subprocess.run(words, env=worker.environ(), cwd=worker.cwd, timeout=60, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done
    assert len(drafts(host)) == (point == "after")
    for _ in range(2):
        fleet.visits(worker, "jo", JO, now=DUE + timedelta(hours=1))
    assert len(drafts(host)) == 1
    assert [kind for kind, _ in told(jo)] == ["draft"]


def test_a_worker_that_ends_breaks_off_and_the_next_goes_on(fleet, host, jo, worker):
    app, mailbox_there = worker.app(DUE), f"{JO} at 127.0.0.1"
    work = Work("jo", "", mailbox_there)
    with pytest.raises(Later):
        visit(app, mailboxes(app), work, None, follow_up.written, lambda: True)
    assert drafts(host) == []
    assert fleet.visits(worker, "jo", JO).drafts == 1


def test_without_an_imap_server_the_owner_sees_why(fleet, host, jo, worker):
    path = worker.config / f"accounts/{JO}.env"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if "IMAP" not in line))
    visited = fleet.visits(worker, "jo", JO)
    assert (visited.day, visited.drafts, visited.without) == (DUE.date(), 0, 1)
    assert told(jo) == [("no-draft", "no IMAP server is set for this mailbox (MAILER_IMAP_HOST)")]


@pytest.mark.parametrize(
    ("words", "state"),
    [(("stop", "dana"), "stopped"), (("hold", "dana"), "held"), (("touch", "dana", "--by", "answer"), "answered")],
)
def test_who_is_stopped_held_or_has_answered_gets_none(fleet, host, jo, worker, words, state):
    assert jo.mailer(*words, now=DUE - timedelta(days=3)).code == 0
    visited = fleet.visits(worker, "jo", JO)
    assert (visited.due, visited.drafts) == (0, 0)
    assert drafts(host) == []
    (one,) = jo.mailer("due", "--all", "--json", now=DUE).objects
    assert one["state"] == state
    assert one["why"]


def test_an_answer_that_came_just_now_is_read_first(fleet, host, jo, worker):
    first = next(iter(fleet.smtp.taken))[0]
    answer = written(f"Dana Ruiz <{DANA}>", "Re: Thank you", "Good to hear from you.\r\n", DUE, in_reply_to=first)
    arrives(host, JO, answer)
    visited = fleet.visits(worker, "jo", JO)
    assert (visited.new, visited.due, visited.drafts) == (1, 0, 0)
    assert drafts(host) == []


def test_a_stop_for_another_owner_holds(fleet, host, jo, worker):
    ann = fleet.machine("ann", "ann", LEE)
    fleet.writes(ann, LEE)
    assert ann.mailer("stop", "dana", now=DUE - timedelta(days=1)).code == 0
    visited = fleet.visits(worker, "jo", JO)
    assert (visited.due, visited.drafts) == (0, 0)
    assert drafts(host) == []
    (one,) = jo.mailer("due", "--all", "--json", now=DUE).objects
    assert (one["state"], "another owner" in one["why"][0]) == ("stopped", True)


def test_who_gets_a_letter_that_waits_gets_no_draft_and_the_owner_sees_why(fleet, host, jo, worker):
    put(jo.folder, "own.md", f"From: Jo <{JO}>\nTo: Dana Ruiz <{DANA}>\nSubject: One more thing\n\nSee you.\n")
    done = jo.mailer("send", "own.md", "--at", "2027-01-04 10:00", "--account", JO, "--yes", now=DUE)
    assert done.code == 0, done.all
    visited = fleet.visits(worker, "jo", JO)
    assert (visited.due, visited.drafts) == (0, 0)
    assert drafts(host) == []
    (one,) = jo.mailer("due", "--all", "--json", now=DUE).objects
    assert one["queued"]
    waiting = next(one for one in jo.mailer("outbox", "--json", now=DUE).objects)
    assert jo.mailer("outbox", "drop", waiting["id"], now=DUE).code == 0
    assert fleet.visits(worker, "jo", JO, now=DUE + timedelta(days=1)).drafts == 1
    assert [kind for kind, _ in told(jo)] == ["draft"]


LATER = START + timedelta(days=80)
GAP = "‹Write here: two or three sentences that only you could write: what you would like to hear of their work›"
TOP = "‹Write to: Dana Ruiz <dana.ruiz@hire.example>. "


@pytest.fixture
def open_draft(fleet, host, jo, worker):
    """A draft whose template wants the owner's own words."""
    assert jo.mailer("touch", "dana", "--by", "call", now=DUE + timedelta(days=1)).code == 0
    visited = fleet.visits(worker, "jo", JO, now=LATER)
    assert (visited.due, visited.drafts, visited.without) == (1, 1, 0), told(jo, now=LATER)
    (draft,) = drafts(host)
    return draft


def parsed(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def goes(host, octets):
    """It is sent from the mail program."""
    client = mailbox(host, JO)
    assert client.append(named("Gesendet").wire, "\\Seen", None, octets)[0] == "OK"
    client.select(named("Entwürfe").wire)
    client.store("1:*", "+FLAGS", "\\Deleted")
    client.expunge()
    client.logout()


def rewritten(draft, left="", **headers):
    """What the mail program makes of a draft: plain text, with To, without the marks but for ``left``."""
    old, new = parsed(draft), EmailMessage()
    given = {name: old[name] for name in ("From", "Subject", "Message-ID", "Date", "In-Reply-To", "References")}
    for name, value in {**given, "To": f"Dana Ruiz <{DANA}>", **headers}.items():
        if value:
            new[name] = value
    own = "How does the new bench do in the cold? I would like to hear of it."
    new.set_content(f"Dear Dana,\n\n{left or own}\n\nI am still glad to talk.\n\nKind regards,\nJo Novak\n")
    return new.as_bytes(policy=email.policy.SMTP)


def test_a_template_that_wants_own_words_gives_a_draft_with_lines_to_write(fleet, host, jo, open_draft):
    mail = parsed(open_draft)
    assert mail["In-Reply-To"] == next(iter(fleet.smtp.taken))[0]
    assert mail["Subject"].startswith("Re: ")
    for kind in ("plain", "html"):
        text = " ".join(unescape(mail.get_body((kind,)).get_content()).split())
        assert GAP in text, text
        assert TOP in text
        assert text.index(TOP) < text.index("Data Engineer")
    (noted,) = [one for one in told(jo, now=LATER) if one[0] == "draft"]
    assert "Entwürfe" in noted[1]
    assert "lines for you to write" in noted[1]


def test_it_names_nobody_so_that_no_program_sends_it(fleet, open_draft):
    mail = parsed(open_draft)
    assert [mail[name] for name in ("To", "Cc", "Bcc", "Resent-To")] == [None] * 4
    before = sum(fleet.smtp.taken.values())
    with smtplib.SMTP(fleet.smtp.host, fleet.smtp.port) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
        client.send_message(mail)
    assert sum(fleet.smtp.taken.values()) == before


def test_due_and_the_outbox_tell_of_it(jo, open_draft):
    assert "with lines for you to write" in " ".join(jo.mailer("due", now=LATER).out.split())
    (one,) = jo.mailer("due", "--json", now=LATER).objects
    assert one["draft"]["made"] is True
    (waiting,) = jo.mailer("outbox", "--json", now=LATER).objects
    assert (waiting["state"], waiting["to"]) == ("draft", [DANA])


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=1)])
def test_a_second_visit_makes_no_second_one(fleet, host, worker, open_draft, later):
    assert fleet.visits(worker, "jo", JO, now=LATER + later).drafts == 0
    assert len(drafts(host)) == 1


@pytest.mark.parametrize("message_id", [{}, {"Message-ID": "<of-the-program@novak.example>"}])
def test_once_written_and_sent_it_is_the_touch_of_its_step(fleet, host, jo, worker, open_draft, message_id):
    goes(host, rewritten(open_draft, **message_id))
    day = LATER + timedelta(days=1)
    visited = fleet.visits(worker, "jo", JO, now=day)
    assert (visited.new, visited.due, visited.drafts) == (0, 0, 0)
    assert [one["state"] for one in jo.mailer("log", "dana", "--json", now=day).objects] == ["sent", "sent"]
    assert jo.mailer("outbox", "--json", now=day).objects == []
    assert drafts(host) == []
    line = jo.mailer("people", "show", "dana", "--json", now=day).json["timeline"]
    assert [one["kind"] for one in line].count("letter") == 2
    assert "unfinished" not in [one["kind"] for one in line]


@pytest.mark.parametrize("left", [GAP, TOP + "›", "‹Write here: their news\n› and so on"])
@pytest.mark.parametrize("message_id", [{}, {"Message-ID": "<of-the-program@novak.example>"}])
def test_a_line_that_was_left_in_it_is_told(fleet, host, jo, worker, open_draft, left, message_id):
    goes(host, rewritten(open_draft, left, **message_id))
    day = LATER + timedelta(days=1)
    assert fleet.visits(worker, "jo", JO, now=day).new == 1
    line = jo.mailer("people", "show", "dana", "--json", now=day).json["timeline"]
    (one,) = [one for one in line if one["kind"] == "unfinished"]
    assert "left in it" in one["text"]
    assert one["because"].startswith("“Write ")
    assert fleet.visits(worker, "jo", JO, now=day + timedelta(hours=1)).new == 0


def finished(jo):
    """The letter of the same step as a file, with words of the owner's."""
    path = jo.folder / "dana.md"
    assert jo.mailer("follow-up", "dana", str(path), "--account", JO, now=LATER).code == 0
    text = path.read_text()
    example = next(line for line in text.split("\n") if line.startswith("‹two"))
    own = "How does the new bench do in the cold, I wondered this week when ours froze. Priya told me of yours."
    path.write_text(text.replace(example, own))
    return str(path), "--account", JO, "--json", "--allow", "length"


def test_the_letter_that_mailer_sends_takes_its_place(fleet, host, jo, open_draft):
    done = jo.mailer("send", *finished(jo), "--yes", now=LATER)
    assert done.json["status"] == "sent", done.all
    assert done.json["message_id"] == parsed(open_draft)["Message-ID"]
    assert drafts(host) == []


def test_the_draft_of_the_finished_letter_takes_its_place(fleet, host, jo, open_draft):
    done = jo.mailer("draft", *finished(jo), "--imap", now=LATER)
    assert done.json["status"] == "saved", done.all
    (draft,) = drafts(host)
    assert parsed(draft)["To"] == f"Dana Ruiz <{DANA}>"
    assert "‹" not in parsed(draft).get_body(("plain",)).get_content()


def test_a_card_without_a_position_gives_none_and_the_owner_sees_why(fleet, host, jo, worker):
    words = ("--company", "Bolt", "--plan", "house", "--refused-on", "2026-11-20")
    done = jo.mailer("people", "add", "sam.lee@bolt.example", "--name", "Sam Lee", *words, now=START)
    assert done.code == 0, done.all
    visited = fleet.visits(worker, "jo", JO, now=START + timedelta(hours=2))
    assert (visited.due, visited.without) == (1, 1)
    assert told(jo, "sam") == [("no-draft", "their card does not say the position: mailer people edit sam")]
    assert "no draft: their card" in " ".join(jo.mailer("due", now=START + timedelta(hours=2)).out.split())


class TestWhose:
    """Who queues a letter says from which mailbox it goes; the account says for whom it works."""

    @pytest.fixture
    def kept(self, worker):
        path = worker.config / f"accounts/{JO}.env"
        path.write_text(path.read_text() + "MAILER_WORKS_FOR=max, jo\n")
        return worker

    def test_letters_of_another_role_do_not_go_from_it(self, fleet, host, kept):
        for name in ("ann", "jo"):
            made = fleet.machine(name, name, JO)
            put(made.folder, "first.md", FIRST.format(to=f"{name} <{name}@hire.example>"))
            done = made.mailer("send", "first.md", "--account", JO, "--queue", "--yes", now=START)
            assert done.code == 0, done.all
        done = kept.mailer("work", "--once", now=START)
        assert done.code == 78
        assert f"the account of {JO} at 127.0.0.1 does not work for the role ann" in done.err
        assert [who for _, who in fleet.smtp.taken] == ["jo@hire.example"]
        assert fleet.states() == {"deferred": 1, "sent": 1}

    def test_it_is_not_read_for_another_role(self, fleet, host, jo, kept):
        ann = fleet.machine("ann", "ann", JO)
        fleet.writes(ann, JO)
        first = next(iter(fleet.smtp.taken))[0]
        arrives(host, JO, written(f"Dana Ruiz <{DANA}>", "Re: Thank you", "Hello.\r\n", DUE, in_reply_to=first))
        assert fleet.visits(kept, "jo", JO).new == 1
        with pytest.raises(MailerError, match="does not work for the role ann"):
            fleet.visits(kept, "ann", JO)
        assert ann.mailer("people", "show", "dana", "--json", now=DUE).json["state"] == "due"


def test_who_did_not_say_so_gets_none(fleet, host, jo):
    visited = fleet.visits(fleet.worker(JO), "jo", JO)
    assert (visited.day, visited.due, visited.drafts, visited.without) == (DUE.date(), 1, 0, 0)
    assert drafts(host) == []
    assert told(jo) == []


def test_the_folder_of_a_stranger_does_not_say_so(fleet, host, jo):
    worker = fleet.worker(JO)
    put(worker.cwd, ".env", "MAILER_FOLLOW_UP=draft\n")
    with pytest.raises(MailerError) as caught:
        fleet.visits(worker, "jo", JO)
    assert caught.value.code == 78
    assert drafts(host) == []


def test_early_in_the_morning_of_the_owner_and_once_a_day(fleet, host, jo):
    worker = fleet.worker(JO, MAILER_FOLLOW_UP="draft", MAILER_TIMEZONE="America/New_York")
    night = DUE.replace(hour=9, minute=59)
    assert fleet.visits(worker, "jo", JO, now=night).day is None
    assert drafts(host) == []
    assert fleet.visits(worker, "jo", JO, now=night + timedelta(minutes=1)).day == DUE.date()
    assert fleet.visits(worker, "jo", JO, now=DUE.replace(hour=20), made=DUE.date()).day is None
    assert len(drafts(host)) == 1


def test_a_mailbox_that_fails_is_told_and_tried_in_the_next_hour(fleet, host, jo, worker):
    path = worker.config / f"accounts/{JO}.env"
    text = path.read_text()
    path.write_text(text.replace("MAILER_IMAP_HOST=localhost", "MAILER_IMAP_HOST=127.0.0.2"))
    done = worker.mailer("work", "--once", now=DUE)
    assert done.code in (75, 77, 78), done.all
    assert f"{JO} at 127.0.0.1" in done.err
    for world in (worker, jo):
        (left,) = world.mailer("fleet", "status", "--json").json["unvisited"]
        assert (left["mailbox"], left["owner"], left["visited"]) == (f"{JO} at 127.0.0.1", "jo", None)
        assert "127.0.0.2" in left["why"]
    path.write_text(text)
    assert worker.mailer("work", "--once", now=DUE + timedelta(minutes=1)).code == 0
    assert drafts(host) == []
    done = worker.mailer("work", "--once", now=DUE + timedelta(hours=1))
    assert done.code == 0, done.all
    assert len(drafts(host)) == 1
    assert worker.mailer("fleet", "status", "--json").json["unvisited"] == []


@pytest.mark.parametrize("fault", ["refused", "silent", "password"])
def test_one_bad_account_keeps_no_other_back(fleet, host, jo, worker, fault, monkeypatch):
    # Time-outs are as they are by default.
    monkeypatch.setattr(visiting, "SIGN_IN", 2.0)
    ann = fleet.machine("ann", "ann", LEE)
    fleet.writes(ann, LEE)
    path = worker.config / f"accounts/{JO}.env"
    text = path.read_text()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        if fault == "silent":
            text = text.replace(f"={host.ports['imaps']}\n", f"={silent.getsockname()[1]}\n")
        elif fault == "password":
            text = text.replace(USERS[JO], "another")
        else:
            text = text.replace("MAILER_IMAP_HOST=localhost", "MAILER_IMAP_HOST=127.0.0.2")
        path.write_text(text)
        before = time.monotonic()
        done = worker.mailer("work", "--once", "--concurrency", "1", now=DUE)
        assert time.monotonic() - before < 25
    assert done.code in (75, 77, 78), done.all
    assert (len(drafts(host, JO)), len(drafts(host, LEE))) == (0, 1)
    (left,) = worker.mailer("fleet", "status", "--json").json["unvisited"]
    assert (left["owner"], bool(left["why"])) == ("jo", True)
    assert ann.mailer("fleet", "status", "--json").json["unvisited"] == []


def test_work_visits_each_owner_and_makes_their_days(fleet, host, jo, worker):
    ann = fleet.machine("ann", "ann", LEE, MAILER_OWNER="zoë")
    fleet.writes(ann, LEE)
    done = worker.mailer("work", "--once", "--json", now=DUE)
    assert done.code == 0, done.all
    assert done.out == ""
    assert sorted(done.err.splitlines()) == [
        f"{mailbox} at 127.0.0.1, {who}: 1 due on 2026-12-28, 1 drafted, 0 not (mailer people show says why)."
        for mailbox, who in ((JO, "jo"), (LEE, "zoë"))
    ]
    assert (len(drafts(host, JO)), len(drafts(host, LEE))) == (1, 1)
    for moment in (DUE, DUE + timedelta(hours=1), DUE + timedelta(days=1)):
        assert worker.mailer("work", "--once", now=moment).code == 0
    assert (len(drafts(host, JO)), len(drafts(host, LEE))) == (1, 1)
    assert "dana" not in done.all.replace(JO, "").casefold()


def test_a_worker_says_nothing_of_whom_its_owners_write_to(fleet, host, worker):
    jo = fleet.machine("jo", "jo", JO)
    put(jo.folder, "first.md", FIRST.format(to=f"Dana Ruiz <{DANA}>"))
    done = jo.mailer("send", "first.md", "--account", JO, "--queue", "--yes", now=START)
    assert done.code == 0, done.all
    done = worker.mailer("work", "--once", now=START)
    assert (done.code, sum(fleet.smtp.taken.values())) == (0, 1), done.all
    assert done.err == f"{JO} at 127.0.0.1: 1 sent.\n"
    assert jo.mailer("people", "show", "dana", "--json", now=START).json["step"] == 2


def test_two_workers_as_processes(fleet, host, jo):
    settings = {"MAILER_FOLLOW_UP": "draft"}
    processes = [fleet.start(fleet.worker(JO, LEE, name=name, **settings), "--once") for name in ("w1", "w2", "w3")]
    for process in processes:
        _, err = process.communicate(timeout=90)
        assert process.returncode == 0, err
    visited = fleet.rows("SELECT owner, visited IS NOT NULL FROM mailer.rounds WHERE mailbox <> ''")
    assert visited == [("jo/", True)]


def test_a_mailbox_without_an_account_is_told_once_an_hour(fleet, host, jo):
    worker = fleet.worker(LEE)
    minutes = (0, 0, 1, 60, 61)
    whens = [DUE + timedelta(minutes=some) for some in minutes]
    said = [f"{JO} at 127.0.0.1: no worker" in worker.mailer("work", "--once", now=when).err for when in whens]
    assert said[:2] == [True, False]
    assert said.count(True) == 2


def test_positions_are_those_of_the_owner(fleet, host, jo, worker):
    fleet.visits(worker, "jo", JO)
    fleet.visits(worker, "jo", JO, now=DUE + timedelta(hours=1))
    assert {row[0] for row in fleet.rows("SELECT owner FROM mailer.mailboxes")} == {"jo/"}


@pytest.mark.slow
def test_the_minute_comes_while_workers_work(fleet, host, jo):
    fleet.rows("UPDATE mailer.rounds SET minute = (extract(minute FROM now())::integer + 1) %% 60")
    processes = [fleet.start(fleet.worker(JO, name=name)) for name in ("w1", "w2")]
    asked = "SELECT visited IS NOT NULL, (SELECT count(*) FROM mailer.mailboxes) FROM mailer.rounds WHERE mailbox <> ''"
    try:
        assert wait_until(lambda: fleet.rows(asked)[0][0], 130)
    finally:
        ended = [stop(process) for process in processes]
    assert [(code, err) for code, _, err in ended] == [(0, "")] * 2
    assert fleet.rows(asked) == [(True, 2)]
