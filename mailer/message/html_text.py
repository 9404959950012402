"""The text of an HTML letter as a person reads it, in the manner of the text part of a Markdown letter.

What is inline adds nothing, blocks break lines; links are ``text <url>``, pictures their words; lists, quotes, tables
and preformatted text are kept; comments, scripts, styles, the head and what is hidden are left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import zip_longest

from mailer.message.html_reader import Reader
from mailer.message.html_tokens import tokens
from mailer.message.slots import Cut, Marks, Slot, Valued

# How a value that stands in such a place of the HTML is shown.
_SHOWN = {"html": "verbatim", "pre": "verbatim", "target attribute": "target", "target part": "target part"}


@lru_cache(maxsize=4)
def text_of(page: str) -> str:
    """Return the words of ``page``, each block on lines of its own."""
    reader = Reader()
    for token in tokens(page):
        reader.take(token)
    return reader.text()


def words_of(page: str) -> str:
    """Return ``text_of`` a page, read once for pages that differ only in values in running text."""
    if isinstance(page, Valued) and all(map(_is_line, page.values.texts)):
        cut = _cut(page.frame, tuple(page.slots))
        if cut:
            return str(cut.fill(page.values))
    return text_of(page)


def _is_line(value: str) -> bool:
    """Tell whether a value is shown as it is, wherever it stands."""
    return value.isprintable() and bool(value) and "  " not in value and value.strip(" ") == value


@lru_cache(maxsize=16)
def _cut(frame: tuple[str, ...], slots: tuple[Slot, ...]) -> Cut | None:
    """The text of the page with slots; None where a value may change more than its own place."""
    if not _SHOWN.keys() >= {slot.context for slot in slots} or "<table" in "".join(frame).lower():
        return None
    marks = Marks(*frame)
    places = map(marks.mark, range(len(slots)))
    text = text_of("".join(map("".join, zip_longest(frame, places, fillvalue=""))))
    # What a link says to its end may be where it leads.
    if re.search(rf"{marks.nonce}\S* <", text):
        return None
    shown = [slot._replace(context=_SHOWN[slot.context]) for slot in slots]
    pieces = marks.pieces(text, "verbatim")
    return Cut([shown[piece.number] if isinstance(piece, Slot) else piece for piece in pieces])
