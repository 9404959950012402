"""The server is still trying."""

from __future__ import annotations

from mailer.answers.bounces import judged
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin, Verdict


def rule(mail: Mail, known: Known, origin: Origin) -> list[Verdict]:
    """The letter has not arrived yet, and a mail server goes on trying (RFC 3464 2.3.3, ``Action: delayed``).

    Or it says so in words.  Nothing is to be done: either the letter arrives, or a bounce will follow.
    """
    found = judged(mail, known, origin)
    return found if found and all(verdict.kind == "delayed" for verdict in found) else []
