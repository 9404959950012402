"""A greeting to somebody else, or by the wrong name.

Blocks a letter that greets somebody else ("Dear Tom" to Dana Ruiz), and one that greets twice: in the template and in
your own words.  Warns of nearly the right name ("Dear Whittfield" to Ben Whitfield), and of a short form that the
letter does not vouch for ("Dear Bob" to Robert).

The name is that of `To` or `Cc`; `Known-As: Bob` says what people call themselves.

Not reported: titles (any word before the right name that is no given name), "Tanaka-san", initials that fit, a family
name that only the address has, hyphens, particles, the family name first, people with one name, "Dear all", a letter
whose `To` has no name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.checks.called import Person, fits, is_short_form, nearly, spare_words
from mailer.checks.problem import Problem
from mailer.checks.salutation import Greeted, greeted, greeting_end, is_greeting, small_words
from mailer.checks.text import folded, plain, same_name, word_set

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.message.address import Mailbox

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
    named = map(_person, (*case.rendered.to, *case.rendered.cc))
    people = [person for person in named if person.words]
    if not people or len(people) < len(case.rendered.to):
        return
    called = (tuple(parts(name)) for name in case.rendered.fields.get("known_as", "").split("\n"))
    people += [Person(words) for words in called if words]
    for person in greeted(text):
        said = [part for word in person.words for part in parts(word)]
        if not any(fits(said, each) for each in people) and not _is_generic(case, said):
            moved = person._replace(start=person.start + offset, end=person.end + offset)
            yield _compared(case, moved, said, people)


def _person(box: Mailbox) -> Person:
    words = person_words(box.display_name)
    return Person(words, spare_words(box) if len(words) == 1 else ())


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


def _compared(case: Case, person: Greeted, words: list[str], people: list[Person]) -> Problem:
    said = " ".join(person.words)
    to = " or ".join(dict.fromkeys(box.display_name or box.addr_spec for box in case.rendered.to))
    slip, short = (any(_is_like(way, words, each.every) for each in people) for way in (nearly, is_short_form))
    hint = f"Write the name of {to}, or say that they are called that: 'Known-As: {said}'."
    if slip:
        text, level = f"{said} is nearly, but not quite, the name of {to}", "warn"
    elif short:
        text, level = f"{said} is a short form of the name of {to}", "warn"
    else:
        text, level = f"the greeting is to {said}, the letter goes to {to}", "block"
    return case.in_body("greeting", level, person.start, person.end, text, hint)


def _is_like(way: Callable[[str, str], bool], words: list[str], theirs: tuple[str, ...]) -> bool:
    return all(any(same_name(word, their) or way(word, their) for their in theirs) for word in words)


@lru_cache(maxsize=256)
def person_words(display_name: str) -> tuple[str, ...]:
    """The words of a person's name, titles and particles aside; empty for an organisation, an address or nothing."""
    if "@" in display_name:
        return ()
    words = parts(display_name.partition("(")[0])
    organised, small = word_set("greetings", "organisations"), small_words()
    said = dict(zip(words, plain("\n".join(words)).split("\n"), strict=True)) if words else {}
    if not organised.isdisjoint(said.values()):
        return ()
    kept = tuple([word for word in words if said[word] not in small])
    return kept or tuple(words)


def parts(name: str) -> list[str]:
    """A name's words, hyphens and full stops apart."""
    return [word.removesuffix("'s") for word in _SPLIT.split(name.replace("’", "'")) if word.strip("'_")]
