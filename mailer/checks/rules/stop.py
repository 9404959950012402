"""Somebody who is never to be written to again.

Blocks a letter to anybody, in To, Cc or Bcc, whom `mailer stop` names, because they asked for it or you chose so.
This cannot be allowed: `mailer resume WHO` lifts the stop first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case


def check(case: Case) -> Iterator[Problem]:
    """One problem for each such recipient."""
    holds = case.known.holds
    if not holds:
        return
    for where in ("to", "cc", "bcc"):
        for box in getattr(case.rendered, where):
            for hold in holds.get(box.key, ()):
                if hold.kind == "stop":
                    said = f"{box.display_name or box.addr_spec} is stopped{f': {hold.why}' if hold.why else ''}"
                    again = f"mailer people add {box.addr_spec}, then " if hold.forgotten else ""
                    hint = f"Take them out, or lift it first: {again}mailer resume {box.addr_spec}."
                    yield case.in_header("stop", "block", where, box.addr_spec, said, hint)
