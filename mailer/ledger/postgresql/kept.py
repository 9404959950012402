"""Connections that a worker keeps from one mailbox to the next: to open one takes longer than to send some letters.

Whoever takes one says anew as whom it acts; nothing that was locked or begun over it is left.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from mailer.settings.database import Database

_LET_GO = "SELECT pg_advisory_unlock_all(); RESET ROLE"


class _Kept:
    """Idle connections of this process, by address; ``most`` to each, none outside of `keeping`."""

    def __init__(self) -> None:
        self.most = 0
        self._idle: list[tuple[str, psycopg.Connection[Any]]] = []
        # A store that is collected as garbage gives its connection back from wherever this thread is.
        self._lock = threading.RLock()

    def take(self, url: str) -> psycopg.Connection[Any] | None:
        with self._lock:
            at = next((at for at, (name, _) in enumerate(self._idle) if name == url), None)
            return None if at is None else self._idle.pop(at)[1]

    def give(self, url: str, connection: psycopg.Connection[Any]) -> bool:
        with self._lock:
            is_kept = sum(name == url for name, _ in self._idle) < self.most
            if is_kept:
                self._idle.append((url, connection))
        return is_kept

    def empty(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()


_kept = _Kept()


@contextlib.contextmanager
def keeping(most: int) -> Iterator[None]:
    """Keep so many idle connections for as long as it lasts."""
    _kept.most = most
    try:
        yield
    finally:
        _kept.most = 0
        _kept.empty()


def take(place: Database) -> psycopg.Connection[Any] | None:
    """An idle connection to a database, which may be gone meanwhile; None where there is none."""
    return _kept.take(place.url)


def let_go(place: Database, connection: psycopg.Connection[Any]) -> None:
    """Keep a connection that is not used any more, or close it."""
    import psycopg

    if _kept.most:
        with contextlib.suppress(psycopg.Error):
            if not connection.closed:
                connection.rollback()
                connection.execute(_LET_GO)
                if _kept.give(place.url, connection):
                    return
    with contextlib.suppress(psycopg.Error):
        connection.close()
