"""A letter's words and recipients as they stand in the tables: what claiming one and drafting one write alike."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING, Any

from mailer.ledger import replies
from mailer.ledger.store import Store
from mailer.ledger.values import NewLetter

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.message.compose import Content

_WORDS = "content_digest, changed, date, sender, subject, template, company, position, letter_file, account"
INSERT = (
    f"INSERT INTO letters (number, identity, current, state, run, created, message_id, {_WORDS})"  # noqa: S608
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
UPDATE = f"UPDATE letters SET ({_WORDS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE number = ?"  # noqa: S608
_ADDRESS = (
    "INSERT INTO recipients (letter, position, contact, kind, address, name)"
    " SELECT ?, ?, id, ?, ?, ? FROM contacts WHERE key = ?"
)
# Makes a contact of (key, address, name, company, now), or tells it its newest name and company.
_MEET = """
    INSERT INTO contacts (key, address, name, company, first_seen) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
        name = coalesce(nullif(excluded.name, ''), contacts.name),
        company = coalesce(nullif(excluded.company, ''), contacts.company)
    WHERE excluded.name NOT IN ('', contacts.name) OR excluded.company NOT IN ('', contacts.company)
"""


def stamped(new: NewLetter, message_id: str, date: datetime) -> Content:
    """Its message, under that stamp.  Raises BadData for a Message-ID that is none."""
    from mailer.message import compose

    return compose.stamped(new.message, new.attachments, compose.Stamp(message_id, date))


def row(number: int, new: NewLetter, state: str, now: str, run: int | None = None, current: int = 1) -> tuple[Any, ...]:
    """The values of INSERT."""
    return (number, bytes.fromhex(new.identity), current, state, run, now, new.message_id, *words(new, now))


def words(new: NewLetter, now: str) -> tuple[Any, ...]:
    """The values of UPDATE, but for the number."""
    return (
        bytes.fromhex(new.content_digest),
        now,
        new.date.isoformat(),
        new.sender,
        new.subject,
        new.template,
        new.company,
        new.position,
        replies.storable(new.letter_file),
        new.account,
    )


def address(
    store: Store, letters: Sequence[tuple[int, int, NewLetter]], now: str, settled: Set[str] = frozenset()
) -> None:
    """Write down to whom each letter goes, from a position on, but for keys ``settled``; everybody is a contact."""
    asked = [(new.company, person) for _, _, new in letters for person in new.people]
    met = [(key, address, name, at if kind == "to" else "", now) for at, (kind, address, name, key) in asked]
    rows = [
        (number, position, *person)
        for number, start, new in letters
        for position, person in enumerate([one for one in new.people if one[3] not in settled], start)
    ]
    store.executemany(_MEET, met)
    store.executemany(_ADDRESS, rows)
