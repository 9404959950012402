"""People as they stand in the ledger's database: reading and writing rows, one purpose a function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer.ledger import hashes
from mailer.ledger.ids import letter_id
from mailer.people.dates import Touched
from mailer.people.matching import Named, plain
from mailer.people.planning import Pause
from mailer.people.values import Address, Card, Entry, Hold, OpenStep, entry_id, person_id

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_CARD = "name, company, position, refused_on, plan, chosen, language, country, time_zone, note, url"
_PERSON = f"id, {_CARD}, plan_since, step"
_FEW = 12
_AHEAD = 3
_SET = ", ".join(f"{column} = ?" for column in (*_CARD.split(", "), "company_key", "words"))


class Row(NamedTuple):
    """A person as stored: card, the day since which the plan holds, and the open step's number.

    ``started_by`` is the letter that put them on the plan, 0 where none did.
    """

    number: int
    card: Card
    plan_since: date | None
    step: int
    started_by: int = 0


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(when: date | None) -> str | None:
    return when.isoformat() if when else None


def _row(found: Sequence[Any], addresses: tuple[Address, ...]) -> Row:
    number, name, company, position, refused, plan, chosen, language, country, zone, note, url, since, step = found
    card = Card(
        name, addresses, company, position, _day(refused), plan, _day(chosen), language, country, zone, note, url
    )
    # "2026-11-23", or "2026-11-23 7" where letter 7 put them on the plan.
    day, _, letter = (since or "").partition(" ")
    return Row(number, card, _day(day), step, int(letter or 0))


def one(store: Store, number: int) -> Row | None:
    """The person of that number."""
    found = store.one(f"SELECT {_PERSON} FROM people WHERE id = ?", (number,))  # noqa: S608
    return _row(found, addresses(store, number)) if found else None


def every(store: Store, where: str = "", values: Sequence[Any] = ()) -> Iterator[Row]:
    """All people, or those that ``where`` chooses, by number."""
    boxes = _boxes(store, where, values)
    for found in store.each(f"SELECT {_PERSON} FROM people {where} ORDER BY id", values):  # noqa: S608
        yield _row(found, tuple(boxes.get(found[0], ())))


def _boxes(store: Store, where: str, values: Sequence[Any]) -> dict[int, list[Address]]:
    chosen = f"WHERE person IN (SELECT id FROM people {where})" if where else ""  # noqa: S608
    boxes: dict[int, list[Address]] = {}
    asked = f"SELECT person, address, state FROM addresses {chosen} ORDER BY person, position"  # noqa: S608
    for person, address, state in store.each(asked, values):
        boxes.setdefault(person, []).append(Address(address, state))
    return boxes


class Seen(NamedTuple):
    """A person with what shows how they stand: the last touch, the holds that are not lifted, the steps ahead."""

    row: Row
    last: datetime | None
    holds: tuple[Hold, ...]
    steps: tuple[OpenStep, ...]


def seen(store: Store, today: date, where: str = "", values: Sequence[Any] = ()) -> Iterator[Seen]:
    """``every``, with the steps that are not let go before ``today``."""
    among = f"(SELECT id FROM people {where})" if where else ""  # noqa: S608
    holds, steps = open_holds(store, among, values), open_steps(store, today, among, values)
    boxes = _boxes(store, where, values)
    last = "(SELECT max(at) FROM touches WHERE person = people.id AND counts = 1)"
    for *found, at in store.each(f"SELECT {_PERSON}, {last} FROM people {where} ORDER BY id", values):  # noqa: S608
        number = found[0]
        yield Seen(
            _row(found, tuple(boxes.get(number, ()))),
            datetime.fromisoformat(at) if at else None,
            tuple(holds.get(number, ())),
            tuple(steps.get(number, ())),
        )


def words(person: Named) -> str:
    """What a person is found by, plain: a blank before each word of name and company, then the addresses."""
    return " " + " ".join(plain(f"{person.name} {person.company}\n{' '.join(person.addresses)}").split())


def names(store: Store, where: str = "", values: Sequence[Any] = ()) -> list[Named]:
    """What people are found by."""
    boxes = _boxes(store, where, values)
    return [
        Named(person_id(number), name, company, tuple(box.address for box in boxes.get(number, ())))
        for number, name, company in store.each(f"SELECT id, name, company FROM people {where} ORDER BY id", values)  # noqa: S608
    ]


def named(store: Store, who: str) -> list[Named]:
    """Those whom ``who`` may mean: by id, address, or words that occur."""
    key = who.strip()
    if re.fullmatch(r"[pP][1-9]\d{0,17}", key, re.ASCII) and (found := names(store, "WHERE id = ?", (int(key[1:]),))):
        return found
    owner = owners(store, [address_key(key)])
    if owner:
        return names(store, "WHERE id = ?", tuple(owner.values()))
    return names(store, *containing(plain(who).split()))


def containing(parts: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The condition that all of these plain words occur in what a person is found by, and its values."""
    return ("WHERE " + " AND ".join(["instr(words, ?)"] * len(parts)) if parts else "WHERE 0"), parts


def shared_starts(store: Store, starts: Iterable[str]) -> dict[str, int]:
    """Of how many people a word of name or company begins so: 0, 1, or 2 for several."""
    wanted = list(starts)
    if len(wanted) <= _FEW:
        asked = "SELECT count(*) FROM (SELECT 1 FROM people WHERE instr(words, ?) LIMIT 2)"
        return {start: store.one(asked, (f" {start}",))[0] for start in wanted}
    count = dict.fromkeys(wanted, 0)
    beginnings = {start[:2] for start in wanted}
    for (text,) in store.each("SELECT words FROM people"):
        for start in {word[:n] for word in text.split() if word[:2] in beginnings for n in range(1, len(word) + 1)}:
            if start in count:
                count[start] += 1
    return count


def addresses(store: Store, number: int) -> tuple[Address, ...]:
    """The addresses of a person, the first one first."""
    rows = store.each("SELECT address, state FROM addresses WHERE person = ? ORDER BY position", (number,))
    return tuple(Address(*row) for row in rows)


def owners(store: Store, keys: Iterable[str]) -> dict[str, int]:
    """Whose addresses these are, by key."""
    wanted = list(keys)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        among = f"SELECT key, person FROM addresses WHERE key IN ({', '.join('?' * len(some))})"  # noqa: S608
        found.update(store.each(among, some))
    return found


def _values(card: Card) -> tuple[object, ...]:
    return (
        card.name,
        card.company,
        card.position,
        _text(card.refused_on),
        card.plan,
        _text(card.next),
        card.language,
        card.country,
        card.time_zone,
        card.note,
        card.url,
        plain(card.company),
        words(Named("", card.name, card.company, tuple(box.address for box in card.addresses))),
    )


def add(store: Store, card: Card, since: date, now: str) -> int:
    """A new person; its number."""
    asked = f"INSERT INTO people ({_CARD}, company_key, words, plan_since, created) VALUES ({', '.join('?' * 15)})"  # noqa: S608
    number = store.execute(asked, (*_values(card), _text(since if card.plan else None), now)).lastrowid
    assert number is not None
    _put_addresses(store, number, card.addresses)
    return number


def change(store: Store, number: int, card: Card) -> None:
    """Write the card of a person; addresses too."""
    store.execute(f"UPDATE people SET {_SET} WHERE id = ?", (*_values(card), number))  # noqa: S608
    store.execute("DELETE FROM addresses WHERE person = ?", (number,))
    _put_addresses(store, number, card.addresses)


def merge(store: Store, kept: int, gone: int, card: Card) -> None:
    """Give all that was one person's to another, and the card to that one."""
    since = "SELECT min(plan_since) FROM people WHERE id IN (?, ?)"
    store.execute(f"UPDATE people SET plan_since = ({since}) WHERE id = ?", (kept, gone, kept))  # noqa: S608
    # What an import did to either of two is not undone once they are one.
    store.execute("DELETE FROM imported WHERE person IN (?, ?)", (kept, gone))
    for table in ("touches", "events", "holds", "calendar"):
        store.execute(f"UPDATE OR REPLACE {table} SET person = ? WHERE person = ?", (kept, gone))  # noqa: S608
    store.execute("DELETE FROM people WHERE id = ?", (gone,))
    change(store, kept, card)


def start_plan(store: Store, number: int, plan: str, since: date, refused_on: date | None, started_by: int = 0) -> None:
    """Put a person on a plan; touches from ``since`` on fill its steps, or from the letter on that started it."""
    first = f"{since} {started_by}" if started_by else _text(since)
    store.execute(
        "UPDATE people SET plan = ?, plan_since = ?, refused_on = coalesce(?, refused_on), chosen = NULL WHERE id = ?",
        (plan, first, _text(refused_on), number),
    )


def choose(store: Store, number: int, when: date | None) -> None:
    """Set the next date by hand, or take that back."""
    store.execute("UPDATE people SET chosen = ? WHERE id = ?", (_text(when), number))


def _put_addresses(store: Store, number: int, boxes: Sequence[Address]) -> None:
    store.executemany(
        "INSERT INTO addresses (key, person, position, address, state) VALUES (?, ?, ?, ?, ?)",
        [(address_key(box.address), number, place, box.address, box.state) for place, box in enumerate(boxes)],
    )
    _stop_again(store, number, boxes)


def _stop_again(store: Store, number: int, boxes: Sequence[Address]) -> None:
    """Somebody who was stopped and forgotten stays stopped."""
    known = hashes.remembered(store, "stop", [address_key(box.address) for box in boxes])
    held = "SELECT 1 FROM holds WHERE person = ? AND kind = 'stop' AND lifted IS NULL"
    if known and not store.one(held, (number,)):
        since = store.one("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")[0]
        hold(store, number, "stop", since, None, "they were stopped before they were forgotten", None)


def address_key(address: str) -> str:
    """The address in the caseless form by which it is compared."""
    return address.casefold()


# Touches and events


def touches(store: Store, number: int) -> tuple[Touched, ...]:
    """Every touch of a person that counts, by day."""
    rows = store.each("SELECT day, kind FROM touches WHERE person = ? AND counts = 1 ORDER BY day, id", (number,))
    return tuple(Touched(date.fromisoformat(day), kind) for day, kind in rows)


def earlier(store: Store, row: Row) -> int:
    """How many touches there were on the day on which a letter started the plan, before that letter."""
    start = "SELECT id FROM touches WHERE person = ? AND letter = ?"
    asked = f"SELECT count(*) FROM touches WHERE person = ? AND counts = 1 AND day = ? AND id < ({start})"  # noqa: S608
    values = (row.number, _text(row.plan_since), row.number, row.started_by)
    return int(store.one(asked, values)[0]) if row.started_by else 0


def add_touch(store: Store, person: int, at: str, day: date, kind: str, note: str) -> int:
    """A touch that no letter of ours is; its number."""
    done = store.execute(
        "INSERT INTO touches (person, at, day, kind, note, counts) VALUES (?, ?, ?, ?, ?, 1)",
        (person, at, day.isoformat(), kind, note),
    )
    assert done.lastrowid is not None
    return done.lastrowid


def letter_touch(store: Store, person: int, at: str, day: date, letter: int, *, counts: bool) -> None:
    """The touch that a letter of ours is; one that did not reach them does not count."""
    store.execute(
        "INSERT INTO touches (person, at, day, kind, note, letter, counts) VALUES (?, ?, ?, 'letter', '', ?, ?)"
        " ON CONFLICT (person, letter) DO UPDATE SET at = excluded.at, day = excluded.day, counts = excluded.counts",
        (person, at, day.isoformat(), letter, counts),
    )


def unanswered(store: Store, person: int) -> int:
    """How many letters reached a person since they last answered."""
    answer = "SELECT max(at) FROM events WHERE person = ? AND class = 'answer' AND undone = 0"
    asked = f"SELECT count(*) FROM touches WHERE person = ? AND kind = 'letter' AND counts = 1 AND at > coalesce(({answer}), '')"  # noqa: S608,E501
    return int(store.one(asked, (person, person))[0])


def uncount_last(store: Store, person: int) -> None:
    """The last letter to a person did not reach them."""
    last = "SELECT max(id) FROM touches WHERE person = ? AND letter IS NOT NULL"
    store.execute(f"UPDATE touches SET counts = 0 WHERE id = ({last})", (person,))  # noqa: S608


def timeline(store: Store, number: int) -> list[Entry]:
    """Touches and events of a person, newest last."""
    found = [
        Entry(
            entry_id(row, touch=True),
            datetime.fromisoformat(at),
            kind,
            note or subject or "",
            "",
            letter_id(letter) if letter else None,
            message_id,
            True,
        )
        for row, at, kind, note, letter, subject, message_id in store.each(
            "SELECT id, at, kind, note, letter, subject, message_id FROM touches LEFT JOIN letters ON number = letter"
            " WHERE person = ? ORDER BY touches.id",
            (number,),
        )
    ]
    found += [
        Entry(
            entry_id(row, touch=False),
            datetime.fromisoformat(at),
            kind,
            text,
            because,
            letter_id(letter) if letter else None,
            message_id,
            False,
        )
        for row, at, kind, text, because, letter, message_id in store.each(
            "SELECT id, at, class, text, because, letter, message_id FROM events WHERE person = ? AND undone = 0",
            (number,),
        )
    ]
    return sorted(found, key=lambda entry: entry.at)


def add_event(store: Store, person: int, at: str, kind: str, text: str, because: str, effect: str) -> int:
    """Something that came back, told by hand; its number."""
    done = store.execute(
        "INSERT INTO events (person, at, class, confidence, because, text, sender, subject, address, effect)"
        " VALUES (?, ?, ?, 'sure', ?, ?, '', '', '', ?)",
        (person, at, kind, because, text, effect),
    )
    assert done.lastrowid is not None
    return done.lastrowid


def told_by_hand(store: Store, table: str, number: int) -> int | None:
    """Whose touch or event it is, where no letter or mail of ours stands behind it."""
    own = "letter IS NULL" if table == "touches" else "message_id IS NULL AND undone = 0"
    found = store.one(f"SELECT person FROM {table} WHERE id = ? AND {own}", (number,))  # noqa: S608
    return found[0] if found else None


def remember_before(store: Store, touch: int, person: int, then: date | None) -> None:
    """Keep what a touch is about to change beside the dates: the turn of the user, the date set by hand."""
    import json

    turns = "SELECT id FROM holds WHERE person = ? AND kind = 'answered' AND lifted IS NULL"
    (chosen,) = store.one("SELECT chosen FROM people WHERE id = ?", (person,))
    before = {"chosen": chosen, "then": _text(then), "turns": [key for (key,) in store.each(turns, (person,))]}
    store.execute("UPDATE touches SET before = ? WHERE id = ?", (json.dumps(before), touch))


def _give_back(store: Store, touch: int) -> None:
    """Undo what a touch changed, as far as nothing newer did."""
    import json

    person, text = store.one("SELECT person, before FROM touches WHERE id = ?", (touch,))
    if text is None:
        return
    before = json.loads(text)
    store.execute(
        "UPDATE people SET chosen = ? WHERE id = ? AND chosen IS ?"
        " AND NOT EXISTS (SELECT 1 FROM touches WHERE person = people.id AND id > ?)",
        (before["chosen"], person, before["then"], touch),
    )
    newer = "SELECT 1 FROM holds h WHERE h.person = holds.person AND h.kind = 'answered' AND h.lifted IS NULL"
    store.executemany(
        f"UPDATE holds SET lifted = NULL WHERE id = ? AND NOT EXISTS ({newer})",  # noqa: S608
        [(key,) for key in before["turns"]],
    )


def take_back(store: Store, table: str, number: int, day: date) -> None:
    """Undo a touch, or an event with the hold that it made."""
    if table == "touches":
        _give_back(store, number)
        store.execute("DELETE FROM touches WHERE id = ?", (number,))
        return
    store.execute("UPDATE events SET undone = 1 WHERE id = ?", (number,))
    store.execute("UPDATE holds SET lifted = ? WHERE event = ? AND lifted IS NULL", (day.isoformat(), number))


# Holds


def holds(store: Store, number: int) -> Iterator[tuple[int, Hold, date | None]]:
    """Every hold that a person had: its number, itself, and the day on which it was lifted."""
    rows = store.each("SELECT id, kind, since, until, why, lifted FROM holds WHERE person = ? ORDER BY id", (number,))
    for row, kind, since, until, why, lifted in rows:
        yield row, Hold(kind, datetime.fromisoformat(since), _day(until), why), _day(lifted)


def pauses(store: Store, number: int) -> tuple[Pause, ...]:
    """The holds of a person as far as dates go: each until it ended or was lifted, whichever came first."""
    return tuple(
        Pause(hold.since.date(), min([day for day in (hold.until, lifted) if day], default=None), hold.why)
        for _, hold, lifted in holds(store, number)
    )


def open_holds(store: Store, among: str = "", values: Sequence[Any] = ()) -> dict[int, list[Hold]]:
    """The holds that were not lifted, by person; some may have ended by themselves."""
    where = f"AND person IN {among}" if among else ""
    found: dict[int, list[Hold]] = {}
    asked = f"SELECT person, kind, since, until, why FROM holds WHERE lifted IS NULL {where} ORDER BY id"  # noqa: S608
    for person, kind, since, until, why in store.each(asked, values):
        found.setdefault(person, []).append(Hold(kind, datetime.fromisoformat(since), _day(until), why))
    return found


def hold(store: Store, person: int, kind: str, since: str, until: date | None, why: str, event: int | None) -> None:
    """Hold a person; one hold of a kind at a time, the newest."""
    lift(store, person, (kind,), date.fromisoformat(since[:10]))
    store.execute(
        "INSERT INTO holds (person, kind, since, until, why, event) VALUES (?, ?, ?, ?, ?, ?)",
        (person, kind, since, _text(until), why, event),
    )


def lift(store: Store, person: int, kinds: Sequence[str], day: date) -> int:
    """End the holds of these kinds; how many there were."""
    among = ", ".join("?" * len(kinds))
    done = store.execute(
        f"UPDATE holds SET lifted = ? WHERE person = ? AND lifted IS NULL AND kind IN ({among})",  # noqa: S608
        (day.isoformat(), person, *kinds),
    )
    return done.rowcount


def forget_stop(store: Store, person: int) -> None:
    """Let a stop that outlived its person go."""
    hashes.forget(store, "stop", [address_key(box.address) for box in addresses(store, person)])


# The steps ahead


def who_is_told_of(store: Store, name: str) -> list[int]:
    """The people whose dates are explained with that name."""
    if not name:
        return []
    return [person for (person,) in store.each("SELECT DISTINCT person FROM course WHERE instr(why, ?)", (name,))]


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
