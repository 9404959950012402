"""Text as the body of a part: 7-bit lines that arrive as typed (RFC 2045 6)."""

from __future__ import annotations

from binascii import b2a_base64, b2a_qp
from itertools import chain

from mailer.errors import BadData

LINE = 76

_BARE = bytes(chain(range(0x20, 0x7F), b"\t\n"))
_HIGH = bytes(range(0x80, 0x100))
# A line of a lone dot, or any that begins with one, is what smuggling is made of; "From " is altered in mbox files.
_RISKY_STARTS = (b".", b"From ")
_RISKY_SIGNS = (b".", b"F")


def encode_body(text: str, *, loose_ends: bool = False) -> tuple[str, bytes]:
    """Encode ``text`` as UTF-8 in lines that end in CRLF: ``(Content-Transfer-Encoding, body)``.

    ``7bit`` where nothing on the way could change it, else ``quoted-printable`` or ``base64``, whichever is shorter.
    With ``loose_ends`` (flowed text, HTML) spaces at a line's end are no reason to leave ``7bit``.
    Only line ends (LF, CRLF) are rewritten.  Raises BadData for a lone surrogate.
    """
    data = _utf8(text.replace("\r\n", "\n") if "\r" in text else text)
    odd = data.translate(None, _BARE)
    if not odd and _arrives_bare(data, loose_ends):
        return "7bit", data.replace(b"\n", b"\r\n")
    # A lone CR cannot be told from a line end in quoted-printable by every reader.
    if b"\r" in odd or 6 * (len(odd) - len(odd.translate(None, _HIGH))) > len(data):
        return "base64", _base64(data.replace(b"\n", b"\r\n"))
    return "quoted-printable", _quoted_printable(data)


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
    """Encode as RFC 2045 6.7 says, lines ending in CRLF; ``data`` holds no CR."""
    coded = b2a_qp(data)
    lines = coded.split(b"\n")
    if b"\n." in coded or b"\nF" in coded or coded.startswith(_RISKY_SIGNS):
        return b"\r\n".join(map(_fitted, lines))
    return b"\r\n".join([line if len(line) <= LINE else _fitted(line) for line in lines])


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


def _base64(data: bytes) -> bytes:
    text = b2a_base64(data, newline=False)
    return b"\r\n".join([text[start : start + LINE] for start in range(0, len(text), LINE)] + [b""])
