"""Letters that are put off: kept whole, claimed once, and never sent by themselves once somebody may have them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mailer.ledger.ids import letter_number
from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import Claim, Terms
from mailer.message.address import Mailbox
from mailer.transport.values import Outcome
from tests.kit.ledger import DANA, LATER, LEE, NO, NOON, OK, Clock, letter

KIM = Mailbox("kim@acme.example", "Kim Park")
TERMS = Terms(NOON, "me at mx.example", frozenset({"tone", "answered"}))


@pytest.fixture
def path(place):
    return place


@pytest.fixture
def ledger(path):
    with open_ledger(path, clock=Clock()) as ledger:
        yield ledger


def states(ledger):
    return [one.state for one in ledger.outbox()]


def test_what_is_put_off_is_kept_with_its_bytes_and_its_terms(ledger):
    (claim,) = ledger.put_off([letter()], TERMS)
    assert (claim.kind, claim.content) == ("new", b"")
    found = ledger.queued(claim.id)
    assert (found.due, found.mailbox, found.allowed) == (NOON, "me at mx.example", frozenset({"tone", "answered"}))
    assert (found.to, found.people, found.sender) == (("dana.ruiz@acme.example",), 1, "me@me.example")
    assert states(ledger) == ["queued"]
    content = ledger.content(claim.id)
    (again,) = ledger.claim_queued([claim.id])
    assert (again.kind, again.id, again.content, again.message_id) == ("retry", claim.id, content, claim.message_id)
    assert again.pending == ("dana.ruiz@acme.example",)


def test_it_comes_due_in_order_and_not_before(ledger):
    later = TERMS._replace(due=NOON + timedelta(hours=1))
    (one,) = ledger.put_off([letter([DANA], account="b")], TERMS)
    (two,) = ledger.put_off([letter([LEE], account="a", message_id="<2@me.example>")], later)
    ids = [one.id, two.id]
    assert ledger.come_due(NOON - timedelta(seconds=1)) == []
    assert ledger.come_due(NOON) == [ids[0]]
    assert ledger.come_due(NOON + timedelta(hours=1)) == [ids[1], ids[0]]
    assert ledger.next_due(NOON) == (NOON + timedelta(hours=1), 1)
    assert ledger.next_due(NOON + timedelta(hours=1)) is None


@pytest.mark.parametrize("again", [False, True])
def test_the_same_letter_is_put_off_once(ledger, again):
    (first,) = ledger.put_off([letter()], TERMS)
    for asked in (ledger.put_off([letter()], TERMS, again=again), [ledger.claim(letter(), again=again)]):
        assert [(one.kind, one.id) for one in asked] == [("queued", first.id)]
    assert ledger.claim(letter(text="Other words."), again=again).kind == "queued-other-words"
    assert ledger.peek(letter().identity, letter().content_digest, again=again).kind == "queued"


def test_all_or_none(ledger):
    with pytest.raises(ZeroDivisionError), ledger.transaction():
        ledger.put_off([letter()], TERMS)
        raise ZeroDivisionError
    assert ledger.outbox() == []
    assert ledger.put_off([letter()], TERMS)[0].kind == "new"


def test_one_process_alone_claims_it(ledger, path):
    (claim,) = ledger.put_off([letter()], TERMS)
    with open_ledger(path, clock=Clock()) as other:
        assert other.claim_queued([claim.id])[0].goes
        assert ledger.queued(claim.id) is None
        assert ledger.come_due(NOON) == []
        assert [one.kind for one in ledger.claim_queued([claim.id])] == ["busy"]
    # That one has ended without having offered it.
    assert ledger.come_due(NOON) == [claim.id]


def test_what_a_dead_run_had_marked_goes_by_itself_no_more(ledger, path):
    (claim,) = ledger.put_off([letter()], TERMS)
    with open_ledger(path, clock=Clock()) as other:
        other.claim_queued([claim.id])
        other.about_to_send([claim.id])
    assert ledger.come_due(NOON) == []
    assert states(ledger) == ["in-doubt"]
    ledger.resolve(claim.id, sent=False)
    assert (states(ledger), ledger.come_due(NOON)) == (["deferred"], [])


@pytest.mark.parametrize(
    ("outcome", "left"),
    [
        (("sent", "final", OK), []),
        (("refused", "rcpt", NO), ["refused"]),
        (("in-doubt", "final", None), ["in-doubt"]),
        (("deferred", "rcpt", LATER), ["queued"]),
    ],
)
def test_it_stays_put_off_only_where_nobody_can_have_it(ledger, outcome, left):
    (claim,) = ledger.put_off([letter()], TERMS)
    ledger.claim_queued([claim.id])
    ledger.about_to_send([claim.id])
    ledger.settle([Outcome(claim.id, *outcome)])
    assert states(ledger) == left
    assert ledger.come_due(NOON) == ([claim.id] if left == ["queued"] else [])


@pytest.mark.parametrize("way", ["withdraw", "release"])
def test_what_was_not_offered_stays_put_off(ledger, way):
    (claim,) = ledger.put_off([letter()], TERMS)
    ledger.claim_queued([claim.id])
    getattr(ledger, way)([claim.id])
    assert states(ledger) == ["queued"]


def test_what_is_let_go_is_gone(ledger):
    (claim,) = ledger.put_off([letter()], TERMS)
    assert ledger.drop(claim.id) == ((), "")
    assert (ledger.outbox(), ledger.come_due(NOON), ledger.queued(claim.id)) == ([], [], None)
    assert [one.kind for one in ledger.claim_queued([claim.id])] == ["busy"]
    assert ledger.claim(letter()).kind == "new"


def test_again_puts_off_a_new_one_and_dropping_it_leaves_the_old(ledger):
    first = ledger.claim(letter())
    ledger.about_to_send([first.id])
    ledger.settle([Outcome(first.id, "sent", "final", OK)])
    assert ledger.put_off([letter()], TERMS)[0].kind == "already-sent"
    (second,) = ledger.put_off([letter(message_id="<2@me.example>")], TERMS, again=True)
    assert (second.kind, states(ledger)) == ("new", ["queued"])
    assert ledger.drop(second.id) == ((), "sent")
    assert ledger.claim(letter()).kind == "already-sent"


def tried(ledger, claim, *outcome):
    """A letter that is put off was offered, and not all got it."""
    assert ledger.claim_queued([claim.id])[0].goes
    ledger.about_to_send([claim.id])
    ledger.settle([Outcome(claim.id, *outcome)])


@pytest.fixture
def several(ledger):
    """Letters that are put off: one that was never offered, one that was to come later, one that one person has, one
    that one person was refused for good, and one that is dropped."""
    made = [
        letter([box, *others], message_id=f"<{number}@me.example>", position=f"Engineer {number}")
        for number, (box, *others) in enumerate(((DANA,), (LEE,), (DANA, LEE, KIM), (LEE, DANA), (KIM,)), 1)
    ]
    put = ledger.put_off(made, TERMS)
    assert [claim.kind for claim in put] == ["new"] * 5
    _, later, partly, refused, dropped = put
    tried(ledger, later, "deferred", "rcpt", LATER)
    tried(ledger, partly, "sent", "final", OK, {LEE.addr_spec: LATER, KIM.addr_spec: NO})
    tried(ledger, refused, "deferred", "rcpt", LATER, {DANA.addr_spec: NO})
    ledger.drop(dropped.id)
    return put


def test_several_are_claimed_together_each_as_it_would_be_alone(ledger, several):
    contents = [ledger.content(claim.id) for claim in several[:4]]
    new, later, partly, refused, dropped = ledger.claim_queued([claim.id for claim in several])
    assert [new.kind, later.kind, partly.kind, refused.kind] == ["retry", "retry", "partial", "retry"]
    assert dropped == Claim("busy", several[4].id)
    held = (new, later, partly, refused)
    assert [claim.id for claim in held] == [claim.id for claim in several[:4]]
    assert [claim.message_id for claim in held] == [f"<{number}@me.example>" for number in range(1, 5)]
    assert [claim.content for claim in held] == contents
    assert {claim.sender for claim in held} == {"me@me.example"}
    assert [claim.pending for claim in held] == [
        (DANA.addr_spec,),
        (LEE.addr_spec,),
        (LEE.addr_spec,),
        (LEE.addr_spec,),
    ]
    assert [dict(claim.refusals) for claim in held] == [{}, {}, {KIM.addr_spec: NO}, {DANA.addr_spec: NO}]
    assert [claim.reply for claim in held] == [None, LATER, OK, LATER]
    assert not any(claim.drafted for claim in held)


def test_none_of_several_is_claimed_twice(ledger, several, path):
    ids = [claim.id for claim in several]
    with open_ledger(path, clock=Clock()) as other:
        assert other.claim_queued(ids[1:2])[0].goes
        backwards = [claim.kind for claim in ledger.claim_queued(ids[::-1])]
        assert backwards == ["busy", "retry", "partial", "busy", "retry"]
        assert [claim.kind for claim in other.claim_queued(ids)] == ["busy"] * 5
    assert ledger.claim_queued([]) == []
    ledger.release([ids[0], ids[2]])
    # The fate of a letter is not shared by the others.
    assert ledger.come_due(NOON) == [ids[0], ids[1], ids[2]]


def test_a_copy_in_the_drafts_is_told_of_until_somebody_has_the_letter(ledger, several):
    with ledger.transaction():
        for claim in several[:3:2]:
            ledger.store.execute(
                "INSERT INTO drafts (letter, login, folder, doubt) VALUES (?, 'me at mx.example', 'Drafts', 0)",
                (letter_number(claim.id),),
            )
    assert [claim.drafted for claim in ledger.claim_queued([claim.id for claim in several])] == [True, *[False] * 4]
