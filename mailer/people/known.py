"""What the ledger and the settings know, as the rules that read what came back ask for it (``answers.values.Known``).

They ask for each of fifty thousand messages: so addresses and Message-IDs are read once, letters when one is named.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from mailer.answers.values import Letter, Someone
from mailer.message.registrable import registrable
from mailer.people.rows import address_key

if TYPE_CHECKING:
    from mailer.ledger.store import Store

# Blanks around a name count: "3M" is too little to go by.
_SHORTEST_NAME = 4
_NEVER = datetime.min.replace(tzinfo=UTC)
_LETTER = """
    SELECT number, message_id, coalesce(sent, changed), subject, coalesce(prose, '')
    FROM letters LEFT JOIN contents ON letter = number WHERE number = ?
"""
_TO = """
    SELECT r.address, r.kind, a.person FROM recipients r JOIN contacts c ON c.id = r.contact
    LEFT JOIN addresses a ON a.key = c.key WHERE r.letter = ? ORDER BY r.position
"""
_LAST = """
    SELECT t.letter FROM touches t JOIN recipients r ON r.letter = t.letter JOIN contacts c ON c.id = r.contact
    WHERE t.person = ? AND t.handed = 1 AND c.key = ? AND t.at < ? ORDER BY t.at DESC LIMIT 1
"""
_SOMEONE = """
    SELECT id, name, company,
        (SELECT max(at) FROM touches WHERE person = people.id AND kind = 'letter' AND handed = 1)
    FROM people WHERE id = ?
"""


class LedgerKnown:
    """``own`` are the addresses of the user's accounts, ``imap_hosts`` the servers where they are read.

    Letters that are added meanwhile are not seen.
    """

    def __init__(self, store: Store, own: Iterable[str], imap_hosts: Iterable[str] = ()) -> None:
        self._store = store
        self._own = frozenset(_key(address) for address in own)
        self._imap_hosts = tuple(imap_hosts)
        self._providers: dict[str, bool] = {}
        self._newest = self._newest_person()
        store.on_commit.append(self._look_again)

    def _newest_person(self) -> int:
        return int(self._store.one("SELECT coalesce(max(id), 0) FROM people")[0])

    def _look_again(self) -> None:
        """A letter that was found in Sent may have made a person, who may have answered."""
        newest = self._newest_person()
        if newest != self._newest:
            self._newest = newest
            for name in ("_owners", "_domains", "_at", "_companies"):
                self.__dict__.pop(name, None)

    def is_own(self, address: str) -> bool:
        """Whether it is an address of the user's, in any account."""
        return _key(address) in self._own

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for message_id, number in self._store.each("SELECT message_id, number FROM letters WHERE message_id <> ''"):
            found.setdefault(message_id, []).append(number)
        return found

    @cached_property
    def _owners(self) -> dict[str, int]:
        return {_key(key): person for key, person in self._store.each("SELECT key, person FROM addresses ORDER BY key")}

    @cached_property
    def _domains(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for address, person in self._owners.items():
            at = found.setdefault(registrable(address.rpartition("@")[2]), [])
            if person not in at:
                at.append(person)
        return found

    def letters(self, message_ids: Collection[str]) -> Sequence[Letter]:
        """The letters that have one of these Message-IDs, or had it given by a provider; newest first."""
        numbers = {number for name in message_ids for number in self._numbers.get(name, ())}
        # What is not ASCII was given by nobody to a letter of ours, and may be no text at all.
        unknown = [name for name in message_ids if name not in self._numbers and name.isascii()]
        given = self._store.among("SELECT letter FROM aliases WHERE message_id IN ({})", unknown)
        numbers |= {number for (number,) in given}
        found = [letter for number in numbers if (letter := self._letter(number))]
        return sorted(found, key=lambda letter: (letter.at, letter.number), reverse=True)

    def _letter(self, number: int) -> Letter | None:
        row = self._store.one(_LETTER, (number,))
        if row is None:
            return None
        _, message_id, at, subject, text = row
        to = list(self._store.each(_TO, (number,)))
        people = tuple(dict.fromkeys(person for _, kind, person in to if kind == "to" and person is not None))
        addresses = tuple(address for address, _, _ in to)
        return Letter(number, message_id, datetime.fromisoformat(at), subject, text, addresses, people)

    def last_letter_to(self, address: str, before: datetime | None) -> Letter | None:
        """The newest letter that went to an address, before a moment."""
        person = self._owners.get(_key(address))
        moment = before.astimezone(UTC).isoformat(timespec="microseconds") if before else "9999"
        found = self._store.one(_LAST, (person, _key(address), moment)) if person is not None else None
        return self._letter(found[0]) if found else None

    def person(self, number: int) -> Someone | None:
        """The person of that number."""
        row = self._store.one(_SOMEONE, (number,))
        if row is None:
            return None
        asked = "SELECT address FROM addresses WHERE person = ? ORDER BY position"
        addresses = tuple(address for (address,) in self._store.each(asked, (number,)))
        _, name, company, last = row
        return Someone(number, name, company, addresses, datetime.fromisoformat(last) if last else None)

    def person_of(self, address: str) -> Someone | None:
        """Whose address it is."""
        number = self._owners.get(_key(address))
        return self.person(number) if number is not None else None

    def people_at(self, domain: str) -> Sequence[Someone]:
        """Those who have an address of that registrable domain; nobody for one of a mailbox provider."""
        name = registrable(domain)
        numbers = self._domains.get(name, ())
        if not numbers or self._is_provider(name):
            return ()
        return [found for number in numbers if (found := self.person(number))]

    def domains(self) -> frozenset[str]:
        """All domains at which somebody has an address, as A-labels in lower case."""
        return self._at

    @cached_property
    def _at(self) -> frozenset[str]:
        return frozenset(address.rpartition("@")[2] for address in self._owners)

    def named_in(self, text: str) -> Sequence[Someone]:
        """Those whose company is named in a text, whoever was written to last first."""
        words = _words(text)
        numbers = [number for number, company in self._companies if company in words]
        found = [someone for number in numbers if (someone := self.person(number))]
        return sorted(found, key=lambda one: (one.last or _NEVER, one.number), reverse=True)

    @cached_property
    def _companies(self) -> list[tuple[int, str]]:
        rows = self._store.each("SELECT id, company FROM people WHERE company <> '' ORDER BY id")
        named = [(number, _words(company)) for number, company in rows]
        return [(number, company) for number, company in named if len(company) > _SHORTEST_NAME]

    def _is_provider(self, domain: str) -> bool:
        if domain not in self._providers:
            self._providers[domain] = _is_mailbox_provider(domain)
        return self._providers[domain]

    @cached_property
    def _trusted(self) -> frozenset[str]:
        from mailer.accounts.providers.table import names_by_imap

        found = {name for host in self._imap_hosts for name in (host, *names_by_imap(host))}
        return frozenset(registrable(name) for name in found if name)

    def trusts(self, authserv_id: str) -> bool:
        """Whether an Authentication-Results field of that authserv-id is the account's own server's (RFC 8601 2.5)."""
        return bool(authserv_id) and registrable(authserv_id) in self._trusted


def _words(text: str) -> str:
    """The words of a text in caseless form, a blank around each."""
    from mailer.answers.folding import folded

    found = re.findall(r"[^\W_]+", folded(text))
    return f" {' '.join(found)} "


def _key(address: str) -> str:
    """Address in caseless form, its domain as A-labels."""
    local, at, domain = address.strip().rpartition("@")
    if domain.isascii():
        return address_key(f"{local}{at}{domain}")
    from mailer.errors import BadData
    from mailer.message.domain import to_ascii

    try:
        return address_key(f"{local}{at}{to_ascii(domain)}")
    except BadData:
        return address_key(address)


def _is_mailbox_provider(domain: str) -> bool:
    """Whether anybody can have an address there: two such people have no company in common."""
    from mailer.accounts.providers.table import provider_for
    from mailer.checks.text import listed

    if provider_for(domain):
        return True
    lists = listed("mail")
    name, _, ending = domain.partition(".")
    many = name in lists["in many countries"] and ending in " ".join(lists["countries"]).split()
    return many or domain in lists["domains"] or domain in lists["real domains"]
