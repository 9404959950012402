"""Name characters that look like another one, or like nothing, as pasting brings them along."""

from __future__ import annotations

_QUOTES_AND_DASHES = frozenset("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb\u2026\u2212")
_KINDS = frozenset({"Zs", "Zl", "Zp", "Cf", "Cc", "Co", "Cn"})
_NAMES = {"\t": "TAB", "\r": "CARRIAGE RETURN", "\n": "LINE FEED", "\ufeff": "ZERO WIDTH NO-BREAK SPACE (BOM)"}


def odd_signs(text: str) -> str:
    """Return the odd signs in a secret, each once, such as "a no-break space (U+00A0)"; "" without any.

    Where they stand is not said.
    """
    odd = [f"{_name(char)} (U+{ord(char):04X})" for char in dict.fromkeys(text) if _is_odd(char)]
    if text != text.strip(" "):
        odd.append("a blank at its edge")
    return ", ".join(odd)


def _is_odd(char: str) -> bool:
    if char.isascii():
        return not char.isprintable()
    from unicodedata import category

    return char in _QUOTES_AND_DASHES or category(char) in _KINDS or category(char) == "Pd"


def _name(char: str) -> str:
    from unicodedata import name

    return _NAMES.get(char) or name(char, "a control character").lower()
