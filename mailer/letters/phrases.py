"""The few words that mailer itself says in a letter, by language (BCP 47), in the manners of each.

English greets by the first name, unless a name has a title: "Dear Dana", "Dear Dr. Weber".  German, French and Spanish
say Frau, Madame or Sra. where the name as given does; else the person's gender is not known, and they greet in a way
that suits everybody: "Guten Tag Anna Weber", "Bonjour Anna Weber", "Hola, Anna".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailer.message.given_names import FEMALE, MALE, Named, first_name, named, turned

_WORDS = {
    "cs": ("Dobrý den", "a"),
    "da": ("Kære", "og"),
    "de": ("Guten Tag", "und"),
    "en": ("Dear", "and"),
    "es": ("Hola,", "y"),
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
# "e Inés", but "y Hierro" (Real Academia Española, Diccionario panhispánico de dudas, "y").
_SPANISH_E = re.compile(r"(?i)(?:i|hi(?![ae]))")


_COURTESY = {
    "de": {FEMALE: "Frau", MALE: "Herr"},
    "es": {FEMALE: "Sra.", MALE: "Sr."},
    "fr": {FEMALE: "Madame", MALE: "Monsieur"},
}
_FORMAL = {
    "de": {FEMALE: "Sehr geehrte", MALE: "Sehr geehrter"},
    "es": {FEMALE: "Estimada", MALE: "Estimado"},
}
_TITLES = {
    "de": {"dr": "Dr.", "prof": "Prof.", "professor": "Professor"},
    "en": {"dr": "Dr.", "prof": "Prof.", "professor": "Professor"},
    "es": {
        "dr": "Dr.",
        "prof": "Prof.",
        "professor": "Prof.",
        "dra": "Dra.",
        "profa": "Profa.",
        "professora": "Profa.",
    },
    "fr": {"dr": "Dr", "prof": "Pr", "professor": "Pr"},
}


# What a person's own words are about, by template.
_PROSE = {
    "a-year-on": "what has stayed with you from that day",
    "check-in": "what you would like to hear of their work",
    "my-news": "what came of the conversation, and what you do now",
    "one-question": "the one question that is still open",
    "something-useful": "what may be of use to them, and where they find it",
    "your-news": "what you read of them, and what it means to you",
}
_PROSE_ELSE = "what you talked about, what stayed with you"


def example_prose(template: str) -> str:
    """What stands in a new letter in place of the person's own words."""
    return f"‹two or three sentences that only you could write: {_PROSE.get(template, _PROSE_ELSE)}›"


def primary(language: str) -> str:
    """``de`` of ``de-AT``."""
    return language.replace("_", "-").partition("-")[0].lower()


def ladder(language: str) -> tuple[str, ...]:
    """``de-AT`` as "de-at" and "de": what will do for it, best first."""
    parts = language.replace("_", "-").lower().split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def greeting(language: str, names: Sequence[str]) -> str:
    """A salutation to these display names, without the mark that ends it.

    "" where a name is missing or nobody's, or where there is no word for that language.
    """
    tongue = primary(language)
    word, firsts = _WORDS.get(tongue, ("", ""))[0], [first_name(name) for name in names]
    if not word or not firsts or not all(firsts):
        return ""
    if tongue not in _TITLES:
        return f"{word} {joined(language, firsts)}"
    people = [named(name) for name in names]
    called = [_called(tongue, person, first) for person, first in zip(people, firsts, strict=True)]
    formal = _FORMAL.get(tongue, {})
    if all(person.family and person.gender in formal for person in people):
        said = [f"{formal[person.gender]} {each}" for person, each in zip(people, called, strict=True)]
        return ", ".join([said[0], *(each[0].lower() + each[1:] for each in said[1:])])
    return f"{word} {joined(language, called)}"


def in_sentences(language: str, names: Sequence[str]) -> tuple[str, str]:
    """People by their display names, in full and as one speaks to them: ``Ana Ruiz and Bo Li``, ``Ana and Bo``."""
    return joined(language, list(map(turned, names))), joined(language, list(map(first_name, names)))


def joined(language: str, names: Sequence[str]) -> str:
    """``Ana, Bo and Cy``; "" if a name is missing."""
    if not names or not all(names):
        return ""
    if len(names) == 1:
        return names[0]
    word = _WORDS.get(primary(language), ("", "&"))[1]
    if word == "y" and _SPANISH_E.match(names[-1]):
        word = "e"
    return f"{', '.join(names[:-1])} {word} {names[-1]}"


def _called(tongue: str, person: Named, first: str) -> str:
    """What a person is called behind the word of greeting."""
    courtesy = _COURTESY.get(tongue, {}).get(person.gender, "") if person.family else ""
    titles = _titles(tongue, person)
    if tongue == "de":
        return " ".join([courtesy, *titles, person.family] if courtesy else [*titles, person.whole])
    if person.family and titles:
        # Elsewhere than in German the highest title stands for all.
        return f"{titles[0]} {person.family}"
    if courtesy:
        return f"{courtesy} {person.family}"
    return person.whole if tongue == "fr" else first


def _titles(tongue: str, person: Named) -> list[str]:
    ours = _TITLES[tongue]
    feminine = "a" if person.gender == FEMALE else ""
    return [ours.get(title + feminine, ours[title]) for title in person.titles]
