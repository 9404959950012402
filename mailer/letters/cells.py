"""The records of a CSV: its lines cut into cells (RFC 4180), blanks around quotation marks left out.

A quotation mark opens a cell only where the cell begins, and ends it only before a delimiter or the end of the line.
Any other is an error with its line: what it was meant to be cannot be known, and it would go out in the mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mailer.errors import BadData
from mailer.tuples import NamedTuple

CELL_LIMIT = 1_000_000
MARK = '"'
_BLANKS = " \t\u00a0"
_SHOWN = 40


class Record(NamedTuple):
    """The cells of one record, which begins in ``line`` and ends in ``end``."""

    line: int
    end: int
    cells: list[str]

    @property
    def filled(self) -> int:
        """How many cells hold anything."""
        return sum(1 for cell in self.cells if cell.strip())

    @property
    def width(self) -> int:
        """How many cells there are up to the last that holds anything."""
        return max((number for number, cell in enumerate(self.cells, 1) if cell.strip()), default=0)

    @property
    def is_blank(self) -> bool:
        """Whether no cell holds anything."""
        return not any(map(str.strip, self.cells))


class Records:
    """The records of some lines, each ending in LF, as they are asked for.

    Raises BadData with ``file`` and line; then ``is_torn``, if the fault is one of the records, not of the lines.
    """

    def __init__(self, lines: Iterable[str], delimiter: str, file: str) -> None:
        self._lines = iter(lines)
        self._delimiter, self._file = delimiter, file
        self._blank = re.compile(f"[{_BLANKS.replace(delimiter, '')}]*")
        self._number = 0
        self.is_torn = False

    def __iter__(self) -> Iterator[Record]:
        for line in self._lines:
            self._number += 1
            text, begun = _bare(line), self._number
            if MARK not in text and "\r" not in text and len(text) <= CELL_LIMIT:
                cells = text.split(self._delimiter)
            else:
                cells = self._marked(text, begun)
            yield Record(begun, self._number, cells)

    def _marked(self, text: str, begun: int) -> list[str]:
        """The cells of a record that may have quotation marks, from its first line on."""
        cells: list[str] = []
        at = 0
        while True:
            start = self._after_blanks(text, at)
            if text.startswith(MARK, start):
                cell, text, at = self._quoted(text, start + 1, begun)
            else:
                cell, at = self._unquoted(text, at)
            cells.append(cell)
            if at >= len(text):
                return cells
            at += 1

    def _after_blanks(self, text: str, at: int) -> int:
        found = self._blank.match(text, at)
        return found.end() if found else at

    def _unquoted(self, text: str, at: int) -> tuple[str, int]:
        end = text.find(self._delimiter, at)
        end = end if end >= 0 else len(text)
        cell = text[at:end]
        if MARK in cell:
            shown = cell.strip()
            mended = f'"{shown.replace(MARK, MARK * 2)}"'
            hint = f"Write {mended}" if len(shown) <= _SHOWN else 'Write " around the cell, and "" inside it.'
            raise self._stray(hint)
        if "\r" in cell:
            text = f"line {self._number} holds a lone carriage return"
            hint = "Save it with LF or CRLF at the end of each line, such as CSV UTF-8."
            raise self._fault(text, hint)
        self._refuse_huge(len(cell))
        return cell, end

    def _quoted(self, text: str, at: int, begun: int) -> tuple[str, str, int]:
        """The cell whose text begins at ``at``; the line in which it ends, and the place of what follows it there."""
        opened, parts, size = self._number, [], 0
        while True:
            end = text.find(MARK, at)
            parts.append(text[at : end if end >= 0 else len(text)])
            size += len(parts[-1]) + 1
            self._refuse_huge(size - 1)
            if end < 0:
                parts.append("\n")
                text, at = self._next_line(begun), 0
            elif text.startswith(MARK, end + 1):
                parts.append(MARK)
                at = end + 2
            else:
                return "".join(parts), text, self._closed(text, end + 1, opened)

    def _closed(self, text: str, at: int, opened: int) -> int:
        """The place of the delimiter behind a cell that a quotation mark ends."""
        at = self._after_blanks(text, at)
        if at < len(text) and not text.startswith(self._delimiter, at):
            where = "" if opened == self._number else f" (the cell begins in line {opened})"
            raise self._stray(f'Write "" for a quotation mark inside a cell, and " at its end{where}.')
        return at

    def _next_line(self, begun: int) -> str:
        line = next(self._lines, None)
        if line is None:
            text = f"a quotation mark that opens in the row of line {begun} is not closed"
            raise self._fault(text, 'Write " at the end of the cell, and "" inside it.', begun)
        self._number += 1
        return _bare(line)

    def _refuse_huge(self, size: int) -> None:
        if size > CELL_LIMIT:
            text = f"line {self._number} holds a cell of more than {CELL_LIMIT:,} characters"
            raise self._fault(text, "Put it into a file and attach it.")

    def _stray(self, hint: str) -> BadData:
        return self._fault(f"line {self._number} holds a quotation mark in the middle of a cell", hint)

    def _fault(self, text: str, hint: str, line: int = 0) -> BadData:
        self.is_torn = True
        return BadData(text, hint=hint, file=self._file, line=line or self._number)


def _bare(line: str) -> str:
    return line.removesuffix("\n").removesuffix("\r")
