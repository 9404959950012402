"""Rows in columns: on a terminal as wide as it is, in a pipe with a TAB between two fields."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from mailer.characters import printable
from mailer.cli.style import columns, cut, style, width

_LEAST = 8
_WIDEST = 200


def on_terminal() -> bool:
    """Whether somebody looks at stdout."""
    return sys.stdout is not None and sys.stdout.isatty()


def tabbed(fields: Sequence[str]) -> str:
    """The fields in one line, for another program."""
    return "\t".join(" ".join(printable(field).split()) for field in fields)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], narrow: Sequence[int]) -> Iterator[str]:
    """The rows below their head; where they are too wide, the columns ``narrow`` are, the widest first."""
    plain = [[" ".join(printable(field).split()) for field in row] for row in (head, *rows)]
    widths = [max(map(columns, column)) for column in zip(*plain, strict=True)]
    room = width(_WIDEST) - 1 - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths[at] for at in narrow) > _LEAST:
        widths[max(narrow, key=lambda at: widths[at])] -= 1
    for number, row in enumerate(plain):
        line = "  ".join(_filled(field, most) for field, most in zip(row, widths, strict=True)).rstrip()
        yield style(line, bold=True) if number == 0 else line


def cell(field: str, most: int) -> str:
    """A field that takes so many columns of a terminal, cut where it is longer."""
    return _filled(" ".join(printable(field).split()), most)


def _filled(field: str, most: int) -> str:
    shown = cut(field, most)
    return shown + " " * (most - columns(shown))
