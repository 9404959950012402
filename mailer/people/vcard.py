"""A tolerant reader of vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): one card in memory at a time.

An odd line never loses a card: what cannot be read is left out, with a note.  A card without its END ends where the
next one begins; the card of an agent within a card is passed over.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from mailer.people.vcard_lines import Line, unfolded
from mailer.tuples import NamedTuple

_WANTED = {
    *("FN", "N", "NICKNAME", "EMAIL", "ORG", "TITLE", "NOTE", "LANG", "TZ", "ADR", "URL", "KIND"),
    *("X-ADDRESSBOOKSERVER-KIND", "X-ABSHOWAS", "X-MAILER-PLAN", "X-MAILER-REFUSED-ON"),
}
_MOST = 500
_MARK = re.compile(rb"\s*(BEGIN|END)\s*:\s*VCARD\s*", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Property(NamedTuple):
    """A line of a card: its name in capitals, its parameters (names in capitals), and the value, still escaped."""

    name: str
    parameters: Mapping[str, tuple[str, ...]]
    value: str


class VCard(NamedTuple):
    """A card that begins in ``line``; ``odd`` says what could not be read."""

    line: int
    properties: list[Property]
    odd: list[str]


def cards(stream: BinaryIO, encoding: str = "") -> Iterator[VCard]:
    """The cards of a file, as they are read.  ``encoding`` is that of lines that name none: UTF-8 unless said."""
    reader = _Reader(encoding)
    for line in unfolded(stream, encoding):
        done = reader.take(line)
        if done:
            yield done
    if reader.card:
        yield reader.card


class _Reader:
    """The card that is open, and how deep in the cards of agents the lines are."""

    def __init__(self, encoding: str) -> None:
        self.card: VCard | None = None
        self._encoding = encoding
        self._nested, self._after_agent = 0, False

    def take(self, line: Line) -> VCard | None:
        """Take a line in; the card that it ends."""
        mark = _MARK.fullmatch(line.text) if line.text else None
        agent = "" if mark else _opens_agent(line.text)
        after_agent, self._after_agent = self._after_agent, agent == "next"
        if mark:
            return self._begin(line.number, after_agent) if mark[1].upper() == b"BEGIN" else self._end()
        if self.card and not self._nested:
            self._nested = int(agent == "inside")
            _put(self.card, line, self._encoding)
        return None

    def _begin(self, number: int, after_agent: bool) -> VCard | None:
        if self.card and after_agent:
            self._nested += 1
            return None
        done, self.card, self._nested = self.card, VCard(number, [], []), 0
        return done

    def _end(self) -> VCard | None:
        if self._nested:
            self._nested -= 1
            return None
        done, self.card = self.card, None
        return done


def _opens_agent(text: bytes | None) -> str:
    """Whether an agent's card begins after this line ("next"), or in it ("inside")."""
    if not text or not text[:80].upper().lstrip().rpartition(b":")[0].rpartition(b".")[2].startswith(b"AGENT"):
        return ""
    value = text.partition(b":")[2].strip().upper()
    return "next" if not value else "inside" if value == b"BEGIN:VCARD" else ""


def _put(card: VCard, line: Line, encoding: str) -> None:
    if line.text is None:
        card.odd.append(f"line {line.number} is too long")
        return
    found = _property(line.text, encoding) if len(card.properties) < _MOST else None
    if found and found.name in _WANTED:
        card.properties.append(found)


def _property(line: bytes, encoding: str) -> Property | None:
    at = _colon(line)
    if at < 0:
        return None
    head = line[:at].decode("utf-8", "replace")
    name, *rest = _outside_quotes(head, ";")
    name = name.rpartition(".")[2].strip().upper()
    if name not in _WANTED:
        return None
    parameters: dict[str, tuple[str, ...]] = {}
    for each in rest:
        key, equals, value = each.partition("=")
        # vCard 2.1 has bare values: HOME, PREF, QUOTED-PRINTABLE.
        key = key.strip().upper() if equals else "TYPE"
        values = [one.strip(' "') for one in _outside_quotes(value if equals else each, ",")]
        parameters[key] = (*parameters.get(key, ()), *values)
    return Property(name, parameters, _decoded(line[at + 1 :], parameters, encoding))


def _colon(line: bytes) -> int:
    """The place of the first colon outside of quotation marks, or of any."""
    at, is_quoted = 0, False
    for piece in re.split(rb'([":])', line[:4096]):
        if piece == b'"':
            is_quoted = not is_quoted
        elif piece == b":" and not is_quoted:
            return at
        at += len(piece)
    return line.find(b":")


def _outside_quotes(text: str, sign: str) -> list[str]:
    parts, is_quoted = [""], False
    for piece in re.split(f'(["{sign}])', text):
        if piece == sign and not is_quoted:
            parts.append("")
            continue
        is_quoted ^= piece == '"'
        parts[-1] += piece
    return parts


def _decoded(value: bytes, parameters: Mapping[str, tuple[str, ...]], encoding: str) -> str:
    bare = (*parameters.get("ENCODING", ()), *parameters.get("TYPE", ()))
    if any(one.upper() == "QUOTED-PRINTABLE" for one in bare):
        value = binascii.a2b_qp(value)
    wide = encoding.startswith(("utf-16", "utf-32"))
    for charset in (next(iter(parameters.get("CHARSET", ())), ""), "" if wide else encoding, "utf-8"):
        try:
            if charset:
                return value.decode(charset)
        except (UnicodeError, LookupError, ValueError):
            continue
    return value.decode("cp1252", "replace")


def unescaped(value: str) -> str:
    r"""A value as it was meant: ``\,`` is a comma, ``\n`` a line break."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def parts(value: str, sign: str = ";") -> list[str]:
    """The components of a value, unescaped."""
    found = [""]
    for piece in re.split(rf"(\\.|{sign})", value, flags=re.DOTALL):
        if piece == sign:
            found.append("")
        else:
            found[-1] += piece
    return [unescaped(each).strip() for each in found]
