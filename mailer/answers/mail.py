"""A message that came back, read within bounds: its fields, its parts, and every Message-ID that stands in it.

Whatever the octets are, reading them never raises and takes time in proportion to their number, of which no more than
50 MB are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
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
    """One message.

    ``sender`` is name and address of From; ``to`` whom it names or reached; ``answers_to`` the Message-IDs that it says
    it answers; ``ids`` all that occur in it, its own aside; ``date`` is aware.  ``text`` is the outermost message's
    plain text, or its HTML as text.  ``headers_only``: no body was read.  ``broken``: it is no mail at all.
    """

    fields: Fields
    sender: tuple[str, str]
    to: tuple[str, ...]
    message_id: str
    answers_to: tuple[str, ...]
    ids: tuple[str, ...]
    date: datetime | None
    subject: str
    parts: tuple[Part, ...]
    text: str
    octets: bytes = b""
    headers_only: bool = False
    broken: bool = False


def read(raw: bytes, headers_only: bool = False) -> Mail:
    """Read a message, or the block of its header alone."""
    octets = raw[:_LOOKED_AT].lstrip(b"\r\n \t\0")
    fields, body = split(octets)
    parts = () if headers_only else taken_apart(fields, body)
    own = _first(_message_ids(fields, ("Message-ID",)))
    return Mail(
        fields=fields,
        sender=_sender(fields),
        to=tuple(dict.fromkeys(address for name in _TO for _, address in fields.mailboxes(name) if address)),
        message_id=own,
        answers_to=tuple(dict.fromkeys(_message_ids(fields, _ANSWERS_TO))),
        ids=tuple(found for found in _all_ids(octets, fields, parts) if found != own),
        date=_date(fields),
        subject=fields.text("Subject"),
        parts=parts,
        text=_text(parts),
        octets=octets,
        headers_only=headers_only,
        broken=not fields.names(),
    )


def _sender(fields: Fields) -> tuple[str, str]:
    """Of a From without an address (``MAILER-DAEMON``) its text as the name."""
    return _first_mailbox(fields) or (fields.text("From"), "")


def _first_mailbox(fields: Fields) -> tuple[str, str] | None:
    return next((found for found in fields.mailboxes("From") if found[1]), None)


def _message_ids(fields: Fields, names: tuple[str, ...]) -> Iterator[str]:
    """Those in some fields, in brackets, also where the sender wrote none."""
    for name in names:
        for text in fields.all(name):
            found = re.findall(_ID, text) or [f"<{bare}>" for bare in re.findall(_BARE_ID, text)]
            yield from islice(found, _IDS)


def _first(found: Iterator[str]) -> str:
    return next(found, "")


def _all_ids(octets: bytes, fields: Fields, parts: tuple[Part, ...]) -> dict[str, None]:
    """In the order of their weight: what the header answers, then the whole, then what is encoded in parts."""
    found = dict.fromkeys(_message_ids(fields, _ANSWERS_TO))
    for match in islice(_OCTETS_OF_ID.finditer(octets[:_SEARCHED]), _IDS):
        found[match[0].decode("utf-8", "replace")] = None
    for part in parts:
        if part.kind.startswith(("text/", "message/")):
            found.update(dict.fromkeys(re.findall(_ID, part.text)[:_IDS]))
            found.update(dict.fromkeys(f"<{bare}>" for bare in re.findall(_ID_LINE, part.text)[:_IDS]))
    return dict(islice(found.items(), _IDS))


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
