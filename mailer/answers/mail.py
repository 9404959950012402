"""A message that came back, read within bounds: its fields, its parts, and every Message-ID that stands in it.

Reading never raises, whatever the octets are.  It takes time in proportion to their number, and looks at no more than
50 MB.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice

from mailer.answers.parts import Part, taken_apart
from mailer.letters.foreign.headers import Fields, split

_LOOKED_AT = 50_000_000
_IDS = 2_000
_SEARCHED = 8_000_000
_LONGEST_DATE = 200
_ID = r"<[^<>\s@]{1,400}@[^<>\s]{1,255}>"
_OCTETS_OF_ID = re.compile(_ID.encode())
_ID_LINE = r"(?im)^[>\s]{0,9}message-id[ \t]{0,9}[:=][ \t]{0,9}<?([^\s<>,;\"]{1,400}@[^\s<>,;\"]{1,255})"
_BARE_ID = r"[^<>\s@,;\"]{1,400}@[^<>\s@,;\"]{1,255}"
_TO = (
    "To",
    "Cc",
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "X-Forwarded-To",
    "Resent-To",
    "Apparently-To",
    "X-RCPT-To",
)
_ANSWERS_TO = (
    "In-Reply-To",
    "References",
    "X-Original-Message-ID",
    "Original-Message-ID",
    "X-MS-Exchange-Parent-Message-Id",
    "X-Failed-Message-ID",
    "Thread-Reference",
)


@dataclass(frozen=True, eq=False)
class Mail:
    """One message; what is asked of it is read when it is first asked.

    ``headers_only``: it is the block of a header, no body was read.
    """

    octets: bytes
    headers_only: bool = False

    @cached_property
    def fields(self) -> Fields:
        """The outermost header."""
        return self._split[0]

    @cached_property
    def sender(self) -> tuple[str, str]:
        """Name and address of From; of one without an address (``MAILER-DAEMON``) its text as the name."""
        found = (mailbox for mailbox in self.fields.mailboxes("From") if mailbox[1])
        return next(found, (self.fields.text("From"), ""))

    @cached_property
    def to(self) -> tuple[str, ...]:
        """The addresses that it names as its recipients, or that it reached."""
        return tuple(dict.fromkeys(address for name in _TO for _, address in self.fields.mailboxes(name) if address))

    @cached_property
    def message_id(self) -> str:
        """Its own Message-ID, "" if it has none."""
        return next(_message_ids(self.fields, ("Message-ID",)), "")

    @cached_property
    def answers_to(self) -> tuple[str, ...]:
        """The Message-IDs that it says it answers."""
        return tuple(dict.fromkeys(_message_ids(self.fields, _ANSWERS_TO)))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Every Message-ID that occurs in it, its own aside: first what it answers, then the others."""
        found = dict.fromkeys((*self.answers_to, *_in_octets(self.octets), *_in_parts(self.parts)))
        return tuple(islice((one for one in found if one != self.message_id), _IDS))

    @cached_property
    def date(self) -> datetime | None:
        """When it was sent, aware; None where it does not say so."""
        return _date(self.fields)

    @cached_property
    def subject(self) -> str:
        """The subject, decoded."""
        return self.fields.text("Subject")

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All its parts, and those of the mails within it."""
        return () if self.headers_only else taken_apart(*self._split)

    @cached_property
    def text(self) -> str:
        """The outermost message's plain text, or its HTML as text; lines end in LF."""
        return _text(self.parts)

    @property
    def broken(self) -> bool:
        """Whether it is no mail at all."""
        return not self.fields.names()

    @cached_property
    def _split(self) -> tuple[Fields, bytes]:
        return split(self.octets)


def read(raw: bytes, headers_only: bool = False) -> Mail:
    """Read a message, or the block of its header alone."""
    return Mail(raw[:_LOOKED_AT].lstrip(b"\r\n \t\0"), headers_only)


def _message_ids(fields: Fields, names: tuple[str, ...]) -> Iterator[str]:
    """Those in some fields, in brackets, also where the sender wrote none."""
    for name in names:
        for text in fields.all(name):
            found = re.findall(_ID, text) or [f"<{bare}>" for bare in re.findall(_BARE_ID, text)]
            yield from islice(found, _IDS)


def _in_octets(octets: bytes) -> Iterator[str]:
    for match in islice(_OCTETS_OF_ID.finditer(octets[:_SEARCHED]), _IDS):
        yield match[0].decode("utf-8", "replace")


def _in_parts(parts: tuple[Part, ...]) -> Iterator[str]:
    """Those in encoded parts, and those that stand without brackets where a report quotes a header."""
    for part in parts:
        if part.kind.startswith(("text/", "message/")):
            yield from re.findall(_ID, part.text)[:_IDS]
            yield from (f"<{bare}>" for bare in re.findall(_ID_LINE, part.text)[:_IDS])


def _date(fields: Fields) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        found = parsedate_to_datetime(fields.text("Date")[:_LONGEST_DATE])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(found.tzinfo or UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _text(parts: tuple[Part, ...]) -> str:
    """The first text of the outermost message that is no file, else its first HTML."""
    own = [part for part in parts if part.within == 0 and not part.is_file]
    for kind in ("text/plain", "text/html"):
        for part in own:
            if part.kind == kind and part.text.strip():
                return part.text
    return ""
