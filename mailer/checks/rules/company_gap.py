"""A second person at a company, when the first has hardly read their letter.

Warns of a letter to somebody at a company where somebody else got one within the last 14 days: colleagues compare.
In a batch it warns once for each company.  Others who get this same letter do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.checks.case import day
from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.world import Other

_DAYS = 14


def check(case: Case) -> Iterator[Problem]:
    """One problem at most."""
    if not case.company or case.others is None:
        return
    other = _recent(case, case.at_company)
    if other is None:
        rows = [one for one in case.rows_at_company if one.keys.isdisjoint(case.keys)]
        # The second row of a company tells; those after it would say the same.
        other = rows[0] if len(rows) == 1 else None
    if other is None:
        return
    who = " and ".join(other.names) or next(iter(sorted(other.keys)), "somebody")
    when = f"got a letter on {day(other.sent)}" if other.sent else f"gets one in {other.what}"
    said = f"{who} at {case.company} {when}"
    hint = "Two people at one company talk to each other: leave two weeks between their letters."
    yield case.in_header("company-gap", "warn", "to", "", said, hint)


def _recent(case: Case, letters: list[Other]) -> Other | None:
    now = case.known.now
    found = [
        one
        for one in letters
        if one.sent is not None
        and one.keys.isdisjoint(case.keys)
        and timedelta() <= now.date() - one.sent.astimezone(now.tzinfo).date() < timedelta(days=_DAYS)
    ]
    return max(found, key=lambda one: one.sent or now, default=None)
