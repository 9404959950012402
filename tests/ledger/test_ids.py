from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import Usage
from mailer.ledger.ids import letter_id, letter_number, queue_id
from mailer.message.address import Mailbox
from mailer.message.identity import content_digest, identity

A, B = Mailbox("Ana@acme.example", "Ana"), Mailbox("bo@xn--bcher-kva.example")
ABOUT = {"template": "runner-up", "company": "Acme", "position": "Engineer"}


def test_identity_is_of_the_to_recipients_in_any_order_and_case():
    same = identity((A, B), (Mailbox("cc@x.example"),), **ABOUT, subject="one")
    assert identity((B, Mailbox("ANA@acme.example", "A. N. Other"), A), **ABOUT, subject="two") == same
    assert len(same) == 64


@pytest.mark.parametrize("change", [{"template": "thank-you"}, {"company": "Acm"}, {"position": ""}])
def test_template_company_and_position_make_another_letter(change):
    assert identity((A,), **{**ABOUT, **change}) != identity((A,), **ABOUT)


def test_a_letter_on_its_own_is_told_apart_by_its_subject():
    assert identity((A,), subject="x") != identity((A,), subject="y")
    assert identity((A,), subject="x", company="a") == identity((A,), subject="x", company="b")


def test_without_to_all_recipients_count():
    assert identity((), (A, B), **ABOUT) == identity((), (B, A), **ABOUT) != identity((), (A,), **ABOUT)


def test_parts_cannot_run_into_each_other():
    assert identity((A,), template="ab", company="c") != identity((A,), template="a", company="bc")
    assert content_digest("a", "bc") != content_digest("ab", "c")
    assert content_digest("a", "b", ["c"]) != content_digest("a", "b", ["c", ""])
    assert content_digest("a", "b", ["1", "2"]) != content_digest("a", "b", ["2", "1"])


@given(st.integers(1, 2**30 - 1))
def test_an_id_says_its_number_however_it_is_typed(number):
    text = letter_id(number)
    assert letter_number(text) == letter_number(text.upper()) == number
    assert letter_number(text.replace("1", "l").replace("0", "O")) == number


def test_neighbours_have_ids_far_apart():
    ids = [letter_id(number) for number in range(1, 5000)]
    assert len(set(ids)) == len(ids)
    assert all(sum(x != y for x, y in zip(a, b, strict=True)) > 1 for a, b in pairwise(ids))


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345u", "-12345", "١٢٣٤٥٦", " 12345"])
def test_what_is_no_id_is_said(text):
    with pytest.raises(Usage, match="not the id"):
        letter_number(text)


@pytest.mark.parametrize(
    ("text", "queue"),
    [
        ("Ok: queued as 4XyzAbc123", "4XyzAbc123"),
        ("OK id=1rAbCd-0001Xy-2Z", "1rAbCd-0001Xy-2Z"),
        ("3AB12 Message accepted for delivery", "3AB12"),
        ("<a@b> [InternalId=12345, Hostname=x] Queued mail for delivery", "12345"),
        ("OK  1700000000 a1-20020 - gsmtp", "1700000000 a1-20020"),
        ("Thank you", ""),
        ("", ""),
    ],
)
def test_queue_id(text, queue):
    assert queue_id(text) == queue
