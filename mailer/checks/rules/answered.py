"""Somebody who has answered and waits for a reply, not for the next letter.

Blocks a letter to anyone who has answered since your last one, unless it replies to their message (`In-Reply-To`).  The
Message-ID of an answer that you recorded by hand is not known; there, any letter in the thread counts as a reply.
`mailer follow-up WHO` writes a reply; `mailer resume WHO` goes on without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailer.checks.case import day
from mailer.checks.problem import Problem

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.world import Held


def check(case: Case) -> Iterator[Problem]:
    """One problem for each such recipient of To."""
    for box, hold in case.held("answered"):
        if not _replies(case, hold):
            said = f"{box.display_name or box.addr_spec} answered on {day(hold.since)}: it is your turn to reply"
            hint = f"Reply to their message: mailer follow-up {box.addr_spec} writes it. Or mailer resume."
            yield case.in_header("answered", "block", "to", box.addr_spec, said, hint)


def _replies(case: Case, hold: Held) -> bool:
    thread = case.rendered.thread
    if thread is None:
        return False
    return not hold.messages or not hold.messages.isdisjoint((thread.in_reply_to, *thread.references))
