"""Keyed hashes of what was forgotten but must still be recognised; the key is this ledger's."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain

from mailer.ledger.store import Store

_KEY = "forgetting"


def hasher(store: Store) -> Callable[[str], bytes] | None:
    """What makes keyed hashes; None where nobody was ever forgotten."""
    row = store.one("SELECT value FROM secrets WHERE name = ?", (_KEY,))
    return partial(_hash, row[0]) if row else None


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
    key: bytes = store.one("SELECT value FROM secrets WHERE name = ?", (_KEY,))[0]
    return key
