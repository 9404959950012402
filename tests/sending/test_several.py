"""Several connections: the promises of one, whatever becomes of one of them; and when more than one is opened."""

from __future__ import annotations

import collections
import itertools
import json
import signal
import sqlite3
import subprocess
import time

import pytest

from mailer.sending.several import Line, Lines, Several
from tests.kit.letters import BATCH, people
from tests.kit.smtp_server import DROP, OK, Scripted, pause, recording_server, wait_until
from tests.kit.world import World, program, put, through

PIPELINING = ("PIPELINING",)
BOTH = ("PIPELINING", "CHUNKING")
NO_MORE = b"421 4.7.0 too many connections\r\n"
# Time for every connection to be opened before the letters are gone.
SLOWLY = {"final": dict.fromkeys(range(200), (pause(0.04), b"250 2.0.0 queued\r\n"))}
BATCH_ARGS = ("b.md", "--each", "p.csv")


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(40))
    return World(tmp_path, MAILER_CONNECTIONS="4").with_letter()


def told(result):
    """The states of the rows, by recipient; each is told once."""
    rows = [json.loads(line) for line in result.out.splitlines()]
    states = {row["to"][0]: row["status"] for row in rows}
    assert len(states) == len(rows)
    return states


def kept(server):
    """Who has the letters; none has one twice."""
    ids = [
        (line, person)
        for message in server.messages
        for person in message.rcpt_to
        for line in message.content.split(b"\r\n")
        if line.startswith(b"Message-ID:")
    ]
    assert len(set(ids)) == len(ids)
    assert max(collections.Counter(person for _, person in ids).values(), default=1) == 1
    return {person for _, person in ids}


def sends_all(desk, server, *args, **more):
    """Every letter of the batch goes, once."""
    result = desk.send(server, *BATCH_ARGS, *args, **more)
    assert result.code == 0, result
    assert set(told(result).values()) == {"sent"}
    assert len(kept(server)) == 40
    assert desk.states() == []
    return result


@pytest.mark.parametrize("extensions", [(), PIPELINING, BOTH])
def test_a_batch_over_four_connections(desk, extensions):
    with Scripted(SLOWLY, extensions=extensions, keeps=True) as server:
        sends_all(desk, server)
        assert server.connections == 4
        assert 2 <= len(server.taken) <= 4
        assert desk.send(server, *BATCH_ARGS).code == 0
        assert len(server.messages) == 40


def test_over_tls_and_with_one_sign_in_each(desk, tmp_path):
    from tests.kit.smtp_server import Authority

    own = Authority(tmp_path)
    secret = {"MAILER_SMTP_USERNAME": "jo", "MAILER_PASSWORD": "hunter2secret", "MAILER_SMTP_SECURITY": "tls"}
    secret |= {"MAILER_CA_FILE": str(own.ca_file)}
    with recording_server(security="tls", tls=own.good(), password=("jo", "hunter2secret")) as server:
        sends_all(desk, server, **secret)
        assert 1 < len(server.sign_ins) <= 4


def test_a_wrong_password_is_tried_once(desk, tmp_path):
    with recording_server(password=("jo", "right")) as server:
        done = desk.send(server, *BATCH_ARGS, MAILER_SMTP_USERNAME="jo", MAILER_PASSWORD="wrong")
        assert done.code == 77
        assert len(server.sign_ins) == 1


@pytest.mark.parametrize(("letters", "connections"), [(1, 1), (3, 3)])
def test_no_more_connections_than_letters(desk, letters, connections):
    put(desk.folder, "p.csv", people(letters))
    with Scripted(SLOWLY, extensions=PIPELINING, keeps=True) as server:
        assert desk.send(server, *BATCH_ARGS).code == 0
        assert (server.connections, len(server.messages)) == (connections, letters)
        assert desk.send(server, "l.md", "--connections", "4").code == 0
        assert server.connections == connections + 1


def test_a_server_that_takes_two_connections(desk):
    refused = {number: {"greeting": NO_MORE} for number in (2, 3)}
    with Scripted(SLOWLY, extensions=PIPELINING, by_connection=refused, keeps=True) as server:
        result = sends_all(desk, server)
        assert server.connections == 4
    assert "too many connections" in result.err
    assert "going on with 2 connections" in result.err


def test_a_server_that_says_421_to_the_third(desk):
    with Scripted(SLOWLY, extensions=PIPELINING, by_connection={2: {"mail": NO_MORE}}, keeps=True) as server:
        result = sends_all(desk, server)
        assert server.connections == 4
        assert 2 not in server.taken
    assert "going on with 3 connections" in result.err


def test_a_server_that_says_421_to_all_but_the_first(desk):
    refused = {number: {"mail": NO_MORE} for number in (1, 2, 3)}
    with Scripted(extensions=PIPELINING, by_connection=refused) as server:
        sends_all(desk, server)
        assert set(server.taken) == {0}


def test_a_421_after_some_letters_of_each(desk):
    many = {number: {"mail": [*[OK] * 3, NO_MORE]} for number in range(40)}
    with Scripted(extensions=PIPELINING, by_connection=many) as server:
        sends_all(desk, server)


def test_one_slow_connection_holds_up_no_other(desk):
    slow = {0: {"final": [(pause(0.5), b"250 2.0.0 queued\r\n")] * 40}}
    with Scripted(extensions=PIPELINING, by_connection=slow, keeps=True) as server:
        sends_all(desk, server)
        assert server.taken[0] <= 5


def test_what_a_slow_connection_has_not_begun_goes_over_the_others(desk):
    slow = {0: {"final": [(pause(3.0), b"250 2.0.0 queued\r\n")]}}
    with Scripted(extensions=PIPELINING, by_connection=slow, keeps=True) as server:
        sends_all(desk, server)
        # The second one was begun behind the dot of the first.
        assert server.taken[0] == 2


class Busy:
    """A session whose reply is on its way; ``names`` want to be marked meanwhile."""

    busy, room, round_trip = True, 1, 0.2

    def __init__(self, *names):
        self.names = names

    def ahead(self):
        return self.names

    def share(self, window):
        pass


def lines_of(*sessions):
    lines = Lines(lambda _: None, Several(4), 8, print)
    lines.used = [Line(session, in_hand=2) for session in sessions]
    return lines


def ahead(lines):
    return lines.ahead(lines.used)


def test_letters_of_all_connections_are_marked_at_once():
    one, other = Busy("a"), Busy("b", "c")
    assert ahead(lines_of(one, other)) == [(one, ("a",)), (other, ("b", "c"))]


def test_marks_wait_half_a_round_trip_for_those_of_other_connections(monkeypatch):
    one, other, now = Busy("a"), Busy(), 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    lines = lines_of(one, other)
    assert ahead(lines) == []
    now += 0.09
    assert ahead(lines) == []
    now += 0.02
    assert ahead(lines) == [(one, ("a",))]
    # Those of the next window wait anew.
    assert ahead(lines) == []
    other.names = ("b",)
    assert ahead(lines) == [(one, ("a",)), (other, ("b",))]


def test_outcomes_are_on_disk_while_one_connection_is_slow(desk):
    """A kill then leaves in doubt only what the slow one has."""
    put(desk.folder, "p.csv", people(8))
    slow = {3: {"final": [(pause(20.0), b"250 2.0.0 queued\r\n")] * 8}}
    with Scripted(extensions=PIPELINING, by_connection=slow) as server:
        process = started(desk, server)
        assert wait_until(lambda: len(server.messages) >= 4, 20)
        time.sleep(1.5)
        process.kill()
        process.communicate()
        assert len(kept(server)) + len(desk.outbox()) >= 8 - 2
        assert sum(state == "in-doubt" for state in desk.states()) <= 2


def started(desk, server):
    return subprocess.Popen(
        [*program(), "send", *BATCH_ARGS, "--yes", "--json"],
        cwd=desk.folder,
        env=desk.environ(**through(server)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("phase", ["content", "final"])
@pytest.mark.parametrize("turn", [0, 2])
def test_one_of_four_drops_a_letter(desk, phase, turn):
    """In the middle of the content, or after the dot: that letter is in doubt, and the others go on."""
    drops = {2: {phase: {turn: DROP}}}
    with Scripted(extensions=PIPELINING, by_connection=drops, keeps=True) as server:
        result = desk.send(server, *BATCH_ARGS)
        states = told(result)
        doubtful = {person for person, state in states.items() if state == "in-doubt"}
        assert len(states) == 40
        assert set(states.values()) <= {"sent", "in-doubt"}
        # Where the drop came before any of the content had left, it went over another connection.
        assert len(doubtful) == 1 or (phase == "content" and not doubtful)
        assert result.code == (76 if doubtful else 0)
        assert states.keys() - kept(server) <= doubtful
        before = len(server.messages)
        assert desk.send(server, *BATCH_ARGS).code == result.code
        assert len(server.messages) == before
        assert desk.states() == ["in-doubt"] * len(doubtful)


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_one_of_four_drops_before_the_content(desk, phase):
    with Scripted(extensions=PIPELINING, by_connection={1: {phase: {2: DROP}}}) as server:
        sends_all(desk, server)


def test_one_of_four_is_greylisted(desk):
    grey = {0: {"rcpt": dict.fromkeys(range(3), b"450 4.7.1 greylisted\r\n")}}
    with Scripted(extensions=PIPELINING, by_connection=grey) as server:
        sends_all(desk, server, MAILER_RETRY_SECONDS="20")


def test_each_letter_is_on_disk_as_about_to_send_before_its_dot(desk):
    place, fewer = desk.folder / "home" / "data" / "ledger.sqlite", []

    def final(server):
        # Read first: others are marked, and arrive, in the meantime.
        contents = server.contents
        ledger = sqlite3.connect(place)
        (marked,) = ledger.execute("SELECT count(*) FROM letters WHERE state != 'claimed'").fetchone()
        ledger.close()
        fewer.extend([marked] if marked < contents else [])
        return OK

    with Scripted({"final": dict.fromkeys(range(40), final)}, extensions=PIPELINING) as server:
        sends_all(desk, server)
    assert fewer == []


def test_a_rate_is_that_of_all_connections(desk):
    put(desk.folder, "p.csv", people(5))
    moments = []
    noted = {"mail": {turn: lambda _server: moments.append(time.monotonic()) for turn in range(5)}}
    with Scripted(noted, extensions=PIPELINING) as server:
        assert desk.send(server, *BATCH_ARGS, "--rate", "300/min").code == 0
        assert len(server.messages) == 5
    assert all(later - before > 0.15 for before, later in itertools.pairwise(moments))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("after", [3, 17])
def test_a_signal_leaves_no_letter_untold(desk, number, after):
    final = {turn: (pause(0.02), b"250 2.0.0 queued\r\n") for turn in range(40)}
    with Scripted({"final": final}, extensions=PIPELINING, keeps=True) as server:
        process = started(desk, server)
        assert wait_until(lambda: len(server.messages) >= after, 20)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert process.returncode != 0, err
        assert b"Traceback" not in err
        states = {row["to"][0]: row["status"] for row in map(json.loads, out.splitlines()) if row["to"]}
        if number != signal.SIGKILL:
            assert {person for person, state in states.items() if state == "sent"} == kept(server)
        assert sum(state == "in-doubt" for state in desk.states()) <= (8 if number == signal.SIGKILL else 0)
        last = desk.send(server, *BATCH_ARGS)
        doubtful = desk.outbox()
        assert last.code == (76 if doubtful else 0)
        assert 40 - len(doubtful) <= len(kept(server)) <= 40


class TestAuto:
    def connections(self, desk, *, count=40, seconds=0.0, extensions=PIPELINING, **more):
        put(desk.folder, "p.csv", people(count))
        slow = [(pause(seconds), None)] * 4 if seconds else []
        with Scripted({"ehlo": slow}, extensions=extensions) as server:
            assert desk.send(server, *BATCH_ARGS, "--connections", "auto", **more).code == 0
            assert len(kept(server)) == count
            return server.connections

    def test_a_slow_line(self, desk):
        assert self.connections(desk, seconds=0.03) in (2, 3, 4)

    def test_a_quick_line(self, desk, monkeypatch):
        monkeypatch.setattr("mailer.sending.several._QUICK", 1.0)
        assert self.connections(desk) == 1

    def test_few_letters(self, desk):
        assert self.connections(desk, count=12, seconds=0.03) == 1

    def test_chunking(self, desk):
        assert self.connections(desk, seconds=0.03, extensions=BOTH) == 1


@pytest.mark.parametrize("text", ["0", "17", "x", ""])
def test_a_number_that_cannot_be(desk, text):
    done = desk.mailer("send", *BATCH_ARGS, "--yes", "--connections", text)
    assert done.code == 2
    assert "auto, or a whole number from 1 to 16" in done.err


def test_a_setting_that_cannot_be(desk):
    desk.settings["MAILER_CONNECTIONS"] = "many"
    with recording_server() as server:
        done = desk.send(server, *BATCH_ARGS)
    assert done.code == 78
    assert "MAILER_CONNECTIONS (environment): 'many' is not allowed" in f"{done.err}{done.out}"


def test_the_conversation_names_its_connection(desk):
    with Scripted(SLOWLY, extensions=PIPELINING, keeps=True) as server:
        many = sends_all(desk, server, "-v")
        for number in range(1, 5):
            assert f"[{number}] > QUIT" in many.err
        put(desk.folder, "p.csv", people(2, 50))
        one = desk.send(server, *BATCH_ARGS, "-v", "--connections", "1")
    assert "\n> QUIT" in one.err
