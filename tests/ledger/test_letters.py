"""What counts as the same letter, from claim to outbox."""

from __future__ import annotations

import contextlib
from collections import deque
from contextlib import closing
from datetime import timedelta

import pytest

from mailer.errors import BadData, Later, Usage
from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import Terms
from mailer.message.compose import Unstamped
from mailer.sending.pending import Pending
from mailer.sending.values import ClaimedLetter, Pace
from mailer.transport.values import Outcome
from tests.kit.ledger import (
    DANA,
    LATER,
    LEE,
    NO,
    NOON,
    OK,
    STAMP,
    Clock,
    attachment,
    contacts,
    ended,
    go,
    known,
    letter,
    saying,
    sent,
)


@pytest.fixture
def path(place):
    return place


@pytest.fixture
def ledger(path):
    with open_ledger(path, clock=Clock()) as opened:
        yield opened


def deferred(claim):
    return ended(claim, "deferred", LATER)


def refused(claim):
    return ended(claim, "refused", NO)


def in_doubt(claim):
    return ended(claim, "in-doubt")


def kinds(ledger, new, **more):
    """What peek says, and then claim, which must agree."""
    seen = ledger.peek(new.identity, new.content_digest, **more)
    claim = ledger.claim(new, **more)
    assert seen.kind == claim.kind
    return claim


def test_a_new_letter_goes_once(ledger):
    claim = go(ledger, letter())
    assert (claim.kind, claim.sender, claim.pending) == ("new", "me@me.example", (DANA.addr_spec,))
    again = kinds(ledger, letter(message_id="<2@me.example>"))
    assert (again.kind, again.id, again.message_id) == ("already-sent", claim.id, "<1@me.example>")
    assert again.reply == OK
    assert again.sent is not None
    assert ledger.outbox() == []


def test_a_window_is_claimed_as_one_by_one(tmp_path):
    def people(number):
        return (DANA._replace(addr_spec=f"p{number}@acme.example"),)

    old, changed = letter(people(0)), letter(people(1))
    fresh = [
        letter(people(2), message_id="<2@me.example>", cc=(LEE,), attachments=(attachment(b"cv"),)),
        letter(people(3), message_id="<3@me.example>", bcc=(LEE, DANA), prose="We met."),
    ]
    asked = [fresh[0], old, fresh[1], fresh[0], letter(people(1), text="We met again.", message_id="<9@me.example>")]
    claims, ledgers = [], []
    for name in ("window", "single"):
        with open_ledger(tmp_path / name / "ledger.sqlite", clock=Clock()) as ledger:
            go(ledger, old)
            go(ledger, changed, deferred)
            with ledger.transaction():
                news = [new._replace(message=saying(new.message_id.encode())) for new in asked]
                claims.append(ledger.claim_all(news) if name == "window" else [ledger.claim(new) for new in news])
            going = [claim for claim in claims[-1] if claim.goes]
            ledger.about_to_send([claim.id for claim in going])
            ledger.settle([sent(claim) for claim in going])
            found = {person.key: (person.name, person.company) for person in contacts(ledger)}
            ledgers.append([found, {c.id: ledger.content(c.id) for c in going}, [one.to for one in ledger.log()]])
    assert [claim.kind for claim in claims[0]] == ["new", "already-sent", "new", "ours", "retry"]
    assert [claim._replace(sent=None) for claim in claims[0]] == [claim._replace(sent=None) for claim in claims[1]]
    assert ledgers[0] == ledgers[1]


def test_a_message_of_a_window_that_cannot_be_made_undoes_all_its_claims(ledger):
    other = letter((LEE,))
    with pytest.raises(BadData):
        ledger.claim_all([letter(), other._replace(message_id="no id")])
    assert ledger.outbox() == []
    assert [claim.kind for claim in ledger.claim_all([letter(), other])] == ["new", "new"]
    assert ledger.claim_all([]) == []


def test_other_words_are_not_ready(ledger):
    go(ledger, letter())
    other = kinds(ledger, letter(text="We met again."))
    assert other.kind == "other-words"
    assert other.sent.date().isoformat() == "2026-05-12"


def test_from_account_cc_and_stamp_are_no_part_of_it(ledger):
    go(ledger, letter())
    assert kinds(ledger, letter(sender="else@where.example", account="b", cc=(LEE,))).kind == "already-sent"


def test_deferred_unchanged_is_the_same_octets(ledger):
    first = go(ledger, letter(), deferred)
    row = ledger.outbox()[0]
    assert (row.id, row.state, row.attempts, row.reply, row.partly) == (first.id, "deferred", 1, LATER, False)
    retry = kinds(ledger, letter(message_id="<2@me.example>", sender="new@me.example"))
    assert (retry.kind, retry.id, retry.message_id) == ("retry", first.id, "<1@me.example>")
    assert (retry.content, retry.sender, retry.reply) == (first.content, "me@me.example", LATER)
    ledger.about_to_send([retry.id])
    ledger.settle([sent(retry)])
    assert [(line.id, line.state) for line in ledger.log()] == [(first.id, "sent")]


def test_deferred_changed_is_todays_words_under_the_old_message_id(ledger):
    first = go(ledger, letter(cc=(LEE,)), deferred)
    new = letter(text="Better.", message_id="<2@me.example>", sender="new@me.example")
    retry = ledger.claim(new._replace(message=saying(b"Better.")))
    assert (retry.kind, retry.id, retry.message_id) == ("retry", first.id, "<1@me.example>")
    assert retry.content == STAMP + b"\r\nBetter." == ledger.content(first.id)
    assert (retry.sender, retry.pending) == ("new@me.example", (DANA.addr_spec,))
    ledger.about_to_send([retry.id])
    ledger.settle([sent(retry)])
    assert kinds(ledger, letter()).kind == "other-words"
    assert kinds(ledger, new).kind == "already-sent"


def test_since_is_the_first_deferral_and_attempts_count(ledger):
    go(ledger, letter(), deferred)
    since = ledger.outbox()[0].since
    go(ledger, letter(), deferred)
    assert [(row.since, row.attempts) for row in ledger.outbox()] == [(since, 2)]


def test_refused_goes_only_with_again(ledger):
    first = go(ledger, letter(), refused)
    for new in (letter(), letter(text="Other.")):
        claim = kinds(ledger, new)
        assert (claim.kind, claim.reply, claim.message_id) == ("refused", NO, "<1@me.example>")
    assert [row.state for row in ledger.outbox()] == ["refused"]
    assert list(ledger.log()) == []
    second = go(ledger, letter(message_id="<2@me.example>"), again=True)
    assert (second.kind, second.message_id, second.id != first.id) == ("new", "<2@me.example>", True)
    assert ledger.outbox() == []


def test_a_refusal_without_a_reply_keeps_its_reason(ledger):
    claim = ledger.claim(letter())
    ledger.settle([type(sent(claim))(claim.id, "refused", "size", None, {}, "too large")])
    assert (kinds(ledger, letter()).remark, ledger.outbox()[0].remark) == ("too large", "too large")


@pytest.mark.parametrize("outcome", [sent, deferred, refused])
def test_again_is_a_new_letter(ledger, outcome):
    go(ledger, letter(), outcome)
    second = kinds(ledger, letter(message_id="<2@me.example>"), again=True)
    assert (second.kind, second.message_id) == ("new", "<2@me.example>")
    ledger.about_to_send([second.id])
    ledger.settle([sent(second)])
    assert kinds(ledger, letter()).id == second.id
    assert ledger.outbox() == []


def test_in_doubt_stays_whatever_is_said(ledger):
    first = go(ledger, letter(), in_doubt)
    for more in ({}, {"again": True}):
        for new in (letter(), letter(text="Other.")):
            assert kinds(ledger, new, **more).kind == "in-doubt"
    assert [(row.state, row.attempts, row.reply) for row in ledger.outbox()] == [("in-doubt", 1, None)]
    assert [(line.id, line.state) for line in ledger.log()] == [(first.id, "in-doubt")]


@pytest.mark.parametrize(("found", "kind"), [(True, "already-sent"), (False, "retry")])
def test_resolving_a_doubt(ledger, found, kind):
    first = go(ledger, letter(), in_doubt)
    doubted = next(ledger.log()).when
    ledger.resolve(first.id.upper(), sent=found)
    assert [row.state for row in ledger.outbox()] == ([] if found else ["deferred"])
    assert [line.when for line in ledger.log()] == ([doubted] if found else [])
    claim = kinds(ledger, letter(message_id="<2@me.example>"))
    assert (claim.kind, claim.message_id) == (kind, "<1@me.example>")


def test_only_a_doubt_is_resolved(ledger):
    claim = go(ledger, letter())
    with pytest.raises(Usage, match=r"is sent, neither in doubt"):
        ledger.resolve(claim.id, sent=True)
    for wrong in ("zzzzzz", "no"):
        with pytest.raises(Usage):
            ledger.resolve(wrong, sent=True)
    with pytest.raises(Usage):
        ledger.content("zzzzzz")


def test_partly_refused_for_now_goes_on_to_the_others(ledger):
    ann = LEE.__class__("ann@acme.example")
    new = letter((DANA, LEE), bcc=(ann,))
    first = go(ledger, new, lambda c: sent(c, {LEE.addr_spec: LATER, ann.addr_spec: NO}))
    row = ledger.outbox()[0]
    assert (row.state, row.partly, row.reply) == ("deferred", True, LATER)
    assert row.to == (DANA.addr_spec, LEE.addr_spec)
    assert [line.state for line in ledger.log()] == ["sent"]
    claim = kinds(ledger, new)
    assert (claim.kind, claim.pending, claim.content) == ("partial", (LEE.addr_spec,), first.content)
    assert (claim.message_id, dict(claim.refusals)) == (first.message_id, {ann.addr_spec: NO})
    ledger.about_to_send([claim.id])
    ledger.settle([sent(claim)])
    done = kinds(ledger, new)
    assert (done.kind, dict(done.refusals)) == ("already-sent", {ann.addr_spec: NO})
    assert ledger.outbox() == []


def test_partly_sent_with_other_words_is_not_ready(ledger):
    go(ledger, letter((DANA, LEE)), lambda c: sent(c, {LEE.addr_spec: LATER}))
    assert kinds(ledger, letter((DANA, LEE), text="Other.")).kind == "other-words"


def test_each_has_a_reply_where_not_all_share_it(ledger):
    new = letter((DANA, LEE))
    go(ledger, new, lambda c: ended(c, "deferred", NO, {DANA.addr_spec: LATER}))
    claim = ledger.claim(new)
    assert (claim.pending, dict(claim.refusals)) == ((DANA.addr_spec,), {LEE.addr_spec: NO})


@pytest.mark.parametrize("state", ["refused", "in-doubt", "deferred"])
def test_the_rest_of_a_partly_sent_letter(ledger, state):
    new = letter((DANA, LEE))
    go(ledger, new, lambda c: sent(c, {LEE.addr_spec: LATER}))
    go(ledger, new, lambda c: ended(c, state, NO, {LEE.addr_spec: NO} if state == "refused" else None))
    claim = kinds(ledger, new)
    assert claim.kind == {"refused": "already-sent", "in-doubt": "in-doubt", "deferred": "partial"}[state]
    assert dict(claim.refusals) == ({LEE.addr_spec: NO} if state == "refused" else {})
    if state == "in-doubt":
        ledger.resolve(claim.id, sent=False)
        assert kinds(ledger, new).pending == (LEE.addr_spec,)


def test_a_recipient_refused_for_good_is_not_asked_again_when_the_rest_is_deferred(ledger):
    new = letter((DANA, LEE))
    go(ledger, new, lambda c: ended(c, "deferred", LATER, {DANA.addr_spec: NO}))
    changed = ledger.claim(letter((DANA, LEE), text="Other."))
    assert (changed.pending, dict(changed.refusals)) == ((LEE.addr_spec,), {DANA.addr_spec: NO})


def test_nobody_left_to_ask_is_refused(ledger):
    go(ledger, letter((DANA,), cc=(LEE,)), lambda c: ended(c, "deferred", LATER, {DANA.addr_spec: NO}))
    claim = ledger.claim(letter((DANA,), text="Other."))
    assert (claim.kind, dict(claim.refusals)) == ("refused", {DANA.addr_spec: NO})


def test_claimed_twice_in_one_run(ledger):
    ledger.claim(letter())
    assert kinds(ledger, letter()).kind == "ours"


def test_released_letters_are_claimed_anew(ledger):
    one, two = ledger.claim(letter()), ledger.claim(letter((LEE,)))
    ledger.about_to_send([one.id])
    ledger.release([one.id, two.id])
    assert [(row.state, row.attempts) for row in ledger.outbox()] == [("deferred", 0)] * 2
    assert kinds(ledger, letter()).kind == "retry"
    again = ledger.reclaim(two.id)
    assert (again.kind, again.content, again.pending) == ("retry", two.content, (LEE.addr_spec,))


def test_reclaiming_what_was_superseded_is_refused(ledger):
    first = go(ledger, letter(), deferred)
    go(ledger, letter(), again=True)
    with pytest.raises(Usage):
        ledger.reclaim(first.id)


def test_reclaiming_what_was_dropped_is_refused_also_where_its_draft_is_left(ledger):
    ledger.draft_placed(ledger.record_draft(letter(), "me@imap", "Drafts"), 1, 1, 10)
    (put_off,) = ledger.put_off([letter()], Terms(NOON, "a", frozenset()))
    (claim,) = ledger.claim_queued([put_off.id])
    ledger.about_to_send([claim.id])
    ledger.settle([Outcome(claim.id, "deferred", "final", LATER)])
    ledger.drop(claim.id)
    with pytest.raises(Usage):
        ledger.reclaim(claim.id)
    pending = Pending(ledger, Pace(), done := deque(), contextlib.nullcontext(), again=False)
    pending.again.append(ClaimedLetter("it", claim))
    assert pending.next_claimed() is None
    assert [(one.tag, one.state, one.error.text) for one in done] == [
        ("it", "not-ready", "not ready: it was dropped from the outbox meanwhile")
    ]


def test_only_what_this_run_holds_is_marked(ledger):
    one, two = ledger.claim(letter()), ledger.claim(letter((LEE,)))
    ledger.about_to_send([one.id])
    ledger.release([two.id])
    with pytest.raises(Later):
        ledger.about_to_send([two.id], [sent(one)])
    assert kinds(ledger, letter()).kind == "ours", "all or nothing: the caller still has the outcome"
    ledger.settle([sent(one)])
    assert kinds(ledger, letter()).kind == "already-sent"
    assert kinds(ledger, letter((LEE,))).kind == "retry"


def test_a_last_window_is_settled_without_a_next_one(ledger):
    one = ledger.claim(letter())
    ledger.about_to_send([one.id])
    ledger.about_to_send([], [sent(one)])
    ledger.about_to_send([])
    ledger.settle([])
    assert ledger.outbox() == []


@pytest.mark.file
def test_a_message_that_cannot_be_stamped_undoes_the_claim(ledger, path):
    with pytest.raises(BadData):
        ledger.claim(letter(message_id="no id"))
    assert ledger.claim(letter()).kind == "new"
    assert len(list((path.parent / "runs").iterdir())) == 1


def test_a_transaction_rolled_back_takes_run_claims_and_blobs_with_it(ledger):
    cv = attachment(b"x" * 5000)
    new = letter(attachments=(cv,), message=Unstamped(b"", b"\r\n\r\n", (4,)))
    with pytest.raises(KeyboardInterrupt), ledger.transaction():
        ledger.claim(new)
        raise KeyboardInterrupt
    assert ledger.outbox() == []
    claim = ledger.claim(new)
    assert (claim.kind, ledger.content(claim.id)) == ("new", STAMP + b"\r\n\r\n" + cv.encoded)


def test_what_was_only_claimed_is_withdrawn_without_a_trace(ledger):
    go(ledger, letter())
    claim = ledger.claim(letter((LEE,)))
    ledger.withdraw([claim.id])
    assert ledger.outbox() == []


def test_log_of_a_person(ledger):
    idn = LEE.__class__("jo@xn--bcher-kva.example", "Zoë STRAẞE")
    for box in (DANA, LEE, idn):
        go(ledger, letter((box,)))
    for person, found in [
        ("dana", DANA),
        ("RUIZ", DANA),
        ("Lee@ACME.example", LEE),
        ("zoë", idn),
        ("strasse", idn),
        ("jo@bücher.example", idn),
    ]:
        assert [line.to for line in ledger.log(person)] == [(found.addr_spec,)], person
    assert len(list(ledger.log())) == 3
    assert list(ledger.log("nobody")) == []


def test_what_the_checks_may_know(ledger):
    go(ledger, letter((DANA, LEE), prose="The prose.", letter_file="/l/\udcff.md"))
    go(ledger, letter((LEE,)), deferred)
    (other,) = known(ledger)
    assert other.keys == {DANA.key, LEE.key}
    assert (other.company, other.position, other.subject) == ("Acme Robotics", "Data Engineer", "Thank you")
    assert other.prose == "The prose."
    assert [shelf.letter(0).same_file for shelf in ledger.shelves("/l/\\udcff.md")[:1]] == [True]


def test_how_many_went_from_an_account(ledger):
    go(ledger, letter((DANA, LEE), account="work"))
    go(ledger, letter((LEE,), account="work"), in_doubt)
    go(ledger, letter((LEE,), position="No", account="work"), refused)
    go(ledger, letter((DANA,), position="Hi", account="home"))
    before, after = NOON - timedelta(days=1), NOON + timedelta(hours=1)
    assert ledger.handed_over(before, "work") == (2, 3)
    assert ledger.handed_over(before, "home") == (1, 1)
    assert ledger.handed_over(before, "") == (0, 0)
    assert ledger.handed_over(after, "work") == (0, 0)


def test_contacts(ledger):
    go(ledger, letter((DANA.__class__(DANA.addr_spec.upper().replace("ACME.EXAMPLE", "acme.example")),)))
    go(ledger, letter((DANA,), company="", cc=(LEE,)))
    assert [(c.key, c.name, c.company) for c in contacts(ledger)] == [
        (DANA.key, "Dana Ruiz", "Acme Robotics"),
        (LEE.key, "Lee Brandt", ""),
    ]


@pytest.mark.file
def test_queue_id_and_message_id_are_two_columns(ledger, path):
    import sqlite3

    go(ledger, letter())
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute("SELECT message_id, queue_id FROM letters").fetchall() == [("<1@me.example>", "4XyzAbc123")]
    db.close()
