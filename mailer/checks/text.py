"""Find the words of a letter once, for the many checks that look at them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from string import ascii_letters, digits
from typing import Any, Generic, TypeVar

from mailer.tuples import NamedTuple

_T = TypeVar("_T")
_WORD = r"[^\W_]+(?:['’][^\W_]+)*"
_QUOTED_LINE = r"(?m)^[ \t]*>.*$"
_FORWARDED = (
    r"(?m)^(?:-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original) ?-{2,}"
    r"|(?:On|Am|Le|El) [^\n]{5,120}(?:wrote|schrieb[^\n]{0,60}|écrit|escribió) ?:)[ \t]*$"
)
_FORWARDS = ("wrote", "schrieb", "écrit", "escribió", "--")
_CODE_LINE = r"(?m)^(?: {4}|\t).*$"
_CODE = r"`[^`\n]+`"
_FENCED = r"(?ms)^ {0,3}(```|~~~).*?^ {0,3}\1"
# Letters that Unicode does not take apart.
_LIGATURES = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ð": "d", "þ": "th"})
_FENCES = ("```", "~~~")
_SIGNS = "–—€“”„…·•\u00a0"
_BETWEEN = dict.fromkeys({*range(128)} - {*map(ord, f"{ascii_letters}{digits}'")}, " ")

# Compiles a regular expression when it is first needed.
pattern: Callable[[str], re.Pattern[str]] = cache(re.compile)


class once(Generic[_T]):  # noqa: N801 - a decorator
    """A property that is found out once, when it is first asked for.

    functools.cached_property takes a lock for that before Python 3.12, and a letter has thirty of them.
    """

    def __init__(self, found: Callable[[Any], _T]) -> None:
        self._found = found
        self._name = found.__name__

    def __get__(self, instance: Any, _: type) -> _T:  # noqa: ANN401 - of whatever class
        found = instance.__dict__[self._name] = self._found(instance)
        return found


class Token(NamedTuple):
    """One word: ``word`` in lower case, ``start`` and ``end`` where it stands."""

    word: str
    start: int
    end: int


class Text:
    """One text and its words; ``own`` is what its writer says, other people's words blanked out in place."""

    def __init__(self, raw: str, *, signed: bool = True, bare: str | None = None) -> None:
        """``signed``: whether a signature below ``-- `` may follow, which is no part of it.

        ``bare`` are its words, each a line, if they are known.
        """
        self.raw = raw
        if bare is not None:
            self.__dict__["bare"] = bare.split("\n") if bare else []
        self.end = _signature_at(raw) if signed and "\n--" in raw else len(raw)

    @once
    def own(self) -> str:
        """The text without signature, quoted lines and forwarded mail; offsets are those of ``raw``."""
        text = self.raw[: self.end]
        if not _may_quote(text):
            return text
        if "\n>" in text or text.startswith(">"):
            text = pattern(_QUOTED_LINE).sub(_blank, text)
        forwarded = pattern(_FORWARDED).search(text)
        if forwarded:
            text = text[: forwarded.start()] + _blank_text(text[forwarded.start() :])
        return text

    @once
    def prose(self) -> str:
        """``own`` without code."""
        text = self.own
        if any(map(text.__contains__, _FENCES)):
            text = pattern(_FENCED).sub(_blank, text)
        if "\n    " in text or "\t" in text or (text.startswith("    ") and "`" in text):
            text = pattern(_CODE_LINE).sub(_blank, text)
        return pattern(_CODE).sub(_blank, text) if "`" in text else text

    @once
    def lowered(self) -> str:
        """``own`` in lower case, with typewriter apostrophes; offsets are those of ``raw``."""
        return plain(self.own)

    @once
    def ordered(self) -> list[str]:
        """The words in lower case, in order."""
        return _split(self.lowered)

    @once
    def words(self) -> frozenset[str]:
        """The words in lower case."""
        return frozenset(self.ordered)

    @once
    def bare(self) -> list[str]:
        """The words in order, folded, without the genitive's ``'s``, as names are compared."""
        if self.lowered.isascii() and "'s" not in self.lowered:
            return self.ordered
        words = self.spaced.replace("'s ", " ")
        return words.split() if words.isascii() else list(map(folded, words.split()))

    @once
    def bare_words(self) -> frozenset[str]:
        """The same, each once."""
        return self.words if self.bare is self.__dict__.get("ordered") else frozenset(self.bare)

    @once
    def spaced(self) -> str:
        """The words with one blank before, between and after them."""
        return f" {' '.join(self.ordered)} "

    @once
    def tokens(self) -> list[Token]:
        """The words in order, and where they stand."""
        return [Token(match[0], match.start(), match.end()) for match in pattern(_WORD).finditer(self.lowered)]

    def line_at(self, at: int) -> str:
        """Return the line that holds the character ``at``."""
        end = self.raw.find("\n", at)
        return self.raw[self.raw.rfind("\n", 0, at) + 1 : end if end >= 0 else len(self.raw)]


def _may_quote(text: str) -> bool:
    """Tell quickly whether there is any sign of other people's words."""
    return "\n>" in text or text.startswith(">") or any(map(text.__contains__, _FORWARDS))


def _signature_at(raw: str) -> int:
    """Find where the signature's line ``-- `` begins; the end of the text without one."""
    at = 0
    while at >= 0:
        if raw.startswith("--", at):
            end = raw.find("\n", at)
            if raw[at : end if end >= 0 else len(raw)] in ("--", "-- "):
                return at
        at = raw.find("\n--", at) + 1 or -1
    return len(raw)


class Phrases(Generic[_T]):
    """Phrases to look for, each with what it means; a text is gone through only where it holds one."""

    def __init__(self, entries: Iterable[tuple[str, _T]]) -> None:
        self._by_longest: dict[str, list[tuple[str, tuple[str, ...], _T]]] = {}
        for phrase, meaning in entries:
            words = tuple(words_of(phrase))
            if words:
                entry = f" {' '.join(words)} ", words, meaning
                self._by_longest.setdefault(max(words, key=len), []).append(entry)
        self._words = frozenset(self._by_longest)

    def __bool__(self) -> bool:
        return bool(self._by_longest)

    def find(self, text: Text) -> Iterator[tuple[int, int, _T]]:
        """Start, end and meaning of each phrase, the longest at a place, in order; they do not overlap."""
        words = text.words
        if self._words.isdisjoint(words):
            return
        there = [
            entry
            for word in self._words & words
            for entry in self._by_longest[word]
            if words.issuperset(entry[1]) and entry[0] in text.spaced
        ]
        if there:
            yield from _placed(text, sorted(there, key=lambda entry: -len(entry[1])))


def _placed(text: Text, entries: list[tuple[str, tuple[str, ...], _T]]) -> Iterator[tuple[int, int, _T]]:
    tokens, after = text.tokens, 0
    for at, token in enumerate(tokens):
        for _, words, meaning in entries if at >= after else ():
            stretch = tokens[at : at + len(words)]
            if (
                token.word == words[0]
                and tuple(each.word for each in stretch) == words
                and _together(text.own, stretch)
            ):
                after = at + len(words)
                yield token.start, stretch[-1].end, meaning
                break


def _together(text: str, tokens: list[Token]) -> bool:
    """Tell whether the words stand in one sentence."""
    return not any(set(".!?;:") & set(text[one.end : other.start]) for one, other in pairwise(tokens))


def plain(text: str) -> str:
    """Put a text in lower case with typewriter apostrophes; every character stays in its place."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
    return lowered.replace("’", "'")


def words_of(text: str) -> list[str]:
    """Split a text into its words in lower case."""
    return _split(plain(text))


def _split(lowered: str) -> list[str]:
    """The words of a text in lower case: with as little of a regular expression as can be, which is slow."""
    if not lowered.isascii():
        for sign in _SIGNS:
            lowered = lowered.replace(sign, " ")
    if lowered.isascii():
        # On other texts translate() is slow.
        lowered = lowered.translate(_BETWEEN)
        if "'" in lowered:
            # Only between two letters an apostrophe is one of the word's.
            lowered = f" {lowered} ".replace("''", " ").replace("' ", " ").replace(" '", " ")
        return lowered.split()
    within = pattern(_WORD).findall
    return [part for word in lowered.split() for part in ((word,) if word.isalnum() else within(word))]


@lru_cache(maxsize=256)
def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name; remembered, as many checks ask for the same few names."""
    return tuple(folded(word) for word in words_of(name))


def folded(text: str) -> str:
    """Case and accents folded: "José" and "jose" are one."""
    if text.isascii():
        return text.lower()
    return _without_accents(text)


@lru_cache(maxsize=256)
def _without_accents(text: str) -> str:
    import unicodedata

    spread = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(char for char in spread if not unicodedata.combining(char))


@lru_cache(maxsize=256)
def umlauts(text: str) -> str:
    """Folded, with the German umlauts written out: "Müller" and "Mueller" are one."""
    if text.isascii():
        return folded(text)
    for letter, out in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ø", "oe"), ("å", "aa")):
        text = text.lower().replace(letter, out)
    return folded(text)


def same_name(one: str, other: str) -> bool:
    """Tell whether two spellings are one name, accents and umlauts aside."""
    return folded(one) == folded(other) or umlauts(one) == umlauts(other)


def distance(one: str, other: str, most: int) -> int:
    """Count the letters to add, drop, change or swap (Damerau and Levenshtein); ``most + 1`` if there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def near(one: str, other: str) -> bool:
    """Tell whether two names differ by a slip: one letter of four or more, two of eight or more; not the same name."""
    shorter = min(len(one), len(other))
    most = 0 if shorter < 4 else 1 if shorter < 8 else 2
    return bool(most) and 0 < distance(one, other, most) <= most


@cache
def listed(file: str) -> dict[str, tuple[str, ...]]:
    """Read the lines of each ``[section]`` of a word list in ``data/``; ``#`` begins a comment line."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = sections.setdefault("", [])
    text = (Path(__file__).with_name("data") / f"{file}.txt").read_text("utf-8")
    for line in map(str.strip, text.split("\n")):
        if line.startswith("[") and line.endswith("]"):
            lines = sections.setdefault(line[1:-1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return {name: tuple(found) for name, found in sections.items()}


@cache
def word_set(file: str, name: str) -> frozenset[str]:
    """Return the words of one section, however they are spread over its lines, in lower case."""
    return frozenset(word for line in listed(file).get(name, ()) for word in plain(line).split())


def _blank(match: re.Match[str]) -> str:
    return _blank_text(match[0])


def _blank_text(text: str) -> str:
    return "".join(char if char == "\n" else " " for char in text)
