"""Tables of people, CSV and TSV, as fields of one person a row: the header is found, and its columns understood.

The reading itself is ``letters.table``'s.  A ``contacts.tsv`` without a header (career-ops: name, company, type, title,
phone, email, LinkedIn, application, notes; lines that begin with ``#`` are comments) is known by its ending and tabs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import BinaryIO

from mailer.errors import BadData
from mailer.letters import file_kinds
from mailer.letters.table import Row, delimiter_of, rows
from mailer.people.columns import fields_of, known, simple
from mailer.people.vcard_lines import WIDE
from mailer.tuples import NamedTuple

Fields = dict[str, list[str]]
_LINE_LIMIT = 1_000_000
_MOST_COLUMNS = 2_000
_PREAMBLE = 20
_SEVERAL = " ::: "
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+")
_CAREER_OPS = ("name", "company", "", "position", "", "address", "url", "", "note")


class Header(NamedTuple):
    """Where the names of the columns stand (from 0), what parts them, and themselves."""

    at: int
    delimiter: str
    columns: tuple[str, ...]


def people(
    stream: BinaryIO, file: str, encoding: str = "utf-8", mapped: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[int, Fields]]:
    """The line and the fields of each row.  ``mapped`` are (field, column) as the user gave them.

    Raises BadData for a fault of the file, and where no column is one of a person.
    """
    lines = _lines(stream, file, encoding)
    head = [line for _, line in zip(range(_PREAMBLE), lines, strict=False)]
    header = _header(head, mapped)
    whole = _chained(head, lines)
    if file.casefold().endswith((".tsv", ".tab")) and (header is None or _is_career_ops(header)):
        yield from _plain_rows(whole, file, header)
        return
    if header is None:
        raise _no_column(head, file)
    fields = _fields(header, mapped, file)
    for row in _table(whole, header, file):
        yield row.line - 1, _row(row.values, fields)


def _lines(stream: BinaryIO, file: str, encoding: str) -> Iterator[str]:
    """The lines, which end in LF.  Raises BadData for one that is not text, or beyond all measure."""
    head = stream.read(64)
    if head[:2] in WIDE:
        encoding = "utf-16"
    file_kinds.mind(head, file)
    stream.seek(0)
    text = io.TextIOWrapper(stream, "utf-8-sig" if encoding == "utf-8" else encoding, newline="")
    number = 0
    try:
        while line := text.readline(_LINE_LIMIT):
            number += 1
            if len(line) >= _LINE_LIMIT:
                raise BadData(f"line {number} is too long", hint="Save it as CSV again.", file=file, line=number)
            yield line.rstrip("\r\n") + "\n"
    except UnicodeError as error:
        read = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
        at = number + 1 + read.count(b"\n")
        hint = "Outlook writes Windows-1252: give --encoding cp1252, or save it as UTF-8."
        raise BadData(f"line {at} is not {encoding.upper()}", hint=hint, file=file, line=at) from error
    finally:
        # The wrapper would close the stream of its caller, who may have closed it before the last line was asked for.
        if not stream.closed:
            text.detach()


def _chained(head: Iterable[str], lines: Iterator[str]) -> Iterator[str]:
    yield from head
    yield from lines


def _header(head: Sequence[str], mapped: Sequence[tuple[str, str]]) -> Header | None:
    """The first line that names columns: one of the user's, two of those that are known, or one that stands alone."""
    wanted = {simple(column) for _, column in mapped if column}
    best: Header | None = None
    for at, line in enumerate(head):
        found = _cells(line)
        if found is None or len(found[1]) > _MOST_COLUMNS:
            continue
        delimiter, cells = found
        names = {simple(cell) for cell in cells}
        if wanted & names or known(cells) >= 2:
            return Header(at, delimiter, tuple(cells))
        if best is None and known(cells):
            best = Header(at, delimiter, tuple(cells))
    return best


def _cells(line: str) -> tuple[str, list[str]] | None:
    delimiter = delimiter_of(line)
    try:
        return delimiter, next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _is_career_ops(header: Header) -> bool:
    return header.delimiter == "\t" and {"name", "company", "type"} <= set(_names(header.columns))


def _names(cells: Iterable[str]) -> list[str]:
    return [simple(cell) for cell in cells]


def _table(lines: Iterator[str], header: Header, file: str) -> Iterator[Row]:
    """The rows below the header; the lines above it are blank, so that numbers stay what they are."""
    own: list[BadData] = []

    def octets() -> Iterator[bytes]:
        yield f"sep={header.delimiter}\n".encode()
        try:
            for at, line in enumerate(lines):
                yield b"\n" if at < header.at else line.encode("utf-8", "replace")
        except BadData as error:
            own.append(error)
            raise

    try:
        yield from rows(octets(), file)  # type: ignore[arg-type]
    except BadData as error:
        if error in own:
            raise
        raise _one_line_up(error) from error


def _one_line_up(error: BadData) -> BadData:
    """The error with the line as the file has it: ``sep=`` stands above."""
    if error.line is None:
        return error
    text = error.text.replace(f"line {error.line}", f"line {error.line - 1}")
    return BadData(text, hint=error.hint, file=error.file, line=error.line - 1, field=error.field)


def _fields(header: Header, mapped: Sequence[tuple[str, str]], file: str) -> Mapping[str, str]:
    """The field of each column, by the column's simple name; what the user says goes before what is known."""
    own = {field for field, _ in mapped}
    names = _names(header.columns)
    found = {
        name: field
        for name, field in zip(names, fields_of(header.columns), strict=True)
        if field and field not in own and not ("name" in own and field in ("first", "middle", "last"))
    }
    for field, column in mapped:
        if column and simple(column) not in names:
            raise _unknown_column(column, header.columns, file)
        if column:
            found[simple(column)] = field
    return found


def _unknown_column(column: str, columns: Sequence[str], file: str) -> BadData:
    near = get_close_matches(simple(column), [simple(each) for each in columns], 1)
    spelled = next((each for each in columns if near and simple(each) == near[0]), "")
    listed = ", ".join(each.strip() for each in columns[:30] if each.strip())
    hint = f"Did you mean {spelled.strip()!r}?" if spelled else f"Its columns are: {listed}."
    return BadData(f"there is no column {column!r}", hint=hint, file=file)


def _no_column(head: Sequence[str], file: str) -> BadData:
    if not any(line.strip() for line in head):
        return BadData("the file is empty", file=file)
    first = next(line for line in head if line.strip()).strip()
    text = "no column says who it is about"
    hint = f"Say which column is what: --map name=COLUMN --map address=COLUMN. Its first line is: {first[:200]}"
    return BadData(text, hint=hint, file=file)


def _row(values: Mapping[str, str], fields: Mapping[str, str]) -> Fields:
    found: Fields = {}
    for column, value in values.items():
        field = fields.get(simple(column), "")
        if field and value.strip():
            found.setdefault(field, []).extend(value.split(_SEVERAL) if field != "note" else [value])
    return found


def _plain_rows(lines: Iterator[str], file: str, header: Header | None) -> Iterator[tuple[int, Fields]]:
    """Rows of a TSV in which a quotation mark is a mark like any other."""
    fields: Sequence[str] = fields_of(header.columns) if header else _CAREER_OPS
    count = 0
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.rstrip("\n").split("\t")]
        is_header = header is not None and (number <= header.at + 1 or _names(cells) == _names(header.columns))
        if not line.strip() or line.startswith("#") or is_header:
            continue
        if len(cells) < 2:
            raise BadData(f"line {number} has no TAB", hint="Part its cells with TABs.", file=file, line=number)
        count += 1
        found: Fields = {}
        for field, cell in zip(fields, cells, strict=False):
            if cell in ("", "-"):
                continue
            # Where no header says what is what, an address is one in whatever column.
            meant = "address" if header is None and _ADDRESS.fullmatch(cell) else field
            if meant:
                found.setdefault(meant, []).append(cell)
        yield number, found
    if not count:
        raise BadData("it holds no row", file=file)
