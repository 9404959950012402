"""Letters of the ledger to compare with, in tables.

``finds`` has a letter under each number that it is found by; ``starts`` says how many words names have that begin with
a word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from itertools import chain, islice

from mailer.checks.index import BOUND, shelved
from mailer.checks.similar import Keys, word_key
from mailer.checks.world import Other
from mailer.ledger import moments
from mailer.ledger.store import Store

_LETTER = """
    SELECT identity, template, company, position, subject, prose, sent, letter_file, message_id,
        (SELECT max(counts) FROM touches WHERE letter = number)
    FROM letters JOIN contents ON letter = number WHERE number = ? AND sent IS NOT NULL
"""
_PEOPLE = """
    SELECT r.kind, c.key, c.name FROM recipients r JOIN contacts c ON c.id = r.contact
    WHERE r.letter = ? ORDER BY r.position
"""
_LETTERS_KEPT, _WORDS_KEPT = 256, 8192
_AT_ONCE = 500
_PUT_FIND = "INSERT INTO finds VALUES {} ON CONFLICT DO NOTHING"
_PUT_ASIDE = "INSERT INTO finds VALUES {}"
# A statement for each row takes twice as long; of one, SQLite keeps each page that it changes as it was before.  To a
# server it is a way there and back.
_ROWS, _ROWS_SENT = 25, 100
_PUT_START = """
    INSERT INTO starts VALUES (?, ?, ?)
    ON CONFLICT (word, length) DO UPDATE SET letters = starts.letters + excluded.letters
"""


class _TableShelf:
    """Finds numbers in the two tables; remembers some of the letters, and of the words."""

    backwards = False

    def __init__(self, store: Store) -> None:
        self._store = store
        self._letters: dict[int, Other | None] = {}
        self._lengths: dict[str, tuple[int, ...]] = {}

    def letter(self, number: int) -> Other | None:
        """The letter of that number."""
        if number not in self._letters:
            if len(self._letters) >= _LETTERS_KEPT:
                self._letters.clear()
            self._letters[number] = self._read(number)
        return self._letters[number]

    def _read(self, number: int) -> Other | None:
        raise NotImplementedError

    def find(self, keys: Sequence[int]) -> list[list[int]]:
        """Numbers of the letters that are found by each key."""
        found: list[list[int]] = [[] for _ in keys]
        for place, number in self._store.each(_asked(len(keys), backwards=self.backwards), keys):
            found[place].append(number)
        return found

    def lengths(self, words: Set[str]) -> Mapping[str, Sequence[int]]:
        """How many words the names have that begin with one of these."""
        known = self._lengths
        unknown = [word for word in words if word not in known]
        if unknown:
            if len(known) >= _WORDS_KEPT:
                known.clear()
                unknown = list(words)
            for start in range(0, len(unknown), _AT_ONCE):
                self._learn(unknown[start : start + _AT_ONCE])
        return {word: found for word in words if (found := known[word])}

    def _learn(self, words: Sequence[str]) -> None:
        asked = f"SELECT word, length FROM starts WHERE word IN ({', '.join('?' * len(words))})"  # noqa: S608
        found: dict[int, list[int]] = {}
        for key, length in self._store.each(asked, [word_key(word) for word in words]):
            found.setdefault(key, []).append(length)
        for word in words:
            self._lengths[word] = tuple(sorted(found.get(word_key(word), ()), reverse=True))


class HistoryShelf(_TableShelf):
    """The letters of the ledger that were sent and reached somebody, the newest first.

    ``own`` is the file of the letter in hand.
    """

    backwards = True

    def __init__(self, store: Store, own: str) -> None:
        super().__init__(store)
        self._own = own

    def _read(self, number: int) -> Other | None:
        return read(self._store, number, self._own, reached=True)


@cache
def _asked(count: int, *, backwards: bool) -> str:
    order = "DESC" if backwards else "ASC"
    return " UNION ALL ".join(
        f"SELECT * FROM (SELECT {place}, letter FROM finds WHERE key = ? ORDER BY letter {order} LIMIT {BOUND}) f"  # noqa: S608
        for place in range(count)
    )


def put(store: Store, letters: Sequence[tuple[int, Keys]]) -> None:
    """Put letters under their numbers; inside a transaction, where there are many."""
    fresh = _first_with_their_words(store, letters)
    rows = [(key, number) for number, keys in letters for key in shelved(keys, is_first=number in fresh)]
    counts = Counter(start for _, keys in letters for start in keys.starts)
    _put_rows(store, _PUT_FIND, sorted(rows))
    store.executemany(_PUT_START, [(*start, count) for start, count in sorted(counts.items())])


def _put_rows(store: Store, statement: str, rows: Iterable[tuple[int, int]]) -> None:
    """Put pairs into a table, many with each statement."""
    left, count = iter(rows), _ROWS if store.is_file else _ROWS_SENT
    many = statement.format(", ".join(["(?, ?)"] * count))
    while len(some := list(islice(left, count))) == count:
        store.execute(many, list(chain.from_iterable(some)))
    store.executemany(statement.format("(?, ?)"), some)


class Aside:
    """The same for very many letters, in order once all are there: each page of the ledger is then written once."""

    def __init__(self, store: Store) -> None:
        import sqlite3

        self._store = store
        self._kept = Store(sqlite3.connect("", isolation_level=None), store.path)
        self._words: set[int] = set()
        self._starts: Counter[tuple[int, int]] = Counter()
        for statement in ("PRAGMA journal_mode = OFF", "CREATE TABLE finds (key INTEGER, letter INTEGER)", "BEGIN"):
            self._kept.execute(statement)

    def put(self, letters: Sequence[tuple[int, Keys]]) -> None:
        """Some more of them."""
        fresh = _first_with_their_words(self._store, [one for one in letters if one[1].words not in self._words])
        rows = [(key, number) for number, keys in letters for key in shelved(keys, is_first=number in fresh)]
        _put_rows(self._kept, _PUT_ASIDE, rows)
        self._words.update([keys.words for _, keys in letters if keys.words is not None])
        self._starts.update([start for _, keys in letters for start in keys.starts])

    def move(self) -> None:
        """Put them into the ledger."""
        _put_rows(self._store, _PUT_FIND, self._kept.each("SELECT key, letter FROM finds ORDER BY key, letter"))
        self._store.executemany(_PUT_START, [(*start, count) for start, count in sorted(self._starts.items())])
        self._kept.close()


def _first_with_their_words(store: Store, letters: Sequence[tuple[int, Keys]]) -> set[int]:
    """Those of the letters before which none has the same words."""
    first: dict[int, int] = {}
    for number, keys in letters:
        if keys.words is not None:
            first.setdefault(keys.words, number)
    known = "SELECT 1 FROM finds WHERE key = ? LIMIT 1"
    return {number for words, number in first.items() if store.one(known, (words,)) is None}


def read(store: Store, number: int, own: str = "", *, reached: bool = False) -> Other | None:
    """A letter of the ledger as the checks know it; None for one that was not sent, or was forgotten.

    ``own`` is the file of the letter in hand; ``reached``: None also for one that came back from all it was to.
    """
    row = store.one(_LETTER, (number,))
    if row is None or (reached and row[-1] == 0):
        return None
    identity, template, company, position, subject, prose, sent, file, message_id, _ = row
    people = list(store.each(_PEOPLE, (number,)))
    keys, names = [key for _, key, _ in people], [name for _, _, name in people if name]
    return Other(
        origin="ledger",
        what=f"the letter to {' and '.join(names) or ', '.join(keys)}",
        keys=frozenset(keys),
        names=tuple(names),
        template=template,
        company=company,
        position=position,
        subject=subject,
        prose=prose,
        sent=moments.read(store, sent),
        identity=identity.hex(),
        same_file=bool(own) and file == own,
        to=frozenset(key for kind, key, _ in people if kind == "to"),
        message_id=message_id,
    )
