"""Paragraphs of one plain line, which are the same in both parts whatever stands around them.

Rows whose prose differs in such lines only are converted once: a word stands in for each line, and is taken out of
what was made.  Plain is a line that begins with a letter and holds no sign of Markdown's or of HTML's, no value's mark,
and no white space but single blanks' own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.message.slots import Marks
    from mailer.render.markdown import Page

_SIGNS = "\\`*_[]<>&~|"
_LETTERS = str.maketrans("0123456789", "bcdfghjkmn")
_MOST = 1000
_KEPT = 64


def _is_plain(line: str) -> bool:
    """Tell it sign by sign, which is quicker than a pattern that goes through all characters."""
    begins = line[0].isalnum() and not line[0].isdecimal()
    return begins and not line[-1].isspace() and not any(map(line.__contains__, _SIGNS))


class Converter:
    """Makes pages of Markdown, what differs in plain lines only once; ``whole`` makes one of a source and language."""

    def __init__(self, marks: Marks, whole: Callable[[str, str], Page]) -> None:
        self.marks = marks
        self._whole = whole
        self._word = f"Q{marks.nonce.translate(_LETTERS)}"
        self._made: dict[tuple[str, str], Page | None] = {}

    def page(self, source: str, language: str) -> Page:
        """The page of ``source``, as ``whole`` makes it.  Raises BadData."""
        lines = source.split("\n")
        places = [] if self._word in source else self._plain(lines)
        if not places or len(places) > _MOST:
            return self._whole(source, language)
        words = [f"{self._word}{number:03}".translate(_LETTERS) for number in range(len(places))]
        plain = [lines[at] for at in places]
        for at, word in zip(places, words, strict=True):
            lines[at] = word
        frame = self._framed("\n".join(lines), language)
        return frame.reworded(partial(self._put, words, plain)) if frame else self._whole(source, language)

    def _framed(self, source: str, language: str) -> Page | None:
        """The page with words in place of lines; None where a signature is as long as one of the lines makes it."""
        if (source, language) not in self._made:
            if len(self._made) >= _KEPT:
                self._made.clear()
            made = self._whole(source, language)
            texts = [piece for piece in made.text.pieces if isinstance(piece, str)]
            self._made[source, language] = None if self._word in "".join(texts)[-made.tail :] else made
        return self._made[source, language]

    def _plain(self, lines: Sequence[str]) -> list[int]:
        """Which of the lines are plain, between two that are empty."""
        return [
            at
            for at, line in enumerate(lines)
            if line
            and (at == 0 or not lines[at - 1])
            and (at + 1 == len(lines) or not lines[at + 1])
            and _is_plain(line)
            and line.isprintable()
            and self.marks.nonce not in line
        ]

    def _put(self, words: Sequence[str], plain: Sequence[str], text: str) -> str:
        """The text with the lines in place of the words that stand for them."""
        if self._word in text:
            for word, line in zip(words, plain, strict=True):
                text = text.replace(word, line)
        return text
