"""What holds for all owners of a database: the stops that others were asked for, and what went from one mailbox."""

from __future__ import annotations

import weakref
from contextlib import closing
from typing import TYPE_CHECKING

from mailer.ledger.postgresql.opening import connected

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.settings.database import Database

_STOPPED = "SELECT mailer_is_stopped(?, mailer_owner())"
_HANDED_OVER = "SELECT letters, recipients FROM mailer_handed_over(?, ?, mailer_owner())"


class Stops:
    """Tells of an address in caseless form whether another owner was asked to stop; asks each once.

    ``store`` is open already, as the owner who asks; without one it has a connection of its own.
    """

    def __init__(self, place: Database, store: Store | None = None) -> None:
        self._place = place
        self._store = store
        self._known: dict[str, bool] = {}

    def __call__(self, key: str) -> bool:
        """Whether it is so.  Raises CannotWrite, Later."""
        if key not in self._known:
            if self._store is None:
                self._store = connected(self._place)
                weakref.finalize(self, self._store.close)
            self._known[key] = bool(self._store.one(_STOPPED, (key,))[0])
        return self._known[key]


def handed_over(place: Database, since: str, mailbox: str) -> tuple[int, int]:
    """How many letters, and recipients of them, other owners sent from a mailbox since then."""
    with closing(connected(place)) as store:
        letters, recipients = store.one(_HANDED_OVER, (mailbox, since))
    return letters, recipients


def owners(place: Database) -> list[str]:
    """Every owner of this role who has letters or people, by name; who is not named, "", is the first."""
    with closing(connected(place)) as store:
        named = store.all("SELECT substr(owner, length(quote_ident(current_user)) + 2) FROM owners ORDER BY 1")
        return [name for (name,) in named if _has_anything(store, name)]


def _has_anything(store: Store, owner: str) -> bool:
    """Whether it is more than a name under which somebody has looked."""
    store.one("SELECT set_config('mailer.owner', ?, false)", (owner,))
    return bool(store.one("SELECT EXISTS (SELECT 1 FROM letters) OR EXISTS (SELECT 1 FROM people)")[0])
