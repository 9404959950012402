"""How a letter ended, in words: what went wrong, and what to do."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from mailer.errors import BadData, InDoubt, Later, NotReady, Refused, Unreadable
from mailer.ledger.values import Claim
from mailer.sending.outcomes import error_of, status_of
from mailer.sending.values import Result
from mailer.transport.values import Outcome
from tests.kit.ledger import LATER, NO, NOON, OK

HOST = "mail.acme.example"


class Tag(NamedTuple):
    row: int | None = None


def result(state, outcome=None, claim=None, row=None, error=None):
    return Result(Tag(row), state, claim, outcome, error)


def ended(state, reply=None, refused=None, phase="final", text=""):
    return Outcome("4k7m2p", state, phase, reply, refused or {}, text)


@pytest.mark.parametrize(
    ("made", "kind", "words"),
    [
        (result("sent", ended("sent", OK)), None, ""),
        (result("already-sent"), None, ""),
        (result("sent", ended("sent", OK, {"lee@acme.example": NO})), Refused, "not to lee@acme.example (550 5.1.1"),
        (result("sent", ended("sent", OK, {"lee@acme.example": LATER})), Later, "not to lee@acme.example (451 4.7.1"),
        (result("refused", ended("refused", NO, phase="rcpt")), Refused, "refused: 550 5.1.1 No such user"),
        (result("refused"), Refused, "refused this letter before"),
        (result("not-sent", ended("not-sent", phase="size", text="too large")), Refused, "too large"),
        (result("deferred", ended("deferred", LATER)), Later, "not now: 451 4.7.1"),
        (result("deferred", ended("deferred", text="the connection ended")), Later, "not sent: the connection ended"),
        (result("deferred"), Later, "another mailer is sending this letter"),
        (result("in-doubt", ended("in-doubt", text="no answer")), InDoubt, "may have the letter (no answer)"),
        (result("not-ready"), NotReady, "sent with other words"),
    ],
)
def test_what_went_wrong(made, kind, words):
    error = error_of(made, HOST)
    assert type(error) is (kind or type(None))
    if kind:
        assert words in error.text
        assert error.hint


def test_a_letter_in_doubt_is_named_where_it_is_recorded():
    claim = Claim("new", "4k7m2p", "<1@me.example>")
    assert "mailer outbox resolve 4k7m2p --sent" in error_of(result("in-doubt", claim=claim), HOST).hint
    assert "not recorded" in error_of(result("in-doubt"), HOST).hint


def test_other_words_are_told_with_the_day_and_for_a_row_with_its_option():
    claim = Claim("other-words", "4k7m2p", "<1@me.example>", sent=NOON)
    error = error_of(result("not-ready", claim=claim, row=3), HOST)
    assert "sent on 12 May" in error.text
    assert "--row" in error.hint
    assert "--row" not in error_of(result("not-ready", claim=claim), HOST).hint


def test_an_error_of_its_own_goes_before_all():
    error = Unreadable("gone")
    assert error_of(result("deferred", ended("deferred", LATER), error=error), HOST) is error


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotReady("x"), "not-ready"), (BadData("x"), "invalid"), (Unreadable("x"), "invalid"), (Later("x"), "not-sent")],
)
def test_the_status_of_what_was_kept_back(error, status):
    assert status_of(error) == status
