"""Whether the header of a message makes it worth to fetch the rest: never no to what could become an event."""

from __future__ import annotations

from mailer.answers import machines
from mailer.answers.addresses import domain_of
from mailer.answers.mail import Mail
from mailer.answers.values import Known
from mailer.answers.wording.patterns import says

_REPORTS = (b"multipart/report", b"report-type", b"message/delivery", b"message/feedback", b"disposition-notification")
_FIELDS = ("X-Failed-Recipients", "X-Autoreply", "X-Autorespond", "X-Mail-Autoreply", "X-Auto-Response-Suppress")
_SENDERS = ("Reply-To", "Sender", "X-Original-From", "X-Original-Sender")
_PRECEDENCE = ("bulk", "junk", "auto_reply")


def candidate(mail: Mail, known: Known) -> bool:
    """Whether a message may be about the user's letters or people, by its header alone.

    It is from or to a person, or from a person's firm; it names a letter of ours; or a machine wrote it.
    """
    return _of_ours(mail, known) or _by_machine(mail) or mail.broken


def _of_ours(mail: Mail, known: Known) -> bool:
    others = [mail.sender[1], *(address for name in _SENDERS for _, address in mail.fields.mailboxes(name))]
    return (
        known.is_own(mail.sender[1])
        or any(known.person_of(address) for address in (*others, *mail.to) if address)
        or any(known.people_at(domain_of(address)) for address in others if "@" in address)
        or bool(known.letters([*mail.ids, mail.message_id]))
    )


def _by_machine(mail: Mail) -> bool:
    kind = mail.fields.raw("Content-Type").lower()
    names = set(mail.fields.names())
    is_list = "list-id" in names or "list-unsubscribe" in names
    return (
        machines.is_automatic(mail)
        or any(mark in kind for mark in _REPORTS)
        or any(name.lower() in names for name in _FIELDS)
        or (not is_list and mail.fields.text("Precedence").lower() in _PRECEDENCE)
        or (not is_list and (machines.is_unattended(mail) or machines.is_of("machines.ats", mail.sender[1])))
        or says("reports.failed", mail.subject)
        or says("challenges.subject", mail.subject)
    )
