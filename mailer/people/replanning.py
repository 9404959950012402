"""Recompute the steps ahead of people, and of others at their companies, and keep them in the ledger.

Everything is read once for many companies, and each company is computed once: the work grows with the people.
"""

from __future__ import annotations

import contextlib
import functools
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mailer.errors import BadData
from mailer.people import course_rows, planning, rows
from mailer.people.company import NOBODY, Company, Neighbour
from mailer.people.dates import Situation, Touched, let_go_on, step_of, with_steps, working_day
from mailer.people.days_kept import DaysKept
from mailer.people.matching import plain
from mailer.people.numbers import in_order, place
from mailer.people.plan import Plan, PlansRead
from mailer.people.planning import BY_HAND, Ahead, History, Pause, PutOff
from mailer.people.rows import Row, day_of
from mailer.people.values import OpenStep
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.days_off import DayOff
    from mailer.ledger.store import Store

_MOST_STEPS = 50
Watch = Callable[[int], AbstractContextManager[Callable[[int], None]]]


_TOUCHES = (
    "SELECT person, id, day, kind, letter, counts, at, message_id IS NOT NULL, before"
    " FROM touches WHERE person IN ({}) ORDER BY id"
)
_HOLDS = "SELECT person, kind, since, until, why, lifted FROM holds WHERE person IN ({}) ORDER BY id"


def unwatched(_total: int) -> AbstractContextManager[Callable[[int], None]]:
    """Nobody watches."""
    return contextlib.nullcontext(lambda _more: None)


class Told(NamedTuple):
    """A touch as the ledger has it: ``letter`` is the number of the letter that it is.

    ``is_found``: a mail that was found in Sent, of which nobody knew before.  ``before`` is what it changed beside the
    dates.
    """

    number: int
    touch: Touched
    letter: int | None
    counts: bool
    at: str
    is_found: bool
    before: str | None

    def is_before(self, other: Told) -> bool:
        """Whether it was before another one of that day."""
        return self.at < other.at if self.is_found else self.number < other.number


@dataclass(slots=True)
class Past:
    """What was with a person.  ``waits``: nothing goes to them until the user says so; ``stopped``: nor is planned."""

    told: list[Told] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    stopped: bool = False
    waits: bool = False

    @property
    def touches(self) -> tuple[Touched, ...]:
        """The touches that count."""
        return tuple(one.touch for one in self.told if one.counts)

    def history(self, row: Row, plan: Plan, today: date, more: Sequence[Touched] = ()) -> History:
        """It, for the plan of a person, with some ``more`` touches.

        A plan that counts from the no counts every touch after it, whenever the user wrote the person down; one that a
        letter started begins with that letter.
        """
        since = row.plan_since or today
        if plan.anchor == "refused-on" and row.card.refused_on and not row.started_by:
            since = min(since, row.card.refused_on)
        put_off, chosen = self._put_off(row)
        if more and chosen:
            put_off[more[0]] = chosen
        return History(
            since=since,
            refused_on=row.card.refused_on,
            touches=(*self.touches, *more),
            earlier=self._earlier(row) if len(self.told) > 1 else 0,
            pauses=tuple(self.pauses),
            chosen=chosen.day if chosen and not more else None,
            chosen_for=chosen.step if chosen else 1,
            put_off=put_off,
        )

    def _put_off(self, row: Row) -> tuple[dict[Touched, PutOff], PutOff | None]:
        """The dates by hand that held until a touch, and the one that holds; one that did not reach them ends none."""
        found: dict[Touched, PutOff] = {}
        holds: PutOff | None = None
        met: set[Touched] = set()
        for one in self.told:
            holds = _until(one.before, row) or holds
            if one.counts:
                # Touches of one kind on one day are one.
                if holds and one.touch not in met:
                    found[one.touch] = holds
                met.add(one.touch)
                holds = None
        if row.card.next:
            holds = PutOff(row.card.next, row.chosen_for or 1)
        return found, holds if row.card.plan or row.card.next else None

    def _earlier(self, row: Row) -> int:
        """How many touches there were on the day on which a letter started the plan, before that letter."""
        start = next((one for one in self.told if one.letter and one.letter == row.started_by), None)
        if start is None:
            return 0
        that_day = [one for one in self.told if one.counts and one.touch.on == row.plan_since]
        # Touches of one kind on one day are one.
        later = {one.touch.kind for one in that_day if not one.is_before(start)}
        return len({one.touch.kind for one in that_day if one.is_before(start)} - later)


def _until(before: str | None, row: Row) -> PutOff | None:
    """The date by hand that held for somebody until a touch, if they are on the plan still that they were on then."""
    if not before:
        return None
    import json

    was: dict[str, str | None] = json.loads(before)
    day, _, step = (was["chosen"] or "").partition(" ")
    since = f"{row.plan_since or ''}{f' {row.started_by}' if row.started_by else ''}"
    is_theirs = was.get("plan") == f"{row.card.plan} {since}"
    return PutOff(date.fromisoformat(day), int(step)) if step and is_theirs else None


def pasts(store: Store, numbers: Sequence[int]) -> dict[int, Past]:
    """What was with each of these people."""
    found = {number: Past() for number in numbers}
    touches, holds = store.among(_TOUCHES, numbers), store.among(_HOLDS, numbers)
    for person, number, day, kind, *more in touches:
        found[person].told.append(Told(number, Touched(date.fromisoformat(day), kind), *more))
    for person, kind, since, until, why, lifted in holds:
        one, ends = found[person], [day for day in (day_of(until), day_of(lifted)) if day]
        # Each lasts until it ended or was lifted, whichever came first.
        one.pauses.append(Pause(datetime.fromisoformat(since).date(), min(ends, default=None), why))
        one.stopped |= kind == "stop" and lifted is None
        one.waits |= until is None and lifted is None
    return found


class _Case(NamedTuple):
    """A person whose dates are computed: where they stand, and what lies ahead if nobody else were there."""

    row: Row
    past: Past
    plan: Plan
    case: Situation
    day_off: DayOff
    alone: Ahead


class Replanning:
    """The dates of people as of one day.  ``country`` is the user's: taken where nothing is known of a recipient.

    ``watch`` is told of how many dates are computed, and then how many more are.
    """

    def __init__(
        self, store: Store, plans: PlansRead, today: date, country: Callable[[], str], watch: Watch = unwatched
    ) -> None:
        self._store, self._plans, self._today, self._watch = store, plans, today, watch
        # What part of the dates was computed for people who were not asked for, the last time.
        self.again = 0.0
        self._country = functools.cache(country)
        self._days = DaysKept(store)

    def replan(self, numbers: Iterable[int]) -> BadData | None:
        """Compute what lies ahead of these people, and of the others of their companies.

        The first plan that could not be read is returned; the dates of that company are left as they are.
        """
        fault: BadData | None = None
        wanted, computed = in_order(numbers), 0
        with self._watch(len(wanted)) as tell:
            for people in self._groups(wanted):
                past = pasts(self._store, [row.number for group in people for row in group])
                kept: list[course_rows.Course] = []
                for group in people:
                    try:
                        kept += self._together(group, past)
                    except BadData as error:
                        fault = fault or error
                    tell(sum(place(wanted, row.number) is not None for row in group))
                    computed += len(group)
                course_rows.put(self._store, kept)
        self.again = 1 - len(wanted) / computed if computed > len(wanted) else 0.0
        return fault

    def company(self, number: int) -> list[Row]:
        """A person, and the others of their company."""
        return [row for people in self._groups(in_order([number])) for group in people for row in group]

    def _groups(self, numbers: array[int]) -> Iterator[list[list[Row]]]:
        """These people and the others of their companies, some companies at a time."""
        met = bytearray(len(numbers))
        for start in range(0, len(numbers), rows.MANY):
            some = [numbers[at] for at in range(start, min(start + rows.MANY, len(numbers))) if not met[at]]
            alone, keys = rows.companies(self._store, some)
            groups: dict[str, list[Row]] = {}
            for row in list(rows.among(self._store, "company_key", keys)):
                groups.setdefault(plain(row.card.company), []).append(row)
                if (at := place(numbers, row.number)) is not None:
                    met[at] = True
            yield [*([row] for row in rows.among(self._store, "id", alone)), *groups.values()]

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
        history = past.history(row, plan, self._today, more)
        if row.card.next and not more and not row.chosen_for and plan is not BY_HAND:
            history = history._replace(chosen_for=planning.open_now(plan, history, day_off, self._today))
            rows.choose(self._store, row.number, row.card.next, history.chosen_for)
        case = planning.played(plan, history, day_off, row.number)
        return _Case(row, past, plan, case, day_off, planning.of_case(case, day_off, NOBODY, self._today))

    def back(self, number: int, until: date) -> date:
        """The first working day of a person after the last day of an absence."""
        row = rows.one(self._store, number)
        day = until + timedelta(days=1)
        return working_day(day, self._day_off(row)) if row else day

    def _day_off(self, row: Row) -> DayOff:
        """The days off at their place, else at the user's."""
        from mailer.checks.days_off import country_of

        place = row.card.country or (row.card.time_zone and country_of(row.card.time_zone))
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
            step = step_of(found.plan, one.step) if found and one else None
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
        OpenStep(one.step, one.day, until, step.reason, step.template, one.why)
        for one, step, until in with_steps(case.plan, found.steps)
    ]
    if case.plan.every:
        # A plan without end has a step that is open, however long nobody looks.
        steps[-1] = steps[-1]._replace(until=date.max)
    return course_rows.Course(case.row.number, found.step, steps)
