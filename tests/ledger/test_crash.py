"""Never twice and never lost in silence: kills at any moment, and several processes at once."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailer.errors import Later
from mailer.ledger.ledger import open_ledger
from tests.kit.ledger import Clock, letter, sent
from tests.ledger.crash import people

CRASH = str(Path(__file__).with_name("crash.py"))
COUNT, WINDOW = 24, 4


def command(folder, count=COUNT, window=WINDOW, hang=""):
    return [
        sys.executable,
        CRASH,
        str(folder / "ledger.sqlite"),
        str(folder / "delivered"),
        str(count),
        str(window),
        hang,
    ]


def examine(folder, count=COUNT, window=WINDOW):
    """Run to the end, then compare what was delivered with what the ledger says."""
    subprocess.run(command(folder, count, window), check=True, timeout=60)
    lines = (folder / "delivered").read_text().split()
    assert len(lines) == len(set(lines)), "delivered twice"
    with open_ledger(folder / "ledger.sqlite") as ledger:
        doubtful = [row for row in ledger.outbox() if row.state == "in-doubt"]
        logged = {line.to[0]: line.state for line in ledger.log()}
        assert set(logged) == {box.addr_spec for box in people(count)}, "lost"
        assert {to for to, state in logged.items() if state == "sent"} <= set(lines), "claimed to be sent"
        assert set(lines) <= set(logged)
        assert len(doubtful) == len(ledger.outbox()) <= window
    # What a dead run left behind is swept up by the next run that claims something.
    assert len(list((folder / "runs").iterdir())) <= 1
    return len(doubtful)


def killed(arguments, after):
    with subprocess.Popen(arguments) as child:
        time.sleep(after)
        child.kill()


def test_killed_at_random_moments(tmp_path):
    moments = random.Random(7)
    for _ in range(6):
        killed(command(tmp_path, 400), moments.uniform(0.1, 0.5))
    subprocess.run(command(tmp_path, 400), check=True)
    lines = (tmp_path / "delivered").read_text().split()
    assert len(lines) == len(set(lines))
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        assert len(list(ledger.log())) == 400
        assert {row.state for row in ledger.outbox()} <= {"in-doubt"}
        assert len(ledger.outbox()) <= 6 * WINDOW


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="strace kills at the n-th system call")
@pytest.mark.parametrize(
    ("call", "moments"),
    [
        ("fdatasync", range(1, 22)),
        ("pwrite64", range(1, 140, 9)),
        ("write", range(1, 26, 3)),
        ("flock", range(1, 3)),
        ("unlink", range(1, 3)),
        ("ftruncate", range(1, 3)),
        ("fcntl", range(1, 200, 17)),
    ],
)
def test_killed_at_the_nth_system_call(tmp_path, call, moments):
    hits = doubts = 0
    for moment in moments:
        folder = tmp_path / str(moment)
        folder.mkdir()
        tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"]
        inject = ["-e", f"inject={call}:signal=KILL:when={moment}"]
        done = subprocess.run([*tracer, *inject, *command(folder)], check=False, timeout=60)
        hits += done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        doubts += examine(folder) > 0
    assert hits >= min(2, len(moments) // 2), "nothing was killed"


@pytest.mark.parametrize("processes", [pytest.param(2, marks=pytest.mark.slow), 4])
def test_processes_at_once_on_one_missing_ledger(tmp_path, processes):
    children = [subprocess.Popen(command(tmp_path, 100)) for _ in range(processes)]
    assert [child.wait(timeout=60) for child in children] == [0] * processes
    assert examine(tmp_path, 100) == 0


def hanging(folder, where):
    child = subprocess.Popen(command(folder, hang=where), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"here\n"
    return child


def ask(ledger):
    new = letter((people(1)[0],), message_id="<2@me.example>")
    return ledger.peek(new.identity, new.content_digest), ledger.claim(new)


@pytest.mark.parametrize(
    ("where", "left", "kind", "attempts"), [("claimed", "deferred", "retry", 0), ("sending", "in-doubt", "in-doubt", 1)]
)
def test_a_live_run_is_told_from_a_dead_one(tmp_path, where, left, kind, attempts):
    with hanging(tmp_path, where) as child, open_ledger(tmp_path / "ledger.sqlite") as ledger:
        assert [claim.kind for claim in ask(ledger)] == ["busy", "busy"]
        assert {row.state for row in ledger.outbox()} == {where}
        child.kill()
        child.wait()
        assert {(row.state, row.attempts) for row in ledger.outbox()} == {(left, attempts)}, "as seen"
        seen, claim = ask(ledger)
        assert seen.kind == claim.kind == kind
        assert claim.message_id == "<1@me.example>"
        rest = [row for row in ledger.outbox() if row.id != claim.id]
        assert {(row.state, row.attempts) for row in rest} == {(left, attempts)}, "as recorded"
        child.stdin.close()
        child.stdout.close()


def test_a_doubt_of_a_dead_run_is_resolved(tmp_path):
    with hanging(tmp_path, "sending") as child:
        child.kill()
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        first = ledger.outbox()[0]
        ledger.resolve(first.id, sent=False)
        assert [claim.kind for claim in ask(ledger)] == ["retry", "retry"]


def test_two_ledgers_in_one_process_see_each_other(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as one, open_ledger(path) as two:
        claim = one.claim(letter())
        assert two.claim(letter()).kind == "busy"
        one.about_to_send([claim.id])
        assert two.claim(letter(), again=True).kind == "busy"
        one.settle([sent(claim)])
        assert two.claim(letter()).kind == "already-sent"


def test_a_run_whose_lock_was_deleted_cannot_mark_what_another_took(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as one, open_ledger(path) as two:
        mine = one.claim(letter())
        shutil.rmtree(tmp_path / "runs")
        assert two.claim(letter()).kind == "retry"
        with pytest.raises(Later):
            one.about_to_send([mine.id])


def test_a_late_answer_settles_the_doubt_of_a_run_taken_for_dead(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path, clock=Clock()) as one, open_ledger(path, clock=Clock()) as two:
        mine = one.claim(letter())
        one.about_to_send([mine.id])
        shutil.rmtree(tmp_path / "runs")
        assert two.claim(letter()).kind == "in-doubt"
        one.settle([sent(mine)])
        assert two.claim(letter()).kind == "already-sent"


def test_a_ledger_kept_locked_is_for_later(tmp_path, monkeypatch):
    monkeypatch.setattr("mailer.ledger.opening.BUSY_SECONDS", 0.05)
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as one, open_ledger(path) as two, one.transaction():
        one.claim(letter())
        with pytest.raises(Later, match="locked by another process"):
            two.claim(letter(company="other"))


def test_about_to_send_is_one_commit_with_the_outcomes(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as ledger, open_ledger(path, create=False) as reader:
        one, two = (ledger.claim(letter(company=name)) for name in "ab")
        ledger.about_to_send([one.id])
        version = reader.store.one("PRAGMA data_version")[0]
        ledger.about_to_send([two.id], [sent(one)])
        assert reader.store.one("PRAGMA data_version")[0] != version
        assert [row.id for row in reader.outbox()] == [two.id]


def test_a_run_that_ends_while_another_reads_leaves_no_doubt(tmp_path):
    """What is read is of then, the lock of now: a letter that was settled in between is no dead run's."""
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as reader:
        with open_ledger(path) as sender:
            claim = sender.claim(letter())
            sender.about_to_send([claim.id])
            reader.keep_reading()
            assert reader.peek(letter().identity, letter().content_digest).kind == "busy"
            sender.settle([sent(claim)])
        assert reader.peek(letter().identity, letter().content_digest).kind == "already-sent"
