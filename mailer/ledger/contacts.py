"""The people letters went to: one contact an address."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from mailer.ledger.store import Store

if TYPE_CHECKING:
    from mailer.address import Mailbox


class Contact(NamedTuple):
    """``key`` is the address in caseless form, ``name`` and ``company`` as last written (``""`` if never)."""

    id: int
    key: str
    address: str
    name: str
    company: str
    first_seen: datetime


def upsert(store: Store, box: Mailbox, *, key: str, company: str, now: str) -> int:
    """The number of the contact with this address, made or told its newest name and company; inside a transaction."""
    made = store.execute(
        "INSERT INTO contacts (key, address, name, company, first_seen) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (key, box.addr_spec, box.display_name, company, now),
    )
    if made.rowcount:
        return made.lastrowid or 0
    number, name, known = store.one("SELECT id, name, company FROM contacts WHERE key = ?", (key,))
    newest = (box.display_name or name, company or known)
    if newest != (name, known):
        store.execute("UPDATE contacts SET name = ?, company = ? WHERE id = ?", (*newest, number))
    return int(number)


def everyone(store: Store) -> list[Contact]:
    """All contacts, in the order in which they were first written to."""
    rows = store.each("SELECT id, key, address, name, company, first_seen FROM contacts ORDER BY id")
    return [
        Contact(number, key, address, name, company, datetime.fromisoformat(seen))
        for number, key, address, name, company, seen in rows
    ]
