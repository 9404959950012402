"""One Markdown source (``markdown_parser``), two parts from one token stream: text to read and HTML.

Nothing is loaded from elsewhere but the letter's pictures.  Lines below a last line ``-- `` are its own signature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mailer.errors import BadData
from mailer.message.slots import Cut, Marks, Piece, Slot, Valued, escape, escape_all, merge
from mailer.render.markdown_text import TextWriter, text_inline
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from markdown_it.token import Token

_FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_SIGNATURE = "\n\n-- \n"
_BELOW = '<div style="margin:0;opacity:.75">-- <br>\n'
_SIGNED = r"(?:\A|\n)-- ?\n((?:[ \t]*[^\s`~][^\n]*(?:\n|\Z)){1,8})\s*\Z"
# Beyond that the parser is slow.
_BRACKETS = 5_000


class BothParts(NamedTuple):
    """The two parts of one Markdown text, with slots where values go; tables are still to be set in columns."""

    text: tuple[Piece, ...]
    html: tuple[Piece, ...]


def convert(source: str, marks: Marks) -> BothParts:
    """Both parts of ``source``, whose values stand as marks.  Raises BadData."""
    from mailer.render.markdown_html import html_pieces

    signed = re.search(_SIGNED, source) if "-- \n" in source or "--\n" in source else None
    tokens = parsed(source[: signed.start()] if signed else source)
    text = TextWriter(marks)
    text.write(tokens)
    html = html_pieces(tokens, marks)
    if signed:
        shown, tagged = _signature(signed[1], marks)
        text.out += [_SIGNATURE, *shown]
        html += [_BELOW, *tagged, "</div>\n"]
    return BothParts(merge(text.out), merge(html))


class Page(NamedTuple):
    """Both parts of a letter with slots where values go.

    The signature is the text's last ``tail`` characters that are no value's, and the last ``tail_slots`` values.
    Where ``columns`` is not "", the text holds tables to be set with it (``text_tables.aligned``).
    """

    text: Cut
    html: Cut
    tail: int
    tail_slots: int = 0
    columns: str = ""

    def reworded(self, worded: Callable[[str], str]) -> Page:
        """The same page with other words above its signature."""
        return self._replace(text=self.text.reworded(worded), html=self.html.reworded(worded))

    def tail_of(self, text: Valued) -> int:
        """How many characters of the filled text are its signature."""
        return self.tail + (sum(map(len, text.parts[-2 * self.tail_slots :: 2])) if self.tail_slots else 0)


def page(parts: BothParts, language: str, signature: str, marks: Marks) -> Page:
    """``parts`` as a whole letter: the HTML a document, the signature below ``-- `` in both (RFC 3676 4.3).

    The letter's own signature takes the place of ``signature``.
    """
    lang = f' lang="{escape_all(language)}"' if language else ""
    head = (
        f'<!DOCTYPE html>\n<html{lang}>\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n</head>\n'
        '<body style="margin:0;padding:16px">\n'
        f'<div dir="auto" style="max-width:38em;font-family:{_FONT};font-size:16px;line-height:1.5;'
        'overflow-wrap:break-word">\n'
    )
    below = ""
    text = [*parts.text, "\n"]
    tail, slots = _tail(text)
    if signature and tail == 1:
        below = _BELOW + escape(signature).replace("\n", "<br>\n") + "</div>\n"
        text.insert(-1, _SIGNATURE + signature)
        tail += len(_SIGNATURE) + len(signature)
    has_table = any(marks.cell in piece for piece in parts.text if isinstance(piece, str))
    whole = Cut([head, *parts.html, below, "</div>\n</body>\n</html>\n"])
    return Page(Cut(text), whole, tail, slots, marks.cell if has_table else "")


def _tail(text: Sequence[Piece]) -> tuple[int, int]:
    """How many characters and slots of ``text`` are the letter's own signature, and the line end below it."""
    length, slots = 0, 0
    for piece in reversed(text):
        if isinstance(piece, Slot):
            slots += 1
        elif _SIGNATURE in piece:
            return length + len(piece) - piece.rindex(_SIGNATURE), slots
        else:
            length += len(piece)
    return 1, 0


def _signature(lines: str, marks: Marks) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The lines of a signature, as text and as HTML."""
    from mailer.render.markdown_html import html_line
    from mailer.render.markdown_parser import parser

    text: list[Piece] = []
    html: list[Piece] = []
    for line in lines.strip().split("\n"):
        tokens = parser().parseInline(line.strip())[0].children or []
        text += ["\n"] * bool(text) + text_inline(tokens, marks, "")
        html += ["<br>\n"] * bool(html) + html_line(tokens, marks)
    return merge(text), merge(html)


def parsed(source: str, references: dict[str, dict[str, object]] | None = None) -> list[Token]:
    """The tokens of a Markdown source; ``references`` is filled with its definitions of links.  Raises BadData."""
    if source.count("[") > _BRACKETS:
        raise BadData(f"the text has more than {_BRACKETS:,} square brackets", hint="Attach it as a file.")
    from mailer.render.markdown_parser import DEEPEST, parser

    tokens = parser().parse(source, {"references": {} if references is None else references})
    if any(token.level >= DEEPEST for token in tokens):
        raise BadData("the text is nested too deeply", hint="Use fewer lists in lists and quotes in quotes.")
    return tokens
