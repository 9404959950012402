"""Rows that were not sent, in a CSV with the same columns and ``error``: to be fixed and given to ``--each`` again."""

from __future__ import annotations

import contextlib
import io
import os
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mailer.errors import CannotWrite, MailerError
from mailer.files import cannot_write, refuse_existing, sync_folder
from mailer.letters.columns import delimiter_of
from mailer.letters.table import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailer.letters.table import Row


class FailedRows:
    """Written beside its place as rows fail, and put in place by ``finish``: whole, mode 0600, or not at all.

    ``before`` is where ``finish`` put the file that stood there, if it held other rows.
    ``spelled`` are the columns, ``delimiter`` and ``encoding`` those of the CSV that the rows are of.
    """

    def __init__(self, path: Path, spelled: Mapping[str, str], encoding: str = "utf-8", delimiter: str = ",") -> None:
        self.path = path
        self.count = 0
        self.before: Path | None = None
        self._encoding = encoding
        self._delimiter = delimiter
        self._temporary = path.parent / f".mailer-{os.urandom(8).hex()}.tmp"
        self._file: IO[str] | None = None
        self._columns = {name: column for name, column in spelled.items() if name != ERROR} | {ERROR: ERROR}

    def must_be_writable(self) -> None:
        """Raises CannotWrite where ``finish`` would, as far as that can be told beforehand."""
        refuse_existing(self.path, force=True)
        try:
            # Such as a name that is too long.
            with contextlib.suppress(FileNotFoundError):
                self.path.lstat()
            self._open()
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def add(self, row: Row, error: MailerError) -> None:
        """One more row that did not go.  Raises CannotWrite."""
        values = {**row.values, ERROR: f"{error.text.rstrip('.')}. {error.hint}" if error.hint else error.text}
        try:
            file = self._file or self._open()
            if not self.count:
                self._write_header(file)
            self._write(file, [values.get(name, "") for name in self._columns])
        except OSError as fault:
            raise cannot_write(self.path, fault) from fault
        self.count += 1

    def _write_header(self, file: IO[str]) -> None:
        line = io.StringIO()
        self._write(line, self._columns.values())
        if delimiter_of(line.getvalue()) != self._delimiter:
            file.write(f"sep={self._delimiter}\n")
        file.write(line.getvalue())

    def _write(self, file: IO[str], cells: Iterable[str]) -> None:
        import csv

        csv.writer(file, delimiter=self._delimiter, lineterminator="\n").writerow(cells)

    def finish(self) -> bool:
        """Put the file in place if any row failed; whether that is so.  Raises CannotWrite."""
        file, self._file = self._file, None
        if file is None:
            return False
        try:
            with file:
                file.flush()
                os.fsync(file.fileno())
            if self.count:
                refuse_existing(self.path, force=True)
                self._keep_the_one_before()
                self._temporary.replace(self.path)
                sync_folder(self.path.parent)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        finally:
            with contextlib.suppress(OSError):
                self._temporary.unlink()
        return bool(self.count)

    def _keep_the_one_before(self) -> None:
        """It may have been corrected by hand and not sent yet."""
        if self.path.exists() and not self._rows(self.path) <= self._rows(self._temporary):
            names = (self.path.with_name(f"{self.path.name}~{n or ''}") for n in count())
            self.before = next(name for name in names if not name.exists())
            self.path.replace(self.before)

    def _rows(self, path: Path) -> set[int]:
        """A number for each row without its last column, which says why."""
        import csv

        try:
            with path.open(encoding=self._encoding, errors="replace", newline="") as file:
                return {hash(tuple(cells[:-1])) for cells in csv.reader(file, delimiter=self._delimiter)}
        except (csv.Error, UnicodeError):
            return {hash(path)}

    def close(self) -> None:
        """Leave nothing behind where ``finish`` was not reached."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
            with contextlib.suppress(OSError):
                self._temporary.unlink()

    def _open(self) -> IO[str]:
        handle = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "w", encoding=self._encoding, errors="backslashreplace", newline="")
        return self._file


def place_of(csv_name: str | None, named: str | None, cwd: Path) -> Path | None:
    """Where failed rows of a CSV go: where ``--failed`` says, else beside it; None for one on standard input."""
    if named is not None:
        return cwd / named
    if csv_name in (None, "-"):
        return None
    path = cwd / str(csv_name)
    return path.with_name(f"{path.stem}.failed.csv")


def refuse_same(place: Path, others: list[Path]) -> None:
    """Raises CannotWrite for a place that is one of the files that this run reads."""
    for other in others:
        with contextlib.suppress(OSError):
            if place.samefile(other):
                raise CannotWrite(f"{place} is read by this run and cannot be overwritten", file=str(place))
