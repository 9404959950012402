"""From the preflight to a server: what is handed over, what is told of it, and what an interruption leaves."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from mailer.errors import CannotWrite, FileChanged
from mailer.sending.caller import Collector
from mailer.sending.connections import Connector
from mailer.sending.quota import Allowance, Quota
from mailer.sending.request import SendOptions
from mailer.sending.submission import Submission
from tests.kit.letters import BATCH, SHORT, people
from tests.kit.runs import Heard, a_job, looked_at
from tests.kit.smtp_server import HANG, Scripted
from tests.kit.world import put, through


class Stops(Heard):
    """Is interrupted once it has heard of so many letters."""

    def __init__(self, after):
        super().__init__()
        self.after = after

    def result(self, result):
        super().result(result)
        self.after -= 1
        if self.after == 0:
            raise KeyboardInterrupt


def submitted(folder, server, rows, heard=None, quota=None, letter=BATCH, between=None, **options):
    """What was heard of a submission, and the states in the outbox after it."""
    heard, again = heard or Heard(), options.get("again", False)
    there = through(server, MAILER_RETRY_SECONDS="0")
    with a_job(folder, letter, rows, **there) as (world, job), looked_at(job, again=again) as preflight:
        if between:
            between()
        connector, settings = Connector(world, job.options), job.settings.submission_server()
        run = Submission(world, preflight, SendOptions(**options), quota, connector, settings, heard)
        try:
            run.run()
        finally:
            heard.waiting = [record.state for record in preflight.ledger.outbox()]
    return heard


def test_each_once_and_told_once(tmp_path, server):
    heard = submitted(tmp_path, server, people(5))
    assert heard.states == dict.fromkeys(range(1, 6), "sent")
    assert sorted(message.rcpt_to for message in server.messages) == [(f"n{n}@x.example",) for n in range(5)]
    assert (heard.log[0], heard.log[-1], heard.ended) == (("begin", 5), ("end", 0), 1)
    assert submitted(tmp_path, server, people(5)).states == dict.fromkeys(range(1, 6), "already-sent")
    assert len(server.messages) == 5


def test_a_duplicate_shares_the_fate_of_the_first(tmp_path, server):
    heard = submitted(tmp_path, server, people(2) + "N0,n0@x.example,C0\n")
    assert heard.states[1] == "sent"
    assert heard.states[3] in ("sent", "already-sent")
    assert len(server.messages) == 2


def test_those_that_are_not_fit_are_told_among_the_others(tmp_path, server):
    heard = submitted(tmp_path, server, "name,email,company\nA,a@x.example,X\nB,,Y\nC,c@x.example,Z\n")
    assert heard.states == {1: "sent", 3: "sent"}
    assert ("EmptyValue", 2) in heard.log


def test_beyond_the_quota_nothing_is_claimed(tmp_path, server):
    allowance = Allowance("Example Mail", (Quota(10, 2, "letters", "day"),))
    heard = submitted(tmp_path, server, people(4), quota=allowance)
    assert heard.states == {1: "sent", 2: "sent", 3: "deferred", 4: "deferred"}
    assert (len(server.messages), heard.waiting) == (2, [])


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_a_file_that_changed_since_it_was_looked_at_keeps_its_letter_back(tmp_path, server, change):
    path = put(tmp_path, "cv.txt", "as it was looked at\n")

    def between():
        path.unlink() if change == "gone" else path.write_text("something else, and longer than before\n")

    text = SHORT.replace("Subject:", "Attach: cv.txt\nSubject:")
    heard = submitted(tmp_path, server, None, letter=text, between=between)
    assert heard.log == [("begin", 1), ("FileChanged", None), ("end", 0)]
    assert server.messages == []


def test_a_csv_that_changed_ends_the_run(tmp_path, server):
    heard = submitted(tmp_path, server, people(3), between=lambda: put(tmp_path, "p.csv", people(9)))
    assert isinstance(heard.fault, FileChanged)
    assert (heard.ended, server.messages) == (1, [])


def test_what_the_server_refuses_or_defers(tmp_path):
    with Scripted({"rcpt": [b"250 ok\r\n", b"550 5.1.1 no\r\n", b"451 4.3.0 later\r\n"]}) as server:
        heard = submitted(tmp_path, server, people(3))
    assert heard.states == {1: "sent", 2: "refused", 3: "deferred"}
    assert sorted(heard.waiting) == ["deferred", "refused"]


@pytest.mark.parametrize("again", [False, True])
def test_an_interruption_settles_what_went_and_keeps_what_was_not_reached(tmp_path, server, again):
    heard = Stops(after=1)
    with pytest.raises(KeyboardInterrupt):
        submitted(tmp_path, server, people(30), heard, again=again)
    assert heard.log[-1] == ("end", 30)
    went = {message.rcpt_to[0] for message in server.messages}
    assert len(went) == len(server.messages) < 30
    assert [what for what, _ in heard.log].count("unreached") == (30 if again else 0)
    assert submitted(tmp_path, server, people(30)).ended == 1
    assert sorted(message.rcpt_to[0] for message in server.messages) == sorted(f"n{n}@x.example" for n in range(30))


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends the process there")
def test_ctrl_c_while_the_sum_is_told_waits_until_all_of_it_is(tmp_path, server):
    class Ends(Heard):
        def end(self, letters=0):
            os.kill(os.getpid(), signal.SIGINT)
            super().end(letters)

    heard = Ends()
    with pytest.raises(KeyboardInterrupt):
        submitted(tmp_path, server, people(2), heard)
    assert heard.log[-1] == ("end", 0)


@pytest.mark.skipif(sys.platform == "win32", reason="a signal ends the process there")
def test_a_program_hears_ctrl_c_that_leaves_a_letter_in_doubt(tmp_path, monkeypatch):
    def stops(_server):
        os.kill(os.getpid(), signal.SIGINT)
        return HANG

    monkeypatch.setattr("mailer.sending.submission.PATIENCE", 0.2)
    heard = Heard()
    with Scripted({"final": [stops]}) as server, pytest.raises(KeyboardInterrupt):
        submitted(tmp_path, server, None, heard, letter=SHORT)
    assert list(heard.states.values()) == ["in-doubt"]


def test_a_program_hears_once_of_a_letter_whose_copy_was_interrupted(tmp_path, server):
    def stopped(_result, _before):
        raise KeyboardInterrupt

    class Copies(Collector):
        def begin(self, host, _copy, letters, again):
            super().begin(host, stopped, letters, again)

    collector = Copies()
    with pytest.raises(KeyboardInterrupt):
        submitted(tmp_path, server, None, collector, letter=SHORT)
    assert [(result.state, result.copy) for result in collector.results] == [("sent", "failed")]


def test_a_ledger_that_fails_breaks_the_run_off_and_its_letters_are_told(tmp_path, server, monkeypatch):
    from mailer.ledger.settling import Settling

    def full(*_args, **_more):
        raise CannotWrite("the disk is full")

    monkeypatch.setattr(Settling, "about_to_send", full)
    heard = submitted(tmp_path, server, people(2))
    assert isinstance(heard.fault, CannotWrite)
    assert server.messages == [], "nothing goes that is not marked on disk"
    assert heard.ended == 1


@pytest.mark.parametrize(("octets", "rate", "window"), [(10, 0, 8), (9 << 20, 0, 1), (3 << 20, 0, 3), (10, 6.0, 1)])
def test_large_attachments_and_a_rate_make_the_window_smaller(tmp_path, server, octets, rate, window):
    put(tmp_path, "cv.bin", bytes(octets))
    text = SHORT.replace("Subject:", "Attach: cv.bin\nSubject:")
    with a_job(tmp_path, text, **through(server)) as (world, job), looked_at(job) as preflight:
        settings, connector = job.settings.submission_server(), Connector(world, job.options)
        run = Submission(world, preflight, SendOptions(rate=rate), None, connector, settings, Heard())
        assert run._submitter().pace.window == window
