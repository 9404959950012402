"""How far each folder of a mailbox was read, as the ledger keeps it; and from which day on there can be anything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_A_DAY, _A_YEAR = timedelta(days=1), timedelta(days=365)
_FIRST = """
    SELECT min(at) FROM (
        SELECT min(coalesce(sent, created)) AS at FROM letters UNION ALL SELECT min(at) FROM touches
        UNION ALL SELECT min(created) FROM people UNION ALL SELECT min(refused_on) FROM people) f
"""
_KEEP = """
    INSERT INTO mailboxes (account, folder, uidvalidity, uid, at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (account, folder) DO UPDATE SET at = excluded.at, uidvalidity = excluded.uidvalidity,
        uid = CASE WHEN mailboxes.uidvalidity = excluded.uidvalidity AND mailboxes.uid > excluded.uid
            THEN mailboxes.uid ELSE excluded.uid END
"""


class Position(NamedTuple):
    """Up to where a folder was read: ``uid`` holds while the folder has this ``uidvalidity``."""

    uidvalidity: int
    uid: int


class Positions:
    """Those of one account: ``login`` tells one mailbox from another."""

    def __init__(self, store: Store, login: str, now: datetime) -> None:
        self._store, self._login = store, login
        self._now = now.astimezone(UTC).isoformat(timespec="microseconds")

    def of(self, folder: str) -> Position | None:
        """Up to where a folder was read, by its name on the wire."""
        asked = "SELECT uidvalidity, uid FROM mailboxes WHERE account = ? AND folder = ?"
        row = self._store.one(asked, (self._login, folder))
        return Position(*row) if row else None

    def keep(self, folder: str, position: Position) -> None:
        """A folder is read up to there; never less far than before, unless its UIDs are new."""
        self._store.execute(_KEEP, (self._login, folder, *position, self._now))

    def folders(self) -> list[str]:
        """All folders of which something was read."""
        asked = "SELECT folder FROM mailboxes WHERE account = ? ORDER BY folder"
        return [folder for (folder,) in self._store.each(asked, (self._login,))]

    def drop(self, folder: str) -> None:
        """A folder is no longer there."""
        self._store.execute("DELETE FROM mailboxes WHERE account = ? AND folder = ?", (self._login, folder))


def first_day(store: Store, today: date) -> date | None:
    """From which day on somebody can have answered, a year back at most; None where there are no letters or people."""
    first = store.one(_FIRST)[0]
    return max(date.fromisoformat(first[:10]), today - _A_YEAR + _A_DAY) - _A_DAY if first else None
