"""When the next touch falls due, and why: arithmetic over plain values, no clock, no disk.

The date of a step is its anchor and ``after``; not before the last touch and the gap; on a working day at the
recipient's place; not before a hold ends; two weeks apart from others at the company.  Each rule only ever moves a
date to a later day, so they are asked in turn until none moves it.

A step is shown up to its 60th day late and let go on the 61st; the next one counts from that day.  What follows from
that is laid out beforehand (``Due.then``), so that a reader with a clock need not compute anything.
"""

from __future__ import annotations

import calendar
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mailer.people.company import NOBODY, Against, Company
from mailer.people.plan import Plan, Span, Step
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.days_off import DayOff

LATE_DAYS = 60
_ENDLESS = 4  # How many steps ahead of a plan without end are laid out.
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


class Due(NamedTuple):
    """The open step and its date; ``why`` are sentences."""

    step: int
    day: date
    why: tuple[str, ...]


class Touched(NamedTuple):
    """A touch that counts: the day, and what it was ("letter", "call"…)."""

    on: date
    kind: str = "letter"


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of one person, as far as dates go.

    ``anchor`` is the day of the no, or of the first letter (``anchor_words`` says which).  ``filled``: how many steps
    are done or were let go; ``let_go``: the day on which the one before the open step was let go.  ``last`` is the
    last touch, of whatever kind.  ``free``: the first day after a hold, ``hold_why`` its reason.  ``chosen``: a date
    set by hand.  ``number``: theirs among the people of ``Company``.
    """

    plan: Plan
    anchor: date
    anchor_words: str = "the no"
    filled: int = 0
    let_go: date | None = None
    last: Touched | None = None
    free: date | None = None
    hold_why: str = ""
    chosen: date | None = None
    number: int | None = None


def due(case: Situation, day_off: DayOff, others: Company = NOBODY, *, planned: bool = True) -> Due | None:
    """The open step and its date, or None when the plan is done.

    ``planned``: the dates of others of the company count, not only what was sent.
    """
    number = case.filled + 1
    if step_of(case.plan, number) is None:
        return None
    when, why = _settled(case, day_off, others, planned, *_start(case, number, day_off))
    return Due(number, when, why)


def laid_out(case: Situation, day_off: DayOff, others: Company = NOBODY) -> Iterator[Due]:
    """The open step, and those that come to be open if each is let go in turn; of some plans there is no end."""
    planned = True
    while (one := due(case, day_off, others, planned=planned)) is not None:
        yield one
        case = _after_letting_go(case, one)
        planned = False


def course(case: Situation, day_off: DayOff, others: Company = NOBODY, today: date = date.min) -> tuple[Due, ...]:
    """The steps of ``laid_out``; of a plan without end some that lie after ``today``."""
    found: list[Due] = []
    ahead = 0
    for one in laid_out(case, day_off, others):
        found.append(one)
        ahead += one.day > today
        if case.plan.every and ahead == _ENDLESS:
            break
    return tuple(found)


def _after_letting_go(case: Situation, one: Due) -> Situation:
    return Situation(
        plan=case.plan,
        anchor=case.anchor,
        anchor_words=case.anchor_words,
        filled=one.step,
        let_go=let_go_on(one.day),
        last=case.last,
        number=case.number,
    )


def step_of(plan: Plan, number: int) -> Step | None:
    """The step of that number, from 1 on; None when the plan is done."""
    if number <= len(plan.steps):
        return plan.steps[number - 1]
    if plan.every is None:
        return None
    last = plan.steps[-1]
    turns = number - len(plan.steps)
    return Step(Span(last.after.number + plan.every.number * turns, last.after.unit), last.reason, last.template)


def with_steps(plan: Plan, dates: Iterable[Due]) -> list[tuple[Due, Step, date]]:
    """Each with what is to be done, and the day on which it is let go."""
    return [(one, step, let_go_on(one.day)) for one in dates if (step := step_of(plan, one.step))]


def let_go_on(when: date) -> date:
    """The day on which a step of that date is let go: it is shown up to its 60th day late."""
    return when + timedelta(days=LATE_DAYS + 1)


def open_on(dates: Iterable[Due], today: date) -> Due | None:
    """The step that is open on a day, of those of ``course``; None when the last was let go."""
    return next((one for one in dates if today < let_go_on(one.day)), None)


def _start(case: Situation, number: int, day_off: DayOff) -> tuple[date, str]:
    """Where the step would lie if nothing stood in its way, and the words for it."""
    if case.chosen:
        return case.chosen, f"set by hand to {said(case.chosen)}"
    step = step_of(case.plan, number)
    assert step is not None
    planned = add(case.anchor, step.after, day_off)
    before = step_of(case.plan, number - 1) if number > 1 else None
    if case.let_go and before:
        days = (planned - add(case.anchor, before.after, day_off)).days
        when = case.let_go + timedelta(days=days)
        return when, f"{count(days, 'day')} after step {number - 1} was let go on {short(case.let_go)} is {said(when)}"
    return planned, f"{count(step.after.number, step.after.unit)} after {case.anchor_words} is {said(planned)}"


def _settled(
    case: Situation, day_off: DayOff, others: Company, planned: bool, when: date, words: str
) -> tuple[date, tuple[str, ...]]:
    """Move the date by one rule after the other until it stays."""
    why = [words]
    moved = True
    while moved:
        moved = False
        for later, sentence in _moves(case, day_off, others, planned, when):
            if later > when:
                if sentence.startswith(";"):
                    why[-1] += sentence
                else:
                    why.append(sentence)
                when, moved = later, True
                break
    return when, tuple(why)


def _moves(case: Situation, day_off: DayOff, others: Company, planned: bool, when: date) -> Iterator[tuple[date, str]]:
    """Each rule's date, not before ``when`` where it has nothing against it."""
    if case.last and not case.chosen:
        earliest = case.last.on + timedelta(days=case.plan.gap)
        if earliest > when:
            yield earliest, f"{count(case.plan.gap, 'day')} after the last {case.last.kind} is {said(earliest)}"
    if case.free and case.free > when:
        held = f"on hold{f' ({case.hold_why})' if case.hold_why else ''} until then: {said(case.free)}"
        yield case.free, held
    there = working_day(when, day_off)
    if there > when:
        yield there, f"; {_off(when, there, day_off)}moved to {_near(when, there)}"
    found = None if others is NOBODY else others.against(when, case.number, planned=planned)
    if found:
        yield found.free, _apart(found)


def _apart(found: Against) -> str:
    first, last, apart = found.first, found.last, said(found.free)
    has = f"{first.name} of the same company {'is due' if first.planned else 'was written to'} on {short(first.on)}"
    if found.many == 1:
        return f"{has}; two weeks later is {apart}"
    return f"{has}, and {found.many - 1} more until {short(last.on)}; two weeks after that is {apart}"


def add(start: date, span: Span, day_off: DayOff) -> date:
    """The day that lies ``span`` after ``start``.

    Business days are counted as offices do: the first working day after ``start`` is day 1.  A month that has no such
    day ends on its last.
    """
    if span.unit in _DAYS:
        return start + timedelta(days=span.number * _DAYS[span.unit])
    if span.unit in _MONTHS:
        return add_months(start, span.number * _MONTHS[span.unit])
    day = start
    for _ in range(span.number):
        day = working_day(day + timedelta(days=1), day_off)
    return day


def add_months(start: date, count: int) -> date:
    """The same day of the month ``count`` months later, or the last one of that month."""
    years, month = divmod(start.month - 1 + count, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def working_day(day: date, day_off: DayOff) -> date:
    """``day``, or the first working day after it."""
    while day_off(day):
        day += timedelta(days=1)
    return day


def _off(when: date, there: date, day_off: DayOff) -> str:
    """The first day between that is off for another reason than that it is a weekend."""
    days = [when + timedelta(days=n) for n in range((there - when).days)]
    named = [(day, day_off(day)) for day in days]
    found = next(((day, name) for day, name in named if name != f"{day:%A}"), None)
    if found is None:
        return ""
    return f"{'that' if found[0] == when else said(found[0])} is {found[1]} there; "


def _near(when: date, there: date) -> str:
    return f"{there:%A}" if (there - when).days < 7 and there.month == when.month else said(there)


@functools.lru_cache(maxsize=4096)
def said(when: date) -> str:
    """A date as people say it: ``Sunday 3 January``."""
    return f"{when:%A} {short(when)}"


@functools.lru_cache(maxsize=4096)
def short(when: date) -> str:
    """``3 January``; ``%-d`` is not known everywhere."""
    return f"{when.day} {when:%B}"


def count(number: int, noun: str) -> str:
    """``1 day``, ``35 days``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
