"""Read what a PDF says of itself (ISO 32000): whether it is whole and open, its title, author and subject.

Most files say so in plain octets at their end, which are read here, within bounds; where those leave a doubt, pypdf is
asked, in a process of its own that has 2 s and 64 MB (``pdf_reading``).  Anybody may have made the file: one that takes
more is left unread.
"""

from __future__ import annotations

import re
import sys
import time
import zlib
from binascii import a2b_base64
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.message.attachments import Attachment

_PLAIN_SECONDS = 0.5
# By the clock: its work is held to 2 s where the system can, but a busy machine takes its time.
_LIBRARY_SECONDS = 2.0 if sys.platform == "win32" else 5.0
_MOST_INFLATED = 64_000_000
_LARGEST_STREAM = 4_000_000
_LARGEST_INFO = 65_536

_TAIL = 4096
_START = rb"startxref\s{1,20}(\d+)\s"
_ENTRY = rb"(\d{10}) (\d{5}) n"
_TABLE = rb"xref\s{1,20}\d{1,10} \d{1,10}\s"
_BEGIN = rb"\d{1,10}\s{1,20}\d{1,10}\s{1,20}obj\b"
_OBJECT = rb"(?<!\d)%d\s{1,20}%d\s{1,20}obj\b"
_ROOT = rb"/Root\s{1,20}\d{1,10}\s{1,20}\d{1,10}\s{1,20}R"
_INFO = rb"/Info\s{1,20}(\d{1,10})\s{1,20}(\d{1,10})\s{1,20}R"
_PAGES = rb"/Type\s{0,20}/Pages\b"
_COUNT = rb"/Count\s{1,20}(\d{1,10})(?!\d)"
_OBJECTS = rb"/Type\s{0,20}/ObjStm\b"
_BODY = rb"stream\r?\n"
_FIRST = rb"/First\s{1,20}(\d{1,9})(?!\d)"
_STRING = rb"(?s)\s*(?:\((?P<text>(?:[^()\\]|\\.|\([^()]*\))*)\)|<(?P<hex>[0-9A-Fa-f\s]*)>)"
_ESCAPE = rb"(?s)\\([0-7]{1,3}|\r?\n|.)"
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_MOST_ENTRIES = 5000
_MOST_FOUND = 20_000
# How far the words of one dictionary are looked for, and the octets before its stream.
_WINDOW, _HEAD = 4000, 300
_NEEDED = frozenset({"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "HOME", "APPDATA"})


class Facts(NamedTuple):
    """``state`` is "whole", "damaged", "locked" (asks for a password), "empty" (no page) or "unread"."""

    state: str
    title: str = ""
    author: str = ""
    subject: str = ""


_kept: dict[str, Facts] = {}


def facts(attachment: Attachment) -> Facts | None:
    """Return what a PDF says of itself, read once; None for any other file."""
    if attachment.media_type != "application/pdf" and not attachment.filename.lower().endswith(".pdf"):
        return None
    found = _kept.get(attachment.digest)
    if found is None:
        if len(_kept) > 256:
            _kept.clear()
        found = _kept[attachment.digest] = read(a2b_base64(attachment.encoded))
    return found


def read(data: bytes) -> Facts:
    """Read the facts from a PDF's octets."""
    start = re.findall(_START, data[-_TAIL:])
    if b"%PDF-" not in data[:1024] or not start or b"%%EOF" not in data[-_TAIL:]:
        return Facts("damaged")
    plain = None
    if b"/Encrypt" not in data and len(start[-1]) <= 10:
        try:
            plain = _plainly(data, int(start[-1]), time.monotonic() + _PLAIN_SECONDS)
        except _Enough:
            return Facts("unread")
    return plain or _by_library(data)


class _Enough(Exception):
    """More octets than a PDF that somebody attaches has to be looked through."""


def _plainly(data: bytes, offset: int, until: float) -> Facts | None:
    """Read the facts from the file's own table of contents; None where it is not in order."""
    if not _is_in_order(data, offset) or not re.search(_ROOT, data):
        return None
    info = re.findall(_INFO, data)
    if not info:
        return Facts("whole")
    number, generation = map(int, info[-1])
    words = _object(data, number, generation, until)
    if words is None:
        return None
    return Facts("whole", *(_value(words[:_LARGEST_INFO], key) for key in (b"/Title", b"/Author", b"/Subject")))


def _is_in_order(data: bytes, offset: int) -> bool:
    table = re.compile(_TABLE).match(data, offset)
    if not table:
        begun = re.compile(_BEGIN).match(data, offset)
        return bool(begun) and b"/XRef" in data[offset : offset + _WINDOW] and _page_count(data) != 0
    end = data.find(b"trailer", offset)
    entries = [match for match in re.findall(_ENTRY, data[offset:end]) if int(match[0])][:_MOST_ENTRIES]
    there = all(
        re.compile(rb"\s{0,20}\d{1,10}\s{1,20}%d\s{1,20}obj\b" % int(gen)).match(data, int(at)) for at, gen in entries
    )
    return end > 0 and there and _page_count(data) != 0


def _page_count(data: bytes) -> int | None:
    """Count the pages of the tree; None where it stands in a compressed stream."""
    return max((int(count) for count in islice(_counts(data), _MOST_FOUND)), default=None)


def _counts(data: bytes) -> Iterator[bytes]:
    """The /Count in the dictionary of each node of the tree."""
    for node in islice(re.finditer(_PAGES, data), _MOST_FOUND):
        before = data[max(0, node.start() - _WINDOW) : node.start()].rpartition(b">")[2]
        after = data[node.end() : node.end() + _WINDOW].partition(b">")[0]
        yield from re.findall(_COUNT, before)[-1:] + re.findall(_COUNT, after)[:1]


def _object(data: bytes, number: int, generation: int, until: float) -> bytes | None:
    newest = deque(re.finditer(_OBJECT % (number, generation), data), maxlen=1)
    for found in newest:
        end = data.find(b"endobj", found.end())
        return data[found.end() : end if end >= 0 else None]
    inflated = 0
    for match in re.finditer(_OBJECTS, data):
        body = _inflated(data, match)
        inflated += len(body)
        if inflated > _MOST_INFLATED or time.monotonic() > until:
            raise _Enough
        words = _in_stream(body, data[max(0, match.start() - _HEAD) : match.end() + _HEAD], number)
        if words is not None:
            return words
    return None


def _inflated(data: bytes, match: re.Match[bytes]) -> bytes:
    """The objects of a stream, as far as they go; b"" where they cannot be read so."""
    begin = re.compile(_BODY).search(data, match.end(), match.end() + _HEAD)
    if not begin:
        return b""
    end = data.find(b"endstream", begin.end(), begin.end() + _LARGEST_STREAM)
    try:
        packed = data[begin.end() : end if end >= 0 else begin.end() + _LARGEST_STREAM]
        return zlib.decompressobj().decompress(packed, _LARGEST_STREAM)
    except zlib.error:
        return b""


def _in_stream(body: bytes, around: bytes, number: int) -> bytes | None:
    head = around.rpartition(b"stream")[0] or around
    first = re.search(_FIRST, head[head.rfind(b"obj") + 1 :])
    if not first or not body:
        return None
    places = [int(word) for word in body[: int(first[1])].split() if word.isdigit() and len(word) <= 10]
    offsets = dict(zip(places[::2], places[1::2], strict=False))
    if number not in offsets:
        return None
    begin = offsets[number]
    later = [place for place in offsets.values() if place > begin]
    return body[int(first[1]) + begin : int(first[1]) + min(later) if later else None]


def _value(words: bytes, key: bytes) -> str:
    at = words.find(key)
    match = re.compile(_STRING).match(words, at + len(key)) if at >= 0 else None
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
    """Read the facts with pypdf, which mends what a PDF reader would mend."""
    import json
    import subprocess

    # -P: what lies in the working folder is a stranger's, as the PDF may be.
    command = [sys.executable, "-P", "-m", "mailer.checks.pdf_reading"]
    try:
        done = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            check=True,
            timeout=_LIBRARY_SECONDS,
        )
        return Facts(*json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return Facts("unread")


def _environment() -> dict[str, str]:
    """What Python needs to start, and no secret."""
    import os

    return {name: value for name, value in os.environ.items() if name.startswith("PYTHON") or name in _NEEDED}
