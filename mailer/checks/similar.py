"""By what letters are alike: the words of their prose, and the names, companies and people in them.

Prose is compared by shingles (runs of four words) hashed to numbers; of each letter the lowest find those that may be
like it (bottom-k sketches), and only these are compared in full.  Whatever else a letter is found by is a number too,
a hash, so that letters can be looked up on disk by numbers alone; what is found is compared in words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import TYPE_CHECKING
from zlib import crc32

from mailer.checks.company_names import core, general
from mailer.checks.text import name_words, word_set, words_of
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.world import Other

_RUN = 4
_KEPT = 16
FEWEST_WORDS = 10


class NamedIn(NamedTuple):
    """A name that a letter holds: ``kind`` is "company", "person" or "position"; ``words`` are folded.

    ``short``: a first word that stands for the whole name.
    """

    kind: str
    spelled: str
    words: tuple[str, ...]
    short: bool


class ComparableProse(NamedTuple):
    """The prose of a letter, ready to compare: how many words it has, names aside, their hash, and their
    runs of four as numbers.

    ``sketch`` are the lowest of these numbers: two letters share about as many as their likeness says (bottom-k
    sketch).
    """

    length: int
    digest: int
    shingles: frozenset[int]
    sketch: list[int]


class Keys(NamedTuple):
    """The numbers that a letter is found by, and the words of each of its names.

    ``any``: those of its company, names and people, and of its Message-ID; ``words``: of all words of its prose, or
    None; ``sketch``: of runs of them.
    """

    any: list[int]
    words: int | None
    sketch: list[int]
    names: Collection[tuple[str, ...]]

    def without_prose(self) -> Keys:
        """The same, but for the prose, which is then not compared."""
        return self._replace(words=None, sketch=[])

    def with_id(self, message_id: str) -> Keys:
        """The same, and its Message-ID."""
        return self._replace(any=[*self.any, message_key(message_id)])

    @property
    def starts(self) -> frozenset[tuple[int, int]]:
        """First words of names, as numbers, and how many words the names have."""
        return frozenset([(word_key(words[0]), len(words)) for words in self.names])


def keys_of(other: Other, prose: ComparableProse | None) -> Keys:
    """What a letter is found by; ``prose`` None keeps its prose out of the comparison."""
    names = {name.words for name in names_of(other)}
    keys = [*map(name_key, names), *map(person_key, other.keys)]
    if other.company:
        keys.append(company_key(core(other.company)))
    if other.message_id:
        keys.append(message_key(other.message_id))
    if prose is None or prose.length < FEWEST_WORDS:
        return Keys(keys, None, [], names)
    return Keys(keys, prose.digest, prose.sketch, names)


def word_key(word: str) -> int:
    """The number of a word that begins a name."""
    return crc32(word.encode("utf-8", "surrogatepass"))


def name_key(words: tuple[str, ...]) -> int:
    """The number of a name."""
    return _key(f"name {' '.join(words)}")


def company_key(words: tuple[str, ...]) -> int:
    """The number of a company, by the core of its name."""
    return _key(f"company {' '.join(words)}")


def person_key(key: str) -> int:
    """The number of an address in caseless form."""
    return _key(f"to {key}")


def message_key(message_id: str) -> int:
    """The number of a Message-ID."""
    return _key(f"id {message_id}")


def _key(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def names_of(other: Other) -> Iterator[NamedIn]:
    """The names by which a letter is known from others."""
    words = core(other.company)
    if words:
        yield NamedIn("company", other.company, words, False)
        if _stands_for_all(words):
            yield NamedIn("company", other.company, words[:1], True)
    for name in other.names:
        given = name_words(name)
        if len(given) > 1:
            yield NamedIn("person", name, given, False)
    place = name_words(other.position)
    if place:
        yield NamedIn("position", other.position, place, False)


def _stands_for_all(words: tuple[str, ...]) -> bool:
    """Whether the first word alone names the company: "Globex" of "Globex Systems"."""
    first = words[0]
    plain_word = first in general() or first in word_set("companies", "ordinary")
    return len(words) > 1 and len(first) > 3 and not plain_word and set(words[1:]) <= general()


def prose_of(other: Other) -> ComparableProse:
    """The prose of a letter, ready to compare: without the names of the company, the position and the people."""
    apart = _words_apart("\n".join((other.company, other.position, *other.names)))
    return _prose_without(other.prose, apart & _words_in(other.prose)[1])


@lru_cache(maxsize=4)
def _prose_without(prose: str, apart: frozenset[str]) -> ComparableProse:
    """A text that many letters may have, one after the other, without these of its words."""
    return _comparable(_words_in(prose)[0], apart)


@lru_cache(maxsize=4)
def _words_in(prose: str) -> tuple[Sequence[str], frozenset[str]]:
    words = _bare(words_of(prose))
    return words, frozenset(words)


def prose_in(words: Sequence[str], company: str, position: str, names: Iterable[str]) -> ComparableProse:
    """As ``prose_of``, for prose whose words are known."""
    return _comparable(_bare(words), _words_apart("\n".join((company, position, *names))))


def _bare(words: Sequence[str]) -> Sequence[str]:
    """The words without the genitive's ``'s``."""
    joined = " ".join(words)
    return f"{joined} ".replace("'s ", " ")[:-1].split(" ") if "'s" in joined else words


def _comparable(words: Sequence[str], apart: frozenset[str]) -> ComparableProse:
    kept = [word for word in words if word not in apart]
    text = " ".join(kept)
    shingles = frozenset(_shingles(kept, text))
    return ComparableProse(len(kept), _key(f"prose {text}"), shingles, sorted(shingles)[:_KEPT])


@lru_cache(maxsize=256)
def _words_apart(names: str) -> frozenset[str]:
    return frozenset(words_of(names))


def _shingles(words: list[str], text: str) -> Iterator[int]:
    """A number for each run of words, as they stand in the text with a blank between them."""
    octets = text.encode("utf-8", "surrogatepass")
    plain = len(octets) == len(text)
    lengths = map(len, words if plain else [word.encode("utf-8", "surrogatepass") for word in words])
    starts = [0, *accumulate([length + 1 for length in lengths])]
    return map(crc32, [octets[start : end - 1] for start, end in zip(starts, starts[_RUN:], strict=False)])
