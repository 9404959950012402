"""Which line of a CSV names its columns, and what separates its cells.

The line of names is the first one, or is below a preamble, as LinkedIn and spreadsheets export it: a title, notes, a
few lines of ``key, value`` and a blank line; of ten lines at most.  The delimiter is what separates the names, outside
quotation marks: a comma if there is one, else ``;``, else TAB, unless only another one fits the rows below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise

from mailer.errors import BadData
from mailer.letters.cells import Record, Records
from mailer.letters.letter import NAMED, canonical
from mailer.tuples import NamedTuple

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a TAB"}
PREAMBLE = 10
_QUOTED = r'"[^"]*"?'
# A line with one of these alone is a table of one column.
_NAMES = frozenset({*NAMED, "email", "e_mail", "name", "prose", "company", "position"})
_WORDS_OF_A_NAME = 6
# Lines; cells may have many.
_LOOKED_AT = 1000


class Head(NamedTuple):
    """What parts the cells, and the line in which the names of the columns begin."""

    delimiter: str
    line: int


def delimiter_of(header: str) -> str:
    """What parts the column names of a header line; a comma if nothing does."""
    bare = re.sub(_QUOTED, "", header)
    return next((delimiter for delimiter in DELIMITERS if delimiter in bare), ",")


def find_head(replay: Callable[[], Iterable[str]], said: str | None, file: str) -> Head:
    """The head of the table whose lines ``replay`` gives anew at each call; ``said``: the delimiter, if it is known."""
    first = _first_record(islice(replay(), _LOOKED_AT))
    delimiter = said or delimiter_of(first)
    for tried in (said,) if said else dict.fromkeys((delimiter, *DELIMITERS)):
        records = list(_beginning(islice(replay(), _LOOKED_AT), tried, file))
        at = _header_at(records, tried)
        if at is not None:
            return Head(tried, records[at].line)
    return Head(delimiter, 0)


def fits(header: Record, row: Record) -> bool:
    """Whether a row has a cell for each column, and no more but for empty ones."""
    return header.width <= len(row.cells) and row.width <= len(header.cells)


def _first_record(lines: Iterable[str]) -> str:
    """The first lines up to the end of the first record that is not blank, whatever parts its cells."""
    record: list[str] = []
    marks, is_filled = 0, False
    for line in lines:
        record.append(line)
        marks += line.count('"')
        is_filled = is_filled or bool(line.strip(' \t\r\n,;"'))
        if is_filled and marks % 2 == 0:
            break
    return "".join(record)


def _beginning(lines: Iterable[str], delimiter: str, file: str) -> Iterator[Record]:
    """The records that may be the header, and one more; only the first ones where a fault of theirs ends them."""
    records = Records(lines, delimiter, file)
    try:
        for record in records:
            if not record.is_blank:
                yield record
                if record.line > PREAMBLE + 1:
                    return
    except BadData:
        # With the right delimiter it may be none; else whoever reads the rows is told.
        if not records.is_torn:
            raise


def _header_at(records: Sequence[Record], delimiter: str) -> int | None:
    """Which record names the columns, if that is plain to see."""
    if records and records[0].filled > 1 and all(fits(records[0], row) for row in records[1:]):
        return 0
    for at, (record, row) in enumerate(pairwise(records)):
        if at and _is_header(record) and fits(record, row) and _is_preamble(records[:at], record, delimiter):
            return at
    return None


def _is_header(record: Record) -> bool:
    names = [canonical(cell) for cell in record.cells if cell.strip()]
    return len(names) > 1 and len(set(names)) == len(names) and not any("@" in name for name in names)


def _is_preamble(before: Sequence[Record], header: Record, delimiter: str) -> bool:
    """Whether what stands above a line may be no part of the table."""
    if header.line > PREAMBLE + 1:
        return False
    is_apart = header.line > before[-1].end + 1
    return all(
        _is_title(record, delimiter) or (is_apart and record.width < header.width and record.width <= 2)
        for record in before
    )


def _is_title(record: Record, delimiter: str) -> bool:
    """Whether a line is a title or a sentence rather than names or values."""
    if any(len(cell.split()) >= _WORDS_OF_A_NAME for cell in record.cells):
        return True
    words = "".join(record.cells)
    is_parted_otherwise = any(sign in words for sign in DELIMITERS if sign != delimiter)
    return record.filled < 2 and canonical(words) not in _NAMES and not is_parted_otherwise
