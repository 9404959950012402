"""Letters that lie unsent in a mailbox: written down, made over, sent from there or from here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailer.errors import Usage
from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import DraftLocation
from tests.kit.ledger import LEE, NOON, STAMP, Clock, ended, go, known, letter, saying, sent

OTHER_WORDS = saying(b"Other words.\r\n")
MINE, OTHER = "me at imap.me.example", "me at imap.other.example"


@pytest.fixture
def ledger(place):
    with open_ledger(place, clock=Clock()) as opened:
        yield opened


def states(ledger):
    return [waiting.state for waiting in ledger.outbox()]


def later(**more):

    new = letter(**more)
    return new._replace(message_id="<2@me.example>", date=NOON + timedelta(days=1))


def kind(ledger, new=None):
    new = new or letter()
    return ledger.peek(new.identity, new.content_digest).kind


def test_a_draft_stands_in_the_outbox_and_nobody_has_got_it(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    assert (draft.earlier, draft.unchanged, draft.date) == (None, False, NOON)
    assert states(ledger) == ["draft"]
    assert list(ledger.log()) == []
    assert known(ledger) == []
    assert ledger.letter(draft.id).login == MINE
    assert ledger.content(draft.id) == STAMP + b"\r\nWe met.\r\n"


def test_the_second_draft_of_a_letter_knows_where_the_first_lies(ledger):
    first = ledger.record_draft(letter(), MINE, "Drafts")
    ledger.draft_placed(first, 7, 42)
    second = ledger.record_draft(later(text="Other words.", message=OTHER_WORDS), MINE, "Drafts")
    assert second.earlier == DraftLocation("Drafts", "<1@me.example>", 7, 42, doubt=False)
    assert (second.id, second.message_id, second.date) == (first.id, first.message_id, NOON + timedelta(days=1))
    assert not second.unchanged
    assert states(ledger) == ["draft"]
    assert b"Other" in ledger.content(second.id)


def test_a_draft_whose_saving_was_not_answered_is_the_same_octets_again(ledger):
    first = ledger.record_draft(letter(), MINE, "Drafts")
    again = ledger.record_draft(later(), MINE, "Drafts")
    assert again.unchanged
    assert again.earlier == DraftLocation("Drafts", "<1@me.example>", None, None, doubt=True)
    assert again.date == first.date
    other = ledger.record_draft(later(text="Other words.", message=OTHER_WORDS), MINE, "Drafts")
    assert not other.unchanged
    assert other.earlier.doubt


def test_a_mailbox_is_one_however_it_is_written(ledger):
    first = ledger.record_draft(letter(), MINE, "Drafts")
    again = ledger.record_draft(later(), "Me at IMAP.me.example", "Drafts")
    assert (again.id, again.message_id) == (first.id, first.message_id)


def test_other_letters_and_other_mailboxes_have_their_own(ledger):
    one = ledger.record_draft(letter(), MINE, "Drafts")
    two = ledger.record_draft(letter((LEE,)), MINE, "Drafts")
    three = ledger.record_draft(letter(), OTHER, "Drafts")
    assert len({one.id, two.id, three.id}) == 3
    assert two.earlier is three.earlier is None


def test_a_draft_that_the_server_refused_was_never_there(ledger):
    first = ledger.record_draft(letter(), MINE, "Drafts")
    ledger.draft_refused(first)
    assert states(ledger) == []
    placed = ledger.record_draft(letter(), MINE, "Drafts")
    ledger.draft_placed(placed, 7, 42)
    ledger.draft_refused(ledger.record_draft(later(), MINE, "Entw"))
    earlier = ledger.record_draft(later(), MINE, "Drafts").earlier
    assert earlier == DraftLocation("Drafts", "<1@me.example>", 7, 42, False)


def test_sent_from_elsewhere_counts(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    ledger.resolve(draft.id, sent=True)
    assert kind(ledger) == "already-sent"
    assert [other.subject for other in known(ledger)] == ["Thank you"]
    assert [logged.state for logged in ledger.log()] == ["sent"]
    assert states(ledger) == []
    with pytest.raises(Usage, match="is sent"):
        ledger.resolve(draft.id, sent=True)


def test_thrown_away_is_forgotten(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    ledger.resolve(draft.id, sent=False)
    assert states(ledger) == []
    assert kind(ledger) == "new"


def test_sending_takes_the_draft_over(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    seen = ledger.peek(letter().identity, letter().content_digest)
    assert (seen.kind, seen.drafted) == ("retry", True)
    claim = go(ledger, later(), text=b"sent\r\n")
    assert (claim.id, claim.message_id) == (draft.id, draft.message_id)
    assert b"sent" in claim.content
    assert states(ledger) == []
    assert kind(ledger) == "already-sent"


def test_a_sending_that_never_began_leaves_the_draft(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    ledger.draft_placed(draft, 7, 42)
    claim = ledger.claim(later())
    ledger.withdraw([claim.id])
    assert states(ledger) == ["draft"]
    assert ledger.record_draft(later(), MINE, "Drafts").earlier.uid == 42


def test_a_new_draft_of_a_letter_that_was_sent_takes_the_place_of_the_old_one(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    ledger.draft_placed(draft, 7, 42)
    go(ledger, letter())
    new = ledger.record_draft(later(), MINE, "Drafts")
    assert new.id != draft.id
    assert new.earlier == DraftLocation("Drafts", "<1@me.example>", 7, 42, doubt=False)
    assert kind(ledger) == "already-sent", "the letter stays what it was"
    assert states(ledger) == ["draft"]
    ledger.draft_refused(new)
    assert kind(ledger) == "already-sent"


@pytest.mark.parametrize("state", ["refused", "deferred"])
def test_a_draft_sent_from_elsewhere_settles_what_could_not_be_sent_from_here(ledger, state):
    go(ledger, letter(), lambda claim: ended(claim, state))
    draft = ledger.record_draft(later(), MINE, "Drafts")
    assert sorted(states(ledger)) == sorted([state, "draft"])
    ledger.resolve(draft.id, sent=True)
    assert kind(ledger) == "already-sent"
    assert states(ledger) == []


def test_a_doubt_outlives_a_draft(ledger):
    go(ledger, letter(), lambda claim: ended(claim, "in-doubt"))
    ledger.resolve(ledger.record_draft(later(), MINE, "Drafts").id, sent=True)
    assert kind(ledger) == "in-doubt"


def test_again_begins_anew(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    claim = go(ledger, later(), again=True)
    assert claim.id != draft.id
    assert states(ledger) == ["draft"]


def test_a_copy_that_failed_waits_and_the_letter_stays_sent(ledger):
    claim = go(ledger, letter(), sent)
    ledger.copied(claim.id, "failed")
    assert states(ledger) == ["sent"]
    assert kind(ledger) == "already-sent"
    assert ledger.letter(claim.id).copy == "failed"
    ledger.copied(claim.id, "saved")
    assert states(ledger) == []


def test_where_the_draft_of_a_letter_lies_until_it_is_gone(ledger):
    draft = ledger.record_draft(letter(), MINE, "Drafts")
    assert ledger.draft_of(draft.id) == (MINE, DraftLocation("Drafts", "<1@me.example>", None, None, doubt=True))
    ledger.draft_placed(draft, 7, 42, 321)
    lying = DraftLocation("Drafts", "<1@me.example>", 7, 42, doubt=False, size=321)
    assert ledger.draft_of(draft.id) == (MINE, lying)
    claim = go(ledger, letter())
    assert ledger.draft_of(claim.id) == (MINE, lying), "sending from here changes nothing there"
    ledger.draft_gone(claim.id)
    assert ledger.draft_of(claim.id) is None
    assert ledger.letter(claim.id).state == "sent"


def test_a_letter_that_was_never_a_draft_lies_nowhere(ledger):
    assert ledger.draft_of(go(ledger, letter()).id) is None


def test_what_again_superseded_is_current_again_and_not_a_draft_of_it(ledger):
    go(ledger, letter())
    ledger.record_draft(later(), MINE, "Drafts")
    again = ledger.claim(later(), again=True)
    ledger.withdraw([again.id])
    assert ledger.peek(letter().identity, letter().content_digest).kind == "already-sent"
