"""Move a ledger's file into the database, once: from then on nothing is sent from the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mailer.errors import CannotWrite
from mailer.ledger import copies, moments, moved
from mailer.ledger.opening import open_store
from mailer.ledger.postgresql import moving
from mailer.ledger.postgresql.opening import connected
from mailer.ledger.runs import Runs
from mailer.ledger.schema import Moved
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.ledger.postgresql.store import PostgresStore
    from mailer.ledger.store import Store
    from mailer.settings.database import Database

_WROTE = "INSERT INTO written (path, kind) VALUES (?, 'backup') ON CONFLICT DO NOTHING"
_AGAIN = "The file is put away already, and nothing goes from it: run the command again to bring it over."


class Arrived(NamedTuple):
    """What is there now; ``fresh`` unless it was there before, and nothing was done."""

    fresh: bool
    letters: int
    people: int


def move(
    place: Database, path: Path, now: Callable[[], datetime], told: Callable[[int], Callable[[int], object]]
) -> Arrived:
    """Move the ledger at a path to the owner of a place, and mark the file; done again, it changes nothing.

    ``told`` hears how many rows there are, and gives what hears how many are done.

    Raises CannotWrite where the owner has other letters or people there, or the file cannot be used; Unreadable where
    there is none; Later while letters are being sent.
    """
    marked = False
    with closing(connected(place)) as store:
        try:
            # In this order: the file is marked, and then what was written in the database counts.
            with store.transaction(), moved.held(path) as held:
                done = _moved(store, held, now, told)
                marked = True
        except CannotWrite as error:
            raise CannotWrite(error.text, hint=_AGAIN, file=error.file) if marked else error from error
    return done


def _moved(
    store: PostgresStore, held: moved.Held, now: Callable[[], datetime], told: Callable[[int], Callable[[int], object]]
) -> Arrived:
    owner, name = store.one("SELECT mailer_owner(), id::text FROM about")
    if held.moved and (held.moved.owner, held.moved.name) != (owner, name):
        what = f"has moved to {held.moved.place}, owner {_shown(held.moved.owner)} ({held.moved.at[:10]})"
        raise held.store.unusable(what, "It is moved once: name that database and owner (MAILER_LEDGER, MAILER_OWNER).")
    is_fresh = moving.is_empty(store)
    if is_fresh or not held.moved:
        with _copy(held.store, now) as copy:
            if is_fresh:
                moving.move(copy, store, told(moving.rows_of(copy)))
            elif not moving.holds_all(store, copy):
                hint = "Move a ledger before the first letter is sent from there. Name another owner: MAILER_OWNER."
                raise store.unusable(f"has other letters or people of {_shown(owner)}; nothing was moved", hint)
        store.execute(_WROTE, (str(held.store.path.absolute()),))
        moved.mark(held.store, Moved(str(store.place), owner, name, moments.written(store, now)))
    return Arrived(is_fresh, *copies.counted(store))


def _shown(owner: str) -> str:
    return owner.removesuffix("/")


@contextmanager
def _copy(source: Store, now: Callable[[], datetime]) -> Iterator[Store]:
    """The ledger as of this version, in a copy beside it; what was on its way is in doubt."""
    path = source.path
    with TemporaryDirectory(prefix="mailer-", dir=path.parent, ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "ledger.sqlite"
        moved.copy(source, place)
        with closing(_opened(place, path)) as store:
            with store.transaction():
                # Nobody sends from it now, and the copy has no locks beside it: every run is a dead one.
                Runs(store, moments.Clock(store, now)).recover_dead()
            yield store


def _opened(place: Path, path: Path) -> Store:
    try:
        return open_store(place, create=False)
    except CannotWrite as error:
        text = error.text.replace(str(place), str(path))
        raise CannotWrite(text, hint=error.hint, file=str(path)) from error
