"""Names of companies: what is the same name, nearly the same, or part of one family."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from mailer.checks.text import distance, folded, same_name, umlauts, word_set

if TYPE_CHECKING:
    from mailer.checks.text import Text

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ENDINGS = ("", "s", "es", "'s", "’s", "'", "’", "n", "en", "e", "er", "ern", "ers")


@lru_cache(maxsize=256)
def core(company: str) -> tuple[str, ...]:
    """Return the folded words of a company's name without its legal form: ("acme", "robotics")."""
    words = [folded(word) for word in _WORD.findall(re.sub(r"\([^)]*\)", " ", company) if "(" in company else company)]
    forms = word_set("companies", "legal forms")
    kept = list(words)
    while len(kept) > 1 and kept[-1] in forms:
        kept.pop()
    if len(kept) > 1 and kept[0] == "the":
        kept = kept[1:]
    return tuple(kept)


@lru_cache(maxsize=256)
def short_forms(company: str) -> frozenset[str]:
    """What a company is called for short, folded: its first word where the others say only what it does, initials."""
    words = core(company)
    found = {"".join(words)} if len(words) > 1 else set()
    bracketed = re.findall(r"\(([^)]+)\)", company) if "(" in company else []
    found |= {folded(word) for word in bracketed}
    if len(words) > 1:
        if len(words[0]) >= 3 and words[0] not in word_set("companies", "ordinary"):
            found.add(words[0])
        if len(words) > 2:
            found.add("".join(word[0] for word in words))
    return frozenset(found)


def related(one: str, other: str) -> bool:
    """Tell whether two companies share the part of a name that makes it theirs, as parent and subsidiary do."""
    a, b = core(one), core(other)
    if not a or not b:
        return False
    if a[0] == b[0] and a[0] not in general():
        return True
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if shorter[0] in longer and shorter in [longer[at : at + len(shorter)] for at in range(len(longer))]:
        return True
    return "".join(a) == "".join(b)


@cache
def general() -> frozenset[str]:
    """Words that say what companies do, and their legal forms."""
    return word_set("companies", "what they do") | word_set("companies", "legal forms")


def inflected(word: str, name: str) -> bool:
    """Tell whether ``word`` is ``name`` or a form of it: genitives, plurals, German endings."""
    return any(same_name(word, name + ending) for ending in _ENDINGS)


def names_it(text: Text, company: str) -> bool:
    """Tell whether the text names the company, in full or for short, whatever its form."""
    words = core(company)
    if not words:
        return True
    tokens = [_plain_umlauts(folded(word)) for word in text.ordered]
    words = tuple(map(_plain_umlauts, words))
    joined = "".join(words)
    if any(_same_run(tokens[at : at + len(words)], words) for at in range(len(tokens) - len(words) + 1)):
        return True
    if any(_same_run(tokens[at : at + len(run)], run) for run in _part_names(company) for at in range(len(tokens))):
        return True
    shorts = short_forms(company)
    return any(any(inflected(token, short) for short in (joined, *shorts)) for token in tokens if token)


@lru_cache(maxsize=256)
def _part_names(company: str) -> tuple[tuple[str, ...], ...]:
    """Parts of a long name that are its own: "Blue Lantern", and a later word that is no common one, "Vosch"."""
    words = tuple(map(_plain_umlauts, core(company)))
    common = general() | word_set("companies", "ordinary")
    pairs = [pair for pair in pairwise(words) if not general().issuperset(pair)]
    return (*pairs, *((word,) for word in words[1:] if len(word) > 3 and word not in common))


def near_misses(text: Text, company: str) -> list[tuple[int, int]]:
    """Find where the text all but names the company: a slip in a capitalised run of words."""
    words = core(company)
    joined = "".join(words)
    if len(joined) < 5:
        return []
    found: list[tuple[int, int]] = []
    for begin in _capitalised(joined[0]).finditer(text.own):
        stretch = text.own[begin.start() : begin.start() + 2 * len(company) + 16]
        run = list(islice(_WORD.finditer(stretch), len(words)))
        folds = [folded(match[0]) for match in run]
        if len(run) == len(words) and _is_slip(folds[0], "".join(folds), words):
            found.append((begin.start(), begin.start() + run[-1].end()))
    return found


@cache
def _capitalised(letter: str) -> re.Pattern[str]:
    """Where a word begins with that letter, as a capital, accents aside."""
    capitals = letter.upper() + {"a": "ÄÀÁÂ", "e": "ÉÈÊ", "o": "ÖÓÔØ", "u": "ÜÚ", "i": "ÍÎ", "c": "Ç"}.get(letter, "")
    # The capital first, so that a text is searched for nothing else.
    return re.compile(rf"[{re.escape(capitals)}](?<!\w.)\w")


def _is_slip(first: str, run: str, words: tuple[str, ...]) -> bool:
    name = "".join(words)
    if (
        run == name
        or run[:1] != name[:1]
        or abs(len(run) - len(name)) > 2
        or len(set(run) ^ set(name)) > 3
        or _plain_umlauts(run) == _plain_umlauts(name)
    ):
        return False
    # A genitive is the name itself; whether it is another word takes long to find out.
    if any(run in (folded(name + ending), umlauts(name + ending)) for ending in _ENDINGS):
        return False
    most = 1 if len(name) < 10 else 2
    if distance(run, name, most) > most:
        return False
    return len(words) > 1 or (len(name) > 5 and first not in word_set("companies", "ordinary"))


def _plain_umlauts(text: str) -> str:
    """Umlauts written out as if they were left out: "mueller" is "muller"."""
    return text.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _same_run(run: list[str], words: tuple[str, ...]) -> bool:
    return run[:-1] == list(words[:-1]) and bool(run) and inflected(run[-1], words[-1])
