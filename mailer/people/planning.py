"""From a person's history to the steps that lie ahead: the touches are played through in the order of their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from mailer.people.dates import Due, Neighbour, Situation, Touched, course, open_on
from mailer.people.plan import Plan

if TYPE_CHECKING:
    from mailer.checks.days_off import DayOff


class Pause(NamedTuple):
    """A hold of the past or present: from ``since`` to before ``until``, None while it is not known to end."""

    since: date
    until: date | None
    why: str


class History(NamedTuple):
    """Since when the plan holds (``since``), the day of the no, every touch, and every hold.

    ``earlier``: how many touches of that day were before the letter that started the plan, and fill none of its steps.
    """

    since: date
    refused_on: date | None
    touches: tuple[Touched, ...] = ()
    pauses: tuple[Pause, ...] = ()
    chosen: date | None = None
    earlier: int = 0


class Ahead(NamedTuple):
    """The open step's number (one more than the plan has when it is done), the anchor, and the steps ahead."""

    step: int
    anchor: date
    steps: tuple[Due, ...]


def ahead(plan: Plan, history: History, day_off: DayOff, neighbours: Sequence[Neighbour] = ()) -> Ahead:
    """What lies ahead of a person after all that was."""
    case = _opening(plan, history)
    ordered = sorted(history.touches)
    first = sum(touch.on < history.since for touch in ordered) + history.earlier
    for number, touch in enumerate(ordered):
        before = tuple(ordered[:number])
        if number >= first:
            case = _filled(_held(replace(case, touches=before), history, touch.on), touch, day_off)
    case = _held(replace(case, touches=history.touches, chosen=history.chosen), history, date.max)
    steps = course(case, day_off, neighbours)
    return Ahead(case.filled + 1, case.anchor, steps)


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


def _filled(case: Situation, touch: Touched, day_off: DayOff) -> Situation:
    """The history after a touch: it fills the step that is open on its day, all before it were let go."""
    steps = course(case, day_off)
    found = open_on(steps, touch.on)
    done = found.step if found else steps[-1].step if steps else case.filled
    return replace(case, filled=done, let_go=None)
