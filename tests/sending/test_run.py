"""The order of events of a run, without the command: who is asked, what is told, and what is left."""

from __future__ import annotations

import pytest

from mailer.errors import Usage
from tests.kit.letters import BATCH, SHORT, people
from tests.kit.runs import a_job, sent_by
from tests.kit.world import World, put, through

UNREADY = SHORT.replace("Good luck.", "I saw ‹what you saw›.")


def test_checked_agreed_begun_told_ended(tmp_path, server):
    with a_job(tmp_path, rows=people(2), answer=lambda plan: plan.good == 2, **through(server)) as (world, job):
        heard = sent_by(world, job, yes=False)
    assert len(world.plans) == 1
    assert [what for what, _ in heard.log] == ["checked", "checked", "begin", "sent", "sent", "end"]


def test_who_says_no_sends_nothing_and_leaves_nothing(tmp_path, server):
    with a_job(tmp_path, rows=people(2), answer=lambda plan: False, **through(server)) as (world, job):
        heard = sent_by(world, job, yes=False)
    assert [what for what, _ in heard.log if what != "checked"] == ["Declined", "Declined", "end"]
    assert server.messages == []
    with a_job(tmp_path, rows=people(2), answer=lambda plan: True, **through(server)) as (world, job):
        assert sent_by(world, job, yes=False).states == {1: "sent", 2: "sent"}


def test_with_yes_nobody_is_asked_but_warned(tmp_path, server):
    with a_job(tmp_path, SHORT, answer=lambda plan: pytest.fail("asked"), **through(server)) as (world, job):
        assert ("warn", 1) in sent_by(world, job, yes=True).log


def test_where_nobody_can_be_asked_and_must_be(tmp_path, server):
    with a_job(tmp_path, SHORT, **through(server)) as (world, job), pytest.raises(Usage, match="nobody can be asked"):
        sent_by(world, job, yes=False)
    assert server.messages == []


def test_a_letter_that_is_not_ready_asks_nobody(tmp_path, server):
    with a_job(tmp_path, UNREADY, answer=lambda plan: pytest.fail("asked"), **through(server)) as (world, job):
        assert sent_by(world, job, yes=False).log == [("NotReady", None), ("end", 0)]


def test_a_letter_that_cannot_be_made_makes_no_ledger(tmp_path, server):
    text = SHORT.replace("Subject:", "Attach: nothing.pdf\nSubject:")
    with a_job(tmp_path, text, **through(server)) as (world, job):
        assert sent_by(world, job).log == [("Unreadable", None), ("end", 0)]
        assert not job.settings.ledger_path.exists()


@pytest.mark.parametrize("what", ["b.md", "p.csv"])
def test_a_file_that_changes_while_the_question_stands(tmp_path, server, what):
    def answer(plan):
        put(tmp_path, what, (tmp_path / what).read_text() + "\n")
        return True

    with a_job(tmp_path, BATCH, people(2), answer, **through(server)) as (world, job):
        heard = sent_by(world, job, yes=False)
    assert [told for told in heard.log if told[1] in (1, 2)][-2:] == [("FileChanged", 1), ("FileChanged", 2)]
    assert server.messages == []


def test_settings_without_a_server_keep_every_letter_back(tmp_path):
    with a_job(tmp_path, rows=people(2)) as (world, job):
        heard = sent_by(world, job)
    assert [told for told in heard.log if told[0] not in ("checked", "end")] == [("BadSettings", 1), ("BadSettings", 2)]
    assert heard.ended == 1


def test_a_ledger_that_cannot_be_read_keeps_every_letter_back(tmp_path, server):
    put(tmp_path, "home/data/ledger.sqlite", b"no ledger at all\n" * 99)
    with a_job(tmp_path, rows=people(2), **through(server)) as (world, job):
        heard = sent_by(world, job)
    assert {row for _, row in heard.log} >= {1, 2}
    assert (heard.results, heard.ended, server.messages) == ([], 1, [])


@pytest.mark.parametrize("gone", ["deleted", "empty"])
def test_a_ledger_that_is_gone_is_not_begun_anew_in_silence(tmp_path, server, gone):
    desk = World(tmp_path).with_letter()
    first = desk.send(server, "l.md")
    assert "begun" not in first.err
    path = desk.data / "ledger.sqlite"
    path.unlink()
    if gone == "empty":
        path.touch()
    again = desk.send(server, "l.md")
    assert f"The ledger {path} is gone, and a new one is begun" in again.err
    assert "may go twice" in again.err
    assert "begun" not in desk.send(server, "l.md").err
