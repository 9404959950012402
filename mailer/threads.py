"""What an ``.eml`` says of the thread it stands in: message-id, references, subject, sender, date (RFC 5322 3.6.4)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailer.characters import bad_in_header, fit_for_header
from mailer.errors import BadData
from mailer.files import read_bytes
from mailer.rendered import Thread

if TYPE_CHECKING:
    from email.message import Message

_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_PREFIX = re.compile(r"\s*(?:(?:re|aw|sv|antw|ref|rif|odp|vs)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_EARLIER_PREFIX = r"\s*(?:(?:re|aw|sv|antw|ref|rif|odp|vs)(?:\[\d+\])?\s*:\s*)+"
_ENCODED_WORD = re.compile(r"(=\?[^?\s]+\?[a-zA-Z]\?[^?\s]*\?=)")
_REFERENCES = 20
# A header of ours takes no longer message-id (RFC 5322 2.1.1).
_LONGEST = 996
_LIMIT = 50_000_000


class Seen(NamedTuple):
    """What was found in a mail; "" or None for what it does not say.  ``sender`` is as in a letter's ``To``."""

    message_id: str
    references: tuple[str, ...]
    subject: str
    sender: str
    reply_to: str
    date: datetime | None
    body: str

    @property
    def thread(self) -> Thread | None:
        """The thread of an answer to it; None where it has no Message-ID."""
        if not self.message_id:
            return None
        return Thread(self.message_id, tuple(dict.fromkeys((*self.references, self.message_id))))


def read_eml(path: Path) -> Seen:
    """The mail in that file.  Raises Unreadable, or BadData for what is no mail."""
    from email.parser import BytesParser

    data = read_bytes(path, "the mail", _LIMIT)
    if data.startswith(b"From "):
        data = data.partition(b"\n")[2]
    try:
        message = BytesParser().parsebytes(data)
    except RecursionError:
        message = BytesParser().parsebytes(data, headersonly=True)
    if not message["From"] and not message["Message-ID"]:
        hint = "Save the mail itself as .eml from your mail program."
        raise BadData(f"{path} is no mail: it has no From and no Message-ID", hint=hint, file=str(path))
    ids = message_ids(_header(message, "Message-ID"))
    references = message_ids(_header(message, "References")) or message_ids(_header(message, "In-Reply-To"))
    return Seen(
        message_id=ids[0] if ids else "",
        references=references if len(references) <= _REFERENCES else (references[0], *references[1 - _REFERENCES :]),
        subject=fit_for_header(_header(message, "Subject")),
        sender=_mailbox(message, "From"),
        reply_to=_mailbox(message, "Reply-To"),
        date=_date(message),
        body=_body(message),
    )


def message_ids(text: str) -> tuple[str, ...]:
    """Every ``<message-id>`` in a header's value that a line of ours can hold, printable ASCII only."""
    found = _MESSAGE_ID.findall(text)
    return tuple(one for one in found if one.isascii() and len(one) <= _LONGEST and not bad_in_header(one))


def only_message_ids(text: str) -> bool:
    """Whether a header's value holds message-ids and nothing else."""
    return not _MESSAGE_ID.sub("", text).strip(" ,") and len(message_ids(text)) == len(_MESSAGE_ID.findall(text))


def reply_subject(subject: str) -> str:
    """``Re: subject`` with one ``Re:``, whatever prefixes it had."""
    return f"Re: {_PREFIX.sub('', subject, count=1)}".strip()


def earlier_reply_subject(subject: str) -> str:
    """What earlier versions made of it: they took prefixes out wherever they stood."""
    return f"Re: {re.sub(_EARLIER_PREFIX, '', subject, count=1, flags=re.IGNORECASE)}".strip()


def _header(message: Message, name: str) -> str:
    raw = message.get(name)
    return "" if raw is None else _decoded(str(raw))


def _mailbox(message: Message, name: str) -> str:
    """The first mailbox of a header, its name decoded, as people type it; "" if there is none."""
    from email.utils import getaddresses

    from mailer.address import Mailbox, format_mailbox, parse_mailbox

    raw = message.get(name)
    for display, addr_spec in getaddresses([str(raw)]) if raw else []:
        decoded = _decoded(display)
        try:
            spec = parse_mailbox(addr_spec).addr_spec
            return format_mailbox(Mailbox(spec, "" if bad_in_header(decoded) else decoded))
        except BadData:
            continue
    return ""


def _decoded(text: str) -> str:
    """The text with its encoded-words read (RFC 2047); one that cannot be read stays as it is."""
    whole = _read(text)
    if whole is not None:
        return whole
    read = [""]
    for piece in _ENCODED_WORD.split(text):
        if _read(piece) is None:
            read += piece, ""
        else:
            read[-1] += piece
    return " ".join(" ".join(_read(piece) or piece for piece in read).split())


def _read(text: str) -> str | None:
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        return " ".join(str(make_header(decode_header(text))).split())
    except (HeaderParseError, LookupError, ValueError):
        return None


def _date(message: Message) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(str(message["Date"])) if message["Date"] else None
    except (TypeError, ValueError, OverflowError):
        return None


def _body(message: Message) -> str:
    """The plain text of the mail, "" if it has none."""
    for part in message.walk():
        if part.get_content_type() == "text/plain" and not part.get_filename():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                charset = part.get_content_charset("utf-8")
                try:
                    return payload.decode(charset, "replace")
                except LookupError:
                    return payload.decode("utf-8", "replace")
    return ""
