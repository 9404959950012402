"""Build lines of text while HTML is read: white space collapsed, prefixes of lists and quotations, tables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailer.message import text_tables
from mailer.message.html_tokens import Token

_NO_BREAK = "\u00a0"
_BLANKS = re.compile(rf"[ \t\n\r\f{_NO_BREAK}]+")
_ALIGNED = re.compile(r"(?i)text-align\s*:\s*(right|center)")
_MOST_SPANNED = 20
# A wider cell, or row, is laid out, not tabulated.
_WIDEST_CELL, _WIDEST_ROW = 60, 110


class Prefix:
    """The beginning of the lines of a list item or a quotation."""

    def __init__(self, name: str, first: str, rest: str) -> None:
        self.name, self.first, self.rest = name, first, rest
        self.used = ""
        self.number: int | None = None

    def take(self) -> str:
        """Return the beginning of the next line."""
        taken, self.first, self.used = self.first, self.rest, self.rest
        return taken


class Flow:
    """Lines that grow: those of the page, or of a cell."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current: list[str] = []
        self.prefixes: list[Prefix] = []
        self.gap = 0
        self.blank = False

    def words(self, text: str) -> None:
        """Add text with its white space collapsed."""
        collapsed = _BLANKS.sub(" ", text)
        self.blank = self.blank or collapsed.startswith(" ")
        if words := collapsed.strip(" "):
            self.put(words)
            self.blank = collapsed.endswith(" ")
        elif _NO_BREAK in text and not self.current:
            # All that stands in a line that was left empty.
            self.line_break()

    def put(self, text: str) -> None:
        """Add text as it is."""
        if not self.current:
            self._begin()
        elif self.blank and not self.current[-1].endswith(" "):
            self.current.append(" ")
        self.blank = False
        self.current.append(text)

    def _begin(self) -> None:
        if self.gap > 1 and self.lines and self.lines[-1].strip("> "):
            self.empty_line()
        self.gap = 0
        self.current = ["".join(prefix.take() for prefix in self.prefixes)]

    def empty_line(self) -> None:
        """Add a line without words."""
        self.lines.append("".join(prefix.used for prefix in self.prefixes).rstrip())

    def end_line(self) -> None:
        """End the line in hand, if any."""
        if self.current:
            self.lines.append("".join(self.current).rstrip(" "))
            self.current = []
        self.blank = False

    def block(self, gap: int) -> None:
        """End the line, and let what follows stand ``gap`` line ends below."""
        self.end_line()
        self.gap = max(self.gap, gap)

    def line_break(self) -> None:
        """End the line; where there is none, add an empty one."""
        if self.current:
            self.end_line()
        else:
            self.gap = 2

    def text(self) -> str:
        """Return all lines."""
        self.end_line()
        return "\n".join(self.lines).strip("\n")


class Table:
    """A table that is read: tabulated where its cells are short, laid out line by line where it is scaffolding."""

    def __init__(self, outer: Flow, attributes: Mapping[str, str]) -> None:
        self.outer = outer
        self.is_laid_out = attributes.get("role", "").lower() in ("presentation", "none")
        self.rows: list[list[str]] = []
        self.alignments: list[str] = []
        self.has_head = False

    def add(self, text: str, token: Token) -> None:
        """Add a cell, and those that it spans."""
        if not self.rows:
            self.rows.append([])
        if len(self.rows) == 1:
            aligned = _ALIGNED.search(token.attributes.get("style", ""))
            self.alignments.append(token.attributes.get("align", "").lower() or (aligned[1].lower() if aligned else ""))
            self.has_head = self.has_head or token.name == "th"
        span = token.attributes.get("colspan", "")
        spanned = min(int(span), _MOST_SPANNED) if span.isascii() and span.isdigit() and len(span) < 4 else 1
        self.rows[-1] += [text, *[""] * (spanned - 1)]

    def close(self) -> None:
        """Put the table into the text around it."""
        rows = [row for row in self.rows if any(row)]
        self.outer.block(2)
        if self._is_tabular(rows):
            for line in text_tables.lines(rows, self.alignments, head=self.has_head):
                self.outer.put(line)
                self.outer.end_line()
        else:
            self._lay_out(rows)
        self.outer.block(2)

    def _is_tabular(self, rows: list[list[str]]) -> bool:
        if self.is_laid_out or len(rows) < 2 or min(map(len, rows)) < 2 or sum(any(row[1:]) for row in rows) < 2:
            return False
        widest = max(len(cell) for row in rows for cell in row)
        in_all = max(sum(map(len, row)) for row in rows)
        return (
            widest <= _WIDEST_CELL and in_all <= _WIDEST_ROW and not any("\n" in cell for row in rows for cell in row)
        )

    def _lay_out(self, rows: list[list[str]]) -> None:
        for row in rows:
            for cell in filter(None, row):
                self.outer.block(2 if "\n\n" in cell else 1)
                for line in cell.split("\n"):
                    if line:
                        self.outer.put(line)
                        self.outer.end_line()
                    else:
                        self.outer.gap = 2
                self.outer.block(2 if "\n\n" in cell else 1)
