"""Which characters may stand where, and what to call them in an error.

Control characters never stand in a value; LF and TAB do where it is used only in the body.
U+2028, U+2029 and the bidirectional controls stand only in the body: in a header or a file name
they make a line look like another one.
"""

from __future__ import annotations

import re

# All of these match only what is not printable; they are compiled where something is not.
_NEVER = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]"
_NOT_IN_HEADER = r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_NOT_IN_BODY = r"\r(?!\n)|[\x00\ud800-\udfff]"
_LINES = str.maketrans("\t\n", "  ")
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NAMES = {
    "\x00": "a NUL",
    "\t": "a TAB",
    "\n": "a line break",
    "\r": "a carriage return",
    "\u2028": "a line separator (U+2028)",
    "\u2029": "a paragraph separator (U+2029)",
}


def describe(char: str) -> str:
    """``char`` in words: "a NUL", "a bidirectional control (U+202E)"."""
    if char in _NAMES:
        return _NAMES[char]
    number = f"U+{ord(char):04X}"
    if "\ud800" <= char <= "\udfff":
        return f"half a character ({number})"
    return f"a bidirectional control ({number})" if char in _BIDI else f"a control character ({number})"


def bad_in_value(text: str) -> str:
    """Return words for the first character that no value may hold, or ""."""
    return "" if text.translate(_LINES).isprintable() else _found(_NEVER, text)


def bad_in_header(text: str) -> str:
    """Return words for the first character that may not reach a header, an address or a file name, or ""."""
    return "" if text.isprintable() else _found(_NOT_IN_HEADER, text)


def fit_for_header(text: str) -> str:
    """``text`` without the characters that may not reach a header."""
    return text if text.isprintable() else re.sub(_NOT_IN_HEADER, "", text)


def bad_in_body(text: str) -> tuple[str, int]:
    """Return words for the first character that a body may not hold, or "", and its place."""
    if "\r" not in text and "\0" not in text and _is_whole(text):
        return "", 0
    match = re.search(_NOT_IN_BODY, text)
    return (describe(match[0]), match.start()) if match else ("", 0)


def _is_whole(text: str) -> bool:
    """Whether there is no half a character in it, which is all that cannot be encoded."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return describe(match[0]) if match else ""


_KEPT = "\n\t\u200c\u200d\u00ad"


_SPACES = "\u00a0\u202f\u3000\u2002\u2003\u2009"


_LINE_ENDS = "\u2028\u2029\x85"


def printable(text: str) -> str:
    """``text`` without control characters, bidirectional controls and lone surrogates: each is shown as a sign."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _KEPT else _visible(char) for char in text)


def escaped(text: str) -> str:
    r"""JSON ``text`` in which every sign that nobody sees, or that turns others round, stands as ``\uXXXX``."""
    return text if text.isprintable() else "".join(char if char.isprintable() else _as_json(char) for char in text)


def _as_json(char: str) -> str:
    """Of a sign beyond the first plane its surrogates (RFC 8259 7)."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _visible(char: str) -> str:
    number = ord(char)
    if number < 0x20:
        return chr(0x2400 + number)
    if char in _LINE_ENDS:
        return "\n"
    if char in _SPACES or (char.isspace() and number > 0x7F):
        return " "
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
