"""Letters that an earlier version recorded: sent is sent, whatever became of blanks, subjects and words since.

``earlier.sql`` is the ledger of the version before values were trimmed, made by ``mailer send`` of the files below.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from mailer.ledger import schema
from mailer.ledger.ledger import open_ledger
from mailer.ledger.store import Store
from mailer.letters.foreign.subjects import former_reply_subject
from mailer.message.identity import exact_key, formerly, identity
from tests.kit.ledger import DANA, known, letter
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put

DUMP = Path(__file__).with_name("earlier.sql").read_text(encoding="utf-8")
HEAD = "From: Jo Novak <jo@novak.example>\n"
PROSE = "The afternoon with the test-bench team stayed with me."
FILES = {
    "work.md": f"{HEAD}Template: runner-up\n\n{PROSE}\n",
    "work.csv": "to,company,position\n"
    'Dana Ruiz <dana@acme.example>, Acme Robotics ,"Data Engineer "\n'
    "Lee Okafor <lee@birch.example>,Birch Labs,Analyst\n",
    "alone.md": f"{HEAD}To: {{{{name}}}} <{{{{email}}}}>\n"
    "Subject: For {{ company }}: hello\n\nGood luck, {{ name }}.\n",
    "alone.csv": "name,email,company\nMara Weiss,mara@cedar.example, Cedar \nNoor Haddad,noor@cedar.example,Cedar\n",
    "no.eml": "From: Dana Ruiz <dana@acme.example>\nTo: jo@novak.example\nMessage-ID: <4711@acme.example>\n"
    "Subject: Your application for Data Engineer, Ref: 4711\n\nNo.\n",
    "reply.md": f"{HEAD}To: Dana Ruiz <dana@acme.example>\nIn-Reply-To: no.eml\n\nThank you all the same.\n",
}
RUNS = [("work.md", "--each", "work.csv"), ("alone.md", "--each", "alone.csv"), ("reply.md",)]


@pytest.fixture
def desk(tmp_path):
    for name, text in FILES.items():
        put(tmp_path, name, text)
    (tmp_path / "home" / "data").mkdir(parents=True)
    return World(tmp_path).with_letter()


@pytest.fixture
def ledger_file(desk):
    path = desk.folder / "home" / "data" / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(DUMP)
    return path


def change(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(sql)


def statuses(desk, server, *args):
    return [told["status"] for told in desk.send(server, *args).objects]


@pytest.mark.parametrize("args", RUNS, ids=lambda args: args[0])
@pytest.mark.parametrize("changed", [False, True], ids=["same words", "other words"])
def test_what_was_sent_does_not_go_again(desk, ledger_file, args, changed):
    if changed:
        for name in ("work.md", "alone.md", "reply.md"):
            put(desk.folder, name, FILES[name] + "\nAll the best for the bench.\n")
    with recording_server() as server:
        told = desk.send(server, *args)
        assert {one["status"] for one in told.objects} == {"already-sent"}, told.err
        assert told.code == 0
    assert not server.messages


def test_again_sends_it_and_then_words_count(desk, ledger_file):
    with recording_server() as server:
        assert statuses(desk, server, "reply.md", "--again") == ["sent"]
        put(desk.folder, "reply.md", FILES["reply.md"] + "\nMore.\n")
        assert statuses(desk, server, "reply.md") == ["not-ready"]


@pytest.mark.parametrize("args", RUNS, ids=lambda args: args[0])
def test_what_waits_goes_once_with_its_message_id(desk, ledger_file, args):
    change(ledger_file, "UPDATE letters SET state = 'deferred', waits = 1, sent = NULL")
    with contextlib.closing(sqlite3.connect(ledger_file)) as db:
        before = {row[0] for row in db.execute("SELECT message_id FROM letters")}
    with recording_server() as server:
        first, again = desk.send(server, *args), desk.send(server, *args)
    assert {one["status"] for one in first.objects} == {"sent"}
    assert {one["message_id"] for one in first.objects} <= before
    assert {one["status"] for one in again.objects} == {"already-sent"}


@pytest.mark.parametrize(("state", "status"), [("in-doubt", "in-doubt"), ("refused", "refused")])
def test_other_states_are_kept(desk, ledger_file, state, status):
    change(ledger_file, f"UPDATE letters SET state = '{state}', waits = 1, sent = NULL")
    with recording_server() as server:
        for args in RUNS:
            assert set(statuses(desk, server, *args)) == {status}
    assert not server.messages


def test_values_are_keyed_anew(ledger_file):
    with open_ledger(ledger_file) as ledger:
        found = {next(iter(one.keys)): one.identity for one in known(ledger) if one.template}
    dana = DANA._replace(addr_spec="dana@acme.example")
    assert found["dana@acme.example"] == identity(
        [dana], template="runner-up", company="Acme Robotics", position="Data Engineer"
    )


@pytest.mark.parametrize("states", [("sent", "deferred"), ("deferred", "sent"), ("refused", "sent")])
def test_of_two_that_are_one_letter_the_one_that_went_counts(tmp_path, states):
    path = tmp_path / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        schema.migrate(Store(db, path), schema.MIGRATIONS[:3])
        db.execute("INSERT INTO contacts VALUES (1, 'dana.ruiz@acme.example', '', '', '', '')")
        for number, (company, state) in enumerate(zip(("Acme Robotics", " Acme Robotics "), states, strict=True), 1):
            name = exact_key(["dana.ruiz@acme.example"], "runner-up", company, "Data Engineer", "")
            sent = "2026-05-12T12:00:00+00:00" if state == "sent" else None
            db.execute(
                "INSERT INTO letters (number, identity, content_digest, state, created, changed, sent, message_id,"
                " date, sender, subject, template, company, position, letter_file, account) VALUES"
                " (?, ?, x'00', ?, '', '', ?, '', '', '', '', 'runner-up', ?, 'Data Engineer', '', '')",
                (number, bytes.fromhex(name), state, sent, company),
            )
            db.execute("INSERT INTO recipients VALUES (?, 0, 1, 'to', '', '', NULL, NULL, NULL, NULL)", (number,))
    with open_ledger(path) as ledger:
        new = letter()
        assert ledger.peek(new.identity, new.content_digest).kind == "already-sent"
        assert ledger.claim(new).kind == "already-sent"


def test_a_draft_does_not_hide_what_was_sent(ledger_file):
    dana = DANA._replace(addr_spec="dana@acme.example")
    subject = "Re: Your application for Data Engineer, Ref: 4711"
    keys = formerly([dana], subjects=[subject, former_reply_subject(subject.removeprefix("Re: ").encode())])
    new = letter([dana], subject=subject, template="", company="", position="", formerly=keys)
    with open_ledger(ledger_file) as ledger:
        ledger.record_draft(new, "jo@novak.example", "Drafts")
        assert ledger.peek(new.identity, new.content_digest, formerly=keys).kind == "already-sent"
        assert ledger.claim(new).kind == "already-sent"
        claim = ledger.claim(new, again=True)
        assert claim.kind == "new"


def test_a_reply_is_found_by_its_subject_as_it_was_written():
    assert former_reply_subject(b"Head of Software: your application") == "Re: Head of Softwayour application"
    assert former_reply_subject(b"AW: x, Ref: 1") == "Re: x, Ref: 1"


def test_letters_of_this_version_are_told_apart_by_blanks_in_the_subject(tmp_path):
    dana = [DANA]
    one, other = (letter(dana, subject=text, template="", company="", position="") for text in ("a b", "ab"))
    keys = formerly(dana, subjects=["ab"])
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.claim(one)
        assert ledger.peek(other.identity, other.content_digest, formerly=keys).kind == "new"
