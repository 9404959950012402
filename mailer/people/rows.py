"""People as they stand in the ledger's database, with their addresses: reading and writing, one purpose a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer.ledger import hashes
from mailer.people import hold_rows
from mailer.people.matching import Named, plain, words
from mailer.people.values import Address, Card, day_of, day_text

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_CARD = "name, company, position, refused_on, plan, chosen, language, country, time_zone, note, url"
COLUMNS = f"id, {_CARD}, plan_since, step"
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


def row_of(found: Sequence[Any], addresses: tuple[Address, ...]) -> Row:
    """A person of the values of ``COLUMNS``."""
    number, name, company, position, refused, plan, chosen, language, country, zone, note, url, since, step = found
    card = Card(
        name, addresses, company, position, day_of(refused), plan, day_of(chosen), language, country, zone, note, url
    )
    # "2026-11-23", or "2026-11-23 7" where letter 7 put them on the plan.
    day, _, letter = (since or "").partition(" ")
    return Row(number, card, day_of(day), step, int(letter or 0))


def one(store: Store, number: int) -> Row | None:
    """The person of that number."""
    found = store.one(f"SELECT {COLUMNS} FROM people WHERE id = ?", (number,))  # noqa: S608
    return row_of(found, addresses(store, number)) if found else None


def every(store: Store, where: str = "", values: Sequence[Any] = ()) -> Iterator[Row]:
    """All people, or those that ``where`` chooses, by number."""
    held = boxes(store, where, values)
    for found in store.each(f"SELECT {COLUMNS} FROM people {where} ORDER BY id", values):  # noqa: S608
        yield row_of(found, tuple(held.get(found[0], ())))


def boxes(store: Store, where: str, values: Sequence[Any]) -> dict[int, list[Address]]:
    """The addresses of the people that ``where`` chooses, by person."""
    chosen = f"WHERE person IN (SELECT id FROM people {where})" if where else ""  # noqa: S608
    found: dict[int, list[Address]] = {}
    asked = f"SELECT person, address, state FROM addresses {chosen} ORDER BY person, position"  # noqa: S608
    for person, address, state in store.each(asked, values):
        found.setdefault(person, []).append(Address(address, state))
    return found


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
        day_text(card.refused_on),
        card.plan,
        day_text(card.next),
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
    number = store.execute(asked, (*_values(card), day_text(since if card.plan else None), now)).lastrowid
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
    first = f"{since} {started_by}" if started_by else day_text(since)
    store.execute(
        "UPDATE people SET plan = ?, plan_since = ?, refused_on = coalesce(?, refused_on), chosen = NULL WHERE id = ?",
        (plan, first, day_text(refused_on), number),
    )


def choose(store: Store, number: int, when: date | None) -> None:
    """Set the next date by hand, or take that back."""
    store.execute("UPDATE people SET chosen = ? WHERE id = ?", (day_text(when), number))


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
        hold_rows.hold(store, number, "stop", since, None, "they were stopped before they were forgotten", None)


def forget_stop(store: Store, person: int) -> None:
    """Let a stop that outlived its person go."""
    hashes.forget(store, "stop", [address_key(box.address) for box in addresses(store, person)])


def address_key(address: str) -> str:
    """The address in the caseless form by which it is compared."""
    return address.casefold()
