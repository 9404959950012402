"""A problem that a check found, and the names of the checks in the order in which they run.

Each check is a module in ``rules``: a generator of problems whose docstring is its manual (`mailer checks NAME`).

A check looks at a ``Case``: one rendered letter, its file, and what is known of the world.  It prints nothing, changes
nothing, and asks neither the network nor the ledger.  ``runner`` runs those that are for a letter.
"""

from __future__ import annotations

from typing import Any

from mailer.tuples import NamedTuple

NAMES = (
    "leftover",
    "empty",
    "greeting",
    "language",
    "company",
    "leak",
    "attachment",
    "recipient",
    "sender",
    "subject",
    "tone",
    "length",
    "particulars",
    "timing",
    "dates",
    "stop",
    "answered",
    "hold",
    "repeat",
    "reason",
    "company-gap",
    "twins",
    "format",
    "spelling",
)


NEVER_ALLOWED = frozenset({"stop"})


class Problem(NamedTuple):
    """One finding.  ``level`` is "block", "warn" or "hint"; ``where`` "subject", "body", "to", "attach"…

    ``line`` is that of the letter file, None for template text.  ``words`` are the words it is about and ``shown`` the
    line they stand in; ``field`` is the value that holds them, or "".
    """

    check: str
    level: str
    where: str
    line: int | None
    text: str
    hint: str
    allowed: bool = False
    words: str = ""
    shown: str = ""
    field: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the letter must not go out."""
        return self.level == "block" and not self.allowed

    def as_json(self) -> dict[str, Any]:
        """The object of ``--json``."""
        names = ("check", "level", "where", "line", "text", "hint", "allowed")
        return {name: getattr(self, name) for name in names}


def manual(name: str) -> str:
    """Return what the check of that name finds and why, in words."""
    from importlib import import_module
    from inspect import cleandoc

    return cleandoc(import_module(f"mailer.checks.rules.{name.replace('-', '_')}").__doc__ or "")
