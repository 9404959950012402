"""Hide a secret in words, in whatever spelling it stands there."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator


STARS = "***"


_BASE64_RUN = r"[A-Za-z0-9+/_-]{6,}={0,2}"


_URL_SAFE = str.maketrans("+/", "-_")


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def finder(secret: str) -> re.Pattern[str] | None:
    """Return what finds ``secret`` in somebody's words, however they spell it; None if it is blank.

    As it is; escaped as in quotes, Python, JSON or HTML; percent-encoded as in a form; in hex; in base64 (RFC 4648 4,
    5), whatever was encoded with it before and after.  Blanks in a row are as one.
    """
    import re

    runs = groupby(secret.strip(), lambda char: " " if char.isspace() else char)
    spelt = "".join(_spelt(char, len(list(run))) for char, run in runs)
    if not spelt:
        return None
    octets = secret.encode("utf-8", "surrogatepass")
    forms = [spelt, *_in_base64(octets), "[ :-]?".join(f"{octet:02x}" for octet in octets)]
    # A secret of a letter or two would blot out ordinary words.
    edge = (r"(?<!\w)", r"(?!\w)") if len(secret) < 4 else ("", "")
    return re.compile(f"{edge[0]}(?:{'|'.join(forms)}){edge[1]}", re.IGNORECASE)


def _in_base64(octets: bytes) -> Iterator[str]:
    """Patterns for base64 that holds the octets, by how many others stand before them in their group of three.

    The first and last sign may be made of a part of them alone.  One that would be of a sign or two finds too much.
    """
    import re
    from base64 import b64encode

    whole = b64encode(octets).decode().rstrip("=")
    yield from map(re.escape, sorted({whole, whole.translate(_URL_SAFE)}))
    for before in range(3):
        begun = b64encode(bytes(before) + octets).decode()
        inner = begun[(before * 8 + 5) // 6 : (before + len(octets)) * 8 // 6]
        if len(inner) > 2:
            edges = ("[A-Za-z0-9+/_-]" if before else "", "[A-Za-z0-9+/_-]?={0,2}")
            for form in sorted({inner, inner.translate(_URL_SAFE)}):
                yield f"{edges[0]}{re.escape(form)}{edges[1]}"


def masked(text: str, secret: str) -> str:
    """``text`` with stars for the secret, however it is spelled there."""
    pattern = finder(secret)
    return pattern.sub(STARS, text) if pattern else text


def _spelt(char: str, times: int) -> str:
    """Return a pattern for one character so many times in a row; atomic, so that no text takes for ever."""
    import re

    if char.isascii() and (char.isalnum() or char in "-._~"):
        return re.escape(char) * times
    if char == " ":
        return rf"(?>\s+|(?:\+|%20){{{times}}})"
    octets, pairs = char.encode("utf-8", "surrogatepass"), char.encode("utf-16-be", "surrogatepass").hex()
    forms = {
        "".join(f"%{octet:02x}" for octet in octets),
        "".join(f"\\x{octet:02x}" for octet in octets),
        "".join(f"\\u{pairs[at : at + 4]}" for at in range(0, len(pairs), 4)),
        f"&#{ord(char)};",
        f"&#x{ord(char):x};",
        _ENTITIES.get(char, ""),
        ascii(char)[1:-1],
    } - {"", char, "\\\\"}
    raw = rf"\\{{{times},{2 * times}}}" if char == "\\" else rf"(?:\\?{re.escape(char)}){{{times}}}"
    return rf"(?>(?:{'|'.join(map(re.escape, sorted(forms)))}){{{times}}}|{raw})"
