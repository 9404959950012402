"""Text for a terminal: what a terminal could take for a command is made visible."""

from __future__ import annotations

_KEPT = "\n\t\u200c\u200d\u00ad"
_SPACES = "\u00a0\u202f\u3000\u2002\u2003\u2009"
_LINE_ENDS = "\u2028\u2029\x85"


def printable(text: str) -> str:
    """``text`` without control characters, bidirectional controls and lone surrogates: each is shown as a sign."""
    if text.isascii() and text.isprintable():
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
