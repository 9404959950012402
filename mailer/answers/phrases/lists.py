"""The phrases of a language, loaded when they are first looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from mailer.answers.folding import folded

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "sv", "da", "no", "pl", "ja", "ko", "zh")
_WORD = r"[^\s.!?]{1,30}"
_SPELLED = {"ü": "(?:u|ue)", "ö": "(?:o|oe)", "ä": "(?:a|ae)", "å": "(?:a|aa)", "ø": "(?:o|oe)"}
# Whatever a hostile text holds, a phrase looks at a piece of it.
_BOUNDS = ((")*", "){0,4}"), (")+", "){1,4}"), ("[^ ]*", "[^ ]{0,40}"), ("[^ ]+", "[^ ]{1,60}"))
_SIGNS = "\ue000-\ue2ff"
_DATE = f"([{_SIGNS}])"
_JUDGED = 4_000
_SHORT = 4
_NEVER = re.compile(r"(?!)")


@cache
def table(language: str) -> dict[str, Any]:
    """What the file of a language holds."""
    import tomllib

    return tomllib.loads(Path(__file__).with_name(f"{language}.toml").read_text("utf-8"))


@cache
def pattern(kind: str, languages: tuple[str, ...] = LANGUAGES) -> re.Pattern[str]:
    """Any phrase of a kind, in any of some languages."""
    found = [phrase for language in languages for phrase in table(language).get(kind, ())]
    return anywhere(found) if found else _NEVER


def anywhere(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of some phrases, as whole words in folded text."""
    return re.compile("|".join(f"(?:{whole(phrase)})" for phrase in phrases))


def around_dates(phrases: Iterable[str]) -> re.Pattern[str]:
    """Any of some phrases, in which ``@`` is a day."""
    return re.compile("|".join(f"(?:{whole(phrase).replace('@', _DATE)})" for phrase in phrases))


@cache
def whole(phrase: str) -> str:
    """A phrase as a regular expression that no letter of its own script touches."""
    text = spelled(phrase).replace("...", rf"(?:{_WORD} ){{0,4}}?")
    return text if _is_unspaced(text) else rf"(?<!\w)(?:{text})(?!\w)"


@cache
def spelled(text: str) -> str:
    """A piece of a regular expression of a file, for folded text."""
    for sign, both in _SPELLED.items():
        text = text.replace(sign, both)
    # Folding would take the signs of dates out.
    text = folded(text.replace(_SIGNS, "<signs>")).replace("<signs>", _SIGNS)
    for boundless, bounded in _BOUNDS:
        text = text.replace(boundless, bounded)
    return text


def _is_unspaced(text: str) -> bool:
    """Whether it is of a script without spaces between words, or with endings joined to them."""
    return bool(re.search("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]", text))


def languages_of(plain: str) -> tuple[str, ...]:
    """The languages that folded text may be in, the likeliest first, at most three; English where nothing tells."""
    if scripts := _scripts(plain):
        return (*scripts, "en")
    words = re.findall(r"[^\W\d_]+", plain[:_JUDGED])
    scores = {language: _score(language, words, plain[:_JUDGED]) for language in LANGUAGES[:11]}
    best = sorted((language for language in scores if scores[language]), key=lambda one: -scores[one])
    near = [one for one in best if scores[one] * 3 >= scores[best[0]]][:3]
    return tuple(near) or ("en",)


def _score(language: str, words: list[str], plain: str) -> int:
    absences = sum(1 for _ in pattern("away", (language,)).finditer(plain))
    return sum(word in _common(language) for word in words) + 2 * min(absences, 3)


@cache
def _common(language: str) -> frozenset[str]:
    """Its commonest words, and the names of its months and weekdays."""
    found = table(language)
    names = " ".join((*found["dates"]["months"], *found["dates"]["weekdays"])).replace("|", " ").split()
    # Their short forms are words of other languages: out, mar, so.
    return frozenset(folded(" ".join((*found["common"], *(name for name in names if len(name) > _SHORT)))).split())


def _scripts(plain: str) -> tuple[str, ...]:
    if re.search("[\u3040-\u30ff]", plain):
        return ("ja",)
    if re.search("[\uac00-\ud7af]", plain):
        return ("ko",)
    return ("zh", "ja") if re.search("[\u3400-\u9fff]", plain) else ()


def alternatives(text: str) -> list[str]:
    """What stands between the bars of a piece, those within brackets aside."""
    found, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found
