"""Whom a letter greets, as it is typed: "Liebe Frau Dr. Weber, lieber Tom" greets "Weber" and "Tom"."""

from __future__ import annotations

import re
from functools import cache

from mailer.checks.text import listed, pattern, plain, word_set
from mailer.tuples import NamedTuple

_LINES = 8
_FOR_ALL = frozenset("all team everyone everybody there sir madam or".split())  # noqa: SIM905
_NAME = r"[^\W\d_]+(?:['’.-]+[^\W\d_]+)*\.?"
_AFTER_NAMES = r"(?: (?:and|und|et|y|e|&) [\w ]{1,30}?)?\s*(?:[,:!]|$)"
# The dashes apart from the others: signs so far from each other make a set that takes long to compile.
_BREAK = r"[,:;!.]\s|[,:;!]$|[–—](?:\s|$)| - "


class Greeted(NamedTuple):
    """One person greeted: the words of the name, titles and particles aside, and where they stand."""

    words: tuple[str, ...]
    start: int
    end: int
    titled: bool


def greeted(text: str) -> list[Greeted]:
    """Everybody that the greeting at the head of a letter names; empty if there is none, or if it names nobody."""
    at = 0
    for line in text.split("\n", _LINES)[:_LINES]:
        match = _opening().match(line)
        if match:
            return _people(line, match.end(), at)
        at += len(line) + 1
    return []


def has_greeting(text: str) -> bool:
    """Whether a letter begins with a greeting."""
    return greeting_end(text) >= 0


def greeting_end(text: str) -> int:
    """Where the line ends that greets, at the head of a letter; -1 without one."""
    at = 0
    for line in text.split("\n", _LINES)[:_LINES]:
        at += len(line) + 1
        if _opening().match(line):
            return at - 1
    return -1


def is_greeting(line: str) -> bool:
    """Whether a line begins with a greeting that names somebody, or is one for all: "Hello," and "Dear all,"."""
    match = _opening().match(line)
    if not match:
        return False
    people = greeted(line)
    if people:
        return pattern(_AFTER_NAMES).match(line, people[-1].end) is not None
    return _FOR_ALL.issuperset(plain(line[match.end() :]).strip(" ,:!.").split())


@cache
def _opening() -> re.Pattern[str]:
    words = (*listed("greetings")["need a name"], *listed("greetings")["stand alone"])
    longest = sorted(words, key=len, reverse=True)
    # "Sehr geehrte*r", "Estimado/a": where it is not known how somebody is to be called.
    return re.compile(rf"(?i)[ \t]*(?:{'|'.join(map(re.escape, longest))})(?:[*:/_](?:r|a|e))?(?=[ \t,:!]|$)")


def _people(line: str, start: int, offset: int) -> list[Greeted]:
    people: list[Greeted] = []
    rest = line[start:]
    while rest:
        stop = _stop(rest)
        found = _named(rest[:stop], offset + start)
        if not found and people:
            break
        people += found
        start += stop + 1
        rest = line[start:]
        again = _opening().match(rest)
        if again:
            start += again.end()
            rest = line[start:]
        elif people or not re.fullmatch(r"\s*[A-ZÄÖÜÉ]\S*(?:\s+[A-ZÄÖÜÉ]\S*)?\s*[,!:]?\s*", rest):
            break
    return people


def _stop(rest: str) -> int:
    """Where the stretch of names ends: at a comma, but not behind the full stop of "Dr."."""
    for match in pattern(_BREAK).finditer(rest):
        before = plain(rest[: match.start()]).split() if match[0][0] == "." else []
        if not before or (not _is_title(before[-1]) and len(before[-1]) > 1):
            return match.start()
    return len(rest)


def _named(stretch: str, offset: int) -> list[Greeted]:
    people: list[Greeted] = []
    words: list[str] = []
    start, end, titled = 0, 0, False
    lowered = plain(stretch)
    for match in (*pattern(_NAME).finditer(stretch), None):
        word = lowered[match.start() : match.end()].strip(".") if match else ""
        joins = match is None or word in word_set("greetings", "joiners")
        if joins or (match and match[0][0].islower() and word not in small_words()):
            people += [Greeted(tuple(words), offset + start, offset + end, titled)] if words else []
            words, titled = [], False
            if not joins:
                break
        elif _is_title(word):
            titled = True
        elif match and word not in word_set("greetings", "particles") and len(word) > 1:
            start = match.start() if not words else start
            words.append(match[0].strip("."))
            end = match.end()
    return [person for person in people if not _nobody(person)]


def _is_title(word: str) -> bool:
    """Whether a word is a title, or several joined: "dr.-ing", "prof.dr"."""
    titles = word_set("greetings", "titles")
    return word in titles or titles.issuperset(re.split(r"[.-]+", word))


@cache
def small_words() -> frozenset[str]:
    """Titles and particles, which are no names."""
    return word_set("greetings", "titles") | word_set("greetings", "particles")


def _nobody(person: Greeted) -> bool:
    """Whether it is "all", "team" or "hiring manager"."""
    nobody = word_set("greetings", "nobody in particular")
    return not nobody.isdisjoint(map(plain, person.words))
