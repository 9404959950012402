"""From options to letters: read, compiled, rendered and checked as they are asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mailer.checks.problem import Problem
from mailer.errors import BadData, CannotWrite, Later, MailerError, NotReady
from mailer.files import stamp
from mailer.settings.values import is_loopback

if TYPE_CHECKING:
    from mailer.checks.runner import Checker
    from mailer.checks.world import Known
    from mailer.letters.letter import Letter
    from mailer.letters.table import Row
    from mailer.letters.template import Template
    from mailer.message.address import Mailbox
    from mailer.message.rendered import Rendered
    from mailer.render.program import Program
    from mailer.sending.request import Options
    from mailer.sending.table import Table
    from mailer.sending.world import World
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


def not_ready_error(item: Item) -> NotReady:
    """The error of a letter that a check blocks."""
    blocks = [problem for problem in item.problems if problem.blocks]
    words = "; ".join(dict.fromkeys(problem.text for problem in blocks))
    stops = [problem.hint for problem in blocks if problem.check == "stop"]
    if stops:
        return NotReady(f"not ready: {words}", hint=stops[0])
    checks = " ".join(f"--allow {name}" for name in dict.fromkeys(problem.check for problem in blocks))
    return NotReady(f"not ready: {words}", hint=f"Mend it, or send it so with {checks}.")


def clash_error(first: int | None, template: str) -> NotReady:
    """The error of a row that is the letter of row ``first``, in other words."""
    text = f"row {first} is the same letter to the same people, with other words"
    apart = "companies or positions" if template else "subjects"
    return NotReady(text, hint=f"Take one of the two rows out, or give them different {apart}.")


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
        return (item for batch in self.batches() for item in batch)

    def batches(self) -> Iterator[list[Item]]:
        """The same, some letters at a time."""
        return _batches(self.program, self.table, self._checker())

    def _checker(self) -> Checker:
        from mailer.checks.runner import Checker

        rows = 1 if self.table is None else self.table.letters
        sets = self.program.compiled.sets
        return Checker(self.letter, self.program.template, self.know, self.options.allow, sets, rows)

    def moment(self, world: World) -> datetime:
        """Now, in the zone that the Date of a letter is to have."""
        return world.now().astimezone(self.zone) if self.zone else world.now()

    def close(self) -> None:
        """Close the CSV."""
        if self.table:
            self.table.close()


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
    return Sources(letter, open_table(world, options) if options.each is not None else None, files)


def compile_job(
    world: World,
    options: Options,
    sources: Sources,
    *,
    sender: Mailbox | None = None,
    ledger: str = "if it can be read",
    asks: bool = False,
) -> Job:
    """Compile what was read.

    ``asks``: what leads out of an untrusted folder is asked for, else it is left out.  ``sender`` stands in for a
    missing From.  ``ledger``: whether the checks read it: "no", "yes" (then a ledger that cannot be read is an error
    of each letter) or "if it can be read".  Raises MailerError where no letter can be made.
    """
    letter, table, files = sources
    settings = _settings(world, options, letter, asks=asks)
    program = _program(world, options, letter, settings, table, sender, files)
    zone = settings.timezone
    _find_plan(letter, settings)
    template = program.template.name if program.template else ""
    know = _knowledge(world, letter, settings, ledger)
    letter_file = str(letter.path.absolute()) if letter.path else ""
    return Job(options, letter, program, settings, table, files, know, letter_file, template, zone)


def _find_plan(letter: Letter, settings: Settings) -> None:
    """Raise BadData where the letter's header Plan names none."""
    header = letter.get("plan")
    if header is None or header.value in ("", "none") or not (letter.template or letter.get("company")):
        return
    from mailer.people.plan import load

    try:
        load(header.value, settings.config_dir)
    except BadData as error:
        raise error.at(letter.file, header.line, header.spelled) from error


def _settings(world: World, options: Options, letter: Letter, *, asks: bool) -> Settings:
    settings = world.settings(options.account)
    if not settings.folder:
        return settings
    from mailer.sending.outside import for_letter

    return for_letter(world, settings, letter, options, asks=asks)


def open_table(world: World, options: Options) -> Table:
    """Open the CSV of the options, and read it through for its faults.  Raises MailerError."""
    from mailer.sending.table import Table

    return Table(world, options)


def _knowledge(world: World, letter: Letter, settings: Settings, ledger: str) -> Callable[[bool], Known]:
    """What the checks may know, gathered when the first letter is checked."""
    from mailer.sending.known import gather

    @functools.cache
    def know(letters: bool) -> Known:
        def found(with_ledger: bool) -> Known:
            limit = _size_limit(settings)
            return gather(letter, settings, world.now(), letters=letters, ledger=with_ledger, limit=limit)

        if ledger != "if it can be read":
            return found(ledger == "yes")
        try:
            return found(True)
        except (CannotWrite, Later) as error:
            world.note(f"{error.text}; letters sent before were not compared")
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


def _batches(program: Program, table: Table | None, checker: Checker) -> Iterator[list[Item]]:
    """Letters, rendered and checked some at a time: each step for all of them is a third faster than all for each."""
    rows: Iterator[Row | None] = iter((None,)) if table is None else table.chosen()
    while batch := list(_rendered(program, rows)):
        yield [_checked(checker, item) for item in batch]


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
    world: World,
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

    defaults = Defaults(settings.sender or sender, settings.signature, settings.language, world.cwd, world.within)
    sets = read_sets(options.sets)
    if table and table.count > 1 and options.row is None:
        _refuse_one_thread(letter, sets)
    wordings = _wordings(world, letter, settings, files)
    if wordings is None:
        return compile_letter(letter, None, sets, defaults)
    said = letter.get("language")
    template = wordings(sets.get("language", said.value if said else "").strip())
    return compile_letter(letter, template, sets, defaults, wordings=wordings)


def _wordings(
    world: World, letter: Letter, settings: Settings, files: dict[str, tuple[int, ...]]
) -> Callable[[str], Template] | None:
    """What loads the letter's template in the language that is asked for, "" for that of the settings.

    What it loads is added to ``files``.
    """
    header = letter.get("template")
    if header is None:
        return None
    from mailer.letters import template as templates
    from mailer.sending.outside import mind_link

    def load(language: str) -> Template:
        try:
            where = templates.folders(world.cwd, settings.templates_dir, settings.config_dir)
            found = templates.load(header.value, where, language, settings.language)
            mind_link(world, settings, found)
        except MailerError as error:
            raise error.at(letter.file, header.line) from error.__cause__
        path = world.cwd / found.file
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


def read_letter(world: World, name: str) -> Letter:
    """The letter named on the command line; ``-`` is standard input.  Raises Unreadable, BadData."""
    from mailer.files import LETTER_LIMIT, decode
    from mailer.letters.letter import parse_letter
    from mailer.letters.letter import read_letter as read

    if name != "-":
        return read(world.cwd / name)
    from mailer.sending.table import from_stdin

    data = from_stdin("the letter", lambda stream: stream.read(LETTER_LIMIT + 1))
    if len(data) > LETTER_LIMIT:
        raise BadData(f"the letter on standard input is larger than {LETTER_LIMIT // 1024 // 1024} MB")
    return parse_letter(decode(data, "standard input"), None)
