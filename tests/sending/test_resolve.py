"""Looking in the mailbox for what became of a letter: found, not found, silent; without a command."""

from __future__ import annotations

from contextlib import closing, contextmanager

import pytest

from mailer.errors import InDoubt, Usage
from mailer.ledger.ledger import open_ledger
from mailer.sending.resolve import Drafted, copy_again, look_up, uncopied
from mailer.settings.settings import load
from tests.kit.imap_server import ImapServer
from tests.kit.ledger import DANA, LEE, ended, go, letter
from tests.kit.letters import SHORT
from tests.kit.runs import Asked, a_job, looked_at
from tests.kit.world import World, put

USER = "jo@novak.example"


@pytest.fixture
def imap():
    with ImapServer() as server:
        yield server


@contextmanager
def desk(folder, imap):
    """A ledger beside a mailbox: (world, ledger, settings)."""
    environ = World(folder).environ(
        MAILER_FROM=USER,
        MAILER_PASSWORD="correct horse",
        MAILER_IMAP_HOST="127.0.0.1",
        MAILER_IMAP_PORT=str(imap.port),
        MAILER_IMAP_SECURITY="none",
        MAILER_IMAP_USERNAME=USER,
        MAILER_TIMEOUT="3",
    )
    settings = load(environ, folder)
    with open_ledger(settings.ledger_path) as ledger:
        yield Asked(environ, folder), ledger, settings


def in_doubt(claim):
    return ended(claim, "in-doubt")


def filed(ledger, imap, claim):
    """The server put the letter into Sent after all."""
    content = ledger.content(claim.id)
    assert claim.message_id.encode() in content
    imap.boxes["Sent"].add(content)


def test_one_in_doubt_that_lies_in_sent_is_settled(tmp_path, imap):
    with desk(tmp_path, imap) as (world, ledger, settings):
        claim = go(ledger, letter(), in_doubt)
        with pytest.raises(InDoubt, match="stays in doubt"):
            look_up(world, ledger, claim.id, settings, 0)
        assert [waiting.state for waiting in ledger.outbox()] == ["in-doubt"]
        filed(ledger, imap, claim)
        assert look_up(world, ledger, claim.id, settings, 0) == f"Sent ({USER} at 127.0.0.1)"
        assert (ledger.letter(claim.id).state, ledger.outbox()) == ("sent", [])


def test_one_that_is_settled_is_not_looked_for(tmp_path, imap):
    with desk(tmp_path, imap) as (world, ledger, settings), pytest.raises(Usage):
        look_up(world, ledger, go(ledger, letter()).id, settings, 0)


def test_copies_that_failed_are_tried_again_and_told_as_they_are_saved(tmp_path, imap):
    with desk(tmp_path, imap) as (world, ledger, settings):
        letters = [go(ledger, letter((to,), message_id=f"<{to.addr_spec}>")).id for to in (DANA, LEE)]
        for each in letters:
            ledger.copied(each, "failed")
        ((_, records),) = uncopied(ledger, ()).items()
        assert [record.id for record in copy_again(world, ledger, records, settings, 0)] == [one.id for one in records]
        assert sorted(message.content for message in imap.boxes["Sent"].messages) == sorted(
            map(ledger.content, letters)
        )
        assert uncopied(ledger, ()) == {}
        with pytest.raises(Usage, match="did not fail"):
            uncopied(ledger, letters[:1])


def test_no_claim_of_a_letter_is_asked_twice(tmp_path, imap):
    with desk(tmp_path, imap) as (world, ledger, settings):
        claim = go(ledger, letter(), in_doubt)
        filed(ledger, imap, claim)
        with closing(Drafted(world, ledger, settings)) as drafted:
            assert drafted.went(claim) is False, "it was never a draft of this mailbox"
            assert drafted.went(claim) is False


def drafted_before(folder, imap):
    """Put a letter into Drafts; the settings of its account."""
    account = {"MAILER_PASSWORD": "correct horse", "MAILER_IMAP_HOST": "127.0.0.1", "MAILER_IMAP_PORT": str(imap.port)}
    account |= {"MAILER_IMAP_SECURITY": "none", "MAILER_IMAP_USERNAME": USER, "MAILER_TIMEOUT": "3"}
    put(folder, "b.md", SHORT)
    assert World(folder, **account).mailer("draft", "b.md", "--imap").code == 0
    return account


def looked_at_again(folder, account):
    """What the preflight makes of the letter, and what was noted."""

    def went(ledger, claim):
        with closing(Drafted(world, ledger, job.settings)) as drafted:
            return drafted.went(claim)

    with a_job(folder, SHORT, **account) as (world, job), looked_at(job, went=went) as preflight:
        return [candidate.kind for candidate in preflight.candidates()], world.notes


def test_a_draft_that_was_sent_from_the_mail_program_is_found(tmp_path, imap):
    account = drafted_before(tmp_path, imap)
    assert looked_at_again(tmp_path, account) == (["good"], [])
    imap.boxes["Sent"].messages += imap.boxes["Drafts"].messages
    kinds, (note,) = looked_at_again(tmp_path, account)
    assert kinds == ["already-sent"]
    assert "was sent from your mail program: it lies in Sent" in note


def test_a_mailbox_that_cannot_be_asked_keeps_nothing_back_and_is_told_of(tmp_path, imap):
    account = drafted_before(tmp_path, imap)
    imap.faults["EXAMINE"] = ["NO [UNAVAILABLE] later"] * 9
    kinds, (note,) = looked_at_again(tmp_path, account)
    assert kinds == ["good"]
    assert "could not be checked" in note
