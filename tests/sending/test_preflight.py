"""What the preflight makes of each letter, before any goes: values in, values out."""

from __future__ import annotations

import pytest

from mailer.errors import NotReady
from mailer.sending.request import SendOptions
from tests.kit.imap_server import ImapServer
from tests.kit.letters import BATCH, SHORT, people
from tests.kit.runs import Heard, a_job, looked_at, sent_by
from tests.kit.smtp_server import Scripted, recording_server
from tests.kit.world import World, put, through

UNREADY = BATCH.replace("Dear", "I saw ‹what you saw›. Dear")


def kinds(preflight):
    return [(candidate.item.row, candidate.kind) for candidate in preflight.candidates()]


def test_a_letter_on_its_own(tmp_path):
    with a_job(tmp_path, SHORT) as (_, job), looked_at(job) as preflight:
        assert kinds(preflight) == [(None, "good")]
        assert (preflight.good, preflight.warned, preflight.anew) == (1, 0, 0)
        plan = preflight.plan("3 left")
    assert (plan.is_batch, plan.good, plan.not_ready, plan.quota) == (False, 1, 0, "3 left")
    assert str(plan.first.subject) == "Hello"


def test_rows_of_every_kind(tmp_path):
    rows = "name,email,company\nN0,n0@x.example,C0\nN1,,C1\nN0,n0@x.example,C0\nN0 Lee,n0@x.example,C0\n"
    with a_job(tmp_path, rows=rows) as (_, job), looked_at(job) as preflight:
        assert kinds(preflight) == [(1, "good"), (2, "bad"), (3, "duplicate"), (4, "bad")]
        (_, second, _, fourth) = preflight.candidates()
        plan = preflight.plan()
    assert second.item.error.code == 65
    assert isinstance(fourth.item.error, NotReady)
    assert "row 1 is the same letter" in fourth.item.error.text
    assert (plan.good, plan.not_ready, plan.is_batch) == (1, 2, True)
    assert [(reason.letters, list(reason.lines)) for reason in plan.reasons] == [(1, [3]), (1, [5])]


def test_what_a_check_blocks_may_not_go_and_says_how_it_may(tmp_path):
    with a_job(tmp_path, UNREADY, people(2)) as (_, job), looked_at(job) as preflight:
        assert kinds(preflight) == [(1, "bad"), (2, "bad")]
        (first, _) = preflight.candidates()
        assert (preflight.good, preflight.first) == (0, None)
    assert first.item.error.code == 1
    assert "--allow leftover" in first.item.error.hint


def test_words_are_let_go_and_what_goes_is_kept(tmp_path):
    with a_job(tmp_path, rows=people(3)) as (_, job), looked_at(job) as preflight:
        for candidate in preflight.candidates():
            assert candidate.item.rendered is None
            assert candidate.item.subject == f"Hello C{candidate.item.row - 1}"
            assert candidate.composed is not None
        assert preflight.first.rendered is not None


def test_a_limit_looks_at_no_more_than_it_needs(tmp_path):
    with a_job(tmp_path, rows=people(9)) as (_, job), looked_at(job, limit=2) as preflight:
        assert kinds(preflight) == [(1, "good"), (2, "good")]


def test_what_the_reporter_hears_of_a_batch(tmp_path):
    heard = Heard()
    with a_job(tmp_path, rows=people(40)) as (_, job), looked_at(job, reporter=heard):
        counts = [number for what, number in heard.log if what == "checked"]
    assert (sum(counts), counts[-1]) == (40, 0)


def test_of_a_letter_on_its_own_it_hears_nothing(tmp_path):
    heard = Heard()
    with a_job(tmp_path, SHORT) as (_, job), looked_at(job, reporter=heard):
        assert heard.log == []


@pytest.fixture
def gone(tmp_path):
    """Letters to two, of whom the second was refused."""
    script = {"rcpt": [b"250 ok\r\n", b"550 5.1.1 no\r\n"]}
    with Scripted(script) as server, a_job(tmp_path, rows=people(2), **through(server)) as (world, job):
        assert sent_by(world, job).states == {1: "sent", 2: "refused"}
    return tmp_path


def test_what_went_before_is_not_good_and_with_again_it_goes_anew(gone):
    with a_job(gone, rows=people(3)) as (_, job):
        with looked_at(job) as preflight:
            assert kinds(preflight) == [(1, "already-sent"), (2, "refused"), (3, "good")]
            assert (preflight.good, preflight.anew) == (1, 0)
        with looked_at(job, again=True) as preflight:
            assert kinds(preflight) == [(1, "good"), (2, "good"), (3, "good")]
            assert (preflight.good, preflight.anew) == (3, 2)


def test_other_words_to_whom_one_wrote_are_counted_with_those_not_ready(gone):
    with a_job(gone, BATCH.replace("Dear", "Good morning"), people(1)) as (_, job), looked_at(job) as preflight:
        assert kinds(preflight) == [(1, "other-words")]
        heard = Heard()
        preflight.tell(next(iter(preflight.candidates())), heard)
    assert heard.log == [("not-ready", 1)]


@pytest.mark.parametrize("was_sent", [True, False])
def test_a_draft_is_looked_for_once_where_it_may_have_been_sent(tmp_path, was_sent):
    asked = []

    def went(_ledger, claim):
        asked.append(claim.id)
        return was_sent

    with ImapServer() as imap:
        there = {"MAILER_IMAP_HOST": "127.0.0.1", "MAILER_IMAP_PORT": str(imap.port), "MAILER_IMAP_SECURITY": "none"}
        there |= {"MAILER_IMAP_USERNAME": "jo@novak.example", "MAILER_PASSWORD": "correct horse"}
        put(tmp_path, "b.md", SHORT)
        assert World(tmp_path, **there).mailer("draft", "b.md", "--imap").code == 0
    with a_job(tmp_path, SHORT) as (_, job), looked_at(job, went=went) as preflight:
        assert kinds(preflight) == [(None, "good")]
    assert len(asked) == 1


def test_an_attachment_that_changed_is_named(tmp_path):
    path = put(tmp_path, "cv.txt", "first\n")
    text = SHORT.replace("Subject:", "Attach: cv.txt\nSubject:")
    with a_job(tmp_path, text) as (_, job), looked_at(job) as preflight:
        assert preflight.changed_file() == ""
        assert preflight.largest > 0
        assert all(file.encoded == b"" for file in preflight.first.rendered.attachments), "no memory is kept"
        path.write_text("something else and longer\n")
        assert preflight.changed_file().endswith("cv.txt")


def test_it_writes_nothing_and_opens_no_connection(tmp_path):
    with recording_server() as server, a_job(tmp_path, rows=people(2), **through(server)) as (_, job):
        with looked_at(job) as preflight:
            assert preflight.ledger.outbox() == []
            preflight.check_all(job.source(), SendOptions(), Heard())
        assert server.messages == []
