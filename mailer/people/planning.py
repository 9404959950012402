"""From a person's history to the steps that lie ahead: the touches are played through in the order of their days.

Touches of one kind on one day are one touch: a letter that is sent once more the same day fills no second step.  A
call on the same day as a letter does, like any other touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING

from mailer.people.company import NOBODY, Company
from mailer.people.dates import Due, Situation, Touched, course, laid_out, let_go_on, open_on, step_of
from mailer.people.plan import Plan, Span, Step
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.days_off import DayOff

# Whoever is on no plan is due on a date of the user's own, where there is one.
BY_HAND = Plan("", "a date of your own", "first-letter", 0, (Step(Span(0, "day"), "you chose this date", ""),))


class Pause(NamedTuple):
    """A hold of the past or present: from ``since`` to before ``until``, None while it is not known to end."""

    since: date
    until: date | None
    why: str


class PutOff(NamedTuple):
    """A date that was set by hand, and the number of the step that it is for."""

    day: date
    step: int


class History(NamedTuple):
    """Since when the plan holds (``since``), the day of the no, every touch, and every hold.

    ``earlier``: how many touches of that day were before the letter that started the plan, and fill none of its steps.
    ``chosen`` is a date that was set by hand, for the step of the number ``chosen_for``; ``put_off`` are those that
    held until a touch.
    """

    since: date
    refused_on: date | None
    touches: tuple[Touched, ...] = ()
    pauses: tuple[Pause, ...] = ()
    chosen: date | None = None
    earlier: int = 0
    chosen_for: int = 1
    put_off: Mapping[Touched, PutOff] = MappingProxyType({})


class Ahead(NamedTuple):
    """The open step's number (one more than the plan has when it is done), the anchor, and the steps ahead."""

    step: int
    anchor: date
    steps: tuple[Due, ...]


def ahead(plan: Plan, history: History, day_off: DayOff, others: Company = NOBODY, today: date = date.min) -> Ahead:
    """What lies ahead of a person after all that was; of a plan without end some steps after ``today``."""
    return of_case(played(plan, history, day_off), day_off, others, today)


def of_case(case: Situation, day_off: DayOff, others: Company, today: date) -> Ahead:
    """What lies ahead of a history that was played through."""
    return Ahead(case.filled + 1, case.anchor, course(case, day_off, others, today))


def played(plan: Plan, history: History, day_off: DayOff, number: int | None = None) -> Situation:
    """Where a person stands after all that was; ``number`` is theirs."""
    case = replace(_opening(plan, history), number=number)
    ordered = _in_order(history)
    first = sum(touch.on < history.since for touch in ordered) + history.earlier
    holds = sorted({one.since for one in history.pauses if one.until})
    for place, touch in enumerate(ordered if plan is not BY_HAND else ()):
        before = ordered[place - 1] if place else None
        if place >= first:
            case = _put_off(replace(case, last=before), history.put_off.get(touch))
            while holds and holds[0] <= touch.on:
                case = _let_go(case, history, holds.pop(0), day_off)
            case = _filled(_held(case, history, touch.on), touch, day_off)
    chosen = PutOff(history.chosen, history.chosen_for) if history.chosen else None
    case = _put_off(replace(case, last=ordered[-1] if ordered else None), chosen)
    for day in holds if plan is not BY_HAND else ():
        case = _let_go(case, history, day, day_off)
    return _held(case, history, date.max)


def _in_order(history: History) -> list[Touched]:
    """The touches by day; where a date by hand was for one of a day, as they were recorded: it is for no other."""
    days = {touch.on for touch in history.put_off}
    places = {touch: place for place, touch in reversed([*enumerate(history.touches)])}
    return sorted(places, key=lambda touch: (touch.on, places[touch] if touch.on in days else 0, touch.kind))


def _put_off(case: Situation, chosen: PutOff | None) -> Situation:
    """The history with the open step put off by hand: it is let go after that day, and was not before."""
    return replace(case, filled=max(case.filled, chosen.step - 1), chosen=chosen.day) if chosen else case


def open_now(plan: Plan, history: History, day_off: DayOff, today: date) -> int:
    """The step that a date which is set by hand today is for: the open one, else the last that was let go."""
    case = played(plan, history._replace(chosen=None), day_off)
    number = case.filled + 1
    for one in laid_out(case, day_off):
        number = one.step
        if today < let_go_on(one.day):
            break
    return number


def second(plan: Plan, refused_on: date, today: date, day_off: DayOff) -> date | None:
    """When the second step is due of somebody who is written to for the first time today."""
    found = ahead(plan, History(today, refused_on, (Touched(today),)), day_off)
    return found.steps[0].day if found.steps else None


def _opening(plan: Plan, history: History) -> Situation:
    first = min((touch.on for touch in history.touches if touch.on >= history.since), default=None)
    if plan.anchor == "refused-on" and history.refused_on:
        return Situation(plan, history.refused_on)
    if first:
        return Situation(plan, first, "your first letter")
    return Situation(plan, history.since, "the start of the plan")


def _held(case: Situation, history: History, on: date) -> Situation:
    """The history with the latest end of a hold that had begun by a day."""
    ended = [(one.until, one.why) for one in history.pauses if one.until and one.since <= on]
    free, why = max(ended, default=(None, ""))
    return replace(case, free=free, hold_why=why)


def _let_go(case: Situation, history: History, on: date, day_off: DayOff) -> Situation:
    """The history without the steps that were let go before a hold began: it keeps open what is open, and no more."""
    if step_of(case.plan, case.filled + 1) is None:
        return case
    before = _held(case, history, on - timedelta(days=1))
    gone = list(takewhile(lambda one: let_go_on(one.day) <= on, laid_out(before, day_off)))
    return replace(case, filled=gone[-1].step, let_go=let_go_on(gone[-1].day), chosen=None) if gone else case


def _filled(case: Situation, touch: Touched, day_off: DayOff) -> Situation:
    """The history after a touch: it fills the step that is open on its day, all before it were let go."""
    if step_of(case.plan, case.filled + 1) is None:
        return replace(case, let_go=None, chosen=None)
    found = open_on(laid_out(case, day_off), touch.on)
    # Whoever let all of them go has none left.
    filled = found.step if found else case.plan.length or case.filled
    return replace(case, filled=filled, let_go=None, chosen=None)
