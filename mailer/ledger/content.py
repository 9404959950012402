"""The messages as submitted, their attachments kept once.

A message is kept as its literal octets, with the encoded bodies of its attachments cut out; each cut names
the place in the literal where it goes and the blob that goes there.  Attachments that are not found word for
word in the message stay in the literal, so what comes out is always what went in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from mailer.ledger.place import refuse
from mailer.ledger.store import Store

if TYPE_CHECKING:
    from mailer.attachments import Attachment

_PROBE = 76
_REMEMBERED = 16


class Contents:
    """Keeps and gives back messages; remembers which blobs it has seen in the ledger."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, tuple[int, bytes]] = {}
        store.on_end.append(self._ended)

    def keep(self, letter: int, content: bytes, prose: str, attachments: Sequence[Attachment]) -> None:
        """Keep the message of a letter that has none; inside a transaction."""
        cuts = [
            (start, end, blob)
            for start, end, which in found(content, (item.encoded for item in attachments))
            if (blob := self._blob(attachments[which])) is not None
        ]
        self._store.execute(
            "INSERT INTO contents (letter, prose, literal) VALUES (?, ?, ?)",
            (letter, prose, _literal(content, cuts) if cuts else content),
        )
        gone = 0
        for number, (start, end, blob) in enumerate(cuts):
            self._store.execute("INSERT INTO splices VALUES (?, ?, ?, ?)", (letter, number, start - gone, blob))
            gone += end - start

    def discard(self, letter: int) -> None:
        """Make room for another message of the letter; blobs stay, for other letters may have them."""
        self._store.execute("DELETE FROM splices WHERE letter = ?", (letter,))
        self._store.execute("DELETE FROM contents WHERE letter = ?", (letter,))

    def read(self, letter: int) -> bytes:
        """The message of a letter, octet for octet; CannotWrite if the ledger has lost it."""
        row = self._store.one("SELECT literal FROM contents WHERE letter = ?", (letter,))
        if row is None:
            raise refuse(self._store.path, f"is damaged: the message of letter {letter} is missing")
        literal: bytes = row[0]
        parts, at = [], 0
        splices = "SELECT place, encoded FROM splices JOIN blobs ON id = blob WHERE letter = ? ORDER BY number"
        for place, encoded in self._store.each(splices, (letter,)):
            parts += [literal[at:place], encoded]
            at = place
        return b"".join([*parts, literal[at:]]) if parts else literal

    def _blob(self, item: Attachment) -> int | None:
        """The number of the blob; None if another encoding of the same file is kept."""
        if (seen := self._seen.get(item.digest)) is None:
            seen = self._stored(item)
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[item.digest] = seen
        number, encoded = seen
        return number if encoded == item.encoded else None

    def _stored(self, item: Attachment) -> tuple[int, bytes]:
        digest = bytes.fromhex(item.digest)
        row = self._store.one("SELECT id, encoded FROM blobs WHERE digest = ?", (digest,))
        if row is not None:
            return row[0], item.encoded if row[1] == item.encoded else row[1]
        made = self._store.execute("INSERT INTO blobs (digest, encoded) VALUES (?, ?)", (digest, item.encoded))
        return made.lastrowid or 0, item.encoded

    def _ended(self, committed: bool) -> None:
        if not committed:
            self._seen.clear()


def found(content: bytes, bodies: Iterable[bytes]) -> Iterator[tuple[int, int, int]]:
    """Start, end and index of each body that stands in the message after the one before it."""
    at = 0
    for which, body in enumerate(bodies):
        # Looking for a few octets and comparing once is much cheaper than a search for the whole.
        start = content.find(b"\r\n\r\n" + body[:_PROBE], at) + 4 if body else 0
        if start > 3 and content.startswith(body, start):
            at = start + len(body)
            yield start, at, which


def _literal(content: bytes, cuts: Sequence[tuple[int, int, int]]) -> bytes:
    starts = [0, *(end for _, end, _ in cuts)]
    ends = [*(start for start, _, _ in cuts), len(content)]
    return b"".join(content[start:end] for start, end in zip(starts, ends, strict=True))
