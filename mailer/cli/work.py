"""``mailer work``: send queued letters, for many mailboxes and from many machines."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, app_command, worst
from mailer.cli.options import verbose_option
from mailer.cli.report import TerminalReporter
from mailer.errors import BadSettings, CannotWrite, Later, MailerError, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from mailer.fleet.jobs import Work
    from mailer.fleet.visiting import Visited
    from mailer.sending.come_due import Asked
    from mailer.sending.item import Item
    from mailer.sending.values import Result
    from mailer.settings.database import Database

_PRINTING = Lock()
# What a ledger says that is gone, full, locked, or has given this run's letters to another.
_LEDGER = (CannotWrite, Later)


@app_command("work", "Send queued letters, for many mailboxes and from many machines.", "mailer work --once")
@click.option("--once", is_flag=True, help="Exit when nothing is due.")
@click.option("--mailbox", metavar="NAME", default="", help="Work only this mailbox, as mailer fleet status names it.")
@click.option(
    "--concurrency",
    metavar="N",
    type=click.IntRange(1, 100),
    default=4,
    help="Mailboxes to work at the same time; by default 4.",
)
@click.option(
    "--metrics",
    metavar="PORT",
    type=click.IntRange(1, 65535),
    help="Serve metrics for Prometheus on this port, on 127.0.0.1 only.",
)
@click.option("as_json", "--json", is_flag=True, help="Print JSON, one line per letter.")
@verbose_option
def command(
    app: App, once: bool, mailbox: str, concurrency: int, metrics: int | None, as_json: bool, verbose: int
) -> int:
    """Send the letters queued with send --queue or --at; only one worker at a time sends from a mailbox.

    The ledger must be on PostgreSQL (MAILER_LEDGER). A worker reaches a mailbox through an account on this machine. You
    can stop, kill and restart it at any moment: nothing is sent twice.
    """
    from mailer.fleet.worker import Shift, Worker
    from mailer.fleet.year import Year

    with app.output.json_error(as_json):
        place = place_of(app)
        working = _Working(app, mailbox, as_json=as_json, verbose=verbose)
        shift = Shift(working.mailboxes, concurrency, once, working.went_wrong)
        year = Year(working.visit, app.now, working.known, working.left_alone, mailbox)
        worker = Worker(place, shift, working.of, year)
        working.ending = worker.ending
        if metrics:
            from mailer.fleet import metrics as served

            served.serve(place, metrics)
        _quiet(app)
        worker.run()
    return worst(working.codes) if once and not worker.ending() else 0


def place_of(app: App) -> Database:
    """The database of the ledger.  Raises Usage where it is a file."""
    from mailer.settings.database import Database

    place = app.ledger()
    if not isinstance(place, Database):
        hint = "Set MAILER_LEDGER=postgresql://…; for a ledger on this machine: mailer outbox send"
        raise Usage("the ledger is a file here, not on PostgreSQL", hint=hint)
    return place


class _Working:
    """Sends from the mailboxes that come, several at a time, and tells of each; ``codes`` are what came of them."""

    def __init__(self, app: App, only: str, *, as_json: bool, verbose: int) -> None:
        self._app, self._only, self._json, self._verbose = app, only, as_json, verbose
        self._accounts: Mapping[str, str] = {}
        self.codes: set[int] = set()
        self.ending: Callable[[], bool] = lambda: False

    def mailboxes(self) -> Collection[str]:
        """Those that the accounts of this machine lead to, looked at anew.  Raises BadSettings without any."""
        from mailer.fleet.jobs import mailboxes

        found = mailboxes(self._app)
        if self._only:
            found = {name: account for name, account in found.items() if name == self._only}
        if not found:
            what = f"no account here leads to {self._only}" if self._only else "no account here leads to a mailbox"
            raise BadSettings(what, hint="Add it with mailer login; mailer fleet status names the mailboxes.")
        self._accounts = found
        return found.keys()

    def of(self, work: Work) -> bool | None:
        """Send what is due of one; whether there is more still, None where the ledger broke it off."""
        from mailer.fleet.jobs import work_mailbox
        from mailer.sending.come_due import Asked

        asked = Asked(json=self._json, verbose=self._verbose, ending=self.ending, among_many=True)
        reporter = _Reporter(self._app, asked, work)
        left: bool | None = True
        try:
            left = work_mailbox(self._app, self._accounts, work, asked, reporter)
        except MailerError as error:
            self.went_wrong(error, work.mailbox)
            left = None if isinstance(error, _LEDGER) else left
        reporter.sum_up()
        self.codes |= reporter.codes
        return None if reporter.is_broken_off else left

    def visit(self, work: Work, made: date | None) -> Visited:
        """Read one's mailbox, and early in their day make it; what went wrong is told, and tried again."""
        from mailer.cli.follow_up import written
        from mailer.fleet.visiting import Visited, visit

        try:
            visited = visit(self._app, self._accounts, work, made, written, self.ending)
        except MailerError as error:
            self.went_wrong(error, work.mailbox or work.owner or work.role)
            return Visited(work, is_done=False, fault=f"{error.text}. {error.hint}".strip())
        # On stdout are letters alone.
        if visited.new or visited.due:
            with _PRINTING:
                self._app.output.note(_in_words(visited))
        return visited

    def known(self) -> Collection[str]:
        """Those that were found last."""
        return self._accounts.keys()

    def left_alone(self, mailboxes: Collection[str]) -> None:
        """Tell which mailboxes no worker reads, for want of an account."""
        with _PRINTING:
            for name in mailboxes:
                self._app.output.note(f"{name}: no worker has an account for it, so nobody reads what came back")

    def went_wrong(self, error: MailerError, mailbox: str = "") -> None:
        """Tell of what kept a mailbox, or all of them, from being worked."""
        self.codes.add(error.code)
        with _PRINTING:
            if mailbox:
                self._app.output.note(f"{mailbox}:")
            self._app.output.error(error)


class _Reporter(TerminalReporter):
    """Tells of one mailbox's letters, beside those of others; of what keeps back many at once it tells once."""

    def __init__(self, app: App, asked: Asked, work: Work) -> None:
        super().__init__(app, asked.options(None))
        self._work = work
        self._kept: MailerError | None = None
        self.is_broken_off = False

    def begin(self, host: str, copy: Callable[[Result, Callable[[], object]], str], letters: int, again: bool) -> None:  # noqa: ARG002
        """Take what makes the copies; no bar is shown for one of many."""
        self.host, self.copied = host, copy

    def _report(self, item: Item, told: dict[str, Any], error: MailerError | None) -> None:
        if error is not None and error is self._kept:
            self.states[told["status"]] += 1
            return
        self._kept = error
        with _PRINTING:
            super()._report(item, told, error)

    def broke_off(self, error: MailerError) -> None:
        """What ended this mailbox's run before its end."""
        self.is_broken_off |= isinstance(error, _LEDGER)
        with _PRINTING:
            self.app.output.note(f"{self._work.mailbox}:")
            super().broke_off(error)

    def flush(self) -> None:
        """Lines of several mailboxes are handed over together."""

    def end(self, letters: int = 0) -> None:
        """Several accounts may come one after the other."""

    def sum_up(self) -> None:
        """Tell how many ended how."""
        if self.states:
            counts = ", ".join(f"{number} {state}" for state, number in self.states.most_common())
            owner = f", {self._work.owner}" if self._work.owner else ""
            with _PRINTING:
                self.app.output.note(f"{self._work.mailbox}{owner}: {counts}.")


def _in_words(visited: Visited) -> str:
    """What came of a visit; nobody whom the owner writes to is named."""
    work = visited.work
    parts = [f"{visited.new} new"] if visited.new else []
    if visited.due and visited.day:
        parts.append(f"{visited.due} due on {visited.day.isoformat()}")
    if visited.drafts or visited.without:
        parts.append(f"{visited.drafts} drafted, {visited.without} not (mailer people show says why)")
    who = ", ".join(part for part in (work.mailbox, work.owner or work.role) if part)
    return f"{who}: {', '.join(parts)}."


def _quiet(app: App) -> None:
    """What the queue says of itself is told in a line; that the database is gone, the worker tells."""

    class _Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fault = record.exc_info[1] if record.exc_info else None
            if type(fault).__module__.partition(".")[0] in ("procrastinate", "psycopg"):
                return
            with _PRINTING:
                app.output.note(record.getMessage().partition("\n")[0])
                if fault is not None:
                    app.output.note(f"  {fault!r}".partition("\n")[0])

    for name in ("procrastinate", "psycopg", "psycopg.pool"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [_Told(logging.ERROR)], False
