"""``Rendered`` and ``Stamp`` to the bytes of a message, and to its envelope.

RFC 5322 (headers), 2045 to 2047 (MIME), 2183 and 2231 (attachments), 3676 (flowed text), 6532 (UTF-8 addresses).
The bytes are put together here, not by the ``email`` package, whose folding is unsafe on Pythons that we support;
``mailer.reader`` reads every message back before it is given out.  The same ``Stamp`` gives the same bytes.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from mailer.address import Mailbox, fold_doubles
from mailer.attachments import Attachment
from mailer.bodies import encode_body
from mailer.errors import BadData
from mailer.flowed import flow
from mailer.flowed import unflow as unflow
from mailer.headers import ascii_fallback, id_header, mailbox_header, parameter_header, text_header
from mailer.reader import ComposingBug as ComposingBug
from mailer.reader import read_back
from mailer.rendered import Rendered

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_Entity = list[bytes]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one message of a letter: its Message-ID, with ``<>``, and its date, with a zone."""

    message_id: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """RFC 5321 2.3.1: addr-specs without ``<>``; ``forward_paths`` has no doubles and is never empty."""

    reverse_path: str
    forward_paths: tuple[str, ...]


def make_stamp(sender: Mailbox, now: datetime, random_hex: str) -> Stamp:
    """A Message-ID with the sender's domain on its right (RFC 5322 3.6.4).  ``now`` has a zone."""
    moment = f"{now.year:04}{now.month:02}{now.day:02}{now.hour:02}{now.minute:02}{now.second:02}"
    return Stamp(f"<{moment}.{random_hex}@{sender.domain}>", now)


def envelope(r: Rendered) -> Envelope:
    """Who it is from and who gets it, Bcc too.  Raises BadData without a recipient."""
    boxes = fold_doubles((*r.to, *r.cc, *r.bcc))
    if not boxes:
        raise BadData("the letter has no recipient", hint="Write a To: header.", field="To")
    return Envelope(r.sender.addr_spec, tuple(mailbox.addr_spec for mailbox in boxes))


def needs_smtputf8(r: Rendered) -> bool:
    """True if any address has a local part that is not ASCII (RFC 6531); only then is the message not 7-bit."""
    return any(mailbox.needs_smtputf8 for mailbox in (r.sender, *r.to, *r.cc, *r.bcc, *r.reply_to))


def compose(r: Rendered, stamp: Stamp) -> bytes:
    """What is submitted: lines end in CRLF, no Bcc, not dot-stuffed.

    Raises BadData for what may not stand in a header, ComposingBug if the message does not read back as ``r``.
    """
    head = [_date_header(stamp.date), *_address_headers(r), *_topic_headers(r, stamp.message_id)]
    return _finished(head, r, draft=False)


def compose_draft(r: Rendered, stamp: Stamp | None = None) -> bytes:
    """What a mail program opens to be changed and sent: Bcc is kept.

    Without a stamp there is ``X-Unsent: 1`` and neither Date nor Message-ID; with one, as an IMAP folder wants it,
    it is the other way round.  Raises as ``compose``.
    """
    first = _date_header(stamp.date) if stamp else "X-Unsent: 1\r\n"
    head = [first, *_address_headers(r, bcc=True), *_topic_headers(r, stamp.message_id if stamp else "")]
    return _finished(head, r, draft=True)


def _finished(head: list[str], r: Rendered, *, draft: bool) -> bytes:
    head.append("MIME-Version: 1.0\r\n")
    message = b"".join(["".join(head).encode(), *_content(r)])
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    read_back(message, r, draft=draft)
    return message


def _address_headers(r: Rendered, *, bcc: bool = False) -> list[str]:
    named = (
        ("From", (r.sender,)),
        ("To", r.to),
        ("Cc", r.cc),
        ("Bcc", r.bcc if bcc else ()),
        ("Reply-To", r.reply_to),
    )
    return [mailbox_header(name, boxes) for name, boxes in named if boxes]


def _topic_headers(r: Rendered, message_id: str) -> list[str]:
    headers = []
    if r.subject:
        headers.append(text_header("Subject", r.subject))
    if message_id:
        headers.append(id_header("Message-ID", (message_id,)))
    if r.thread:
        headers.append(id_header("In-Reply-To", (r.thread.in_reply_to,)))
        headers.append(id_header("References", r.thread.references or (r.thread.in_reply_to,)))
    return headers


def _date_header(date: datetime) -> str:
    """RFC 5322 3.3, in English whatever the locale."""
    offset = date.utcoffset()
    if offset is None:
        raise ValueError("a date without a zone")
    minutes = round(offset.total_seconds() / 60)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    day = f"{_DAYS[date.weekday()]}, {date.day:02} {_MONTHS[date.month - 1]} {date.year:04}"
    return f"Date: {day} {date.hour:02}:{date.minute:02}:{date.second:02} {zone}\r\n"


def _content(r: Rendered) -> _Entity:
    parts = []
    if r.text is not None or r.html is None:
        parts.append(_text_part(r.text or "", r.flowed))
    if r.html is not None:
        parts.append(_html_part(r.html))
    body = parts[0] if len(parts) == 1 else _multipart("alternative", parts, [*parts[0], *parts[1]])
    if not r.attachments:
        return body
    return _multipart("mixed", [body, *map(_attachment_part, r.attachments)], body)


def _text_part(text: str, flowed: bool) -> _Entity:
    encoding, body = encode_body(flow(text) if flowed else text, loose_ends=flowed)
    kind = "; format=flowed; delsp=no" if flowed else ""
    return _part_head(f"text/plain; charset=utf-8{kind}", encoding, body)


def _html_part(html: str) -> _Entity:
    encoding, body = encode_body(html, loose_ends=True)
    return _part_head("text/html; charset=utf-8", encoding, body)


def _part_head(content_type: str, encoding: str, body: bytes) -> _Entity:
    head = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return [head.encode("ascii"), body]


def _attachment_part(attachment: Attachment) -> _Entity:
    head = _attachment_head(attachment.filename, attachment.media_type, attachment.charset)
    return [head, attachment.encoded]


@lru_cache(maxsize=256)
def _attachment_head(filename: str, media_type: str, charset: str) -> bytes:
    # The ASCII name stands in Content-Type only: beside filename*= many readers would prefer it.
    parameters = {"charset": charset} if charset else {}
    content_type = parameter_header("Content-Type", media_type, parameters | {"name": ascii_fallback(filename)})
    disposition = parameter_header("Content-Disposition", "attachment", {"filename": filename})
    return f"{content_type}{disposition}Content-Transfer-Encoding: base64\r\n\r\n".encode("ascii")


def _multipart(subtype: str, parts: Sequence[_Entity], text: _Entity) -> _Entity:
    """RFC 2046 5.1: parts with a delimiter line before each and a closing one after the last."""
    boundary = _boundary(subtype[0], text)
    delimiter = f"\r\n--{boundary}\r\n".encode("ascii")
    entity = [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")]
    for part in parts:
        entity.append(delimiter if len(entity) > 1 else delimiter[2:])
        entity += part
    entity.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    return entity


def _boundary(sign: str, text: _Entity) -> str:
    """A delimiter that does not occur in ``text``; base64 and quoted-printable cannot hold its ``=_``."""
    checksum = 0
    for piece in text:
        checksum = crc32(piece, checksum)
    number = 0
    while any(f"=_{sign}{checksum:08x}{number:02x}".encode("ascii") in piece for piece in text):
        number += 1
    return f"=_{sign}{checksum:08x}{number:02x}"
