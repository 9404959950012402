"""Bringing people in: what each row of a file means for the people who are there.

The same address is the same person, and so is the same profile at LinkedIn under the same name.  The same name and
company alone prove nothing: where such a row has anything to say, the user is asked.  Within one import the first row
of a person holds, and later ones fill in what it lacks: an import that is run twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal, NamedTuple

from mailer.people import rows
from mailer.people.differences import updated
from mailer.people.incoming import Incoming
from mailer.people.matching import plain
from mailer.people.undoing import card_json
from mailer.people.values import Card, person_id

if TYPE_CHECKING:
    from mailer.ledger.store import Store

What = Literal["new", "changed", "same", "skipped"]
Place = tuple[str, int]
_PLANNED = ("company", "refused_on", "plan", "country", "time_zone")
_TEMPORARY = (
    "CREATE TEMP TABLE import_keys (key BLOB, person INTEGER, PRIMARY KEY (key, person)) WITHOUT ROWID",
    "CREATE TEMP TABLE import_seen (person INTEGER PRIMARY KEY, line INTEGER)",
)


class Outcome(NamedTuple):
    """What becomes of a row.  ``person`` is an id, or None; ``asks`` names whom it may be, if only the user knows."""

    row: Incoming
    what: What
    person: str | None
    why: str
    asks: str = ""


class Imports:
    """One import, within a transaction; ``answers`` says of rows that were asked about whether they are that person."""

    def __init__(self, store: Store, today: date, now: str, answers: Mapping[Place, bool]) -> None:
        self._store, self._today, self._now, self._answers = store, today, now, answers
        self._number: int | None = None
        self.to_plan: list[int] = []

    def __enter__(self) -> Imports:
        for statement in _TEMPORARY:
            self._store.execute(statement)
        found = self._store.each("SELECT id, name, company, url FROM people")
        keys = ((key, number) for number, name, company, url in found for key in _keys(name, company, url))
        self._store.executemany("INSERT OR IGNORE INTO import_keys VALUES (?, ?)", keys)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._store.execute("DROP TABLE temp.import_keys")
            self._store.execute("DROP TABLE temp.import_seen")

    def take(self, row: Incoming) -> Outcome:
        """Bring one row in."""
        if row.nobody:
            return Outcome(row, "skipped", None, row.nobody)
        owners = rows.owners(self._store, {rows.address_key(box.address) for box in row.card.addresses})
        known = sorted(set(owners.values()))
        if len(known) > 1:
            ids = " ".join(map(person_id, known))
            return Outcome(row, "skipped", None, f"its addresses are of several people: mailer people merge {ids}")
        if known:
            return self._merge(row, known[0])
        return self._by_name(row)

    def _by_name(self, row: Incoming) -> Outcome:
        profile, called = self._persons(_profile_key(row.card)), self._persons(_name_key(row.card))
        if len(profile) == 1:
            return self._merge(row, profile[0])
        cards = [(number, card) for number in called if (card := self._card(number))]
        for number, card in cards:
            if not updated(card, row.card, fill=False)[1]:
                return self._merge(row, number)
        if not cards:
            return self._new(row)
        answer = self._answers.get((row.file, row.line))
        if answer is False:
            return self._new(row)
        if len(cards) == 1 and answer:
            return self._merge(row, cards[0][0])
        told = ", ".join(f"{person_id(number)} {_named(card)}" for number, card in cards[:5])
        why = f"it may be {told}: the same name and company, but no address in common"
        return Outcome(row, "skipped", None, why, told if len(cards) == 1 else "")

    def _persons(self, key: bytes) -> list[int]:
        if not key:
            return []
        return [found[0] for found in self._store.each("SELECT person FROM import_keys WHERE key = ?", (key,))]

    def _card(self, number: int) -> Card | None:
        found = rows.one(self._store, number)
        return found.card if found else None

    def _new(self, row: Incoming) -> Outcome:
        number = rows.add(self._store, row.card, self._today, self._now)
        self._record(number, None, row.card)
        self._remember(number, row.card, row.line)
        if row.card.plan:
            self.to_plan.append(number)
        return Outcome(row, "new", person_id(number), "; ".join(row.left_out))

    def _merge(self, row: Incoming, number: int) -> Outcome:
        card = self._card(number)
        assert card is not None
        seen = self._store.one("SELECT line FROM import_seen WHERE person = ?", (number,))
        after, what = updated(card, row.card, fill=bool(seen))
        odd = (f"the person of line {seen[0]}", *row.left_out) if seen else row.left_out
        self._remember(number, after, row.line)
        if not what:
            return Outcome(row, "same", person_id(number), "; ".join(odd))
        if after.plan != card.plan:
            rows.start_plan(self._store, number, after.plan, self._today, after.refused_on)
        rows.change(self._store, number, after)
        self._record(number, card, after)
        if (after.plan or card.plan or card.next) and any(
            getattr(after, each) != getattr(card, each) for each in _PLANNED
        ):
            self.to_plan.append(number)
        return Outcome(row, "changed", person_id(number), "; ".join((*what, *odd)))

    def _remember(self, number: int, card: Card, line: int) -> None:
        self._store.execute("INSERT OR IGNORE INTO import_seen VALUES (?, ?)", (number, line))
        keys = [(key, number) for key in _keys(card.name, card.company, card.url)]
        self._store.executemany("INSERT OR IGNORE INTO import_keys VALUES (?, ?)", keys)

    def _record(self, number: int, before: Card | None, after: Card) -> None:
        if self._number is None:
            self._number = self._store.execute("INSERT INTO imports (at) VALUES (?)", (self._now,)).lastrowid
        self._store.execute(
            "INSERT INTO imported (import, person, before, after) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (import, person) DO UPDATE SET after = excluded.after",
            (self._number, number, card_json(before) if before else None, card_json(after)),
        )


def _named(card: Card) -> str:
    address = f" <{card.addresses[0].address}>" if card.addresses else ""
    return ", ".join(part for part in (card.name, card.company) if part) + address


def _keys(name: str, company: str, url: str) -> Iterator[bytes]:
    card = Card(name, company=company, url=url)
    yield from (key for key in (_name_key(card), _profile_key(card)) if key)


def _name_key(card: Card) -> bytes:
    name = " ".join(plain(card.name).split())
    return _digest(f"{name}\n{' '.join(plain(card.company).split())}") if name else b""


def _profile_key(card: Card) -> bytes:
    """A profile is one person's: ``linkedin.com/in/…``, under one name."""
    url = card.url.casefold().partition("?")[0].rstrip("/").partition("linkedin.com/in/")[2]
    return _digest(f"{' '.join(plain(card.name).split())}\nlinkedin {url}") if url and card.name else b""


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
