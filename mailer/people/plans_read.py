"""Remember the plans that were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mailer.errors import BadData

if TYPE_CHECKING:
    from mailer.people.plan import Plan


class PlansRead:
    """Plans by name, as ``load`` finds them; each file is read once."""

    def __init__(self, load: Callable[[str], Plan]) -> None:
        self._load = load
        self._plans: dict[str, Plan | None] = {}

    def plan(self, name: str) -> Plan:
        """The plan of that name.  Raises BadData."""
        found = self._plans.get(name) or self._load(name)
        self._plans[name] = found
        return found

    def known(self, name: str) -> Plan | None:
        """The plan of that name, or None: one that is gone or broken is told wherever a date is computed."""
        if name and name not in self._plans:
            try:
                self.plan(name)
            except BadData:
                self._plans[name] = None
        return self._plans.get(name)
