"""Runs that are known by a token and a heartbeat: other machines cannot ask this one's locks.

A run whose heartbeat has stopped is dead to all others.  The process that settles what it left fences it in the same
transaction: should it wake, it can write nothing any more, and what it may have handed over stays in doubt.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from mailer.errors import Later, MailerError
from mailer.ledger.postgresql.heart import ALIVE, Heart
from mailer.ledger.postgresql.opening import connected
from mailer.ledger.runs import Runs

if TYPE_CHECKING:
    from mailer.ledger.postgresql.store import PostgresStore
    from mailer.ledger.store import Store

_HELD = "SELECT 1 FROM runs WHERE id = ? AND token = ? AND NOT fenced FOR SHARE"
_FENCE = "UPDATE runs SET fenced = true WHERE id = ?"
# The database ends a transaction in which a run stands still: its letters are found the next time.
_UNHELD = "SELECT 1 FROM runs WHERE id = ? FOR UPDATE SKIP LOCKED"
_DEAD = f"""
    SELECT l.run FROM (SELECT DISTINCT run FROM letters WHERE waits = 1 AND run IS NOT NULL
        AND state IN ('claimed', 'sending')) l
    WHERE l.run <> ? AND NOT EXISTS (SELECT 1 FROM runs WHERE id = l.run AND {ALIVE})
"""  # noqa: S608


class PostgresRuns(Runs):
    """The run of this process, begun with its first claim, and what others left behind."""

    def __init__(self, store: Store, now: Callable[[], str]) -> None:
        self._store = store
        self._now = now
        self._database = cast("PostgresStore", store)
        self.mine: int | None = None
        self._token = self._mailbox = ""
        self._heart: Heart | None = None
        self._turn = 0
        store.on_rollback.append(self._undo)

    def begin(self) -> int:
        """Return the number of this process's run; call it inside a transaction."""
        if self.mine is not None:
            return self.mine
        self.recover_dead()
        self._token = os.urandom(16).hex()
        told = (self._token, self._now(), self._mailbox)
        self.mine = self._store.added("INSERT INTO runs (token, started, mailbox) VALUES (?, ?, ?)", told)
        self._turn = self._store.turn
        place = self._database.place
        self._heart = Heart(lambda: connected(place), self.mine, self._token)
        return self.mine

    def forget(self) -> None:
        """Give up the run, if it was begun; what it still has in hand is then a dead run's."""
        mine, self.mine = self.mine, None
        if self._heart:
            self._heart.stop()
            self._heart = None
            with contextlib.suppress(MailerError):
                self._store.execute(_FENCE, (mine,))

    def must_hold(self) -> None:
        """Raise Later where this process's run was taken for dead; inside a transaction."""
        if self.mine is not None and self._store.one(_HELD, (self.mine, self._token)) is None:
            raise Later(self.TAKEN, hint="Run the command again: what was in flight is in doubt, nothing goes twice.")

    def _undo(self) -> None:
        # The run's row went with the transaction that was rolled back.
        if self._turn == self._store.turn:
            self.mine = None
            if self._heart:
                self._heart.stop()
                self._heart = None

    def alive(self, run: int) -> bool:
        """Tell whether a run lives, by what the database heard of it."""
        asked = f"SELECT 1 FROM runs WHERE id = ? AND {ALIVE}"  # noqa: S608
        return run == self.mine or self._store.one(asked, (run,)) is not None

    def dead(self) -> list[int]:
        """The dead runs that left letters."""
        return [run for (run,) in self._store.all(_DEAD, (self.mine or 0,))]

    def recover_dead(self) -> None:
        """Settle what all dead runs left, but for one that another settles just now, or that stopped in the middle."""
        for run in self.dead():
            if self._store.one(_UNHELD, (run,)) is not None:
                self.recover(run)

    def recover(self, run: int) -> None:
        """Fence a dead run, and settle what it left."""
        self._store.execute(_FENCE, (run,))
        super().recover(run)
