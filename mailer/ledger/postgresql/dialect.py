"""The SQL that both stores understand, as PostgreSQL and psycopg take it: placeholders, owners, hints to SQLite."""

from __future__ import annotations

import re
from functools import lru_cache

# A quoted text is left as it is, but for percent signs.
_PARTS = re.compile(r"('(?:[^']|'')*')")
_CHANGES = (
    (re.compile(r"\s(?:NOT INDEXED|INDEXED BY \w+)\b"), " "),
    (re.compile(r"\bNOT IN \(\)"), "<> ALL ('{}')"),
    (re.compile(r"\bIN \(\)"), "= ANY ('{}')"),
    (re.compile(r"\?"), "%s"),
    # Neither a cast nor a part of a word.
    (re.compile(r"(?<![:\w]):([a-z_]+)\b"), r"%(\1)s"),
)


@lru_cache(maxsize=1024)
def translated(sql: str) -> str:
    """The statement for psycopg."""
    parts = _PARTS.split(sql.replace("%", "%%"))
    parts[::2] = map(_changed, parts[::2])
    return "".join(parts).replace("ON CONFLICT (", "ON CONFLICT (owner, ")


def _changed(text: str) -> str:
    for pattern, replacement in _CHANGES:
        text = pattern.sub(replacement, text)
    return text
