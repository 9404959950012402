"""Delivery reports with fields (RFC 3464): which class, whose, and by which line."""

from __future__ import annotations

import pytest

from mailer.answers.values import Origin
from tests.kit.mails import (
    DANA,
    ID,
    ID_JUN,
    ID_MANY,
    ILSE,
    MACHINES,
    OTIS,
    daemon,
    dsn,
    group,
    judged,
    kinds,
    letter,
    mail,
    multipart,
)
from tests.kit.rows import each_row

GONE = {
    "a code and words": group("550 5.1.1 <dana.ruiz@acme.example>: user unknown", status="5.1.1"),
    "the code alone": group(status="5.1.1"),
    "words under a code that says nothing": group("550 No such person at this address", status="5.0.0"),
    "words under a wrong code": group("550 5.7.1 Mailbox does not exist", status="5.7.1"),
    "Exchange's directory": group("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", status="5.4.1"),
    "Exchange's resolver": group("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by lookup"),
    "a domain that nobody has": group("Host or domain name not found. Name service error for acme", status="5.4.4"),
    "an Exchange domain": group("550 5.4.310 DNS domain acme.example does not exist [Message=InfoDomainNonexistent]"),
    "Google": group("550-5.1.1 The email account that you tried to reach does not exist. Please try 550 5.1.1 to"),
    "Yahoo": group("554 delivery error: dd This user doesn't have a acme.example account (dana.ruiz@acme.example) [0]"),
    "German": group("550 5.1.1 Benutzer unbekannt"),
    "French": group("550 5.5.0 Adresse d au moins un destinataire invalide. Destinataire inconnu"),
    "Spanish": group("550 5.1.1 El usuario no existe"),
    "Russian": group("550 Message was not accepted -- такого пользователя нет"),
    "Japanese": group("550 指定された宛先が存在しません"),
    "Chinese": group("550 5.1.1 收件人地址不存在"),
    "Korean": group("550 5.1.1 존재하지 않는 사용자입니다"),
    "an X.400 gateway": group("550 5.1.1 Recipient not found in directory", address="/G=Dana/S=Ruiz/O=Acme/"),
}  # fmt: skip
REFUSED = {
    "full, whatever the code": group("550 5.1.1 Mailbox of dana.ruiz@acme.example is full", status="5.1.1"),
    "over quota": group("552 5.2.2 The email account that you tried to reach is over quota", status="5.2.2"),
    "full, in German": group("550 Postfach ist voll"),
    "a policy": group("550 5.7.1 Message rejected due to local policy", status="5.7.1"),
    "the sender is unknown, not the recipient": group(
        "553 5.1.8 Domain of sender address mira@holt.example does not exist"
    ),
    "DMARC": group("550 5.7.26 Unauthenticated email from holt.example is not accepted due to domain's DMARC policy"),
    "a list of bad hosts": group("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.test"),
    "too large": group("552 5.3.4 Message size exceeds fixed limit", status="5.3.4"),
    "too long on its way": group(status="4.4.7"),
    "unknown for now": group("450 4.1.1 <dana.ruiz@acme.example>: user unknown in local table", status="4.1.1"),
    "a loop": group("554 5.4.6 Too many hops", status="5.4.6"),
    "after DATA": group("550 Unknown user dana.ruiz@acme.example (in reply to end of DATA command)"),
    "nothing said": group(status="5.0.0"),
}


@each_row("report", GONE.values(), ids=GONE)
def test_an_address_that_is_gone(report):
    (verdict,) = judged(dsn(report))
    assert (verdict.kind, verdict.person, verdict.letter) == ("dead", 1, 7)
    assert (verdict.address, verdict.confidence) == (DANA, "sure")


@each_row("report", REFUSED.values(), ids=REFUSED)
def test_a_letter_refused_for_another_reason(report):
    (verdict,) = judged(dsn(report))
    assert (verdict.kind, verdict.person, verdict.letter, verdict.address) == ("bounced", 1, 7, DANA)


def test_still_trying():
    (verdict,) = judged(dsn(group("451 4.7.1 Greylisted, try again", status="4.7.1", action="delayed")))
    assert (verdict.kind, verdict.person) == ("delayed", 1)


@pytest.mark.parametrize("action", ["relayed", "delivered", "expanded"])
def test_a_success_is_no_bounce(action):
    (verdict,) = judged(dsn(group("250 2.0.0 Ok: queued", status="2.0.0", action=action)))
    assert (verdict.kind, verdict.person, verdict.letter) == ("automatic", 1, 7)


def test_each_recipient_is_an_event():
    found = judged(
        dsn(
            group("550 5.1.1 user unknown", DANA, "5.1.1"),
            group("552 5.2.2 mailbox full", ILSE, "5.2.2"),
            group(status="4.4.1", address=OTIS, action="delayed"),
            group("550 5.1.1 user unknown", "somebody@else.test", "5.1.1"),
            message_id=ID_MANY,
        )
    )
    assert [(one.kind, one.person) for one in found] == [("dead", 1), ("bounced", 3), ("delayed", 4)]


def test_the_fields_need_no_empty_line_between_two_recipients():
    fields = group("550 5.1.1 user unknown", DANA) + group("552 5.2.2 mailbox full", ILSE)
    assert kinds(dsn(fields, message_id=ID_MANY)) == ["dead", "bounced"]


def test_the_line_that_decided_is_told():
    (verdict,) = judged(dsn(group("550 5.1.1 user\n unknown")))
    assert verdict.because == "Diagnostic-Code: 550 5.1.1 user unknown"
    (verdict,) = judged(dsn(group("550 " + "user unknown " * 100)))
    assert len(verdict.because) <= 200
    assert len(verdict.text) <= 200


def test_a_letter_that_the_ledger_does_not_know_is_somebody_elses():
    report = group("550 5.1.1 user unknown", "stranger@else.test", "5.1.1")
    assert kinds(dsn(report, message_id="<unknown@holt.example>")) == ["other"]


def test_but_a_persons_address_is_likely():
    (verdict,) = judged(dsn(group("550 5.1.1 user unknown", status="5.1.1"), message_id="<unknown@holt.example>"))
    assert (verdict.kind, verdict.confidence, verdict.person) == ("dead", "likely", 1)


VOUCHED = "mx.holt.example; dmarc=pass header.from=acme.example"


@pytest.mark.parametrize(
    ("results", "sender", "origin", "confidence"),
    [
        (VOUCHED, "MAILER-DAEMON@acme.example", Origin("inbox", over_imap=True), "sure"),
        (VOUCHED, "MAILER-DAEMON@acme.example", Origin("file"), "likely"),
        (VOUCHED.replace("pass", "fail"), "MAILER-DAEMON@acme.example", Origin("inbox", over_imap=True), "likely"),
        (
            VOUCHED.replace("mx.holt", "mx.evil"),
            "MAILER-DAEMON@acme.example",
            Origin("inbox", over_imap=True),
            "likely",
        ),
        (VOUCHED.replace("acme", "evil"), "MAILER-DAEMON@evil.example", Origin("inbox", over_imap=True), "likely"),
    ],
)
def test_who_vouches_for_it(results, sender, origin, confidence):
    report = group("550 5.1.1 user unknown", status="5.1.1")
    raw = dsn(report, message_id="", From=sender, Authentication_Results=results)
    assert [one.confidence for one in judged(raw, origin)] == [confidence]


def test_a_forwarded_address_is_the_recipients():
    """Dana's mail goes on to another mailbox, which is gone."""
    report = group("550 5.1.1 user unknown", "d.ruiz@elsewhere.test", "5.1.1")
    assert [(one.kind, one.address) for one in judged(dsn(report))] == [("dead", DANA)]


def test_a_letter_of_ours_to_several_and_nobody_can_tell_to_whom_it_failed():
    (verdict,) = judged(dsn(group("550 5.1.1 user unknown", "x@elsewhere.test"), message_id=ID_MANY))
    assert (verdict.kind, verdict.person, verdict.letter) == ("bounced", None, 9)


def test_an_international_address():
    """RFC 6533."""
    fields = "Final-Recipient: utf-8; dana.ruiz@acme.example\nAction: failed\nStatus: 5.1.1\n"
    status = ("message/global-delivery-status", f"Reporting-MTA: dns; x.test\n\n{fields}")
    parts = (("text/plain", "It failed."), status, ("message/global-headers", letter()))
    raw = multipart("report; report-type=global-delivery-status", *parts, From="postmaster@relay.test")
    assert kinds(raw) == ["dead"]


def test_fields_in_running_text_and_under_a_broken_boundary():
    text = f"An error occurred.\n\nTechnical report:\n\n{group('550 5.1.1 user unknown', status='5.1.1')}\n\n"
    assert kinds(daemon(text, letter())) == ["dead"]
    broken = dsn(group("550 5.1.1 user unknown")).replace(b'boundary="=_b1"', b'boundary="=_other"')
    assert kinds(broken) == ["dead"]


# Twins: people who have a report in their mail.


def test_whoever_passes_a_report_on_is_a_person():
    report = dsn(group("550 5.1.1 user unknown")).decode()
    words = "Hi Mira, I got this when I wrote to you. Is your address right?"
    assert kinds(multipart("mixed", ("text/plain", words), ("message/rfc822", report)))[0] not in MACHINES
    assert kinds(mail(f"{words}\n\n-----Original Message-----\n{report}", In_Reply_To=ID))[0] not in MACHINES


def test_whoever_attaches_its_parts_is_a_person():
    """Some mail programs forward a report as text with its parts attached."""
    status = f"Reporting-MTA: dns; x.test\n\n{group('550 5.1.1 user unknown')}"
    raw = multipart(
        "mixed",
        ("text/plain", "Look what I got!\n\n> user unknown"),
        ("message/delivery-status", status),
        ("message/rfc822", letter()),
        In_Reply_To=ID,
    )
    assert kinds(raw)[0] not in MACHINES


def test_a_postmaster_who_answers_is_a_person():
    words = "Dear Mira,\n\nyour letter could not be delivered yesterday: 550 5.1.1 user unknown. It works again.\n\nJun"
    raw = mail(words, From="Postmaster <postmaster@hakone.example>", In_Reply_To=ID_JUN)
    assert kinds(raw)[0] not in MACHINES
