"""Compose the bytes of a message, and its envelope, from ``Rendered`` and ``Stamp``.

RFC 5322 (headers), 2045 to 2047 (MIME), 2183 and 2231 (attachments), 3676 (flowed text), 6532 (UTF-8 addresses).
The bytes are put together here, not by the ``email`` package, whose folding is unsafe on Pythons that we support;
``mailer.message.verify`` reads every message back before it is given out.  The same ``Stamp`` gives the same bytes.
"""

from __future__ import annotations

from binascii import crc32
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from mailer.errors import BadData
from mailer.message.address import fold_duplicates
from mailer.message.attachments import Attachment
from mailer.message.bodies import encode_body
from mailer.message.flowed import flow
from mailer.message.headers import (
    MONTHS,
    WEEKDAYS,
    ascii_fallback,
    id_header,
    mailbox_header,
    parameter_header,
    text_header,
)
from mailer.message.rendered import Rendered, Thread
from mailer.message.verify import read_back
from mailer.tuples import NamedTuple

# How the head of a part in quoted-printable ends.
_CODED = b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_VERSION = b"MIME-Version: 1.0\r\n"


class Stamp(NamedTuple):
    """What makes one message of a letter: its Message-ID, with ``<>``, and its date, with a zone."""

    message_id: str
    date: datetime


class Envelope(NamedTuple):
    """RFC 5321 2.3.1: addr-specs without ``<>``; ``forward_paths`` has no duplicates and is never empty."""

    reverse_path: str
    forward_paths: tuple[str, ...]


def make_stamp(sender: str, now: datetime, random_hex: str) -> Stamp:
    """Make a Message-ID with the domain of the ``sender``'s addr-spec (RFC 5322 3.6.4).  ``now`` has a zone."""
    moment = f"{now.year:04}{now.month:02}{now.day:02}{now.hour:02}{now.minute:02}{now.second:02}"
    return Stamp(f"<{moment}.{random_hex}@{sender.rpartition('@')[2]}>", now)


def envelope(r: Rendered) -> Envelope:
    """Return who it is from and who gets it, Bcc too.  Raises BadData without a recipient."""
    boxes = fold_duplicates((*r.to, *r.cc, *r.bcc))
    if not boxes:
        raise BadData("the letter has no recipient", hint="Write a To: header.", field="To")
    return Envelope(r.sender.addr_spec, tuple(mailbox.addr_spec for mailbox in boxes))


class Unstamped(NamedTuple):
    """A composed message but for its Date and Message-ID, read back already: plain values, ready for a spool.

    ``head`` are the header lines between those two, ``tail`` is all that follows; ``places`` are where in ``tail``
    the body of each attachment goes, in their order.
    """

    head: bytes
    tail: bytes
    places: tuple[int, ...] = ()


class Content(NamedTuple):
    """A message whose attachments are still apart: ``splices`` are places in ``literal`` and what goes in there."""

    literal: bytes
    splices: tuple[tuple[int, Attachment], ...] = ()

    def octets(self) -> bytes:
        """The message as it is submitted: lines end in CRLF, not dot-stuffed."""
        if not self.splices:
            return self.literal
        pieces: list[bytes] = []
        start = 0
        for place, attachment in self.splices:
            pieces += self.literal[start:place], attachment.encoded
            start = place
        return b"".join([*pieces, self.literal[start:]])


def compose(r: Rendered, stamp: Stamp) -> bytes:
    """Compose what is submitted: lines end in CRLF, no Bcc, not dot-stuffed.

    Raises BadData for what may not stand in a header, ComposingBug if the message does not read back as ``r``.
    """
    return stamped(unstamped(r), r.attachments, stamp).octets()


def compose_preview(r: Rendered) -> bytes:
    """The mail with fixed words for Date and Message-ID, which it gets when it is sent."""
    return compose(r, Stamp("<set-when-sent@placeholder.invalid>", datetime(2000, 1, 1, tzinfo=UTC)))


def unstamped(r: Rendered, *, bcc: bool = False) -> Unstamped:
    """Compose all of a message that can be made and read back before it has its stamp.  Raises as ``compose``."""
    head = "".join(_headers(r, bcc=bcc)).encode()
    content, places = _content(r)
    lead = "".join(_thread_headers(r.thread)).encode() + _VERSION if r.thread else _VERSION
    tail = lead + content
    if not places:
        read_back(head + tail, (), r, bcc=bcc)
        return Unstamped(head, tail)
    read_back(head + tail, [len(head) + len(lead) + place for place in places], r, bcc=bcc)
    return Unstamped(head, tail, tuple([len(lead) + place for place in places]))


def stamped(made: Unstamped, attachments: Sequence[Attachment], stamp: Stamp) -> Content:
    """Add Date and Message-ID.  Raises BadData for a Message-ID that is none."""
    message_id = id_header("Message-ID", (stamp.message_id,))
    return _whole(_date_header(stamp.date), made, message_id, attachments)


def compose_draft(r: Rendered, stamp: Stamp | None = None) -> bytes:
    """Compose what a mail program opens to be changed and sent: Bcc is kept.

    Without a stamp there is ``X-Unsent: 1`` and neither Date nor Message-ID; with one, as an IMAP folder wants it,
    it is the other way round.  Raises as ``compose``.
    """
    made = unstamped(r, bcc=True)
    if stamp:
        return stamped(made, r.attachments, stamp).octets()
    return _whole("X-Unsent: 1\r\n", made, "", r.attachments).octets()


def _whole(first: str, made: Unstamped, last: str, attachments: Sequence[Attachment]) -> Content:
    start = b"".join((first.encode("ascii"), made.head, last.encode("ascii")))
    if not (made.places or attachments):
        return Content(start + made.tail)
    splices = zip([len(start) + place for place in made.places], attachments, strict=True)
    return Content(start + made.tail, tuple(splices))


def _headers(r: Rendered, *, bcc: bool = False) -> list[str]:
    headers = [mailbox_header("From", (r.sender,))]
    if r.to:
        headers.append(mailbox_header("To", r.to))
    if r.cc or r.bcc or r.reply_to:
        others = (("Cc", r.cc), ("Bcc", r.bcc if bcc else ()), ("Reply-To", r.reply_to))
        headers += [mailbox_header(name, boxes) for name, boxes in others if boxes]
    if r.subject:
        headers.append(text_header("Subject", r.subject))
    return headers


def _thread_headers(thread: Thread) -> Iterator[str]:
    yield id_header("In-Reply-To", (thread.in_reply_to,))
    yield id_header("References", thread.references or (thread.in_reply_to,))


def _date_header(moment: datetime) -> str:
    """RFC 5322 3.3, in English whatever the locale."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a date without a zone")
    before, after = _minute(moment.year, moment.month, moment.day, moment.hour, moment.minute, offset)
    return f"{before}{moment.second:02}{after}"


@lru_cache(maxsize=4)
def _minute(year: int, month: int, day: int, hour: int, minute: int, offset: timedelta) -> tuple[str, str]:
    """A date header before and after its seconds."""
    minutes = round(offset.total_seconds() / 60)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    name = WEEKDAYS[date(year, month, day).weekday()][:3]
    return f"Date: {name}, {day:02} {MONTHS[month - 1][:3]} {year:04} {hour:02}:{minute:02}:", f" {zone}\r\n"


def _content(r: Rendered) -> tuple[bytes, list[int]]:
    """The part that is the message, without the bodies of attachments, and the places of these."""
    if r.html is None:
        body = _text_part(r.text or "", r.flowed)
    elif r.text is None:
        body = _html_part(r.html)
    else:
        body = _multipart("alternative", [_text_part(r.text, r.flowed), _html_part(r.html)])
    if not r.attachments:
        return body if body.endswith(b"\r\n") else body + b"\r\n", []
    heads = [_file_head(one.filename, one.media_type, one.charset) for one in r.attachments]
    whole = _multipart("mixed", [body, *heads], [body])
    places = [len(body)]
    for head in heads:
        places.append(whole.index(head, places[-1]) + len(head))
    return whole, places[1:]


def _text_part(text: str, flowed: bool) -> bytes:
    if flowed:
        body = encode_body(flow(text), loose_ends=True)
        return _part("text/plain; charset=utf-8; format=flowed; delsp=no", *body)
    return _part("text/plain; charset=utf-8", *encode_body(text))


def _html_part(html: str) -> bytes:
    return _part("text/html; charset=utf-8", *encode_body(html, loose_ends=True))


def _part(content_type: str, encoding: str, body: bytes) -> bytes:
    return _part_head(content_type, encoding) + body


@lru_cache(maxsize=16)
def _part_head(content_type: str, encoding: str) -> bytes:
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode("ascii")


@lru_cache(maxsize=256)
def _file_head(filename: str, media_type: str, charset: str) -> bytes:
    # The ASCII name stands in Content-Type only: beside filename*= many readers would prefer it.
    parameters = {"charset": charset} if charset else {}
    content_type = parameter_header("Content-Type", media_type, parameters | {"name": ascii_fallback(filename)})
    disposition = parameter_header("Content-Disposition", "attachment", {"filename": filename})
    return f"{content_type}{disposition}Content-Transfer-Encoding: base64\r\n\r\n".encode("ascii")


def _multipart(subtype: str, parts: Sequence[bytes], texts: Sequence[bytes] = ()) -> bytes:
    """RFC 2046 5.1: parts with a delimiter line before each and a closing one after them.

    The delimiter is made of ``texts``, or of all parts.
    """
    boundary = _boundary(subtype[0], texts or parts)
    delimiter = b"\r\n--%b\r\n" % boundary
    head = b'Content-Type: multipart/%b;\r\n boundary="%b"\r\n' % (subtype.encode("ascii"), boundary)
    return b"".join([head, delimiter, delimiter.join(parts), delimiter[:-2], b"--\r\n"])


def _boundary(sign: str, texts: Sequence[bytes]) -> bytes:
    """A delimiter that occurs in none of ``texts``; quoted-printable cannot hold its ``=_``."""
    check = 0
    for text in texts:
        check = crc32(text, check)
    boundary = f"=_{sign}{check:08x}00".encode("ascii")
    number = 0
    bare = [text for text in texts if not text[: text.find(b"\r\n\r\n") + 4].endswith(_CODED)]
    while bare and any(boundary in text for text in bare):
        number += 1
        boundary = b"%b%02x" % (boundary[:11], number)
    return boundary
