"""What the checks must know of letters that were sent, kept as they ask for it: written when some have been recorded.

Letters that were sent wait in ``unlearned`` until there are enough of them, for they are cheaper put down together.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mailer.checks.shelf import MemoryShelf
from mailer.checks.similar import keys_of, prose_of
from mailer.errors import MailerError
from mailer.ledger import searching
from mailer.ledger.shelves import HistoryShelf, put, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.checks.similar import Keys
    from mailer.checks.world import Other, Shelf
    from mailer.ledger.store import Store

_TOGETHER = 4000
_WAITING = "SELECT letter FROM unlearned ORDER BY letter LIMIT ?"
_ONE_LESS = "UPDATE starts SET letters = letters - 1 WHERE word = ? AND length = ?"
# So many are read each time rather than written down.
_FEW = 64


def shelves(store: Store, own: str) -> tuple[Shelf, ...]:
    """Where the checks find the letters of a ledger; ``own`` is the file of the letter in hand.

    Raises CannotWrite where the ledger is damaged.
    """
    if _count(store, _FEW + 1) > _FEW and store.writable:
        with contextlib.suppress(MailerError):
            learn(store)
    recent = [number for (number,) in store.each("SELECT letter FROM unlearned ORDER BY letter DESC")]
    kept = HistoryShelf(store, own)
    letters = [other for number in recent if (other := read(store, number, own, reached=True))]
    return (MemoryShelf(letters), kept) if letters else (kept,)


def learn(store: Store) -> None:
    """Write down what the checks must know of those that wait."""
    with store.transaction():
        while numbers := [n for (n,) in store.each(_WAITING, (_TOGETHER,))]:
            found = [(number, other) for number in numbers if (other := read(store, number))]
            put(store, [(number, _keys(other)) for number, other in found])
            searching.write_down(store, numbers)
            store.executemany("DELETE FROM unlearned WHERE letter = ?", [(number,) for number in numbers])


def forget(store: Store, numbers: Sequence[int]) -> None:
    """Take out what is kept of letters, while their words are still there."""
    for number in numbers:
        waited = store.execute("DELETE FROM unlearned WHERE letter = ?", (number,)).rowcount
        other = None if waited else read(store, number)
        if other:
            store.executemany(_ONE_LESS, sorted(_keys(other).starts))
    searching.forget(store, numbers)
    for start in range(0, len(numbers), _TOGETHER):
        some = ", ".join(map(str, numbers[start : start + _TOGETHER]))
        store.execute(f"DELETE FROM finds WHERE letter IN ({some})")  # noqa: S608
    store.execute("DELETE FROM starts WHERE letters < 1")


def _keys(other: Other) -> Keys:
    return keys_of(other, prose_of(other) if other.prose else None)


def _count(store: Store, most: int) -> int:
    found: int = store.one("SELECT count(*) FROM (SELECT 1 FROM unlearned LIMIT ?)", (most,))[0]
    return found
