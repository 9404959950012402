"""How an import recognises a person, in tables of its own: by name and company, name alone, the profile.

The tables hold hashes, on disk and on this machine: they are asked several times for each row.  They say what the cards
say now: somebody who is renamed is found by the new name alone, as in the next import.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from mailer.ledger.opening import open_scratch
from mailer.people.matching import plain
from mailer.people.rows import address_key
from mailer.people.values import Card

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_TABLES = (
    "CREATE TABLE import_keys (key BLOB, person INTEGER, PRIMARY KEY (key, person)) WITHOUT ROWID",
    "CREATE TABLE import_seen (person INTEGER PRIMARY KEY, line INTEGER, asked INTEGER)",
    "CREATE TABLE import_open (key BLOB PRIMARY KEY, line INTEGER) WITHOUT ROWID",
)
_PUT = "INSERT INTO import_keys VALUES (?, ?) ON CONFLICT DO NOTHING"
_LEAVE_OPEN = "INSERT INTO import_open VALUES (?, ?) ON CONFLICT DO NOTHING"


class Keys:
    """Who is known by what; which row was the first of a person; what is asked about, and must wait."""

    def __init__(self, store: Store) -> None:
        self._people = store

    def __enter__(self) -> Keys:
        self._store = open_scratch(*_TABLES)
        found = self._people.each("SELECT id, name, company, url FROM people")
        keys = ((key, number) for number, name, company, url in found for key in _keys(name, company, url))
        self._store.executemany(_PUT, keys)
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def namesakes(self, card: Card) -> list[int]:
        """Those of the same name and company."""
        return self._persons(_name_key(card.name, card.company))

    def of_the_name(self, card: Card) -> list[int]:
        """Those of the same name, wherever they are."""
        return self._persons(_name_alone(card.name))

    def of_the_profile(self, card: Card) -> list[int]:
        """Those whose profile it is: ``linkedin.com/in/…``, under one name."""
        return self._persons(_profile_key(card.name, card.url))

    def _persons(self, key: bytes) -> list[int]:
        if not key:
            return []
        return [found[0] for found in self._store.each("SELECT person FROM import_keys WHERE key = ?", (key,))]

    def put(self, number: int, before: Card | None, after: Card) -> None:
        """A person is new, or their card has changed."""
        old = set(_keys(before.name, before.company, before.url)) if before else set()
        new = set(_keys(after.name, after.company, after.url))
        self._store.executemany(
            "DELETE FROM import_keys WHERE key = ? AND person = ?", [(key, number) for key in old - new]
        )
        self._store.executemany(_PUT, [(key, number) for key in new - old])

    def seen(self, number: int, line: int) -> None:
        """A row is of this person."""
        self._store.execute(
            "INSERT INTO import_seen VALUES (?, ?, NULL)"
            " ON CONFLICT (person) DO UPDATE SET line = coalesce(import_seen.line, excluded.line)",
            (number, line),
        )

    def first(self, number: int) -> int | None:
        """The line of the first row of a person, if there was one."""
        found = self._store.one("SELECT line FROM import_seen WHERE person = ?", (number,))
        return found[0] if found else None

    def ask(self, number: int, line: int) -> None:
        """A row may be of this person: only the user knows."""
        self._store.execute(
            "INSERT INTO import_seen VALUES (?, NULL, ?)"
            " ON CONFLICT (person) DO UPDATE SET asked = coalesce(import_seen.asked, excluded.asked)",
            (number, line),
        )

    def asked(self, number: int) -> int | None:
        """The line of the row that may be of this person."""
        found = self._store.one("SELECT asked FROM import_seen WHERE person = ?", (number,))
        return found[0] if found else None

    def leave_open(self, card: Card, line: int) -> None:
        """A row is left out: whose its addresses and its profile are is open."""
        self._store.executemany(_LEAVE_OPEN, [(key, line) for key in _own(card)])

    def is_open(self, card: Card) -> int | None:
        """The line of a row that was left out and has an address or the profile of this one."""
        for key in _own(card):
            found: Any = self._store.one("SELECT line FROM import_open WHERE key = ?", (key,))
            if found:
                return int(found[0])
        return None


def _own(card: Card) -> Iterator[bytes]:
    yield from (_digest(f"address {address_key(box.address)}") for box in card.addresses)
    yield from filter(None, (_profile_key(card.name, card.url),))


def _keys(name: str, company: str, url: str) -> Iterator[bytes]:
    yield from filter(None, (_name_key(name, company), _name_alone(name), _profile_key(name, url)))


def _words(text: str) -> str:
    return " ".join(plain(text).split())


def _name_key(name: str, company: str) -> bytes:
    return _digest(f"{_words(name)}\n{_words(company)}") if _words(name) else b""


def _name_alone(name: str) -> bytes:
    return _digest(f"name {_words(name)}") if _words(name) else b""


def _profile_key(name: str, url: str) -> bytes:
    profile = url.casefold().partition("?")[0].rstrip("/").partition("linkedin.com/in/")[2]
    return _digest(f"{_words(name)}\nlinkedin {profile}") if profile and name else b""


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
