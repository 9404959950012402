"""``mailer send``: check, show, ask, send, remember."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, app_command
from mailer.cli.job import BLANK, opened
from mailer.cli.options import letter_options
from mailer.errors import MailerError
from mailer.sending.job import Job
from mailer.sending.request import Options, SendOptions

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.sending.failed_rows import FailedRows
    from mailer.sending.sources import Table

_RATE = r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*/\s*(min|minute|h|hour|s|sec|second)\s*"
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}


@app_command("send", "Check a letter, show it, ask, and send it once.", "mailer send letter.md")
@click.argument("letter")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent; the same as preview.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--again", is_flag=True, help="Send it again even if it was sent or refused before.")
@click.option("--to-myself", is_flag=True, help="Send it to your own address only; nothing is recorded.")
@click.option("--queue", is_flag=True, help="Put it in the queue; mailer outbox send sends it.")
@click.option("--at", metavar="TIME", help="Queue it until TIME: tomorrow 9:10, monday 8:30, +2h.")
@click.option("--rate", metavar="N/min", help="At most N letters a minute.")
@click.option("--connections", metavar="N|auto", help="With --each: use up to N connections at once.")
@click.option("--failed", "failed_file", metavar="FILE", help="With --each: write the rows that were not sent to FILE.")
@letter_options
def command(
    app: App,
    options: Options,
    dry_run: bool,
    yes: bool,
    again: bool,
    to_myself: bool,
    queue: bool,
    at: str | None,
    rate: str | None,
    connections: str | None,
    failed_file: str | None,
) -> int:
    """Check a letter, show it, ask, send it over a verified connection, and record it.

    No letter is sent twice. If the server's reply was lost, mailer says so and waits for you to decide.
    With --queue or --at the letter is queued as you agreed to it; mailer outbox send sends it once it is due.
    """
    pace, at_once = per_minute(rate), _connections(connections)
    _refuse_nonsense(options, to_myself, yes or dry_run, failed_file)
    puts_off = queue or at is not None
    _refuse_to_queue(puts_off, to_myself, rate)
    options = options._replace(at=_moment(app, options, at))
    if dry_run:
        from mailer.cli.preview import show

        return show(app, options, None)
    job = opened(app, options._replace(limit=None), BLANK, asks=True)
    if not isinstance(job, Job):
        return job
    with closing(job):
        if to_myself:
            return _send_to_myself(app, job, yes)
        return _send(app, job, SendOptions(yes, again, pace, options.limit or 0, at_once, puts_off), failed_file)


def per_minute(text: str | None) -> float:
    """The letters a minute that --rate asks for, 0 without it."""
    import re

    if text is None:
        return 0.0
    match = re.fullmatch(_RATE, text, re.ASCII)
    if not match or not float(match[1]):
        raise click.UsageError(f"--rate {text}: write it like 30/min.")
    return float(match[1]) * 60 / _SECONDS[match[2]]


def _connections(text: str | None) -> int | None:
    from mailer.errors import BadSettings
    from mailer.settings.values import OPTION, Value, connections

    if text is None:
        return None
    try:
        return connections(Value("--connections", text, OPTION))
    except BadSettings as error:
        raise click.UsageError(f"--connections {text}: it is {error.hint}.") from error


def _refuse_nonsense(options: Options, to_myself: bool, nobody_asks: bool, failed_file: str | None) -> None:
    if to_myself and options.each is not None and options.row is None:
        raise click.UsageError("--to-myself with --each needs --row N: one letter at a time.")
    if not nobody_asks and options.reads_stdin:
        raise click.UsageError("with a letter or CSV on standard input nobody can be asked: give --yes.")
    if failed_file is not None and options.each is None:
        raise click.UsageError("--failed needs --each.")
    if failed_file in ("", "-"):
        raise click.UsageError("--failed needs the name of a file.")


def _refuse_to_queue(puts_off: bool, to_myself: bool, rate: str | None) -> None:
    if puts_off and to_myself:
        raise click.UsageError("--to-myself sends at once: give it without --queue and --at.")
    if puts_off and rate is not None:
        raise click.UsageError("--rate goes with sending: mailer outbox send takes it.")


def _moment(app: App, options: Options, text: str | None) -> datetime | None:
    """The time of --at, by the user's clock.  Raises BadData."""
    if text is None:
        return None
    from mailer.people.typed import parse_moment
    from mailer.sending.book import here

    return parse_moment(text, here(app, app.settings(options.account)), field="--at")


def _send_to_myself(app: App, job: Job, yes: bool) -> int:
    from mailer.cli.report import TerminalReporter
    from mailer.sending.to_myself import send_to_myself

    reporter = TerminalReporter(app, job.options)
    send_to_myself(app, job, reporter, yes=yes)
    return reporter.exit_code


def _send(app: App, job: Job, options: SendOptions, failed_file: str | None) -> int:
    from mailer.cli.report import TerminalReporter
    from mailer.sending.run import hold_all_back, send_letters

    reporter = TerminalReporter(app, job.options)
    with ExitStack() as stack:
        try:
            reporter.failed = _failed_rows(app, job, job.table, failed_file, stack) if job.table else None
        except MailerError as error:
            hold_all_back(job, reporter, error)
        else:
            send_letters(app, job, options, reporter)
    return reporter.exit_code


def _failed_rows(app: App, job: Job, table: Table, named: str | None, stack: ExitStack) -> FailedRows | None:
    """Where the rows of a batch go that do not go; one that was named must be writable.  Raises CannotWrite."""
    from mailer.sending.failed_rows import FailedRows, place_of, refuse_same

    place = place_of(job.options.each, named, app.cwd)
    if place is None:
        return None
    spelled, delimiter = table.header()
    failed = stack.enter_context(closing(FailedRows(place, spelled, table.encoding(), delimiter)))
    if named is not None:
        refuse_same(place, [app.cwd / file for file in job.files])
        failed.must_be_writable()
    return failed
