"""From options to letters: read, compiled, rendered and checked as they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import datetime, tzinfo
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import BadData, CannotWrite, Later, MailerError
from mailer.files import stamp
from mailer.sending.item import Item
from mailer.sending.known import Opened, gather
from mailer.settings.values import is_loopback
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.checks.index import OpenShelf
    from mailer.checks.runner import Checker
    from mailer.checks.world import Known
    from mailer.letters.letter import Letter
    from mailer.letters.template import Template
    from mailer.message.address import Mailbox
    from mailer.render.program import Program
    from mailer.sending.request import Options
    from mailer.sending.sources import Sources, Table
    from mailer.sending.world import World
    from mailer.settings.settings import Settings


class Job(NamedTuple):
    """What a command is about, read and compiled; ``table`` is None without ``--each``.

    ``template`` (its name, or "") and ``zone`` are those of the letter and the settings, asked once for all letters;
    ``opened`` is what the checks have opened.
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
    opened: Opened

    def changed(self) -> str:
        """The first of the files it was read from that is no longer what it was, or ""."""
        for file, was in self.files.items():
            if stamp(Path(file)) != was:
                return file
        return self.program.changed_mail()

    def items(self) -> Iterator[Item]:
        """One item a letter, rendered as it is asked for; each call begins anew."""
        return (item for batch in self.batches() for item in batch)

    def batches(self, prepare: Callable[[Item], object] | None = None) -> Iterator[list[Item]]:
        """The same, some letters at a time; see ``lots.lots``."""
        from mailer.sending.lots import lots

        rows = iter((None,)) if self.table is None else self.table.chosen()
        # What they were compared with is let go before any is sent.
        with ExitStack() as shelves:
            letters = self.table.letters if self.table else 1
            yield from lots(self.program, rows, self._checker(shelves), letters, prepare)

    def source(self, prepare: Callable[[Item], object] | None = None) -> Callable[[], Iterator[list[Item]]]:
        """What gives the letters, from the first on each time; a single one is made once."""
        if self.table is not None and self.table.letters > 1:
            return partial(self.batches, prepare)
        return partial(iter, list(self.batches()))

    def _checker(self, shelves: ExitStack | None = None) -> Checker:
        """The checks; rows to compare with are kept until ``shelves`` is closed, or the job."""
        from mailer.checks.runner import Checker

        rows = 1 if self.table is None else self.table.letters
        sets = self.program.compiled.sets
        shelf = None if rows == 1 else partial(_shelf, shelves or self.opened)
        return Checker(self.letter, self.program.template, self.know, self.options.allow, sets, rows, shelf)

    def close(self) -> None:
        """Close the CSV, and what the checks have opened."""
        self.opened.close()
        if self.table:
            self.table.close()


def _shelf(shelves: ExitStack) -> OpenShelf:
    from mailer.ledger.batch import BatchShelf

    return shelves.enter_context(closing(BatchShelf()))


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
    template = program.template
    name = template.name if template else ""
    zone = settings.timezone
    _find_plan(letter, settings)
    opened = Opened()
    know = _knowledge(world, options.at, letter, settings, ledger, opened)
    letter_file = str(letter.path.absolute()) if letter.path else ""
    return Job(options, letter, program, settings, table, files, know, letter_file, name, zone, opened)


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


def _knowledge(
    world: World, at: datetime | None, letter: Letter, settings: Settings, ledger: str, opened: Opened
) -> Callable[[bool], Known]:
    """What the checks may know, gathered when the first letter is checked; ``at`` is when it goes, if not now."""

    @cache
    def know(letters: bool) -> Known:
        def found(with_ledger: bool) -> Known:
            kept, limit = opened if with_ledger else None, _size_limit(settings)
            clock = (lambda: at) if at else world.now
            return gather(letter, settings, clock, letters=letters, opened=kept, limit=limit)

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

    language = settings.language
    defaults = Defaults(settings.sender or sender, settings.signature, language, world.cwd, world.within)
    sets = read_sets(options.sets)
    if table and table.count > 1 and options.row is None:
        _refuse_one_thread(letter, sets)
    wordings = _wordings(world, letter, settings, language, files)
    if wordings is None:
        return compile_letter(letter, None, sets, defaults)
    said = letter.get("language")
    template = wordings(sets.get("language", said.value if said else "").strip())
    return compile_letter(letter, template, sets, defaults, wordings=wordings)


def _wordings(
    world: World, letter: Letter, settings: Settings, users: str, files: dict[str, tuple[int, ...]]
) -> Callable[[str], Template] | None:
    """What loads the letter's template in the language that is asked for, "" for the user's.

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
            found = templates.load(header.value, where, language, users)
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
