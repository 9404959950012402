"""A message taken apart, the mails within it too (RFC 2045, 2046), within bounds and without ever raising."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from itertools import islice

from mailer.letters.foreign import parts as foreign
from mailer.letters.foreign.charsets import decoded, guessed
from mailer.letters.foreign.headers import Fields, parameter, split

_DEPTH = 8
_PARTS = 200
_TEXT = 2_000_000
_LONGEST_BOUNDARY = 200
_MAILS = ("message/rfc822", "message/global")
_BREAKS = r"(?i)<(?:br|/?p|/?div|/?tr|/?li|/?h\d|hr|/?table|/?ul|/?ol)\b[^<>]*>"
_UNSEEN = r"(?is)<(style|script|head|title)\b[^<>]*>(?:(?!</?\1).)*</\1\s*>|<!--(?:(?!<!--|-->).)*-->"
_PREFORMATTED = r"(?i)(<pre\b[^<>]*>(?:(?!</?pre\b)[\s\S])*</pre\s*>)"
_QUOTE = r"(?i)<(/?)blockquote\b[^<>]*>"


@dataclass(frozen=True, eq=False)
class Part:
    """One part.  ``kind`` is its media type, ``within`` how many mails it lies in: 0 for the message's own."""

    kind: str
    fields: Fields
    body: bytes
    within: int

    @property
    def is_file(self) -> bool:
        """Whether its sender attached it."""
        return self.fields.raw("Content-Disposition").strip().lower().startswith(b"attachment")

    @cached_property
    def octets(self) -> bytes:
        """What it holds, its transfer encoding undone."""
        return foreign.octets(foreign.Part(self.kind, self.fields, self.body))

    @cached_property
    def text(self) -> str:
        """Its words, HTML as text with "> " before what is quoted; lines end in LF."""
        label = parameter(self.fields.raw("Content-Type"), "charset")
        octets = self.octets[:_TEXT]
        text = decoded(octets, label) if label else guessed(octets)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return _words(text) if self.kind == "text/html" else text


def taken_apart(fields: Fields, body: bytes) -> tuple[Part, ...]:
    """The parts in their order; a mail within is given as a part and then taken apart itself."""
    return tuple(islice(_parts(fields, body, 0, 0), _PARTS))


def media_type(fields: Fields) -> str:
    """The media type in lower case, ``text/plain`` where none is said."""
    found = re.match(r"[\w.+-]{1,60}/[\w.+-]{1,100}", fields.text("Content-Type"))
    return found[0].lower() if found else "text/plain"


def _parts(fields: Fields, body: bytes, depth: int, within: int) -> Iterator[Part]:
    kind = media_type(fields)
    pieces = _pieces(fields, body) if kind.startswith("multipart/") and depth < _DEPTH else []
    for piece in pieces:
        yield from _parts(*split(piece), depth + 1, within)
    if pieces:
        return
    part = Part("text/plain" if kind.startswith("multipart/") else kind, fields, body, within)
    yield part
    if kind in _MAILS and depth < _DEPTH:
        yield from _parts(*split(part.octets.lstrip(b"\r\n")), depth + 1, within + 1)


def _pieces(fields: Fields, body: bytes) -> list[bytes]:
    """What stands between the boundary's lines; what nobody closed ends with the body."""
    boundary = parameter(fields.raw("Content-Type"), "boundary").encode("latin-1", "replace")[:_LONGEST_BOUNDARY]
    if not boundary:
        return []
    delimiter = rb"(?:^|(?<=[\r\n]))--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\r|\Z)"
    found: list[bytes] = []
    start = -1
    for match in islice(re.finditer(delimiter, body), _PARTS + 1):
        if start >= 0:
            found.append(body[start : match.start()])
        start = -1 if match[1] else match.end()
        if match[1]:
            break
    return found if start < 0 else [*found, body[start:]]


def _words(page: str) -> str:
    """What a reader sees of HTML."""
    pieces = re.split(_PREFORMATTED, re.sub(_UNSEEN, "", page))
    lines = "".join(piece if at % 2 else re.sub(r"\s+", " ", piece) for at, piece in enumerate(pieces))
    return _quoted(re.sub(_BREAKS, "\n", lines))


def _quoted(text: str) -> str:
    depth, found = 0, []
    for at, piece in enumerate(re.split(_QUOTE, text)):
        if at % 2:
            depth = max(depth - 1, 0) if piece else min(depth + 1, _DEPTH)
            continue
        plain = unescape(re.sub(r"<[a-zA-Z/!?][^<>]*>", "", piece)).replace("\xa0", " ")
        found.append("\n".join("> " * depth + line.strip() for line in plain.split("\n")) if depth else plain)
    return "\n".join(found)
