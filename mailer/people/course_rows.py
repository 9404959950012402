"""The steps ahead of people in the ledger's database, and with them how each person stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer.people import hold_rows, rows
from mailer.people.rows import Row
from mailer.people.values import Hold, OpenStep

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_AHEAD = 3


class Seen(NamedTuple):
    """A person with what shows how they stand: the last touch, the holds that are not lifted, the steps ahead."""

    row: Row
    last: datetime | None
    holds: tuple[Hold, ...]
    steps: tuple[OpenStep, ...]


def seen(store: Store, today: date, where: str = "", values: Sequence[Any] = ()) -> Iterator[Seen]:
    """``every``, with the steps that are not let go before ``today``."""
    among = f"(SELECT id FROM people {where})" if where else ""  # noqa: S608
    holds, steps = hold_rows.open_holds(store, among, values), open_steps(store, today, among, values)
    boxes = rows.boxes(store, where, values)
    last = "(SELECT max(at) FROM touches WHERE person = people.id AND counts = 1)"
    for *found, at in store.each(f"SELECT {rows.COLUMNS}, {last} FROM people {where} ORDER BY id", values):  # noqa: S608
        number = found[0]
        yield Seen(
            rows.row_of(found, tuple(boxes.get(number, ()))),
            datetime.fromisoformat(at) if at else None,
            tuple(holds.get(number, ())),
            tuple(steps.get(number, ())),
        )


def open_steps(store: Store, today: date, among: str = "", values: Sequence[Any] = ()) -> Mapping[int, list[OpenStep]]:
    """The steps of each person that are open or ahead on a day; the first is the open one."""
    where = f"AND person IN {among}" if among else ""
    columns = "person, step, date, until, reason, template, why"
    # Where it is a day earlier, the step of yesterday is open still.
    asked = f"SELECT {columns} FROM course WHERE until >= ? {where} ORDER BY person, step"  # noqa: S608
    found: dict[int, list[OpenStep]] = {}
    for person, step, when, until, reason, template, why in store.each(asked, (today.isoformat(), *values)):
        steps = found.setdefault(person, [])
        if len(steps) < _AHEAD:
            days = date.fromisoformat(when), date.fromisoformat(until)
            steps.append(OpenStep(step, *days, reason, template, tuple(why.split("\n"))))
    return found


def put_course(store: Store, person: int, step: int, steps: Iterable[OpenStep]) -> None:
    """Keep the steps ahead of a person."""
    store.execute("DELETE FROM course WHERE person = ?", (person,))
    store.execute("UPDATE people SET step = ? WHERE id = ?", (step, person))
    store.executemany(
        "INSERT INTO course (person, step, date, until, reason, template, why) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                person,
                one.step,
                one.day.isoformat(),
                one.until.isoformat(),
                one.reason,
                one.template,
                "\n".join(one.why),
            )
            for one in steps
        ],
    )


def who_is_told_of(store: Store, name: str) -> list[int]:
    """The people whose dates are explained with that name."""
    if not name:
        return []
    return [person for (person,) in store.each("SELECT DISTINCT person FROM course WHERE instr(why, ?)", (name,))]
