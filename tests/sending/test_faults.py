"""Every fault at every phase: the state, the exit code and the words, and what a healthy server has in the end."""

from __future__ import annotations

import signal
import subprocess
import time

import pexpect
import pytest

from tests.kit.letters import BATCH, people
from tests.kit.smtp_server import DROP, HANG, OK, Authority, Scripted, drip, pause, recording_server, wait_until
from tests.kit.world import World, program, put, through

pytestmark = pytest.mark.slow

PHASES = ("greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "final")
ENDLESS = b"250-more\r\n" * 200_000
FAULTS = {
    "drop": DROP,
    "hang": HANG,
    "4yz": b"451 4.3.0 not now\r\n",
    "421": b"421 4.3.2 closing\r\n",
    "5yz": b"554 5.7.1 no\r\n",
    "garbage": b"\x00\xff\xfe garbage\r\n",
    "no code": b"ok then\r\n",
    "odd code": b"999 what\r\n",
    "half a line": (b"250 2.0", DROP),
    "half a line, then silence": (b"250 2.0", HANG),
    "endless lines": (ENDLESS, DROP),
    "an endless line": (b"250 " + b"x" * 3_000_000, DROP),
    "non-ASCII": "554 5.7.1 прощай ü\r\n".encode(),
    "not UTF-8": b"451 4.3.0 na\xefve\r\n",
}
FINAL = {"4yz": 75, "421": 75, "5yz": 69, "non-ASCII": 69, "not UTF-8": 75}
STATUS = {75: "deferred", 69: "refused", 76: "in-doubt"}
QUICK = {"MAILER_TIMEOUT": "0.4", "MAILER_FINAL_TIMEOUT": "0.4"}


def started(desk, server, *args):
    """The program, running; its words are kept until it ends."""
    return subprocess.Popen(
        [*program(), *args],
        cwd=desk.folder,
        env=desk.environ(**through(server)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def desk(tmp_path):
    return World(tmp_path, **QUICK).with_letter()


def expected(phase, fault):
    """Exit code and status of one letter."""
    if phase == "final":
        code = FINAL.get(fault, 76)
        return code, STATUS[code]
    if fault in ("5yz", "non-ASCII"):
        if phase in ("mail", "rcpt", "data"):
            return 69, "refused"
        return (77 if phase == "auth" else 69), "not-sent"
    return 75, "deferred"


def secure(authority, phase):
    """A server and the settings for it: with sign-in and STARTTLS where the phase is one of these."""
    if phase not in ("starttls", "auth"):
        return {}, {}
    how = {"security": "starttls", "tls": authority.good(), "password": ("jo", "hunter2secret")}
    there = {"MAILER_SMTP_SECURITY": "starttls", "MAILER_SMTP_USERNAME": "jo", "MAILER_PASSWORD": "hunter2secret"}
    return how, {**there, "MAILER_CA_FILE": str(authority.ca_file), "MAILER_SMTP_HOST": "localhost"}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("phase", PHASES)
def test_every_fault_at_every_phase(desk, authority, phase, fault):
    how, there = secure(authority, phase)
    code, status = expected(phase, fault)
    with Scripted({phase: [FAULTS[fault]]}, **how) as server:
        result = desk.mailer("send", "l.md", "--yes", "--json", **{**through(server), **there})
        assert not server.messages
    assert (result.code, result.json["status"]) == (code, status), result
    assert result.json["error"]["code"] == code
    assert "Traceback" not in result.err
    assert "hunter2secret" not in result.err + result.out
    assert desk.states() == ([] if status == "not-sent" else [status])
    if "5yz" in fault or fault == "non-ASCII":
        assert "5.7.1" in result.json["error"]["text"]

    with recording_server() as healthy:
        again = desk.send(healthy)
        count = {"deferred": 1, "not-sent": 1, "refused": 0, "in-doubt": 0}[status]
        assert len(healthy.messages) == count
        assert again.code == (0 if count else code)
        assert again.json["status"] == ("sent" if count else status)
        if status == "in-doubt":
            name = again.json["id"]
            assert desk.send(healthy, "l.md", "--again").code == 76
            assert desk.mailer("outbox", "resolve", name, "--not-sent").code == 0
            last = desk.send(healthy)
            assert last.code == 0
            assert last.json["message_id"] == result.json["message_id"]
        if status == "refused":
            assert again.json["reply"]["status"] == "5.7.1"
            last = desk.send(healthy, "l.md", "--again")
            assert last.code == 0
            assert last.json["message_id"] != result.json["message_id"]
        assert len(healthy.messages) == 1
        assert desk.send(healthy).json["status"] == "already-sent"
        assert len(healthy.messages) == 1
    assert desk.states() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_what_comes_after_the_250_changes_nothing(desk, fault):
    with Scripted({"quit": [FAULTS[fault]]}) as server:
        result = desk.send(server)
        assert len(server.messages) == 1
    assert (result.code, result.json["status"], result.json["error"]) == (0, "sent", None)
    assert desk.states() == []


@pytest.mark.parametrize("fault", ["drop", "hang", "garbage", "no code", "half a line"])
def test_a_server_that_keeps_the_letter_and_misbehaves_never_gets_it_twice(desk, fault):
    with Scripted({"final": [FAULTS[fault]]}, keeps=True) as server:
        assert desk.send(server).code == 76
        for args in (("l.md",), ("l.md", "--again"), ("l.md", "--set", "Cc=x@y.example")):
            assert desk.send(server, *args).code == 76
        assert len(server.messages) == 1
    entry = desk.outbox()[0]
    assert entry["state"] == "in-doubt"
    assert f"mailer outbox resolve {entry['id']}" in entry["next"]
    assert desk.mailer("outbox", "resolve", entry["id"], "--sent").code == 0
    with recording_server() as healthy:
        assert desk.send(healthy).json["status"] == "already-sent"
        assert not healthy.messages


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("extra", [b"250 2.0.0 extra\r\n", b"354 go on\r\n", b"551 5.0.0 extra\r\n"])
def test_extra_replies_never_settle_a_letter(desk, phase, extra):
    usual = b"354 go ahead\r\n" if phase == "data" else b"250 2.0.0 ok\r\n"
    with Scripted({phase: [usual + extra]}, keeps=True) as server:
        result = desk.send(server)
        assert result.json["status"] in ("deferred", "in-doubt", "refused")
        assert len(server.messages) <= (result.json["status"] == "in-doubt")
        before = len(server.messages)
    with recording_server() as healthy:
        desk.send(healthy)
        assert before + len(healthy.messages) <= 1


def test_an_early_final_reply_is_not_believed(desk):
    with Scripted({"content": [b"250 2.0.0 queued\r\n"], "final": [DROP]}) as server:
        result = desk.send(server)
    assert result.json["status"] in ("in-doubt", "deferred")


def test_a_reply_that_comes_octet_by_octet_counts(desk):
    with Scripted({"final": [drip(b"250 2.0.0 queued\r\n", 0.005)]}) as server:
        assert desk.send(server).code == 0


def test_nothing_listens(desk):
    with Scripted() as server:
        pass
    result = desk.send(server)
    assert (result.code, result.json["status"]) == (75, "deferred")
    assert "refused" in result.json["error"]["text"]
    assert desk.states() == ["deferred"]


def test_a_name_that_does_not_resolve(desk):
    with Scripted() as server:
        result = desk.mailer(
            "send", "l.md", "--yes", "--json", **{**through(server), "MAILER_SMTP_HOST": "nowhere.invalid"}
        )
    assert (result.code, result.json["status"]) == (75, "deferred")


def test_not_now_is_said_once(desk):
    with Scripted({"rcpt": [b"450\r\n"]}) as server:
        error = desk.send(server, "l.md", MAILER_RETRY_SECONDS="0").json["error"]["text"]
    assert error == "not now: 450: trying again is safe"


def test_retries_within_the_time_that_is_given(desk):
    with Scripted({"mail": [b"450 4.2.0 greylisted\r\n"]}) as server:
        result = desk.send(server, "l.md", MAILER_RETRY_SECONDS="10")
        assert len(server.messages) == 1
        assert server.connections == 2
    assert (result.code, result.json["status"]) == (0, "sent")
    assert "trying again in" in result.err


class TestPartly:
    def test_only_those_refused_for_now_are_asked_again(self, desk):
        (desk.folder / "l.md").write_text(
            "From: jo@novak.example\nTo: a@x.example, b@x.example\nCc: c@x.example\nSubject: S\n\nHi\n"
        )
        script = {"rcpt": [OK, b"550 5.1.1 unknown\r\n", b"450 4.2.0 later\r\n"]}
        with Scripted(script) as server:
            first = desk.send(server)
            assert (first.code, first.json["status"]) == (69, "sent")
            assert set(first.json["refused"]) == {"b@x.example", "c@x.example"}
            assert first.json["refused"]["b@x.example"] == {"code": 550, "status": "5.1.1", "text": "unknown"}
            assert desk.states() == ["deferred"]
            second = desk.send(server)
            assert server.messages[-1].rcpt_to == ("c@x.example",)
            assert second.json["message_id"] == first.json["message_id"]
            assert second.json["status"] == "sent"
            third = desk.send(server)
            assert (third.code, third.json["status"]) == (0, "already-sent")
            assert set(third.json["refused"]) == {"b@x.example"}
            assert third.json["error"] is None
            assert [message.rcpt_to for message in server.messages] == [("a@x.example",), ("c@x.example",)]
            assert server.messages[0].content == server.messages[1].content
        assert desk.states() == []

    def test_for_now_only(self, desk):
        (desk.folder / "l.md").write_text("From: jo@novak.example\nTo: a@x.example, b@x.example\nSubject: S\n\nHi\n")
        with Scripted({"rcpt": [OK, b"450 4.2.0 later\r\n"]}) as server:
            first = desk.send(server)
            assert (first.code, first.json["status"]) == (75, "sent")
            (desk.folder / "l.md").write_text(
                "From: jo@novak.example\nTo: a@x.example, b@x.example\nSubject: S\n\nHo\n"
            )
            other = desk.send(server)
            assert (other.code, other.json["status"]) == (1, "not-ready")
            assert len(server.messages) == 1


def test_sigterm_after_the_dot_is_a_doubt_that_the_outbox_tells(desk):
    with Scripted({"final": [HANG]}, keeps=True) as server:
        process = started(desk, server, "send", "l.md", "--yes", "--json")
        assert wait_until(lambda: len(server.messages) == 1, 20)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 76, err
    assert b'"status": "in-doubt"' in out
    assert desk.states() == ["in-doubt"]


@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 143)])
@pytest.mark.parametrize("phase", ["greeting", "ehlo", "mail", "rcpt", "data"])
def test_a_signal_before_the_dot_leaves_nothing_in_doubt(desk, phase, number, code):
    with Scripted({phase: [HANG]}) as server:
        process = started(desk, server, "send", "l.md", "--yes")
        assert wait_until(lambda: server.turns.get(phase), 20)
        process.send_signal(getattr(signal, number))
        _, err = process.communicate(timeout=60)
        assert process.returncode == code, err
        assert b"Traceback" not in err
    assert "in-doubt" not in desk.states()
    with recording_server() as healthy:
        assert desk.send(healthy).code == 0
        assert len(healthy.messages) == 1


def test_a_signal_waits_for_a_reply_that_comes(desk):
    with Scripted({"final": [(pause(1.0), b"250 2.0.0 queued\r\n")]}, keeps=True) as server:
        process = started(desk, server, "send", "l.md", "--yes")
        assert wait_until(lambda: len(server.messages) == 1, 20)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 143
    assert out.startswith(b"sent\t")
    assert desk.states() == []


def test_a_terminal_that_is_closed_leaves_nothing_in_doubt(desk):
    put(desk.folder, "b.md", BATCH)
    put(desk.folder, "p.csv", people(60))
    with Scripted({"final": lambda _: time.sleep(0.05)}, extensions=("PIPELINING",)) as server:
        child = pexpect.spawn(
            program()[0],
            [*program()[1:], "send", "b.md", "--each", "p.csv", "--yes"],
            cwd=str(desk.folder),
            env=desk.environ(**through(server)),
        )
        assert wait_until(lambda: len(server.messages) > 5, 20)
        child.close(force=False)
        assert wait_until(lambda: not child.isalive(), 20)
        went = len(server.messages)
        assert went < 60
        assert "in-doubt" not in desk.states()
        assert desk.send(server, "b.md", "--each", "p.csv").code == 0
        assert sorted(len(message.rcpt_to) for message in server.messages) == [1] * 60
