"""What holds for all owners of a database: the stops that others were asked for, and what went from one mailbox."""

from __future__ import annotations

import weakref
from contextlib import closing
from typing import TYPE_CHECKING

from mailer.ledger.postgresql.opening import connected

if TYPE_CHECKING:
    from collections.abc import Collection

    from mailer.ledger.store import Store
    from mailer.settings.database import Database

_STOPPED = "SELECT wanted FROM unnest(?::text[]) wanted WHERE mailer_is_stopped(wanted, mailer_owner())"
_HANDED_OVER = "SELECT letters, recipients FROM mailer_handed_over(?, ?, mailer_owner())"


class Stops:
    """Tells of an address in caseless form whether another owner was asked to stop; asks each once.

    ``look`` asks for some anew, together.  ``store`` is open already, as the owner who asks; without one it has a
    connection of its own.
    """

    def __init__(self, place: Database, store: Store | None = None) -> None:
        self._place = place
        self._store = store
        self._known: dict[str, bool] = {}

    def __call__(self, key: str) -> bool:
        """Whether it is so.  Raises CannotWrite, Later."""
        if key not in self._known:
            self.look([key])
        return self._known[key]

    def look(self, keys: Collection[str]) -> None:
        """Find out how it is now.  Raises CannotWrite, Later."""
        if self._store is None:
            self._store = connected(self._place)
            weakref.finalize(self, self._store.close)
        # No text in the database holds NUL.
        asked = [key for key in keys if "\0" not in key]
        stopped = {key for (key,) in self._store.all(_STOPPED, (asked,))}
        self._known |= {key: key in stopped for key in keys}


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
