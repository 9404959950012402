"""``mailer work``: send queued letters, for many mailboxes and from many machines."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, pass_app
from mailer.cli.options import verbose_option
from mailer.cli.report import TerminalReporter
from mailer.errors import MailerError, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.fleet.jobs import Work
    from mailer.sending.come_due import Asked
    from mailer.sending.item import Item
    from mailer.sending.values import Result
    from mailer.settings.database import Database

_PRINTING = Lock()


@click.command(
    "work",
    epilog="Example: mailer work --once",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--once", is_flag=True, help="End when nothing is due.")
@click.option("--mailbox", metavar="NAME", default="", help="Only this one, as mailer fleet status names it.")
@click.option(
    "--concurrency", metavar="N", type=click.IntRange(1, 100), default=4, help="So many mailboxes at a time (4)."
)
@click.option("--metrics", metavar="PORT", type=click.IntRange(1, 65535), help="Serve Prometheus on loopback.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON, one line per letter.")
@verbose_option
@pass_app
def command(
    app: App, once: bool, mailbox: str, concurrency: int, metrics: int | None, as_json: bool, verbose: int
) -> int:
    """Send letters that send --queue and --at kept, from each mailbox by one worker at a time.

    The ledger is on PostgreSQL (MAILER_LEDGER). The accounts of this machine say how each mailbox is reached. It can be
    stopped, killed and started again at any moment: nothing goes twice.
    """
    from mailer.fleet.worker import Shift, Worker
    from mailer.sending.come_due import Asked

    with app.output.json_error(as_json):
        place = place_of(app)
        working = _Working(app, Asked(json=as_json, verbose=verbose))
        worker = Worker(place, Shift(mailbox, concurrency, once), working.of)
        working.ending = worker.ending
        if metrics:
            from mailer.fleet import metrics as served

            served.serve(place, metrics)
        _quiet(app)
        worker.run()
    return 0


def place_of(app: App) -> Database:
    """The database of the ledger.  Raises Usage where it is a file."""
    from mailer.settings.database import Database

    place = app.ledger()
    if not isinstance(place, Database):
        hint = "Set MAILER_LEDGER=postgresql://…; for a ledger on this machine: mailer outbox send"
        raise Usage("the ledger is a file here, not on PostgreSQL", hint=hint)
    return place


class _Working:
    """Sends from the mailboxes that come, several at a time, and tells of each."""

    def __init__(self, app: App, asked: Asked) -> None:
        self._app, self._asked = app, asked
        self.ending: Callable[[], bool] = lambda: False

    def of(self, work: Work) -> int:
        """Send what is due of one; how many letters are due still."""
        from mailer.fleet.jobs import work_mailbox

        reporters: list[_Reporter] = []

        def reporter(work: Work) -> _Reporter:
            reporters.append(_Reporter(self._app, self._asked, work))
            return reporters[0]

        left = 1
        try:
            left = work_mailbox(self._app, work, self._asked, reporter, self.ending)
        except MailerError as error:
            with _PRINTING:
                self._app.output.note(f"{work.mailbox}:")
                self._app.output.error(error)
        for one in reporters:
            one.sum_up()
        return left


class _Reporter(TerminalReporter):
    """Tells of one mailbox's letters, beside those of others."""

    def __init__(self, app: App, asked: Asked, work: Work) -> None:
        super().__init__(app, asked.options(None))
        self._work = work

    def begin(self, host: str, copy: Callable[[Result, Callable[[], object]], str], letters: int, again: bool) -> None:  # noqa: ARG002
        """Take what makes the copies; no bar is shown for one of many."""
        self.host, self.copied = host, copy

    def result(self, result: Result) -> None:
        """Tell of a letter, with nothing of others between its lines."""
        with _PRINTING:
            super().result(result)

    def held_back(self, item: Item, error: MailerError) -> None:
        """The same for one that was kept back."""
        with _PRINTING:
            super().held_back(item, error)

    def end(self, letters: int = 0) -> None:
        """Several accounts may come one after the other."""

    def sum_up(self) -> None:
        """Tell how many ended how."""
        if self.states:
            counts = ", ".join(f"{number} {state}" for state, number in self.states.most_common())
            owner = f", {self._work.owner}" if self._work.owner else ""
            with _PRINTING:
                self.app.output.tell_groups()
                self.app.output.note(f"{self._work.mailbox}{owner}: {counts}.")


def _quiet(app: App) -> None:
    """What the queue says of itself is told in a line."""

    class _Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> Any:  # noqa: ANN401
            with _PRINTING:
                app.output.note(record.getMessage().partition("\n")[0])

    for name in ("procrastinate", "psycopg", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [_Told(logging.ERROR)], False
