"""The lines of a vCard file: unfolded as they stream by, whatever ends them (RFC 6350 3.2, vCard 2.1).

What a card carries in base64 (photos, logos, keys) is passed over without being kept; a line that is too long to be
somebody's name or note is handed on as None.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from mailer.tuples import NamedTuple

LINE_LIMIT = 65_536
VALUE_LIMIT = 262_144
_BLOCK = 65_536
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAVY = (b"PHOTO", b"LOGO", b"SOUND", b"KEY")


class Line(NamedTuple):
    """An unfolded line and where it begins; ``text`` is None for one that is too long."""

    number: int
    text: bytes | None


def unfolded(stream: BinaryIO, encoding: str = "") -> Iterator[Line]:
    """The lines without their folds, and without the soft breaks of quoted-printable."""
    line: _Open | None = None
    for number, text in _physical(_blocks(stream, encoding)):
        if line and line.goes_on(text):
            line.add(text)
            continue
        if line:
            yield line.closed()
        line = _Open(number, text)
    if line:
        yield line.closed()


class _Open:
    """A line that may go on."""

    def __init__(self, number: int, text: bytes) -> None:
        head = text.partition(b":")[0].upper()
        name = head.partition(b";")[0].rpartition(b".")[2].strip()
        self._number = number
        self._quoted = b"QUOTED-PRINTABLE" in head
        self._heavy = name in _HEAVY or b"BASE64" in head or b"ENCODING=B" in head.split(b";")
        self._parts: list[bytes] = []
        self._size = 0
        self._soft = False
        self._put(text)

    def goes_on(self, text: bytes) -> bool:
        if self._soft:
            return not text.strip().upper().startswith((b"END:VCARD", b"BEGIN:VCARD"))
        # vCard 2.1 does not indent base64 everywhere.
        return text[:1] in (b" ", b"\t") or (self._heavy and b":" not in text)

    def add(self, text: bytes) -> None:
        self._put(text if self._soft or self._heavy else text[1:])

    def _put(self, text: bytes) -> None:
        self._soft = self._quoted and text.endswith(b"=")
        self._size += len(text)
        if self._heavy or self._size > VALUE_LIMIT or len(text) > LINE_LIMIT:
            # The name is kept: it tells which property it was.
            self._parts = self._parts[:1] or [text[:64]]
            self._size = 0 if self._heavy else VALUE_LIMIT + 1
            return
        self._parts.append(text.removesuffix(b"=") if self._soft else text)

    def closed(self) -> Line:
        return Line(self._number, None if self._size > VALUE_LIMIT else b"".join(self._parts))


def _physical(blocks: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines as they stand, with their numbers; of one beyond all measure only the beginning."""
    rest, number = b"", 0
    for block in blocks:
        lines = (rest + block).splitlines(keepends=True)
        # A CR at the end may be one half of CRLF.
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            number += 1
            yield number, line.rstrip(b"\r\n")
        rest = rest[: LINE_LIMIT + 1]
    if rest:
        yield number + 1, rest.rstrip(b"\r\n")


def _blocks(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """The octets of the file; a text of two octets a letter comes as UTF-8."""
    block = stream.read(_BLOCK)
    wide = "utf-16" if block.startswith(WIDE) else encoding if encoding.startswith(("utf-16", "utf-32")) else ""
    decoder = codecs.getincrementaldecoder(wide)("replace") if wide else None
    block = block.removeprefix(codecs.BOM_UTF8)
    while block:
        yield decoder.decode(block).encode("utf-8", "replace").removeprefix(codecs.BOM_UTF8) if decoder else block
        block = stream.read(_BLOCK)
