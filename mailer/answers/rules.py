"""Which class a message is of: the rules in their order, of which the first that knows decides.

A rule is the ``rule`` of a module in ``classes``; what it says of itself is its manual.
"""

from __future__ import annotations

from collections.abc import Callable

from mailer.answers.classes import (
    answer,
    automatic,
    away,
    bounced,
    challenge,
    colleague,
    complaint,
    dead,
    delayed,
    left,
    lists,
    other,
    own,
    receipts,
    stop,
)
from mailer.answers.mail import Mail, read
from mailer.answers.values import Class, Known, Origin, Verdict

Rule = Callable[[Mail, Known, Origin], list[Verdict]]

RULES: dict[Class, Rule] = {
    "own": own.rule,
    "complaint": complaint.rule,
    "read": receipts.rule,
    "challenge": challenge.rule,
    "delayed": delayed.rule,
    "dead": dead.rule,
    "bounced": bounced.rule,
    "left": left.rule,
    "away": away.rule,
    "list": lists.rule,
    "automatic": automatic.rule,
    "stop": stop.rule,
    "answer": answer.rule,
    "colleague": colleague.rule,
    "other": other.rule,
}


def verdicts(raw: bytes, known: Known, origin: Origin) -> list[Verdict]:
    """What a message is: one verdict at least, one for each recipient of a bounce."""
    mail = read(raw)
    for rule in RULES.values():
        if found := rule(mail, known, origin):
            return found
    raise AssertionError("the last rule takes everything")
