"""What a PDF says of itself (ISO 32000): whether it is whole and open, its title, author and subject.

Most files say so in plain octets at their end, which are read here; pypdf is asked only where those leave a doubt.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mailer.attachments import Attachment

_TAIL = 4096
_START = re.compile(rb"startxref\s+(\d+)\s")
_ENTRY = re.compile(rb"(\d{10}) (\d{5}) n")
_TABLE = re.compile(rb"xref\s+\d+ \d+\s")
_OBJECT = rb"(?<!\d)%d\s+%d\s+obj\b"
_INFO = re.compile(rb"/Info\s+(\d+)\s+(\d+)\s+R")
_STREAM = rb"(?s)/Type\s*/ObjStm\b(?:(?!endobj).){0,300}?stream\r?\n"
_FIRST = rb"/First\s+(\d+)"
_STRING = re.compile(rb"\s*(?:\((?P<text>(?:[^()\\]|\\.|\([^()]*\))*)\)|<(?P<hex>[0-9A-Fa-f\s]*)>)", re.DOTALL)
_ESCAPE = rb"(?s)\\([0-7]{1,3}|\r?\n|.)"
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_MOST_ENTRIES = 5000


class Facts(NamedTuple):
    """``state`` is "whole", "damaged", "locked" (it asks for a password) or "empty" (no page)."""

    state: str
    title: str = ""
    author: str = ""
    subject: str = ""


_kept: dict[str, Facts] = {}


def facts(attachment: Attachment) -> Facts | None:
    """What a PDF says of itself, read once; None for any other file."""
    if attachment.media_type != "application/pdf" and not attachment.filename.lower().endswith(".pdf"):
        return None
    found = _kept.get(attachment.digest)
    if found is None:
        if len(_kept) > 256:
            _kept.clear()
        found = _kept[attachment.digest] = read(b64decode(attachment.encoded))
    return found


def read(data: bytes) -> Facts:
    """The facts of a PDF's octets."""
    start = _START.findall(data[-_TAIL:])
    if b"%PDF-" not in data[:1024] or not start or b"%%EOF" not in data[-_TAIL:]:
        return Facts("damaged")
    plain = None if b"/Encrypt" in data else _plainly(data, int(start[-1]))
    return plain or _by_library(data)


def _plainly(data: bytes, offset: int) -> Facts | None:
    """The facts, where the file's own table of contents is in order; None where it leaves a doubt."""
    if not _is_in_order(data, offset) or not re.search(rb"/Root\s+\d+\s+\d+\s+R", data):
        return None
    info = _INFO.findall(data)
    if not info:
        return Facts("whole")
    number, generation = map(int, info[-1])
    words = _object(data, number, generation)
    if words is None:
        return None
    return Facts("whole", *(_value(words, key) for key in (b"/Title", b"/Author", b"/Subject")))


def _is_in_order(data: bytes, offset: int) -> bool:
    table = _TABLE.match(data, offset)
    if not table:
        return bool(re.compile(rb"\d+\s+\d+\s+obj\b").match(data, offset)) and _page_count(data) != 0
    end = data.find(b"trailer", offset)
    entries = [match for match in _ENTRY.findall(data[offset:end]) if int(match[0])][:_MOST_ENTRIES]
    there = all(re.compile(rb"\s*\d+\s+%d\s+obj\b" % int(gen)).match(data, int(at)) for at, gen in entries)
    return end > 0 and there and _page_count(data) != 0


def _page_count(data: bytes) -> int | None:
    """The pages that the tree counts; None where it stands in a compressed stream."""
    counts = re.findall(
        rb"/Type\s*/Pages\b[^>]{0,4000}?/Count\s+(\d+)|/Count\s+(\d+)[^>]{0,4000}?/Type\s*/Pages\b", data
    )
    return max((int(a or b) for a, b in counts), default=None)


def _object(data: bytes, number: int, generation: int) -> bytes | None:
    newest = deque(re.finditer(_OBJECT % (number, generation), data), maxlen=1)
    for found in newest:
        end = data.find(b"endobj", found.end())
        return data[found.end() : end if end >= 0 else None]
    for match in re.finditer(_STREAM, data):
        words = _in_stream(data, match, number)
        if words is not None:
            return words
    return None


def _in_stream(data: bytes, match: re.Match[bytes], number: int) -> bytes | None:
    head = data[data.rfind(b"obj", 0, match.end()) : match.end()]
    first = re.search(_FIRST, head)
    try:
        body = zlib.decompressobj().decompress(data[match.end() :], 4_000_000)
    except zlib.error:
        return None
    if not first:
        return None
    places = [int(word) for word in body[: int(first[1])].split() if word.isdigit()]
    offsets = dict(zip(places[::2], places[1::2], strict=False))
    if number not in offsets:
        return None
    begin = offsets[number]
    later = [place for place in offsets.values() if place > begin]
    return body[int(first[1]) + begin : int(first[1]) + min(later) if later else None]


def _value(words: bytes, key: bytes) -> str:
    at = words.find(key)
    match = _STRING.match(words, at + len(key)) if at >= 0 else None
    if not match:
        return ""
    if match["hex"] is not None:
        digits = re.sub(rb"\s", b"", match["hex"])
        return _decoded(bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")))
    return _decoded(re.sub(_ESCAPE, _unescaped, match["text"]))


def _unescaped(match: re.Match[bytes]) -> bytes:
    sign = match[1]
    if sign.isdigit():
        return bytes([int(sign, 8) & 0xFF])
    return b"" if sign.strip() == b"" else _ESCAPES.get(sign, sign)


def _decoded(raw: bytes) -> str:
    if raw.startswith(b"\xfe\xff"):
        return raw[2:].decode("utf-16-be", "replace")
    if raw.startswith(b"\xef\xbb\xbf"):
        return raw[3:].decode("utf-8", "replace")
    return raw.decode("latin-1")


def _by_library(data: bytes) -> Facts:
    """The facts as pypdf reads them, which mends what a reader would mend."""
    import io
    import logging

    import pypdf
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            return Facts("locked")
        if not len(reader.pages):
            return Facts("empty")
        info = reader.metadata
    except DependencyError:
        return Facts("locked")
    except Exception:
        return Facts("damaged")
    told = (info.title, info.author, info.subject) if info else ("", "", "")
    return Facts("whole", *(str(word or "") for word in told))
