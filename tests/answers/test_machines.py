"""Receipts, complaints, lists, filters that ask first, other machines: each with the person who looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.answers.values import Origin
from tests.kit.mails import DANA, ID, JUN, MACHINES, OWN, dsn, group, judged, kinds, letter, mail, multipart, told_in
from tests.kit.rows import each_row

# Read receipts (RFC 8098).


def receipt(disposition: str = "manual-action/MDN-sent-manually; displayed", **fields: str) -> bytes:
    notice = f"Final-Recipient: rfc822; {DANA}\nOriginal-Message-ID: {ID}\nDisposition: {disposition}\n"
    parts = (("text/plain", "Your message was displayed."), ("message/disposition-notification", notice))
    return multipart("report; report-type=disposition-notification", *parts, **fields)


@pytest.mark.parametrize(
    "disposition",
    ["manual-action/MDN-sent-manually; displayed", "automatic-action/MDN-sent-automatically; displayed",
     "manual-action/MDN-sent-manually; deleted"],
)  # fmt: skip
def test_a_read_receipt(disposition):
    (verdict,) = judged(receipt(disposition))
    assert (verdict.kind, verdict.person, verdict.letter) == ("read", 1, 7)
    assert verdict.because == f"Disposition: {disposition}"


def test_a_receipt_that_a_person_passes_on():
    raw = multipart("mixed", ("text/plain", "What is this?"), ("message/rfc822", receipt().decode()), In_Reply_To=ID)
    assert kinds(raw)[0] not in MACHINES


def test_a_receipt_of_a_stranger_for_another_letter():
    raw = receipt().replace(b"dana.ruiz@acme", b"s@else").replace(b"letter-7", b"letter-x")
    assert kinds(raw.replace(b"Re: Thank", b"Thank")) == ["other"]


# Complaints (RFC 5965).


def complaint(kind: str = "abuse", message_id: str = ID, to: str = DANA, named: str = "") -> bytes:
    fields = f"Feedback-Type: {kind}\nUser-Agent: Button/1\nVersion: 1\n{named}"
    parts = (
        ("text/plain", "An abuse report."),
        ("message/feedback-report", fields),
        ("message/rfc822", letter(message_id, to)),
    )
    return multipart("report; report-type=feedback-report", *parts, From="fbl@provider.test", Subject="Abuse report")


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "other", "virus"])
def test_a_complaint(kind):
    (verdict,) = judged(complaint(kind))
    assert (verdict.kind, verdict.person, verdict.letter, verdict.confidence) == ("complaint", 1, 7, "sure")
    assert verdict.because == f"Feedback-Type: {kind}"


@pytest.mark.parametrize("kind", ["auth-failure", "not-spam"])
def test_another_report_is_automatic(kind):
    assert kinds(complaint(kind)) == ["automatic"]


def test_a_complaint_about_an_unknown_letter():
    (verdict,) = judged(complaint(message_id="<x@x.test>", named=f"Original-Rcpt-To: {DANA}\n"))
    assert (verdict.kind, verdict.confidence) == ("complaint", "likely")
    assert kinds(complaint(message_id="<x@x.test>", to="a@else.test")) == ["other"]


def test_a_person_who_attaches_a_complaint():
    fields = ("message/feedback-report", "Feedback-Type: abuse\n")
    assert kinds(multipart("mixed", ("text/plain", "Is this you?"), fields, In_Reply_To=ID))[0] not in MACHINES


def test_a_person_who_complains_in_words():
    assert (
        kinds(mail("This is abuse! Feedback-Type: abuse. I will report you as spam.", In_Reply_To=ID))[0]
        not in MACHINES
    )


# Lists.

LIST = {"List_Id": "<news.weir.test>", "List_Unsubscribe": "<https://weir.test/u>", "Precedence": "bulk"}
GROUP = {"List_Id": "<hiring.acme.example>", "List_Post": "<mailto:hiring@acme.example>", "Precedence": "list",
         "List_Unsubscribe": "<mailto:leave@acme.example>", "X_Google_Group_Id": "12"}  # fmt: skip


def test_a_newsletter():
    (verdict,) = judged(mail("News!", From="News <news@weir.test>", Subject="News no. 4", **LIST))
    assert (verdict.kind, verdict.because) == ("list", "List-Id: <news.weir.test>")


def test_a_newsletter_from_the_persons_own_address():
    assert kinds(mail("News!", Subject="News no. 4", **LIST)) == ["list"]


def test_a_person_who_writes_through_a_group():
    assert kinds(mail("Happy to talk.", In_Reply_To=ID, **GROUP))[0] not in MACHINES
    assert kinds(mail("Happy to talk.", Subject="A question", **GROUP))[0] not in MACHINES
    rewritten = {"From": "'Dana Ruiz' via Hiring <hiring@acme.example>", "X_Original_Sender": DANA}
    assert kinds(mail("Happy to talk.", **rewritten, **GROUP))[0] not in MACHINES


def test_a_person_whose_program_adds_a_way_to_leave():
    assert kinds(mail("Let us talk.", In_Reply_To=ID, List_Unsubscribe="<https://crm.test/u>"))[0] not in MACHINES
    assert kinds(mail("Let us talk.", Subject="Hello", List_Unsubscribe="<https://crm.test/u>"))[0] not in MACHINES


# Filters that want something done first.

CHALLENGES = told_in(Path(__file__).with_name("challenges.txt"))


@each_row("one", CHALLENGES.values(), ids=CHALLENGES)
def test_a_challenge(one):
    (verdict,) = judged(mail(one.text, In_Reply_To=ID, **one.fields))
    assert (verdict.kind, verdict.person, verdict.letter) == ("challenge", 1, 7), verdict.because


@each_row("one", CHALLENGES.values(), ids=CHALLENGES)
def test_a_person_who_asks_for_a_click(one):
    """The same words from a person's own program, without the marks of a machine."""
    raw = mail(f"Hi Mira,\n\n{one.text}\n\nDana", Subject="Re: Thank you", In_Reply_To=ID)
    assert kinds(raw)[0] not in MACHINES


ABSENT = (
    "I am away until Monday. If you want to reach a person, click https://help.acme.example and write an e-mail.",
    "Ich bin bis Montag abwesend. Bitte klicken Sie auf https://acme.example für eine Nachricht an Otis.",
    "I am on leave. Your message has not been delivered to anyone else. Please confirm with Otis that it can wait.",
    "Je suis en vacances. Votre message est en attente. Pour une urgence, cliquez sur https://acme.example.",
)


@pytest.mark.parametrize("text", ABSENT)
def test_an_absence_that_names_a_link_is_no_challenge(text):
    raw = mail(text, Subject="Automatic reply: Thank you for the talk", Auto_Submitted="auto-replied", In_Reply_To=ID)
    assert kinds(raw)[0] != "challenge"


def test_a_person_who_wants_a_date_confirmed():
    text = "Dear Mira,\n\nplease click https://calendar.test/x to confirm the date, then I will send it.\n\nDana"
    assert kinds(mail(text, In_Reply_To=ID, Auto_Submitted="no"))[0] not in MACHINES


# Other machines (RFC 3834).

AUTOMATIC = [
    {"Auto_Submitted": "auto-replied"},
    {"Auto_Submitted": "auto-generated (ticket)"},
    {"Return_Path": "<>"},
    {"X_Autoreply": "yes"},
    {"X_Mail_Autoreply": "yes"},
    {"Precedence": "auto_reply"},
    {"From": "Acme Jobs <no-reply@acme.example>", "Subject": "We have your letter"},
]


@pytest.mark.parametrize("fields", AUTOMATIC)
def test_another_machine(fields):
    threaded = {} if "From" in fields else {"In_Reply_To": ID}
    (verdict,) = judged(mail("We have received your message. Its number is 4711.", **threaded, **fields))
    assert verdict.kind == "automatic"
    name = next(iter(fields)).replace("_", "-")
    assert verdict.because.startswith(f"{name}: ")


PEOPLE = [
    {"Auto_Submitted": "no"},
    {"X_Auto_Response_Suppress": "All"},
    {"X_Auto_Response_Suppress": "DR, OOF, AutoReply", "Auto_Submitted": "No"},
    {"X_Autoreply": "no"},
    {"Return_Path": f"<{DANA}>"},
    {"X_Mailer": "Autorespond"},
    {"Precedence": "normal"},
    {"Precedence": "first-class"},
    {"Feedback_ID": "1.eu-west-1.x:AmazonSES"},
    {"From": "Dana Ruiz <dana.ruiz+7f@us.greenhouse-mail.io>"},
    {"From": "Dana Ruiz <no-reply@greenhouse.io>", "Reply_To": DANA},
    {"From": "Dana Ruiz <jobs@acme.example>"},
    {"From": "Notification Dana <dana.notify@acme.example>"},
    {"Precedence": "bulk"},
    {"From": "System Administrator <sysadmin@acme.example>"},
    {"Precedence": "list", "List_Id": "<staff.acme.example>"},
]


@each_row("fields", PEOPLE)
def test_a_person_with_odd_fields(fields):
    assert kinds(mail("Thank you, Mira. Let us talk in January.", In_Reply_To=ID, **fields))[0] not in MACHINES


def test_a_colleague_who_writes_through_their_firms_group():
    raw = mail("Dana asked me to write.", From="Ove Lind <ove@acme.example>", Subject="About the weir", **GROUP)
    assert kinds(raw)[0] not in MACHINES


def test_a_newsletter_of_their_firm_is_one():
    raw = mail("Our news.", From="Acme News <news@acme.example>", Subject="News of November", **LIST)
    assert kinds(raw) == ["list"]


def test_machines_of_strangers_are_not_about_us():
    raw = mail("I am away.", From="Ove <ove@else.test>", Subject="Away", Auto_Submitted="auto-replied")
    assert kinds(raw) == ["other"]


@pytest.mark.parametrize(
    ("sender", "subject"),
    [
        ("Acme Recruiting <acme+autoreply@talent.icims.com>", "Acme - Application Received (77)"),
        ("Acme <no-reply@us.greenhouse-mail.io>", "Thank you for applying to Acme"),
        ("Acme Hiring <notifications@hire.lever.co>", "Your application to Acme"),
    ],
)
def test_a_system_through_which_a_firm_hires(sender, subject):
    assert kinds(mail("Thank you for your interest in Acme.", From=sender, Subject=subject)) == ["automatic"]


# Our own.


def test_a_copy_in_sent():
    (verdict,) = judged(mail("Dear Dana,", From=OWN[0], To=DANA, Message_ID=ID), Origin("sent"))
    assert (verdict.kind, verdict.letter, verdict.person) == ("own", 7, None)


REPLACED = ["X_Google_Original_Message_ID", "X_Original_Message_ID", "X_Microsoft_Original_Message_ID"]


@pytest.mark.parametrize("name", REPLACED)
def test_a_copy_under_another_id(name):
    raw = mail("Dear Dana,", From=OWN[0], To=DANA, Message_ID="<new@provider.test>", **{name: ID})
    (verdict,) = judged(raw, Origin("sent"))
    assert (verdict.kind, verdict.letter, verdict.provider_id) == ("own", 7, "<new@provider.test>")


COPY = {"From": OWN[0], "To": DANA, "Subject": "Thank you for the talk", "Message_ID": "<new@provider.test>"}


def test_a_copy_whose_id_was_replaced_without_a_word():
    (verdict,) = judged(mail("", **COPY, Date="Tue, 3 Nov 2026 10:00:04 +0100"), Origin("sent"))
    assert (verdict.letter, verdict.provider_id) == (7, "<new@provider.test>")


OTHERS = [{"Date": "Wed, 4 Nov 2026 10:00:04 +0100"}, {"Subject": "Another matter"}, {"Date": ""}]


@pytest.mark.parametrize("other", OTHERS)
def test_another_letter_to_the_same_person_is_a_touch(other):
    (verdict,) = judged(mail("Hello", **(COPY | {"Date": "Tue, 3 Nov 2026 10:00:04 +0100"} | other)), Origin("sent"))
    assert (verdict.kind, verdict.person, verdict.letter, verdict.provider_id) == ("own", 1, None, "")


def test_a_mail_of_ours_to_two_people_is_a_touch_of_each():
    raw = mail("Hello", From=OWN[1], To=f"{DANA}, {JUN}, s@else.test, {OWN[0]}", Subject="Both of you")
    assert [(one.kind, one.person) for one in judged(raw, Origin("sent"))] == [("own", 1), ("own", 2)]


@pytest.mark.parametrize("use", ["drafts", "inbox"])
def test_a_draft_or_what_may_be_forged_is_no_touch(use):
    raw = mail("Hello", From=OWN[0], To=DANA, Subject="New")
    assert [(one.kind, one.person) for one in judged(raw, Origin(use, over_imap=True))] == [("own", None)]


def test_letters_to_oneself_and_our_own_absences_are_no_touches():
    assert [(one.kind, one.person) for one in judged(mail("x", From=OWN[0], To=OWN[1]), Origin("sent"))] == [
        ("own", None)
    ]
    away = mail("I am away", From=OWN[0], To=DANA, Subject="Away", Auto_Submitted="auto-replied")
    assert [(one.kind, one.person) for one in judged(away, Origin("sent"))] == [("own", None)]


def test_a_cc_to_oneself_is_own_and_never_an_answer():
    raw = mail("More on the weir", From=OWN[0], To=DANA, Cc=OWN[1], In_Reply_To=ID)
    assert kinds(raw) == ["own"]


def test_a_bounce_that_keeps_the_letters_id_is_not_own():
    raw = mail(f"<{DANA}>: 550 user unknown", From="MAILER-DAEMON@relay.test", Return_Path="<>", Subject="failure",
               Message_ID=ID)  # fmt: skip
    assert kinds(raw) == ["dead"]


def test_what_is_no_mail_is_other():
    for raw in (b"", b"\0\0\0", b"no header at all\n\nwords", b"\xff\xfe" * 50):
        (verdict,) = judged(raw)
        assert verdict.kind == "other"


def test_a_challenge_in_the_form_of_a_delivery_report():
    """Boxbe's."""
    words = "Your message is waiting: verify that you are a person to have it delivered: https://www.boxbe.com/crs?x=1"
    raw = dsn(
        group("Sender not pre-approved. Follow instructions", status="4.7.0"), human=words, From="noreply@boxbe.com"
    )
    assert kinds(raw) == ["challenge"]
