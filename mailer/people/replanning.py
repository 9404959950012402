"""Compute what lies ahead of people anew, with the others of their companies, and keep it in the ledger.

Everything is read once for many companies, and each company is computed once: the work grows with the people.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import BadData
from mailer.people import course_rows, planning, rows
from mailer.people.company import NOBODY, Company, Neighbour
from mailer.people.dates import Situation, Touched, let_go_on
from mailer.people.days_kept import DaysKept
from mailer.people.histories import Past, pasts, portions
from mailer.people.matching import plain
from mailer.people.plan import Plan
from mailer.people.planning import BY_HAND, Ahead
from mailer.people.plans_read import PlansRead
from mailer.people.rows import Row
from mailer.people.spans import working_day
from mailer.people.values import OpenStep

if TYPE_CHECKING:
    from mailer.checks.days_off import DayOff
    from mailer.ledger.store import Store

_MOST_STEPS = 50


class _Case(NamedTuple):
    """A person whose dates are computed: where they stand, and what lies ahead if nobody else were there."""

    row: Row
    past: Past
    plan: Plan
    case: Situation
    day_off: DayOff
    alone: Ahead


class Replanning:
    """The dates of people as of one day.  ``country`` is the user's: taken where nothing is known of a recipient."""

    def __init__(self, store: Store, plans: PlansRead, today: date, country: Callable[[], str]) -> None:
        self._store, self._plans, self._today = store, plans, today
        self._country = functools.cache(country)
        self._days = DaysKept(store)

    def replan(self, numbers: Iterable[int]) -> BadData | None:
        """Compute what lies ahead of these people, and of the others of their companies.

        The first plan that could not be read is returned; the dates of that company are left as they are.
        """
        fault: BadData | None = None
        for people in self._groups(numbers):
            past = pasts(self._store, [row.number for group in people for row in group])
            kept: list[course_rows.Course] = []
            for group in people:
                try:
                    kept += self._together(group, past)
                except BadData as error:
                    fault = fault or error
            course_rows.put(self._store, kept)
        return fault

    def company(self, number: int) -> list[Row]:
        """A person, and the others of their company."""
        return [row for people in self._groups([number]) for group in people for row in group]

    def _groups(self, numbers: Iterable[int]) -> Iterator[list[list[Row]]]:
        """These people and the others of their companies, some companies at a time."""
        alone, keys = rows.companies(self._store, list(dict.fromkeys(numbers)))
        for some in portions(alone):
            yield [[row] for row in rows.among(self._store, "id", some)]
        for some in portions(keys):
            groups: dict[str, list[Row]] = {}
            for row in rows.among(self._store, "company_key", some):
                groups.setdefault(plain(row.card.company), []).append(row)
            yield list(groups.values())

    def _together(self, group: Sequence[Row], past: dict[int, Past]) -> Iterator[course_rows.Course]:
        """Who is due first keeps the date; the others keep two weeks from it, and from what was sent."""
        cases = [case for row in group if (case := self._case(row, past[row.number]))]
        planned = {case.row.number for case in cases}
        others = _written_to(group, past) if cases and len(group) > 1 else NOBODY
        for case in sorted(cases, key=lambda case: (_first(case.alone), case.row.number)):
            found = _beside(case, others, self._today) if len(group) > 1 else case.alone
            yield _course(case, found)
            if len(group) > 1 and found.steps and not case.past.waits:
                others.add(Neighbour(case.row.card.name, found.steps[0].day, planned=True))
        yield from (course_rows.Course(row.number, row.step, ()) for row in group if row.number not in planned)

    def _case(self, row: Row, past: Past, more: Sequence[Touched] = ()) -> _Case | None:
        if past.stopped or not (row.card.plan or (row.card.next and not more)):
            return None
        plan = self._plans.plan(row.card.plan) if row.card.plan else BY_HAND
        day_off = self._day_off(row)
        case = planning.played(plan, past.history(row, plan, self._today, more), day_off, row.number)
        return _Case(row, past, plan, case, day_off, planning.of_case(case, day_off, NOBODY, self._today))

    def back(self, number: int, until: date) -> date:
        """The first working day of a person after the last day of an absence."""
        row = rows.one(self._store, number)
        day = until + timedelta(days=1)
        return working_day(day, self._day_off(row)) if row else day

    def _day_off(self, row: Row) -> DayOff:
        """The days off at their place, else at the user's."""
        from mailer.checks.days_off import country_of

        place = row.card.country or country_of(row.card.time_zone)
        there = (place and self._days.days_off(place)) or self._days.days_off(self._country())
        return there or self._days.days_off("") or str

    def after(self, row: Row, touch: Touched) -> date | None:
        """When the step is due that comes after one more touch; None where there is none."""
        found = self._case(row, pasts(self._store, [row.number])[row.number], (touch,))
        return found.alone.steps[0].day if found and found.alone.steps else None

    def if_kept(self, row: Row, past: Past, first: date, until: date) -> Iterator[OpenStep]:
        """The steps up to a day that follow the open one, if a letter goes out on the day of each."""
        touches = [Touched(first)]
        while len(touches) <= _MOST_STEPS:
            found = self._case(row, past, touches)
            one = found.alone.steps[0] if found and found.alone.steps else None
            step = found.plan.step(one.step) if found and one else None
            if one is None or step is None or one.day > until:
                return
            yield OpenStep(one.step, one.day, let_go_on(one.day), step.reason, step.template, one.why)
            touches.append(Touched(one.day))


def _written_to(group: Sequence[Row], past: dict[int, Past]) -> Company:
    return Company(
        Neighbour(row.card.name, touch.on, planned=False, number=row.number)
        for row in group
        for touch in past[row.number].touches
        if touch.kind == "letter"
    )


def _beside(case: _Case, others: Company, today: date) -> Ahead:
    """What lies ahead of a person beside the others; where none of them is near, all stays as it is alone."""
    number = case.row.number
    is_near = any(others.against(one.day, number, planned=not place) for place, one in enumerate(case.alone.steps))
    return planning.of_case(case.case, case.day_off, others, today) if is_near else case.alone


def _first(found: Ahead) -> date:
    return found.steps[0].day if found.steps else date.max


def _course(case: _Case, found: Ahead) -> course_rows.Course:
    steps = [
        OpenStep(one.step, one.day, let_go_on(one.day), step.reason, step.template, one.why)
        for one in found.steps
        if (step := case.plan.step(one.step))
    ]
    if case.plan.count is None:
        # A plan without end has a step that is open, however long nobody looks.
        steps[-1] = steps[-1]._replace(until=date.max)
    return course_rows.Course(case.row.number, found.step, steps)
