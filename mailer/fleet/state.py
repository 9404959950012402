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


class FleetState(NamedTuple):
    """All of them, and of each live worker the seconds since it was heard."""

    mailboxes: tuple[MailboxState, ...]
    workers: tuple[float, ...]

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
    return FleetState(tuple(rows), tuple(heard))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
