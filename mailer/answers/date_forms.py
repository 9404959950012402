"""How days are written in a language, as one regular expression over folded text; its groups say what was found.

``w`` weekday, ``d`` day, ``m`` month, ``y`` year, each with the number of its form; ``b``: the last day of a span;
``n1`` and ``n2`` two numbers of which one is the month; ``iso`` a year that stands first.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from mailer.answers.phrases.lists import alternatives, spelled, table

UNSPACED = ("ja", "ko", "zh")
_SHORTEST_NAME = 5
_ORDINAL = r"(?:\.? ?(?:st|nd|rd|th|er|o|a|e|:e|:a)(?!\w)|\.)?"
_NO_HOUR = r"(?![\d:.,]|\.\d| ?(?:uhr|h|am|pm|a\.m|p\.m)\b)"
_YEAR = rf"(?:,? ?(?:de |del |do )?(?P<{{0}}>20\d\d|'?\d\d{_NO_HOUR}))?"
_NUMBER = r"(?P<{0}>3[01]|[12]\d|0?[1-9])"
_EDGE = r"(?<![\d.,:/+\w-])"
_WORD, _END = r"(?<!\w)", r"(?!\w)"
_NO_TIME = r"(?![\d:/%]|[.,]\d| ?(?:uhr|am|pm|a\.m|p\.m|h|eur|euro|kl|%)(?!\w))"
_NO_DAY = r"(?!\.?,? (?:\w{1,4}\.? )?\d)"
_ARTICLE = r"(?: (?:dem?|the|le|el|il|o|dia|d\.|de|den|al|am))?"
_ISO = r"(?P<iso>20\d\d)[-/.] ?(?P<iso_m>\d\d?)[-/.] ?(?P<iso_d>\d\d?)(?!\d)"
_KANJI_YEAR = r"(?:(?P<y1>20\d\d|来年|翌年|明年|次年|내년) ?[年년]?度?の? ?(?:/|\.|-)? ?)?"
_KANJI_DAY = r"(?P<m1>1[0-2]|0?[1-9]) ?[月월] ?(?P<d1>3[01]|[12]\d|0?[1-9]) ?[日일号號]?"


@cache
def form(language: str) -> re.Pattern[str]:
    """Any day, span of days or number of days in a language."""
    words = table(language)["dates"]
    forms = _unspaced(words) if language in UNSPACED else _spaced(words)
    return re.compile("|".join(forms))


def _spaced(words: dict[str, Any]) -> list[str]:
    piece = _pieces(words)
    before, to, of, month = piece["before"], piece["to"], piece["of"], piece["month"]
    first, last = f"{_NUMBER}{_ORDINAL}", rf"(?: ?{to} ?(?:the )?(?:(?:{piece['weekday']}),? )?{_NUMBER}{_ORDINAL}"
    no_month = rf"(?! ?(?:{piece['months']})(?!\w))"
    return [
        _EDGE + before.format("w1") + first.format("d1") + last.format("d1b") + rf")?[ -]?{of}?"
        + month.format("m1") + _YEAR.format("y1"),
        _WORD + before.format("w2") + month.format("m2") + r" (?:the )?" + _NUMBER.format("d2") + rf"(?!\d){_ORDINAL}"
        + last.format("d2b") + rf"(?![\d.:/]){no_month})?" + _YEAR.format("y2"),
        _EDGE + before.format("w3") + _ISO,
        # Of 9.-20.11. and "9 to 20/11" the first day has no month of its own.
        _EDGE + before.format("w4") + rf"(?:{_NUMBER.format('d6')}(?:\.? {to} |\. ?- ?|-(?=\d\d?/))(?:the )?)?"
        r"(?P<n1>\d\d?)(?P<sep>[./-])(?P<n2>\d\d?)"
        r"(?:(?P=sep)(?P<y4>20\d\d|\d\d))?(?:\.(?=\D|$))?" + _NO_TIME,
        f"{_WORD}(?:{spelled(words['week_of'])}) " + first.format("d5") + f" ?{of}?"
        + month.format("m5") + _YEAR.format("y5"),
        _end_of(words, month),
        rf"{_WORD}(?P<weekly>{piece['lone']})(?: of| der| de la| van| i)? {piece['weekly']}{_END}",
        *_in_words(words),
        rf"{_WORD}(?:{piece['next']} )?(?P<lone>{piece['lone']})(?: {piece['next']})?{_END}" + _NO_DAY,
        rf"{_EDGE}(?:(?:{piece['weekday']})\.?,? )?(?P<day>{spelled(words['day'])})"
        rf"(?![\w/]|\.\d| ?{to} ?\d| ?{of}?(?:{piece['months']})(?!\w))",
    ]  # fmt: skip


def _pieces(words: dict[str, Any]) -> dict[str, str]:
    weekday = _any(words["weekdays"])
    months = _any(words["months"])
    following = f"(?:{spelled(words['next'])})"
    return {
        "weekday": weekday,
        # The short names of weekdays are words too: so, di, sun.
        "lone": _any([*_long_names(words), *words.get("short", [])]),
        "months": months,
        "month": rf"(?P<{{0}}>{months})(?!\w)\.?",
        "next": following,
        "before": rf"(?:(?:(?:{following} )?(?P<{{0}}>{weekday})\.?,?{_ARTICLE} )?)",
        "to": f"(?:{spelled(words['to'])})",
        "of": f"(?:{spelled(words['of'])})",
        "weekly": f"(?:{spelled(words['next_week'])})",
    }


def _long_names(words: dict[str, Any]) -> list[str]:
    return [name for one in words["weekdays"] for name in alternatives(one) if len(name) >= _SHORTEST_NAME]


def _end_of(words: dict[str, Any], month: str) -> str:
    """The end of a month, a week or a year."""
    named = month.format("end_m") + _YEAR.format("end_y")
    others = {"end_month": "this_month", "end_week": "week", "end_year": "year", "end_next": "next_week"}
    ends = "|".join(f"(?P<{group}>{spelled(words[name])})" for group, name in others.items())
    return f"{_WORD}(?:{spelled(words['end_of'])}) ?(?:{named}|{ends}){_END}"


def _unspaced(words: dict[str, Any]) -> list[str]:
    weekday = _any(words["weekdays"])
    after = rf"(?: ?\(? ?(?:[月火水木金土日월화수목금토일一二三四五六]|{weekday})(?:・?祝)?曜?日?요?일? ?\))?"
    following, weekly = spelled(words["next"]), spelled(words["next_week"])
    return [
        rf"(?<!\d){_KANJI_YEAR}{_KANJI_DAY}{after}(?: ?(?:{weekday}))?",
        rf"(?<!\d){_ISO}\.?{after}",
        rf"(?<![\d.:/+-])(?P<n1>\d\d?)(?P<sep>[/.])(?P<n2>\d\d?)(?![\d:/%]){after}",
        *_in_words(words),
        rf"(?:{following})(?:の)? ?(?P<weekly>{weekday})|(?:{weekly})の? ?(?P<weekly2>{weekday})",
        rf"(?P<lone>{weekday})",
        rf"(?P<day>{spelled(words['day'])}){after}",
        f"(?P<end_month>{spelled(words['this_month'])})|(?P<end_year>{spelled(words['year'])})",
    ]


def _in_words(words: dict[str, Any]) -> list[str]:
    """Today, next week, two weeks."""
    units = "|".join(f"(?P<unit{at}>{spelled(one)})" for at, one in enumerate(words["units"]))
    edge, end = (_WORD, _END) if words["months"] else (r"(?<![\d/.])", "")
    names = ("overmorrow", "tomorrow", "today", "this_week", "next_week")
    return [
        *(rf"{edge}(?P<{name}>{spelled(words[name])}){end}" for name in names),
        rf"{edge}(?P<count>\d{{1,2}}|{_any(words['numbers'])})(?: ?- ?\d{{1,2}})? ?(?:{units}){end}(?!前)",
    ]


def _any(names: list[str]) -> str:
    return "|".join(f"(?:{spelled(one)})" for one in names)
