"""Another letter of the same kind to the same person, soon after the last.

Blocks a letter from the same template to somebody who got one within the last 28 days, for another position, say.
After an earlier letter of the same file, and within one batch, it is a warning.  The very same letter again is not for
this check: `send` knows what it has sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.checks import Problem
from mailer.checks.case import day
from mailer.checks.text import plain

if TYPE_CHECKING:
    from mailer.checks.case import Case, Other

DAYS = 28


def check(case: Case) -> Iterator[Problem]:
    """One problem for the newest such letter."""
    template = case.letter.template
    if not template:
        return
    for key in sorted(case.keys):
        for other in _earlier(case, key):
            if other.template == template and not _is_this(case, other):
                yield _problem(case, other)
                return


def _earlier(case: Case, key: str) -> Iterator[Other]:
    if case.others is not None:
        for other in case.others.sent_to.get(key, ()):
            assert other.sent is not None
            if timedelta() <= case.known.now - other.sent <= timedelta(days=DAYS):
                yield other
    if case.batch is not None:
        yield from case.batch.people.get(key, ())


def _is_this(case: Case, other: Other) -> bool:
    """Whether it is this very letter: to the same people, about the same thing."""
    about = (plain(other.company), plain(other.position)) == (plain(case.company), plain(case.position))
    if other.identity:
        from mailer.ledger.names import identity

        others = (*case.rendered.cc, *case.rendered.bcc)
        own = identity(
            case.rendered.to, others, template=case.letter.template, company=case.company, position=case.position
        )
        return own == other.identity or (about and other.keys == case.keys)
    return about and other.keys == case.keys


def _problem(case: Case, other: Other) -> Problem:
    when = f"on {day(other.sent)}" if other.sent else f"in {other.what}"
    who = case.rendered.to[0] if case.rendered.to else case.recipients[0]
    of = f" for {other.position}" if other.position else ""
    level = "warn" if other.same_file or other.origin == "batch" else "block"
    said = f"{who.display_name or who.addr_spec} got a {case.letter.template} letter{of} {when}"
    hint = f"Wait until {DAYS} days have passed, or write another kind of letter."
    return case.in_header("repeat", level, "to", who.addr_spec, said, hint)
