"""What a real server must make of what is submitted, whichever server it is."""

from __future__ import annotations

import datetime
import email
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mailer.errors import BadData, NotTrusted
from mailer.letters.letter import parse_letter
from mailer.message.compose import Stamp, compose, envelope
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from mailer.transport.session import open_session
from mailer.transport.values import Outgoing, SmtpServer
from tests.kit.smtp_server import wait_until
from tests.real.servers import USERS

ROOT = Path(__file__).parents[2]
DANA, LEE = USERS
STAMP = Stamp("<one@acme.example>", datetime.datetime(2026, 5, 12, 9, 30, tzinfo=datetime.UTC))
SMUGGLED = "MAIL FROM:<evil@acme.example>\nRCPT TO:<lee@acme.example>\nDATA\nSubject: smuggled\n\nboo"
WAYS = {"tls": "smtps", "starttls": "submission"}


def server_of(mail, security="tls", **more):
    known = {"username": DANA, "auth": "password", "ca_file": mail.ca_file, "connect_timeout": 10, "reply_timeout": 10}
    return SmtpServer("localhost", mail.ports[WAYS[security]], security, **{**known, **more})


def submit(mail, *letters, security="tls"):
    with open_session(server_of(mail, security), USERS[DANA]) as session:
        return list(session.submit(letters))


def arrived(mail, user=LEE, count=1):
    """The letters of a mailbox, without what the servers put before them."""
    assert wait_until(lambda: len(mail.letters(user)) >= count, 10), mail.log()
    return [without_trace(letter) for letter in mail.letters(user)]


def without_trace(letter):
    trace = rb"(?:(?:Return-Path|Delivered-To|Received|X-Original-To):[^\n]*\r\n(?:[ \t][^\n]*\r\n)*)+"
    found = re.match(trace, letter)
    assert found, letter[:200]
    return letter[found.end() :]


def made(text, folder=None):
    headers = f"From: Dana Ruiz <{DANA}>\nTo: Lee <{LEE}>\nSubject: Thank you – für alles\n"
    letter = parse_letter(headers + text, (folder or Path("/nowhere")) / "letter.md")
    rendered = compile_letter(letter, None, {}, Defaults(None, cwd=Path("/nowhere"))).render(None)
    return Outgoing("1", envelope(rendered), compose(rendered, STAMP))


def ids(letters):
    """Their Message-IDs, sorted."""
    return sorted(email.message_from_bytes(letter)["Message-ID"] for letter in letters)


def put_batch(folder, count):
    """A letter ``b.md`` and a table ``p.csv`` of so many rows, each to the same mailbox with words of its own."""
    (folder / "b.md").write_text(f"To: Lee <{LEE}>\nSubject: Number {{{{ n }}}}\n\nLetter {{{{ n }}}}, good morning.\n")
    (folder / "p.csv").write_text("n\n" + "".join(f"{n}\n" for n in range(1, count + 1)))


class Desk:
    def __init__(self, folder, mail):
        self.folder = folder
        self.mail = mail
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": "tests.kit.keyring_double.Kept",
            "KEYRING_DOUBLE_FILE": str(folder / "keyring"),
        }

    def __call__(self, *arguments, stdin=""):
        return subprocess.run(
            [sys.executable, "-m", "mailer", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environ,
            cwd=self.folder,
            timeout=60,
        )

    def login(self, security="tls", password=USERS[DANA], ca=True):
        where = ("--smtp", f"localhost:{self.mail.ports[WAYS[security]]}", "--security", security)
        trusted = ("--ca-file", str(self.mail.ca_file)) if ca else ()
        return self("login", DANA, *where, *trusted, "--password-stdin", stdin=f"{password}\n")


class SubmissionContract:
    """Subclasses give ``REFUSAL``, the server's words about an unknown recipient; modules a fixture ``mail``."""

    REFUSAL = ""

    @pytest.fixture
    def desk(self, mail, tmp_path):
        return Desk(tmp_path, mail)

    @pytest.mark.parametrize("security", WAYS)
    def test_byte_for_byte(self, mail, security, tmp_path):
        (tmp_path / "cv.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(100_000))
        text = "Attach: cv.pdf\nContent-Type: text/markdown\n\nThe *afternoon* with Priya’s. ☀\n\n.\n\n..two dots\n"
        letter = made(text, tmp_path)
        (outcome,) = submit(mail, letter, security=security)
        assert (outcome.state, outcome.reply.code) == ("sent", 250)
        assert arrived(mail) == [letter.content]

    @pytest.mark.parametrize(
        "body", ["short\n", "no end", ".\n", "..\n.\n", "x" * 3000 + "\n", "\n\nblank\n\n", "a\t \n"]
    )
    def test_bodies(self, mail, body):
        letter = made("\n" + body)
        (outcome,) = submit(mail, letter)
        assert outcome.state == "sent"
        assert arrived(mail) == [letter.content]

    @pytest.mark.parametrize(
        "dot", ["\n.\n", "\n.\r\n", "\r\n.\n", "\r\n.\r\n", "\n..\n", "\r\n..\r\n", "\n\n.\n\n", "\n. \n"]
    )
    def test_one_message_whatever_the_body_holds(self, mail, dot):
        letter = made(f"\nbefore{dot}{SMUGGLED}{dot}after\n")
        (outcome,) = submit(mail, letter)
        assert outcome.state == "sent"
        assert arrived(mail) == [letter.content]

    @pytest.mark.parametrize("dot", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\r", b"\r.\r\n", b"\r\n.\n"])
    def test_line_ends_that_are_none_never_leave_or_arrive_as_one_message(self, mail, dot):
        letter = made("\nbefore\n")
        odd = letter._replace(content=letter.content + b"x" + dot + SMUGGLED.encode() + dot + b"y\r\n")
        try:
            (outcome,) = submit(mail, odd)
        except (BadData, ValueError):
            outcome = None
        (last,) = submit(mail, letter)
        assert last.state == "sent"
        found = arrived(mail, count=2 if outcome and outcome.state == "sent" else 1)
        assert letter.content in found
        assert not [each for each in found if each.startswith(b"Subject: smuggled")]

    def test_many_letters_in_one_session(self, mail):
        letters = [made(f"\nletter {n}\n")._replace(id=str(n)) for n in range(30)]
        outcomes = submit(mail, *letters)
        assert [(outcome.id, outcome.state) for outcome in outcomes] == [(letter.id, "sent") for letter in letters]
        assert sorted(arrived(mail, count=30)) == sorted(letter.content for letter in letters)

    def test_a_recipient_that_is_not_there(self, mail):
        letter = made("Cc: nobody@acme.example\n\nhello\n")
        (outcome,) = submit(mail, letter)
        assert outcome.state == "sent"
        assert [(address, reply.code) for address, reply in outcome.refused.items()] == [("nobody@acme.example", 550)]
        assert arrived(mail) == [letter.content]

    def test_larger_than_the_server_takes(self, mail):
        letter = made("\nhello\n")
        (outcome,) = submit(mail, letter._replace(content=letter.content + b"x" * 70 + b"\r\n" * 3_000_000))
        assert outcome.state == "refused"

    @pytest.mark.parametrize("security", WAYS)
    def test_a_wrong_password(self, mail, security):
        with pytest.raises(NotTrusted, match="535"):
            open_session(server_of(mail, security), "wrong")

    @pytest.mark.parametrize("security", WAYS)
    @pytest.mark.parametrize("fault", ["authority", "name"])
    def test_a_certificate_that_is_not_trusted(self, mail, security, fault):
        server = server_of(mail, security, ca_file=None)
        if fault == "name":
            server = server_of(mail, security)._replace(host="127.0.0.1")
        with pytest.raises(NotTrusted, match="certificate"):
            open_session(server, lambda: pytest.fail("the password was asked for"))

    @pytest.mark.parametrize("security", WAYS)
    def test_login_then_send(self, desk, mail, security):
        done = desk.login(security)
        assert done.returncode == 0, done.stderr
        assert "tests.kit.keyring_double.Kept" in done.stdout
        (desk.folder / "letter.md").write_text(f"To: Lee <{LEE}>\nSubject: Hello\n\nGood morning.\n\n.\n\nDana\n")
        done = desk("send", "letter.md", "--yes", "--json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert (told["status"], told["to"], told["reply"]["code"]) == ("sent", [LEE], 250)
        (letter,) = arrived(mail)
        assert told["message_id"].encode() in letter
        # A copy as sent is kept, and nothing goes twice.
        done = subprocess.run(
            [sys.executable, "-m", "mailer", "log", "--eml", told["id"]],
            capture_output=True,
            env=desk.environ,
            cwd=desk.folder,
            timeout=60,
        )
        assert done.stdout == letter
        done = desk("send", "letter.md", "--yes", "--json")
        assert (done.returncode, json.loads(done.stdout)["status"]) == (0, "already-sent")
        assert len(mail.letters(LEE)) == 1

    def test_logins_that_fail(self, desk, mail):
        for done in (desk.login(password="wrong"), desk.login(ca=False), desk.login("starttls", ca=False)):
            assert done.returncode == 77
            assert USERS[DANA] not in done.stdout + done.stderr
        assert not (desk.folder / ".config").exists()
        assert not (desk.folder / "keyring").exists()
        assert re.search("535 .*user name or password", desk.login(password="wrong").stderr)

    def test_an_unknown_recipient_is_refused_for_good(self, desk, mail):
        assert desk.login().returncode == 0
        (desk.folder / "letter.md").write_text("To: gone@acme.example\nSubject: Hello\n\nGood morning.\n")
        done = desk("send", "letter.md", "--yes", "--json")
        assert (done.returncode, json.loads(done.stdout)["status"]) == (69, "refused")
        assert self.REFUSAL in done.stderr
        assert self.REFUSAL in json.loads(done.stdout)["error"]["text"]
        assert "address" in json.loads(done.stdout)["error"]["hint"]

    def test_a_batch_by_the_command(self, desk, mail):
        assert desk.login().returncode == 0
        put_batch(desk.folder, 50)
        done = desk("send", "b.md", "--each", "p.csv", "--yes", "--json")
        assert done.returncode == 0, done.stderr
        told = [json.loads(line) for line in done.stdout.splitlines()]
        assert [(each["row"], each["status"]) for each in told] == [(row, "sent") for row in range(1, 51)]
        assert ids(arrived(mail, count=50)) == sorted(each["message_id"] for each in told)
        done = desk("send", "b.md", "--each", "p.csv", "--yes", "--json")
        assert (done.returncode, done.stdout.count('"already-sent"')) == (0, 50)
        assert len(mail.letters(LEE)) == 50

    def test_an_attachment_that_is_too_large(self, desk, mail):
        assert desk.login().returncode == 0
        (desk.folder / "cv.bin").write_bytes(os.urandom(6_000_000))
        (desk.folder / "letter.md").write_text(f"To: {LEE}\nSubject: Hello\nAttach: cv.bin\n\nGood morning.\n")
        done = desk("send", "letter.md", "--yes", "--json")
        assert (done.returncode, json.loads(done.stdout)["status"]) == (69, "not-sent"), done
        assert "5,000,000" in done.stderr
        assert mail.letters(LEE) == []

    @pytest.mark.parametrize("security", WAYS)
    def test_doctor(self, desk, mail, security):
        assert desk.login(security).returncode == 0
        done = desk("doctor", "--json")
        steps = {step["step"]: step for step in json.loads(done.stdout)["steps"]}
        assert (done.returncode, steps["imap"]["ok"]) == (0, None), steps
        assert {step["ok"] for name, step in steps.items() if name != "imap"} == {True}, steps
        assert "5,000,000 octets" in steps["ehlo"]["seen"]
        assert USERS[DANA] not in done.stdout + done.stderr
        assert mail.letters(DANA) == []
