"""Somebody you must not write to again.

Blocks a letter to anybody, in To, Cc or Bcc, whom you stopped, because they asked for it or you chose to. `--allow`
does not help: `mailer resume WHO` lifts the stop first. A stop outlives `mailer people forget`: add the person again
before `mailer resume`. A stop holds for every owner on this installation; only the owner who set it can lift it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case


def check(case: Case) -> Iterator[Problem]:
    """One problem for each such recipient."""
    known = case.known
    if not (known.holds or known.stopped_before or known.stopped_elsewhere):
        return
    for where in ("to", "cc", "bcc"):
        for box in getattr(case.rendered, where):
            name, address = box.display_name or box.addr_spec, box.addr_spec
            stops = [hold for hold in known.holds.get(box.key, ()) if hold.kind == "stop"]
            if stops:
                said = f"{name} is stopped{f': {stops[0].why}' if stops[0].why else ''}"
                lift = f"mailer resume {address}"
            elif known.stopped_before and known.stopped_before(box.key):
                said = f"{name} was stopped, and then forgotten"
                lift = f"mailer people add {address}, then mailer resume {address}"
            elif known.stopped_elsewhere and known.stopped_elsewhere(box.key):
                said, lift = f"{name} asked another owner here not to be written to again", ""
            else:
                continue
            hint = f"Take them out, or lift it first: {lift}." if lift else "Take them out; it holds for all owners."
            yield case.in_header("stop", "block", where, address, said, hint)
