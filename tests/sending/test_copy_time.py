"""A letter is told as sent when it is sent; what the mailbox takes for its copy comes after, and is bounded."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
import time

import pytest

from tests.kit.imap_server import ImapServer
from tests.kit.letters import LETTER, ME, ROWS
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, program, put

LOGIN, PASSWORD = "jo@novak.example", "correct horse"
ALONE = (
    f"From: {ME}\nTo: {{{{name}}}} <{{{{email}}}}>\nSubject: Hello {{{{company}}}}\n\nDear {{{{name}}}}, good luck.\n"
)
SECONDS = 0.4
PHASES = ["AUTHENTICATE", "CAPABILITY", "LIST", "EXAMINE", "SEARCH", "APPEND"]


@pytest.fixture
def smtp():
    with recording_server() as server:
        yield server


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr("mailer.sending.copies._SECONDS", SECONDS)


def settings(port, smtp, **more):
    return {
        "MAILER_FROM": ME,
        "MAILER_PASSWORD": PASSWORD,
        "MAILER_IMAP_HOST": "127.0.0.1",
        "MAILER_IMAP_PORT": str(port),
        "MAILER_IMAP_SECURITY": "none",
        "MAILER_IMAP_USERNAME": LOGIN,
        "MAILER_SMTP_HOST": "127.0.0.1",
        "MAILER_SMTP_PORT": str(smtp.port),
        "MAILER_SMTP_SECURITY": "none",
        **more,
    }


@contextlib.contextmanager
def dead(greeting=b""):
    """The port of a server that says no more than its greeting."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    taken.append(line)
                    line.sendall(greeting)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        for line in taken:
            line.close()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def sent_although(tmp_path, smtp, port, **more):
    """Send one letter; it is sent, its copy is not, and that took as long as it may."""
    put(tmp_path, "letter.md", LETTER)
    began = time.monotonic()
    done = World(tmp_path, **settings(port, smtp, **more)).mailer("send", "letter.md", "--yes")
    assert time.monotonic() - began < SECONDS + 10
    assert done.code == 0, done.err
    assert done.out.startswith("sent\tdana.ruiz@acme.example\t")
    assert "It is sent, but there is no copy in Sent" in done.err
    assert "no answer within 3" not in done.err
    (waiting,) = World(tmp_path).mailer("outbox", "--json").objects
    assert "outbox copy" in waiting["next"]
    assert len(smtp.messages) == 1


@pytest.mark.parametrize("fault", ["silent", "drip"])
@pytest.mark.parametrize("phase", PHASES)
def test_a_mailbox_that_hangs_at_any_phase(tmp_path, smtp, short, phase, fault):
    with ImapServer() as imap:
        imap.faults[phase] = [None, fault] if phase == "CAPABILITY" else [fault] * 5
        sent_although(tmp_path, smtp, imap.port)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("greeting", [b"", b"* OK hi\r\n"])
def test_a_mailbox_that_hangs_before_the_sign_in(tmp_path, smtp, short, security, greeting):
    with dead(greeting) as port:
        sent_although(tmp_path, smtp, port, MAILER_IMAP_SECURITY=security)


def test_phases_that_are_each_in_time_are_not_all_together(tmp_path, smtp, short):
    """Each answer takes most of the time that there is for all."""

    class Slow(ImapServer):
        def fault(self, name):
            time.sleep(0.4 * SECONDS)
            return

    with Slow() as imap:
        sent_although(tmp_path, smtp, imap.port)


def test_a_batch_waits_for_a_mailbox_that_hangs_once(tmp_path, smtp, short):
    put(tmp_path, "each.md", ALONE)
    put(tmp_path, "rows.csv", ROWS)
    with ImapServer() as imap:
        imap.faults["APPEND"] = ["silent"] * 9
        began = time.monotonic()
        done = World(tmp_path, **settings(imap.port, smtp)).mailer(
            "send", "each.md", "--each", "rows.csv", "--yes", "--json"
        )
        assert time.monotonic() - began < SECONDS + 10
    assert [told["copy"] for told in done.objects] == ["failed"] * 3
    assert len(smtp.messages) == 3


def test_the_time_is_for_each_letter_anew(tmp_path, smtp, monkeypatch):
    monkeypatch.setattr("mailer.sending.copies._SECONDS", 2.0)
    put(tmp_path, "each.md", ALONE)
    put(tmp_path, "rows.csv", ROWS)

    class Slow(ImapServer):
        def fault(self, name):
            time.sleep(0.7 if name == "APPEND" else 0)
            return

    with Slow() as imap:
        done = World(tmp_path, **settings(imap.port, smtp)).mailer(
            "send", "each.md", "--each", "rows.csv", "--yes", "--json"
        )
        assert len(imap.boxes["Sent"].messages) == 3
    assert [told["copy"] for told in done.objects] == ["saved"] * 3


@pytest.mark.parametrize("phase", ["AUTHENTICATE", "APPEND"])
def test_it_is_told_at_once_in_a_pipe(tmp_path, smtp, phase):
    put(tmp_path, "letter.md", LETTER)
    with ImapServer() as imap:
        imap.faults[phase] = ["silent"] * 5
        child = subprocess.Popen(
            [*program(), "send", "letter.md", "--yes"],
            cwd=tmp_path,
            env=World(tmp_path).environ(**settings(imap.port, smtp)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        line = child.stdout.readline()
        told, phases = time.monotonic(), list(imap.commands)
        time.sleep(max(0, told + 1 - time.monotonic()))
        assert child.poll() is None
        child.kill()
        child.communicate()
    assert line.startswith(b"sent\tdana.ruiz@acme.example\t")
    assert not any(command.startswith("LOGOUT") for command in phases)


def test_it_is_told_at_once_on_a_terminal(tmp_path, smtp):
    pexpect = pytest.importorskip("pexpect")
    put(tmp_path, "letter.md", LETTER)
    with ImapServer() as imap:
        imap.faults["APPEND"] = ["silent"] * 5
        words = program()
        child = pexpect.spawn(
            words[0],
            [*words[1:], "send", "letter.md", "--yes"],
            cwd=str(tmp_path),
            env=World(tmp_path).environ(**settings(imap.port, smtp), TERM="dumb"),
            encoding="utf-8",
        )
        child.expect("sent\\s+dana.ruiz@acme.example", timeout=60)
        time.sleep(1)
        assert child.isalive()
        child.close(force=True)


def test_ctrl_c_while_the_copy_is_made_untells_nothing(tmp_path, smtp):
    import signal

    put(tmp_path, "letter.md", LETTER)
    with ImapServer() as imap:
        imap.faults["APPEND"] = ["silent"] * 5
        child = subprocess.Popen(
            [*program(), "send", "letter.md", "--yes"],
            cwd=tmp_path,
            env=World(tmp_path).environ(**settings(imap.port, smtp)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        line = child.stdout.readline()
        child.send_signal(signal.SIGINT)
        rest, _ = child.communicate(timeout=60)
    assert line.startswith(b"sent\t")
    assert rest == b""
    assert child.returncode == 130
    (waiting,) = World(tmp_path).mailer("outbox", "--json").objects
    assert waiting["state"] == "sent"
    assert "outbox copy" in waiting["next"]


def test_a_copy_that_was_made_is_its_own_line(tmp_path, smtp):
    put(tmp_path, "letter.md", LETTER)
    with ImapServer() as imap:
        done = World(tmp_path, **settings(imap.port, smtp)).mailer("send", "letter.md", "--yes")
    assert done.lines[0].startswith("sent\t")
    assert "A copy is in your Sent folder." in done.err


def test_json_has_the_copy_in_its_object(tmp_path, smtp, short):
    put(tmp_path, "letter.md", LETTER)
    with ImapServer() as imap:
        imap.faults["APPEND"] = ["silent"] * 5
        done = World(tmp_path, **settings(imap.port, smtp)).mailer("send", "letter.md", "--yes", "--json")
    told = json.loads(done.octets)
    assert (told["status"], told["copy"], told["error"], done.code) == ("sent", "failed", None, 0)


@pytest.mark.parametrize("phase", ["AUTHENTICATE", "LIST", "SEARCH"])
def test_a_mailbox_that_is_asked_for_a_draft_keeps_no_letter_back(tmp_path, smtp, short, phase, monkeypatch):
    monkeypatch.setattr("mailer.sending.resolve._SECONDS", SECONDS)
    put(tmp_path, "letter.md", LETTER)
    with ImapServer() as imap:
        there = World(tmp_path, **settings(imap.port, smtp))
        assert there.mailer("draft", "letter.md", "--imap").code == 0
        imap.faults[phase] = ["silent"] * 9
        began = time.monotonic()
        done = there.mailer("send", "letter.md", "--yes")
        assert time.monotonic() - began < 2 * SECONDS + 10
    assert done.code == 0, done.err
    assert "could not be checked" in done.err
    assert len(smtp.messages) == 1
