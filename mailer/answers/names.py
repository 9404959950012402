"""Whether a name in From is a person's: the other way round, shortened, or an address that is made of it."""

from __future__ import annotations

import re

from mailer.answers.folding import folded
from mailer.answers.wording.patterns import pattern

_SHORT = 3
_NAME_WORDS = 4
_TITLES = frozenset(
    [
        "dr",
        "prof",
        "mr",
        "mrs",
        "ms",
        "herr",
        "frau",
        "ing",
        "dipl",
        "med",
        "phd",
        "mba",
        "msc",
        "bsc",
        "md",
        "sir",
        "von",
        "van",
        "de",
        "der",
        "den",
        "of",
        "and",
        "via",
        "hr",
    ]
)
_CALLED = (
    ("william", "bill", "will"),
    ("robert", "bob", "rob"),
    ("richard", "dick", "rick"),
    ("margaret", "peggy", "maggie"),
    ("elizabeth", "liz", "beth", "betty"),
    ("anthony", "tony"),
    ("james", "jim", "jimmy"),
    ("john", "jack", "johnny"),
    ("edward", "ted", "ed"),
    ("thomas", "tom"),
    ("michael", "mike"),
    ("katherine", "kate", "kathy", "catherine"),
    ("francisco", "paco"),
    ("jose", "pepe"),
    ("giuseppe", "beppe"),
    ("johannes", "hans"),
    ("aleksander", "olek"),
    ("henry", "harry"),
)


def fits(name: str, address: str, person: str) -> bool:
    """Whether a name, or where there is none an address, is the person's."""
    theirs, shown = folded(person), folded(name.partition("@")[0])
    if not theirs:
        return False
    if re.search("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", theirs + shown):
        one, other = theirs.replace(" ", ""), shown.replace(" ", "")
        if one and other and (one in other or (len(other) > 1 and other in one)):
            return True
    return _is_same(_words(shown), _words(theirs)) or _is_made_of(address, _words(theirs))


def is_a_persons(name: str, address: str) -> bool:
    """Whether a name is of the kind that people have: some words, none of them of a firm, a role or a machine."""
    shown = _words(re.split(r" (?:via|at|@|from|-|\|) ", f"{folded(name)} ")[0])
    firm = set(re.findall(r"[^\W\d_]+", folded(address.rpartition("@")[2])))
    roles = pattern("machines.role")
    return 2 <= len(shown) <= _NAME_WORDS and not firm & set(shown) and not any(map(roles.fullmatch, shown))


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", re.sub(r"\([^()]*\)", " ", text)) if word not in _TITLES]


def _is_same(shown: list[str], theirs: list[str]) -> bool:
    """Whether all of the shorter name's words have one of their own in the longer."""
    short, long = sorted((shown, list(theirs)), key=len)
    if not short or all(len(word) < 2 for word in short):
        return False
    free = list(long)
    for word in short:
        other = next((other for other in free if _is_word(word, other)), None)
        if other is None:
            return False
        free.remove(other)
    return True


def _is_word(one: str, other: str) -> bool:
    """The same, an initial of it, a short form, or what somebody of that name is called."""
    if one == other or (min(len(one), len(other)) == 1 and one[0] == other[0]):
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= _SHORT and long.startswith(short):
        return True
    return any(one in names and other in names for names in _CALLED)


def _is_made_of(address: str, theirs: list[str]) -> bool:
    """dana.ruiz@, druiz@ and ruizd@ are Dana Ruiz's."""
    local = re.sub(r"[\W\d_]", "", folded(address.partition("@")[0].partition("+")[0]))
    if len(theirs) < 2 or len(local) < _SHORT:
        return False
    given, family = theirs[0], theirs[-1]
    return local in (given + family, family + given, given[0] + family, family + given[0], given + family[0])
