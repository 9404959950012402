"""Forgetting a person: the card, the history, and the text of the letters to them.

A *stop* outlives it: keyed hashes of the addresses are kept, and anyone who is added again with one of them is stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.ledger import erasing, hashes
from mailer.ledger.ids import letter_id
from mailer.ledger.store import as_path
from mailer.people import rows
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.values import Card

_MOST = 16 * 1024 * 1024
_SUFFIXES, _FILES, _SMALL = frozenset({".md", ".txt", ".eml", ".csv", ".tsv"}), 1000, 1024 * 1024
_ENCODINGS = ("utf-8", "cp1252", "utf-16-le")
_OLD_ADDRESSES = """
    SELECT DISTINCT c.key FROM touches t JOIN recipients r ON r.letter = t.letter JOIN contacts c ON c.id = r.contact
    WHERE t.person = ? AND r.kind = 'to' AND c.key NOT IN (SELECT key FROM addresses WHERE person <> ?)
"""


class Forgotten(NamedTuple):
    """What was taken out, and what still names the person: files of the user's, and letters to others by id."""

    letters: int
    stopped: bool
    files: tuple[str, ...]
    mailboxes: tuple[str, ...]
    named_in: tuple[str, ...] = ()


def take_out(store: Store, number: int) -> Forgotten:
    """Take a person out of the tables; ``erasing.wipe`` then takes them out of the file."""
    row = rows.one(store, number)
    assert row is not None
    keys = [rows.address_key(box.address) for box in row.card.addresses]
    keys += [key for (key,) in store.each(_OLD_ADDRESSES, (number, number)) if key not in keys]
    named = [row.card.name, *(box.address for box in row.card.addresses), *keys]
    stopped = is_stopped(store, number)
    letters = [
        n for (n,) in store.each("SELECT letter FROM touches WHERE person = ? AND letter IS NOT NULL", (number,))
    ]
    known = _written(store, number, named)
    done = erasing.erase(store, keys, letters)
    if stopped:
        hashes.remember(store, "stop", keys)
    _events(store, number, keys)
    store.execute("DELETE FROM people WHERE id = ?", (number,))
    files = tuple(path for path in dict.fromkeys((*done.files, *known)) if path in done.files or _names(path, named))
    there = tuple(path for path in files if Path(path).is_file())
    return Forgotten(done.letters, stopped, there, done.mailboxes, tuple(_letters_naming(store, named)))


def beside(folder: Path, card: Card) -> list[str]:
    """The letters, mails and tables of a folder that name somebody: one that never went is known to nobody."""
    # A first name alone is a word of any text.
    named = [*(box.address for box in card.addresses), *([card.name] if " " in card.name else [])]
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
        return [str(path) for path in found[:_FILES] if path.stat().st_size <= _SMALL and _names(str(path), named)]
    except OSError:
        return []


def _letters_naming(store: Store, named: Sequence[str]) -> Iterator[str]:
    """The letters to others that name somebody: words to whom they were written, which are not taken out."""
    asked = "SELECT number, coalesce(subject, ''), prose FROM letters JOIN contents ON letter = number ORDER BY number"
    for number, subject, prose in store.each(asked):
        if _occurs(f"{subject} {prose}", named):
            yield letter_id(number)


def _events(store: Store, number: int, keys: Sequence[str]) -> None:
    """Take out what came back from a person, and what came back for others that names them."""
    gone = {event for (event,) in store.each("SELECT id FROM events WHERE person = ?", (number,))}
    asked = "SELECT id FROM events WHERE lower(address) = ? OR lower(other_address) = ?"
    gone |= {event for key in keys for (event,) in store.each(asked, (key, key))}
    for table, column in (("holds", "event"), ("events", "id")):
        store.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(event,) for event in gone])  # noqa: S608


def is_stopped(store: Store, number: int) -> bool:
    """Whether a stop of theirs was not lifted."""
    return store.one("SELECT 1 FROM holds WHERE person = ? AND kind = 'stop' AND lifted IS NULL", (number,)) is not None


def _written(store: Store, number: int, named: Sequence[str]) -> list[str]:
    """Take a person out of the history of imports and of files; the files that may name them."""
    store.execute("DELETE FROM imported WHERE person = ?", (number,))
    store.execute("DELETE FROM imports WHERE id NOT IN (SELECT import FROM imported)")
    known = [path for (path,) in store.each("SELECT path FROM written")]
    # The name of a file is a word of theirs too.
    store.executemany("DELETE FROM written WHERE path = ?", [(path,) for path in known if _occurs(path, named)])
    return [*map(as_path, known)]


def _occurs(text: str, named: Iterable[str]) -> bool:
    from mailer.people.matching import plain

    words = " ".join(plain(text).replace("-", " ").replace("_", " ").split())
    return any(name and " ".join(plain(name).replace("-", " ").split()) in words for name in named)


def _names(path: str, named: Sequence[str]) -> bool:
    """Whether a file of the user's names somebody; one that cannot be looked through may."""
    if _occurs(Path(path).name, named):
        return True
    try:
        with Path(path).open("rb") as file:
            octets = file.read(_MOST).replace(b"\r\n ", b"").replace(b"=\r\n", b"").replace(b"\n ", b"")
    except OSError:
        return True
    wanted = [name.casefold() for name in named if name]
    return any(name in octets.decode(each, "replace").casefold() for each in _ENCODINGS for name in wanted)
