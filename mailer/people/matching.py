"""Which person the user means: an id, an address, or words that fit one person."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from mailer.tuples import NamedTuple

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})


class Named(NamedTuple):
    """What a person is found by."""

    id: str
    name: str
    company: str
    addresses: tuple[str, ...]


def plain(text: str) -> str:
    """Case and accents aside: ``Müller`` and ``MULLER`` are one."""
    if text.isascii():
        return text.casefold()
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    bare = "".join(sign for sign in folded if not unicodedata.combining(sign))
    # A name of accents alone is still a name.
    return bare if bare.strip() else text.casefold()


def words(person: Named) -> str:
    """What a person is found by, plain: a blank before each word of name and company, then the addresses."""
    return " " + " ".join(plain(f"{person.name} {person.company}\n{' '.join(person.addresses)}").split())


def fits(person: Named, words: Sequence[str]) -> bool:
    """Whether all of the words occur in name, company or an address."""
    text = plain("\n".join((person.name, person.company, *person.addresses)))
    return all(plain(word) in text for word in words)


def find(people: Iterable[Named], who: str) -> list[Named]:
    """The people that ``who`` may mean: the one of that id or address, else all whom its words fit, the best first.

    Words that are a whole name, or begin one, come before words inside of one: ``dana`` is Dana, not Jordana.
    """
    wanted = who.strip()
    everyone = list(people)
    exact = [one for one in everyone if one.id == wanted.casefold() or wanted.casefold() in _keys(one)]
    if exact:
        return exact
    words = wanted.split()
    found = [one for one in everyone if words and fits(one, words)]
    for is_better in (_is_name, _begins_words):
        better = [one for one in found if is_better(one, words)]
        if better:
            return better
    return found


def _keys(person: Named) -> list[str]:
    return [address.casefold() for address in person.addresses]


def _is_name(person: Named, words: Sequence[str]) -> bool:
    return plain(" ".join(words)) == plain(" ".join(person.name.split()))


def _begins_words(person: Named, words: Sequence[str]) -> bool:
    own = plain(f"{person.name} {person.company}").split()
    return all(any(each.startswith(plain(word)) for each in own) for word in words)


def nearest(people: Iterable[Named], who: str, most: int = 3) -> list[Named]:
    """The people whose name comes nearest to what was typed."""
    from difflib import get_close_matches

    by_word: dict[str, Named] = {}
    for one in people:
        for word in (one.name, *one.name.split()):
            by_word.setdefault(plain(word), one)
    near = get_close_matches(plain(who), by_word, most, 0.7)
    return list(dict.fromkeys(by_word[word] for word in near))
