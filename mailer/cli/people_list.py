"""People in a list: columns on a terminal, fields between TABs in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mailer.cli import book as books
from mailer.cli.style import aligned, on_terminal, tabbed, width

if TYPE_CHECKING:
    from datetime import date

    from mailer.people.values import Person

_HEAD = ("", "Name", "Company", "Touch", "Last", "Next")
# Where the terminal is narrow, name and company are cut; on a wide one there is room for why nothing is due.
_NARROW, _WIDE = (1, 2), 100


def lines(people: Sequence[Person], today: date) -> Iterator[str]:
    """Id, name, company, touch n of m, last touch, and the next date, or why there is none.

    In a pipe a line has the date and the words apart, and each date as ISO 8601 writes it.
    """
    if on_terminal():
        wide = width(_WIDE) == _WIDE
        yield from aligned(_HEAD, [_shown(one, today, wide) for one in people], (*_NARROW, 5) if wide else _NARROW)
    else:
        yield from map(_piped, people)


def _piped(one: Person) -> str:
    last = f"{one.last:%Y-%m-%d}" if one.last else ""
    coming = one.next.isoformat() if one.next else ""
    return tabbed((one.id, one.name, one.card.company, books.touch_of(one), last, coming, books.state_of(one)))


def _shown(one: Person, today: date, wide: bool) -> tuple[str, ...]:
    last = _brief(one.last.date(), today) if one.last else ""
    touch = books.touch_of(one).removeprefix("touch ")
    return (one.id, one.name, one.card.company, touch, last, _next(one, today, wide))


def _next(one: Person, today: date, wide: bool) -> str:
    if one.state == "due" and one.open:
        return f"due since {_brief(one.open.day, today)}" if one.late else "due today"
    if one.state == "waiting" and one.open:
        return _brief(one.open.day, today)
    if one.state == "held" and one.hold:
        until = f" until {_brief(one.hold.until, today)}" if one.hold.until else ""
        return f"on hold{until}{f': {one.hold.why}' if one.hold.why and wide else ''}"
    known = {"answered": "your turn", "stopped": "stopped"}
    return known.get(one.state, "") if not wide and one.state in known else books.state_of(one)


def _brief(day: date, today: date) -> str:
    """``4 Jan``, with the year where it is another one."""
    return f"{day.day} {day:%b}" + (f" {day.year}" if day.year != today.year else "")
