"""Who sent a message: a mail system, some other machine, or perhaps a person (RFC 3834 5, RFC 3464 2)."""

from __future__ import annotations

import re

from mailer.answers.addresses import domain_of
from mailer.answers.mail import Mail
from mailer.answers.wording.patterns import pattern, says

# Names of fields, and what stands in them, in lower case: who sent a message, which list, and what only machines write.
SENDERS = ("from", "reply-to", "sender", "x-original-from", "x-original-sender")
LISTS = ("list-id", "list-unsubscribe")
PRECEDENCE = ("auto_reply", "auto-reply", "autoreply", "bulk", "junk")
REPORTS = ("report", "delivery-status", "disposition")
# So begin the fields of filters that want a click or an answer first.
CHALLENGES = ("x-boxbe-", "x-tmda-", "x-spamarrest-", "x-sendio", "x-mailinblack", "x-ask-version", "x-bluebottle-")
_AUTOMATIC = r"auto-submitted|x-failed-recipients|x-mlserver|x-(?:mail-)?auto-?(?:reply|respond|response|generated)\w*"
FIELDS = "|".join((_AUTOMATIC, *(rf"{name}[\w-]*" for name in CHALLENGES)))
_REPORTS = ("message/delivery-status", "message/global-delivery-status", "message/feedback-report")


def is_daemon(mail: Mail) -> bool:
    """Whether a mail system is the sender: by the name or the address in From, or by a field that only they write."""
    return names_daemon(*mail.sender) or "x-failed-recipients" in mail.fields.names()


def names_daemon(name: str, address: str) -> bool:
    """Whether name and address in From are a mail system's."""
    local = address.partition("@")[0].strip("<> \"'")
    return bool(pattern("machines.daemon").fullmatch(local) or says("machines.daemon_name", name))


def is_mailer_daemon(mail: Mail) -> bool:
    """Whether the sender is a mail system's own mailbox, which has no other use."""
    return any(re.match(r"\W*mailer[-_. ]?daemon\W*(?:@|$)", said, re.IGNORECASE) for said in mail.sender)


def null_path(mail: Mail) -> bool:
    """Whether nobody is to be told if it fails (RFC 5321 4.5.5): automatic, whatever it is."""
    paths = [path.replace(" ", "") for path in mail.fields.all("Return-Path")]
    return any(path in ("", "<>") or "mailer-daemon" in path.lower() for path in paths)


def submitted(mail: Mail) -> str:
    """What Auto-Submitted says (RFC 3834 5), "" for ``no`` and for nothing."""
    said = re.sub(r"\([^()]*\)", "", mail.fields.text("Auto-Submitted")).partition(";")[0].strip().lower()
    # auto-forwarded is what somebody wrote, sent on by a rule.
    return "" if said in ("no", "auto-forwarded") else said


def is_of_mail_system(mail: Mail) -> bool:
    """Whether a mail system reports about a message: by its sender, or with a part that only they write (RFC 3464)."""
    return is_daemon(mail) or any(part.kind in _REPORTS and part.within == 0 for part in mail.parts)


def is_by_hand(mail: Mail) -> bool:
    """Whether Auto-Submitted says that a person sent it (RFC 3834 5: ``no``)."""
    return mail.fields.text("Auto-Submitted").partition("(")[0].partition(";")[0].strip().lower() == "no"


def is_unattended(mail: Mail) -> bool:
    """Whether nobody reads what is sent to its sender."""
    return takes_no_answers(mail.sender[1])


def takes_no_answers(address: str) -> bool:
    """Whether an address says so of itself."""
    return says("machines.unattended", address.partition("@")[0])


def is_automatic(mail: Mail) -> bool:
    """Whether its header says that no person wrote it."""
    return bool(submitted(mail)) or null_path(mail) or is_daemon(mail)


def is_of(services: str, address: str) -> bool:
    """Whether an address belongs to one of a list of services, which are domains."""
    domain = domain_of(address)
    return any(pattern(services).fullmatch(domain, at) for at in _label_starts(domain))


def _label_starts(domain: str) -> list[int]:
    return [0, *(at + 1 for at, sign in enumerate(domain) if sign == ".")]
