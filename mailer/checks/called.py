"""What a person may be called in a greeting, going by display name and address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mailer.checks.text import folded, listed, near, plain, same_name, umlauts, word_set
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.message.address import Mailbox

_APART = re.compile(r"[^\W\d_]+")
_GLUED = ("san", "sama", "ji", "ssi", "nim")


class Person(NamedTuple):
    """``words`` are those of the name as shown; ``spare`` those of the address, where the name is but one word."""

    words: tuple[str, ...]
    spare: tuple[str, ...] = ()

    @property
    def every(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.words, *self.spare)


@lru_cache(maxsize=256)
def spare_words(box: Mailbox) -> tuple[str, ...]:
    """Return the words of an address that may be a name: ``dana.ruiz@…``, ``dana@ruiz.example``."""
    local = box.local
    label = box.unicode_domain.rpartition(".")[0].rpartition(".")[2]
    if local.lower() in word_set("mail", "roles"):
        return ()
    return tuple(_APART.findall(local)) + ((label,) if label else ())


def fits(said: Sequence[str], person: Person) -> bool:
    """Tell whether a greeting's words are this person's: their names, initials, and titles before or behind them."""
    if said and set(person.words).issuperset(said):
        return True
    words = list(said)
    while len(words) > 1 and plain(words[-1]) in word_set("greetings", "titles behind a name"):
        words.pop()
    if same_name("".join(words), "".join(person.words)) or _as_initials(words, person.words):
        return True
    theirs = [_has(person, word) for word in words]
    return any(theirs) and all(its or _may_stand(words, at, theirs, person) for at, its in enumerate(theirs))


def _may_stand(words: list[str], at: int, theirs: list[bool], person: Person) -> bool:
    """Whether a word that is no name of theirs may stand where it does."""
    word, family = words[at], person.words[-1]
    given = [one for one, its in zip(words, theirs, strict=True) if its and not same_name(one, family)]
    if plain(word) in word_set("greetings", "second given names") and (given or len(person.words) == 1):
        return True
    if _is_given_name(word) or any(nearly(word, their) or is_short_form(word, their) for their in person.every):
        return False
    before, behind = theirs[:at], theirs[at + 1 :]
    # A title; else a family name that the name as shown does not have.
    return any(behind) or (any(before) and same_name(words[before.index(True)], family))


def _has(person: Person, word: str) -> bool:
    if any(same_name(word, their) or _with_honorific(word, their) for their in person.every):
        return True
    initials = "".join(their[0] for their in person.words if their)
    if 1 < len(word) <= 3 and word.isupper() and folded(word) in (folded(initials), folded(initials[:2])):
        return True
    return _is_initial(word, person) or any(_is_run_together(word, their, person.words) for their in person.spare)


def _with_honorific(word: str, their: str) -> bool:
    """Whether it is "Sharmaji" for "Sharma"."""
    return any(len(word) > len(end) + 2 and same_name(word, their + end) for end in _GLUED)


def _is_initial(word: str, person: Person) -> bool:
    """Whether the name as shown begins with an initial, or ends with one, and it is this word's."""
    edges = (person.words[0], person.words[-1], *(person.spare if len(person.words) == 1 else ()))
    return any(len(edge) == 1 and folded(word[0]) == folded(edge) for edge in edges)


def _is_run_together(word: str, local: str, shown: tuple[str, ...]) -> bool:
    """Whether an address is the word and another name or its initial: "druiz", "ruizd", "danaruiz"."""
    one, other = folded(local), folded(word)
    rest = one.removeprefix(other) if one.startswith(other) else one.removesuffix(other)
    if len(other) < 3 or rest == one:
        return False
    return any(rest in (folded(name), folded(name)[:1]) for name in shown)


def _as_initials(words: list[str], theirs: tuple[str, ...]) -> bool:
    """Whether the name as shown begins with the initials of the words, written as one: "JP Martin" for Jean-Pierre."""
    first = theirs[0]
    if not (1 < len(first) <= 3 and first.isupper()):
        return False
    rest = [word for word in words if not any(same_name(word, their) for their in theirs)]
    return folded("".join(word[0] for word in rest)) == folded(first)


def nearly(one: str, other: str) -> bool:
    """Tell whether two names differ by a slip, umlauts written out or not."""
    return near(folded(one), folded(other)) or near(umlauts(one), umlauts(other))


def is_short_form(one: str, other: str) -> bool:
    """Tell whether people of the one name are called by the other: "Bob" and "Robert", "Dan" and "Daniel"."""
    a, b = folded(one), folded(other)
    if min(len(a), len(b)) >= 3 and (a.startswith(b) or b.startswith(a)):
        return True
    return bool(_name_lines().get(a, frozenset()) & _name_lines().get(b, frozenset()))


@cache
def _name_lines() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, line in enumerate(listed("nicknames")["names"]):
        for name in line.split():
            found.setdefault(folded(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


def _is_given_name(word: str) -> bool:
    return folded(word) in _given_names() or folded(word) in _name_lines()


@cache
def _given_names() -> frozenset[str]:
    return frozenset(map(folded, word_set("givennames", "names")))
