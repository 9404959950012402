"""People as they stand in the ledger's database, with their addresses: reading and writing, one purpose a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mailer.ledger import hashes
from mailer.ledger.store import rounded
from mailer.letters.days import FIRST, LAST
from mailer.people.matching import Named, plain, words
from mailer.people.values import Address, Card
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store

# As many at a time as one statement may name.
MANY = 128
_CARD = "name, company, position, refused_on, plan, chosen, language, country, time_zone, note, url"
COLUMNS = f"id, {_CARD}, plan_since, step"
_BOXES = "SELECT address, state FROM addresses WHERE person = ? ORDER BY position"
_PUT = "INSERT INTO addresses (key, person, position, address, state, own) VALUES (?, ?, ?, ?, ?, ?)"
_SET = " = ?, ".join((*_CARD.split(", "), "company_key", "words")) + " = ?"
# A date by hand that is not changed stays that of its step.
_SET = _SET.replace("chosen = ?", "chosen = CASE substr(chosen, 1, 10) WHEN ? THEN chosen ELSE ? END")
_TOUCHED_TWICE = "DELETE FROM touches WHERE person = ? AND letter IN (SELECT letter FROM touches WHERE person = ?)"
_PLANNED_TWICE = """
    DELETE FROM calendar WHERE person = ? AND EXISTS (SELECT 1 FROM calendar o
        WHERE o.person = ? AND o.plan = calendar.plan AND o.step = calendar.step)
"""
_GIVE_EVENTS = """
    UPDATE events SET person = ? WHERE person = ? AND NOT EXISTS (SELECT 1 FROM events o
        WHERE o.person = ? AND events.key <> '' AND o.key = events.key AND o.address = events.address)
"""
_GIVE_WRITTEN = """
    UPDATE written_elsewhere SET person = ? WHERE person = ? AND NOT EXISTS (SELECT 1 FROM written_elsewhere o
        WHERE o.person = ? AND o.key = written_elsewhere.key)
"""


class Row(NamedTuple):
    """A person as stored: card, the day since which the plan holds, and the open step's number.

    ``started_by`` is the letter that put them on the plan, 0 where none did; ``chosen_for`` the number of the step
    that the date by hand is for, 0 while nobody knows.
    """

    number: int
    card: Card
    plan_since: date | None
    step: int
    started_by: int = 0
    chosen_for: int = 0


def row_of(found: Sequence[Any], addresses: tuple[Address, ...]) -> Row:
    """A person of the values of ``COLUMNS``."""
    number, name, company, position, refused, plan, chosen, language, country, zone, note, url, since, step = found
    # "2026-11-23", or "2026-11-23 7" where letter 7 put them on the plan, or where the date is for step 7.
    day, _, letter = (since or "").partition(" ")
    by_hand, _, chosen_for = (chosen or "").partition(" ")
    card = Card(
        name, addresses, company, position, day_of(refused), plan, day_of(by_hand), language, country, zone, note, url
    )
    return Row(number, card, day_of(day), step, int(letter or 0), int(chosen_for or 0))


def one(store: Store, number: int) -> Row | None:
    """The person of that number."""
    found = store.one(f"SELECT {COLUMNS} FROM people WHERE id = ?", (number,))  # noqa: S608
    boxes = store.all(_BOXES, (number,))
    return row_of(found, tuple([Address(*box) for box in boxes])) if found else None


def every(store: Store, where: str = "", values: Sequence[Any] = ()) -> Iterator[Row]:
    """All people, or those that ``where`` chooses, by number."""
    held = boxes(store, where, values)
    for found in store.all(f"SELECT {COLUMNS} FROM people {where} ORDER BY id", values):  # noqa: S608
        yield row_of(found, tuple(held.get(found[0], ())))


def among(store: Store, column: str, values: Sequence[Any]) -> Iterator[Row]:
    """The people of whom a column has one of some values; as many values at a time as one statement may name."""
    for start in range(0, len(values), MANY):
        some = rounded(values[start : start + MANY])
        yield from every(store, f"WHERE {column} IN ({', '.join('?' * len(some))})", some)


def companies(store: Store, numbers: Sequence[int]) -> tuple[list[int], list[str]]:
    """Those of some people who have no company, and the keys of the companies of the others."""
    found = store.among("SELECT id, company_key FROM people WHERE id IN ({})", numbers)
    return [number for number, key in found if not key], list(dict.fromkeys([key for _, key in found if key]))


def boxes(store: Store, where: str, values: Sequence[Any]) -> dict[int, list[Address]]:
    """The addresses of the people that ``where`` chooses, by person."""
    chosen = f"WHERE person IN (SELECT id FROM people {where})" if where else ""  # noqa: S608
    found: dict[int, list[Address]] = {}
    asked = f"SELECT person, address, state FROM addresses {chosen} ORDER BY person, position"  # noqa: S608
    for person, address, state in store.all(asked, values):
        found.setdefault(person, []).append(Address(address, state))
    return found


def addresses(store: Store, number: int) -> tuple[Address, ...]:
    """The addresses of a person, the first one first."""
    return tuple([Address(*row) for row in store.all(_BOXES, (number,))])


def owners(store: Store, keys: Iterable[str]) -> dict[str, int]:
    """Whose addresses these are, by key."""
    return dict(store.among("SELECT key, person FROM addresses WHERE key IN ({})", list(keys)))


def _values(card: Card) -> tuple[object, ...]:
    named = Named("", card.name, card.company, tuple([box.address for box in card.addresses]))
    found = plain(card.company), words(named)
    refused, chosen = day_text(card.refused_on), day_text(card.next)
    about = card.language, card.country, card.time_zone, card.note, card.url
    return (card.name, card.company, card.position, refused, card.plan, chosen, *about, *found)


def add(store: Store, card: Card, since: date, now: str) -> int:
    """A new person; its number."""
    asked = f"INSERT INTO people ({_CARD}, company_key, words, plan_since, created) VALUES ({', '.join('?' * 15)})"  # noqa: S608
    number = store.added(asked, (*_values(card), since.isoformat() if card.plan else None, now))
    _put_addresses(store, number, card.addresses)
    return number


def add_all(store: Store, people: Sequence[tuple[int, Card, str | None]], now: str) -> None:
    """New people with their numbers, and since when the plan of each holds."""
    asked = f"INSERT INTO people (id, {_CARD}, company_key, words, plan_since, created) VALUES ({', '.join('?' * 16)})"  # noqa: S608
    store.executemany(asked, [(number, *_values(card), since, now) for number, card, since in people])
    given = [
        (address_key(box.address), number, place, box)
        for number, card, _ in people
        for place, box in enumerate(card.addresses)
    ]
    store.executemany(_PUT, [(*key, box.address, box.state, box.state) for *key, box in given])
    stopped = hashes.remembered(store, "stop", [key for key, *_ in given])
    for number in dict.fromkeys(number for key, number, *_ in given if key in stopped):
        _stop_again(store, number, stopped)


def change(store: Store, number: int, card: Card) -> None:
    """Write the card of a person; addresses too."""
    name, company, position, refused, plan, chosen, *more = _values(card)
    values = (name, company, position, refused, plan, chosen, chosen, *more, number)
    store.execute(f"UPDATE people SET {_SET} WHERE id = ?", values)  # noqa: S608
    before = _states(store, number)
    store.execute("DELETE FROM addresses WHERE person = ?", (number,))
    _put_addresses(store, number, card.addresses, before)


def merge(store: Store, kept: int, gone: int, card: Card) -> None:
    """Give all that was one person's to another, and the card to that one."""
    since = "SELECT min(plan_since) FROM people WHERE id IN (?, ?)"
    store.execute(f"UPDATE people SET plan_since = ({since}) WHERE id = ?", (kept, gone, kept))  # noqa: S608
    # What an import did to either of two is not undone once they are one.
    store.execute("DELETE FROM imported WHERE person IN (?, ?)", (kept, gone))
    _merge_events(store, kept, gone)
    # What the other has too is theirs from now on.
    store.execute(_TOUCHED_TWICE, (kept, gone))
    store.execute(_PLANNED_TWICE, (kept, gone))
    for table in ("touches", "holds", "calendar"):
        store.execute(f"UPDATE {table} SET person = ? WHERE person = ?", (kept, gone))  # noqa: S608
    before = {**_states(store, gone), **_states(store, kept)}
    store.execute("DELETE FROM people WHERE id = ?", (gone,))
    store.execute("DELETE FROM addresses WHERE person = ?", (kept,))
    _put_addresses(store, kept, card.addresses, before)
    change(store, kept, card)


def _merge_events(store: Store, kept: int, gone: int) -> None:
    """Give one what came back from the other, and what the user wrote to the other elsewhere; of doubles one stays."""
    have = "SELECT 1 FROM events WHERE person = ?"
    if store.one(have, (gone,)):
        # A message that one of them set aside and the other did not is open still.
        among = (kept, gone) if store.one(have, (kept,)) else (gone, gone)
        resumed = [found for (found,) in store.all("SELECT resumed FROM people WHERE id IN (?, ?)", among)]
        store.execute("UPDATE people SET resumed = ? WHERE id = ?", (min(resumed) if all(resumed) else None, kept))
    store.execute(_GIVE_EVENTS, (kept, gone, kept))
    store.execute("DELETE FROM holds WHERE event IN (SELECT id FROM events WHERE person = ?)", (gone,))
    store.execute("DELETE FROM events WHERE person = ?", (gone,))
    twice = "SELECT message_id FROM touches WHERE person = ? AND message_id IS NOT NULL"
    store.execute(f"DELETE FROM touches WHERE person = ? AND message_id IN ({twice})", (gone, kept))  # noqa: S608
    store.execute(_GIVE_WRITTEN, (kept, gone, kept))


def resume(store: Store, number: int, stamp: str, day: date) -> None:
    """What came back until now holds a person no longer."""
    (newest,) = store.one("SELECT coalesce(max(id), 0) FROM events")
    store.execute("UPDATE people SET resumed = ? WHERE id = ?", (f"{stamp} {day} {newest}", number))


def accept(store: Store, number: int) -> None:
    """What only asked is so."""
    store.execute(
        "UPDATE events SET accepted = 1 WHERE person = ? AND confidence = 'likely' AND undone = 0"
        " AND class IN ('stop', 'complaint', 'dead', 'left')",
        (number,),
    )


def start_plan(store: Store, number: int, plan: str, since: date, refused_on: date | None, started_by: int = 0) -> None:
    """Put a person on a plan; touches from ``since`` on fill its steps, or from the letter on that started it."""
    first = f"{since} {started_by}" if started_by else day_text(since)
    store.execute(
        "UPDATE people SET plan = ?, plan_since = ?, refused_on = coalesce(?, refused_on), chosen = NULL WHERE id = ?",
        (plan, first, day_text(refused_on), number),
    )


def choose(store: Store, number: int, when: date | None, step: int = 0) -> None:
    """Set the next date by hand, or take that back; ``step``: which one it is for, where that is known."""
    chosen = f"{when} {step}" if when and step else day_text(when)
    store.execute("UPDATE people SET chosen = ? WHERE id = ?", (chosen, number))


_Was = Mapping[str, tuple[str, str]]


def _states(store: Store, number: int) -> dict[str, tuple[str, str]]:
    """The state of each address, and what it is but for what came back."""
    asked = "SELECT key, state, own FROM addresses WHERE person = ?"
    return {key: (state, own) for key, state, own in store.all(asked, (number,))}


def _put_addresses(store: Store, number: int, boxes: Sequence[Address], before: _Was = MappingProxyType({})) -> None:
    given = [(address_key(box.address), place, box) for place, box in enumerate(boxes)]
    store.executemany(
        _PUT,
        [(key, number, place, box.address, box.state, _own(box.state, before.get(key))) for key, place, box in given],
    )
    revived = [(key, number) for key, _, box in given if key in before and before[key][0] != box.state == "ok"]
    if revived:
        # The user says that it is in use, whatever came back from it.
        store.executemany("UPDATE events SET struck = '' WHERE struck = ? AND person = ?", revived)
    _stop_again(store, number, [key for key, *_ in given])


def _own(state: str, before: tuple[str, str] | None) -> str:
    return before[1] if before and before[0] == state else state


def _stop_again(store: Store, number: int, keys: Sequence[str]) -> None:
    """Somebody who was stopped and forgotten stays stopped."""
    known = hashes.remembered(store, "stop", keys)
    held = "SELECT 1 FROM holds WHERE person = ? AND kind = 'stop' AND lifted IS NULL"
    if known and not store.one(held, (number,)):
        since = datetime.now(UTC).isoformat(timespec="milliseconds")
        hold(store, number, "stop", since, None, "they were stopped before they were forgotten")


def forget_stop(store: Store, person: int) -> None:
    """Let a stop that outlived its person go."""
    hashes.forget(store, "stop", [address_key(box.address) for box in addresses(store, person)])


def address_key(address: str) -> str:
    """The address in the caseless form by which it is compared."""
    return address.casefold()


def hold(store: Store, person: int, kind: str, since: str, until: date | None, why: str, *, own: bool = False) -> None:
    """Hold a person because the user says so; one such hold of a kind at a time, the newest.

    ``own``: for the user's own sake, not because the person asked for it.
    """
    lift(store, person, (kind,), date.fromisoformat(since[:10]))
    store.execute(
        "INSERT INTO holds (person, kind, since, until, why, own) VALUES (?, ?, ?, ?, ?, ?)",
        (person, kind, since, day_text(until), why, own),
    )


def lift(store: Store, person: int, kinds: Sequence[str], day: date) -> None:
    """End the holds of these kinds that the user made; those that follow from what came back end with ``resumed``."""
    among = ", ".join("?" * len(kinds))
    store.execute(
        f"UPDATE holds SET lifted = ? WHERE person = ? AND event IS NULL AND lifted IS NULL AND kind IN ({among})",  # noqa: S608
        (day.isoformat(), person, *kinds),
    )


def day_of(text: str | None) -> date | None:
    """The day that the ledger keeps as ISO 8601, or None; it may have been kept before such days were refused."""
    if not text:
        return None
    return min(max(date.fromisoformat(text), FIRST), LAST)


def moment_text(moment: datetime) -> str:
    """A moment as the ledger keeps it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def day_text(when: date | None) -> str | None:
    """A day as the ledger keeps it."""
    return when.isoformat() if when else None
