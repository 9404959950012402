"""What would embarrass: each check is a generator of problems over a rendered letter and what is known of the world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailer.letter import Letter
    from mailer.rendered import Rendered


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.  ``level`` is "block", "warn" or "hint"; ``where`` "subject", "body", "to", "attach"…

    ``line`` is that of the letter file, None for template text.
    """

    check: str
    level: str
    where: str
    line: int | None
    text: str
    hint: str
    allowed: bool = False

    @property
    def blocks(self) -> bool:
        """Whether the letter must not go out."""
        return self.level == "block" and not self.allowed

    def as_json(self) -> dict[str, Any]:
        """The object of ``--json``."""
        names = ("check", "level", "where", "line", "text", "hint", "allowed")
        return {name: getattr(self, name) for name in names}


NAMES = ("leftover",)


def problems(letter: Letter, rendered: Rendered, allow: frozenset[str] = frozenset()) -> Iterator[Problem]:
    """Every problem of one letter; blocks of the checks in ``allow`` are marked so."""
    from dataclasses import replace

    from mailer.checks import leftover

    for problem in leftover.check(letter, rendered):
        yield replace(problem, allowed=True) if problem.level == "block" and problem.check in allow else problem
