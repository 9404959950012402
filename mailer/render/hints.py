"""What to do about a name that has no value, where a CSV gives the values: its columns, and the nearest of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.errors import UnknownName
    from mailer.letters.table import Row

_SHOWN = 20
# What parts cells elsewhere; a first line can say so.
_OTHER_DELIMITERS = "|:^~"
_OTHER_MARKS = "'“”„«‘`´"
_PEOPLE = ("email", "e_mail", "mail", "address", "email_address", "e_mail_address", "recipient")


def about_columns(error: UnknownName, row: Row, *, is_templated: bool) -> str:
    """The hint for that error in a row of a CSV; without a name it is the recipient that is missing."""
    name = error.asked
    columns = list(row.values)
    if not name:
        near = _addressed(row)
        advice = f"Call the column {near!r} 'to'." if is_templated else f"Write 'To: {{{{ {near} }}}}' in the letter."
    else:
        near = nearest(name, columns) or (_addressed(row) if name in _PEOPLE else "")
        advice = f"Call the column {near!r} {name!r}." if is_templated else f"Did you mean {{{{ {near} }}}}?"
    if not near:
        advice = _not_read(columns) or _renamed(name, columns) or error.hint
    return f"{advice} {_listed(columns, row)}"


def nearest(name: str, columns: Iterable[str]) -> str:
    """The column that was most likely meant by a name, or ""."""
    from difflib import get_close_matches

    usable = [column for column in columns if column.isidentifier()]
    bare = {column.replace("_", ""): column for column in usable}
    same = bare.get(name.replace("_", "").lower())
    if same:
        return same
    words = set(name.lower().split("_"))
    near = get_close_matches(name.lower(), usable, 1)
    if near:
        return near[0]
    parts = [column for column in usable if words <= set(column.split("_"))]
    return parts[0] if len(parts) == 1 else ""


def _renamed(name: str, columns: Iterable[str]) -> str:
    """What to do about a column that has the name, but for signs that no name in ``{{ }}`` may have; "" for none."""
    bare = name.replace("_", "").lower()
    for column in columns:
        named = re.sub(r"\W+", "_", column).strip("_")
        if column.isidentifier() or not bare:
            continue
        if bare == named.replace("_", ""):
            return f"Rename the column {column!r} to {name!r}: in {{{{ }}}} a name has letters, digits and _ alone."
        if bare == named.partition("_")[0]:
            return f"Rename the column {column!r} to {named!r}, and write {{{{ {named} }}}}."
    return ""


def _addressed(row: Row) -> str:
    """The column that holds an address, or ""."""
    return next((column for column, value in row.values.items() if "@" in value and column.isidentifier()), "")


def _not_read(columns: list[str]) -> str:
    """What is most likely wrong with the line of names, or ""."""
    if any("@" in column for column in columns):
        return "Write a line of column names above the first row."
    if any(column.startswith(tuple(_OTHER_MARKS)) for column in columns):
        return 'Write straight double quotation marks (") around the cells, or none.'
    odd = next((sign for sign in _OTHER_DELIMITERS if len(columns) == 1 and sign in columns[0]), "")
    return f"Write a first line 'sep={odd}' if {odd} parts the cells." if odd else ""


def _listed(columns: list[str], row: Row) -> str:
    shown = ", ".join(columns[:_SHOWN]) + (", …" if len(columns) > _SHOWN else "")
    return f"The columns of {row.file}, named in line {row.head}, are: {shown}."
