"""The sieve leaves out nothing that the candidates' rule would take, and takes little else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.answers import machines
from mailer.answers.candidates import candidate
from mailer.answers.mail import read
from mailer.answers.values import Letter, Origin, Someone
from mailer.answers.wording.patterns import pattern
from mailer.syncing.sieve import Sieve
from mailer.syncing.stems import stems, which_may_say
from tests.kit.inbox import START
from tests.kit.rows import each_row

DANA = Someone(1, "Dana Ruiz", "Acme", ("dana@acme.example", "dana.ruiz@gmail.com"), START)
OURS = Letter(1, "<1@novak.example>", START, "Hello", "", ("dana@acme.example",), (1,))


# What stands once, in ``machines``: the sieve and the rule know each sign of it.
SIGNS = [f"{name}x: 1" for name in machines.CHALLENGES]
SIGNS += [f"Precedence: {word}" for word in machines.PRECEDENCE]
SIGNS += [f"Content-Type: multipart/{word}; x=1" for word in machines.REPORTS]
SIGNS += [f"{name}: dana@acme.example" for name in machines.SENDERS]
SIGNS += ["Auto-Submitted: auto-replied", "X-MLServer: 1", "X-Mail-Auto-Response: 1", "X-AutoReply: 1"]


class Known:
    """One person, one letter."""

    def is_own(self, address):
        return address.lower() == "jo@novak.example"

    def letters(self, message_ids):
        return [OURS] if OURS.message_id in message_ids else []

    def last_letter_to(self, address, before):
        return OURS

    def person(self, number):
        return DANA

    def person_of(self, address):
        return DANA if address.lower() in DANA.addresses else None

    def people_at(self, domain):
        return [DANA] if domain.lower().endswith("acme.example") else []

    def domains(self):
        return frozenset(address.partition("@")[2] for address in DANA.addresses)

    def trusts(self, authserv_id):
        return False


def taken(*heads):
    return [look is not None for look in Sieve(Known()).wanted([(head, Origin()) for head in heads])]


def head(**fields):
    told = {
        "From": "Shop <news@shop.example>",
        "To": "jo@novak.example",
        "Subject": "Offer",
        "Message-ID": "<9@shop.example>",
    }
    told |= {name.replace("_", "-"): value for name, value in fields.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in told.items()).encode() + b"\r\n"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("spelled", [str, str.upper, str.lower])
def test_each_sign_of_a_machine_is_known_to_both(sign, spelled):
    name, _, value = sign.partition(":")
    octets = f"{spelled(name)}:{value}\r\n".encode() + head()
    assert candidate(read(octets), Known())
    assert taken(octets) == [True]


@pytest.mark.parametrize("name", machines.LISTS)
def test_what_a_list_sent_with_a_sign_of_many_concerns_nobody(name):
    octets = f"{name}: <x.shop.example>\r\nPrecedence: bulk\r\n".encode() + head()
    assert not candidate(read(octets), Known())
    assert taken(octets) == [False]


@each_row(
    ("fields", "wanted"),
    [
        ({}, False),
        ({"Received": "from a by b", "Content_Type": "text/plain", "Return_Path": "<news@shop.example>"}, False),
        ({"References": "<8@shop.example> <7@shop.example>"}, False),
        ({"From": "Dana <DANA@acme.example>"}, True),
        ({"From": "Lee <lee@mail.acme.example>"}, True),
        ({"To": "a@x.example, dana.ruiz@gmail.com"}, True),
        ({"From": "Kim <kim@gmail.com>"}, False),
        ({"In_Reply_To": "<1@novak.example>"}, True),
        ({"References": "<5@x.example>\r\n <1@novak.example>"}, True),
        ({"From": "MAILER-DAEMON@mx.example"}, True),
        ({"From": "Mail Delivery System <x@mx.example>"}, True),
        ({"Return_Path": "<>"}, True),
        ({"Auto_Submitted": "auto-replied"}, True),
        ({"Content_Type": "multipart/report; report-type=delivery-status"}, True),
        ({"Subject": "Undelivered Mail Returned to Sender"}, True),
        ({"X_Failed_Recipients": "dana@acme.example"}, True),
        ({"From": "nobody"}, False),
    ],
)
def test_what_it_takes(fields, wanted):
    assert taken(head(**fields)) == [wanted]
    assert candidate(read(head(**fields), headers_only=True), Known()) <= wanted


WORDS = st.sampled_from(
    [
        *("dana@acme.example", "Dana Ruiz", "<1@novak.example>", "<2@x.example>", "jo@novak.example", "x@shop.example"),
        *(
            "=?utf-8?q?dana=40acme.example?=",
            "dana @ acme.example",
            '"dana"@acme.example',
            "MAILER-DAEMON",
            "postmaster@x.example",
        ),
        *(
            "Delivery Status Notification",
            "Undelivered",
            "confirm your message",
            "auto-replied",
            "multipart/report",
            "<>",
            "",
        ),
        *(
            "Complaint about message from",
            "postmaster",
            "noreply@greenhouse.io",
            f"{'x' * 60}=dana@acme.example",
            "=?utf-8?q?noreply?=",
        ),
        *("(comment)", "bulk", "noreply@x.example", "é", "\r\n ", ",", ";", "1@novak.example", "no"),
    ]
)
NAMES = st.sampled_from(
    [
        *(
            "From",
            "To",
            "Cc",
            "Reply-To",
            "Sender",
            "Subject",
            "Message-ID",
            "In-Reply-To",
            "References",
            "Return-Path",
        ),
        *(
            "Auto-Submitted",
            "Content-Type",
            "Precedence",
            "List-Id",
            "X-Failed-Recipients",
            "Delivered-To",
            "X-Autoreply",
        ),
        *(
            "List-Id",
            "List-Unsubscribe",
            "X-Original-From",
            "X-Mlserver",
            "X-Auto-Response-Suppress",
            "X-Boxbe-Challenge",
        ),
        *("Resent-To", "Thread-Reference", "FROM", "X-Original-Message-ID", "Date", "X-Strange", "Apparently-To"),
    ]
)
HEADS = st.lists(st.tuples(NAMES, st.lists(WORDS, max_size=4).map(" ".join)), max_size=7)


@given(HEADS)
@example([("Message-ID", "1@novak.example")])
def test_it_leaves_out_nothing_that_could_become_an_event(fields):
    octets = "".join(f"{name}: {value}\r\n" for name, value in fields).encode() + b"\r\n"
    if candidate(read(octets, headers_only=True), Known()):
        assert taken(octets) == [True]


@given(st.binary(max_size=300))
def test_whatever_it_is(octets):
    if candidate(read(octets, headers_only=True), Known()):
        assert taken(octets) == [True]


@pytest.mark.parametrize(
    "name", ["reports.failed", "challenges.subject", "machines.daemon_name", "machines.unattended"]
)
@given(data=st.data())
def test_a_text_in_which_something_is_found_holds_a_stem(name, data):
    found = data.draw(st.from_regex(pattern(name), alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
    assert which_may_say(name, ["nothing", found, "", found]) == [1, 3]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("deliver(?:y|ed)?", {"deliver"}),
        ("(?:cannot|could not) reach", {" reach"}),
        ("(?:cannot|could not) be", {"annot", "ould not"}),
        ("ab?c", None),
        ("(?:abc)?def{1,2}ghi", {"ghi"}),
        ("[xyz]+", None),
        ("退信", {"退信"}),
    ],
)
def test_stems(expression, expected):
    found = stems(expression)
    assert found == (frozenset(expected) if expected else None)
