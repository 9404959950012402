"""Paragraphs of one plain line, which are the same in both parts whatever stands around them.

Rows whose prose differs in such lines only are converted once: a word stands in for each line, and is taken out of
what was made.  Plain is a line that begins with a letter and holds no sign of Markdown's or of HTML's, no value's mark,
and no white space but single blanks' own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailer.render.markdown import BothParts, convert

if TYPE_CHECKING:
    from mailer.message.slots import Marks, Piece

_PLAIN = re.compile(r"[^\W\d_](?:[^\\`*_\[\]<>&~|\n]*[^\\`*_\[\]<>&~|\s])?")
_LETTERS = str.maketrans("0123456789", "bcdfghjkmn")
_MOST = 1000
_KEPT = 64


class Converter:
    """Converts Markdown, what differs in plain lines only once."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self._word = f"Q{marks.nonce.translate(_LETTERS)}"
        self._made: dict[str, BothParts] = {}

    def convert(self, source: str) -> BothParts:
        """Both parts of ``source``, as ``markdown.convert`` makes them.  Raises BadData."""
        lines = source.split("\n")
        places = [] if self._word in source else self._plain(lines)
        if not places or len(places) > _MOST:
            return convert(source, self.marks)
        words = [f"{self._word}{number:03}".translate(_LETTERS) for number in range(len(places))]
        plain = [lines[at] for at in places]
        for at, word in zip(places, words, strict=True):
            lines[at] = word
        frame = "\n".join(lines)
        made = self._made.get(frame)
        if made is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            made = self._made[frame] = convert(frame, self.marks)
        return BothParts(self._with(made.text, words, plain), self._with(made.html, words, plain))

    def _plain(self, lines: Sequence[str]) -> list[int]:
        """Which of the lines are plain, between two that are empty."""
        return [
            at
            for at, line in enumerate(lines)
            if line
            and (at == 0 or not lines[at - 1])
            and (at + 1 == len(lines) or not lines[at + 1])
            and _PLAIN.fullmatch(line)
            and line.isprintable()
            and self.marks.nonce not in line
        ]

    def _with(self, pieces: Sequence[Piece], words: Sequence[str], plain: Sequence[str]) -> tuple[Piece, ...]:
        """The pieces with the lines in place of the words that stand for them."""
        return tuple([self._put(piece, words, plain) if isinstance(piece, str) else piece for piece in pieces])

    def _put(self, piece: str, words: Sequence[str], plain: Sequence[str]) -> str:
        if self._word in piece:
            for word, line in zip(words, plain, strict=True):
                piece = piece.replace(word, line)
        return piece
