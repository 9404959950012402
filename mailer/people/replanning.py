"""Compute what lies ahead of people anew, with the others of their companies, and keep it in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from mailer.people import course_rows, histories, hold_rows, planning, rows
from mailer.people.dates import Neighbour, Touched, let_go_on
from mailer.people.days_kept import DaysKept
from mailer.people.planning import Ahead, History
from mailer.people.plans_read import PlansRead
from mailer.people.rows import Row
from mailer.people.values import OpenStep

if TYPE_CHECKING:
    from mailer.ledger.store import Store


class Replanning:
    """The dates of people as of one day.  ``country`` is the user's: taken where nothing is known of a recipient."""

    def __init__(self, store: Store, plans: PlansRead, today: date, country: Callable[[], str]) -> None:
        self._store, self._plans, self._today, self._country = store, plans, today, country
        self._days = DaysKept(store)

    def replan(self, numbers: Sequence[int]) -> None:
        """Compute what lies ahead of these people, and of the others of their companies."""
        done: set[int] = set()
        for number in numbers:
            if number in done:
                continue
            group = self.company(number)
            done |= {row.number for row in group}
            self._replan_together(group)

    def company(self, number: int) -> list[Row]:
        """A person, and the others of their company."""
        where = "WHERE id = ? OR (company_key <> '' AND company_key = (SELECT company_key FROM people WHERE id = ?))"
        return list(rows.every(self._store, where, (number, number)))

    def _replan_together(self, group: Sequence[Row]) -> None:
        """Who is due first keeps the date; the others keep two weeks from it, and from what was sent."""
        alone = {row.number: self.ahead(row, ()) for row in group}
        order = sorted(group, key=lambda row: (_first(alone[row.number]), row.number))
        sent = list(self._sent_to(group)) if len(group) > 1 else []
        planned: list[Neighbour] = []
        for row in order:
            found = alone[row.number]
            others = [*(one for number, one in sent if number != row.number), *planned]
            if found and others:
                found = self.ahead(row, others)
            self._keep(row, found)
            if found and found.steps and not self._waits_without_end(row.number):
                planned.append(Neighbour(row.card.name, found.steps[0].day, planned=True))

    def _sent_to(self, group: Sequence[Row]) -> Iterator[tuple[int, Neighbour]]:
        for row in group:
            for touch in histories.touches(self._store, row.number):
                if touch.kind == "letter":
                    yield row.number, Neighbour(row.card.name, touch.on, planned=False)

    def _waits_without_end(self, number: int) -> bool:
        """Whether nothing goes to a person until the user says so: the date in their plan keeps nobody waiting."""
        return any(hold.until is None and lifted is None for _, hold, lifted in hold_rows.holds(self._store, number))

    def ahead(self, row: Row, neighbours: Sequence[Neighbour], *more: Touched) -> Ahead | None:
        """What lies ahead of a person, after some ``more`` touches; None without a plan, or while they are stopped."""
        if not row.card.plan or self._is_stopped(row.number):
            return None
        from mailer.checks.days_off import country_of

        plan = self._plans.plan(row.card.plan)
        touches = histories.touches(self._store, row.number)
        history = History(
            since=row.plan_since or self._today,
            refused_on=row.card.refused_on,
            touches=(*touches, *more),
            earlier=histories.earlier(self._store, row) if len(touches) > 1 else 0,
            pauses=histories.pauses(self._store, row.number),
            chosen=None if more else row.card.next,
        )
        place = row.card.country or country_of(row.card.time_zone)
        there = (place and self._days.days_off(place)) or self._days.days_off(self._country())
        return planning.ahead(plan, history, there or self._days.days_off("") or str, neighbours)

    def _is_stopped(self, number: int) -> bool:
        return any(hold.kind == "stop" and lifted is None for _, hold, lifted in hold_rows.holds(self._store, number))

    def _keep(self, row: Row, found: Ahead | None) -> None:
        if found is None:
            course_rows.put_course(self._store, row.number, row.step, ())
            return
        plan = self._plans.plan(row.card.plan)
        steps = [
            OpenStep(one.step, one.day, let_go_on(one.day), step.reason, step.template, one.why)
            for one in found.steps
            if (step := plan.step(one.step))
        ]
        course_rows.put_course(self._store, row.number, found.step, steps)


def _first(found: Ahead | None) -> date:
    return found.steps[0].day if found and found.steps else date.max
