"""Text as the body of a part: 7-bit lines that arrive as typed (RFC 2045 6)."""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import NamedTuple

from mailer.errors import BadData
from mailer.message.flowed import flow
from mailer.message.slots import Cut, Filled

LINE = 76
VALUE = 32
_SOFT_LINE = LINE - 1

_BARE = bytes(chain(range(0x20, 0x7F), b"\t\n"))
_HIGH = bytes(range(0x80, 0x100))
# A line of a lone dot, or any that begins with one, is what smuggling is made of; "From " is altered in mbox files.
_RISKY_STARTS = (b".", b"From ")
_RISKY_SIGNS = (b".", b"F")
_CODES = {".": "=2E", "F": "=46"}
# Stands, alone in its line, for the lines between two values; no value holds it.
_GAP = b"\0"
_CODED_GAP = b"=00"
_WORTH_A_GAP = 16


def encode_body(text: str, *, loose_ends: bool = False) -> tuple[str, bytes]:
    """``(Content-Transfer-Encoding, body)`` of ``text`` as UTF-8, lines ending in CRLF, no longer than 998 octets.

    ``7bit`` where nothing on the way could change it, else ``quoted-printable`` or ``base64``, whichever is shorter.
    With ``loose_ends`` (flowed text, HTML) spaces at a line's end are no reason to leave ``7bit``.
    Only line ends (LF, CRLF) are rewritten.  Raises BadData for a lone surrogate.
    """
    if isinstance(text, Filled) and (layout := _layout(text.cut)):
        return "quoted-printable", _laid_out(layout, text.parts[1::2])
    return _encode(_utf8(text.replace("\r\n", "\n") if "\r" in text else text), loose_ends=loose_ends)


def _encode(data: bytes, *, loose_ends: bool) -> tuple[str, bytes]:
    odd = data.translate(None, _BARE)
    if not odd and _arrives_bare(data, loose_ends):
        return "7bit", data.replace(b"\n", b"\r\n")
    # A lone CR cannot be told from a line end in quoted-printable by every reader.
    if b"\r" in odd or 6 * (len(odd) - len(odd.translate(None, _HIGH))) > len(data):
        return "base64", _base64(data.replace(b"\n", b"\r\n"))
    return "quoted-printable", _quoted_printable(data)


def encode_flowed(text: str) -> tuple[str, bytes]:
    """``encode_body`` of ``flow(text)``; the lines of it that hold no value are made once."""
    if isinstance(text, Filled) and (plan := _plan(text.cut)):
        frame = plan.frame.copy()
        frame[1::2] = text.parts[1::2]
        flowed = flow("".join(frame))
        data = _utf8(flowed)
        if b"\r" not in data and data.count(_GAP) == len(plan.blocks):
            return _encoded(plan, data, len(data) - len(flowed))
    return encode_body(flow(text), loose_ends=True)


def _encoded(plan: _Plan, data: bytes, surplus: int) -> tuple[str, bytes]:
    # A character of two octets or more has at most twice as many of them as it has beyond its first.
    high, octets = plan.high + 2 * surplus, plan.octets + len(data)
    if 6 * high > octets:
        high = plan.high + len(data) - len(data.translate(None, _HIGH))
    if high and 6 * high <= octets:
        return "quoted-printable", b"\r\n".join(_filled(_coded_lines(data), _CODED_GAP, plan.coded))
    return _encode(b"\n".join(_filled(data.split(b"\n"), _GAP, plan.blocks)), loose_ends=True)


class _Plan(NamedTuple):
    """The lines of a flowed text that hold no value: ``blocks`` as flowed, ``coded`` in quoted-printable.

    ``frame`` is all else, with a gap for each block of them and room for each value.  ``octets`` are how many the
    blocks have more than their gaps, ``high`` how many of these are no ASCII.
    """

    frame: list[str]
    blocks: Sequence[bytes]
    coded: Sequence[bytes]
    octets: int
    high: int


@lru_cache(maxsize=16)
def _plan(cut: Cut) -> _Plan | None:
    frame: list[str] = []
    blocks: list[str] = []
    for number, constant in enumerate(cut.constants):
        start = constant.find("\n") + 1 if number else 0
        end = constant.rfind("\n") if number < len(cut.slots) else len(constant)
        if end - start > _WORTH_A_GAP and (start or not number):
            blocks.append(constant[start:end])
            constant = f"{constant[:start]}\0{constant[end:]}"
        frame += constant, ""
    flowed = [_utf8(flow(block)) for block in blocks]
    whole = b"".join(flowed)
    if b"\r" in whole or _GAP in whole:
        return None
    # In the middle, a line ends for the encoder where the next one begins.
    coded = [_quoted_printable(data + b"\nx")[:-3] for data in flowed]
    if frame[-2].endswith("\0"):
        coded[-1] = _quoted_printable(flowed[-1])
    octets, high = len(whole) - len(blocks), len(whole) - len(whole.translate(None, _HIGH))
    return _Plan(frame[:-1], flowed, coded, octets, high)


def _filled(lines: list[bytes], gap: bytes, blocks: Sequence[bytes]) -> list[bytes]:
    """``lines`` with a block in the place of each gap."""
    at = -1
    for block in blocks:
        at = lines.index(gap, at + 1)
        lines[at] = block
    return lines


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        number = f"U+{ord(text[error.start]):04X}"
        raise BadData(f"the text holds half a character ({number})", hint="Take it out.", field="body") from error


def _arrives_bare(data: bytes, loose_ends: bool) -> bool:
    if data.startswith(_RISKY_STARTS) or b"\n." in data or b"\nFrom " in data:
        return False
    if not loose_ends and (b" \n" in data or b"\t\n" in data or data.endswith((b" ", b"\t"))):
        return False
    return len(data) <= 998 or max(map(len, data.split(b"\n"))) <= 998


def _quoted_printable(data: bytes) -> bytes:
    """RFC 2045 6.7, lines ending in CRLF; ``data`` holds no CR.  Each line is made without regard to the others."""
    return b"\r\n".join(_coded_lines(data))


def _coded_lines(data: bytes) -> list[bytes]:
    coded = b2a_qp(data)
    lines = coded.split(b"\n")
    if b"\n." in coded or b"\nF" in coded or coded.startswith(_RISKY_SIGNS):
        return list(map(_fitted, lines))
    return [line if len(line) <= LINE else _fitted(line) for line in lines]


def _fitted(line: bytes) -> bytes:
    if line.startswith(_RISKY_STARTS):
        line = b"=%02X" % line[0] + line[1:]
    # b2a_qp lets a line grow over the limit when it encodes a space at its end, and so does the line above.
    if len(line) <= LINE:
        return line
    cut = LINE - 1
    if b"=" in line[cut - 2 : cut]:
        cut = line.index(b"=", cut - 2)
    return line[:cut] + b"=\r\n" + _fitted(line[cut:])


@lru_cache(maxsize=16)
def _layout(cut: Cut) -> Sequence[str]:
    """The constants of ``cut`` in quoted-printable, each with room for a value behind it, and "" for each value.

    Lines are broken as if each value were VALUE octets long.  () if ``cut`` needs no encoding, or base64.
    """
    data = _utf8("".join(cut.constants))
    high = len(data) - len(data.translate(None, _HIGH))
    if not high or 6 * high > len(data) or b"\r" in data:
        return ()
    *before_values, last = cut.constants
    parts: list[str] = []
    column = 0
    for constant in before_values:
        # The sign behind it keeps a space at its end bare: what follows is on the same line.
        coded, column = _broken(_coded(f"{constant}x")[:-1], column)
        if column + VALUE > _SOFT_LINE:
            coded, column = f"{coded}=\r\n", 0
        column += VALUE
        parts += coded, ""
    return (*parts, _broken(_coded(last), column)[0])


def _laid_out(layout: Sequence[str], values: Sequence[str]) -> bytes:
    goes_bare = _bare_value()
    parts = list(layout)
    parts[1::2] = [value if goes_bare(value) else _fitted_value(value) for value in values]
    return "".join(parts).encode("ascii")


@cache
def _bare_value() -> Callable[[str], object]:
    """Matches a value that quoted-printable leaves as it is, wherever it stands in a line."""
    return re.compile(rf"(?![ .F])[ -<>-~]{{1,{VALUE}}}(?<! )").fullmatch


def _fitted_value(value: str) -> str:
    """A value in quoted-printable that takes up VALUE octets at most, or lines of its own."""
    coded = _coded(value)
    armed = _armed(coded)
    if armed and len(armed) <= VALUE and "\n" not in armed:
        return armed
    return f"=\r\n{_broken(coded, 0)[0]}=\r\n"


def _coded(text: str) -> str:
    """Quoted-printable without soft breaks, lines ending in LF."""
    return b2a_qp(_utf8(text)).replace(b"=\n", b"").decode("ascii")


def _broken(coded: str, column: int) -> tuple[str, int]:
    """With soft breaks, none of them within a code, where it begins in ``column``; and the column where it ends."""
    lines: list[str] = []
    for line in coded.split("\n"):
        rest = _armed(line)
        while column + len(rest) > _SOFT_LINE:
            cut = max(_SOFT_LINE - column, 0)
            code = rest.find("=", max(cut - 2, 0), cut)
            cut = code if code >= 0 else cut
            lines.append(f"{rest[:cut]}=")
            rest, column = _armed(rest[cut:]), 0
        lines.append(rest)
        end, column = column + len(rest), 0
    return "\r\n".join(lines), end


def _armed(coded: str) -> str:
    return _CODES.get(coded[:1], coded[:1]) + coded[1:]


def _base64(data: bytes) -> bytes:
    text = b2a_base64(data, newline=False)
    return b"\r\n".join([text[start : start + LINE] for start in range(0, len(text), LINE)] + [b""])
