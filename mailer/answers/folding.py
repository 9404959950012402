"""Text made comparable: one case, no accents, one kind of space, quotation mark and dash; and cut into sentences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mailer.tuples import NamedTuple

_LETTERS = str.maketrans(
    {
        **dict.fromkeys("’‘‛´`＇", "'"),
        **dict.fromkeys("“”„‟«»＂", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("~～〜", "~"),
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "þ": "th",
        "ð": "d",
        **dict.fromkeys(map(chr, (*range(0x200B, 0x2010), 0xAD, 0x2060, 0xFEFF))),
        **dict.fromkeys(map(chr, range(0xE000, 0xE300))),
    }
)
# Only the accents of alphabets: a dakuten makes another letter of a kana.
_ACCENTS = re.compile("[\u0300-\u036f]")
_LONGEST = 8_000
# A full stop after a number or a single letter ends no sentence: 3. Januar, z. B., Dana Q. Ruiz.
_ENDS = re.compile(r"(?<=[^\W\d]{2}[.!?])\s+|(?<=\d{3}[.!?])\s+|(?<=[)\"”'»][.!?])\s+|(?<=[!?。！？])\s*|\n\s*\n\s*")


class Sentence(NamedTuple):
    """``text`` as it was written, on one line, and ``plain``: folded."""

    text: str
    plain: str


def folded(text: str) -> str:
    """Case, accents, widths and kinds of quotation marks aside; any run of blanks is one space."""
    spread = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return " ".join(unicodedata.normalize("NFC", _ACCENTS.sub("", spread)).translate(_LETTERS).split())


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text, as far as it is looked at; a line break within a paragraph is a space."""
    return list(_sentences(text[:_LONGEST]))


def _sentences(text: str) -> Iterator[Sentence]:
    for piece in _ENDS.split(text):
        line = " ".join(piece.split())
        if line:
            yield Sentence(line, folded(line))
