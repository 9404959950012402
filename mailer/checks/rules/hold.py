"""Somebody you put on hold.

Warns of a letter to somebody you put on hold, with the reason and the date.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.case import day
from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case


def check(case: Case) -> Iterator[Problem]:
    """One problem for each such recipient of To."""
    for box, hold in case.held("hold"):
        until = f" until {day(hold.until)}" if hold.until else ""
        why = f": {hold.why}" if hold.why else ""
        said = f"{box.display_name or box.addr_spec} is on hold{until}{why}"
        hint = f"Wait, or lift it: mailer resume {box.addr_spec}."
        yield case.in_header("hold", "warn", "to", box.addr_spec, said, hint)
