"""Two people at one company who get nearly the same text.

Warns, because such letters end up in one file.  It compares your own words, in the letters of the folder, the ledger
and the batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.company_names import related
from mailer.checks.problem import Problem
from mailer.checks.text import words_of

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.index import Index
    from mailer.checks.world import Other

ALIKE = 0.35


def check(case: Case) -> Iterator[Problem]:
    """One problem at most."""
    if not case.company:
        return
    for index in (case.others, case.batch):
        other = next(_twins(case, index), None) if index is not None else None
        if other:
            said = f"{other.what}, to somebody else at {case.company}, has nearly the same words"
            hint = "Write to one person, or to each what you spoke of with them."
            yield case.whole("twins", "warn", said, hint)
            return


def _twins(case: Case, index: Index) -> Iterator[Other]:
    for _, others in index.like(case.own, ALIKE) if case.own is not None else ():
        for other in others:
            if related(other.company, case.company) and not other.keys & case.keys:
                yield other
    for other in case.at_company if index is case.others else case.rows_at_company:
        if other.template == case.named and not other.keys & case.keys and _same(case, other):
            yield other


def _same(case: Case, other: Other) -> bool:
    """Whether the prose is the same word for word, or both have none."""
    return other.prose == case.prose.raw or words_of(other.prose) == words_of(case.prose.raw)
