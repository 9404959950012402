"""What is known of the user's letters and people, and what is said of a message that came back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from mailer.tuples import NamedTuple

Class = Literal[
    "own",
    "read",
    "delayed",
    "dead",
    "bounced",
    "complaint",
    "list",
    "challenge",
    "away",
    "left",
    "automatic",
    "stop",
    "answer",
    "colleague",
    "other",
]
Confidence = Literal["sure", "likely"]
Use = Literal["inbox", "sent", "drafts", "junk", "all", "file"]


class Letter(NamedTuple):
    """A letter of the user's, as the ledger has it.

    ``text`` is its plain text as it was sent, "" where the ledger keeps none; ``to`` holds all its recipients,
    ``people`` the numbers of those whom its To names.
    """

    number: int
    message_id: str
    at: datetime
    subject: str
    text: str
    to: tuple[str, ...]
    people: tuple[int, ...]


class Someone(NamedTuple):
    """A person of the user's.  ``last``: when the last letter reached them, None if none did."""

    number: int
    name: str
    company: str
    addresses: tuple[str, ...]
    last: datetime | None


class Known(Protocol):
    """What the user's ledger and settings know.  Addresses are compared caseless, domains by A-label."""

    def is_own(self, address: str) -> bool:
        """Whether it is an address of the user's, in any account."""

    def letters(self, message_ids: Collection[str]) -> Sequence[Letter]:
        """The letters that have one of these Message-IDs (``<…>``), or had it given by a provider; newest first."""

    def last_letter_to(self, address: str, before: datetime | None) -> Letter | None:
        """The newest letter that went to an address, before a moment."""

    def person(self, number: int) -> Someone | None:
        """The person of that number."""

    def person_of(self, address: str) -> Someone | None:
        """Whose address it is."""

    def people_at(self, domain: str) -> Sequence[Someone]:
        """Those who have an address of that registrable domain; nobody for one of a mailbox provider."""

    def domains(self) -> frozenset[str]:
        """All domains at which somebody has an address, as A-labels in lower case."""

    def named_in(self, text: str) -> Sequence[Someone]:
        """Those whose company is named in a text, whoever was written to last first."""

    def trusts(self, authserv_id: str) -> bool:
        """Whether an Authentication-Results field of that authserv-id is the account's own server's (RFC 8601)."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message lies.  ``over_imap``: whether what the top of its header says of authentication may count."""

    use: Use = "file"
    over_imap: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a message is, as to one person or one failed recipient.

    ``because`` is the header or line that decided; ``address`` whose it is about: the failed recipient of a bounce,
    else the sender.  ``person`` and ``letter`` are numbers.  ``until`` is the last day away.  ``text`` has at most 200
    characters of what the sender wrote, or of what a server said.  ``other_address`` is that of a successor or
    colleague; ``provider_id`` the Message-ID that a provider gave to our own letter.  A ``likely`` stop or dead address
    only asks: anybody could have forged it.
    """

    kind: Class
    because: str
    confidence: Confidence = "sure"
    person: int | None = None
    address: str = ""
    letter: int | None = None
    until: date | None = None
    text: str = ""
    other_address: str = ""
    provider_id: str = ""
