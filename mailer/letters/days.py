"""The range of days that a date may be in; one outside it is a typo or a machine's, and never calculated with."""

from __future__ import annotations

from datetime import date

FIRST, LAST = date(1900, 1, 1), date(2200, 12, 31)


def is_known(day: date) -> bool:
    """Tell whether a day lies within what is reckoned with; of a moment, whether its day does."""
    return FIRST.year <= day.year <= LAST.year
