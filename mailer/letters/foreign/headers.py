"""A stranger's mail headers, as a good mail program shows them (RFC 5322, 2047, 6532, and what senders make of them).

Octets come in; raw UTF-8 and any charset are read, nothing raises, and the work is linear in what is looked at:
``_LIMIT`` octets of a field.  Structure is found before names are decoded, so no encoded character can be part of it.
"""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from itertools import groupby, islice

from mailer.characters import fit_for_header
from mailer.letters.foreign.charsets import decoded, guessed

_LIMIT = 65_536
_BLOCK = 8_000_000
_HEADERS = 2_000
_MAILBOXES = 50
_WORD = r"=\?([^?\s]{1,60})\?([bBqQ])\?((?:(?!\?=|=\?(?!=)).)*)\?="
_FIELD = rb"([!-9;-~]+)[ \t]*:(.*)"
_PIECE = (
    r'(?s)(?P<word>=\?[^?\s]{1,60}\?[bBqQ]\?(?:(?!\?=|=\?(?!=)).)*\?=)|(?P<quoted>"[^"\\]*(?:\\.[^"\\]*){0,50}")|(?P<angle><[^<>]*>?)'
    r"|(?P<end>[,;])|(?P<group>:)|(?P<sign>[()])|(?P<text>(?:(?!=\?)[^\"<>,;:()])+|.)"
)
_ENCODED = re.compile(_WORD, re.DOTALL)


class Fields:
    """The header block of a mail: the fields of each name, their octets with their folds; the first one counts."""

    def __init__(self, block: bytes) -> None:
        self._fields: dict[str, list[bytes]] = {}
        for line in islice(_whole_lines(block), _HEADERS):
            if found := re.fullmatch(_FIELD, line, re.DOTALL):
                self._fields.setdefault(found[1].decode().lower(), []).append(found[2])

    def raw(self, name: str) -> bytes:
        """The octets of a field, b"" if it is not there."""
        return self._fields.get(name.lower(), [b""])[0]

    def text(self, name: str) -> str:
        """An unstructured field, its encoded-words read, on one line."""
        return unstructured(self._unicode(self.raw(name)))

    def all(self, name: str) -> list[str]:
        """Every field of a name, the topmost first, as ``text`` reads one."""
        return [unstructured(self._unicode(octets)) for octets in self._fields.get(name.lower(), [])]

    def names(self) -> list[str]:
        """The names of the fields that are there, in lower case, in their order."""
        return list(self._fields)

    def mailboxes(self, name: str) -> list[tuple[str, str]]:
        """``(name, address)`` of each mailbox in a field, neither checked."""
        return list(islice(_mailboxes(self._unicode(self.raw(name))), _MAILBOXES))

    def _unicode(self, octets: bytes) -> str:
        return guessed(octets.replace(b"\r\n", b""), parameter(self.raw("Content-Type"), "charset"))


def _whole_lines(block: bytes) -> Iterator[bytes]:
    """Each header line with what its folds hold, as far as it is looked at."""
    whole, length = [b""], 0
    for line in block.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if not line.startswith((b" ", b"\t")):
            yield b"\r\n".join(whole)
            whole, length = [], 0
        if length < _LIMIT:
            whole.append(line[: _LIMIT - length])
            length += len(line)
    yield b"\r\n".join(whole)


def split(data: bytes) -> tuple[Fields, bytes]:
    """Header block and body of a mail or of one of its parts."""
    if data.startswith((b"\n", b"\r\n")):
        return Fields(b""), data[1:] if data[:1] == b"\n" else data[2:]
    end = re.search(rb"\r\n\r\n|\n\r?\n|\r\r", data[:_BLOCK])
    return (Fields(data[: end.start()]), data[end.end() :]) if end else (Fields(data[:_BLOCK]), b"")


def parameter(value: bytes, name: str) -> str:
    """A parameter of a Content-Type (RFC 2045 5.1), "" if it is not there."""
    found = re.search(
        rf"""(?is);\s*{name}\*?\s*=\s*(?:[\w-]*'[\w-]*')?(?:"((?:[^"\\]|\\.)*)"|([^;"\s]*))""",
        value[:4_096].decode("latin-1"),
    )
    return re.sub(r"\\(.)", r"\1", found[1]) if found and found[1] is not None else found[2] if found else ""


def unstructured(text: str) -> str:
    """Text with its encoded-words read; of words beside each other the octets are joined first, as many senders cut."""
    pieces: list[str] = []
    words: list[tuple[str, str, str]] = []
    last = 0
    for match in _ENCODED.finditer(text):
        between = text[last : match.start()]
        if between.strip(" \t\r\n") or not words:
            pieces += _read(words), between
            words = []
        words.append((match[1].partition("*")[0].lower(), match[2].lower(), match[3]))
        last = match.end()
    return _tidy("".join((*pieces, _read(words), text[last:])))


def _read(words: list[tuple[str, str, str]]) -> str:
    """A run of encoded-words: (charset, encoding, payload)."""
    runs = groupby(words, key=lambda word: word[0])
    return "".join(decoded(_octets([word[1:] for word in run]), charset) for charset, run in runs)


def _octets(words: list[tuple[str, str]]) -> bytes:
    """The octets of words of one charset; base64 that was cut within its four characters is joined first."""
    found, payload = b"", ""
    for encoding, text in words:
        if payload and (encoding == "q" or len(payload) % 4 == 0 or payload.endswith("=")):
            found, payload = found + octets_of_base64(payload), ""
        if encoding == "q":
            found += a2b_qp(text.encode("utf-8", "replace"), header=True)
        else:
            payload += "".join(text.split())
    return found + octets_of_base64(payload)


def octets_of_base64(text: str) -> bytes:
    """What base64 holds, whatever else stands in it or is missing at its end."""
    plain = re.sub(r"[^A-Za-z0-9+/]", "", text)
    try:
        return a2b_base64(plain[: len(plain) - (len(plain) % 4 == 1)] + "=" * (-len(plain) % 4))
    except BinasciiError:
        return b""


def _tidy(text: str) -> str:
    return fit_for_header(re.sub(r"[ \t\r\n]+", " ", text)).strip()


def _mailboxes(text: str) -> Iterator[tuple[str, str]]:
    """An address in angle brackets wins over one beside it; a name with a bare comma is one name."""
    words: list[tuple[str, str]] = []
    comments: list[str] = []
    holds_at = False
    for kind, value in (*_tokens(text), ("end", "")):
        if kind == "comment":
            comments.append(unstructured(value))
        elif kind == "angle" or (kind == "end" and holds_at):
            address = value.strip("<> \t").rpartition(":")[2] if kind == "angle" else _bare(words)
            yield _name(words if kind == "angle" else [], comments), address
            words, comments, holds_at = [], [], False
        elif kind == "group":
            words, holds_at = [], False
        elif words or kind != "end":
            words.append((kind, value))
            holds_at = holds_at or (kind == "text" and "@" in value)


def _bare(words: list[tuple[str, str]]) -> str:
    """An address without brackets."""
    return "".join(text if kind == "quoted" else "".join(text.split()) for kind, text in words)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of what a header is made of; a comment is one, however deep brackets nest (RFC 5322 3.2.2)."""
    depth, comment = 0, [""]
    for match in re.finditer(_PIECE, text):
        kind, value = match.lastgroup or "text", match[0]
        if value == "(":
            depth += 1
        elif value == ")" and depth:
            depth -= 1
            if not depth:
                yield "comment", "".join(comment)
                comment = [""]
        elif depth:
            comment.append(value)
        else:
            yield kind, value
    if depth:
        # Brackets that nobody closed: what stands in them is no comment.
        yield from _tokens(re.sub("[()]", " ", "".join(comment)))


def _name(words: list[tuple[str, str]], comments: list[str]) -> str:
    """The display name; "" where an encoded-word in it stays unread or a character is lost."""
    phrase = "".join(re.sub(r"(?s)\\(.)", r"\1", text[1:-1]) if kind == "quoted" else text for kind, text in words)
    name, said = unstructured(phrase).strip(' ,;"'), " ".join(filter(None, comments))
    name = f"{name} ({said})" if name and said else name or said
    return "" if "\ufffd" in name or "=?" in name else name
