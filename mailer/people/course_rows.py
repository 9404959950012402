"""The steps ahead of people in the ledger's database, and with them how each person stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mailer.people import rows
from mailer.people.rows import Row, day_of
from mailer.people.values import Hold, OpenStep
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_AHEAD = 2
_COLUMNS = "person, step, date, until, reason, template, why"
_WAITING = """
    FROM letters l JOIN recipients r ON r.letter = l.number JOIN contacts c ON c.id = r.contact
    JOIN addresses a ON a.key = c.key LEFT JOIN queue q ON q.letter = l.number
    WHERE l.waits = 1 AND l.state = 'deferred' AND l.current = 1 AND r.kind = 'to'
    AND coalesce(r.state, 'deferred') = 'deferred'
"""
# Those to whom a letter goes by itself.
QUEUED = f"SELECT a.person {_WAITING} AND q.letter IS NOT NULL"


class Seen(NamedTuple):
    """A person with what shows how they stand: the last touch, the holds that are not lifted, the steps ahead.

    ``queued``: when a letter to them goes by itself, in UTC; "" for one that is to be sent again, None without any.
    """

    row: Row
    last: datetime | None
    holds: tuple[Hold, ...]
    steps: tuple[OpenStep, ...]
    queued: str | None


def seen(
    store: Store, today: date, where: str = "", values: Sequence[Any] = (), before: date = date.max
) -> Iterator[Seen]:
    """``every``, with the steps that are not let go before ``today``, and are due up to ``before``."""
    among = f"(SELECT id FROM people {where})" if where else ""  # noqa: S608
    holds, steps = open_holds(store, among, values), open_steps(store, today, among, values, before)
    boxes, letters = rows.boxes(store, where, values), waiting_letters(store, among, values)
    last = "(SELECT max(at) FROM touches WHERE person = people.id AND counts = 1)"
    for *found, at in store.all(f"SELECT {rows.COLUMNS}, {last} FROM people {where} ORDER BY id", values):  # noqa: S608
        number = found[0]
        yield Seen(
            rows.row_of(found, tuple(boxes.get(number, ()))),
            datetime.fromisoformat(at) if at else None,
            tuple(holds.get(number, ())),
            tuple(steps.get(number, ())),
            letters.get(number),
        )


def waiting_letters(store: Store, among: str = "", values: Sequence[Any] = ()) -> dict[int, str]:
    """When the letter goes that waits for each person, the first of several; "" for one that goes not by itself."""
    where = f"AND a.person IN {among}" if among else ""
    found: dict[int, str] = {}
    for person, due in store.all(f"SELECT a.person, coalesce(q.due, '') {_WAITING} {where}", values):
        known = found.get(person)
        found[person] = min(known, due) if known and due else known or due
    return found


def open_holds(store: Store, among: str = "", values: Sequence[Any] = ()) -> dict[int, list[Hold]]:
    """The holds that were not lifted, by person; some may have ended by themselves."""
    where = f"AND h.person IN {among}" if among else ""
    found: dict[int, list[Hold]] = {}
    asked = f"{_OPEN} {where} ORDER BY h.id"
    for person, kind, since, until, why, event, cause, asks in store.all(asked, values):
        one = Hold(kind, datetime.fromisoformat(since), day_of(until), why, event, cause or "", bool(asks))
        found.setdefault(person, []).append(one)
    return found


_OPEN = """
    SELECT h.person, h.kind, h.since, h.until, h.why, h.event, e.class,
        h.kind = 'hold' AND e.confidence = 'likely' AND e.accepted = 0
            AND e.class IN ('stop', 'complaint', 'dead', 'left')
    FROM holds h LEFT JOIN events e ON e.id = h.event WHERE h.lifted IS NULL
"""


def open_steps(
    store: Store, today: date, among: str = "", values: Sequence[Any] = (), before: date = date.max
) -> Mapping[int, list[OpenStep]]:
    """The steps of each person that are open or ahead on a day; the first is the open one."""
    where = f"AND person IN {among}" if among else ""
    # Where it is a day earlier, the step of yesterday is open still.
    # What comes after a step that stays open for days need not be read; a value is looked up for each step, where
    # NOT EXISTS may be made a join of all courses by a planner that knows little of the table.
    before_it = "SELECT b.until FROM course b WHERE b.person = course.person AND b.step = course.step - 1"
    wanted = f"until >= ? AND date <= ? AND coalesce(({before_it}), '') <= ? {where}"
    asked = f"SELECT {_COLUMNS} FROM course WHERE {wanted} ORDER BY person, step"  # noqa: S608
    found: dict[int, list[OpenStep]] = {}
    days = today.isoformat(), before.isoformat(), (today + timedelta(days=3)).isoformat()
    for person, step, when, until, reason, template, why in store.all(asked, (*days, *values)):
        steps = found.setdefault(person, [])
        if len(steps) < _AHEAD:
            day, end = date.fromisoformat(when), date.fromisoformat(until)
            steps.append(OpenStep(step, day, end, reason, template, tuple(why.split("\n"))))
    return found


class Course(NamedTuple):
    """The open step's number of a person, and the steps ahead."""

    person: int
    step: int
    steps: Sequence[OpenStep]


def put(store: Store, courses: Sequence[Course]) -> None:
    """Keep the steps ahead of people."""
    numbers = [one.person for one in courses]
    step_of = dict(store.among("SELECT id, step FROM people WHERE id IN ({})", numbers))
    opened = [(one.step, one.person) for one in courses if step_of.get(one.person) != one.step]
    kept: dict[int, list[tuple[object, ...]]] = {}
    for row in store.among(f"SELECT {_COLUMNS} FROM course WHERE person IN ({{}}) ORDER BY person, step", numbers):  # noqa: S608
        kept.setdefault(row[0], []).append(tuple(row))
    # Of a large company most stay as they are.
    rows = {one.person: steps for one in courses if (steps := _rows(one)) != kept.get(one.person, [])}
    store.executemany("DELETE FROM course WHERE person = ?", [(number,) for number in rows if number in kept])
    for number in {number for number, _ in opened}:
        some = [person for each, person in opened if each == number]
        store.among("UPDATE people SET step = ? WHERE id IN ({}) RETURNING id", some, (number,))
    steps = [row for each in rows.values() for row in each]
    store.executemany(f"INSERT INTO course ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", steps)  # noqa: S608


def _rows(one: Course) -> list[tuple[object, ...]]:
    return [
        (one.person, step.step, step.day.isoformat(), step.until.isoformat(), *step[3:5], "\n".join(step.why))
        for step in one.steps
    ]


def run_out(store: Store, today: date) -> list[int]:
    """Those whose plan has no end, and of whose course the last step that was laid out has come."""
    last = "SELECT person FROM course WHERE date <= ? AND until = ?"
    return [person for (person,) in store.all(last, (today.isoformat(), date.max.isoformat()))]


def who_is_told_of(store: Store, name: str) -> list[int]:
    """The people whose dates are explained with that name."""
    if not name:
        return []
    return [person for (person,) in store.all("SELECT DISTINCT person FROM course WHERE instr(why, ?) > 0", (name,))]
