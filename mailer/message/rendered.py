"""The finished words of one letter: what the checks read and the composer turns into bytes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mailer.message.address import Mailbox
    from mailer.message.attachments import Attachment


class Thread(NamedTuple):
    """What the letter answers: message-ids with their angle brackets (RFC 5322 3.6.4)."""

    in_reply_to: str
    references: tuple[str, ...] = ()


class Span(NamedTuple):
    """Characters ``start`` to ``end`` of ``where`` ("subject" or "text") that came from the value ``name``."""

    where: str
    start: int
    end: int
    name: str


_NO_FIELDS: Mapping[str, str] = MappingProxyType({})


class Rendered(NamedTuple):
    """One letter, rendered.

    ``former_subject`` is that of an answer as earlier versions wrote it, by which they knew the letter.
    ``text`` is the text part as a reader shows it: LF line ends, no wrapping where ``flowed``
    (RFC 3676; composing wraps it).  ``text`` or ``html`` may be None, not both.  ``prose`` is what the user wrote
    for it, as typed; ``worded`` the language of the template's words, "" where it says none.
    """

    sender: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    text: str | None
    html: str | None
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    flowed: bool = False
    attachments: tuple[Attachment, ...] = ()
    thread: Thread | None = None
    language: str = ""
    prose: str = ""
    fields: Mapping[str, str] = _NO_FIELDS
    spans: Sequence[Span] = ()
    former_subject: str = ""
    worded: str = ""
