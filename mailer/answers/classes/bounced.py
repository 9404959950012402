"""The letter was refused for another reason."""

from __future__ import annotations

from mailer.answers.bounces import judged
from mailer.answers.mail import Mail
from mailer.answers.reports import report
from mailer.answers.values import Known, Origin, Verdict


def rule(mail: Mail, known: Known, origin: Origin) -> list[Verdict]:
    """A mail server refused the letter: full mailbox, policy, spam, size, time, or no reason given.

    The person can still be written to; the touch did not happen.  A report about a letter that the ledger does not
    know is somebody else's mail sent in our name (backscatter) and is left alone, unless the recipient whom it names is
    one of the user's people.  A report of success (delivered, relayed, expanded) is no bounce: it is automatic mail.
    """
    found = judged(mail, known, origin)
    said = report(mail)
    if not found and said and not known.person_of(mail.sender[1]):
        return [Verdict("other", f"a report about a letter that is not ours: {said.failures[0].because}"[:200])]
    return found
