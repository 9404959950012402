"""What waits, is in flight or in doubt, by mailbox and owner; and which workers live."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from mailer.ledger.postgresql.opening import connected
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.settings.database import Database

_ROWS = "SELECT mailbox, owner, queued, due, in_flight, in_doubt, oldest FROM fleet_state()"
_UNVISITED = "SELECT mailbox, owner, visited, fault FROM fleet_unvisited()"
# An earlier `fleet init` made none.
_KNOWS = "SELECT to_regproc('mailer.fleet_unvisited') IS NOT NULL"


class MailboxState(NamedTuple):
    """Letters of one owner that wait for a mailbox; ``oldest`` is since when the longest due one is due.

    An owner is a role, and after a slash the name that it gave.
    """

    mailbox: str
    owner: str
    queued: int
    due: int
    in_flight: int
    in_doubt: int
    oldest: datetime | None


class Unvisited(NamedTuple):
    """A mailbox that is to be read for an owner and was not; since when, and why where a worker knows."""

    mailbox: str
    owner: str
    visited: datetime | None
    why: str


class FleetState(NamedTuple):
    """All of them, of each live worker the seconds since it was heard, and whom none could visit."""

    mailboxes: tuple[MailboxState, ...]
    workers: tuple[float, ...]
    unvisited: tuple[Unvisited, ...] = ()

    @property
    def oldest(self) -> datetime | None:
        """Since when the longest due letter is due."""
        return min((one.oldest for one in self.mailboxes if one.oldest), default=None)

    def total(self, what: str) -> int:
        """How many letters there are in a state: ``queued``, ``due``, ``in_flight`` or ``in_doubt``."""
        return sum(getattr(one, what) for one in self.mailboxes)


def state(place: Database) -> FleetState:
    """How things stand; who is no worker sees their own.  Raises CannotWrite, Later, BadSettings, NotTrusted."""
    with closing(connected(place)) as store:
        rows = [
            MailboxState(mailbox, owner.removesuffix("/"), queued, due, in_flight, in_doubt, _moment(oldest))
            for mailbox, owner, queued, due, in_flight, in_doubt, oldest in store.all(_ROWS)
        ]
        heard = [seconds for _, seconds in store.all("SELECT number, seconds FROM workers_heard()")]
        unvisited = store.all(_UNVISITED) if store.one(_KNOWS)[0] else []
    left = (Unvisited(box, owner.removesuffix("/"), _moment(last), why) for box, owner, last, why in unvisited)
    return FleetState(tuple(rows), tuple(heard), tuple(left))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
