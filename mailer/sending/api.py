"""The public API: what ``from mailer import …`` gives.  What the command does, a program can do."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import BadData, BadSettings, NotTrusted, Usage
from mailer.sending.reporter import Reporter
from mailer.sending.request import Options, SendOptions
from mailer.sending.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mailer.checks.problem import Problem
    from mailer.errors import MailerError
    from mailer.letters.letter import Letter as ParsedLetter
    from mailer.message.rendered import Rendered
    from mailer.sending import values
    from mailer.sending.job import Item, Job
    from mailer.sending.plan import Plan
    from mailer.settings import settings as layered


class Letter:
    """A letter: whom it is to, its subject and its text.

    Arguments: ``to``, ``cc`` and ``bcc`` are addresses ("Dana Ruiz <dana@acme.example>"), one or several; ``sender``
    is the setting MAILER_FROM where it is not given; ``attachments`` are files; ``markdown`` sends the text as HTML
    too.  With ``template`` the text is the prose of that template, and ``fields`` are its fields.
    Raises `mailer.errors.BadData` where a value cannot stand in a letter.

    Example::

        letter = Letter(to="Dana Ruiz <dana@acme.example>", subject="Thank you", text="Dear Dana, …")
    """

    __slots__ = ("_parsed",)

    def __init__(
        self,
        *,
        to: str | Iterable[str],
        text: str,
        subject: str = "",
        sender: str = "",
        cc: str | Iterable[str] = (),
        bcc: str | Iterable[str] = (),
        attachments: Iterable[str | Path] = (),
        markdown: bool = False,
        template: str = "",
        **fields: str,
    ) -> None:
        headers = [("Template", template), ("From", sender), ("To", _joined(to)), ("Cc", _joined(cc))]
        headers += [("Bcc", _joined(bcc)), ("Subject", subject), *(("Attach", str(file)) for file in attachments)]
        headers += [("Content-Type", "text/markdown" if markdown else "")]
        headers += [(name.replace("_", "-").title(), value) for name, value in fields.items()]
        self._parsed = _written([(name, value) for name, value in headers if value], text)

    @classmethod
    def read(cls, path: str | Path) -> Letter:
        """Read a letter file: headers, an empty line, text.  Raises Unreadable, BadData.

        Example::

            letter = Letter.read("dana.md")
        """
        from mailer.letters.letter import read_letter

        letter = cls.__new__(cls)
        letter._parsed = read_letter(Path(path))
        return letter


def _joined(addresses: str | Iterable[str]) -> str:
    return addresses if isinstance(addresses, str) else ", ".join(addresses)


def _written(headers: list[tuple[str, str]], text: str) -> ParsedLetter:
    from mailer.characters import bad_in_body
    from mailer.letters.letter import parse_letter

    for name, value in headers:
        if "\n" in value or "\r" in value:
            raise BadData(f"{name} holds a line break", hint="Give it in one line.", field=name)
    words, _ = bad_in_body(text)
    if words:
        raise BadData(f"the text holds {words}", hint="Remove it.", field="text")
    head = "".join(f"{name}: {value}\n" for name, value in headers)
    return parse_letter(head + "\n", None)._replace(prose=text.replace("\r\n", "\n"))


class Settings:
    """Where letters go: the environment, a ``.env``, the account of ``mailer login``, and values given here.

    Arguments: ``account`` is a name that ``mailer login`` saved; ``folder`` is where ``.env``, templates and relative
    paths are looked for; ``values`` are settings without MAILER_ and in small letters, which go before all others.
    The secret comes from the keyring or the environment, as for the command.  Raises `mailer.errors.BadSettings` for a
    name that is no setting.

    Example::

        settings = Settings(smtp_host="smtp.acme.example", smtp_username="jo@novak.example")
    """

    __slots__ = ("account", "environ", "folder", "values")

    def __init__(
        self,
        account: str | None = None,
        *,
        folder: str | Path = "",
        environ: Mapping[str, str] | None = None,
        **values: str,
    ) -> None:
        from mailer.settings.layers import DEFAULTS

        self.account, self.folder = account, Path(folder)
        self.environ = os.environ if environ is None else environ
        self.values = {f"MAILER_{name.upper()}": str(value) for name, value in values.items()}
        for name in self.values:
            if name not in DEFAULTS:
                raise BadSettings(f"there is no setting {name}", hint="`mailer settings` lists them.")


class Preview(NamedTuple):
    """What would be sent: addresses, subject, both texts, and the mail with fixed words for Date and Message-ID."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str | None
    html: str | None
    mail: bytes


class Result(NamedTuple):
    """How a letter ended.

    ``state`` is "sent", "already-sent", "deferred", "in-doubt", "refused", "not-ready", "invalid" or "not-sent", as in
    the JSON of the command; ``error`` says why, in words; ``row`` is that of a CSV; ``copy`` tells of the copy in Sent.
    """

    state: str
    to: tuple[str, ...]
    subject: str | None
    message_id: str = ""
    id: str = ""
    row: int | None = None
    copy: str = "off"
    problems: tuple[Problem, ...] = ()
    error: MailerError | None = None


class _Caller:
    """The program that calls, as the person of a run."""

    def __init__(self, confirm: Callable[[Plan], bool] | None, password: Callable[[str], str] | None) -> None:
        self._confirm, self._password = confirm, password

    def note(self, text: str) -> None:
        from logging import getLogger

        getLogger("mailer").info(text)

    def can_ask(self) -> bool:
        return self._confirm is not None or self._password is not None

    def password(self, question: str) -> str:
        if self._password is None:
            raise NotTrusted("there is no secret to sign in with", hint="Run mailer login, or give ``password``.")
        return self._password(question)

    def confirm(self, plan: Plan) -> bool:
        return self._confirm is None or self._confirm(plan)


class _World(World):
    __slots__ = ("_values",)

    def __init__(self, settings: Settings, caller: _Caller) -> None:
        super().__init__(caller, settings.environ, settings.folder)
        self._values = settings.values

    def settings(self, account: str | None = None, options: Mapping[str, str] | None = None) -> layered.Settings:
        return super().settings(account, {**self._values, **(options or {})})


class _Collector(Reporter):
    def __init__(self) -> None:
        super().__init__()
        self.results: list[Result] = []
        self.fault: MailerError | None = None
        self._host = ""
        self._copy: Callable[[values.Result, Callable[[], object]], str] = lambda _result, _before: "off"
        self._last: values.Result | None = None

    def begin(
        self,
        host: str,
        copy: Callable[[values.Result, Callable[[], object]], str],
        letters: int,  # noqa: ARG002 - whoever counts needs it
        again: bool,  # noqa: ARG002 - whoever keeps the rows needs it
    ) -> None:
        self._host, self._copy = host, copy

    def result(self, result: values.Result) -> None:
        from mailer.sending.outcomes import error_of

        if result is self._last:
            return
        self._last = result
        copy = self._copy(result, int) if result.state == "sent" else "off"
        item, claim, error = result.tag, result.claim, error_of(result, self._host)
        ids = (claim.message_id, claim.id) if claim else ("", "")
        self.results.append(Result(result.state, item.to, item.subject, *ids, item.row, copy, item.problems, error))

    def held_back(self, item: Item, error: MailerError) -> None:
        from mailer.sending.outcomes import status_of

        told = Result(status_of(error), item.to, item.subject, row=item.row, problems=item.problems, error=error)
        self.results.append(told)

    def broke_off(self, error: MailerError) -> None:
        self.fault = error

    cannot_begin = broke_off


def _job(
    world: World,
    letter: Letter,
    settings: Settings | None,
    values: Mapping[str, str] | None,
    allow: Iterable[str] = (),
    *,
    rows: str | Path | None = None,
    ledger: str = "if it can be read",
) -> Job:
    from mailer.checks.problem import NAMES
    from mailer.files import stamp
    from mailer.sending.job import Sources, compile_job, open_table

    for name in set(allow).difference(NAMES):
        raise Usage(f"there is no check named {name}", hint=f"There are: {', '.join(NAMES)}.")
    parsed = letter._parsed
    options = Options(
        letter=str(parsed.path or ""),
        sets=tuple([f"{name}={value}" for name, value in (values or {}).items()]),
        each=None if rows is None else str(rows),
        allow=frozenset(allow),
        account=settings.account if settings else None,
    )
    paths = [path for path in (parsed.path, rows and world.cwd / rows) if path]
    files = {str(path): stamp(path) for path in paths}
    sources = Sources(parsed, open_table(world, options) if rows is not None else None, files)
    try:
        return compile_job(world, options, sources, ledger=ledger)
    except BaseException:
        sources.close()
        raise


def _item(
    letter: Letter,
    settings: Settings | None,
    values: Mapping[str, str] | None,
    allow: Iterable[str] = (),
    *,
    ledger: str = "no",
) -> Item:
    """Make the one letter and check it.  Raises what keeps it from being made."""
    world = _World(settings or Settings(), _Caller(None, None))
    with closing(_job(world, letter, settings, values, allow, ledger=ledger)) as job:
        (item,) = job.items()
    if item.error is not None:
        raise item.error
    return item


def _rendered(letter: Letter, settings: Settings | None, values: Mapping[str, str] | None) -> Rendered:
    rendered = _item(letter, settings, values).rendered
    assert rendered is not None
    return rendered


def preview(letter: Letter, *, settings: Settings | None = None, values: Mapping[str, str] | None = None) -> Preview:
    """Return what would be sent; nothing is sent or recorded, and the network is not asked.

    Arguments: ``letter``; ``settings``, those of the environment where they are not given; ``values`` fill the fields
    of the letter.  Raises `mailer.errors.MailerError` where the letter cannot be made.

    Example::

        print(preview(letter).text)
    """
    from mailer.message.address import format_mailbox
    from mailer.message.compose import compose_preview

    rendered = _rendered(letter, settings, values)
    to = tuple(format_mailbox(box) for box in rendered.to)
    sender, mail = format_mailbox(rendered.sender), compose_preview(rendered)
    return Preview(sender, to, str(rendered.subject), rendered.text, rendered.html, mail)


def check(
    letter: Letter,
    *,
    settings: Settings | None = None,
    values: Mapping[str, str] | None = None,
    allow: Iterable[str] = (),
) -> tuple[Problem, ...]:
    """Return what would embarrass: placeholders, wrong names, missing attachments and more.

    Arguments: as `preview`; ``allow`` names checks that may not block.  A problem whose ``blocks`` is true keeps the
    letter from being sent.  Raises `mailer.errors.MailerError` where the letter cannot be made.

    Example::

        blocks = [problem for problem in check(letter) if problem.blocks]
    """
    return _item(letter, settings, values, allow, ledger="if it can be read").problems


def draft(
    letter: Letter,
    path: str | Path,
    *,
    settings: Settings | None = None,
    values: Mapping[str, str] | None = None,
    force: bool = False,
) -> Path:
    """Save the letter as an ``.eml`` that mail programs open as an unsent draft; return where it is.

    Arguments: as `preview`; ``path`` is the file; ``force`` writes over one that exists.
    Raises `mailer.errors.CannotWrite` where the file exists or cannot be written, else as `preview`.

    Example::

        draft(letter, "dana.eml")
    """
    from mailer.drafts.eml import EmlFile
    from mailer.message.compose import compose_draft

    rendered = _rendered(letter, settings, values)
    return Path(EmlFile(Path(path), force).save(compose_draft(rendered), ""))


def send(
    letter: Letter,
    *,
    settings: Settings | None = None,
    values: Mapping[str, str] | None = None,
    rows: str | Path | None = None,
    allow: Iterable[str] = (),
    again: bool = False,
    confirm: Callable[[Plan], bool] | None = None,
    password: Callable[[str], str] | None = None,
) -> list[Result]:
    """Check the letter, send it once, and remember it; return how it ended.

    Arguments: as `check`; ``rows`` is a CSV, one letter for each row; ``again`` sends anew what was sent or refused
    before; ``confirm`` is given the plan and says whether to go on; ``password`` is asked where no secret is found.
    A letter that was sent before is not sent again: its state is "already-sent".  What keeps a letter back is the
    ``error`` of its result.  Raises `mailer.errors.MailerError` where no letter can be made at all or the run broke
    off; what was sent till then stands in the ledger.

    Example::

        for result in send(letter):
            print(result.state, result.to, result.error)
    """
    from mailer.sending.run import send_letters

    collector = _Collector()
    caller = _Caller(confirm, password)
    world = _World(settings or Settings(), caller)
    with closing(_job(world, letter, settings, values, allow, rows=rows)) as job:
        send_letters(world, job, SendOptions(yes=confirm is None, again=again), collector)
    if collector.fault is not None:
        raise collector.fault
    return collector.results
