"""Letting letters go: they leave the outbox, and nobody gets twice what they have."""

from __future__ import annotations

import pytest

from mailer.errors import Usage
from mailer.ledger.ledger import open_ledger
from tests.kit.ledger import DANA, LATER, LEE, NO, Clock, ended, go, letter


@pytest.fixture
def ledger(place):
    with open_ledger(place, clock=Clock()) as opened:
        yield opened


def kind(ledger, new=None):
    new = new or letter()
    return ledger.peek(new.identity, new.content_digest).kind


def refused(claim):
    return ended(claim, "refused", NO)


def deferred(claim):
    return ended(claim, "deferred", LATER)


def partly(claim):
    return ended(claim, "sent", None, {LEE.addr_spec: LATER})


@pytest.mark.parametrize("outcome", [refused, deferred])
def test_a_letter_that_nobody_has_may_be_sent_as_a_new_one(ledger, outcome):
    first = go(ledger, letter(), outcome)
    assert ledger.drop(first.id) == ((), "")
    assert ledger.outbox() == []
    assert kind(ledger) == "new"
    again = go(ledger, letter(message_id="<2@me.example>"))
    assert again.message_id == "<2@me.example>"
    assert kind(ledger) == "already-sent"


def test_who_has_a_letter_does_not_get_it_twice(ledger):
    both = letter((DANA, LEE))
    first = go(ledger, both, partly)
    assert [waiting.state for waiting in ledger.outbox()] == ["deferred"]
    assert ledger.drop(first.id) == ((DANA.addr_spec,), "sent")
    assert ledger.outbox() == []
    claim = ledger.claim(both)
    assert (claim.kind, list(claim.refusals)) == ("already-sent", [LEE.addr_spec])
    assert [logged.state for logged in ledger.log()] == ["sent"]


def test_nor_where_again_superseded_what_they_have(ledger):
    both = letter((DANA, LEE))
    go(ledger, both, partly)
    second = go(ledger, letter((DANA, LEE), message_id="<2@me.example>"), refused, again=True)
    assert ledger.drop(second.id) == ((), "sent")
    assert kind(ledger, both) == "already-sent"
    assert ledger.outbox() == []


def test_what_was_sent_before_it_counts_again(ledger):
    go(ledger, letter())
    second = go(ledger, letter(message_id="<2@me.example>"), deferred, again=True)
    assert ledger.drop(second.id) == ((), "sent")
    assert kind(ledger) == "already-sent"


def test_one_refusal_does_not_bring_up_another(ledger):
    go(ledger, letter(), refused)
    second = go(ledger, letter(message_id="<2@me.example>"), refused, again=True)
    ledger.drop(second.id)
    assert ledger.outbox() == []
    assert kind(ledger) == "new"


@pytest.mark.parametrize("outcome", [refused, deferred])
def test_a_letter_that_is_withdrawn_does_not_bring_it_back(ledger, outcome):
    ledger.drop(go(ledger, letter(), outcome).id)
    claim = ledger.claim(letter(message_id="<2@me.example>"))
    ledger.withdraw([claim.id])
    assert ledger.outbox() == []
    assert kind(ledger) == "new"


@pytest.mark.parametrize("outcome", [refused, deferred])
def test_a_draft_that_could_not_be_sent_is_a_draft_again(ledger, outcome):
    draft = ledger.record_draft(letter(), "me at imap.example", "Drafts")
    ledger.draft_placed(draft, 1, 7)
    claim = go(ledger, letter(message_id="<2@me.example>"), outcome)
    assert ledger.drop(claim.id) == ((), "draft")
    assert [waiting.state for waiting in ledger.outbox()] == ["draft"]
    assert go(ledger, letter()).message_id == draft.message_id


def test_a_doubt_is_never_let_go(ledger):
    claim = go(ledger, letter(), lambda claim: ended(claim, "in-doubt"))
    with pytest.raises(Usage, match="in doubt") as error:
        ledger.drop(claim.id)
    assert "resolve" in error.value.hint
    assert kind(ledger) == "in-doubt"


def test_nor_is_one_that_a_dead_run_left_in_doubt(place):
    with open_ledger(place, clock=Clock()) as ledger:
        claim = ledger.claim(letter())
        ledger.about_to_send([claim.id])
    with open_ledger(place, clock=Clock()) as ledger:
        with pytest.raises(Usage, match="in doubt"):
            ledger.drop(claim.id)
        assert kind(ledger) == "in-doubt"


@pytest.mark.parametrize("marked", [True, False])
def test_nor_one_that_is_being_sent(place, marked):
    with (
        open_ledger(place, clock=Clock()) as ours,
        open_ledger(place, clock=Clock()) as theirs,
    ):
        claim = theirs.claim(letter())
        if marked:
            theirs.about_to_send([claim.id])
        with pytest.raises(Usage, match="being sent"):
            ours.drop(claim.id)


def test_nor_what_does_not_wait(ledger):
    claim = go(ledger, letter())
    with pytest.raises(Usage, match="it is sent"):
        ledger.drop(claim.id)
    gone = go(ledger, letter(subject="Other", company="Other"), refused)
    ledger.drop(gone.id)
    with pytest.raises(Usage, match="let go already"):
        ledger.drop(gone.id)
    draft = ledger.record_draft(letter(company="Third"), "me at imap.example", "Drafts")
    with pytest.raises(Usage, match="draft"):
        ledger.drop(draft.id)
