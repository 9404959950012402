r"""Find where each message of an mbox begins and ends; a file of any size in little memory.

A message begins with a line ``From `` after a blank line (RFC 4155, its appendix A).  A Content-Length that leads to
the next such line, or to the end, is believed (mboxcl, mboxcl2); else a line of the text that looks like one has ``>``
before it (mboxo, mboxrd), which is taken away again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from mailer.tuples import NamedTuple

_BLOCK = 1 << 20
_LARGEST = 50_000_000
_HEADERS = (16 * 1024, 256 * 1024)
_LINE = 1_024
_BEGINS = b"\nFrom "
_BLANK = re.compile(rb"\r?\n\r?\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
# Its date, or the header that follows, tells it from a sentence.
_SEPARATOR = re.compile(rb"From [^\r\n]*(?:\d:\d\d|\r?\n[!-9;-~]{1,76}:)")


class Found(NamedTuple):
    """A message lies from ``start`` to ``end``; ``head`` is its header."""

    start: int
    end: int
    head: bytes


class _Begun(NamedTuple):
    """A message whose end is looked for: not before ``until``, where its header says so."""

    start: int
    head: bytes
    until: int


def messages(scanned: BinaryIO, looked_at: BinaryIO) -> Iterator[Found]:
    """Each message of a file that begins with a ``From `` line; it is opened twice."""
    size = looked_at.seek(0, 2)
    begun = _begun(looked_at, 0, size)
    for at, after_blank in _separators(scanned, size):
        if at >= begun.start and (at == begun.until or (after_blank and at > begun.until)):
            yield Found(begun.start, at, begun.head[: at - begun.start])
            begun = _begun(looked_at, at, size)
    # A header without an end is being written: the next reading finds it whole.
    if begun.start < size and _BLANK.search(begun.head[-4:]):
        yield Found(begun.start, size, begun.head)


def read(file: BinaryIO, found: Found) -> bytes:
    """A message as it was before it was put there; of a very large one the beginning."""
    file.seek(found.start)
    return _QUOTED.sub(rb"\1", file.read(min(found.end - found.start, _LARGEST)))


def _begun(file: BinaryIO, at: int, size: int) -> _Begun:
    for most in _HEADERS:
        file.seek(at)
        block = file.read(most)
        line = block.find(b"\n") + 1 or len(block)
        blank = _BLANK.search(block, line)
        if blank:
            head = block[line : blank.end()]
            return _Begun(at + line, head, _until(file, at + blank.end(), head, size))
    return _Begun(at + line, block[line:], 0)


def _until(file: BinaryIO, body: int, head: bytes, size: int) -> int:
    """Where a message ends by its Content-Length; 0 where nothing begins or ends there."""
    found = _LENGTH.search(head)
    if not found or body + int(found[1]) > size:
        return 0
    file.seek(body + int(found[1]))
    rest = file.read(_LINE)
    following = rest.lstrip(b"\r\n")
    is_right = _SEPARATOR.match(following) or not following
    return body + int(found[1]) + len(rest) - len(following) if is_right else 0


def _separators(file: BinaryIO, size: int) -> Iterator[tuple[int, bool]]:
    """Where lines begin that look like the first of a message, and whether after a blank one."""
    at, window = 0, b""
    while block := file.read(_BLOCK):
        window += block
        # A line that may go on in the next block is looked at with it.
        certain = len(window) if at + len(window) >= size else len(window) - _LINE
        hit = window.find(_BEGINS)
        while 0 <= hit < certain:
            if _SEPARATOR.match(window[hit + 1 : hit + 1 + _LINE]):
                yield at + hit + 1, window[max(0, hit - 2) : hit].endswith((b"\n", b"\n\r"))
            hit = window.find(_BEGINS, hit + 1)
        cut = max(0, certain)
        before = max(0, cut - 3)
        at, window = at + before, window[before:]
