"""Holes in the text where a value was empty.

Blocks a missing word: "at .", "the position of ,", "Dear ,", "Dear Mr. ,".  Warns of spacing: two blanks inside a
sentence, a blank before a full stop, a paragraph that an optional value left empty; and of what a value and the words
beside it say twice: "at Acme Inc..", "for the the position".

Not reported: two blanks after a full stop, columns, code, "Hello," without a name, "Madame," and "Dear Professor,", the
blanks of French punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from mailer.checks.problem import Problem
from mailer.checks.text import listed, pattern, plain, word_set
from mailer.message.slots import Valued

if TYPE_CHECKING:
    from mailer.checks.case import Case

_MISSING = r"(?<![\w.'’-])([^\W\d_]+) +([.,;!?])(?=\s|$)"
_DOUBLE = r"(?<=[^\W\d_,])  (?=[^\W\d_])"
_GAP = r"(?<=\S)  +(?=\S)"
_WIDE = r"\S(?:   +|\t+)\S"
_STOPS = (" .", " ,", " !", " ?", " ;")
_HEAD = 400
# Patterns that ignore case see an i in each of Turkish.
_PLAIN_I = str.maketrans("ı", "i", "\u0307")
_SMALL = frozenset("the a an der die das le la el position role job stelle".split())  # noqa: SIM905
_FILL = "Give the value, or write the sentence so that it works without one."


def check(case: Case) -> Iterator[Problem]:
    """Missing words, then spacing."""
    yield from _body(case)
    if ".." in case.body.own:
        yield from _stops(case)
    yield from _subject(case)
    yield from _doubled(case, "subject", case.rendered.subject)
    yield from _doubled(case, "text", case.body.raw)


def _doubled(case: Case, where: str, text: str) -> Iterator[Problem]:
    """Warn of a word that a value and the words beside it both have: "the the"."""
    parts = text.parts if isinstance(text, Valued) else ()
    for at, before, after in _beside(tuple(parts[::2])):
        value = parts[at].lower()
        if not (before and value.startswith(before.lower())) and not (after and value.endswith(after.lower())):
            continue
        words = parts[at].split() or [""]
        twice = _alike(before, words[0]) or _alike(words[-1], after)
        if twice:
            start = sum(map(len, parts[:at]))
            said, hint = f"{twice!r} appears twice in a row", f"Take {twice!r} out of the value."
            if where == "text":
                yield case.in_body("empty", "warn", start, start + len(parts[at]), said, hint)
            else:
                yield case.in_header("empty", "warn", where, "", said, hint)


@lru_cache(maxsize=64)
def _beside(constants: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Where a value has a word beside it: its number among the parts, the word before it and the word after it."""
    words = [(2 * n + 1, _last(one), _first(other)) for n, (one, other) in enumerate(pairwise(constants))]
    return [(at, before, after) for at, before, after in words if before or after]


def _last(text: str) -> str:
    """The word before the blank that a text ends with."""
    return text.rsplit(None, 1)[-1] if text.endswith(" ") and text.strip() else ""


def _first(text: str) -> str:
    """The word after the blank that a text begins with."""
    return text.split(None, 1)[0].rstrip(".,;:!?)") if text.startswith(" ") and text.strip() else ""


def _alike(one: str, other: str) -> str:
    """The word that both are, or ""; one in capitals may be another: "at At Home"."""
    same = one == other or (other.lower() in _SMALL and one.lower() == other.lower())
    return other if same and other.isalpha() else ""


def _body(case: Case) -> Iterator[Problem]:
    text = case.body.prose
    seen: list[tuple[int, int]] = []
    for start, end, level, said in chain(_greetings(text), _holes(case, text), _words(text), _spaces(text)):
        if not any(start <= other and one <= end for one, other in seen):
            seen.append((start, end))
            yield case.in_body("empty", level, start, end, said, _FILL if level == "block" else "Take it out.")


def _stops(case: Case) -> Iterator[Problem]:
    """Warn of a value whose last full stop meets another."""
    text = case.body.own
    for place, _, end, name in case.rendered.spans:
        if place == "text" and text[end - 1 : end + 2].strip() == ".." and not text.endswith("..", 0, end):
            said = f"{name} ends with a full stop, and another one follows"
            hint = "Word the template so that the value does not end a sentence."
            yield case.in_body("empty", "warn", end - 1, end + 1, said, hint)
            return


def _greetings(text: str) -> Iterator[tuple[int, int, str, str]]:
    at = 0
    for line in text[:_HEAD].split("\n"):
        match = _salutation().match(line) if _may_lack_a_name(line) else None
        if match:
            yield at + match.start(1), at + match.end(), "block", "the greeting has no name"
            return
        at += len(line) + 1


def _may_lack_a_name(line: str) -> bool:
    """Tell whether a line ends as a greeting without a name does: to see more takes a long pattern."""
    line = line.rstrip(" \t")
    if not line.endswith((",", ":", "!")):
        return False
    words = line[:-1].rstrip(" \t").casefold().translate(_PLAIN_I)
    return words.endswith(_greeting_words()) or (words.endswith(".") and words[:-1].endswith(_greeting_words()))


@cache
def _greeting_words() -> tuple[str, ...]:
    lists = listed("greetings")
    titles = word_set("greetings", "titles before a name") | word_set("greetings", "titles that stand alone")
    return tuple({words.casefold() for words in (*lists["need a name"], *lists["stand alone"], *titles)})


@cache
def _salutation() -> re.Pattern[str]:
    needs = "|".join(map(re.escape, listed("greetings")["need a name"]))
    others = "|".join(map(re.escape, listed("greetings")["stand alone"]))
    before, apart = word_set("greetings", "titles before a name"), word_set("greetings", "titles that stand alone")
    bare, alone = "|".join(map(re.escape, sorted(before))), "|".join(map(re.escape, sorted(apart)))
    opening = rf"(?:(?:{needs}|{others})[ \t]+)"
    # In capitals it may be somebody's initials: "Dear MS,".
    titled = rf"{opening}(?:(?:{bare}|{alone})\.?[ \t]+)*(?-i:(?![A-Z]{{2}}))(?:{bare})\.?[ \t]*[,:!]"
    blank = rf"{opening}?(?:(?:{bare}|{alone})\.?[ \t]+)+,"
    return re.compile(rf"(?i:[ \t]*((?:{needs})[ \t]*[,:!]|(?:{others})[ \t]+,|{titled}|{blank})[ \t]*$)")


def _holes(case: Case, text: str) -> Iterator[tuple[int, int, str, str]]:
    """Around values that printed nothing, which is certain."""
    for start, end in [(start, end) for where, start, end in case.holes if where == "text"]:
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
    if not any(map(text.__contains__, _STOPS)):
        return
    needed = word_set("empty", "need a word")
    for match in pattern(_MISSING).finditer(text):
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
        match = pattern(_DOUBLE).search(line)
        if match and not _is_table(lines, number):
            yield at + match.start(), at + match.end(), "warn", "there are two blanks between two words"
        at += len(line) + 1


def _is_table(lines: list[str], number: int) -> bool:
    """Whether a line is one of a table: wide gaps, or text below text in the line before or after it."""
    if pattern(_WIDE).search(lines[number]):
        return True
    beside = (*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2])
    columns = _columns(lines[number])
    return any(not columns.isdisjoint(_columns(line)) for line in beside)


def _columns(line: str) -> set[int]:
    """Where text begins behind a gap."""
    return {match.end() for match in pattern(_GAP).finditer(line)}


def _subject(case: Case) -> Iterator[Problem]:
    text = case.rendered.subject
    for start, end in [(start, end) for where, start, end in case.holes if where == "subject"]:
        before, after = text[:start], text[end:]
        if _wants_a_word(before if before.endswith(" ") else f"{before} ", after):
            said = "a word is missing in the subject"
            yield case.in_header("empty", "block", "subject", "", said, _FILL)
            return
    if "  " not in text and not any(map(text.__contains__, _STOPS)):
        return
    match = pattern(_MISSING).search(text)
    double = pattern(_DOUBLE).search(text)
    if match and plain(match[1]) in word_set("empty", "need a word"):
        said = f"a word is missing between {match[1]!r} and {match[2]!r}"
        yield case.in_header("empty", "block", "subject", match[0], said, _FILL)
    elif double:
        words = text[max(0, double.start() - 1) :][:4]
        yield case.in_header("empty", "warn", "subject", words, "there are two blanks in the subject", "Take one out.")
