"""Dates and weekdays that are wrong, or will be when the letter is read.

Warns of "yesterday" (also `gestern`, `hier`, `ayer`), which counts from the day the letter is read and not from the day
it was written; of a weekday that does not match its date ("Tuesday, 13 May 2026"), of a day that no calendar has
("31 June"), and of a `Refused-On` that lies ahead.

A date without a year is taken to be the nearest one, before or after today.  "Yesterday" raises nothing where
`Refused-On` was yesterday, in quoted mail, and in phrases ("as if it were yesterday").
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from mailer.checks.case import LANGUAGES, day
from mailer.checks.problem import Problem
from mailer.checks.text import Phrases, pattern, section

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.text import Text

_NEAR_DAYS = 300
# More wrong dates than that are not told.
_MOST = 100


def check(case: Case) -> Iterator[Problem]:
    """Yesterday, then dates."""
    yield from _ahead(case)
    if case.language in LANGUAGES:
        yield from _yesterday(case)
        yield from islice(_weekdays(case), _MOST)


def _ahead(case: Case) -> Iterator[Problem]:
    refused = case.rendered.fields.get("refused_on", "")
    # One day of grace: the sender's clock may be behind the recipient's.
    if refused and date.fromisoformat(refused) > case.known.now.date() + timedelta(days=1):
        said = f"the no came on {refused}, which lies ahead"
        yield case.in_header("dates", "warn", "refused_on", refused, said, "Write the day on which it came.")


def _yesterday(case: Case) -> Iterator[Problem]:
    word = section(case.language, "yesterday")[0]
    today = case.known.now.date()
    if (
        not case.body.has_any(frozenset([word]))
        or case.rendered.fields.get("refused_on") == (today - timedelta(days=1)).isoformat()
    ):
        return
    apart = [(start, end) for start, end, _ in _not_meant(case.language).find(case.body)]
    for token in case.body.tokens:
        if token.word == word and not any(start <= token.start < end for start, end in apart):
            said = f"{word!r} is counted from the day the letter is read"
            yield case.in_body("dates", "warn", token.start, token.end, said, "Write the weekday or the date.")
            return


@cache
def _not_meant(language: str) -> Phrases[None]:
    return Phrases((line, None) for line in section(language, "yesterday not meant"))


def _weekdays(case: Case) -> Iterator[Problem]:
    weekdays, months = _names(case.language)
    if not case.body.has_any(_all_names(case.language)) or not case.body.holds(_has_digit):
        return
    for match in _written(case.body, case.language):
        found = match.groupdict()
        month = months.get(found["month"]) or int(found["month"])
        year = int(found["year"]) if found["year"] else None
        weekday = weekdays.get(found["weekday"] or "")
        yield from _compared(case, match, weekday, (year, month, int(found["number"])))


def _has_digit(text: Text) -> bool:
    return pattern(r"\d").search(text.own) is not None


def _written(text: Text, language: str) -> Iterator[re.Match[str]]:
    """The dates of a text, one way of writing after the other; each stands in a line, and has a digit."""
    lowered, at, places = text.lowered, 0, []
    for line in lowered.split("\n"):
        if pattern(r"\d").search(line):
            places.append((at, at + len(line)))
        at += len(line) + 1
    for way in _ways(language):
        for start, end in places:
            yield from way.finditer(lowered, start, end)


def _compared(
    case: Case, match: re.Match[str], weekday: int | None, when: tuple[int | None, int, int]
) -> Iterator[Problem]:
    year, month, number = when
    days = list(_days(case.known.now.date(), year, month, number))
    words = case.body.raw[match.start() : match.end()]
    if not days:
        said = f"no calendar has {words}"
        yield case.in_body("dates", "warn", *match.span(), said, "Look the date up.")
    elif weekday is not None and not any(each.weekday() == weekday for each in days):
        right = min(days, key=lambda each: abs(each - case.known.now.date()))
        said = f"{words} is wrong: that day is a {day(right).split()[0]}"
        yield case.in_body("dates", "warn", *match.span(), said, f"Look it up: {day(right)} {right.year}.")


def _days(today: date, year: int | None, month: int, number: int) -> Iterator[date]:
    """The day or days that may be meant, nearest last; none if there is no such day."""
    found = []
    for each in (year,) if year else range(today.year - 4, today.year + 5):
        with contextlib.suppress(ValueError):
            found.append(date(each, month, number))
    near = [when for when in found if abs((when - today).days) < _NEAR_DAYS]
    return iter(found if year else near or found)


@cache
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Weekdays and months by name."""
    weekdays = {name: at for at, line in enumerate(section(language, "weekdays")) for name in line.split()}
    months = {name: at for at, line in enumerate(section(language, "months"), 1) for name in line.split()}
    return weekdays, months


@cache
def _all_names(language: str) -> frozenset[str]:
    weekdays, months = _names(language)
    return frozenset(weekdays) | frozenset(months)


@cache
def _ways(language: str) -> tuple[re.Pattern[str], ...]:
    """How a date is written, with or without its weekday."""
    weekdays, months = _names(language)
    weekday = rf"\b(?P<weekday>{_any(weekdays)})\b\.?,? (?:(?:the|den|dem|der|le|el|día) )?"
    number, month = r"(?P<number>[0-3]?\d)", rf"(?P<month>{_any(months)})\b\.?"
    year = r"(?:,? (?:de |del )?(?P<year>(?:19|20)\d\d)\b)?"
    patterns = [rf"(?:{weekday})?(?<![\d.,:/-]){number}(?:st|nd|rd|th|er|º|°|\.)? (?:of |de )?{month}{year}"]
    if language == "en":
        patterns.append(rf"(?:{weekday})?\b{month} {number}(?:st|nd|rd|th)?(?![\d:%]|[.,]\d){year}")
    patterns.append(rf"{weekday}{number}\. ?(?P<month>[01]?\d)\.(?P<year>(?:19|20)\d\d)?(?!\d)")
    patterns.append(rf"{weekday}(?P<year>(?:19|20)\d\d)-(?P<month>[01]\d)-(?P<number>[0-3]\d)(?!\d)")
    return tuple(map(re.compile, patterns))


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))
