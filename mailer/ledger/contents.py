"""The messages as submitted, their attachments kept once.

A message is kept as its literal octets, without the encoded bodies of its attachments; each splice names the place in
the literal where one goes and the blob that goes there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mailer.ledger.store import Store

if TYPE_CHECKING:
    from mailer.message.attachments import Attachment
    from mailer.message.compose import Content

_REMEMBERED, _MOST = 16 * 1024 * 1024, 256
# A file of that size is written some octets at a time, for SQLite holds what it is given twice more.
_LARGE = 4 * 1024 * 1024

_SPLICES = (
    "SELECT letter, place, encoded FROM splices JOIN blobs ON id = blob WHERE letter IN ({}) ORDER BY letter, number"
)


class Contents:
    """Keeps and gives back messages; remembers some of the blobs that it has seen in the ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, tuple[int, bytes]] = {}
        self._octets = 0
        store.on_rollback.append(self._forget)

    def keep(self, letter: int, content: Content, prose: str, card: str = "") -> None:
        """Keep the message of a letter that has none; inside a transaction."""
        self.keep_all([(letter, content, prose, card)])

    def keep_all(self, messages: Iterable[tuple[int, Content, str, str]]) -> None:
        """``keep`` for each letter, its message, its prose and what it says about its recipient, table by table."""
        rows: list[tuple[int, str, bytes, str]] = []
        spliced: list[tuple[int, int, int, int]] = []
        for letter, content, prose, card in messages:
            literal, splices = self._kept_apart(content) if content.splices else (content.literal, ())
            rows.append((letter, prose, literal, card))
            spliced += [(letter, number, place, blob) for number, (place, blob) in enumerate(splices)]
        self._store.executemany("INSERT INTO contents (letter, prose, literal, card) VALUES (?, ?, ?, ?)", rows)
        if spliced:
            self._store.executemany("INSERT INTO splices VALUES (?, ?, ?, ?)", spliced)

    def _kept_apart(self, content: Content) -> tuple[bytes, Sequence[tuple[int, int]]]:
        """The literal and its blobs; where another encoding of the same file is kept, this one stays in the literal."""
        parts: list[bytes] = []
        splices: list[tuple[int, int]] = []
        at = 0
        for place, item in content.splices:
            parts.append(content.literal[at:place])
            at = place
            blob = self._blob(item)
            if blob is None:
                parts.append(item.encoded)
            else:
                splices.append((sum(map(len, parts)), blob))
        return b"".join([*parts, content.literal[at:]]), splices

    def discard(self, letter: int) -> None:
        """Make room for another message of the letter; blobs stay, for other letters may have them."""
        self._store.execute("DELETE FROM splices WHERE letter = ?", (letter,))
        self._store.execute("DELETE FROM contents WHERE letter = ?", (letter,))

    def read(self, letter: int) -> bytes:
        """Return the message of a letter, octet for octet; CannotWrite if the ledger has lost it."""
        return self.read_all([letter])[letter]

    def read_all(self, letters: Sequence[int]) -> dict[int, bytes]:
        """The messages of some letters.  Raises CannotWrite if the ledger has lost one."""
        found = dict(self._store.among("SELECT letter, literal FROM contents WHERE letter IN ({})", letters))
        lost = [letter for letter in letters if letter not in found]
        if lost:
            raise self._store.unusable(f"is damaged: the message of letter {lost[0]} is missing")
        parts: dict[int, list[bytes]] = {}
        ends: dict[int, int] = {}
        for letter, place, encoded in self._store.among(_SPLICES, letters):
            literal = found[letter]
            parts.setdefault(letter, []).extend((literal[ends.get(letter, 0) : place], encoded))
            ends[letter] = place
        return found | {letter: b"".join([*made, found[letter][ends[letter] :]]) for letter, made in parts.items()}

    def _blob(self, item: Attachment) -> int | None:
        """Return the number of the blob; None if another encoding of the same file is kept."""
        if (seen := self._seen.get(item.digest)) is None:
            if self._octets + len(item.encoded) > _REMEMBERED or len(self._seen) >= _MOST:
                self._forget()
            seen = self._stored(item)
            self._seen[item.digest] = seen
            self._octets += len(seen[1])
        number, encoded = seen
        return number if encoded == item.encoded else None

    def _stored(self, item: Attachment) -> tuple[int, bytes]:
        digest = bytes.fromhex(item.digest)
        row = self._store.one("SELECT id, encoded FROM blobs WHERE digest = ?", (digest,))
        if row is not None:
            return row[0], item.encoded if row[1] == item.encoded else row[1]
        if len(item.encoded) < _LARGE or not self._store.is_file:
            made = self._store.added("INSERT INTO blobs (digest, encoded) VALUES (?, ?)", (digest, item.encoded))
            return made, item.encoded
        size = len(item.encoded)
        number = self._store.added("INSERT INTO blobs (digest, encoded) VALUES (?, zeroblob(?))", (digest, size))
        self._store.fill("blobs", "encoded", number, item.encoded)
        return number, item.encoded

    def _forget(self) -> None:
        self._seen.clear()
        self._octets = 0
