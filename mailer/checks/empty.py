"""Holes that something left which is not there.

Blocks a missing word: "at .", "the position of ,", "Dear ,".  Warns of spacing: two blanks inside a sentence, a blank
before a full stop, a paragraph that an optional value left empty.

Innocent: two blanks after a full stop, columns, code, "Hello," without a name, the blanks of French punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from mailer.checks import Problem
from mailer.checks.text import plain, section, word_set

if TYPE_CHECKING:
    from mailer.checks.case import Case

_MISSING = re.compile(r"(?<![\w.'’-])([^\W\d_]+) +([.,;!?])(?=\s|$)")
_DOUBLE = re.compile(r"(?<=[^\W\d_,])  (?=[^\W\d_])")
_COLUMNS = re.compile(r"\S(?:  +|\t+)\S")
_HEAD = 400
_FILL = "Give the value, or write the sentence so that it can do without."


def check(case: Case) -> Iterator[Problem]:
    """Missing words, then spacing."""
    text = case.body.prose
    seen: list[tuple[int, int]] = []
    for start, end, level, said in (*_greetings(text), *_holes(case, text), *_words(text), *_spaces(text)):
        if not any(start <= other and one <= end for one, other in seen):
            seen.append((start, end))
            yield case.in_body("empty", level, start, end, said, _FILL if level == "block" else "Take it out.")
    yield from _subject(case)


def _greetings(text: str) -> Iterator[tuple[int, int, str, str]]:
    match = _salutation().search(text, 0, _HEAD)
    if match:
        yield match.start(1), match.end(), "block", "the greeting has no name"


@cache
def _salutation() -> re.Pattern[str]:
    needs = "|".join(map(re.escape, section("greetings", "need a name")))
    others = "|".join(map(re.escape, section("greetings", "stand alone")))
    return re.compile(rf"(?im)^[ \t]*((?:{needs})[ \t]*[,:!]|(?:{others})[ \t]+,)[ \t]*$")


def _holes(case: Case, text: str) -> Iterator[tuple[int, int, str, str]]:
    """Around values that printed nothing, which is certain."""
    for start, end in case.holes("text"):
        line_start = text.rfind("\n", 0, start) + 1
        line_end = text.find("\n", end)
        line_end = line_end if line_end >= 0 else len(text)
        before, after = text[line_start:start], text[end:line_end]
        if not before.strip() and not after.strip():
            if (
                text[:line_start].endswith("\n\n")
                and text[line_end : line_end + 2] == "\n\n"
                and text[line_end:].strip()
            ):
                yield start, end, "warn", "a value that is empty leaves an empty paragraph"
        elif _wants_a_word(before, after):
            yield max(line_start, start - len(before.split()[-1]) - 1), end + 1, "block", "a word is missing here"
        elif before.endswith(" ") and after.startswith(" "):
            yield start - 1, end + 1, "warn", "a value that is empty leaves two blanks"


def _wants_a_word(before: str, after: str) -> bool:
    words = before.split()
    if not words or not (before.endswith(" ") and (not after.strip() or after[0] in ".,;:!?)")):
        return False
    return plain(words[-1]) in word_set("empty", "need a word")


def _words(text: str) -> Iterator[tuple[int, int, str, str]]:
    if " ." not in text and " ," not in text and " !" not in text and " ?" not in text and " ;" not in text:
        return
    needed = word_set("empty", "need a word")
    for match in _MISSING.finditer(text):
        if plain(match[1]) in needed:
            yield match.start(), match.end(), "block", f"a word is missing between {match[1]!r} and {match[2]!r}"
        elif match[2] in ".," and " " not in text[match.end() + 1 : match.end() + 2]:
            yield match.end(1), match.end(), "warn", f"there is a blank before {match[2]!r}"


def _spaces(text: str) -> Iterator[tuple[int, int, str, str]]:
    if "  " not in text:
        return
    lines = text.split("\n")
    at = 0
    for number, line in enumerate(lines):
        match = _DOUBLE.search(line)
        if match and not _is_table(lines, number):
            yield at + match.start(), at + match.end(), "warn", "there are two blanks between two words"
        at += len(line) + 1


def _is_table(lines: list[str], number: int) -> bool:
    beside = (*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2])
    return len(_COLUMNS.findall(lines[number])) > 1 or any(_COLUMNS.search(line) for line in beside)


def _subject(case: Case) -> Iterator[Problem]:
    text = case.rendered.subject
    for start, end in case.holes("subject"):
        before, after = text[:start], text[end:]
        if _wants_a_word(before if before.endswith(" ") else f"{before} ", after):
            said = "a word is missing in the subject"
            yield case.in_header("empty", "block", "subject", "", said, _FILL)
            return
    match = _MISSING.search(text)
    if match and plain(match[1]) in word_set("empty", "need a word"):
        said = f"a word is missing between {match[1]!r} and {match[2]!r}"
        yield case.in_header("empty", "block", "subject", match[0], said, _FILL)
    elif _DOUBLE.search(text):
        words = text[max(0, (_DOUBLE.search(text) or match).start() - 1) :][:4]  # type: ignore[union-attr]
        yield case.in_header("empty", "warn", "subject", words, "there are two blanks in the subject", "Take one out.")
