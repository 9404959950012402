"""The people letters went to: one contact an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mailer.ledger import moments
from mailer.ledger.store import Store

if TYPE_CHECKING:
    from datetime import datetime

# Makes a contact of (key, address, name, company, now), or tells it its newest name and company.
MEET = """
    INSERT INTO contacts (key, address, name, company, first_seen) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET
        name = coalesce(nullif(excluded.name, ''), name), company = coalesce(nullif(excluded.company, ''), company)
    WHERE excluded.name NOT IN ('', name) OR excluded.company NOT IN ('', company)
"""


class Contact(NamedTuple):
    """``key`` is the address in caseless form, ``name`` and ``company`` as last written (``""`` if never)."""

    id: int
    key: str
    address: str
    name: str
    company: str
    first_seen: datetime


def everyone(store: Store) -> list[Contact]:
    """Return all contacts, in the order in which they were first written to."""
    rows = store.each("SELECT id, key, address, name, company, first_seen FROM contacts ORDER BY id")
    return [
        Contact(number, key, address, name, company, moments.read(store, seen))
        for number, key, address, name, company, seen in rows
    ]
