"""Feedback reports: the recipient pressed the button that says spam."""

from __future__ import annotations

import re

from mailer.answers.about import verdicts_for
from mailer.answers.addresses import within
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin, Verdict
from mailer.letters.foreign.headers import Fields, split

_COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list", "virus", "miscategorized", "other", "complaint", "")
_NAMED = ("Original-Rcpt-To", "Removal-Recipient", "Original-Recipient", "X-Original-To")


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """The recipient's provider says that they took the letter for spam or asked not to get such mail (RFC 5965).

    It comes as ``multipart/report; report-type=feedback-report`` with a part that names the kind of complaint, and
    mostly with the letter.  Reports of the kind ``auth-failure`` (RFC 6591) or ``not-spam`` are about something else
    and count as automatic mail.  The person is not written to again.  Without a Message-ID of ours it is only likely.
    """
    report = _report(mail)
    if report is None:
        return []
    kind = report.text("Feedback-Type").lower()
    because = f"Feedback-Type: {kind}" if kind else f"Subject: {mail.subject}"
    named = [address for name in _NAMED for field in report.all(name) for address in within(field)]
    returned = _returned(mail)
    recipients = [*named, *(address for _, address in returned.mailboxes("To")), mail.sender[1]]
    complains = kind in _COMPLAINTS or re.match(r"opt-out", kind)
    found = verdicts_for("complaint" if complains else "automatic", because, mail, known, recipients)
    return found or [Verdict("other", because, address=mail.sender[1])]


def _report(mail: Mail) -> Fields | None:
    """The fields of the report, none of them for the older form that has no such part."""
    own = [part for part in mail.parts if part.within == 0]
    for part in own:
        if part.kind == "message/feedback-report":
            return split(part.octets.lstrip(b"\r\n"))[0]
    older = re.match(r"(?i)complaint about message from [\d.a-f:]+", mail.subject)
    return Fields(b"") if older and any(part.kind == "message/rfc822" for part in own) else None


def _returned(mail: Mail) -> Fields:
    for part in mail.parts:
        if part.within == 0 and part.kind in ("message/rfc822", "text/rfc822-headers", "text/rfc822-header"):
            return split(part.octets.lstrip(b"\r\n"))[0]
    return Fields(b"")
