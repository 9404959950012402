"""The shapes of headers about the letter: language, country, greeting, dates, time zones."""

from __future__ import annotations

import re

_SHAPES = {
    "language": (r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", "a language such as en or de-AT"),
    "country": (r"[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?", "a country such as DE or DE-BY"),
    "plan": (r"[a-z0-9]+(-[a-z0-9]+)*", "the name of a plan, or none"),
    "step": (r"[a-z0-9]+(-[a-z0-9]+)* [1-9][0-9]{0,3}", "a step such as gracious-six 2"),
    "greeting": (r"(?s).*[^,;:!]", "a salutation without the mark that ends it, such as Dear Ms Ruiz"),
}


def misshapen(name: str, text: str) -> str:
    """What a header about the letter should be, or "" if it is."""
    if name in _SHAPES:
        pattern, what = _SHAPES[name]
        return "" if re.fullmatch(pattern, text) else what
    if name == "refused_on":
        return "" if _is_date(text) else "a date such as 2026-05-12"
    if name == "time_zone":
        return "" if _is_zone(text) else "a time zone such as Europe/Berlin"
    return ""


def _is_date(text: str) -> bool:
    from datetime import date

    from mailer.letters import days

    try:
        known = days.is_known(date.fromisoformat(text))
    except ValueError:
        return False
    return known and bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII))


def _is_zone(text: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        return False
    return True
