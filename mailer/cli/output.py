"""Where words go: data to stdout, everything else to stderr.

A closed stdout is silent and changes no exit code; a full one is an error (73).
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
from itertools import chain, islice
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, TextIO

import click

from mailer.characters import escaped, printable
from mailer.cli.style import ESCAPE, FOLLOW, style
from mailer.errors import CannotWrite, MailerError, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mailer.checks.problem import Problem
    from mailer.sending.item import Item
    from mailer.sending.problem_groups import Groups

# An Escape of our own colours, as printable text shows it.
_OURS = re.compile(re.escape(printable(ESCAPE)) + r"(?=\[[0-9;]*m)")

# As many lines are written at once where nobody looks on.
_AT_ONCE = 200


class Output:
    """The two streams of this process."""

    make_room: Callable[[], None] = staticmethod(lambda: None)
    """Called before anything is written to a terminal, on which a bar may stand."""
    _open = True
    _stdout: TextIO | None = None
    _binary: IO[bytes] | None = None
    _late: CannotWrite | None = None
    more: Mapping[str, Any] = MappingProxyType({})
    """What every object of JSON says beside its own."""
    _groups: Groups | None = None

    @classmethod
    def of_process(cls) -> Output:
        """Streams set up for any text: UTF-8 where nobody looks, and no error for odd characters."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                with contextlib.suppress(OSError, ValueError):
                    stream.reconfigure(errors="backslashreplace", **({} if stream.isatty() else {"encoding": "utf-8"}))
        return cls()

    def line(self, text: str) -> None:
        """A line of data."""
        self.write((text + "\n").encode("utf-8", "backslashreplace"))

    def lines(self, lines: Iterable[str]) -> int:
        """Lines of data as they come, by a pager where they are more than a screen of a person; how many there were."""
        count = 0

        def counted() -> Iterator[str]:
            nonlocal count
            for line in lines:
                count += 1
                yield line

        rest = counted()
        first = list(islice(rest, _screen())) if self._is_watched() else []
        if first and (more := next(rest, None)) is not None:
            from mailer.cli.launch import page
            from mailer.cli.links import dropped

            self.make_room()
            page(for_terminal(dropped(line)) for line in chain(first, (more,), rest))
            return count
        every = chain(first, rest)
        while some := list(islice(every, _AT_ONCE)):
            self.line("\n".join(some))
        return count

    def _is_watched(self) -> bool:
        streams = (sys.stdin, sys.stdout)
        return self._open and all(stream is not None and stream.isatty() for stream in streams)

    def write(self, data: bytes) -> None:
        """Octets of data.  Raises CannotWrite where stdout is full."""
        if sys.stdout is None or not self._open:
            return
        try:
            binary = self._octets()
            if binary is None:
                self.make_room()
                text = data.decode("utf-8", "backslashreplace")
                sys.stdout.write(for_terminal(text) if sys.stdout.isatty() else text)
            else:
                binary.write(data)
        except OSError as error:
            self._failed(error)

    def _octets(self) -> IO[bytes] | None:
        """Where octets go; None where stdout is a terminal, or takes text alone."""
        if self._stdout is not sys.stdout:
            sys.stdout.flush()
            self._binary = None if sys.stdout.isatty() else getattr(sys.stdout, "buffer", None)
            self._stdout = sys.stdout
        return self._binary

    def json(self, value: dict[str, Any]) -> None:
        """One object, one line."""
        import json

        self.line(escaped(json.dumps({**self.more, **value}, ensure_ascii=False)))

    def flush(self) -> None:
        """Hand over what was written.  Raises CannotWrite where stdout is full."""
        if sys.stdout is None or not self._open:
            return
        try:
            sys.stdout.flush()
        except OSError as error:
            self._failed(error)

    def note(self, text: str) -> None:
        """A line for the person, on stderr; data that came before it comes first where both go to one place."""
        try:
            self.flush()
        except CannotWrite as error:
            self._late = error
        with contextlib.suppress(OSError, ValueError):
            self.make_room()
            click.echo(for_terminal(text), err=True)

    def error(self, error: MailerError) -> None:
        """What happened, where, and what to do."""
        self.note(f"{style('mailer:', fg='red', bold=True, err=True)} {printable(sentence(error))}")
        if error.hint:
            self.note(f"  {printable(error.hint)}")

    @contextlib.contextmanager
    def json_error(self, as_json: bool) -> Iterator[None]:
        """Print an error as ``{"error": …}`` on its way, with ``as_json``; one of usage stays plain text."""
        try:
            yield
        except MailerError as error:
            if as_json and not isinstance(error, Usage):
                self.json({"error": error.as_json()})
            raise

    def row_error(self, error: MailerError, row: int | None, csv: str | None) -> None:
        """An error of one letter of a batch, with its row."""
        if row is not None and error.file != csv:
            self.note(f"row {row}:")
        self.error(error)

    def problems_of(self, item: Item) -> None:
        """The problems of one letter, on stderr; those of a batch are grouped, and told by ``tell_groups``."""
        if item.row is None:
            self.problems(item.problems)
        elif item.problems:
            if self._groups is None:
                from mailer.sending.problem_groups import Groups

                self._groups = Groups()
            self._groups.add(item.row, item.source.values if item.source else {}, item.problems)

    def tell_groups(self) -> None:
        """Each problem of a batch once, with its rows, on stderr."""
        groups, self._groups = self._groups, None
        if groups is not None:
            from mailer.cli.problems import group_lines

            self.note("\n".join(group_lines(groups, err=True)))

    def problems(self, problems: Iterable[Problem], row: int | None = None) -> None:
        """Problems for the person, on stderr."""
        from mailer.cli.problems import all_shown

        if lines := all_shown(problems, row):
            self.note("\n".join(lines))

    def close(self, code: int) -> int:
        """Flush and return the exit code: ``code``, or 73 for a stdout that is full when all else went well."""
        self.tell_groups()
        try:
            self.flush()
            if self._late:
                raise self._late
        except CannotWrite as error:
            self.error(error)
            code = code or error.code
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
        except OSError:
            _silence(sys.stderr)
        return code

    def _failed(self, error: OSError) -> None:
        self._open = False
        _silence(sys.stdout)
        if not isinstance(error, BrokenPipeError) and error.errno not in (errno.EPIPE, errno.EBADF, errno.EINVAL):
            raise CannotWrite(f"stdout cannot be written: {error.strerror}") from error


def _screen() -> int:
    """How many lines are seen at once, the prompt aside."""
    import shutil

    return max(1, shutil.get_terminal_size((80, 24)).lines - 1)


def for_terminal(text: str) -> str:
    """``text`` as a terminal may get it: escape sequences visible, but for those of ``style`` and ``links``."""
    shown = text if text.isprintable() else _OURS.sub("\x1b", printable(text.replace("\r\n", "\n")))
    for follow in FOLLOW:
        shown = follow(shown)
    return shown


def _silence(stream: TextIO) -> None:
    """Nothing more can fail at exit, when Python flushes what is left."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def sentence(error: MailerError) -> str:
    """``file:line: field: what is wrong``; what the words say themselves is not said twice."""
    place = f"{error.file}:{error.line}: " if error.file and error.line else f"{error.file}: " if error.file else ""
    if error.file and error.file in error.text and not error.line:
        place = ""
    said = error.field and re.search(rf"(?<![\w-]){re.escape(error.field)}(?![\w-])", error.text)
    name = f"{error.field}: " if error.field and not said else ""
    return f"{place}{name}{error.text}"
