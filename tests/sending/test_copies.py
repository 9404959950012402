"""The copy in Sent after a letter went: what is answered, told and remembered, without a run around it."""

from __future__ import annotations

from contextlib import closing, contextmanager

import pytest

from mailer.ledger.ledger import open_ledger
from mailer.sending import copies
from mailer.sending.copies import Copying
from mailer.sending.values import Result
from mailer.settings.settings import load
from mailer.transport.values import Outcome
from tests.kit.imap_server import ImapServer
from tests.kit.ledger import DANA, LEE, OK, go, letter
from tests.kit.runs import Asked
from tests.kit.world import World


@pytest.fixture
def imap():
    with ImapServer() as server:
        yield server


@contextmanager
def after(folder, imap=None, save="auto"):
    """The copies of a run, its ledger and its world."""
    environ = World(folder).environ(
        MAILER_FROM="jo@novak.example",
        MAILER_PASSWORD="correct horse",
        MAILER_SMTP_HOST="mail.novak.example",
        MAILER_SAVE_SENT=save,
        MAILER_TIMEOUT="3",
    )
    if imap:
        environ |= {"MAILER_IMAP_HOST": "127.0.0.1", "MAILER_IMAP_PORT": str(imap.port)}
        environ |= {"MAILER_IMAP_SECURITY": "none", "MAILER_IMAP_USERNAME": "jo@novak.example"}
    world = Asked(environ, folder)
    settings = load(environ, folder)
    with open_ledger(settings.ledger_path) as ledger:
        made = Copying(world, ledger, settings.submission_server(), "correct horse")
        with closing(made):
            yield made, ledger, world


def went(ledger, to=DANA, number=1):
    """A letter that the server took just now."""
    claim = go(ledger, letter((to,), message_id=f"<{number}@me.example>"))
    return Result(None, "sent", claim, Outcome(claim.id, "sent", "final", OK))


def lying(imap):
    return [message.content for message in imap.boxes["Sent"].messages]


def test_it_is_put_in_sent_once_and_remembered(tmp_path, imap):
    asked = []
    with after(tmp_path, imap) as (copying, ledger, world):
        result = went(ledger)
        assert copying.of(result, lambda: asked.append(1)) == "saved"
        assert copying.of(result, lambda: asked.append(1)) == "saved"
        assert ledger.letter(result.claim.id).copy == "saved"
        assert lying(imap) == [ledger.content(result.claim.id)]
    assert (len(asked), world.notes) == (1, []), "what was saved is not asked for again"


@pytest.mark.parametrize(("save", "with_mailbox"), [("no", True), ("auto", False)])
def test_where_none_is_wanted_no_mailbox_is_asked(tmp_path, imap, save, with_mailbox):
    with after(tmp_path, imap if with_mailbox else None, save) as (copying, ledger, _):
        assert copying.of(went(ledger), lambda: pytest.fail("asked")) == "off"
    assert lying(imap) == []


def test_of_a_letter_that_went_in_another_run_there_is_none(tmp_path, imap):
    with after(tmp_path, imap) as (copying, ledger, _):
        assert copying.of(went(ledger)._replace(outcome=None), int) == "off"
    assert lying(imap) == []


def test_a_failure_is_told_once_kept_for_later_and_changes_no_letter(tmp_path, imap):
    imap.faults["APPEND"] = ["NO full", "NO full"]
    with after(tmp_path, imap) as (copying, ledger, world):
        results = [went(ledger), went(ledger, LEE, 2)]
        assert [copying.of(result, int) for result in results] == ["failed", "failed"]
        assert [ledger.letter(result.claim.id).copy for result in results] == ["failed", "failed"]
        assert [ledger.letter(result.claim.id).state for result in results] == ["sent", "sent"]
    assert len([note for note in world.notes if "no copy in Sent" in note]) == 1


def test_a_mailbox_that_says_nothing_is_not_asked_for_the_letters_after_it(tmp_path, imap, monkeypatch):
    monkeypatch.setattr(copies, "_SECONDS", 0.3)
    imap.faults["LIST"] = ["silent"]
    asked = []
    with after(tmp_path, imap) as (copying, ledger, _):
        for number, to in enumerate((DANA, LEE), 1):
            assert copying.of(went(ledger, to, number), lambda: asked.append(1)) == "failed"
    assert len(asked) == 1


def test_interrupted_it_asks_no_more_and_the_copy_is_offered_later(tmp_path, imap):
    def interrupt():
        raise KeyboardInterrupt

    with after(tmp_path, imap) as (copying, ledger, _):
        first, second = went(ledger), went(ledger, LEE, 2)
        with pytest.raises(KeyboardInterrupt):
            copying.of(first, interrupt)
        assert copying.of(second, lambda: pytest.fail("asked")) == "failed"
        assert [ledger.letter(result.claim.id).copy for result in (first, second)] == ["failed", "failed"]
