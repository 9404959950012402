"""The weekly letter with new figures to the same people: every way that a hint names is followed here."""

from __future__ import annotations

import csv
import sys

import pytest

from tests.kit.letters import people
from tests.kit.smtp_server import OK, Scripted, recording_server
from tests.kit.world import World, program, put, through

LETTER = (
    "From: Jo Novak <jo@novak.example>\nTo: {{ name }} <{{ email }}>\nSubject: The figures of {{ company }}\n\n"
    "Dear {{ name }},\n\nthis week %d came.\n\nJo\n"
)
BOTH = ("b.md", "--each", "p.csv")


@pytest.fixture
def desk(tmp_path):
    made = World(tmp_path).with_letter()
    put(tmp_path, "p.csv", people(3))
    week(made, 1)
    return made


@pytest.fixture
def server():
    with recording_server() as running:
        yield running


def week(desk, number):
    put(desk.folder, "b.md", LETTER % number)


def statuses(result):
    return [told["status"] for told in result.objects]


def test_the_next_week_is_held_back_and_says_how_it_goes(desk, server):
    assert statuses(desk.send(server, *BOTH)) == ["sent"] * 3
    week(desk, 2)
    held = desk.send(server, *BOTH)
    assert (held.code, statuses(held)) == (1, ["not-ready"] * 3)
    assert all("--again sends it" in told["error"]["hint"] for told in held.objects)
    assert "p.failed.csv" in held.err
    assert "--again" in held.err
    assert len(server.messages) == 3


def test_again_sends_every_row_anew(desk, server):
    desk.send(server, *BOTH)
    week(desk, 2)
    done = desk.send(server, *BOTH, "--again")
    assert (done.code, statuses(done)) == (0, ["sent"] * 3)
    assert "3 of 3 were sent or refused before" in done.err
    assert len({message.content for message in server.messages}) == 6
    assert statuses(desk.send(server, *BOTH)) == ["already-sent"] * 3


def test_the_file_of_rows_that_did_not_go_goes_with_again(desk, server):
    desk.send(server, *BOTH)
    week(desk, 2)
    put(desk.folder, "p.csv", people(5))
    assert statuses(desk.send(server, *BOTH)) == ["not-ready"] * 3 + ["sent"] * 2
    done = desk.send(server, "b.md", "--each", "p.failed.csv", "--again")
    assert (done.code, statuses(done)) == (0, ["sent"] * 3)
    assert len(server.messages) == 8


def test_row_with_again_sends_this_one_alone(desk, server):
    desk.send(server, *BOTH)
    week(desk, 2)
    held = desk.send(server, *BOTH)
    assert "with --row, this one alone" in held.objects[1]["error"]["hint"]
    done = desk.send(server, *BOTH, "--row", "2", "--again")
    assert (done.code, done.json["status"]) == (0, "sent")
    assert len(server.messages) == 4


def test_rows_that_were_refused_before_go_with_again(desk):
    with Scripted({"rcpt": [b"550 5.1.1 no\r\n"]}) as server:
        assert statuses(desk.send(server, *BOTH)) == ["refused", "sent", "sent"]
        held = desk.send(server, *BOTH)
        assert "--again" in held.objects[0]["error"]["hint"]
        done = desk.send(server, "b.md", "--each", "p.failed.csv", "--again")
        assert statuses(done) == ["sent"]
        assert len(server.messages) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals to drive")
def test_it_asks_once_with_the_number(desk, server):
    pexpect = pytest.importorskip("pexpect")
    desk.send(server, *BOTH)
    week(desk, 2)
    put(desk.folder, "p.csv", people(4))
    command, *rest = program()
    env = desk.environ(**through(server), TERM="dumb")
    child = pexpect.spawn(command, [*rest, "send", *BOTH, "--again"], cwd=str(desk.folder), env=env, encoding="utf-8")
    child.expect("3 of 4 were sent or refused before: --again sends them once more")
    child.expect(r"Send 4 ?(\(\d with warnings\))?\?")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert child.before.count("?") <= 1
    assert len(server.messages) == 7


def test_a_doubt_is_not_overridden(desk):
    with Scripted({"final": [OK, b"garbage\r\n"]}) as server:
        desk.send(server, *BOTH)
        week(desk, 2)
        done = desk.send(server, *BOTH, "--again")
    assert statuses(done).count("in-doubt") == 1
    assert done.code == 76


def test_a_stopped_run_leaves_the_rows_it_did_not_reach_in_the_file(desk, server):
    """With --again nobody else knows which they are: the same words, sent before and now."""
    put(desk.folder, "p.csv", people(150))
    desk.send(server, *BOTH)

    def change(running):
        if len(running.messages) == 3:
            put(desk.folder, "p.csv", people(150) + "N,n@x.example,C\n")
        return OK

    with Scripted({"final": change}) as second:
        stopped = desk.send(second, *BOTH, "--again")
        went = [message.rcpt_to[0] for message in second.messages]
    assert "not reached. Give the file of unsent rows to --each, with --again" in stopped.err
    assert "nothing goes twice" not in stopped.err
    with (desk.folder / "p.failed.csv").open(newline="") as file:
        left = [row["email"] for row in csv.DictReader(file)]
    assert sorted(went + left) == sorted(f"n{n}@x.example" for n in range(150))
    with recording_server() as third:
        done = desk.send(third, "b.md", "--each", "p.failed.csv", "--again")
        assert sorted(message.rcpt_to[0] for message in third.messages) == sorted(left)
    assert done.code == 0


def test_what_is_deferred_goes_without_again(desk, server):
    desk.send(server, *BOTH)
    week(desk, 2)
    with Scripted({"rcpt": [OK, b"450 4.2.0 later\r\n"]}) as second:
        done = desk.send(second, *BOTH, "--again", MAILER_RETRY_SECONDS="0")
        assert sorted(statuses(done)) == ["deferred", "sent", "sent"]
        assert "without --again, for what is deferred" in done.err
        assert sorted(statuses(desk.send(second, *BOTH))) == ["already-sent", "already-sent", "sent"]
        assert len(second.messages) == 3
