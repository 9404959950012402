"""Opening, typing, digesting and encoding a file, once for a whole batch (RFC 2045 6.8)."""

from __future__ import annotations

import os
from binascii import b2a_base64
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import BadData, FileChanged, Unreadable
from mailer.files import open_regular
from mailer.message.media_types import media_type_of
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from struct import Struct

SIZE_LIMIT = 150 * 1024 * 1024
# What the files of one letter may have where providers take 25 MB.
CACHE_OCTETS = 26 * 1024 * 1024

_WHAT = "the attachment"
# Signs in a path that people write between paths, or around one.
_SEVERAL = (",", ";", '"', "'", "“", "„", "«", "’")
_LINE = 76
# Few lines at a time: they stay in the processor's cache.
_BLOCK_LINES = 128
_BLOCK_OCTETS = _LINE // 4 * 3 * _BLOCK_LINES

_Signature = tuple[int, int, int, int]


class Attachment(NamedTuple):
    """One file, as it goes into a message.

    ``digest`` is the SHA-256 of the file in hex, ``size`` its octets; ``encoded`` the base64 body in lines of 76
    characters, CRLF at every line's end; ``path`` is absolute; ``charset`` is "utf-8" for text that is so, else "".
    """

    filename: str
    media_type: str
    digest: str
    size: int
    encoded: bytes
    path: str
    charset: str = ""


class Attachments:
    """Files opened so far: each is read and encoded once, and again if it is no longer the same file."""

    def __init__(self, limit: int = CACHE_OCTETS) -> None:
        """``limit``: octets of encoded files that are kept; the newest stays whatever its size."""
        self._limit = limit
        self._kept: dict[str, tuple[_Signature, Attachment]] = {}
        self._octets = 0

    def open(self, path: Path | str) -> Attachment:
        """Read, type, digest and encode the regular file at ``path``, without ever waiting for it.

        Raises Unreadable for what is missing, no regular file, not permitted, or of a size that the system does not
        tell; FileChanged if it changes while it is read; BadData if it is over SIZE_LIMIT or its name holds what may
        not stand in a header.
        """
        key = os.fspath(path)
        if key not in self._kept:
            key = os.path.abspath(key)  # noqa: PTH100 - resolve() would follow links
        kept = self._kept.get(key)
        if kept and kept[0] == _signature_now(key):
            return kept[1]
        self._drop(key)
        self._make_room(Path(key))
        value = self._kept[key] = _read(Path(key))
        self._octets += len(value[1].encoded)
        return value[1]

    def _make_room(self, path: Path) -> None:
        """Let go of the oldest files before one is read that would be too much together with them."""
        try:
            coming = path.stat().st_size * 4 // 3
        except (OSError, ValueError):
            # Reading it will tell why.
            return
        while self._kept and self._octets + coming > self._limit:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: str) -> None:
        if kept := self._kept.pop(key, None):
            self._octets -= len(kept[1].encoded)


def changed_since(attachment: Attachment) -> bool:
    """True if the file is no longer there, no longer readable, or holds other octets than ``attachment``."""
    from hashlib import sha256

    try:
        data, _ = _contents(Path(attachment.path))
    except (Unreadable, FileChanged, BadData):
        return True
    return sha256(data).hexdigest() != attachment.digest


def encode(data: bytes) -> bytes:
    """Base64 in lines of 76 characters, CRLF at every line's end (RFC 2045 6.8)."""
    block, octets = _block(), memoryview(data)
    whole = len(data) - len(data) % _BLOCK_OCTETS
    # What was written is what is given back: a list of blocks would be there twice when it is joined.
    made = BytesIO()
    for start in range(0, whole, _BLOCK_OCTETS):
        made.write(b"\r\n".join(block.unpack(b2a_base64(octets[start : start + _BLOCK_OCTETS], newline=False))))
        made.write(b"\r\n")
    rest = b2a_base64(octets[whole:], newline=False)
    made.write(b"".join([rest[start : start + _LINE] + b"\r\n" for start in range(0, len(rest), _LINE)]))
    return made.getvalue()


@cache
def _block() -> Struct:
    from struct import Struct

    return Struct(f"{_LINE}s" * _BLOCK_LINES)


def _read(path: Path) -> tuple[_Signature, Attachment]:
    from hashlib import sha256

    data, signature = _contents(path)
    media_type, charset = media_type_of(data, path.name)
    digest = sha256(data).hexdigest()
    return signature, Attachment(path.name, media_type, digest, len(data), encode(data), str(path), charset)


def _contents(path: Path) -> tuple[bytes, _Signature]:
    with os.fdopen(_opened(path), "rb") as file:
        before = os.fstat(file.fileno())
        if before.st_size > SIZE_LIMIT:
            raise BadData(f"{_WHAT} {path} is larger than {SIZE_LIMIT // 1024 // 1024} MB", hint="Send a link to it.")
        try:
            data = file.read(before.st_size + 1)
        except OSError as error:
            raise Unreadable(f"{_WHAT} {path} cannot be read: {error.strerror}", file=str(path)) from error
        after = os.fstat(file.fileno())
    if _signature(before) != _signature(after):
        raise FileChanged(f"{_WHAT} {path} changes while it is read", hint="Try again when it is finished.")
    if len(data) != before.st_size:
        raise Unreadable(f"{_WHAT} {path} has no size that is known beforehand", hint="Copy it to a file first.")
    return data, _signature(before)


def _opened(path: Path) -> int:
    try:
        return open_regular(path, _WHAT)
    except Unreadable as error:
        if error.hint and any(map(str(path).__contains__, _SEVERAL)):
            error.hint += " Attach holds one path a line, without quotation marks."
        raise


def _signature(status: os.stat_result) -> _Signature:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _signature_now(path: str) -> _Signature | None:
    try:
        return _signature(os.stat(path))  # noqa: PTH116
    except OSError:
        return None
