"""What the checks are told of people: who is stopped, has answered or is held; gaps and reasons of plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from mailer.checks.world import Held

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.plan import PlansRead

_HOLDS = """
    SELECT a.key, h.person, h.kind, h.since, h.until, h.why FROM holds h JOIN addresses a ON a.person = h.person
    WHERE h.lifted IS NULL AND (h.until IS NULL OR h.until > ?) ORDER BY h.id
"""
# Of the turn that is open: a reply to what they wrote before is none to what they wrote since.
_ANSWERS = """
    SELECT e.person, e.message_id FROM holds h JOIN events e ON e.person = h.person
    WHERE h.lifted IS NULL AND h.kind = 'answered' AND e.class = 'answer' AND e.undone = 0 AND e.at >= h.since
    AND e.message_id IS NOT NULL
"""


def holds(store: Store, today: date) -> Mapping[str, list[Held]]:
    """Who is not to be written to on a day, by address in caseless form."""
    messages: dict[int, set[str]] = {}
    for person, message_id in store.all(_ANSWERS):
        messages.setdefault(person, set()).add(message_id)
    found: dict[str, list[Held]] = {}
    for key, person, kind, since, until, why in store.all(_HOLDS, (today.isoformat(),)):
        ids = frozenset(messages.get(person, ())) if kind == "answered" else frozenset()
        day = date.fromisoformat(until) if until else None
        found.setdefault(key, []).append(Held(kind, datetime.fromisoformat(since), day, why, ids))
    return {key: _strongest(held) for key, held in found.items()}


def _strongest(held: Sequence[Held]) -> list[Held]:
    """One hold of each kind: the one that ends last."""
    last: dict[str, Held] = {}
    for one in held:
        other = last.get(one.kind)
        if other is None or (one.until or date.max) > (other.until or date.max):
            last[one.kind] = one
    return list(last.values())


def unreached(store: Store) -> frozenset[str]:
    """The Message-IDs of letters that reached none of the people they were to: they bounced."""
    if not has_people(store):
        return frozenset()
    lost = "SELECT letter FROM touches WHERE counts = 0 AND letter IS NOT NULL"
    asked = (
        f"SELECT letters.message_id FROM touches JOIN letters ON number = letter WHERE letter IN ({lost})"  # noqa: S608
        " GROUP BY number, letters.message_id HAVING max(counts) = 0"
    )
    return frozenset(message_id for (message_id,) in store.all(asked))


def gaps(store: Store, plans: PlansRead, most: int) -> Mapping[str, int]:
    """The days between two letters to whoever is on a plan that leaves fewer than ``most``."""
    used = [plans.known(name) for (name,) in store.all("SELECT DISTINCT plan FROM people WHERE plan <> ''")]
    shorter = {plan.name: plan.gap for plan in used if plan and plan.gap < most}
    asked = "SELECT key, plan FROM addresses JOIN people ON id = person WHERE plan = ?"
    return {key: gap for name, gap in shorter.items() for key, _ in store.all(asked, (name,))}


def reasons(name: str, plans: PlansRead) -> Mapping[str, str]:
    """The reasons to write that a plan gives, by template."""
    plan = plans.known(name)
    return {step.template: step.reason for step in plan.steps if step.template} if plan else {}


def has_people(store: Store) -> bool:
    """A ledger that is only read may be from before there were people."""
    return store.has_table("holds")
