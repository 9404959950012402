"""Lists of patterns, read where they are first asked for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path


@cache
def pattern(name: str) -> re.Pattern[str]:
    """One pattern for a whole list; ``reasons.full`` is the list ``full`` of ``reasons.toml``."""
    stem, _, key = name.partition(".")
    return re.compile("|".join(_lists(stem)[key].strip("\n").split("\n")), re.IGNORECASE)


def says(name: str, text: str) -> bool:
    """Whether something of the list stands in a text."""
    return bool(pattern(name).search(text))


@cache
def _lists(stem: str) -> dict[str, str]:
    import tomllib

    found: dict[str, str] = tomllib.loads(Path(__file__).with_name(f"{stem}.toml").read_text("utf-8"))
    return found
