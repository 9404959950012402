"""Display names: given name, family name, titles, and what a greeting calls a person by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from mailer.tuples import NamedTuple

FEMALE, MALE = "f", "m"
_TITLES = frozenset(
    """
    dr prof professor doctor mr mrs ms mx miss sir dame rev hon herr frau hr fr ing dipl-ing mag señor señora
    señorita sr sra srta dña doña monsieur madame mademoiselle mme mlle doktor docteur dra profa drin profin dr-ing
    """.split()  # noqa: SIM905
)
# What a name that is given with one of these says of the person; "Fr." may be a Father, "M." an initial.
_FEMALE = "frau mrs ms miss dame señora señorita sra srta dña doña madame mademoiselle mme mlle dra profa drin profin"
_MALE = "mr sir herr hr señor sr monsieur"
_GENDERS = {**dict.fromkeys(_FEMALE.split(), FEMALE), **dict.fromkeys(_MALE.split(), MALE)}
_ACADEMIC = {
    **dict.fromkeys(("dr", "doctor", "doktor", "docteur", "dra", "drin", "dr-ing"), "dr"),
    **dict.fromkeys(("prof", "profa", "profin"), "prof"),
    "professor": "professor",
}
_SUFFIXES = frozenset(
    """
    PhD PHD MD MBA MSc BSc MA BA BS MS MPhil DPhil EdD JD LLM LLB Esq CPA PE RN DDS PMP Jr Sr jr sr II III IV Inc
    Ltd LLC LLP PLC Corp Co GmbH AG KG SE SA SAS SARL SL BV NV AB Oy AS
    """.split()  # noqa: SIM905
)

_PARTICLES = frozenset("van von der den de la di da dos das del du al el ten ter zu zum zur".split())  # noqa: SIM905
# Words that no person is called.
_ORGANISED = frozenset(
    """
    team teams support services office recruiting recruitment recruiter careers department dept gmbh ltd llc inc
    corp plc resources acquisition hiring desk newsletter personalabteilung kundenservice équipe recrutement equipo
    """.split()  # noqa: SIM905
)
# Words that are family names too: "Jobs at Acme" is nobody, "Steve Jobs" is somebody.
_ORGANISED_FIRST = frozenset("jobs sales press service info career admin".split())  # noqa: SIM905
# Patronymics are the first of two family names in Spanish: "García López".
_PATRONYMIC = r"(?i)[^\W\d_]{2,}[aáeéoó]z|ru[ií]z|ort[ií]z|garc[ií]a"
_ABOUT = r"[(|/,]|(?:^|\s)(?:[-–—@]|at|from|via|bei|chez)\s"
# Kana, Han, Hangul: from the first of each to the last.
_EAST_ASIAN = (("\u3005", "\u30ff"), ("\u3400", "\u9fff"), ("\uac00", "\ud7a3"))
_INITIALS = r"(?:[^\W\d_]\.-?)+"


class Named(NamedTuple):
    """A name taken apart: ``whole`` is all of it but for titles; ``family`` is "" where it is only an initial.

    ``gender`` is what the name as given says ("Frau", "Dra."), else ""; ``titles`` are "professor", "prof" and "dr".
    """

    whole: str
    family: str
    gender: str
    titles: tuple[str, ...]


def named(display_name: str) -> Named:
    """The name in a display name that is somebody's: see ``first_name``."""
    titles, names = _parted(_words(display_name))
    bare = [_bare(title) for title in titles]
    gender = next((_GENDERS[title] for title in bare if title in _GENDERS), "")
    academic = dict.fromkeys(_ACADEMIC[title] for title in bare if title in _ACADEMIC)
    return Named(" ".join(names), _family(names), gender, tuple(sorted(academic, reverse=True)))


def family_and_given(display_name: str) -> tuple[str, str]:
    """Both names without titles, as address books keep them; in Chinese, Japanese and Korean the family comes first."""
    first, _, rest = " ".join(display_name.split()).partition(" ")
    if rest and _is_east_asian(first):
        return first, rest
    found = named(display_name)
    whole = found.whole or turned(display_name) or display_name
    family = found.family or whole.rpartition(" ")[2]
    given = whole.removeprefix(family) if _may_be_family(whole.split()) else whole.removesuffix(family)
    return family, given.strip()


def _is_east_asian(word: str) -> bool:
    return all(any(first <= sign <= last for first, last in _EAST_ASIAN) for sign in word)


@lru_cache(maxsize=64)
def turned(display_name: str) -> str:
    """``Family, Given`` as ``Given Family``; a title, role or legal form behind the comma stays where it is.

    "" for an address.
    """
    family, comma, given = display_name.partition(",")
    given, _, rest = given.partition(",")
    if not comma or not family.strip() or not given.strip() or _is_suffix(given.strip()) or _is_role(given.split()):
        return "" if _is_address(display_name.strip()) else " ".join(display_name.split())
    name = " ".join(f"{given} {family}".split())
    return f"{name}, {' '.join(rest.split())}" if rest.strip() else name


@lru_cache(maxsize=64)
def first_name(display_name: str) -> str:
    """What follows "Dear": "Ana" of "Dr. Ana María Weber"; all of "Ms. Weber", "A. Weber" and "WEBER Ana".

    "" for an address, an organisation or a role.
    """
    words = _words(display_name)
    if _is_role(words):
        return ""
    titles, names = _parted(words)
    given = [word for word in names if not _is_initial(word) and word not in _PARTICLES]
    is_first = given[:1] == names[:1] and (len(names) > 1 or not titles)
    if (len(given) > 1 or (given and is_first)) and not _may_be_family(given):
        return given[0]
    return " ".join([*titles, *names]) if names else ""


@lru_cache(maxsize=64)
def _words(display_name: str) -> list[str]:
    """The words of the name itself: no role, no company, no address."""
    words = re.split(_ABOUT, turned(display_name), maxsplit=1)[0].split()
    return [word for word in words if not _is_address(word)] if "@" in display_name else words


def _parted(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Titles, and the name behind them without suffixes."""
    end = len(words)
    while end > 1 and _is_suffix(words[end - 1]):
        end -= 1
    start = 0
    while start < end and (_bare(words[start]) in _TITLES or (start and _is_faculty(words[start]))):
        start += 1
    return words[:start], words[start:end]


def _family(names: Sequence[str]) -> str:
    """The family name, with its particles; the words in capitals where only some are; "" for an initial."""
    if _may_be_family(names):
        return " ".join(takewhile(str.isupper, names))
    start = len(names) - 1
    if start > 1 and re.fullmatch(_PATRONYMIC, names[start - 1]):
        start -= 1
    particles = [at for at, word in enumerate(names[:start]) if word.casefold() in _PARTICLES]
    start = min([start, *particles])
    return "" if not names or _is_initial(names[-1]) else " ".join(names[start:])


def _may_be_family(names: Sequence[str]) -> bool:
    """Whether the first of the names may be a family name in capitals: "RUIZ Dana", but "MIA Chen" too."""
    capitals = list(takewhile(str.isupper, names))
    return len(capitals) < len(names) and any(len(name) > 2 for name in capitals)


def _is_role(words: Sequence[str]) -> bool:
    """Whether it is an organisation, or a role in one; the title "Hr." is not HR."""
    lowered = " ".join(words).casefold().replace(".", "").replace(":", "").split()
    return "HR" in words or not _ORGANISED.isdisjoint(lowered) or not _ORGANISED_FIRST.isdisjoint(lowered[:1])


def _is_address(word: str) -> bool:
    return "@" in word.strip("@") and " " not in word


def _is_initial(word: str) -> bool:
    return word[0].isupper() and (len(word) == 1 or ("." in word and re.fullmatch(_INITIALS, word) is not None))


def _is_faculty(word: str) -> bool:
    """Whether it is the "med." of "Dr. med.", or the "h." and "c." of an honour."""
    return word.islower() and word.endswith(".")


def _is_suffix(word: str) -> bool:
    return word.replace(".", "") in _SUFFIXES


def _bare(word: str) -> str:
    return word.replace(".", "").casefold()
