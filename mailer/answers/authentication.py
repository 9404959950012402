"""Whether the account's own server vouches for the sender of a message (RFC 8601, RFC 7489)."""

from __future__ import annotations

import re

from mailer.answers.addresses import domain_of, key
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin

_LONGEST = 8_000


def passed(mail: Mail, known: Known, origin: Origin) -> str:
    """The result that says so (``dmarc=pass header.from=acme.example``), "" if there is none.

    What counts is the topmost Authentication-Results field of a message read over IMAP, if the account's own server
    wrote it: anybody can write one into what they send, but below it.
    """
    if not origin.over_imap:
        return ""
    topmost = next(iter(mail.fields.all("Authentication-Results")), "")[:_LONGEST]
    server, *results = re.sub(r"\([^()]*\)", " ", topmost).split(";")
    identity = server.split()
    if not identity or not known.trusts(identity[0].strip('"')):
        return ""
    domain = key(f"x@{domain_of(mail.sender[1])}")
    for result in results:
        found = re.match(r"\s*dmarc\s*=\s*pass\b", result, re.IGNORECASE)
        named = re.search(r"header\.from\s*=\s*\"?([^\s;\"]+)", result, re.IGNORECASE)
        if found and named and key(f"x@{domain_of(named[1])}") == domain:
            return f"dmarc=pass header.from={named[1]}"
    return ""
