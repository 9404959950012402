"""A CSV of letters as a stream of rows, each with its number and line (RFC 4180).

Read as people have it: with or without a BOM, lines that end in LF or CRLF, quoted line breaks, blank lines.  The
delimiter is what parts the column names, outside quotes: a comma if there is one, else ``;``, else TAB; a first line
like ``sep=;``, as Excel writes it, says it outright.  The encoding is UTF-8 or what is named, never guessed.  A ragged
row, a doubled column, a NUL, a lone CR and a quotation mark that is not closed are errors with their line.  Columns
without a name, and ``error``, which says why a row did not go, hold no values.
"""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from mailer.errors import BadData
from mailer.files import open_regular
from mailer.letter import canonical

if TYPE_CHECKING:
    from _csv import Reader as _Reader

_CELL_LIMIT = 1_000_000
_DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a TAB"}
_SEP = r'(?i)"?sep=([^\w\s"]|\t)"?[\r\n]*'
_QUOTED = r'"[^"]*"?'
_BOM = "\ufeff"
_BLOCK = 65_536
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
ERROR = "error"


class Row(NamedTuple):
    """Row ``number`` (from 1, data rows only), which begins in ``line`` of ``file``; values by canonical column."""

    number: int
    line: int
    file: str
    values: Mapping[str, str]


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
    reader, delimiter = _reader(stream, file, encoding)
    number, line = 0, 1
    columns: list[str] | None = None
    try:
        for cells in reader:
            at, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns = _columns(cells, file, at)
                continue
            number += 1
            yield Row(number, at, file, _values(columns, cells, delimiter, file, at))
    except csv.Error as error:
        raise _broken(error, line, reader.line_num, file) from error
    if not number:
        raise BadData("the CSV has no data row", hint="Write a line of column names, then a line a letter.", file=file)


def header(stream: BinaryIO, file: str, encoding: str = "utf-8") -> tuple[dict[str, str], str]:
    """The names of the columns as they are spelled, by canonical name; and the delimiter."""
    reader, delimiter = _reader(stream, file, encoding)
    cells = next((cells for cells in reader if any(cell.strip() for cell in cells)), [])
    return {canonical(cell): cell.strip() for cell in cells if canonical(cell)}, delimiter


def delimiter_of(header: str) -> str:
    """What parts the column names of a header line; a comma if nothing does."""
    bare = re.sub(_QUOTED, "", header)
    return next((delimiter for delimiter in _DELIMITERS if delimiter in bare), ",")


def _reader(stream: BinaryIO, file: str, encoding: str) -> tuple[_Reader, str]:
    csv.field_size_limit(_CELL_LIMIT)
    lines = _lines(stream, file, encoding)
    head = list(_head(lines))
    said = re.fullmatch(_SEP, head[0]) if head else None
    if said:
        # A blank line in its place keeps the numbers of the others.
        head = ["\n", *head[1:]]
    delimiter = said[1] if said else delimiter_of("".join(head))
    return csv.reader(chain(head, lines), delimiter=delimiter, strict=True), delimiter


def _head(lines: Iterator[str]) -> Iterator[str]:
    """The lines up to the end of the header, or of ``sep=``."""
    record = ""
    for number, line in enumerate(lines):
        yield line
        record += line
        is_whole = record.count('"') % 2 == 0
        if (
            (is_whole and record.strip(' \t\r\n,;"'))
            or len(record) > _CELL_LIMIT
            or (not number and re.fullmatch(_SEP, line))
        ):
            return


def _broken(error: csv.Error, began: int, line: int, file: str) -> BadData:
    if "unexpected end of data" in str(error):
        text = f"a quotation mark that opens in the row of line {began} is not closed"
        return BadData(text, hint='Write " at the end of the cell, and "" inside it.', file=file, line=began)
    return BadData(f"line {line}: {error}", hint="Save it as CSV again.", file=file, line=line)


def _lines(stream: BinaryIO, file: str, encoding: str) -> Iterator[str]:
    for number, line in enumerate(_decoded(stream, file, encoding), 1):
        if "\x00" in line:
            raise BadData(f"line {number} holds a NUL", hint="Save it as plain CSV.", file=file, line=number)
        yield line.removeprefix(_BOM) if number == 1 else line


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


def _columns(cells: Iterable[str], file: str, line: int) -> list[str]:
    columns = [canonical(cell) for cell in cells]
    double = next((name for name in columns if name and columns.count(name) > 1), None)
    if double:
        raise BadData(f"the column {double!r} is there twice", hint="Rename one.", file=file, line=line, field=double)
    return ["" if name == ERROR else name for name in columns]


def _values(columns: list[str], cells: list[str], delimiter: str, file: str, line: int) -> dict[str, str]:
    if len(cells) != len(columns):
        text = f"line {line} has {len(cells)} cells, the header line has {len(columns)}"
        name = _DELIMITERS.get(delimiter, delimiter)
        raise BadData(text, hint=f"Quote cells that hold {name}.", file=file, line=line)
    values = {name: cell.replace("\r\n", "\n") for name, cell in zip(columns, cells, strict=True) if name}
    for name, value in values.items():
        if "\r" in value:
            text = f"line {line} holds a lone carriage return in the column {name!r}"
            raise BadData(text, hint="Remove it.", file=file, line=line, field=name)
    return values
