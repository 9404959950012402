"""A CSV of letters as a stream of rows, each with its number and line (RFC 4180).

Read as people have it: with or without a BOM, lines that end in LF or CRLF, quoted line breaks, blank lines, blanks
around values.  The delimiter is seen from the names of the columns (``columns``); a first line like ``sep=;``,
as Excel writes it, says it outright.  The encoding is UTF-8 or what is named, never guessed.  A ragged row, a doubled
column, a NUL, a lone CR and a stray quotation mark are errors with their line; surplus empty cells are none.  Columns
without a name, and ``error``, which says why a row did not go, hold no values.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from mailer.errors import BadData
from mailer.files import open_regular
from mailer.letters.cells import Record, Records
from mailer.letters.columns import DELIMITERS, find_head, fits
from mailer.letters.columns import delimiter_of as delimiter_of
from mailer.letters.letter import canonical
from mailer.tuples import NamedTuple

_SEP = r'(?i)"?sep=([^\w\s"]|\t)"?[\r\n]*'
_BOM = "\ufeff"
_BLOCK = 65_536
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
# What the widest spreadsheet holds.
_MOST_COLUMNS = 16_384
# White space that people leave at the edges of a cell; in prose four blanks at the beginning mean something.
_EDGES = " \t\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_CODE = ("    ", "\t")
_CURLY = "“”„‟«»"
ERROR = "error"


class Row(NamedTuple):
    """Row ``number`` (from 1, data rows only), which begins in ``line`` of ``file``; values by canonical column.

    The columns are named in the line ``head``.
    """

    number: int
    line: int
    file: str
    values: Mapping[str, str]
    head: int = 1


def open_csv(path: Path) -> BinaryIO:
    """The file to pass to ``rows``.  Raises Unreadable."""
    return os.fdopen(open_regular(path, "the CSV"), "rb")


def spool(stream: BinaryIO) -> BinaryIO:
    """All of ``stream`` in an unlinked file of mode 0600, so that it can be read twice."""
    import shutil
    import tempfile

    # On Windows it is a wrapper, which is a file in all but its type.
    kept = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
    shutil.copyfileobj(stream, kept)
    kept.flush()
    return kept


def rows(stream: BinaryIO, file: str, encoding: str = "utf-8") -> Iterator[Row]:
    """Rows as they are read.  Raises BadData with the line for a fault of the file, and where there is no row."""
    head, records, delimiter = _opened(stream, file, encoding)
    number = 0
    if head is not None:
        columns = _columns(head, file)
        for record in records:
            if not record.is_blank:
                number += 1
                yield Row(number, record.line, file, _values(columns, head, record, delimiter, file), head.line)
    if not number:
        raise BadData("the CSV has no data row", hint="Write a line of column names, then a line a letter.", file=file)


def header(stream: BinaryIO, file: str, encoding: str = "utf-8") -> tuple[dict[str, str], str]:
    """The names of the columns as they are spelled, by canonical name; and the delimiter."""
    head, _, delimiter = _opened(stream, file, encoding)
    cells = head.cells if head else []
    return {canonical(cell): cell.strip() for cell in cells if canonical(cell)}, delimiter


def _opened(stream: BinaryIO, file: str, encoding: str) -> tuple[Record | None, Iterator[Record], str]:
    """The record that names the columns, if there is any; those that follow it; the delimiter."""
    seen: list[str] = []
    lines = _lines(stream, file, encoding)
    replay = _replay(seen, lines)
    first = next(replay(), "")
    said = re.fullmatch(_SEP, first) if "=" in first else None
    if said:
        # A blank line in its place keeps the numbers of the others.
        seen[0] = "\n"
    delimiter, line = find_head(replay, said[1] if said else None, file)
    records = iter(Records(chain(seen, lines), delimiter, file))
    head = next((record for record in records if record.line >= line and not record.is_blank), None)
    return head, records, delimiter


def _replay(seen: list[str], lines: Iterator[str]) -> Callable[[], Iterator[str]]:
    """Gives the lines from the first on at each call; those that were read stay in ``seen``."""

    def more() -> Iterator[str]:
        for line in lines:
            seen.append(line)
            yield line

    return lambda: chain(list(seen), more())


def _lines(stream: BinaryIO, file: str, encoding: str) -> Iterator[str]:
    for number, line in enumerate(_decoded(stream, file, encoding), 1):
        if "\x00" in line:
            raise BadData(f"line {number} holds a NUL", hint="Save it as plain CSV.", file=file, line=number)
        # Some programs write the mark twice.
        yield line.lstrip(_BOM) if number == 1 else line


def _decoded(stream: BinaryIO, file: str, encoding: str) -> Iterator[str]:
    """Its lines, which end in LF."""
    number, raw = 0, b""
    try:
        if encoding.startswith(("utf-16", "utf-32")):
            for line in _wide(stream, encoding):
                number += 1
                yield line
        else:
            for raw in stream:
                number += 1
                if number == 1 and not raw[:3].isalpha():
                    from mailer.letters import file_kinds

                    file_kinds.mind(raw, file)
                yield raw.decode(encoding)
    except UnicodeError as error:
        hint = "Save it as UTF-8, or name its encoding with --encoding."
        if number == 1 and raw.startswith(_WIDE_BOMS):
            hint = "It looks like UTF-16: give --encoding utf-16, or save it as UTF-8."
        at = max(number, 1)
        raise BadData(f"line {at} is not {encoding.upper()}", hint=hint, file=file, line=at) from error


def _wide(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines of a text in which LF is more than one octet."""
    decoder, rest, is_end = codecs.getincrementaldecoder(encoding)(), "", False
    while not is_end:
        block = stream.read(_BLOCK)
        is_end = not block
        *lines, rest = (rest + decoder.decode(block, is_end)).split("\n")
        yield from [f"{line}\n" for line in lines]
    if rest:
        yield rest


def _columns(head: Record, file: str) -> list[str]:
    columns = [canonical(cell) for cell in head.cells]
    if head.width > _MOST_COLUMNS:
        text = f"the CSV has {head.width:,} columns, more than {_MOST_COLUMNS:,}"
        raise BadData(text, hint="Keep those that the letter needs.", file=file, line=head.line)
    seen: set[str] = set()
    for name in filter(None, columns):
        if name in seen:
            text = f"the column {name!r} is there twice"
            raise BadData(text, hint="Rename one.", file=file, line=head.line, field=name)
        seen.add(name)
    return ["" if name == ERROR else name for name in columns]


def _values(columns: list[str], head: Record, row: Record, delimiter: str, file: str) -> dict[str, str]:
    cells = row.cells
    if len(cells) != len(columns) and not fits(head, row):
        raise _ragged(head, row, delimiter, file)
    values = {name: _trimmed(name, cell) for name, cell in zip(columns, cells, strict=False) if name}
    for name, value in values.items():
        if "\r" in value:
            text = f"line {row.line} holds a lone carriage return in the column {name!r}"
            raise BadData(text, hint="Remove it.", file=file, line=row.line, field=name)
    return values


def _trimmed(name: str, cell: str) -> str:
    text = cell.replace("\r\n", "\n") if "\r" in cell else cell
    bare = text.strip(_EDGES)
    if name == "prose" and bare and bare != text:
        kept = text.lstrip("\n").rstrip(_EDGES)
        return kept if kept.startswith(_CODE) else bare
    return bare


def _ragged(head: Record, row: Record, delimiter: str, file: str) -> BadData:
    many, wanted, name = max(row.width, 1), head.width, DELIMITERS.get(delimiter, delimiter)
    if row.width > len(head.cells):
        hint = f"Quote cells that hold {name}."
        if any(sign in cell for cell in row.cells for sign in _CURLY):
            hint = f'Quote cells that hold {name}, with straight quotation marks: "…".'
    else:
        many, hint = len(row.cells), f"Write {name} for each cell that is empty, too."
    cells = "cell" if many == 1 else "cells"
    text = f"line {row.line} has {many} {cells}, the header line has {wanted}"
    return BadData(text, hint=hint, file=file, line=row.line)
