"""The follow-up of who is due today, put into their owner's Drafts folder: once a step, and never sent from here.

What became of a step is kept as an event of the person's: ``draft``, which is never made again, whatever the owner did
with it; or ``no-draft`` with the reason, which is tried again on the next day.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC
from typing import TYPE_CHECKING

from mailer.errors import CannotWrite, Later, MailerError, NotReady
from mailer.letters.letter import NAMED, Letter, parse_letter
from mailer.people.values import Person, number_of
from mailer.sending.composed import key_of
from mailer.sending.imap_drafts import Drafting
from mailer.sending.item import not_ready_error
from mailer.sending.job import Job, compile_job
from mailer.sending.request import Options
from mailer.sending.sources import Sources

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.book import Book
    from mailer.sending.item import Item
    from mailer.sending.world import World
    from mailer.settings.settings import Settings

# What writes the letter file of a person's open step.  Raises MailerError where there can be none.
Writer = Callable[["World", "Book", "Settings", Person], str]

_MOST = 200
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
_KNOWN = "SELECT id, class FROM events WHERE key = ? AND person = ? AND address = ''"
_ANEW = "UPDATE events SET class = ?, text = ?, at = ?, day = ? WHERE id = ?"
_FIRST = """
    INSERT INTO events (class, text, at, day, person, key, confidence, because, sender, subject, address, effect)
    VALUES (?, ?, ?, ?, ?, ?, 'sure', 'mailer work', '', '', '', '')
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
        return row is None or row[0] == mailbox

    def save(self, person: Person) -> str:
        """Save the letter of their open step; "draft" or "no-draft", "" where that was done before.

        Raises MailerError where the mailbox or the ledger cannot be reached, and where the worker ends.
        """
        if self._ending():
            raise ended()
        key = _key(person)
        known = self._store.one(_KNOWN, (key, number_of(person)))
        if known and known[1] == "draft":
            return ""
        try:
            what, text = "draft", self._saved(person)
        except _Reason as reason:
            what, text = "no-draft", str(reason)
        self._keep(person, key, what, text)
        return what

    def _saved(self, person: Person) -> str:
        """Save it; where it lies, in words.  Raises _Reason where there can be none."""
        waiting = self._store.one(_WAITING, (number_of(person),))
        if waiting:
            raise _Reason(f"a letter to them waits in the outbox: {waiting[0]}")
        if not self._settings.value("MAILER_IMAP_HOST").text:
            raise _Reason("no IMAP server is set for this mailbox (MAILER_IMAP_HOST)")
        with closing(self._job(person)) as job:
            item = next(job.items())
            if item.error or item.blocked:
                raise _Reason.of(item.error or not_ready_error(item))
            return self._put(job, item)

    def _job(self, person: Person) -> Job:
        try:
            letter = parse_letter(self._write(self._world, self._book, self._settings, person), None)
            if _wants_words(letter):
                name = self._book.handles([person])[person.id]
                raise _Reason(f"{letter.template} wants words of your own: mailer follow-up {name}")
            return compile_job(self._world, Options("follow-up"), Sources(letter, None, {}), ledger="yes", asks=True)
        except (CannotWrite, Later):
            raise
        except MailerError as error:
            raise _Reason.of(error) from error

    def _put(self, job: Job, item: Item) -> str:
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
            _, row = self._drafting.save(item)
        except NotReady as error:
            raise _Reason.of(error) from error
        return f"the next letter lies in {row.where}" if row.where else "the next letter may lie in the Drafts folder"

    def _keep(self, person: Person, key: str, what: str, text: str) -> None:
        at, number = self._book.now.astimezone(UTC).isoformat(timespec="microseconds"), number_of(person)
        values = (what, text[:_MOST], at, self._book.today.isoformat())
        with self._store.transaction():
            known = self._store.one(_KNOWN, (key, number))
            if known:
                self._store.execute(_ANEW, (*values, known[0]))
            else:
                self._store.execute(_FIRST, (*values, number, key))


def _wants_words(letter: Letter) -> bool:
    """Whether examples stand for what only the owner can say."""
    return "‹" in letter.prose or any("‹" in one.value for one in letter.headers if one.name not in NAMED)


def ended() -> Later:
    """What breaks off a visit where the worker ends."""
    return Later("the worker ends", hint="What was done is kept; the rest is done in the next hour.")


class _Reason(Exception):
    """Why there is no draft, for the owner."""

    @classmethod
    def of(cls, error: MailerError) -> _Reason:
        return cls(f"{error.text}. {error.hint}".strip())


def _key(person: Person) -> str:
    """What tells a step of theirs from all others: its plan, the day it counts from, its number; or a chosen day."""
    card, step = person.card, person.open
    assert step is not None
    number = step.step if person.steps and card.plan else step.day.isoformat()
    return f"follow-up {card.plan} {person.anchor or ''} {number}"
