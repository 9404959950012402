"""Tables as lines of text: columns that stand below one another, whatever the width of a character."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from mailer.message.flowed import WIDTH
from mailer.message.slots import Valued

GAP = "  "
# Beyond that a cell stands out of its column.
_WIDEST = 60
_NARROWEST = 3
# Flowed text does not break such a line (``flowed``).
_FIXED = "    "


def lines(rows: Sequence[Sequence[str]], alignments: Sequence[str] = (), *, head: bool = True) -> list[str]:
    """The rows, the first of them a ``head`` with a rule below it; ``alignments`` are "left", "right", "center"."""
    widths = _widths(rows)
    made = [GAP.join(_padded(row, widths, alignments)).rstrip() for row in rows]
    if head:
        made.insert(1, GAP.join("-" * width for width in widths))
    indent = _FIXED if max(map(len, made)) > WIDTH else ""
    return [indent + line for line in made]


def _padded(row: Sequence[str], widths: Sequence[int], alignments: Sequence[str]) -> Iterator[str]:
    for number, (cell, width) in enumerate(zip(row, widths, strict=False)):
        before, after = _padding(cell, width, alignments[number] if number < len(alignments) else "")
        yield " " * before + cell + " " * after


def _padding(cell: str, width: int, alignment: str) -> tuple[int, int]:
    room = max(width - columns_of(cell), 0)
    before = {"right": room, "center": room // 2}.get(alignment, 0)
    return before, room - before


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    widths = [_NARROWEST] * max(map(len, rows))
    for row in rows:
        for number, cell in enumerate(row):
            width = columns_of(cell)
            if widths[number] < width <= _WIDEST:
                widths[number] = width
    return widths


def columns_of(text: str) -> int:
    """How many columns of a terminal ``text`` takes (Unicode Standard Annex 11; marks take none)."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(char) in ("Mn", "Me", "Cf") else 2 if east_asian_width(char) in ("W", "F") else 1 for char in text
    )


def aligned(text: Valued, mark: str) -> Valued:
    """``text`` with its tables set: in their lines ``mark`` stands before each cell and after the last.

    The line below a head has the columns' alignments as its cells.
    """
    edits: list[tuple[int, int, str]] = []
    table: list[tuple[int, str]] = []
    at = 0
    for line in text.split("\n"):
        if mark in line:
            table.append((at, line))
        elif table:
            edits += _edits(table, mark)
            table = []
        at += len(line) + 1
    if table:
        edits += _edits(table, mark)
    return _edited(text, edits)


def _edits(table: Sequence[tuple[int, str]], mark: str) -> Iterator[tuple[int, int, str]]:
    """What takes the place of the marks, and of the line of alignments."""
    prefix = table[-1][1].partition(mark)[0]
    cells = [line.split(mark)[1:-1] for _, line in table]
    alignments, rows = cells[1], [cells[0], *cells[2:]]
    widths = _widths(rows)
    rule = GAP.join("-" * width for width in widths)
    ends = [GAP.join(_padded(row, widths, alignments)).rstrip() for row in rows]
    indent = _FIXED if len(prefix) + max(map(len, [rule, *ends])) > WIDTH else ""
    for number, (at, line) in enumerate(table):
        start = at + line.index(mark)
        if number == 1:
            yield start, at + len(line), indent + rule
            continue
        before = indent
        for cell, width, alignment in zip(cells[number], widths, alignments, strict=True):
            left, right = _padding(cell, width, alignment)
            yield start, start + len(mark), before + " " * left
            start += len(mark) + len(cell)
            before = " " * right + GAP
        yield start, start + len(mark), ""


def _edited(text: Valued, edits: Sequence[tuple[int, int, str]]) -> Valued:
    starts = [start for start, _, _ in edits]
    shifts = [0, *accumulate(len(new) - (end - start) for start, end, new in edits)]
    pieces: list[str] = []
    at = 0
    for start, end, new in edits:
        pieces += text[at:start], new
        at = end
    return text.changed("".join([*pieces, text[at:]]), lambda place: place + shifts[bisect_left(starts, place)])
