"""Bounces in running text: mail systems of many makers and languages, and the people who look like them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kit.mails import DANA, ID, ID_MANY, MACHINES, daemon, judged, kinds, letter, mail, multipart


class Told(NamedTuple):
    """What a mail system wrote, and what it means."""

    kind: str
    fields: dict[str, str]
    text: str
    copy: bool

    @property
    def raw(self) -> bytes:
        return daemon(self.text, f"\n{letter()}" if self.copy else "", **self.fields)


def told(block: str) -> tuple[str, Told]:
    """One of the file: its name and class, its fields, its words."""
    title, _, rest = block.partition("\n")
    name, _, kind = title.partition(": ")
    header, _, text = rest.partition("\n\n")
    fields = dict(line.replace("-", "_", 1).split(": ", 1) for line in header.split("\n"))
    whole = {"Return_Path": ""} | {key.replace("-", "_"): value for key, value in fields.items()}
    return name, Told(kind.split(",")[0], whole, f"{text}\n", "without" not in kind)


_FILE = Path(__file__).with_name("systems.txt").read_text("utf-8")
SYSTEMS = dict(told(block) for block in _FILE.removeprefix("=== ").split("\n=== "))
NAMED = [one for one in SYSTEMS.values() if "@acme.example" in one.text]


@pytest.mark.parametrize("one", SYSTEMS.values(), ids=SYSTEMS)
def test_a_mail_system_in_its_own_words(one: Told) -> None:
    (verdict,) = judged(one.raw)
    assert (verdict.kind, verdict.person) == (one.kind, 1 if one.kind != "other" else None), verdict.because
    if one.copy:
        assert (verdict.letter, verdict.confidence) == (7, "sure")


@pytest.mark.parametrize("one", NAMED)
def test_without_the_letter_it_is_only_likely(one: Told) -> None:
    (verdict,) = judged(daemon(one.text, **one.fields))
    assert verdict.kind == one.kind
    assert verdict.confidence == "likely" or one.kind == "other"


@pytest.mark.parametrize("one", NAMED)
def test_a_stranger_who_failed_is_no_event(one: Told) -> None:
    strange = letter("<strange@else.test>", "stranger@else.test")
    fields = {name: value.replace("acme", "else") for name, value in one.fields.items()}
    assert kinds(daemon(one.text.replace("acme", "else"), strange, **fields)) == ["other"]


@pytest.mark.parametrize("one", SYSTEMS.values(), ids=SYSTEMS)
def test_whoever_forwards_it_is_a_person(one: Told) -> None:
    """Dana passes on what her own mail system told her."""
    sender, subject = one.fields["From"], one.fields["Subject"]
    words = f"Hi Mira,\nis this your doing?\n\n---------- Forwarded message ---------\nFrom: {sender}\n"
    raw = mail(f"{words}Subject: {subject}\n\n{one.text}{letter()}", Subject=f"Fwd: {subject}")
    assert kinds(raw)[0] not in MACHINES


@pytest.mark.parametrize("one", SYSTEMS.values(), ids=SYSTEMS)
def test_a_stranger_who_forwards_it_is_one_too(one: Told) -> None:
    words = f"My boss showed me this.\n\n{one.text}{letter()}"
    fields = {"From": "Ove Lind <ove@elsewhere.test>", "Subject": f"WG: {one.fields['Subject']}"}
    assert kinds(mail(words, **fields))[0] not in MACHINES


@pytest.mark.parametrize("one", SYSTEMS.values(), ids=SYSTEMS)
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
        From="Mail Delivery Subsystem <postmaster@acme.example>", Subject="Automatically rejected mail", Return_Path="<>",
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
    words = f"Dear Mira,\n\nyour letter to {DANA} could not be delivered, we had a fault. Please send it again.\n\nOlaf"
    raw = mail(words, From="Postmaster <postmaster@acme.example>", Subject="Re: Thank you for the talk", In_Reply_To=ID)
    assert kinds(raw)[0] not in MACHINES
