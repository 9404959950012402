"""What the other owners know: somebody who asked one of them not to be written to again gets no letter from any."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence, Set
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.ledger import hashes, moments, records
from mailer.ledger.opening import open_store

if TYPE_CHECKING:
    from mailer.ledger.postgresql.across import Stops
    from mailer.ledger.store import Store
    from mailer.settings.database import Database

_STOPS = """
    SELECT a.key FROM holds h JOIN addresses a ON a.person = h.person
    WHERE h.kind = 'stop' AND h.lifted IS NULL AND h.own = 0
"""


class Elsewhere:
    """Tells of an address in caseless form whether another owner was asked to stop.

    It is one of ``keys``, or one that ``forgotten`` recognise, or one that a database tells of, which ``look`` asks for
    some addresses anew.
    """

    def __init__(self, keys: Set[str], forgotten: Sequence[Callable[[str], bool]], asked: Sequence[Stops]) -> None:
        self._keys, self._asked = keys, asked
        self._recognise: Sequence[Callable[[str], bool]] = (*forgotten, *asked)

    def __call__(self, key: str) -> bool:
        """Whether it is so.  Raises CannotWrite, Later."""
        return key in self._keys or any(recognises(key) for recognises in self._recognise)

    def look(self, keys: Collection[str]) -> None:
        """Find out how it is now, for some at once.  Raises CannotWrite, Later."""
        for stops in self._asked:
            stops.look(keys)


def stopped_elsewhere(ledgers: Sequence[Path | Database], store: Store | None = None) -> Elsewhere | None:
    """What tells of an address in caseless form whether another owner was asked to stop; None where none was.

    ``ledgers`` are the others'; a database is asked over ``store``, which is the owner's own, as long as it is open.
    Raises CannotWrite, Later.
    """
    keys: set[str] = set()
    forgotten: list[Callable[[str], bool]] = []
    asked: list[Stops] = []
    for file in _files(ledgers):
        keys |= {key for (key,) in file.each(_STOPS)}
        if recognises := hashes.recogniser(file, "stop"):
            forgotten.append(recognises)
    for place in ledgers:
        if not isinstance(place, Path):
            from mailer.ledger.postgresql import across

            asked.append(across.Stops(place, store))
    return Elsewhere(keys, forgotten, asked) if keys or forgotten or asked else None


def stopped_among(store: Store, ledgers: Sequence[Path | Database]) -> frozenset[int]:
    """The numbers of those people of ours whom another owner was asked not to write to.  Raises as above."""
    if not store.is_file:
        # The database knows, and is not asked for each.
        found = store.all("SELECT person FROM addresses WHERE mailer_is_stopped(key, mailer_owner())")
        return frozenset(person for (person,) in found)
    stopped = stopped_elsewhere(ledgers)
    if stopped is None:
        return frozenset()
    return frozenset(person for person, key in store.all("SELECT person, key FROM addresses") if stopped(key))


def handed_over(ledgers: Sequence[Path | Database], since: datetime, account: str, mailbox: str) -> tuple[int, int]:
    """How many letters, and recipients of them, others sent since then from a mailbox.

    Where it is not known from which one, it is that of an account.

    Raises as above.
    """
    found = [
        records.handed_over(store, moments.written(store, lambda: since), account, mailbox) for store in _files(ledgers)
    ]
    for place in ledgers:
        if not isinstance(place, Path):
            from mailer.ledger.postgresql import across

            found.append(across.handed_over(place, since.astimezone(UTC).isoformat(timespec="microseconds"), mailbox))
    return sum(letters for letters, _ in found), sum(people for _, people in found)


def _files(ledgers: Sequence[Path | Database]) -> Iterator[Store]:
    for path in ledgers:
        if isinstance(path, Path):
            with closing(open_store(path, create=False)) as store:
                yield store
