# ruff: noqa: E501
"""Who is taken for a machine, a colleague, a stranger: a person never is taken for a machine."""

from __future__ import annotations

import pytest

from mailer.answers.rules import verdicts
from mailer.answers.values import Origin
from tests.answers.people import INBOX, OWN, Ledger, mail
from tests.kit.rows import each_row

AWAY = "I am out of the office until 4 January, but yes: let us talk on the 7th."
ABSENT = "I am out of the office until 4 January."
STOP = "Please do not contact me again."
COLLEAGUE = "Rob Finch <rob@saltmarsh.example>"

CASES = (
    pytest.param(mail(AWAY, X_Auto_Response_Suppress="All"), INBOX, "answer", None, id="suppress"),
    pytest.param(mail(AWAY, Auto_Submitted="no", Precedence="bulk"), INBOX, "answer", None, id="auto no"),
    pytest.param(mail(AWAY, Precedence="list", List_Id="<x.saltmarsh.example>"), INBOX, "answer", None, id="list"),
    pytest.param(mail(AWAY, Precedence="bulk", List_Id="<x.saltmarsh.example>"), INBOX, "answer", None, id="listbulk"),
    pytest.param(
        mail(AWAY, subject="Re: Automatic reply: Thank you for the Planner interview"),
        INBOX,
        "answer",
        None,
        id="re auto",
    ),
    pytest.param(
        mail(AWAY, subject="AW: Automatische Antwort: Thank you for the Planner interview"),
        INBOX,
        "answer",
        None,
        id="aw auto",
    ),
    pytest.param(
        mail("Hi Lena, I am away from Monday. Can we talk before?", subject="Out of office next week", thread=False),
        INBOX,
        "answer",
        None,
        id="own head",
    ),
    pytest.param(
        mail("Hi Lena, bin ab Montag im Urlaub, geht es vorher?", subject="Urlaub", thread=False),
        INBOX,
        "answer",
        None,
        id="own head2",
    ),
    pytest.param(
        mail("Liebe Lena, bin ab Montag im Urlaub.", subject="Urlaub", thread=False),
        INBOX,
        "answer",
        None,
        id="own head3",
    ),
    pytest.param(mail(AWAY, X_Mailer="Microsoft Outlook 16.0"), INBOX, "answer", None, id="xmailer"),
    pytest.param(mail("Yes!", thread=False, subject="hello"), INBOX, "answer", None, id="thread new"),
    pytest.param(mail("Yes!", sender="Iris Holm <iris.private@webmail.example>"), INBOX, "answer", None, id="newaddr"),
    pytest.param(mail("Yes!", sender='"Holm, Iris" <ih@saltmarsh.example>'), INBOX, "answer", None, id="newaddr2"),
    pytest.param(
        mail("Yes!", sender="Iris Holm <ih@saltmarsh.example>", thread=False, subject="hello"),
        INBOX,
        "answer",
        None,
        id="newaddr nothread",
    ),
    pytest.param(mail("Yes!", sender="iholm@saltmarsh.example"), INBOX, "answer", None, id="localpart"),
    pytest.param(
        mail("I took over from Iris. Let's talk.", sender=COLLEAGUE), INBOX, "colleague", None, id="colleague"
    ),
    pytest.param(
        mail("Iris showed me your letter.", sender=COLLEAGUE, thread=False, subject="your letter"),
        INBOX,
        "colleague",
        None,
        id="colleague2",
    ),
    pytest.param(
        mail("We sell gauges.", sender=COLLEAGUE, thread=False, subject="offer"), INBOX, "other", None, id="colleague3"
    ),
    pytest.param(
        mail("Hello", sender=COLLEAGUE, thread=False, subject="FW: Thank you for the Planner interview"),
        INBOX,
        "colleague",
        None,
        id="colleague4",
    ),
    pytest.param(
        mail("Tom told me", sender="Ann <ann@webmail.example>", thread=False, subject="x"),
        INBOX,
        "other",
        None,
        id="webmail",
    ),
    pytest.param(
        mail("Tom told me", sender="Ann <ann@webmail.example>", subject="x"), INBOX, "answer", None, id="webmail thread"
    ),
    pytest.param(mail(STOP, thread=False), Origin(), "stop", "likely", id="stop nothread file"),
    pytest.param(
        mail(
            STOP, thread=False, Authentication_Results="mx.weirhouse.example; dmarc=pass header.from=saltmarsh.example"
        ),
        INBOX,
        "stop",
        "sure",
        id="stop nothread dmarc",
    ),
    pytest.param(
        mail(STOP, thread=False, Authentication_Results="evil.example; dmarc=pass header.from=saltmarsh.example"),
        INBOX,
        "stop",
        "likely",
        id="stop forged ar",
    ),
    pytest.param(mail(STOP, thread=False, sender="x@y.example", subject="x"), INBOX, "other", None, id="stop stranger"),
    pytest.param(
        mail("Please stop writing to us.", sender=COLLEAGUE), INBOX, "stop|colleague", None, id="stop colleague"
    ),
    pytest.param(
        mail(ABSENT, thread=False, sender="x@y.example", subject="Automatic reply: your offer"),
        INBOX,
        "other",
        None,
        id="stranger ooo",
    ),
    pytest.param(
        mail(ABSENT, thread=False, sender="x@y.example", subject="x", Auto_Submitted="auto-replied"),
        INBOX,
        "other",
        None,
        id="stranger ooo2",
    ),
    pytest.param(mail("hi", sender=OWN), INBOX, "own", None, id="own"),
    pytest.param(mail(ABSENT, Return_Path="<>"), INBOX, "away", None, id="bare null path"),
    pytest.param(
        mail(ABSENT, thread=False, subject="Automatic reply: Thank you for the Planner interview"),
        INBOX,
        "away",
        None,
        id="nothread oof",
    ),
    pytest.param(
        mail(ABSENT, thread=False, subject="[EXTERNAL] Automatic reply: Thank you for the Planner interview"),
        INBOX,
        "away",
        None,
        id="ext tag",
    ),
    pytest.param(
        mail(
            ABSENT,
            sender="Iris Holm <i.holm@saltmarsh.example>",
            thread=False,
            Auto_Submitted="auto-replied",
            subject="Re: Thank you for the Planner interview",
        ),
        INBOX,
        "away",
        None,
        id="alias",
    ),
    pytest.param(
        mail(ABSENT, sender=COLLEAGUE, thread=False, Auto_Submitted="auto-replied", subject="Re: x"),
        INBOX,
        "automatic|other|away",
        None,
        id="colleague ooo",
    ),
    pytest.param(
        mail("Thanks for the letter.\n\nBest,\nIris\n\nPS: please do not write to me again."),
        INBOX,
        "stop",
        None,
        id="ps",
    ),
    pytest.param(
        mail("Sounds good.\n\n-- \nIris Holm\nTo stop receiving emails from me, unsubscribe me"),
        INBOX,
        "answer",
        None,
        id="sig",
    ),
    pytest.param(
        mail(
            "Sounds good.\n\nKind regards\nIris Holm\n\nThis email is confidential. If you are not the intended recipient, please delete it and do not contact us again."
        ),
        INBOX,
        "answer",
        None,
        id="disclaimer",
    ),
    pytest.param(
        mail(
            "Danke, gern!\n\nMit freundlichen Grüßen\nIris Holm\n\nIch arbeite freitags nicht. Bitte keine weiteren Nachrichten am Freitag."
        ),
        INBOX,
        "answer",
        None,
        id="sig2",
    ),
    pytest.param(mail("Hi Lena,\nThanks,\nbut please do not write to me again."), INBOX, "stop", None, id="thanks"),
    pytest.param(
        mail("x")
        .replace(b"text/plain", b"text/html")
        .replace(b"\nx\n", b"\n<div>Please do not write to me again.</div><blockquote>Dear Iris</blockquote>\n"),
        INBOX,
        "stop",
        None,
        id="html",
    ),
    pytest.param(
        mail(
            "Your request has been received. Ticket 55.",
            sender="Help <support@saltmarsh.example>",
            Auto_Submitted="auto-generated",
        ),
        INBOX,
        "automatic",
        None,
        id="ticket",
    ),
    pytest.param(
        mail("Hi Lena, I have left Saltmarsh, do write to me at iris@holm.example."),
        INBOX,
        "answer",
        None,
        id="left person",
    ),
    pytest.param(
        mail("Iris Holm is no longer with Saltmarsh. Please contact rob@saltmarsh.example."),
        INBOX,
        "left",
        "likely",
        id="left impersonal",
    ),
    pytest.param(
        mail("Iris Holm is no longer with Saltmarsh. I do her work now.", sender=COLLEAGUE),
        INBOX,
        "colleague",
        None,
        id="left colleague",
    ),
    pytest.param(mail("", subject="Accepted: Call with Lena"), INBOX, "answer", None, id="acc"),
    pytest.param(
        mail(ABSENT, Auto_Submitted="auto-replied").replace(b"Date: Tue, 15 Dec 2026 10:00:00 +0000\n", b""),
        INBOX,
        "away",
        None,
        id="no date",
    ),
    pytest.param(mail(AWAY, Precedence="bulk"), INBOX, "answer", None, id="bulk"),
    pytest.param(mail(ABSENT, Auto_Submitted="auto-forwarded"), INBOX, "answer", None, id="forwarded by a rule"),
    pytest.param(
        mail(AWAY, X_MS_Exchange_Inbox_Rules_Loop="lena.brook@work.example"),
        INBOX,
        "answer",
        None,
        id="a rule of the user's",
    ),
    pytest.param(
        mail("Sorry, I was on leave; this message was sent automatically by my calendar."),
        INBOX,
        "answer",
        None,
        id="excuse",
    ),
    pytest.param(
        mail("Bin ab Montag im Urlaub.", subject="Auto: die Fahrt", thread=False), INBOX, "answer", None, id="car"
    ),
    pytest.param(
        mail("Bin bald im Urlaub, melde mich.", subject="Urlaub", thread=False), INBOX, "answer", None, id="no day"
    ),
    pytest.param(mail("", subject="STOP"), INBOX, "stop", "sure", id="in the subject"),
    pytest.param(mail("", subject="Unsubscribe", thread=False), INBOX, "stop", "sure|likely", id="a subject alone"),
    pytest.param(mail(""), INBOX, "answer", "sure", id="nothing at all"),
)


@each_row(("raw", "origin", "kinds", "confidence"), CASES)
def test_whose_mail_it_is(raw: bytes, origin: Origin, kinds: str, confidence: str | None) -> None:
    (found,) = verdicts(raw, Ledger(), origin)
    assert found.kind in kinds.split("|")
    assert confidence is None or found.confidence in confidence.split("|")


def test_a_new_address_and_a_colleague_s_are_told() -> None:
    (new,) = verdicts(mail("Yes!", sender="Iris Holm <iris@webmail.example>"), Ledger(), INBOX)
    assert (new.kind, new.person, new.letter, new.other_address) == ("answer", 1, 1, "iris@webmail.example")
    (other,) = verdicts(mail("I do her work now.", sender=COLLEAGUE), Ledger(), INBOX)
    assert (other.kind, other.person, other.letter, other.other_address) == ("colleague", 1, 1, "rob@saltmarsh.example")


def test_because_names_the_field_that_decided() -> None:
    (answer,) = verdicts(mail("Yes!"), Ledger(), INBOX)
    assert answer.because == "In-Reply-To: <touch-1@weirhouse.example>"
    (answer,) = verdicts(mail("Yes!", thread=False, subject="hello"), Ledger(), INBOX)
    assert answer.because == "From: iris.holm@saltmarsh.example"
