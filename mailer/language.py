"""The few words that mailer itself says in a letter, by language (BCP 47 primary subtags)."""

from __future__ import annotations

from collections.abc import Sequence

_WORDS = {
    "cs": ("Dobrý den", "a"),
    "da": ("Kære", "og"),
    "de": ("Guten Tag", "und"),
    "en": ("Dear", "and"),
    "es": ("Hola", "y"),
    "fi": ("Hei", "ja"),
    "fr": ("Bonjour", "et"),
    "it": ("Buongiorno", "e"),
    "nb": ("Hei", "og"),
    "nl": ("Beste", "en"),
    "no": ("Hei", "og"),
    "pl": ("Dzień dobry", "i"),
    "pt": ("Olá", "e"),
    "sv": ("Hej", "och"),
}


def primary(language: str) -> str:
    """``de`` of ``de-AT``."""
    return language.replace("_", "-").partition("-")[0].lower()


def greeting(language: str, first: str) -> str:
    """A salutation without its comma, or "" where there is no name or no word for that language."""
    word = _WORDS.get(primary(language), ("", ""))[0]
    return f"{word} {first}" if word and first else ""


def joined(language: str, names: Sequence[str]) -> str:
    """``Ana, Bo and Cy``; "" if a name is missing."""
    if not names or not all(names):
        return ""
    if len(names) == 1:
        return names[0]
    word = _WORDS.get(primary(language), ("", "&"))[1]
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
