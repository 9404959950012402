"""What the checks must know of letters that were sent, in the form they ask for; written for many letters at a time.

Letters that were sent wait in ``unlearned`` until there are enough of them: writing them together is cheaper.
"""

from __future__ import annotations

import sys
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from mailer.checks.index import MemoryShelf
from mailer.checks.similar import keys_of, prose_of
from mailer.checks.world import Other
from mailer.ledger import searching
from mailer.ledger.shelves import HistoryShelf, put, read
from mailer.ledger.values import Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.checks.similar import Keys
    from mailer.checks.world import Shelf
    from mailer.ledger.store import Store
    from mailer.ledger.values import KnownBy

_TOGETHER = 2000
_WAITING = "SELECT letter FROM unlearned ORDER BY letter LIMIT ?"
_WORDS = """
    SELECT number, company, position, prose, message_id FROM letters LEFT JOIN contents c ON c.letter = number
    WHERE number IN ({}) AND sent IS NOT NULL
"""
_PEOPLE = """
    SELECT r.letter, c.key, c.name, r.address, r.name FROM recipients r JOIN contacts c ON c.id = r.contact
    WHERE r.letter IN ({}) ORDER BY r.letter, r.position
"""
_ONE_LESS = "UPDATE starts SET letters = letters - 1 WHERE word = ? AND length = ?"


def shelves(store: Store, own: str) -> tuple[Shelf, ...]:
    """Where the checks find the letters of a ledger; ``own`` is the file of the letter in hand.

    Raises CannotWrite where the ledger is damaged.
    """
    recent = [number for (number,) in store.each("SELECT letter FROM unlearned ORDER BY letter DESC")]
    letters = [other for number in recent if (other := read(store, number, own, reached=True))]
    found: list[Shelf] = [MemoryShelf(letters)] if letters else []
    if store.one("SELECT 1 FROM finds LIMIT 1"):
        found.append(HistoryShelf(store, own))
    return tuple(found)


def learn(store: Store, known_by: dict[str, KnownBy] | None = None) -> None:
    """Write down what the checks must know of those that wait; whoever is at it already does it.

    ``known_by`` is that of some, by Message-ID, without which it is found out; they are taken out of it.
    """
    with store.of_own_rows():
        if not store.nobody_learns():
            return
        if _count(store, _TOGETHER + 1) > _TOGETHER:
            _learn_very_many(store)
        elif found := list(_waiting(store, known_by or {})):
            put(store, [(number, keys) for number, keys, _ in found if keys])
            _is_known(store, found)


def _learn_very_many(store: Store) -> None:
    """Those of a ledger of an earlier version."""
    from mailer.ledger.progress import Progress
    from mailer.ledger.shelves import Aside

    aside, progress = Aside(store), Progress(_count(store, sys.maxsize))
    while found := list(_waiting(store, {})):
        aside.put([(number, keys) for number, keys, _ in found if keys])
        _is_known(store, found)
        progress.add(len(found))
    aside.move()
    progress.end()


def _is_known(store: Store, found: Sequence[tuple[int, Keys | None, str]]) -> None:
    """Let the log find them too, and let them wait no more."""
    searching.write_down(store, [(number, people) for number, _, people in found])
    # Others may wait by now, of whatever number.
    store.among("DELETE FROM unlearned WHERE letter IN ({}) RETURNING letter", [number for number, *_ in found])


def _waiting(store: Store, known_by: dict[str, KnownBy]) -> Iterator[tuple[int, Keys | None, str]]:
    """Some of those that wait, what finds them, and whom they went to; read in one go, which is far quicker."""
    numbers = [number for (number,) in store.all(_WAITING, (_TOGETHER,))]
    people = {number: list(group) for number, group in groupby(store.among(_PEOPLE, numbers), key=itemgetter(0))}
    words = {number: row for number, *row in store.among(_WORDS, numbers)}
    for number in numbers:
        boxes = people.get(number, ())
        company, position, prose, message_id = words.get(number, (None,) * 4)
        known = known_by.pop(message_id, None)
        text = searching.people_in([(address, name) for *_, address, name in boxes])
        if prose is None:
            # It was forgotten, or never sent after all.
            yield number, None, text
            continue
        told = Told(company, position, prose, tuple([(key, name) for _, key, name, *_ in boxes]))
        keys = known.keys if known and known.told == told else known_by_words(told)
        yield number, keys.with_id(message_id), text


def known_by_words(told: Told) -> Keys:
    """What the checks find a letter by, but for its Message-ID."""
    keys, names = [key for key, _ in told.people], [name for _, name in told.people if name]
    about = told.company, told.position
    return _keys(Other("ledger", "", frozenset(keys), tuple(names), "", *about, prose=told.prose))


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
    found: int = store.one("SELECT count(*) FROM (SELECT 1 FROM unlearned LIMIT ?) w", (most,))[0]
    return found
