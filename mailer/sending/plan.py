"""What is about to be sent, as a person should know it before saying yes; plans of touches are in ``people.plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mailer.checks.problem import Problem
    from mailer.message.rendered import Rendered
    from mailer.sending.problem_groups import Groups


class Reason(NamedTuple):
    """Why letters do not go: ``letters`` of them, the first few on these lines of the CSV."""

    text: str
    letters: int
    lines: Sequence[int]


class Plan(NamedTuple):
    """``good`` letters may go, the first of them ``first``; ``not_ready`` may not, for ``reasons``.

    ``warned`` of the good have a warning, ``anew`` were sent or refused before.  ``problems`` are those of a letter on
    its own, which may be made of ``row``; ``groups`` those of a batch.  ``held``: how many the ledger holds back, by
    why.  ``quota`` says what the provider still takes; ``to_myself``: the letter goes to its sender only.
    ``puts_off``: the letters are kept, and go later, not before ``until``.
    """

    first: Rendered
    is_batch: bool = False
    row: int | None = None
    good: int = 1
    warned: int = 0
    anew: int = 0
    not_ready: int = 0
    problems: Sequence[Problem] = ()
    groups: Groups | None = None
    reasons: Sequence[Reason] = ()
    held: Mapping[str, int] = {}
    quota: str = ""
    to_myself: bool = False
    puts_off: bool = False
    until: datetime | None = None
