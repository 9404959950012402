"""From options to letters: read, compiled, rendered and checked as they are asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer.checks.problem import Problem
from mailer.cli.app import App, status_of, worst
from mailer.errors import BadData, CannotWrite, Later, MailerError, NotReady, Usage
from mailer.files import stamp
from mailer.settings.values import is_loopback

if TYPE_CHECKING:
    from mailer.checks.runner import Checker
    from mailer.checks.world import Known
    from mailer.cli.options import Options
    from mailer.letters.letter import Letter
    from mailer.letters.table import Row
    from mailer.letters.template import Template
    from mailer.message.address import Mailbox
    from mailer.message.rendered import Rendered
    from mailer.render.program import Program
    from mailer.sending.table import Table
    from mailer.settings.settings import Settings

_LOT = 32
_LOT_OCTETS = 8_000_000


class Item(NamedTuple):
    """One letter of a command: ``row`` is None without ``--each``; either rendered, or the error why not.

    ``source`` is the row of the CSV that it was made of; ``known`` are addresses and subject of a letter that was
    rendered before.  ``told``: its problems were told before anything was sent.
    """

    row: int | None
    rendered: Rendered | None
    problems: tuple[Problem, ...] = ()
    error: MailerError | None = None
    source: Row | None = None
    known: tuple[tuple[str, ...], str | None] = ((), None)
    told: bool = False

    @property
    def to(self) -> tuple[str, ...]:
        """The addresses it is to, as far as they are known."""
        return tuple([box.addr_spec for box in self.rendered.to]) if self.rendered else self.known[0]

    @property
    def subject(self) -> str | None:
        """Its subject, None while nobody knows."""
        return self.rendered.subject if self.rendered else self.known[1]

    def about(self) -> dict[str, Any]:
        """``to`` and ``subject`` of its JSON object."""
        return {"to": list(self.to), "subject": self.subject}

    @property
    def blocked(self) -> bool:
        """Whether a problem keeps it from going out."""
        return any(problem.blocks for problem in self.problems)


def not_ready(item: Item) -> NotReady:
    """The error of a letter that a check blocks."""
    blocks = [problem for problem in item.problems if problem.blocks]
    words = "; ".join(dict.fromkeys(problem.text for problem in blocks))
    stops = [problem.hint for problem in blocks if problem.check == "stop"]
    if stops:
        return NotReady(f"not ready: {words}", hint=stops[0])
    checks = " ".join(f"--allow {name}" for name in dict.fromkeys(problem.check for problem in blocks))
    return NotReady(f"not ready: {words}", hint=f"Mend it, or send it so with {checks}.")


def clash(first: int | None, template: str) -> NotReady:
    """The error of a row that is the letter of row ``first``, in other words."""
    text = f"row {first} is the same letter to the same people, with other words"
    apart = "companies or positions" if template else "subjects"
    return NotReady(text, hint=f"Take one of the two rows out, or give them different {apart}.")


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
    """What a command is about, read and compiled; ``table`` is None without ``--each``.

    ``template`` (its name, or "") and ``zone`` are those of the letter and the settings, asked once for all letters.
    """

    options: Options
    letter: Letter
    program: Program
    settings: Settings
    table: Table | None
    files: Mapping[str, tuple[int, ...]]
    know: Callable[[bool], Known]
    letter_file: str
    template: str
    zone: tzinfo | None

    def changed(self) -> str:
        """The first of the files it was read from that is no longer what it was, or ""."""
        return next((file for file, was in self.files.items() if stamp(Path(file)) != was), self.program.changed_mail())

    def items(self) -> Iterator[Item]:
        """One item a letter, rendered as it is asked for; each call begins anew."""
        return (item for lot in self.lots() for item in lot)

    def lots(self) -> Iterator[list[Item]]:
        """The same, some letters at a time."""
        return lots(self.program, self.table, self._checker())

    def _checker(self) -> Checker:
        from mailer.checks.runner import Checker

        rows = 1 if self.table is None else self.table.letters
        sets = self.program.compiled.sets
        return Checker(self.letter, self.program.template, self.know, self.options.allow, sets, rows)

    def moment(self, app: App) -> datetime:
        """Now, in the zone that the Date of a letter is to have."""
        return app.now().astimezone(self.zone) if self.zone else app.now()

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
    asks: bool = False,
) -> Job | int:
    """The job, or the exit code where the letter was read but cannot be compiled, which is told here.

    ``asks``: what leads out of an untrusted folder is asked for, else it is left out.  ``sender`` stands in for a
    missing From.  ``ledger``: whether the checks read it: "no", "yes" (then a ledger that
    cannot be read is an error of each letter) or "if it can be read".  Raises MailerError where the letter or the CSV
    cannot be read.
    """
    try:
        named = [app.cwd / name for name in (options.letter, options.each) if name not in (None, "-")]
        files = {str(path): stamp(path) for path in named}
        letter = read_letter(app, options.letter)
        table = _table(app, options) if options.each is not None else None
    except MailerError as error:
        if options.json and not isinstance(error, Usage):
            app.output.json({"error": error.as_json()})
        raise
    try:
        settings = _settings(app, options, letter, asks=asks)
        program = _program(app, options, letter, settings, table, sender, files)
        zone = settings.timezone
        _plan_exists(letter, settings)
    except MailerError as error:
        return _none_made(app, options, table, error, blank)
    template = program.template.name if program.template else ""
    know = _knowledge(app, letter, settings, ledger)
    letter_file = str(letter.path.absolute()) if letter.path else ""
    return Job(options, letter, program, settings, table, files, know, letter_file, template, zone)


def _plan_exists(letter: Letter, settings: Settings) -> None:
    """Raise BadData where the letter's header Plan names none."""
    header = letter.get("plan")
    if header is None or header.value in ("", "none") or not (letter.template or letter.get("company")):
        return
    from mailer.people.plan import load

    try:
        load(header.value, settings.config_dir)
    except BadData as error:
        raise error.at(letter.file, header.line, header.spelled) from error


def _settings(app: App, options: Options, letter: Letter, *, asks: bool) -> Settings:
    settings = app.settings(options.account)
    if not settings.folder:
        return settings
    from mailer.cli.trusting import for_letter

    return for_letter(app, settings, letter, options, asks=asks)


def _table(app: App, options: Options) -> Table:
    from mailer.sending.table import Table

    return Table(app, options)


def _knowledge(app: App, letter: Letter, settings: Settings, ledger: str) -> Callable[[bool], Known]:
    """What the checks may know, gathered when the first letter is checked."""
    from mailer.sending.known import gather

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
    if not host or is_loopback(host):
        return None, ""
    from mailer.accounts.providers.table import provider_for_host

    provider = provider_for_host(host)
    most = provider.limits.max_mb if provider else None
    return (most * 1_000_000, provider.name) if provider and most else (None, "")


def lots(program: Program, table: Table | None, checker: Checker) -> Iterator[list[Item]]:
    """Letters, rendered and checked some at a time: each step for all of them is a third faster than all for each."""
    rows: Iterator[Row | None] = iter((None,)) if table is None else table.chosen()
    while lot := list(_rendered(program, rows)):
        yield [_checked(checker, item) for item in lot]


def _rendered(program: Program, rows: Iterator[Row | None]) -> Iterator[Item]:
    octets = 0
    for row in islice(rows, _LOT):
        number = row.number if row else None
        try:
            rendered = program.render(row)
        except MailerError as error:
            yield Item(number, None, error=error, source=row)
            continue
        yield Item(number, rendered, source=row)
        octets += sum([len(file.encoded) for file in rendered.attachments])
        if octets > _LOT_OCTETS:
            return


def _checked(checker: Checker, item: Item) -> Item:
    if item.rendered is None:
        return item
    try:
        return item._replace(problems=checker.problems(item.rendered, item.source))
    except MailerError as error:
        return item._replace(rendered=None, error=error)


def _program(
    app: App,
    options: Options,
    letter: Letter,
    settings: Settings,
    table: Table | None,
    sender: Mailbox | None,
    files: dict[str, tuple[int, ...]],
) -> Program:
    from mailer.render.compile import Defaults
    from mailer.render.fields import read_sets
    from mailer.render.program import compile_letter

    defaults = Defaults(settings.sender or sender, settings.signature, settings.language, app.cwd)
    sets = read_sets(options.sets)
    if table and table.count > 1 and options.row is None:
        _refuse_one_thread(letter, sets)
    wordings = _wordings(app, letter, settings, files)
    if wordings is None:
        return compile_letter(letter, None, sets, defaults)
    said = letter.get("language")
    template = wordings(sets.get("language", said.value if said else "").strip())
    return compile_letter(letter, template, sets, defaults, wordings=wordings)


def _wordings(
    app: App, letter: Letter, settings: Settings, files: dict[str, tuple[int, ...]]
) -> Callable[[str], Template] | None:
    """What loads the letter's template in the language that is asked for, "" for that of the settings.

    What it loads is added to ``files``.
    """
    header = letter.get("template")
    if header is None:
        return None
    from mailer.cli.trusting import mind_link
    from mailer.letters import template as templates

    def load(language: str) -> Template:
        try:
            where = templates.folders(app.cwd, settings.templates_dir, settings.config_dir)
            found = templates.load(header.value, where, language, settings.language)
            mind_link(app, settings, found)
        except MailerError as error:
            raise error.at(letter.file, header.line) from error.__cause__
        path = app.cwd / found.file
        files.setdefault(str(path), stamp(path))
        return found

    return load


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
    from mailer.letters.letter import parse_letter
    from mailer.letters.letter import read_letter as read

    if name != "-":
        return read(app.cwd / name)
    from mailer.sending.table import from_stdin

    data = from_stdin("the letter", lambda stream: stream.read(LETTER_LIMIT + 1))
    if len(data) > LETTER_LIMIT:
        raise BadData(f"the letter on standard input is larger than {LETTER_LIMIT // 1024 // 1024} MB")
    return parse_letter(decode(data, "standard input"), None)


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
        _print_failed(app, item, item.error, blank)
    app.output.row_error(item.error, item.row, options.each)
    return item.error.code


def _none_made(app: App, options: Options, table: Table | None, error: MailerError, blank: Mapping[str, Any]) -> int:
    """Tell that no letter can be made, once, and where data is wanted of each row; the exit code."""
    if options.json:
        for row in table.chosen() if table else (None,):
            _print_failed(app, Item(row and row.number, None), error, blank)
    app.output.error(error)
    return error.code


def _print_failed(app: App, item: Item, error: MailerError, blank: Mapping[str, Any]) -> None:
    told: dict[str, Any] = {"row": item.row, "problems": [problem.as_json() for problem in item.problems]}
    if "status" in blank:
        told["status"] = status_of(error)
    app.output.json({**blank, **told, "error": error.as_json()})
