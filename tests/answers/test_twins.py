# ruff: noqa: E501
"""Machines' mails of less common makers, and people's that look like them: forwarded, quoted, brief, wordless."""

from __future__ import annotations

import pytest

from tests.kit.mails import DANA, ID, TEXT, judged, kinds, mail, multipart
from tests.kit.rows import each_row

QUOTED = "".join(f"> {line}\n" for line in TEXT.splitlines())

PEOPLE = {
    "a bounce is told of": 'When I replied I got "550 5.1.1 User unknown" back from your server. Yes, let us talk!',
    "a bounce is quoted": f"Strange, it did reach me.\n\n> <{DANA}>: 550 5.1.1 User unknown\n> Action: failed\n> Status: 5.1.1\n",
    "a full mailbox": "Sorry, my mailbox was full last week and mails were returned as undeliverable. Try again now please?",
    "away, and here": "Hi Mira, I am out of the office until 15 November but wanted to say thanks. Let's talk then!",
    "an absence is quoted": "Ignore my auto-reply:\n\n> I am out of the office until 15 November.\n> This is an automatic reply.\n\nI am here. Call me.",
    "away in the signature": "Great letter, thank you!\n\nKind regards,\nDana Ruiz\nHead of Design\nI am out of the office on Fridays\nT +49 30 123",
    "thanks": "Thanks!",
    "one sign": "\N{THUMBS UP SIGN}",
    "a heart": "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
    "a telephone alone": "Sent from my iPhone",
    "nothing": "",
    "above the quotation": f"Lovely!\n\nOn Tue, 3 Nov 2026 at 09:00, Mira Holt <mira@holt.example> wrote:\n{QUOTED}",
    "below the quotation": f"On Tue, 3 Nov 2026 at 09:00, Mira Holt <mira@holt.example> wrote:\n{QUOTED}\nPlease write again!",
    "within the quotation": "> thank you for the hour at the weir.\n\nyou are welcome\n\n> The sluice drawing stays with me.\n\nI have another",
    "Finnish": "Kiitos viestistäsi, palaan asiaan pian.",
    "Russian": "Спасибо за письмо, давайте созвонимся на следующей неделе.",
    "a departure in January": "I'm leaving Acme in January and starting at Hakone. Let's keep in touch, dana@ruiz.test",
    "somebody else has left": "Jun no longer works here, sadly. But I do!",
    "early today": "I have left the office early today, but thanks! Let's talk tomorrow.",
    "do not stop": "Please don't stop writing!",
    "stop by": "Stop by any time.",
    "not on the way": "Could you unsubscribe me from my own boredom? Loved it.",
    "not before January": "Don't contact me before January please, we are swamped.",
    "another address": "Please don't email me at work; use dana@ruiz.test.",
    "stop the process": "We will stop the process for now.",
    "no interest in the position": "Kein Interesse an der Stelle, aber gern ein Kaffee.",
    "no wish for distance": "I have no interest in gossip, but a great one in your drawing.",
    "a click": "Please confirm Tuesday at ten by clicking the link in the invite I sent. Looking forward!",
    "a strict filter": "Sorry, my spam filter is strict. Did you get a captcha? Click here if so: https://x.test. Anyway: yes to coffee.",
    "a receipt in jest": "I received your letter and will file it under ticket 'lovely people'. We aim to answer within five business days.",
}

STOPS = (
    "Kindly cease all communication.",
    "Lad venligst være med at skrive til mig.",
    "I have no interest whatsoever in further contact.",
    "Please cease any further correspondence.",
    "Unsubscribe me.",
    "Per favore, stop e-mail!",
)

CHALLENGES = {
    "to release it": (
        "Verify: Thank you for the talk [99ab]",
        "Your mail is in quarantine. Reply to this mail without changing the subject to release it. [tag 99ab]",
    ),
    "no robot": (
        "Conferma il tuo messaggio",
        "Il tuo messaggio è in attesa. Clicca sul link e conferma di non essere un robot: https://x.test/1",
    ),
}


@each_row("name", PEOPLE)
def test_a_person_is_no_machine(name):
    assert kinds(mail(PEOPLE[name], In_Reply_To=ID)) == ["answer"]


@pytest.mark.parametrize("text", STOPS)
def test_who_asks_not_to_be_written_to(text):
    assert kinds(mail(text, In_Reply_To=ID)) == ["stop"]


@pytest.mark.parametrize("name", CHALLENGES)
def test_filters_that_want_a_proof(name):
    subject, text = CHALLENGES[name]
    assert kinds(mail(text, Subject=subject, In_Reply_To=ID, Auto_Submitted="auto-replied")) == ["challenge"]
    assert kinds(mail(text.partition(".")[0], Subject=subject, In_Reply_To=ID)) == ["answer"]


def test_no_longer_with_the_firm():
    text = "As of October 31, Dana Ruiz is not with Acme anymore."
    assert kinds(mail(text, Auto_Submitted="auto-replied", In_Reply_To=ID)) == ["left"]


def test_a_weekday_before_the_day_of_the_month():
    (found,) = judged(mail("Away until Friday the 20th.", Auto_Submitted="auto-replied", In_Reply_To=ID))
    assert (found.kind, found.until.isoformat()) == ("away", "2026-11-20")


@each_row(
    "raw",
    [
        multipart("mixed", ("text/plain", "see attached"), ("message/rfc822", "From: MAILER-DAEMON@relay.test\nSubject: x\n\n550 5.1.1")),
        multipart("mixed", ("Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf", "%PDF"), In_Reply_To=ID),
        multipart("alternative", ("text/plain", "Dana Ruiz has accepted this invitation."), ("text/calendar; method=REPLY", "BEGIN:VCALENDAR\n")),
        multipart("alternative", ("text/plain", "\N{HEAVY BLACK HEART}\n\nDana Ruiz reacted via Gmail"), ("text/vnd.google.email-reaction+json", "{}")),
        mail("Dana Ruiz reacted to your message:\n\N{THUMBS UP SIGN}\n", Subject="Reaction: Thank you for the talk", In_Reply_To=ID),
        mail("From home: thanks!", From="Dana Ruiz <danar@webmail.test>", In_Reply_To=ID),
        mail("thanks, I forward this", In_Reply_To=ID, List_Id="<team.acme.example>", Precedence="list", X_Google_Group_Id="1"),
        mail("Shall we meet?", Subject="Your letter", List_Unsubscribe="<mailto:u@acme.example>", Precedence="bulk"),
        mail("Dana here. Could we speak?", Sender="no-reply@ats.test", Reply_To="abc123@reply.ats.test", Subject="Coffee?"),
        mail("Nice", In_Reply_To=ID, Auto_Submitted="auto-forwarded", X_MS_Exchange_Inbox_Rules_Loop="mira@holt.example"),
    ],
)  # fmt: skip
def test_whatever_programs_add_a_person_is_a_person(raw):
    assert kinds(raw) == ["answer"]


def test_a_system_through_which_a_persons_firm_hires():
    fields = {"From": "Acme Careers <no-reply@greenhouse.io>", "Subject": "Your application"}
    (found,) = judged(mail("Thank you for applying.", **fields))
    assert (found.kind, found.person, found.letter) == ("automatic", 1, 7)
    assert kinds(mail("Thank you for applying.", **fields | {"From": "Zenith Careers <no-reply@greenhouse.io>"})) == [
        "other"
    ]
