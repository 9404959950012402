"""The last day that somebody is away, from the words of an automatic answer.

Only a date that stands where its language puts the end of an absence counts: *until 13 December*, *back on the 14th*.
Any other date of the text (a deadline, the beginning, a number that looks like one) is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from mailer.answers.dates_said import Said, said
from mailer.answers.folding import folded, sentences
from mailer.answers.phrases.lists import around_dates, languages_of, pattern, table
from mailer.tuples import NamedTuple

FURTHEST = timedelta(days=60)
_LOOKED_AT = 8_000
# A full stop ends no sentence after one letter (t.o.m.), nor before a day (inkl. 3.1.).
_SENTENCE = re.compile(r"(?<=[^\W\d]{2}[.!?])\s+(?![\ue000-\ue2ff])|(?<=[\ue000-\ue2ff)\"'][.!?])\s+|(?<=[。！？!?])|;")
_BACK = ("back", "after")


class Found(NamedTuple):
    """A day that ends an absence.  ``starts``: the first day of a range; ``is_anothers``: it is told of a deputy."""

    kind: str
    days: tuple[date, ...]
    starts: date | None
    is_absence: bool
    is_anothers: bool = False


def last_day(text: str, today: date, order: str = "") -> date | None:
    """The last day away that a text names, None if it names none, a past one, or one more than 60 days ahead.

    ``order`` is that of day and month in English numbers: dmy, mdy, or "" where nothing tells; then 12/01 counts only
    if one of its readings alone can be meant.
    """
    plain = folded(text[:_LOOKED_AT])
    for language in languages_of(plain):
        found = list(_found(text[:_LOOKED_AT], language, today, order))
        if found:
            return _best([one for one in found if not one.is_anothers] or found, today)
    return None


def _best(found: list[Found], today: date) -> date | None:
    """A day of return is surer than an end, and an end in a sentence about an absence surer than another."""
    surest = (
        [one for one in found if one.kind in _BACK]
        or [one for one in found if one.is_absence and one.kind != "lasts"]
        or [one for one in found if one.kind != "lasts"]
        or found
    )
    now = [one for one in surest if one.starts and one.starts <= today <= max(one.days)]
    possible = [days for one in now or surest if (days := _in_reach(one, today))]
    if not possible or any(len(days) > 1 for days in possible):
        certain = {days[0] for days in possible if len(days) == 1}
        return max(certain) if certain else None
    return possible[0][0] if surest[0].kind in _BACK else max(days[0] for days in possible)


def _in_reach(one: Found, today: date) -> list[date]:
    return sorted({day for day in one.days if today <= day <= today + FURTHEST})


def _found(text: str, language: str, today: date, order: str) -> Iterator[Found]:
    for paragraph in re.split(r"\n\s*\n", text):
        whole = said(_without_usual_days(paragraph, language), language, today, order)
        for sentence in _SENTENCE.split(whole.text):
            if sentence:
                yield from _in_sentence(sentence, whole, language, today)


def _without_usual_days(paragraph: str, language: str) -> str:
    """A paragraph, folded, without what it says of the days on which somebody always works, or never."""
    usual, away = pattern("part", (language,)), pattern("away", (language,))
    told = [one.plain for one in sentences(paragraph)]
    return " ".join(plain for plain in told if away.search(plain) or not usual.search(plain))


def _in_sentence(sentence: str, whole: Said, language: str, today: date) -> Iterator[Found]:
    is_absence = bool(pattern("away", (language,)).search(sentence))
    if not is_absence and _pattern("deadline", language).search(sentence):
        return
    is_anothers = bool(_pattern("deputy", language).search(re.split("[\ue000-\ue2ff]", sentence)[0]))
    taken: set[str] = set()
    for kind in ("range", "back", "after", "until", "lasts"):
        for match in _pattern(kind, language).finditer(sentence):
            signs = [sign for sign in match.groups() if sign and "\ue000" <= sign <= "\ue2ff"]
            if signs and not taken & set(signs) and not (kind == "until" and _is_presence(sentence, language)):
                taken |= set(signs)
                yield Found(kind, *_span(kind, whole, signs, today), is_absence, is_anothers)
    if is_absence:
        yield from (one._replace(is_anothers=is_anothers) for one in _bare(sentence, whole, taken, today))


def _bare(sentence: str, whole: Said, taken: set[str], today: date) -> Iterator[Found]:
    """A span of days, and today, need no word before them in a sentence about an absence."""
    for sign in sentence:
        if "\ue000" <= sign <= "\ue2ff" and sign not in taken:
            readings = whole.of(sign).days
            if readings[0][0] < readings[0][1] or readings == ((today, today),):
                yield Found("lasts", tuple(last for _, last in readings), None, is_absence=True)


def _span(kind: str, whole: Said, signs: list[str], today: date) -> tuple[tuple[date, ...], date | None]:
    readings = whole.of(signs[-1]).days
    if kind == "back":
        return tuple(first - timedelta(days=1) for first, _ in readings), None
    starts = whole.of(signs[0]).days[0][0] if len(signs) > 1 else None
    if starts is None and readings[0][0] < readings[0][1]:
        starts = readings[0][0]
    if starts and starts > max(last for _, last in readings):
        # The beginning stood without a year and is past: its next such day is a year on.
        starts = today
    return tuple(last for _, last in readings), starts


def _is_presence(sentence: str, language: str) -> bool:
    """Whether it says until when somebody is there."""
    return bool(_pattern("available", language).search(sentence)) and not _pattern("no", language).search(sentence)


@cache
def _pattern(kind: str, language: str) -> re.Pattern[str]:
    phrases = [phrase.replace("#", "@") for phrase in table(language)["dates"][kind]]
    return around_dates(phrases)
