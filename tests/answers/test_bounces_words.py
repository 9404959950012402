"""Bounces in running text: mail systems of many makers and languages, and the people who look like them."""

from __future__ import annotations

from pathlib import Path

from tests.kit.mails import DANA, ID, ID_MANY, MACHINES, Told, daemon, judged, kinds, letter, mail, multipart, told_in
from tests.kit.rows import each_row

SYSTEMS = told_in(Path(__file__).with_name("systems.txt"))
NAMED = [one for one in SYSTEMS.values() if "@acme.example" in one.text]


@each_row("one", SYSTEMS.values(), ids=SYSTEMS)
def test_a_mail_system_in_its_own_words(one: Told) -> None:
    (verdict,) = judged(daemon(one.text, f"\n{letter()}" if one.copy else "", **one.fields))
    assert (verdict.kind, verdict.person) == (one.kind, 1 if one.kind != "other" else None), verdict.because
    if one.copy:
        assert (verdict.letter, verdict.confidence) == (7, "sure")


@each_row("one", NAMED)
def test_without_the_letter_it_is_only_likely(one: Told) -> None:
    (verdict,) = judged(daemon(one.text, **one.fields))
    assert verdict.kind == one.kind
    assert verdict.confidence == "likely" or one.kind == "other"


@each_row("one", NAMED)
def test_a_stranger_who_failed_is_no_event(one: Told) -> None:
    strange = letter("<strange@else.test>", "stranger@else.test")
    fields = {name: value.replace("acme", "else") for name, value in one.fields.items()}
    assert kinds(daemon(one.text.replace("acme", "else"), strange, **fields)) == ["other"]


@each_row("one", SYSTEMS.values(), ids=SYSTEMS)
def test_whoever_forwards_it_is_a_person(one: Told) -> None:
    """Dana passes on what her own mail system told her."""
    sender, subject = one.fields["From"], one.fields["Subject"]
    words = f"Hi Mira,\nis this your doing?\n\n---------- Forwarded message ---------\nFrom: {sender}\n"
    raw = mail(f"{words}Subject: {subject}\n\n{one.text}{letter()}", Subject=f"Fwd: {subject}")
    assert kinds(raw)[0] not in MACHINES


@each_row("one", SYSTEMS.values(), ids=SYSTEMS)
def test_a_stranger_who_forwards_it_is_one_too(one: Told) -> None:
    words = f"My boss showed me this.\n\n{one.text}{letter()}"
    fields = {"From": "Ove Lind <ove@elsewhere.test>", "Subject": f"WG: {one.fields['Subject']}"}
    assert kinds(mail(words, **fields))[0] not in MACHINES


@each_row("one", SYSTEMS.values(), ids=SYSTEMS)
def test_whoever_quotes_it_in_an_answer_is_a_person(one: Told) -> None:
    quoted = "\n".join(f"> {line}" for line in one.text.split("\n"))
    assert kinds(mail(f"No, all is well here.\n\n{quoted}", In_Reply_To=ID))[0] not in MACHINES


def test_several_recipients_in_words():
    text = (
        "Hi. This is the qmail-send program at relay.test.\nI'm afraid I wasn't able to deliver your message.\n\n"
        f"<{DANA}>:\n192.0.2.1 does not like recipient.\nRemote host said: 552 5.2.2 Mailbox full\n\n"
        "<ilse@brandt.example>:\n192.0.2.2 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\n\n"
        "--- Below this line is a copy of the message.\n\n"
    )
    found = judged(daemon(text, letter(ID_MANY)))
    assert [(one.kind, one.person) for one in found] == [("bounced", 1), ("dead", 3)]


def test_words_as_html():
    page = (
        "<html><body><p><b>Address not found</b></p><p>Your message wasn't delivered to <b>dana.ruiz@acme.example</b> "
        "because the address couldn't be found, or is unable to receive mail.</p></body></html>"
    )
    raw = multipart("mixed", ("text/html; charset=utf-8", page), ("message/rfc822", letter()),
                    From="Mail Delivery Subsystem <mailer-daemon@googlemail.test>", Return_Path="<>")  # fmt: skip
    assert kinds(raw) == ["dead"]


def test_a_refusal_in_the_form_of_a_receipt():
    """RFC 5429 2.2; Dovecot says so of a full mailbox too."""
    notice = f"Final-Recipient: rfc822; {DANA}\nOriginal-Message-ID: {ID}\nDisposition: "
    notice += "automatic-action/MDN-sent-automatically; deleted"
    words = f"Your message to <{DANA}> was automatically rejected:\nQuota exceeded (mailbox for user is full)"
    raw = multipart(
        "report; report-type=disposition-notification",
        ("text/plain", words), ("message/disposition-notification", notice), ("message/rfc822", letter()),
        From="Mail Delivery Subsystem <postmaster@acme.example>", Subject="Rejected mail", Return_Path="<>",
    )  # fmt: skip
    assert kinds(raw) == ["bounced"]


# Twins.


def test_a_person_who_speaks_of_a_bounce():
    words = (
        "Dear Mira,\n\nyour mail bounced: my mailbox was full, 552 5.2.2. User unknown no more. Write again!\n\nDana"
    )
    assert kinds(mail(words))[0] not in MACHINES
    assert kinds(mail(words, Subject="Undeliverable: Thank you for the talk", In_Reply_To=ID))[0] not in MACHINES


def test_a_person_with_the_name_of_a_machine():
    for sender in ("Damon Mailer <damon.mailer@acme.example>", "Exchange Office <dana.ruiz@acme.example>"):
        raw = mail("Your application could not be sent to the board yet: 550 pages!", From=sender, In_Reply_To=ID)
        assert kinds(raw)[0] not in MACHINES


def test_a_postmaster_who_writes():
    words = f"Dear Mira,\n\nyour letter to {DANA} could not be delivered, we had a fault. Send it again!"
    raw = mail(words, From="Postmaster <postmaster@acme.example>", Subject="Re: Thank you for the talk", In_Reply_To=ID)
    assert kinds(raw)[0] not in MACHINES


AWAY = {
    "German": "Ich bin bis 20. November nicht erreichbar. Ihre Nachricht konnte nicht weitergeleitet werden.",
    "English": "I am away and have not yet read your mail. Nothing will be delivered until Monday; my mailbox is full.",
    "French": "Je suis absente. Votre message n'a pas été transmis.",
    "Spanish": "Estoy de vacaciones y no puedo leer su mensaje; no ha sido entregado a nadie.",
    "Dutch": "Ik ben afwezig en kon niet worden bereikt.",
    "Polish": "Jestem na urlopie, nie można się ze mną skontaktować.",
    "Greek": "Λείπω, δεν είναι δυνατή η απάντηση.",
}


@each_row("words", AWAY.values(), ids=AWAY)
@each_row("quoted", ["", letter()])
def test_an_absence_is_no_bounce_whatever_failed(words, quoted):
    text = f"{words}\n\nDana Ruiz\n{DANA}\n\n{quoted}"
    for sender in (f"Dana Ruiz <{DANA}>", "Ove Lind <ove@acme.example>"):
        raw = mail(text, From=sender, Subject="Away", Auto_Submitted="auto-replied", Return_Path="<>", In_Reply_To=ID)
        assert kinds(raw)[0] not in ("dead", "bounced", "delayed")
