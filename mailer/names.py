"""The given name in a display name: what a greeting calls a person by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

_TITLES = frozenset(
    """
    dr prof professor doctor mr mrs ms mx miss sir dame rev hon herr frau hr fr ing dipl-ing mag señor señora
    señorita sr sra srta dña doña monsieur madame mademoiselle mme mlle
    """.split()  # noqa: SIM905
)
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
_ABOUT = re.compile(r"[(|/,]|(?:^|\s)(?:[-–—@]|at|from|via|bei|chez)\s")
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?)+")


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


def first_name(display_name: str) -> str:
    """What follows "Dear": "Ana" of "Dr. Ana María Weber"; all of "Ms. Weber", "A. Weber" and "WEBER Ana".

    "" for an address, an organisation or a role.
    """
    words = _ABOUT.split(turned(display_name), maxsplit=1)[0].split()
    if "@" in display_name:
        words = [word for word in words if not _is_address(word)]
    if _is_role(words):
        return ""
    while len(words) > 1 and _is_suffix(words[-1]):
        words.pop()
    named = words
    while named and _bare(named[0]) in _TITLES:
        named = named[1:]
    given = [word for word in named if not _is_initial(word) and word not in _PARTICLES]
    is_first = given[:1] == named[:1] and (len(named) > 1 or named is words)
    if (len(given) > 1 or (given and is_first)) and not _may_be_family(given):
        return given[0]
    return " ".join(words) if named else ""


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
    return word[0].isupper() and (len(word) == 1 or ("." in word and _INITIALS.fullmatch(word) is not None))


def _is_suffix(word: str) -> bool:
    return word.replace(".", "") in _SUFFIXES


def _bare(word: str) -> str:
    return word.replace(".", "").casefold()
