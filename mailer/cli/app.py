"""What the commands share: the world as a value, the common options, and the way from options to rendered letters."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar

import click

from mailer.checks import NAMES, Problem
from mailer.cli.output import Output
from mailer.errors import BadData, CannotWrite, Later, MailerError, NotReady, Unreadable, Usage
from mailer.files import stamp

if TYPE_CHECKING:
    from mailer.address import Mailbox
    from mailer.batch import Row
    from mailer.checks.case import Known
    from mailer.checks.engine import Checker
    from mailer.letter import Letter
    from mailer.render import Program
    from mailer.rendered import Rendered
    from mailer.settings import Settings
    from mailer.template import Template

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Taken = TypeVar("_Taken")
_SERIOUS = (70, 76, 77, 78, 69, 75, 73, 66, 65, 1)


@dataclass(frozen=True, slots=True)
class App:
    """The world that a command acts in; tests make their own."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    cwd: Path = field(default_factory=Path)
    now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    token: Callable[[], str] = lambda: os.urandom(16).hex()
    output: Output = field(default_factory=Output)

    def can_ask(self) -> bool:
        """Whether a person sits at a terminal."""
        return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


class Options(NamedTuple):
    """The options that the commands on a letter share."""

    letter: str
    sets: tuple[str, ...]
    each: str | None
    row: int | None
    limit: int | None
    allow: frozenset[str]
    account: str | None
    encoding: str
    json: bool
    verbose: int


class Item(NamedTuple):
    """One letter of a command: ``row`` is None without ``--each``; either rendered, or the error why not.

    ``source`` is the row of the CSV that it was made of.
    """

    row: int | None
    rendered: Rendered | None
    problems: tuple[Problem, ...] = ()
    error: MailerError | None = None
    source: Row | None = None

    @property
    def blocked(self) -> bool:
        """Whether a problem keeps it from going out."""
        return any(problem.blocks for problem in self.problems)


def pass_app(function: _Function) -> _Function:
    """Call a command with the App of its context as first argument."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        world = click.get_current_context().obj
        app = world if isinstance(world, App) else App(output=world or Output())
        return function(app, *args, **kwargs)

    return call  # type: ignore[return-value]


_LETTER_OPTIONS = (
    click.option("sets", "--set", metavar="NAME=VALUE", multiple=True, help="Give a field a value; repeatable."),
    click.option("--each", metavar="FILE.csv", help="One letter a row of this CSV; - is standard input."),
    click.option("--row", type=click.IntRange(1), metavar="N", help="With --each: only row N."),
    click.option("--limit", type=click.IntRange(1), metavar="N", help="With --each: at most N letters."),
    click.option("--allow", metavar="CHECK", multiple=True, help="Let what this check blocks pass; repeatable."),
    click.option("--account", metavar="NAME", help="The account to use."),
    click.option("--encoding", metavar="NAME", help="The CSV's encoding; UTF-8 unless said."),
    click.option("as_json", "--json", is_flag=True, help="Print JSON."),
)
verbose_option = click.option("-v", "verbose", count=True, help="Say more on stderr; repeatable.")


def letter_options(function: _Function) -> _Function:
    """Add the shared options; the command gets them as one ``Options``."""

    @functools.wraps(function)
    def call(*args: Any, letter: str, **kwargs: Any) -> Any:  # noqa: ANN401
        names = ("sets", "each", "row", "limit", "account", "encoding", "verbose")
        shared = {name: kwargs.pop(name) for name in names}
        allow = _checked_names(kwargs.pop("allow"))
        shared["encoding"] = _encoding(shared["encoding"])
        options = Options(letter=letter, allow=allow, json=kwargs.pop("as_json"), **shared)
        _refuse_nonsense(options)
        return function(*args, options, **kwargs)

    for option in reversed((*_LETTER_OPTIONS, verbose_option)):
        call = option(call)
    return call  # type: ignore[return-value]


def _checked_names(allow: tuple[str, ...]) -> frozenset[str]:
    for name in allow:
        if name not in NAMES:
            from difflib import get_close_matches

            near = get_close_matches(name, NAMES, 1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(NAMES)}."
            raise click.UsageError(f"--allow {name}: there is no such check. {hint}")
    return frozenset(allow)


def _encoding(name: str | None) -> str:
    import codecs

    try:
        codec = codecs.lookup(name or "utf-8")
        usable = "a;\n".encode(codec.name) == b"a;\n"
    except (LookupError, UnicodeError):
        usable = False
    if not usable:
        raise click.UsageError(f"--encoding {name}: there is no such encoding for a CSV. Try utf-8, latin-1 or cp1252.")
    return codec.name


def _refuse_nonsense(options: Options) -> None:
    for name in ("row", "limit", "encoding"):
        given = getattr(options, name) is not None if name != "encoding" else options.encoding != "utf-8"
        if given and options.each is None:
            raise click.UsageError(f"--{name} goes with --each.")
    if options.letter == "-" and options.each == "-":
        raise click.UsageError("the letter and the CSV cannot both come from standard input.")


class Table:
    """The CSV of a command, read through once for its faults before any row is used."""

    def __init__(self, app: App, options: Options) -> None:
        from mailer.batch import open_csv, spool

        assert options.each is not None
        self.options = options
        if options.each == "-":
            self._file, self._stream = "standard input", _from_stdin("the CSV", spool)
        else:
            self._file, self._stream = options.each, open_csv(app.cwd / options.each)
        click.get_current_context().call_on_close(self._stream.close)
        self.count = sum(1 for _ in self._rows())
        if options.row is not None and options.row > self.count:
            raise Usage(f"--row {options.row}: the CSV has {self.count} rows", hint="Give a smaller number.")

    def _rows(self) -> Iterator[Row]:
        from mailer.batch import rows

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

    def header(self) -> tuple[dict[str, str], str]:
        """The names of the columns as the CSV spells them, by canonical name; and its delimiter."""
        from mailer.batch import header

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


def _refuse_one_thread(letter: Letter, sets: Mapping[str, str]) -> None:
    hint = "Give it in a column of the CSV, or write {{ field }} in it."
    for header in letter.all("in_reply_to", "references"):
        if letter.template or "{{" not in header.value:
            error = BadData(f"{header.spelled} is the same for every row", hint=hint, field=header.spelled)
            raise error.at(letter.file, header.line)
    for name, spelled in (("in_reply_to", "In-Reply-To"), ("references", "References")):
        if name in sets:
            raise BadData(f"--set {spelled} is the same for every row", hint=hint, field=spelled)


def read_letter(app: App, name: str) -> Letter:
    """The letter named on the command line; ``-`` is standard input.  Raises Unreadable, BadData."""
    from mailer.files import LETTER_LIMIT, decode
    from mailer.letter import parse_letter
    from mailer.letter import read_letter as read

    if name != "-":
        return read(app.cwd / name)
    data = _from_stdin("the letter", lambda stream: stream.read(LETTER_LIMIT + 1))
    if len(data) > LETTER_LIMIT:
        raise BadData(f"the letter on standard input is larger than {LETTER_LIMIT // 1024 // 1024} MB")
    return parse_letter(decode(data, "standard input"), None)


def _from_stdin(what: str, take: Callable[[BinaryIO], _Taken]) -> _Taken:
    if sys.stdin is None:
        raise Unreadable(f"{what} is to come from standard input, which is closed")
    try:
        return take(sys.stdin.buffer)
    except OSError as error:
        raise Unreadable(f"{what} cannot be read from standard input: {error.strerror}") from error


def run_letters(
    app: App,
    options: Options,
    act: Callable[[Item], int],
    blank: Mapping[str, Any],
    *,
    sender: Mailbox | None = None,
    ledger: str = "if it can be read",
) -> int:
    """Read and render each letter and hand it to ``act``, which returns its exit code; return the most serious one.

    ``blank`` is the command's JSON object of a letter that came to nothing; for the rest see ``opened``.
    """

    def one_by_one(rendered: Iterator[Item]) -> Iterator[int]:
        for item in rendered:
            yield _settled(app, options, item, act, blank)

    return run_together(app, options, one_by_one, blank, sender=sender, ledger=ledger)


def run_together(
    app: App,
    options: Options,
    act: Callable[[Iterator[Item]], Iterator[int]],
    blank: Mapping[str, Any],
    *,
    sender: Mailbox | None = None,
    ledger: str = "if it can be read",
) -> int:
    """Like ``run_letters``, for an ``act`` that takes all letters and tells of each itself."""
    job = opened(app, options, blank, sender=sender, ledger=ledger)
    if not isinstance(job, Job):
        return job
    with closing(job):
        return worst(set(act(job.items())))


class Job(NamedTuple):
    """What a command is about, read and compiled; ``table`` is None without ``--each``."""

    options: Options
    letter: Letter
    program: Program
    settings: Settings
    table: Table | None
    files: Mapping[str, tuple[int, ...]]
    know: Callable[[bool], Known]

    def changed(self) -> str:
        """The first of the files it was read from that is no longer what it was, or ""."""
        return next((file for file, was in self.files.items() if stamp(Path(file)) != was), self.program.changed_mail())

    def items(self) -> Iterator[Item]:
        """One item a letter, rendered as it is asked for; each call begins anew."""
        return items(self.program, self.table, self._checker())

    def _checker(self) -> Checker:
        from mailer.checks.engine import Checker

        rows = 1 if self.table is None else self.table.letters
        sets = self.program.compiled.sets
        return Checker(self.letter, self.program.template, self.know, self.options.allow, sets, rows)

    def moment(self, app: App) -> datetime:
        """Now, in the zone that the Date of a letter is to have."""
        zone = self.settings.timezone
        return app.now().astimezone(zone) if zone else app.now()

    def close(self) -> None:
        """Close the CSV."""
        if self.table:
            self.table.close()


def opened(
    app: App,
    options: Options,
    blank: Mapping[str, Any],
    *,
    sender: Mailbox | None = None,
    ledger: str = "if it can be read",
) -> Job | int:
    """The job, or the exit code where the letter was read but cannot be compiled, which is told here.

    ``sender`` stands in for a missing From.  ``ledger``: whether the checks read it: "no", "yes" (then a ledger that
    cannot be read is an error of each letter) or "if it can be read".  Raises MailerError where the letter or the CSV
    cannot be read.
    """
    from mailer.settings import load

    try:
        named = [app.cwd / name for name in (options.letter, options.each) if name not in (None, "-")]
        files = {str(path): stamp(path) for path in named}
        letter = read_letter(app, options.letter)
        table = Table(app, options) if options.each is not None else None
    except MailerError as error:
        if options.json and not isinstance(error, Usage):
            app.output.json({"error": error.as_json()})
        raise
    try:
        settings = load(app.environ, app.cwd, options.account)
        program = _program(app, options, letter, settings, table, sender)
    except MailerError as error:
        return failed(app, options, Item(None, None, error=error), blank)
    if program.template and program.template.file:
        path = app.cwd / program.template.file
        files[str(path)] = stamp(path)
    know = _knowledge(app, letter, settings, ledger)
    return Job(options, letter, program, settings, table, files, know)


def _knowledge(app: App, letter: Letter, settings: Settings, ledger: str) -> Callable[[bool], Known]:
    """What the checks may know, gathered when the first letter is checked."""
    from mailer.known import gather

    @functools.cache
    def know(letters: bool) -> Known:
        def found(with_ledger: bool) -> Known:
            limit = _size_limit(settings)
            return gather(letter, settings, app.now(), letters=letters, ledger=with_ledger, limit=limit)

        if ledger != "if it can be read":
            return found(ledger == "yes")
        try:
            return found(True)
        except (CannotWrite, Later) as error:
            app.output.note(f"{error.text}; letters sent before were not compared")
            return found(False)

    return know


def _size_limit(settings: Settings) -> tuple[int | None, str]:
    """How many octets the provider of the account takes, and its name."""
    host = settings.value("MAILER_SMTP_HOST").text
    if not host:
        return None, ""
    from mailer.discovery import provider_for_host

    provider = provider_for_host(host)
    most = provider.limits.max_mb if provider else None
    return (most * 1_000_000, provider.name) if provider and most else (None, "")


def not_ready(item: Item) -> NotReady:
    """The error of a letter that a check blocks."""
    blocks = [problem for problem in item.problems if problem.blocks]
    words = "; ".join(dict.fromkeys(problem.text for problem in blocks))
    checks = " ".join(f"--allow {name}" for name in dict.fromkeys(problem.check for problem in blocks))
    return NotReady(f"not ready: {words}", hint=f"Mend it, or send it so with {checks}.")


def items(program: Program, table: Table | None, checker: Checker) -> Iterator[Item]:
    """One item a letter, rendered and checked as it is asked for."""
    rows: Iterator[Row | None] = iter((None,)) if table is None else table.chosen()
    for row in rows:
        number = row.number if row else None
        try:
            rendered = program.render(row)
            found = checker.problems(rendered, row)
        except MailerError as error:
            yield Item(number, None, error=error, source=row)
        else:
            yield Item(number, rendered, found, source=row)


def _program(
    app: App, options: Options, letter: Letter, settings: Settings, table: Table | None, sender: Mailbox | None
) -> Program:
    from mailer.fields import read_sets
    from mailer.render import Defaults, compile_letter

    defaults = Defaults(settings.sender or sender, settings.signature, settings.language, app.cwd)
    sets = read_sets(options.sets)
    if table and table.count > 1 and options.row is None:
        _refuse_one_thread(letter, sets)
    return compile_letter(letter, _template(app, letter, settings), sets, defaults)


def _template(app: App, letter: Letter, settings: Settings) -> Template | None:
    header = letter.get("template")
    if header is None:
        return None
    from mailer import template as templates

    try:
        where = templates.folders(app.cwd, settings.templates_dir, settings.config_dir)
        return templates.load(header.value, where)
    except MailerError as error:
        raise error.at(letter.file, header.line) from error.__cause__


def _settled(app: App, options: Options, item: Item, act: Callable[[Item], int], blank: Mapping[str, Any]) -> int:
    try:
        if item.error is not None:
            raise item.error
        return act(item)
    except MailerError as error:
        return failed(app, options, item._replace(error=error), blank)


def failed(app: App, options: Options, item: Item, blank: Mapping[str, Any]) -> int:
    """Tell of a letter that came to nothing; its exit code."""
    assert item.error is not None
    if options.json:
        told: dict[str, Any] = {"row": item.row, "problems": [problem.as_json() for problem in item.problems]}
        if "status" in blank:
            told["status"] = status_of(item.error)
        app.output.json({**blank, **told, "error": item.error.as_json()})
    app.output.row_error(item.error, item.row, options.each)
    return item.error.code


def status_of(error: MailerError) -> str:
    """The JSON ``status`` of a letter that ``error`` kept back."""
    return {1: "not-ready", 65: "invalid", 66: "invalid"}.get(error.code, "not-sent")


def worst(codes: set[int]) -> int:
    """The most serious of some exit codes, as ``cli.md`` orders them."""
    return next((code for code in _SERIOUS if code in codes), 0)
