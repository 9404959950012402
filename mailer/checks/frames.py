"""What the letters of one run have in common, so that it is looked at once.

A letter of a batch is a frame with values in it.  Here each plain value gives way to a stand-in, and the lines that are
then the same from letter to letter are known: a test is asked of them once, with the stand-ins in place.  Lines that do
not come again, and those with a value that is not plain, are asked as they are.

A plain value is letters, digits and a few signs between them, and holds no word that counts beside other words: what it
does to a line is what any word would do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

from mailer.checks.text import QUOTE_WORDS, STAND_IN, Text, may_quote, section, words_of
from mailer.message.slots import Valued

_LEARNT_FROM, _COMES_AGAIN = 16, 2
_KEPT = 64
_WORD = rf"[^\W_İΣ{STAND_IN}]+"
_LINE = rf"{_WORD}(?:(?:(?: [&-])? |[.,'’/&+:@-] ?){_WORD})*\.?"
_PLAIN = re.compile(rf"{_LINE}(?:\n{_LINE})*")
# Beside such a sign a value would make a word together with it.
_JOINED = re.compile(rf"[\w'’]{STAND_IN}|{STAND_IN}[\w'’]")
# Letters that are put in lower case in another way beside some others, and the stand-in itself.
_AMISS = ("İ", "Σ", STAND_IN)
# Lists whose words, side by side with others, are what a check looks for.
_TELLING = (
    ("empty", "need a word"),
    ("greetings", "need a name"),
    ("greetings", "stand alone"),
    ("greetings", "titles before a name"),
    ("greetings", "titles that stand alone"),
)
_TELLING_WORDS = ("lorem", "ipsum", "here", "hier", "TODO", "FIXME", "TKTK")
_UNPLAIN = ("XX", *QUOTE_WORDS)


class Parts(NamedTuple):
    """A text taken apart: ``again`` has the lines that come again, one and the same object for the same lines, with
    stand-ins for their values; ``others`` the other lines as they are, None if there are none; ``values`` the values
    that the stand-ins are put for, one a line.
    """

    again: Text
    others: Text | None
    values: Text


class Frames:
    """The lines that come again in the letters of one run; the first few letters tell which."""

    def __init__(self) -> None:
        self._letters = 0
        self._counts: Counter[str] = Counter()
        self._again: frozenset[str] = frozenset()
        self._whole: dict[str, Text] = {}

    def parts(self, text: Text) -> Parts | None:
        """A text taken apart; None while the lines are not known, and for one that does not know its values."""
        if not isinstance(text.raw, Valued):
            return None
        skeleton, values = _stood_in(text.unsigned, text.raw)
        again = self._whole.get(skeleton)
        if again is not None:
            text.__dict__["own"] = text.unsigned
            return Parts(again, None, values)
        if any(map(text.own.__contains__, _AMISS)):
            return None
        if text.own != text.unsigned:
            skeleton, values = _stood_in(text.own, text.raw)
        if self._letters < _LEARNT_FROM:
            self._learn(skeleton)
        return self._apart(skeleton, text, values) if self._again else None

    def _apart(self, skeleton: str, text: Text, values: Text) -> Parts:
        again, others, stood = [], [], []
        rest = iter(values.raw.split("\n"))
        for line, real in zip(skeleton.split("\n"), text.own.split("\n"), strict=True):
            here = list(islice(rest, line.count(STAND_IN)))
            if line in self._again:
                again.append(line)
                stood += here
            else:
                others.append(real)
        frame = _kept("\n".join(again))
        if others:
            return Parts(frame, Text.of_own("\n".join(others)), Text.of_own("\n".join(stood)))
        if not may_quote(skeleton) and len(self._whole) < _KEPT:
            self._whole[skeleton] = frame
        return Parts(frame, None, values)

    def _learn(self, skeleton: str) -> None:
        self._letters += 1
        self._counts.update(set(skeleton.split("\n")))
        if self._letters == _LEARNT_FROM:
            again = [line for line, count in self._counts.items() if count >= _COMES_AGAIN]
            self._again = frozenset(line for line in again if not _JOINED.search(line))
            self._counts.clear()


def _stood_in(text: str, raw: Valued) -> tuple[str, Text]:
    """``text``, which ``raw`` begins with, with stand-ins for its plain values, and these values."""
    constants, found = _cut(text, raw)
    values = Text.of_own("\n".join(found))
    if not found or (_are_plain(values, len(found)) and values.words.isdisjoint(_telling())):
        return STAND_IN.join(constants), values
    plain = [_is_plain(value) for value in found]
    stands = [STAND_IN if one else value for one, value in zip(plain, found, strict=True)]
    skeleton = "".join([part for pair in zip(constants, [*stands, ""], strict=True) for part in pair])
    return skeleton, Text.of_own("\n".join([value for one, value in zip(plain, found, strict=True) if one]))


def _cut(text: str, raw: Valued) -> tuple[Sequence[str], Sequence[str]]:
    """What stands around the values of a text, and the values."""
    if text is raw or (len(text) == len(raw) and text == raw):
        return raw.parts[::2], raw.parts[1::2]
    ends = [end for end in accumulate(map(len, raw.parts)) if end <= len(text)]
    ends = ends[: len(ends) // 2 * 2]
    parts = [text[start:end] for start, end in pairwise([0, *ends, len(text)])]
    return parts[::2], parts[1::2]


def _are_plain(values: Text, count: int) -> bool:
    raw = values.raw
    return (
        _PLAIN.fullmatch(raw) is not None and raw.count("\n") == count - 1 and not any(map(raw.__contains__, _UNPLAIN))
    )


@lru_cache(maxsize=1024)
def _is_plain(value: str) -> bool:
    return _are_plain(Text.of_own(value), 1) and _telling().isdisjoint(words_of(value))


@cache
def _telling() -> frozenset[str]:
    lines = [line for file, name in _TELLING for line in section(file, name)]
    return frozenset(word for line in (*lines, *_TELLING_WORDS) for word in words_of(line))


@lru_cache(maxsize=512)
def _kept(text: str) -> Text:
    return Text.of_own(text)
