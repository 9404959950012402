"""Fewer than 60 words or more than 220, not counting the signature and quoted mail.

Warns of a letter that is shorter or longer: 60 to 220 words get read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case

FEWEST, MOST = 60, 220


def check(case: Case) -> Iterator[Problem]:
    """One problem at most."""
    text = case.body.own
    words = len(case.body.ordered)
    # Scripts without blanks between words cannot be counted so.
    if words < FEWEST and sum(ord(char) > 0x2E7F for char in text) < len(text) / 4:
        said = f"the letter has {words} words, fewer than {FEWEST}"
        yield case.whole("length", "warn", said, "Add what only you can say: what you saw, heard or learned there.")
    elif words > MOST:
        said = f"the letter has {words} words, more than {MOST}"
        yield case.whole("length", "warn", said, "Keep the best particular and cut the rest.")
