"""What the checks are told of people: who is stopped, has answered or is held; gaps and reasons of plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.checks.world import Held
from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.plan import Plan

_HOLDS = """
    SELECT a.key, h.person, h.kind, h.since, h.until, h.why FROM holds h JOIN addresses a ON a.person = h.person
    WHERE h.lifted IS NULL AND (h.until IS NULL OR h.until > ?) ORDER BY h.id
"""
_ANSWERS = """
    SELECT e.person, e.message_id FROM holds h JOIN events e ON e.person = h.person
    WHERE h.lifted IS NULL AND h.kind = 'answered' AND e.class = 'answer' AND e.undone = 0
    AND e.message_id IS NOT NULL
"""

_FORGOTTEN = Held("stop", datetime.min.replace(tzinfo=UTC), why="before they were forgotten", forgotten=True)


class _Holds(dict[str, list[Held]]):
    """Holds by address; a stop also for those of whom nothing but the hash of an address is left."""

    def __init__(self, found: Mapping[str, list[Held]], was_stopped: Callable[[str], bool]) -> None:
        super().__init__(found)
        self._was_stopped = was_stopped

    def __bool__(self) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401
        found = super().get(key, default)
        return found if found or not self._was_stopped(key) else [_FORGOTTEN]


def holds(store: Store, today: date) -> Mapping[str, list[Held]]:
    """Who is not to be written to on a day, by address in caseless form."""
    from mailer.ledger import hashes

    if not _has_people(store):
        return {}
    messages: dict[int, set[str]] = {}
    for person, message_id in store.each(_ANSWERS):
        messages.setdefault(person, set()).add(message_id)
    found: dict[str, list[Held]] = {}
    for key, person, kind, since, until, why in store.each(_HOLDS, (today.isoformat(),)):
        ids = frozenset(messages.get(person, ())) if kind == "answered" else frozenset()
        day = date.fromisoformat(until) if until else None
        found.setdefault(key, []).append(Held(kind, datetime.fromisoformat(since), day, why, ids))
    was_stopped = hashes.recognizer(store, "stop")
    return _Holds(found, was_stopped) if was_stopped else found


def unreached(store: Store) -> frozenset[str]:
    """The Message-IDs of letters that reached none of the people they were to: they bounced."""
    if not _has_people(store):
        return frozenset()
    asked = "SELECT message_id FROM touches JOIN letters ON number = letter GROUP BY number HAVING max(counts) = 0"
    return frozenset(message_id for (message_id,) in store.each(asked))


def gaps(store: Store, config_dir: Path, most: int) -> Mapping[str, int]:
    """The days between two letters to whoever is on a plan that leaves fewer than ``most``."""
    if not _has_people(store):
        return {}
    plans = [_plan(name, config_dir) for (name,) in store.each("SELECT DISTINCT plan FROM people WHERE plan <> ''")]
    shorter = {plan.name: plan.gap for plan in plans if plan and plan.gap < most}
    asked = "SELECT key, plan FROM addresses JOIN people ON id = person WHERE plan = ?"
    return {key: gap for name, gap in shorter.items() for key, _ in store.each(asked, (name,))}


def reasons(name: str, config_dir: Path) -> Mapping[str, str]:
    """The reasons to write that a plan gives, by template."""
    plan = _plan(name, config_dir)
    return {step.template: step.reason for step in plan.steps if step.template} if plan else {}


def _plan(name: str, config_dir: Path) -> Plan | None:
    from mailer.people.plan import load

    try:
        return load(name, config_dir)
    except MailerError:
        return None


def _has_people(store: Store) -> bool:
    """A ledger that is only read may be from before there were people."""
    return store.one("SELECT 1 FROM sqlite_schema WHERE name = 'holds'") is not None
