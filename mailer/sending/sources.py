"""What a command is made of, read: the letter and the CSV, from files or standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from mailer.errors import BadData, MailerError, Unreadable, Usage
from mailer.files import stamp
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.letters.letter import Letter
    from mailer.letters.table import Row
    from mailer.sending.request import Options
    from mailer.sending.world import World

_Taken = TypeVar("_Taken")


class Sources(NamedTuple):
    """The letter and the CSV of a command, read; ``files`` are the stamps of what was read.  To be closed after use."""

    letter: Letter
    table: Table | None
    files: dict[str, tuple[int, ...]]

    def close(self) -> None:
        """Close the CSV."""
        if self.table:
            self.table.close()


def read_sources(world: World, options: Options) -> Sources:
    """Read the letter and the CSV.  Raises MailerError where one cannot be read."""
    named = [world.cwd / name for name in (options.letter, options.each) if name not in (None, "-")]
    files = {str(path): stamp(path) for path in named}
    letter = read_letter(world, options.letter)
    return Sources(letter, Table(world, options) if options.each is not None else None, files)


def read_letter(world: World, name: str) -> Letter:
    """The letter named on the command line; ``-`` is standard input.  Raises Unreadable, BadData."""
    from mailer.files import LETTER_LIMIT, decode
    from mailer.letters.letter import parse_letter
    from mailer.letters.letter import read_letter as read

    if name != "-":
        return read(world.cwd / name)
    data = from_stdin("the letter", lambda stream: stream.read(LETTER_LIMIT + 1))
    if len(data) > LETTER_LIMIT:
        raise BadData(f"the letter on standard input is larger than {LETTER_LIMIT // 1024 // 1024} MB")
    return parse_letter(decode(data, "standard input"), None)


class Table:
    """The CSV of a command, read through once for its faults before any row is used."""

    def __init__(self, world: World, options: Options) -> None:
        """Open the CSV of the options.  Raises MailerError."""
        from mailer.letters.table import open_csv, spool

        assert options.each is not None
        self.options = options
        self._path = None if options.each == "-" else world.cwd / options.each
        if self._path is None:
            self._file, self._stream = "standard input", from_stdin("the CSV", spool)
        else:
            self._file, self._stream = options.each, open_csv(self._path)
        self._was: tuple[int, ...] = ()
        self._digest = b""
        try:
            self.count = self._counted()
        except BaseException:
            self.close()
            raise

    def _counted(self) -> int:
        count = sum(1 for _ in self._rows())
        if self.options.row is not None and self.options.row > count:
            raise Usage(f"--row {self.options.row}: the CSV has {count} rows", hint="Give a smaller number.")
        return count

    def _rows(self) -> Iterator[Row]:
        from mailer.letters.table import rows

        self._stream.seek(0)
        return rows(self._stream, self._file, self.options.encoding)

    @property
    def letters(self) -> int:
        """How many rows ``--row`` and ``--limit`` leave."""
        return 1 if self.options.row is not None else min(self.count, self.options.limit or self.count)

    def chosen(self) -> Iterator[Row]:
        """The rows that ``--row`` and ``--limit`` leave."""
        rows = self._rows()
        if self.options.row is not None:
            rows = (row for row in rows if row.number == self.options.row)
        yield from islice(rows, self.options.limit)

    def watch(self) -> None:
        """From here on ``changed`` tells of the file."""
        self._was, self._digest = self._stamp(), _digest(self._stream)

    def changed(self) -> bool:
        """Whether something else stands in its place than when ``watch`` was called."""
        now = self._stamp()
        if now != self._was and self._holds_the_same():
            self._was = now
        return now != self._was

    def _stamp(self) -> tuple[int, ...]:
        return stamp(self._path or self._stream.fileno())

    def _holds_the_same(self) -> bool:
        from mailer.letters.table import open_csv

        if self._path is None:
            return _digest(self._stream) == self._digest
        try:
            with open_csv(self._path) as there:
                return _digest(there) == self._digest
        except MailerError:
            return False

    def header(self) -> tuple[dict[str, str], str]:
        """The names of the columns as the CSV spells them, by canonical name; and its delimiter."""
        from mailer.letters.table import header

        self._stream.seek(0)
        return header(self._stream, self._file, self.options.encoding)

    def encoding(self) -> str:
        """The CSV's encoding, with its BOM if it has one."""
        self._stream.seek(0)
        bom = self.options.encoding == "utf-8" and self._stream.read(3) == b"\xef\xbb\xbf"
        return "utf-8-sig" if bom else self.options.encoding

    def close(self) -> None:
        """Close the CSV."""
        self._stream.close()


def _digest(stream: BinaryIO) -> bytes:
    from hashlib import file_digest

    stream.seek(0)
    # BinaryIO does not say it, but every file that is opened has readinto.
    return file_digest(stream, "sha256").digest()  # type: ignore[arg-type]


def from_stdin(what: str, take: Callable[[BinaryIO], _Taken]) -> _Taken:
    """What ``take`` makes of standard input.  Raises Unreadable."""
    if sys.stdin is None:
        raise Unreadable(f"{what} should come from standard input, which is closed")
    try:
        return take(sys.stdin.buffer)
    except OSError as error:
        raise Unreadable(f"{what} cannot be read from standard input: {error.strerror}") from error
