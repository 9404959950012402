"""Filters that want a click or an answer first."""

from __future__ import annotations

import re

from mailer.answers import machines, prose
from mailer.answers.about import line, someone_of
from mailer.answers.mail import Mail
from mailer.answers.reports import report
from mailer.answers.values import Known, Origin, Verdict
from mailer.answers.wording.patterns import says

_LOOKED_AT = 6_000


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """A filter keeps the letter until its sender clicks, answers or proves to be a person.

    It must be a machine's message: by the fields of RFC 3834, by a null path, or by the name of such a service; and it
    must ask for something to be done so that a message is let through.  A person who asks for a confirmation is a
    person.  The letter has not arrived, so the touch does not count yet; nothing is ever clicked or answered by itself.
    """
    someone, letter = someone_of(mail, known)
    if not (someone or letter) or not _is_machine(mail) or _is_bounce(mail) or not _asks(mail):
        return []
    because = _asking_line(mail.text) or f"Subject: {mail.subject}"
    return [
        Verdict(
            kind="challenge",
            because=line(because),
            confidence="sure" if letter else "likely",
            person=someone.number if someone else None,
            address=mail.sender[1],
            letter=letter.number if letter else None,
            text=line(because),
        )
    ]


def _is_machine(mail: Mail) -> bool:
    precedence = mail.fields.text("Precedence").lower()
    return (
        machines.is_automatic(mail)
        or precedence in machines.PRECEDENCE
        or machines.is_unattended(mail)
        or _is_service(mail)
    )


def _is_service(mail: Mail) -> bool:
    if any(name.startswith(machines.CHALLENGES) for name in mail.fields.names()):
        return True
    replies = [address for _, address in mail.fields.mailboxes("Reply-To")]
    return any(machines.is_of("challenges.service", address) for address in (mail.sender[1], *replies))


def _is_bounce(mail: Mail) -> bool:
    """Whether a mail system reports a failure: with fields, or with a server's code.  Such services do so too."""
    said = None if _is_service(mail) else report(mail)
    return bool(said and (said.declared or prose.has_code(mail.text)))


def _asks(mail: Mail) -> bool:
    words = f"{mail.subject}\n{mail.text[:_LOOKED_AT]}"
    if not all(says(f"challenges.{name}", words) for name in ("act", "waits", "mail")):
        return False
    way = "://" in mail.text or bool(mail.answers_to) or "reply-to" in mail.fields.names()
    return _is_service(mail) or (way and bool(says("challenges.subject", mail.subject) or _asking_line(mail.text)))


def _asking_line(text: str) -> str:
    """The first sentence that asks for something to be done about the message."""
    for sentence in re.split(r"(?<=[.!?。])\s+|\n\s*\n", text[:_LOOKED_AT]):
        if says("challenges.act", sentence) and says("challenges.waits", sentence):
            return sentence.strip()
    return ""
