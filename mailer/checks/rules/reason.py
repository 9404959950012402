"""The same reason to write, twice in a row.

Warns when the last letter to somebody gave the same reason as this one: that of the same step of the plan, or the same
template.  It does not warn after ten months, after a rejection for another position, or in a reply to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.case import day
from mailer.checks.problem import Problem
from mailer.checks.rules.repeat import answers_theirs, is_this
from mailer.checks.text import plain

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.checks.case import Case
    from mailer.checks.world import Other

_DAYS = 300
_FIRST = frozenset({"runner-up", "thank-you"})


def check(case: Case) -> Iterator[Problem]:
    """One problem at most, for the first such person."""
    template = case.named
    if not template or case.others is None or answers_theirs(case):
        return
    for box in case.rendered.to:
        found = _last(case, box.key)
        if found is None or _is_free(case, found[1]):
            continue
        sent, other = found
        reason = _reason(case, template)
        if other.template and _reason(case, other.template) == reason:
            said = f"the last letter to {box.display_name or box.addr_spec}, on {day(sent)}, gave the same reason"
            hint = f"Find another reason to write than {reason!r}: mailer plans shows some."
            yield case.in_header("reason", "warn", "template", template, said, hint)
            return


def _last(case: Case, key: str) -> tuple[datetime, Other] | None:
    """The last letter to somebody, and when it was sent."""
    now = case.known.now
    sent = [
        (other.sent, other)
        for other in case.letters_to(key)
        if other.sent and (other.to is None or key in other.to) and not is_this(case, other)
    ]
    found = max(sent, key=lambda one: one[0], default=None)
    return found if found and (now - found[0]).days < _DAYS else None


def _is_free(case: Case, other: Other) -> bool:
    about = plain(other.position) != plain(case.position) or plain(other.company) != plain(case.company)
    return case.named in _FIRST and about


def _reason(case: Case, template: str) -> str:
    return case.known.reasons.get(template, template)
