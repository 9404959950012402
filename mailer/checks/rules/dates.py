"""Dates and weekdays that are wrong, or will be when the letter is read.

Warns of "yesterday" (also `gestern`, `hier`, `ayer`), which counts from the day the letter is read and not from the day
it was written; of a weekday that does not match its date ("Tuesday, 13 May 2026"), of a day that no calendar has
("31 June"), and of a `Refused-On` in the future.

A date without a year counts as the nearest one, before or after today.  Not reported: "yesterday" when `Refused-On` was
yesterday, in quoted mail, and in phrases ("as if it were yesterday").
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from mailer.checks.case import LANGUAGES, day
from mailer.checks.problem import Problem
from mailer.checks.text import Phrases, listed, pattern
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.case import Case
    from mailer.checks.text import Text

_NEAR_DAYS = 300
# How far before a date its weekday is looked for.
_BEFORE = 24
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
        said = f"the rejection is dated {refused}, which is in the future"
        yield case.in_header("dates", "warn", "refused_on", refused, said, "Write the day on which it came.")


def _yesterday(case: Case) -> Iterator[Problem]:
    word = listed(case.language)["yesterday"][0]
    today = case.known.now.date()
    if word not in case.body.words or case.rendered.fields.get("refused_on") == (today - timedelta(days=1)).isoformat():
        return
    apart = [(start, end) for start, end, _ in _not_meant(case.language).find(case.body)]
    for token in case.body.tokens:
        if token.word == word and not any(start <= token.start < end for start, end in apart):
            said = f"{word!r} is counted from the day the letter is read"
            yield case.in_body("dates", "warn", token.start, token.end, said, "Write the weekday or the date.")
            return


@cache
def _not_meant(language: str) -> Phrases[None]:
    return Phrases((line, None) for line in listed(language)["yesterday not meant"])


def _weekdays(case: Case) -> Iterator[Problem]:
    if not _all_names(case.language).isdisjoint(case.body.words):
        for written in _written(case.body, case.language):
            yield from _compared(case, written)


class _Date(NamedTuple):
    """A date as it stands in a text, from ``start`` to ``end``; ``weekday`` and ``year`` are None where it has none."""

    start: int
    end: int
    weekday: int | None
    year: int | None
    month: int
    number: int


def _written(text: Text, language: str) -> Iterator[_Date]:
    """Find the dates of a text, one way of writing after the other; each stands in a line, and has a digit."""
    lowered, at, places = text.lowered, 0, []
    words = _parted(text, _all_names(language))
    weekdays, months = _names(language)
    has_weekday = not weekdays.keys().isdisjoint(words)
    beside = _beside_months(words, months)
    if not has_weekday and not pattern(r"\d").search(" ".join(beside)):
        return
    # Without a weekday only a line that names a month has a date.
    needed = () if has_weekday else months.keys() & beside
    for line in lowered.split("\n"):
        if (has_weekday or any(map(line.__contains__, needed))) and pattern(r"\d").search(line):
            places.append((at, at + len(line)))
        at += len(line) + 1
    for way, needs_weekday in _ways(language):
        if needs_weekday and not has_weekday:
            continue
        for start, end in places:
            for match in pattern(way).finditer(lowered, start, end):
                before = max(start, match.start() - _BEFORE), match.start()
                weekday = _weekday_before(language).search(lowered, *before) if has_weekday else None
                start = match.end()
                if weekday or not needs_weekday:
                    yield _date(match, weekday, language)


def _parted(text: Text, names: frozenset[str]) -> Sequence[str]:
    """The words in order; those with an apostrophe in two where one of these is a part: "d'avril"."""
    if "'" not in text.lowered:
        return text.ordered
    odd = " ".join([word for word in text.words if "'" in word]).replace("'", " ").split()
    return text.ordered if names.isdisjoint(odd) else " ".join(text.ordered).replace("'", " ").split()


def _beside_months(words: Sequence[str], months: Collection[str]) -> list[str]:
    """The words that name a month, and those beside them that a date may have its day in: "14 of May", "May 14"."""
    there = [at for at, word in enumerate(words) if word in months]
    return [word for at in there for word in words[max(0, at - 2) : at + 2]]


def _date(match: re.Match[str], weekday: re.Match[str] | None, language: str) -> _Date:
    weekdays, months = _names(language)
    found = match.groupdict()
    return _Date(
        weekday.start() if weekday else match.start(),
        match.end(),
        weekdays[weekday[1]] if weekday else None,
        int(found["year"]) if found["year"] else None,
        months.get(found["month"]) or int(found["month"]),
        int(found["number"]),
    )


def _compared(case: Case, written: _Date) -> Iterator[Problem]:
    days = _days(case.known.now.date(), written.year, written.month, written.number)
    words = case.body.raw[written.start : written.end]
    if not days:
        said = f"there is no such day as {words}"
        yield case.in_body("dates", "warn", written.start, written.end, said, "Look the date up.")
    elif written.weekday is not None and not any(each.weekday() == written.weekday for each in days):
        right = min(days, key=lambda each: abs(each - case.known.now.date()))
        said = f"{words} is wrong: that day is a {day(right).split()[0]}"
        hint = f"Look it up: {day(right)} {right.year}."
        yield case.in_body("dates", "warn", written.start, written.end, said, hint)


@lru_cache(maxsize=64)
def _days(today: date, year: int | None, month: int, number: int) -> list[date]:
    """Return the day or days that may be meant, nearest last; none if there is no such day."""
    found = []
    for each in (year,) if year else range(today.year - 4, today.year + 5):
        with contextlib.suppress(ValueError):
            found.append(date(each, month, number))
    near = [when for when in found if abs((when - today).days) < _NEAR_DAYS]
    return found if year else near or found


@cache
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Weekdays and months by name."""
    lists = listed(language)
    weekdays = {name: at for at, line in enumerate(lists.get("weekdays", ())) for name in line.split()}
    months = {name: at for at, line in enumerate(lists.get("months", ()), 1) for name in line.split()}
    return weekdays, months


@cache
def _all_names(language: str) -> frozenset[str]:
    weekdays, months = _names(language)
    return frozenset(weekdays) | frozenset(months)


@cache
def _ways(language: str) -> tuple[tuple[str, bool], ...]:
    """Return the ways to write a date, weekday aside, each with whether it needs a weekday before it.

    Each begins with what is rare in a text, which makes looking for it quick; the weekday is looked for from there.
    """
    number, month = r"(?:(?<=[0-3])\d)?)", rf"(?P<month>{_any(_names(language)[1])})\b\.?"
    year = r"(?:,? (?:de |del )?(?P<year>(?:19|20)\d\d)\b)?"
    ways = [(rf"(?P<number>\d(?<![\d.,:/-]\d){number}(?:st|nd|rd|th|er|º|°|\.)? (?:of |de )?{month}{year}", False)]
    if language == "en":
        ways.append((rf"\b{month} (?P<number>\d{number}(?:st|nd|rd|th)?(?![\d:%]|[.,]\d){year}", False))
    ways += (
        (rf"(?P<number>\d(?<= \d){number}\. ?(?P<month>[01]?\d)\.(?P<year>(?:19|20)\d\d)?(?!\d)", True),
        (r"(?P<year>(?:19|20)(?<= ..)\d\d)-(?P<month>[01]\d)-(?P<number>[0-3]\d)(?!\d)", True),
    )
    return tuple(ways)


@cache
def _weekday_before(language: str) -> re.Pattern[str]:
    return re.compile(rf"\b({_any(_names(language)[0])})\b\.?,? (?:(?:the|den|dem|der|le|el|día) )?\Z")


def _any(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))
