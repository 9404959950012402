"""The ledger: which letter went to whom, so that none goes twice and none is lost in silence.

One SQLite file, or the rows of one owner in PostgreSQL.  The states of a letter::

    claimed ──► sending ──► sent | refused | deferred | in-doubt

    a dead run  claimed ──► deferred       sending ──► in-doubt
    release     claimed or sending ──► deferred
    resolve     in-doubt ──► sent or deferred

It is ``claimed`` before the connection says MAIL and ``sending``, on disk, before the last octet of the content leaves;
the outcome is in the first commit after the reply.  A run holds a lock of the operating system (on PostgreSQL it has a
heartbeat), which tells a dead run from a live one.  A letter that lies unsent in a mailbox is a ``draft``, until it is
sent from here or found to have been sent from there.  A letter that was dropped stays refused or deferred and is no
longer current; if some recipients have it, it is sent.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mailer.ledger import moments
from mailer.ledger.contents import Contents
from mailer.ledger.drafts import Drafts
from mailer.ledger.letters import Letters
from mailer.ledger.opening import open_store
from mailer.ledger.runs import Runs
from mailer.ledger.settling import Settling
from mailer.ledger.store import Store

if TYPE_CHECKING:
    from mailer.checks.world import Shelf
    from mailer.ledger.queued import Queue
    from mailer.ledger.records import Logged, Waiting
    from mailer.ledger.values import Claim, NewLetter, Queued, Record, Terms
    from mailer.settings.database import Database

Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def open_ledger(place: Path | Database, *, create: bool = True, clock: Clock = _utc_now) -> Ledger:
    """Return the ledger at a path or in a database, to be closed after use; used by one thread.

    With ``create`` a missing or empty file is made, with its folder; without, an empty answer stands in for it
    and a read-only ledger may be read.  CannotWrite if it is read-only, damaged, a folder or no regular file,
    another program's or a newer version's, on a network share, or its disk is full; Later if it stays locked.
    """
    if isinstance(place, Path):
        return Ledger(open_store(place, create=create), clock)
    from mailer.ledger.postgresql.runs import PostgresRuns

    return Ledger(open_store(place, create=create), clock, PostgresRuns)


class Ledger:
    """Every way in.  Each call that writes is one commit, or part of the ``transaction`` around it."""

    def __init__(self, store: Store, clock: Clock, runs: type[Runs] = Runs) -> None:
        now = moments.Clock(store, clock)
        self.store = store
        self._runs = runs(store, now)
        self._contents = Contents(store)
        self._now = now
        self._letters = letters = Letters(store, self._runs, self._contents, now)
        self._settling = settling = Settling(store, self._runs, letters, now)
        drafts = Drafts(store, letters, self._contents, now)
        # With thousands of letters the sync of the disk is what costs: several calls as one commit.
        self.transaction, self.of_queued = store.transaction, store.of_queued
        # Many looks in a row, and what other processes write is seen again.
        self.keep_reading, self.stop_reading = store.keep_reading, store.stop_reading
        # From which mailbox letters go from now on, while none is in hand.
        self.goes_from = self._runs.goes_from
        # May a letter go; it is claimed if it may, all at once or a deferred one by its id.
        self.peek, self.claim_all, self.reclaim = letters.peek, letters.claim_all, letters.reclaim
        # The mark before the last octet, how letters ended, and those given back.
        self.about_to_send, self.settle = settling.about_to_send, settling.settle
        self.release, self.withdraw = settling.release, settling.withdraw
        # What the user found out, or gives up; and where the copy is.
        self.resolve, self.drop, self.copied = settling.resolve, settling.drop, settling.copied
        # Drafts that lie in a mailbox.
        self.record_draft, self.draft_placed, self.draft_refused = drafts.record, drafts.placed, drafts.refused
        self.draft_of, self.draft_gone = drafts.location, drafts.gone

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def writable(self) -> bool:
        """Whether anything can be written: not where it is only read, nor where none is there."""
        return self.store.writable

    def close(self) -> None:
        """Close the file and end the run; letters that it still has in hand are then a dead run's."""
        self._settling.end()
        self._runs.forget()
        self.store.close()

    def claim(self, new: NewLetter, *, again: bool = False) -> Claim:
        """Claim a letter if it may go, and keep its message."""
        return self.claim_all([new], again=again)[0]

    @functools.cached_property
    def _queue(self) -> Queue:
        from mailer.ledger.queued import Queue

        return Queue(self.store, self._runs, self._letters, self._now)

    def put_off(self, letters: Sequence[NewLetter], terms: Terms, *, again: bool = False) -> list[Claim]:
        """Keep those of the letters that may go, to be sent once they have come due; no content is handed back."""
        return self._queue.put_off(letters, terms, again=again)

    def come_due(self, moment: datetime, mailbox: str = "") -> list[str]:
        """The ids of the letters that were put off until now, of one mailbox if it is named, by account.

        The longest due come first.
        """
        return self._queue.come_due(moment, mailbox)

    def is_due(self, moment: datetime, mailbox: str) -> bool:
        """Whether a letter of a mailbox was put off until now."""
        return self._queue.is_due(moment, mailbox)

    def claim_queued(self, letters: Sequence[str]) -> list[Claim]:
        """Claim letters that are put off, by their ids, in one commit."""
        return self._queue.claim(letters)

    def accounts_due(self, moment: datetime, mailbox: str = "") -> list[tuple[str, str]]:
        """The same, each with the account that it is to go from."""
        return self._queue.accounts_due(moment, mailbox)

    def queued(self, letter: str) -> Queued | None:
        """The letter of this id, if it is put off and in nobody's hands."""
        return next(iter(self._queue.read([letter])), None)

    def all_queued(self, letters: Sequence[str]) -> list[Queued]:
        """Those of some letters that are put off and in nobody's hands, in their order."""
        return self._queue.read(letters)

    def next_due(self, moment: datetime) -> tuple[datetime, int] | None:
        """When the next of the letters that are put off comes due after this, and how many wait; None without any."""
        return self._queue.next_due(moment)

    def letter(self, letter: str) -> Record:
        """Return what is known of the letter with this id; Usage if there is none."""
        from mailer.ledger import records

        return records.record(self.store, self._letters.by_id(letter).number)

    def outbox(self) -> list[Waiting]:
        """The letters that are deferred, refused, in doubt, drafts, in the hands of a live run, or without a copy."""
        from mailer.ledger import records

        return records.outbox(self.store, self._runs)

    def log(self, person: str = "") -> Iterator[Logged]:
        """Return what was handed over, newest last; only to ``person`` if given, a part of an address or name."""
        from mailer.ledger import records

        return records.log(self.store, person)

    def handed_over(self, since: datetime, account: str, mailbox: str = "") -> tuple[int, int]:
        """How many letters, and recipients of them, went from ``mailbox`` after ``since``, those in doubt included.

        Where it is not known from which one a letter went, it is that of ``account``.
        """
        from mailer.ledger import records

        return records.handed_over(self.store, moments.written(self.store, lambda: since), account, mailbox)

    def shelves(self, letter_file: str = "") -> tuple[Shelf, ...]:
        """Where the checks find the letters that were sent; ``letter_file`` is that of the letter in hand."""
        from mailer.ledger import history

        return history.shelves(self.store, letter_file)

    def content(self, letter: str) -> bytes:
        """Return the message of a letter as submitted, octet for octet; Usage if there is no such letter."""
        return self._contents.read(self._letters.by_id(letter).number)
