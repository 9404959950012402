"""Who sent a message: a mail system, some other machine, or perhaps a person (RFC 3834 5, RFC 3464 2)."""

from __future__ import annotations

import re

from mailer.answers.addresses import domain_of
from mailer.answers.mail import Mail
from mailer.answers.wording.patterns import pattern, says


def is_daemon(mail: Mail) -> bool:
    """Whether a mail system is the sender: by the name or the address in From, or by a field that only they write."""
    name, address = mail.sender
    local = address.partition("@")[0].strip("<> \"'")
    named = pattern("machines.daemon").fullmatch(local) or says("machines.daemon_name", name)
    return bool(named) or "x-failed-recipients" in mail.fields.names()


def null_path(mail: Mail) -> bool:
    """Whether nobody is to be told if it fails (RFC 5321 4.5.5): automatic, whatever it is."""
    paths = [path.replace(" ", "") for path in mail.fields.all("Return-Path")]
    return any(path in ("", "<>") or "mailer-daemon" in path.lower() for path in paths)


def submitted(mail: Mail) -> str:
    """What Auto-Submitted says (RFC 3834 5), "" for ``no`` and for nothing."""
    said = re.sub(r"\([^()]*\)", "", mail.fields.text("Auto-Submitted")).partition(";")[0].strip().lower()
    return "" if said == "no" else said


def is_unattended(mail: Mail) -> bool:
    """Whether nobody reads what is sent to its sender."""
    return says("machines.unattended", mail.sender[1].partition("@")[0])


def is_automatic(mail: Mail) -> bool:
    """Whether its header says that no person wrote it."""
    return bool(submitted(mail)) or null_path(mail) or is_daemon(mail)


def is_of(services: str, address: str) -> bool:
    """Whether an address belongs to one of a list of services, which are domains."""
    domain = domain_of(address)
    return any(pattern(services).fullmatch(domain, at) for at in _label_starts(domain))


def _label_starts(domain: str) -> list[int]:
    return [0, *(at + 1 for at, sign in enumerate(domain) if sign == ".")]
