"""The address does not exist."""

from __future__ import annotations

from mailer.answers.bounces import judged
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin, Verdict


def rule(mail: Mail, known: Known, origin: Origin) -> list[Verdict]:
    """A mail server says that there is no such mailbox, or no such domain.

    It says so in the fields of a delivery report (RFC 3464; status 5.1.x, RFC 3463 3.2) or in words.  Words count for
    more than the code: servers give 5.1.1 for full mailboxes and for senders they do not like, which is ``bounced``.
    What a server says only for now (4.x.x) never makes an address dead.  The address is struck out.  Without a
    Message-ID of a letter of ours in the report it is only likely: anybody can write such a report.  A report about
    several recipients makes an event for each.
    """
    found = judged(mail, known, origin)
    return found if any(verdict.kind == "dead" for verdict in found) else []
