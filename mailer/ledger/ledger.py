"""The ledger: which letter went to whom, so that none goes twice and none is lost in silence.

One SQLite file.  The states of a letter::

    claimed ──► sending ──► sent | refused | deferred | in-doubt
       ▲           │                            │          │
       └───────────┴──── release, a dead run ───┘◄─resolve─┘──► sent

``claimed`` before the connection says MAIL, ``sending`` on disk before the last octet of the content leaves,
the outcome in the first commit after the reply.  A run holds a lock of the operating system; what a dead run
left as ``claimed`` may be claimed anew, what it left as ``sending`` is in doubt.  A letter that lies unsent in a
mailbox is ``draft``, until it is sent from here or found to have been sent from there.  What was let go (``drop``)
stays refused or deferred and is current no more; if some have got it, it is sent.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mailer.errors import MailerError
from mailer.ledger import contacts, moments
from mailer.ledger.contacts import Contact as Contact
from mailer.ledger.contents import Contents
from mailer.ledger.drafts import Drafts
from mailer.ledger.letters import Letters
from mailer.ledger.opening import open_store
from mailer.ledger.runs import Runs
from mailer.ledger.settling import Settling
from mailer.ledger.store import Store
from mailer.ledger.values import Claim as Claim
from mailer.ledger.values import Draft as Draft
from mailer.ledger.values import DraftLocation as DraftLocation
from mailer.ledger.values import Dropped as Dropped
from mailer.ledger.values import NewLetter as NewLetter
from mailer.ledger.values import Recipient as Recipient
from mailer.ledger.values import Record as Record
from mailer.ledger.values import people as people
from mailer.message.identity import content_digest as content_digest
from mailer.message.identity import formerly as formerly
from mailer.message.identity import identity as identity

if TYPE_CHECKING:
    from mailer.checks.world import Shelf
    from mailer.ledger.records import Logged as Logged
    from mailer.ledger.records import Waiting as Waiting
    from mailer.transport.values import Outcome

Clock = Callable[[], datetime]
# So many letters of a run are made known to the checks together.
_LEARNED = 256
# Whether more wait than are better read each time than written down.
_MANY = "SELECT 1 FROM unlearned LIMIT 1 OFFSET 16"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def open_ledger(path: Path, *, create: bool = True, clock: Clock = _utc_now) -> Ledger:
    """Return the ledger at ``path``, to be closed after use; used by one thread.

    With ``create`` a missing or empty file is made, with its folder; without, an empty answer stands in for it
    and a read-only ledger may be read.  CannotWrite if it is read-only, damaged, a folder or no regular file,
    another program's or a newer version's, on a network share, or its disk is full; Later if it stays locked.
    """
    return Ledger(open_store(path, create=create), clock)


class Ledger:
    """Every way in.  Each call that writes is one commit, or part of the ``transaction`` around it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        moment: list[str] = []

        def now() -> str:
            # In a transaction the clock stands, as in SQL.
            if not (moment and store.in_transaction):
                moment[:] = [moments.written(store, clock)]
            return moment[0]

        store.on_end.append(lambda _committed: moment.clear())
        self._store = store
        self._runs = Runs(store, now)
        self._contents = Contents(store)
        self._letters = Letters(store, self._runs, self._contents, now)
        self._settling = Settling(store, self._runs, self._letters, now)
        self._drafts = Drafts(store, self._letters, self._contents, now)
        self._settled = 0
        store.on_end.append(self._ended)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def store(self) -> Store:
        """The tables, for those who keep more in them (``people``)."""
        return self._store

    @property
    def writable(self) -> bool:
        """Whether anything can be written: not where it is only read, nor where none is there."""
        return self._store.writable

    def close(self) -> None:
        """Close the file and end the run; letters that it still has in hand are then a dead run's."""
        if self._settled:
            self._learn_if_many()
        self._runs.forget()
        self._store.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Several calls as one commit: with thousands of letters, the sync of the disk is what costs."""
        return self._store.transaction()

    def keep_reading(self) -> None:
        """Many looks in a row: until the next write or ``stop_reading`` all see one state of the ledger."""
        self._store.keep_reading()

    def stop_reading(self) -> None:
        """What other processes write is seen again."""
        self._store.stop_reading()

    def peek(self, identity: str, content_digest: str, *, again: bool = False, formerly: Sequence[str] = ()) -> Claim:
        """Return what ``claim`` would say; nothing is claimed or written; ``content`` and ``pending`` are left out."""
        return self._letters.peek(identity, content_digest, again=again, formerly=formerly)

    def claim(self, new: NewLetter, *, again: bool = False) -> Claim:
        """Claim a letter if it may go, and keep its message."""
        return self._letters.claim_all([new], again=again)[0]

    def claim_all(self, letters: Sequence[NewLetter], *, again: bool = False) -> list[Claim]:
        """``claim`` for each of the letters, in one commit; all at once they cost less."""
        return self._letters.claim_all(letters, again=again)

    def reclaim(self, letter: str) -> Claim:
        """Claim a deferred letter again by its id: the same message, to those who have not got it."""
        return self._letters.reclaim(letter)

    def about_to_send(self, ids: Sequence[str], outcomes: Sequence[Outcome] = ()) -> None:
        """Put the last window's outcomes and the next one's marks on disk in one commit; if it fails, send nothing."""
        self._settled += len(outcomes)
        self._settling.about_to_send(ids, outcomes)

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Record how letters of this run ended."""
        self._settled += len(outcomes)
        self._settling.settle(outcomes)

    def release(self, ids: Sequence[str]) -> None:
        """Give back letters of which the server never had the last octet; they may be claimed anew."""
        self._settling.release(ids)

    def withdraw(self, ids: Sequence[str]) -> None:
        """Give back letters that were offered to no server; what was only claimed is as if it had never been."""
        self._settling.withdraw(ids)

    def resolve(self, letter: str, *, sent: bool) -> None:
        """Settle a letter in doubt as sent, or as deferred; a draft as sent, or forget it; Usage for any other."""
        self._settling.resolve(letter, sent=sent)

    def drop(self, letter: str) -> Dropped:
        """Let a refused or deferred letter go; Usage for any other.  It never goes again to those who have got it."""
        return self._settling.drop(letter)

    def copied(self, letter: str, copy: str) -> None:
        """Record the copy of a sent letter in the Sent folder: ``saved``, ``by-server``, ``off`` or ``failed``."""
        self._settling.copied(letter, copy)

    def record_draft(self, new: NewLetter, login: str, folder: str) -> Draft:
        """Write down that a draft is about to be saved in a mailbox, and keep its message."""
        return self._drafts.record(new, login, folder)

    def draft_placed(self, draft: Draft, uidvalidity: int | None, uid: int | None, size: int | None = None) -> None:
        """Write down where the server put it, and its size in octets."""
        self._drafts.placed(draft.id, uidvalidity, uid, size)

    def draft_of(self, letter: str) -> tuple[str, DraftLocation] | None:
        """Whose mailbox the draft of a letter lies in, and where; None if no draft of it is known."""
        return self._drafts.location(letter)

    def draft_gone(self, letter: str) -> None:
        """The draft of a letter that was sent lies there no longer."""
        self._drafts.gone(letter)

    def draft_refused(self, draft: Draft) -> None:
        """The server took no draft: the ledger is as before."""
        self._drafts.refused(draft)

    def letter(self, letter: str) -> Record:
        """Return what is known of the letter with this id; Usage if there is none."""
        from mailer.ledger import records

        return records.record(self._store, self._letters.by_id(letter).number)

    def _ended(self, committed: bool) -> None:
        if committed and self._settled >= _LEARNED:
            self._learn()

    def _learn_if_many(self) -> None:
        with contextlib.suppress(MailerError):
            if self._store.one(_MANY):
                self._learn()

    def _learn(self) -> None:
        """Let the checks know of what was sent, some letters at a time, and never at the cost of a letter."""
        from mailer.ledger import history

        self._settled = 0
        with contextlib.suppress(MailerError):
            history.learn(self._store)

    def outbox(self) -> list[Waiting]:
        """The letters that are deferred, refused, in doubt, drafts, in the hands of a live run, or without a copy."""
        from mailer.ledger import records

        return records.outbox(self._store, self._runs)

    def log(self, person: str = "") -> Iterator[Logged]:
        """Return what was handed over, newest last; only to ``person`` if given, a part of an address or name."""
        from mailer.ledger import records

        return records.log(self._store, person)

    def handed_over(self, since: datetime, account: str) -> tuple[int, int]:
        """How many letters, and recipients of them, went from ``account`` after ``since``, those in doubt included."""
        from mailer.ledger import records

        return records.handed_over(self._store, moments.written(self._store, lambda: since), account)

    def shelves(self, letter_file: str = "") -> tuple[Shelf, ...]:
        """Where the checks find the letters that were sent; ``letter_file`` is that of the letter in hand."""
        from mailer.ledger import history

        return history.shelves(self._store, letter_file)

    def content(self, letter: str) -> bytes:
        """Return the message of a letter as submitted, octet for octet; Usage if there is no such letter."""
        return self._contents.read(self._letters.by_id(letter).number)

    def contacts(self) -> list[Contact]:
        """Return everybody a letter was claimed for."""
        return contacts.everyone(self._store)
