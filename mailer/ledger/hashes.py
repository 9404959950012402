"""Keyed hashes of what was forgotten but must still be recognised; the key is this ledger's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from weakref import WeakKeyDictionary

from mailer.ledger.store import Store

_KEY = "forgetting"
# The key of a ledger, which is asked for with each letter, and the state of the ledger that it was read in.
_known: WeakKeyDictionary[Store, tuple[int, bytes | None]] = WeakKeyDictionary()


def hasher(store: Store) -> Callable[[str], bytes] | None:
    """What makes keyed hashes; None where nobody was ever forgotten."""
    if not (store.turn and store.is_file):
        key = _read(store)
    elif _known.get(store, (0, None))[0] == store.turn:
        key = _known[store][1]
    else:
        key = _read(store)
        _known[store] = store.turn, key
    return partial(_hash, key) if key else None


def _read(store: Store) -> bytes | None:
    row = store.one("SELECT value FROM secrets WHERE name = ?", (_KEY,))
    return row and bytes(row[0])


def hashed(store: Store, value: str) -> bytes | None:
    """The keyed hash of a value; None where nobody was ever forgotten."""
    hide = hasher(store)
    return hide(value) if hide else None


def hider(store: Store) -> Callable[[str], bytes]:
    """What makes keyed hashes; the key is made with the first."""
    return partial(_hash, _key(store))


def _hash(key: bytes, value: str) -> bytes:
    import hmac

    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256")


def remember(store: Store, kind: str, values: Iterable[str]) -> None:
    """Keep the keyed hash of each value."""
    hide = hider(store)
    rows = [(hide(value), kind) for value in values]
    store.executemany(
        "INSERT INTO forgotten (hash, kind) VALUES (?, ?) ON CONFLICT (hash) DO UPDATE SET kind = excluded.kind", rows
    )


def remembered(store: Store, kind: str, values: Sequence[str]) -> list[str]:
    """Those of the values whose hash is kept."""
    hide = hasher(store) if values else None
    if hide is None:
        return []
    names = [hide(value) for value in values]
    kept = store.among("SELECT hash, kind FROM forgotten WHERE hash IN ({})", names)
    known = {bytes(name) for name, of in kept if of == kind}
    return [value for name, value in zip(names, values, strict=True) if name in known]


def recogniser(store: Store, kind: str) -> Callable[[str], bool] | None:
    """What tells whether a value's hash is kept, once the store is closed too; None where none of this kind is."""
    hide = hasher(store)
    if hide is None:
        return None
    kept = frozenset(chain.from_iterable(store.all("SELECT hash FROM forgotten WHERE kind = ?", (kind,))))
    return (lambda value: hide(value) in kept) if kept else None


def forget(store: Store, kind: str, values: Sequence[str]) -> None:
    """Take the hashes of these values out."""
    hide = hasher(store)
    if hide:
        names = [(hide(value), kind) for value in values]
        store.executemany("DELETE FROM forgotten WHERE hash = ? AND kind = ?", names)


def _key(store: Store) -> bytes:
    store.execute("INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", (_KEY, os.urandom(32)))
    _known.pop(store, None)
    key = _read(store)
    assert key is not None
    return key
