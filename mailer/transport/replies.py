"""SMTP replies: three digits, an enhanced status, words (RFC 5321 4.2, RFC 2034)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINE = 8_192
MAX_LINES = 100
MAX_OCTETS = 65_536
# Most replies of a batch are the same few lines.
_KNOWN = 32


class BadReply(ValueError):
    """What came is not an SMTP reply, or is larger than a reply may be."""


class Reply(NamedTuple):
    """A server's reply: ``status`` is "" or like "5.1.1"; ``text`` has LF between the lines, no control characters."""

    code: int
    status: str
    text: str

    @property
    def positive(self) -> bool:
        """2yz: done."""
        return 200 <= self.code <= 299

    @property
    def transient(self) -> bool:
        """4yz: not now."""
        return 400 <= self.code <= 499

    @property
    def permanent(self) -> bool:
        """5yz: no."""
        return 500 <= self.code <= 599

    @property
    def negative(self) -> bool:
        """4yz or 5yz."""
        return self.code >= 400

    @property
    def line(self) -> str:
        """All of it on one line, as a sentence quotes it."""
        return " ".join(f"{self.code} {self.status} {self.text}".split())

    def as_json(self) -> dict[str, int | str]:
        """The ``reply`` object of ``--json``."""
        return {"code": self.code, "status": self.status, "text": self.text}


def in_escapes(text: str) -> str:
    """``text`` with every character that a terminal might obey written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c == "\t" else ascii(c)[1:-1] for c in text)


class ReplyReader:
    """Octets in, replies out, the same at every split of the octets.

    ``on_line`` sees each raw line; ``mask`` takes secrets out of the words.
    """

    def __init__(
        self, on_line: Callable[[bytes], None] | None = None, mask: Callable[[str], str] | None = None
    ) -> None:
        self._on_line = on_line
        self.mask = mask
        self._buffer = bytearray()
        self._code = 0
        self._lines: list[str] = []
        self._octets = 0
        self._known: dict[bytes, Reply] = {}

    @property
    def pending(self) -> bool:
        """Whether something was received that no reply has used up."""
        return bool(self._buffer or self._lines)

    def clear(self) -> None:
        """Forgets what was received (RFC 3207 4.2)."""
        self._buffer.clear()
        self._start()

    def feed(self, data: bytes) -> None:
        """More octets from the server."""
        self._buffer += data

    def read(self, data: bytes) -> tuple[list[Reply], BadReply | None]:
        """The replies that are whole with ``data``, and what is wrong behind them, if anything is."""
        replies: list[Reply] = []
        try:
            while reply := self.next_reply(data):
                replies.append(reply)
                data = b""
        except BadReply as error:
            return replies, error
        return replies, None

    def next_reply(self, data: bytes = b"") -> Reply | None:
        """The next whole reply, None until it is whole; ``data`` are more octets from the server.

        Raises BadReply, after which the reader is of no more use.
        """
        buffer = self._buffer
        buffer += data
        while (end := buffer.find(b"\n", 0, MAX_LINE + 1)) >= 0:
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            if self._on_line:
                self._on_line(line)
            alone = not self._lines
            if alone and (known := self._known.get(line)):
                return known
            if (reply := self._take(line)) is not None:
                if alone and len(self._known) < _KNOWN:
                    self._known[line] = reply
                return reply
        if len(buffer) > MAX_LINE:
            raise BadReply(f"a reply line is longer than {MAX_LINE:,} octets")
        return None

    def _take(self, line: bytes) -> Reply | None:
        # The line end of RFC 5321 is CRLF; a bare LF ends a line for every client in use, so here too.
        digits, rest = line[:3], line[3:].removesuffix(b"\r")
        sign, words = rest[:1], rest[1:]
        if not (len(digits) == 3 and digits.isdigit() and digits[:1] in b"2345" and sign in (b"", b" ", b"-")):
            raise BadReply(f"{self._quote(line)} is not an SMTP reply")
        code, more = int(digits), sign == b"-"
        if self._lines and code != self._code:
            raise BadReply(f"a reply begins with {self._code} and goes on with {code}")
        self._code = code
        self._octets += len(line)
        self._lines.append(in_escapes(words.decode("utf-8", "replace")))
        if len(self._lines) > MAX_LINES or self._octets > MAX_OCTETS:
            raise BadReply(f"a reply is longer than {MAX_LINES} lines or {MAX_OCTETS:,} octets")
        return None if more else self._finish()

    def _finish(self) -> Reply:
        status, lines = _split_status(self._code, self._lines)
        text = "\n".join(lines)
        reply = Reply(self._code, status, self.mask(text) if self.mask else text)
        self._start()
        return reply

    def _start(self) -> None:
        self._code, self._octets, self._lines = 0, 0, []

    def _quote(self, line: bytes) -> str:
        text = in_escapes(line.rstrip(b"\r").decode("utf-8", "replace"))
        text = self.mask(text) if self.mask else text
        return repr(text if len(text) <= 60 else text[:57] + "...")


def _split_status(code: int, lines: list[str]) -> tuple[str, list[str]]:
    status = lines[0].partition(" ")[0]
    if not _is_status(status) or status[0] != str(code)[0]:
        return "", lines
    return status, [line[len(status) :].lstrip(" ") if line.startswith(status) else line for line in lines]


def _is_status(word: str) -> bool:
    """An enhanced status code (RFC 3463 2): ``5.1.1``."""
    kind, *numbers = word.split(".")
    return (
        kind in ("2", "4", "5")
        and len(numbers) == 2
        and all(number.isascii() and number.isdigit() and len(number) <= 3 for number in numbers)
    )
