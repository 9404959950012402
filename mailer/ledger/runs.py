"""Runs: a process that claims letters holds a lock, so that what a dead one left is told from a live one's.

Only the process that holds the ledger's write lock makes a lock file, or removes a dead run's; so none is taken for
dead between its making and its locking.  Its name is random: process ids and old files mean nothing.  It
ends in a sign of the mailbox that the run's letters go from, so that what went from one can be counted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from mailer import locks
from mailer.files import make_private_folder
from mailer.ledger.file import must_be_ours, unusable_error
from mailer.ledger.store import Store


class Runs:
    """The run of this process, begun with its first claim, and what others left behind."""

    # Said where a run's letters are another's now.
    TAKEN = "another process has taken over a letter of this run"

    def __init__(self, store: Store, now: Callable[[], str]) -> None:
        self._store = store
        self._now = now
        self._folder = store.path.parent / "runs"
        self._mailbox = ""
        # The number of this process's run, None before its first claim; its lock; and the transaction that made it.
        self.mine: int | None = None
        self._lock: tuple[int, Path] | None = None
        self._turn = 0
        store.on_rollback.append(self._undo)

    def begin(self) -> int:
        """Return the number of this process's run; call it inside a transaction."""
        if self.mine is not None:
            return self.mine
        must_be_ours(self._store.path, self._folder)
        self._sweep()
        token = locks.token() + (f"-{self._store.sign_of(self._mailbox)}" if self._mailbox else "")
        number = self._store.added("INSERT INTO runs (token, started) VALUES (?, ?)", (token, self._now()))
        path = self._folder / token
        try:
            make_private_folder(self._folder)
            self._lock = locks.take(path), path
        except OSError as error:
            raise unusable_error(self._store.path, f"needs lock files in {self._folder}: {error.strerror}") from error
        self.mine, self._turn = number, self._store.turn
        return self.mine

    def goes_from(self, mailbox: str) -> None:
        """Begin a new run where letters go from another mailbox: what went from each is counted by its runs."""
        if mailbox != self._mailbox:
            self.forget()
            self._mailbox = mailbox

    def forget(self) -> None:
        """Give up the run, if it was begun; what it still has in hand is then a dead run's."""
        if self._lock:
            descriptor, path = self._lock
            self.mine = self._lock = None
            locks.drop(descriptor, path)

    def must_hold(self) -> None:
        """Raise Later where this process's run is another's now; inside a transaction.

        Whoever holds a lock of the operating system has it until it ends.
        """

    def _undo(self) -> None:
        # The run's row went with the transaction that was rolled back.
        if self._turn == self._store.turn:
            self.forget()

    def alive(self, run: int) -> bool:
        """Tell whether the process of a run lives."""
        if run == self.mine:
            return True
        row = self._store.one("SELECT token FROM runs WHERE id = ?", (run,))
        return row is not None and Path(row[0]).name == row[0] and locks.is_held(self._folder / row[0])

    def recover_dead(self) -> None:
        """Settle what all dead runs left; inside a transaction."""
        for run in self.dead():
            self.recover(run)

    def dead(self) -> list[int]:
        """The dead runs that left letters."""
        rows = self._store.all(
            "SELECT DISTINCT run FROM letters WHERE waits = 1 AND run IS NOT NULL AND state IN ('claimed', 'sending')"
        )
        return [run for (run,) in rows if not self.alive(run)]

    def recover(self, run: int) -> None:
        """Settle what a dead run left: letters marked for sending are in doubt, others may be claimed anew."""
        self._store.execute(
            "INSERT INTO attempts (letter, number, run, at, state, phase)"
            " SELECT number, 1 + (SELECT coalesce(max(a.number), 0) FROM attempts a WHERE a.letter = l.number),"
            " run, changed, 'in-doubt', 'content' FROM letters l WHERE waits = 1 AND state = 'sending' AND run = ?",
            (run,),
        )
        self._store.execute(
            "UPDATE letters SET state = 'in-doubt' WHERE waits = 1 AND state = 'sending' AND run = ?", (run,)
        )
        self._store.execute(
            "UPDATE letters SET state = 'deferred', run = NULL, changed = ?"
            " WHERE waits = 1 AND state = 'claimed' AND run = ?",
            (self._now(), run),
        )

    def _sweep(self) -> None:
        """Settle what dead runs left, and delete their lock files; nothing else that lies there is touched."""
        self.recover_dead()
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if locks.is_ours(path) and not locks.is_held(path):
                    path.unlink(missing_ok=True)
