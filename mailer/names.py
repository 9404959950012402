"""The given name in a display name: what a greeting calls a person by."""

from __future__ import annotations

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


def turned(display_name: str) -> str:
    """``Family, Given`` as ``Given Family``; a title or legal form behind the comma stays where it is."""
    family, comma, given = display_name.partition(",")
    given, _, rest = given.partition(",")
    if not comma or not family.strip() or not given.strip() or given.strip().replace(".", "") in _SUFFIXES:
        return " ".join(display_name.split())
    name = " ".join(f"{given} {family}".split())
    return f"{name}, {' '.join(rest.split())}" if rest.strip() else name


def first_name(display_name: str) -> str:
    """The first word of a name that is no title: "Ana" of "Dr. Ana María Weber" and of "Weber, Ana"."""
    words = turned(display_name).replace(",", " ").split()
    return next((word for word in words if _bare(word) not in _TITLES), "")


def _bare(word: str) -> str:
    return word.strip().replace(".", "").casefold()
