"""A letter that asks to go, and what the ledger says to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.checks.similar import Keys
    from mailer.message.address import Mailbox
    from mailer.message.attachments import Attachment
    from mailer.message.compose import Unstamped
    from mailer.transport.replies import Reply

Kind = Literal[
    "new",
    "retry",
    "partial",
    "already-sent",
    "other-words",
    "refused",
    "in-doubt",
    "busy",
    "ours",
    "queued",
    "queued-other-words",
]
GOES: frozenset[Kind] = frozenset({"new", "retry", "partial"})


class Recipient(NamedTuple):
    """One recipient: ``header`` "to", "cc" or "bcc"; ``key`` is the address in caseless form."""

    header: str
    addr_spec: str
    name: str
    key: str


class NewLetter(NamedTuple):
    """A letter that asks to go.  ``identity`` and ``content_digest`` are 64 hex digits (see ``names``).

    ``sender`` is the reverse-path, ``message_id`` has its angle brackets, ``date`` is aware.  Both stamp
    today's words; a letter that was claimed before keeps the Message-ID of then.  ``people`` has no doubles.
    ``message`` waits for that stamp, and ``attachments`` for their places in it.
    ``formerly`` are the keys by which earlier versions may have recorded it.  ``card`` is what it says about its
    recipient, as JSON, or "".  ``known_by`` is what the checks of later letters find it by, if that is known already.
    """

    identity: str
    content_digest: str
    message_id: str
    date: datetime
    sender: str
    people: tuple[Recipient, ...]
    subject: str
    message: Unstamped
    attachments: tuple[Attachment, ...] = ()
    template: str = ""
    company: str = ""
    position: str = ""
    prose: str = ""
    letter_file: str = ""
    account: str = ""
    formerly: tuple[str, ...] = ()
    card: str = ""
    known_by: Keys | None = None


class Told(NamedTuple):
    """Of a letter, what it is found by is made of; ``people`` are addresses in caseless form, and names."""

    company: str
    position: str
    prose: str
    people: tuple[tuple[str, str], ...]


def told(company: str, position: str, prose: str, people: Iterable[Recipient]) -> Told:
    """That of a letter which is to go."""
    return Told(company, position, prose, tuple([(one.key, one.name) for one in people]))


class KnownBy(NamedTuple):
    """What the checks find a letter by, as long as it is what was ``told``: another process may word it anew."""

    told: Told
    keys: Keys


def people(to: Iterable[Mailbox], cc: Iterable[Mailbox] = (), bcc: Iterable[Mailbox] = ()) -> tuple[Recipient, ...]:
    """Return everybody a letter goes to; of doubles the first."""
    found: dict[str, Recipient] = {}
    for kind, boxes in (("to", to), ("cc", cc), ("bcc", bcc)):
        for box in boxes:
            found.setdefault(box.key, Recipient(kind, box.addr_spec, box.display_name, box.key))
    return tuple(found.values())


class Claim(NamedTuple):
    """What the ledger says to a letter that asks to go.

    ``new``, ``retry`` and ``partial`` go: ``content`` is what to submit, from ``sender`` to ``pending``.
    ``already-sent`` and ``other-words`` were sent at ``sent``; ``refused`` has the recorded ``reply``, or where the
    server said nothing a ``remark``; ``in-doubt`` waits to be resolved; ``busy`` is in the hands of another process,
    ``ours`` of this one; ``queued`` and ``queued-other-words`` are put off.  ``refusals`` are the recipients refused
    for good, by addr-spec.  ``id`` is empty where nothing was claimed yet.  ``drafted``: it stands as a draft in a
    mailbox, from where it may have been sent.
    """

    kind: Kind
    id: str = ""
    message_id: str = ""
    sender: str = ""
    pending: tuple[str, ...] = ()
    content: bytes = b""
    sent: datetime | None = None
    reply: Reply | None = None
    remark: str = ""
    refusals: Mapping[str, Reply] = MappingProxyType({})
    drafted: bool = False

    @property
    def goes(self) -> bool:
        """True if the letter is to be submitted."""
        return self.kind in GOES


class Terms(NamedTuple):
    """On what terms letters are put off: not before ``due``, from ``mailbox``; the checks ``allowed`` may not pass."""

    due: datetime
    mailbox: str
    allowed: frozenset[str] = frozenset()


class Queued(NamedTuple):
    """A letter that is put off until ``due``, since ``added``; ``people`` is how many it goes to.

    ``drafted``: it lies in a mailbox as a draft, too.
    """

    id: str
    account: str
    mailbox: str
    due: datetime
    added: datetime
    allowed: frozenset[str]
    to: tuple[str, ...]
    people: int
    subject: str
    sender: str
    message_id: str
    drafted: bool


class DraftLocation(NamedTuple):
    """Where an earlier draft of a letter lies: ``folder`` on the wire; ``uid`` None if nobody knows whether it does.

    ``doubt``: one more with the same Message-ID may lie there, whose saving was never answered.  ``size`` in octets.
    """

    folder: str
    message_id: str
    uidvalidity: int | None
    uid: int | None
    doubt: bool
    size: int | None = None


class Draft(NamedTuple):
    """A letter that is to lie in a mailbox: its stamp, and where its ``earlier`` draft lies.

    ``unchanged``: it would be the same message, octet for octet, as the earlier one.
    """

    id: str
    message_id: str
    date: datetime
    earlier: DraftLocation | None = None
    unchanged: bool = False


class Dropped(NamedTuple):
    """A letter that was let go: who had ``got`` it, and the state of what stands under its identity now, or ""."""

    got: tuple[str, ...]
    standing: str


class Record(NamedTuple):
    """What the ledger knows of one letter, by its id; ``login``: whose mailbox its draft lies in, or ""."""

    id: str
    state: str
    copy: str
    message_id: str
    account: str
    subject: str
    login: str
    sent: datetime | None
