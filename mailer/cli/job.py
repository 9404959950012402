"""Make the letters of a command, and say why one could not be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from mailer.cli.app import App, worst
from mailer.errors import MailerError, Usage
from mailer.sending.item import Item
from mailer.sending.job import Job, compile_job
from mailer.sending.outcomes import status_of
from mailer.sending.sources import read_sources

if TYPE_CHECKING:
    from mailer.message.address import Mailbox
    from mailer.sending.request import Options
    from mailer.sending.sources import Table

# The JSON of ``send`` and ``rehearse``.
BLANK: dict[str, Any] = {
    "status": "invalid",
    "row": None,
    "id": None,
    "to": [],
    "subject": None,
    "message_id": None,
    "refused": {},
    "reply": None,
    "copy": "off",
    "problems": [],
    "error": None,
}


def run_letters(
    app: App,
    options: Options,
    act: Callable[[Item], int],
    blank: Mapping[str, Any],
) -> int:
    """Read and render each letter and hand it to ``act``, which returns its exit code; return the most serious one.

    ``blank`` is the command's JSON object of a letter that came to nothing; for the rest see ``opened``.
    """

    def one_by_one(rendered: Iterator[Item]) -> Iterator[int]:
        for item in rendered:
            yield _settled(app, options, item, act, blank)

    return run_together(app, options, one_by_one, blank)


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

    For ``sender``, ``ledger`` and ``asks`` see `compile_job`.  Raises MailerError where the letter or the CSV
    cannot be read.
    """
    try:
        sources = read_sources(app, options)
    except MailerError as error:
        if options.json and not isinstance(error, Usage):
            app.output.json({"error": error.as_json()})
        raise
    with ExitStack() as stack:
        stack.callback(sources.close)
        try:
            job = compile_job(app, options, sources, sender=sender, ledger=ledger, asks=asks)
        except MailerError as error:
            return _none_made(app, options, sources.table, error, blank)
        stack.pop_all()
        return job


def _settled(app: App, options: Options, item: Item, act: Callable[[Item], int], blank: Mapping[str, Any]) -> int:
    try:
        item.words()
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
            _print_failed(app, Item(row and row.number), error, blank)
    app.output.error(error)
    return error.code


def _print_failed(app: App, item: Item, error: MailerError, blank: Mapping[str, Any]) -> None:
    told: dict[str, Any] = {"row": item.row, "problems": [problem.as_json() for problem in item.problems]}
    if "status" in blank:
        told |= {"status": status_of(error), **item.about()}
    app.output.json({**blank, **told, "error": error.as_json()})
