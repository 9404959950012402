"""Not about the user."""

from __future__ import annotations

from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin, Verdict


def rule(mail: Mail, _known: Known, _origin: Origin) -> list[Verdict]:
    """Everything else: mail that is not about the user's letters or people, and what cannot be read as a mail.

    Nothing is kept of it; it is only counted.
    """
    return [
        Verdict("other", "it cannot be read as a mail" if mail.broken else "nothing in it is about a letter of yours")
    ]
