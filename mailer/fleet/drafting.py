"""The follow-up of who is due today, put into their owner's Drafts folder: once a step, and never sent from here.

What became of a step is noted (``people.noted``).  Where a template wants words that only the owner has, the draft has
these lines marked and names no recipient (``fleet.unfinished``).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from mailer.errors import CannotWrite, Later, MailerError, NotReady
from mailer.fleet import unfinished
from mailer.letters.letter import parse_letter
from mailer.people import noted
from mailer.people.values import Person, number_of
from mailer.sending.composed import key_of
from mailer.sending.imap_drafts import Drafting
from mailer.sending.item import not_ready_error
from mailer.sending.job import Job, compile_job
from mailer.sending.request import Options
from mailer.sending.sources import Sources
from mailer.settings.server import same_mailbox

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.book import Book
    from mailer.sending.item import Item
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

# What writes the letter file of a person's open step.  Raises MailerError where there can be none.
Writer = Callable[["World", "Book", "Settings", Person], str]

_MAILBOX = """
    SELECT u.mailbox FROM touches t JOIN attempts a ON a.letter = t.letter JOIN runs u ON u.id = a.run
    WHERE t.person = ? AND u.mailbox <> '' ORDER BY t.at DESC, a.number DESC LIMIT 1
"""
_NEWEST_MAILBOX = "SELECT mailbox FROM runs WHERE mailbox <> '' ORDER BY id DESC LIMIT 1"
_WAITING = """
    SELECT l.subject FROM letters l JOIN recipients r ON r.letter = l.number JOIN contacts c ON c.id = r.contact
    JOIN addresses a ON a.key = c.key
    WHERE a.person = ? AND l.waits = 1 AND l.state IN ('claimed', 'sending', 'deferred') LIMIT 1
"""
_THERE = """
    SELECT l.state, coalesce(d.doubt, 0) FROM letters l LEFT JOIN drafts d ON d.letter = l.number
    WHERE l.identity = ? ORDER BY l.number DESC LIMIT 1
"""


class Drafts:
    """Those of one owner in one mailbox; ledger and mailbox are opened with the first letter that is ready."""

    def __init__(
        self,
        world: World,
        settings: Settings,
        book: Book,
        store: Store,
        write: Writer,
        ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._world, self._settings, self._book, self._store = world, settings, book, store
        self._write, self._ending = write, ending
        self._stack = ExitStack()
        self._drafting: Drafting | None = None

    def close(self) -> None:
        """Close what was opened."""
        self._stack.close()

    def is_of(self, person: Person, mailbox: str) -> bool:
        """Whether they are written to from a mailbox: the last letter went from there, or the owner's last of all."""
        row = self._store.one(_MAILBOX, (number_of(person),)) or self._store.one(_NEWEST_MAILBOX)
        return row is None or same_mailbox(row[0]) == same_mailbox(mailbox)

    def save(self, person: Person) -> str:
        """Save the letter of their open step; "draft" or "no-draft", "" where that was done before.

        Raises MailerError where the mailbox or the ledger cannot be reached, and where the worker ends.
        """
        if self._ending():
            raise ended()
        key, number = noted.key_of(person), number_of(person)
        if noted.kind_of(self._store, number, key) == "draft":
            return ""
        try:
            note = noted.Note("draft", self._saved(person))
        except _Reason as reason:
            note = noted.Note("no-draft", str(reason))
        with self._store.transaction():
            noted.keep(self._store, number, key, note, self._book.now)
        return note.kind

    def _saved(self, person: Person) -> str:
        """Save it; where it lies, in words.  Raises _Reason where there can be none."""
        waiting = self._store.one(_WAITING, (number_of(person),))
        if waiting:
            raise _Reason(f"a letter to them waits in the outbox: {waiting[0]}")
        if not self._settings.value("MAILER_IMAP_HOST").text:
            raise _Reason("no IMAP server is set for this mailbox (MAILER_IMAP_HOST)")
        with closing(self._job(person)) as job:
            item = next(job.items())
            is_whole = not unfinished.wants_words(item)
            if not is_whole:
                item = self._unfinished(item, person)
            if item.error or item.blocked:
                raise _Reason.of(item.error or not_ready_error(item))
            return self._put(job, item, is_whole=is_whole)

    def _unfinished(self, item: Item, person: Person) -> Item:
        lacking = unfinished.lacks(item.words())
        if lacking:
            name = self._book.handles([person])[person.id]
            raise _Reason(f"their card does not say the {lacking}: mailer people edit {name}")
        return unfinished.kept(item)

    def _job(self, person: Person) -> Job:
        try:
            letter = parse_letter(self._write(self._world, self._book, self._settings, person), None)
            return compile_job(self._world, Options("follow-up"), Sources(letter, None, {}), ledger="yes", asks=True)
        except (CannotWrite, Later):
            raise
        except MailerError as error:
            raise _Reason.of(error) from error

    def _put(self, job: Job, item: Item, *, is_whole: bool) -> str:
        there = self._store.one(_THERE, (bytes.fromhex(key_of(job, item.words()).identity),))
        # One that may have arrived unseen is looked for, and else put there.
        if there and there != ("draft", 1):
            if there[0] == "draft":
                return "it was made before"
            raise _Reason(f"this letter is {there[0]} already")
        if self._drafting is None:
            self._drafting = Drafting(self._world, job, self._stack)
        self._drafting.job = job
        try:
            _, row = self._drafting.save(item, None if is_whole else unfinished.shown(item.words()))
        except NotReady as error:
            raise _Reason.of(error) from error
        lies = f"the next letter lies in {row.where}" if row.where else "the next letter may lie in the Drafts folder"
        return lies if is_whole else f"{lies}, with lines for you to write, and To for you to fill in"


def ended() -> Later:
    """What breaks off a visit where the worker ends."""
    return Later("the worker ends", hint="What was done is kept; the rest is done in the next hour.")


class _Reason(Exception):
    """Why there is no draft, for the owner."""

    @classmethod
    def of(cls, error: MailerError) -> _Reason:
        return cls(f"{error.text}. {error.hint}".strip())
