"""How far each folder of a mailbox was read (RFC 3501 2.3.1.1: UIDVALIDITY, and the UID up to which it was)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store


class Position(NamedTuple):
    """Up to which UID a folder was read; it says nothing once the folder has another UIDVALIDITY."""

    uidvalidity: int
    uid: int


def positions(store: Store, account: str) -> dict[str, Position]:
    """Where reading goes on in each folder of an account, by its name on the wire."""
    asked = "SELECT folder, uidvalidity, uid FROM mailboxes WHERE account = ?"
    return {folder: Position(validity, uid) for folder, validity, uid in store.each(asked, (account,))}


def keep(store: Store, account: str, folder: str, position: Position, at: datetime) -> None:
    """Remember that a folder was read so far; also where there was nothing new."""
    store.execute(
        "INSERT OR REPLACE INTO mailboxes (account, folder, uidvalidity, uid, at) VALUES (?, ?, ?, ?, ?)",
        (account, folder, *position, at.astimezone(UTC).isoformat(timespec="seconds")),
    )
