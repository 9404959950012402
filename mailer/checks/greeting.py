"""Greets the person it goes to, by the right name.

Blocks a letter that greets somebody else ("Dear Tom" to Dana Ruiz), and one that greets twice: in the template and in
your own words.  Warns of nearly the right name ("Dear Whittfield" to Ben Whitfield), and of a short form that nobody
said is used ("Dear Bob" to Robert).

The name is that of `To` or `Cc`; `Known-As: Bob` settles what people call themselves.  Innocent: titles, hyphens,
particles, the family name first, people with one name, "Dear all", a letter whose `To` has no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mailer.checks import Problem
from mailer.checks.salutation import Greeted, greeted, greeting_end, is_greeting, small_words
from mailer.checks.text import folded, near, plain, same_name, section, umlauts, word_set

if TYPE_CHECKING:
    from mailer.checks.case import Case

_SPLIT = re.compile(r"[^\w'’]+")


def check(case: Case) -> Iterator[Problem]:
    """One problem for each person greeted that is nobody the letter goes to, then a second greeting."""
    yield from _strangers(case, case.body.own, 0)
    again = _second(case)
    if again:
        start, end = again
        strangers = [found for found in _strangers(case, case.body.own[start:end], start) if found.level == "block"]
        said, hint = "the letter greets twice", "Take the greeting out of your words: the template has one."
        yield from strangers or [case.in_body("greeting", "block", start, end, said, hint)]


def _strangers(case: Case, text: str, offset: int) -> Iterator[Problem]:
    """What is wrong with the greeting at the head of ``text``, which begins at ``offset`` of the body."""
    named = (person_words(box.display_name) for box in (*case.rendered.to, *case.rendered.cc))
    people = [words for words in named if words]
    if not people or len(people) < len(case.rendered.to):
        return
    known = [tuple(parts(name)) for name in case.rendered.fields.get("known_as", "").split("\n") if name.strip()]
    for person in greeted(text):
        said = [part for word in person.words for part in parts(word)]
        if not _fits(said, [*people, *known]) and not _is_generic(case, said):
            moved = person._replace(start=person.start + offset, end=person.end + offset)
            yield _compared(case, moved, said, [*people, *known])


def _second(case: Case) -> tuple[int, int] | None:
    """Where a greeting stands in the body that the writer's own words begin with, below the template's."""
    line = case.prose.own.lstrip().partition("\n")[0].strip(" \t*_#\\") if case.template else ""
    if not is_greeting(line):
        return None
    first = greeting_end(case.body.own)
    start = case.body.own.find(line, first) if first >= 0 else -1
    return (start, start + len(line)) if start >= 0 else None


def _is_generic(case: Case, words: list[str]) -> bool:
    """Whether the words are the company's or the position's: "Dear Acme team"."""
    generic = {folded(word) for text in (case.company, case.position) for word in parts(text)}
    return {folded(word) for word in words} <= generic


def _compared(case: Case, person: Greeted, words: list[str], people: list[tuple[str, ...]]) -> Problem:
    said = " ".join(person.words)
    to = " or ".join(dict.fromkeys(box.display_name or box.addr_spec for box in case.rendered.to))
    slip = any(_nearly(words, theirs) for theirs in people)
    short = any(_short_form(words, theirs) for theirs in people)
    hint = f"Write the name of {to}, or say that they are called so: 'Known-As: {said}'."
    if slip:
        text, level = f"{said} is nearly, but not quite, the name of {to}", "warn"
    elif short:
        text, level = f"{said} is a short form of the name of {to}", "warn"
    else:
        text, level = f"the greeting is to {said}, the letter goes to {to}", "block"
    return case.in_body("greeting", level, person.start, person.end, text, hint)


def _fits(words: list[str], people: list[tuple[str, ...]]) -> bool:
    """Whether all words are one person's; a second given name may be new."""
    second = word_set("greetings", "second given names")
    return any(
        (
            any(_has(theirs, word) for word in words)
            and all(_has(theirs, word) or plain(word) in second for word in words)
        )
        or same_name("".join(words), "".join(theirs))
        for theirs in people
    )


def _has(theirs: tuple[str, ...], word: str) -> bool:
    if any(same_name(word, their) for their in theirs):
        return True
    initials = "".join(their[0] for their in theirs if their)
    return 1 < len(word) <= 3 and word.isupper() and folded(word) in (folded(initials), folded(initials[:2]))


def _nearly(words: list[str], theirs: tuple[str, ...]) -> bool:
    return all(any(same_name(word, their) or _near(word, their) for their in theirs) for word in words)


def _near(one: str, other: str) -> bool:
    return near(folded(one), folded(other)) or near(umlauts(one), umlauts(other))


def _short_form(words: list[str], theirs: tuple[str, ...]) -> bool:
    return all(any(same_name(word, their) or is_short_form(word, their) for their in theirs) for word in words)


def is_short_form(one: str, other: str) -> bool:
    """Whether people of the one name are called by the other: "Bob" and "Robert", "Dan" and "Daniel"."""
    a, b = folded(one), folded(other)
    if min(len(a), len(b)) >= 3 and (a.startswith(b) or b.startswith(a)):
        return True
    return bool(_name_lines().get(a, frozenset()) & _name_lines().get(b, frozenset()))


@cache
def _name_lines() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(section("nicknames", "names")):
        for name in line.split():
            found.setdefault(folded(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@lru_cache(maxsize=1024)
def person_words(display_name: str) -> tuple[str, ...]:
    """The words of a person's name, titles and particles aside; empty for an organisation, an address or nothing."""
    if "@" in display_name:
        return ()
    words = parts(display_name.partition("(")[0])
    if any(plain(word) in word_set("greetings", "organisations") for word in words):
        return ()
    kept = tuple(word for word in words if plain(word) not in small_words())
    return kept or tuple(words)


def parts(name: str) -> list[str]:
    """A name's words, hyphens and full stops apart."""
    return [word.removesuffix("'s") for word in _SPLIT.split(name.replace("’", "'")) if word.strip("'_")]
