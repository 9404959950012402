"""Look at messages one by one: which concern the user's people, what they are, and what follows.

Our own copies come before the answers to them.  What was taken is kept, however a run ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

from mailer.answers.values import Origin
from mailer.errors import MailerError
from mailer.letters.foreign.headers import split
from mailer.syncing import files
from mailer.syncing.sieve import Sieve
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.answers.mail import Mail
    from mailer.answers.values import Known, Verdict
    from mailer.people.events import Came

AT_ONCE = 32
_GLANCE = 100
_TOLD_APART = 4_096
_Thing = TypeVar("_Thing")


class Taking(Protocol):
    """Where what came back is recorded: the book of people."""

    def transaction(self) -> AbstractContextManager[None]:
        """Several calls as one commit."""

    def take(self, verdict: Verdict, about: Came) -> int | None:
        """Record what a message is, and do what follows; the number of the event, None where it is known already."""


class Listener(Protocol):
    """Who is told while messages are read."""

    def begin(self, where: str, total: int | None) -> None:
        """So many messages are to be looked at now, if that is known."""

    def looked(self, count: int) -> None:
        """So many more were."""

    def event(self, number: int) -> None:
        """Something was recorded."""

    def failed(self, error: MailerError) -> None:
        """Something could not be read; the rest goes on."""

    def note(self, text: str) -> None:
        """Something is good to know, and no fault."""


class Message(NamedTuple):
    """A message that may matter; ``look`` is its header, ``octets`` all of it, or as much as is wanted."""

    look: Mail
    octets: bytes
    origin: Origin


@dataclass(slots=True)
class Run:
    """One run of reading: what it counts, and how it takes a message."""

    book: Taking
    known: Known
    tell: Listener
    read: int = 0
    new: int = 0
    folders: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    codes: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._sieve = Sieve(self.known)

    _sieve: Sieve = field(init=False)

    def glance(self, heads: Sequence[tuple[bytes, Origin]]) -> list[Mail | None]:
        """Read those of some headers that may concern anybody; None for each of the others."""
        self.read += len(heads)
        self.tell.looked(len(heads))
        found = self._sieve.wanted(heads)
        self.kinds["other"] += len(heads) - sum(one is not None for one in found)
        return found

    def is_own(self, look: Mail, origin: Origin) -> bool:
        """Whether it is the user's own, as far as its header tells."""
        return origin.use in ("sent", "drafts") or self.known.is_own(look.sender[1])

    def take(self, messages: Iterable[Message], reached: Callable[[], object] = int) -> None:
        """Record messages, and that they are read (``reached``), in one commit."""
        told = [(message, self._verdicts(message)) for message in messages]
        with self.book.transaction():
            new = [number for message, verdicts in told for number in self._taken(message, verdicts)]
            reached()
        self.new += len(new)
        for number in new:
            self.tell.event(number)

    def _verdicts(self, message: Message) -> list[Verdict]:
        from mailer.answers.rules import verdicts

        try:
            found = verdicts(message.octets, self.known, message.origin)
        except MailerError:
            raise
        except Exception:
            # Whatever somebody sent, the mail after it is read.
            self.kinds["unreadable"] += 1
            return []
        self.kinds.update({verdict.kind for verdict in found} or {"other"})
        return found

    def _taken(self, message: Message, verdicts: Collection[Verdict]) -> Iterator[int]:
        about = came(message)
        for verdict in verdicts:
            number = self.book.take(verdict, about) if verdict.kind != "other" else None
            if number is not None:
                yield number

    def beside(self, known: Known) -> Run:
        """A run of another mailbox, into the same book."""
        return Run(self.book, known, self.tell)

    def add(self, other: Run) -> None:
        """Count what another run has read."""
        self.read, self.new, self.folders = self.read + other.read, self.new + other.new, self.folders + other.folders
        self.kinds += other.kinds
        self.codes |= other.codes

    def fail(self, error: MailerError) -> None:
        """Something could not be read; what was read before is kept, and the rest goes on."""
        self.codes.add(error.code)
        self.tell.failed(error)


def read_files(paths: Sequence[Path], run: Run, *, junk: bool = False) -> None:
    """Read what lies in files and folders: our own copies as they come, then all others, oldest first.

    A path that cannot be read is told, and the others are read.
    """
    later: list[tuple[float, Mail, files.Found]] = []
    for path in paths:
        run.tell.begin(str(path), None)
        try:
            later += _own_taken(files.messages(path, junk=junk, fault=run.fail), run)
            run.folders += 1
        except MailerError as error:
            run.fail(error)
    later.sort(key=lambda one: one[0])
    for lot in in_lots(later):
        run.take(_loaded(((look, found) for _, look, found in lot), run))


def _own_taken(found: Iterable[files.Found], run: Run) -> Iterator[tuple[float, Mail, files.Found]]:
    """Take our own copies; the others that matter, with when they were written."""
    for lot in in_lots(found, _GLANCE):
        looks = run.glance([(one.head, one.origin) for one in lot])
        chosen = [(look, one) for look, one in zip(looks, lot, strict=True) if look is not None]
        own = [(look, one) for look, one in chosen if run.is_own(look, one.origin)]
        if own:
            run.take(_loaded(own, run))
        for look, one in chosen:
            if (look, one) not in own:
                yield look.date.timestamp() if look.date else 0.0, look, one


def _loaded(found: Iterable[tuple[Mail, files.Found]], run: Run) -> Iterator[Message]:
    for look, one in found:
        try:
            yield Message(look, one.load(), one.origin)
        except MailerError as error:
            run.fail(error)


def came(message: Message) -> Came:
    """What is kept of a message, whatever it is."""
    from mailer.people.events import Came

    look = message.look
    name, address = look.sender
    shown = f"{name} <{address}>" if name and address else name or address
    return Came(
        look.message_id,
        look.date,
        shown,
        look.subject,
        fingerprint(message),
        look.answers_to,
        is_draft=message.origin.use == "drafts",
        words=partial(_text, message.octets),
    )


def _text(octets: bytes) -> str:
    from mailer.answers.mail import read

    return read(octets).text


def fingerprint(message: Message) -> str:
    """What tells a message without a Message-ID from another, over IMAP as in a file: line ends and blanks aside."""
    from hashlib import sha256

    fields = message.look.fields
    told = b"\n".join(b"".join(fields.raw(name).split()) for name in ("From", "To", "Date", "Subject", "Message-ID"))
    _, body = split(message.octets)
    return sha256(told + b"\n\n" + b"".join(body[:_TOLD_APART].split())).hexdigest()


def in_lots(some: Iterable[_Thing], size: int = AT_ONCE) -> Iterator[list[_Thing]]:
    """Some at a time."""
    rest = iter(some)
    while lot := list(islice(rest, size)):
        yield lot
