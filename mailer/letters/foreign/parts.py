"""The parts of a stranger's mail (RFC 2045, 2046): its text, and a mail within it.

Nothing raises, and no more than ``_LOOKED_AT`` octets, ``_DEPTH`` levels and ``_PARTS`` parts are looked at.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterator
from html import unescape
from itertools import islice

from mailer.letters.foreign.charsets import decoded, guessed
from mailer.letters.foreign.headers import Fields, octets_of_base64, parameter, split
from mailer.tuples import NamedTuple

_LOOKED_AT = 2_000_000
_DEPTH = 8
_PARTS = 100
_BREAKS = r"(?i)<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]*>"
_UNSEEN = r"(?is)<(style|script|head)\b[^<>]*>(?:(?!</?\1).)*</\1\s*>"


class Part(NamedTuple):
    """One part; ``kind`` is its media type, ``body`` its octets as they came."""

    kind: str
    fields: Fields
    body: bytes


def parts(fields: Fields, body: bytes) -> Iterator[Part]:
    """What a mail is made of, multiparts taken apart, mails within it whole."""
    return islice(_parts(fields, body[:_LOOKED_AT], _DEPTH), _PARTS)


def plain_text(found: list[Part]) -> str:
    """The first text that is no attachment, else the first HTML as text; "" if there is none."""
    for kind in ("text/plain", "text/html"):
        for part in found:
            if part.kind == kind and not _is_file(part):
                text = _text(part)
                return text if kind == "text/plain" else _without_tags(text)
    return ""


def enclosed(found: list[Part]) -> tuple[Fields, bytes] | None:
    """The first mail that is a part of this one."""
    for part in found:
        if part.kind == "message/rfc822":
            return split(octets(part).lstrip(b"\r\n"))
    return None


def _parts(fields: Fields, body: bytes, depth: int) -> Iterator[Part]:
    kind = (fields.text("Content-Type").partition(";")[0].strip() or "text/plain").lower()
    boundary = parameter(fields.raw("Content-Type"), "boundary").encode("latin-1")
    if not kind.startswith("multipart/") or not boundary or not depth:
        yield Part(kind, fields, body)
        return
    pieces = re.split(rb"(?m)^--" + re.escape(boundary) + rb"(?:--)?[ \t]*\r?$\n?", body, maxsplit=_PARTS)
    for piece in pieces[1:]:
        yield from _parts(*split(piece), depth - 1)


def _is_file(part: Part) -> bool:
    return part.fields.raw("Content-Disposition").strip().lower().startswith(b"attachment")


def _text(part: Part) -> str:
    label = parameter(part.fields.raw("Content-Type"), "charset")
    held = octets(part)
    return (decoded(held, label) if label else guessed(held)).replace("\r\n", "\n")


def octets(part: Part) -> bytes:
    """What a part holds, its transfer encoding undone."""
    coding = part.fields.text("Content-Transfer-Encoding").lower()
    if coding == "base64":
        return octets_of_base64(part.body.decode("latin-1"))
    return a2b_qp(part.body) if coding == "quoted-printable" else part.body


def _without_tags(text: str) -> str:
    seen = re.sub(_BREAKS, "\n", re.sub(_UNSEEN, "", re.sub(r"\s+", " ", text)))
    return unescape(re.sub(r"<[a-zA-Z/!][^<>]*>", "", seen))
