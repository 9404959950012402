"""What the checks may know of the world, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime

    from mailer.message.address import Mailbox


class Other(NamedTuple):
    """Another letter: ``origin`` is "ledger", "folder" or "batch"; ``keys`` are addresses in caseless form.

    ``sent`` is None for a letter that is not sent, ``identity`` "" where it has none yet; ``what`` names it in a
    sentence; ``same_file`` tells that it came from the file of the letter in hand.  ``to`` are the keys of To, None
    where all are; ``message_id`` is "" where it has none.
    """

    origin: str
    what: str
    keys: frozenset[str]
    names: tuple[str, ...] = ()
    template: str = ""
    company: str = ""
    position: str = ""
    subject: str = ""
    prose: str = ""
    sent: datetime | None = None
    identity: str = ""
    same_file: bool = False
    to: frozenset[str] | None = None
    message_id: str = ""


class Shelf(Protocol):
    """Letters by their numbers.  ``backwards``: those with a high number come first."""

    backwards: bool

    def letter(self, number: int) -> Other | None:
        """The letter of that number; None for one that is not to be compared with."""

    def find(self, keys: Sequence[int]) -> list[list[int]]:
        """Numbers of the letters that are found by each key, the first few of them."""

    def lengths(self, words: Set[str]) -> Mapping[str, Sequence[int]]:
        """How many words the names have that begin with one of these, longest first; only where there are any."""


class Held(NamedTuple):
    """Why somebody is not to be written to: ``kind`` is "stop", "answered" or "hold".

    ``until`` is the first free day, or None; ``messages`` are the Message-IDs of their answers, as far as known.
    """

    kind: str
    since: datetime
    until: date | None = None
    why: str = ""
    messages: frozenset[str] = frozenset()


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Known(NamedTuple):
    """What the checks may know of the world.

    ``now`` is aware, in the zone of this machine or of the settings; ``account`` is the address that signs in, or
    None; ``size_limit`` the octets that the provider takes, or None; ``gap`` the days that are left between two letters
    to one person; ``language`` that of the settings, or "".  By address in caseless form: ``holds``, and ``gaps`` where
    a plan's is shorter.  ``stopped_before`` tells of such an address whether its owner was stopped and then forgotten;
    None where nobody was; ``stopped_elsewhere`` whether it was so with another owner of the house.  ``reasons`` are
    those to write, by template.
    ``letters`` are those of the folder, ``shelves`` hold those of the ledger.
    """

    now: datetime
    letters: tuple[Other, ...] = ()
    account: Mailbox | None = None
    size_limit: int | None = None
    provider: str = ""
    gap: int = 28
    language: str = ""
    holds: Mapping[str, Sequence[Held]] = _NOTHING
    stopped_before: Callable[[str], bool] | None = None
    stopped_elsewhere: Callable[[str], bool] | None = None
    gaps: Mapping[str, int] = _NOTHING
    reasons: Mapping[str, str] = _NOTHING
    shelves: tuple[Shelf, ...] = ()
