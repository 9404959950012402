"""The public API: what ``from mailer import …`` gives.  What the command does, a program can do."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import Usage, did_you_mean
from mailer.sending.api_values import Letter as Letter
from mailer.sending.api_values import Preview, Result
from mailer.sending.api_values import Settings as Settings
from mailer.sending.caller import CallersWorld, Collector
from mailer.sending.request import Options, SendOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mailer.checks.problem import Problem
    from mailer.message.rendered import Rendered
    from mailer.sending.item import Item
    from mailer.sending.job import Job
    from mailer.sending.plan import Plan
    from mailer.sending.world import World


def _job(
    world: World,
    letter: Letter | str | Path,
    settings: Settings | None,
    values: Mapping[str, str] | None,
    allow: str | Iterable[str] = (),
    *,
    rows: str | Path | None = None,
    ledger: str = "if it can be read",
) -> Job:
    from mailer.checks.problem import NAMES
    from mailer.files import stamp
    from mailer.sending.job import compile_job
    from mailer.sending.sources import Sources, Table

    allowed = frozenset([allow] if isinstance(allow, str) else allow)
    for name in allowed.difference(NAMES):
        raise Usage(f"there is no check named {name}", hint=did_you_mean(name, NAMES))
    parsed = _read(letter, world).parsed
    options = Options(
        letter=str(parsed.path or ""),
        sets=tuple([f"{name}={value}" for name, value in (values or {}).items()]),
        each=None if rows is None else str(rows),
        allow=allowed,
        account=settings.account if settings else None,
    )
    paths = [path for path in (parsed.path, rows and world.cwd / rows) if path]
    files = {str(path): stamp(path) for path in paths}
    sources = Sources(parsed, Table(world, options) if rows is not None else None, files)
    try:
        return compile_job(world, options, sources, ledger=ledger)
    except BaseException:
        sources.close()
        raise


def _item(
    letter: Letter | str | Path,
    settings: Settings | None,
    values: Mapping[str, str] | None,
    allow: str | Iterable[str] = (),
    *,
    ledger: str = "no",
) -> Item:
    """Make the one letter and check it.  Raises what keeps it from being made."""
    world = CallersWorld(settings or Settings())
    with closing(_job(world, letter, settings, values, allow, ledger=ledger)) as job:
        (item,) = job.items()
    if item.error is not None:
        raise item.error
    return item


def _read(letter: Letter | str | Path, world: World) -> Letter:
    """The letter itself, or that of a file.  Raises Unreadable, BadData; TypeError for what is neither."""
    if isinstance(letter, Letter):
        return letter
    if not isinstance(letter, str | Path):
        raise TypeError(f"a letter is a Letter or the name of a letter file, not {type(letter).__name__}")
    if "\n" in str(letter):
        raise Usage("a letter is given by the name of its file, not as text", hint="Letter(to=…, text=…) takes text.")
    return Letter.read(world.cwd / letter)


def _rendered(letter: Letter | str | Path, settings: Settings | None, values: Mapping[str, str] | None) -> Rendered:
    return _item(letter, settings, values).words()


def preview(
    letter: Letter | str | Path, *, settings: Settings | None = None, values: Mapping[str, str] | None = None
) -> Preview:
    """Return what would be sent; nothing is sent or recorded, and the network is not asked.

    Arguments: ``letter``, or the name of its file; ``settings``, those of the environment where they are not given;
    ``values`` fill the fields of the letter.  Raises `mailer.errors.MailerError` where the letter cannot be made.

    Example::

        print(preview(letter).text)
    """
    from mailer.message.address import format_mailbox
    from mailer.message.compose import compose_preview

    rendered = _rendered(letter, settings, values)
    to, cc, bcc = (tuple(map(format_mailbox, boxes)) for boxes in (rendered.to, rendered.cc, rendered.bcc))
    sender, mail = format_mailbox(rendered.sender), compose_preview(rendered)
    names = tuple(file.filename for file in rendered.attachments)
    return Preview(sender, to, str(rendered.subject), rendered.text, rendered.html, mail, cc, bcc, names)


def check(
    letter: Letter | str | Path,
    *,
    settings: Settings | None = None,
    values: Mapping[str, str] | None = None,
    allow: str | Iterable[str] = (),
) -> tuple[Problem, ...]:
    """Return the mistakes that the checks find: placeholders, wrong names, missing attachments and more.

    Arguments: as `preview`; ``allow`` names checks that may not block.  A problem whose ``blocks`` is true keeps the
    letter from being sent.  Raises `mailer.errors.MailerError` where the letter cannot be made.

    Example::

        blocks = [problem for problem in check(letter) if problem.blocks]
    """
    return _item(letter, settings, values, allow, ledger="if it can be read").problems


def draft(
    letter: Letter | str | Path,
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
    letter: Letter | str | Path,
    *,
    settings: Settings | None = None,
    values: Mapping[str, str] | None = None,
    rows: str | Path | None = None,
    allow: str | Iterable[str] = (),
    again: bool = False,
    confirm: Callable[[Plan], bool] | None = None,
    password: Callable[[str], str] | None = None,
) -> list[Result]:
    """Check the letter, send it once, and remember it; return how it ended.

    Arguments: as `check`; ``rows`` is a CSV, one letter for each row; ``again`` also sends what was sent or refused
    before; ``confirm`` is given the plan and says whether to go on; ``password`` is asked where no secret is found.
    A letter that was sent before is not sent again: its state is "already-sent".  What keeps a letter back is the
    ``error`` of its result.  Raises `mailer.errors.MailerError` where no letter can be made at all or the run broke
    off; what was sent till then stands in the ledger.

    Example::

        for result in send(letter):
            print(result.state, result.to, result.error)
    """
    from mailer.sending.run import send_letters

    world = CallersWorld(settings or Settings(), confirm, password)
    collector = Collector()
    with closing(_job(world, letter, settings, values, allow, rows=rows)) as job:
        send_letters(world, job, SendOptions(yes=confirm is None, again=again), collector)
    if collector.fault is not None:
        raise collector.fault
    return collector.results
