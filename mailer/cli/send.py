"""``mailer send``: check, show, ask, send, remember."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import cache
from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, pass_app
from mailer.cli.job import Item, Job, opened
from mailer.cli.options import Options, letter_options
from mailer.cli.outcomes import BLANK
from mailer.cli.sending import Sending, Wish
from mailer.errors import MailerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailer.cli.report import Teller
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.sending.failed_rows import FailedRows
    from mailer.sending.resolve import Drafted
    from mailer.sending.spool import Roll

_RATE = r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*/\s*(min|minute|h|hour|s|sec|second)\s*"
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}


@click.command(
    "send",
    short_help="Check a letter, show it, ask, and send it once.",
    epilog="Example: mailer send letter.md",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("letter")
@click.option("--dry-run", is_flag=True, help="Only show what would be sent; the same as preview.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--again", is_flag=True, help="Send a letter again that was sent or refused.")
@click.option("--to-myself", is_flag=True, help="Send it to your own address only; nothing is recorded.")
@click.option("--rate", metavar="N/min", help="At most N letters a minute.")
@click.option("--failed", "failed_file", metavar="FILE", help="With --each: the file for rows that did not go.")
@letter_options
@pass_app
def command(
    app: App,
    options: Options,
    dry_run: bool,
    yes: bool,
    again: bool,
    to_myself: bool,
    rate: str | None,
    failed_file: str | None,
) -> int:
    """Check a letter, show it, ask, send it over a verified connection, and remember it.

    No letter is sent twice. If the server's answer was lost, mailer says so and waits for you.
    """
    wish = Wish(yes, again, to_myself, _rate(rate), options.limit or 0)
    _refuse_nonsense(options, wish, failed_file, dry_run)
    if dry_run:
        from mailer.cli.preview import show

        return show(app, options, None)
    job = opened(app, options._replace(limit=None), BLANK, asks=True)
    if not isinstance(job, Job):
        return job
    with closing(job):
        if to_myself:
            from mailer.cli.send_to_myself import send_to_myself

            return send_to_myself(app, job, wish)
        return _send(app, job, wish, failed_file)


def _rate(text: str | None) -> float:
    import re

    if text is None:
        return 0.0
    match = re.fullmatch(_RATE, text, re.ASCII)
    if not match or not float(match[1]):
        raise click.UsageError(f"--rate {text}: write it like 30/min.")
    return float(match[1]) * 60 / _SECONDS[match[2]]


def _refuse_nonsense(options: Options, wish: Wish, failed_file: str | None, dry_run: bool) -> None:
    if wish.to_myself and options.each is not None and options.row is None:
        raise click.UsageError("--to-myself with --each goes with --row N: one letter at a time.")
    if "-" in (options.letter, options.each) and not (wish.yes or dry_run):
        raise click.UsageError("with a letter or CSV on standard input nobody can be asked: give --yes.")
    if failed_file is not None and options.each is None:
        raise click.UsageError("--failed goes with --each.")
    if failed_file in ("", "-"):
        raise click.UsageError("--failed wants the name of a file.")


def _send(app: App, job: Job, wish: Wish, failed_file: str | None) -> int:
    from mailer.cli.followed import take_in
    from mailer.cli.report import Teller
    from mailer.ledger.ledger import open_ledger
    from mailer.sending.survey import Looked

    lots = _lots(job)
    teller = Teller(app, job)
    only = next(lots())[0] if job.table is None else None
    if only and only.error:
        teller.bad(only)
        return teller.end()
    with ExitStack() as stack:
        try:
            teller.failed = _failed_rows(app, job, failed_file, stack)
            ledger = stack.enter_context(open_ledger(job.settings.ledger_path, clock=app.now))
            roll = _roll(job, stack)
        except MailerError as error:
            return _none_goes(lots(), teller, error)
        looked = Looked(job, ledger, wish.again, roll, _drafts(app, ledger, job, stack))
        code = Sending(app, job, wish, ledger, teller, looked, lots).run()
        take_in(app, job, ledger)
        return code


def _roll(job: Job, stack: ExitStack) -> Roll | None:
    """Where the rows are kept that were looked at; a single one needs no file."""
    if job.table is None or job.table.letters == 1:
        return None
    from mailer.sending.spool import Roll

    return stack.enter_context(Roll(job.settings.ledger_path.parent))


def _drafts(app: App, ledger: Ledger, job: Job, stack: ExitStack) -> Callable[[Claim], bool]:
    """Whether a letter that stands as a draft was sent from the mail program."""

    @cache
    def drafted() -> Drafted:
        from mailer.sending.resolve import Drafted

        return stack.enter_context(closing(Drafted(app, ledger, job.settings, job.options.verbose)))

    return lambda claim: drafted().went(claim)


def _lots(job: Job) -> Callable[[], Iterator[list[Item]]]:
    """What gives the letters, from the first on each time; a single one is made once."""
    if job.table is not None and job.table.letters > 1:
        return job.lots
    only = list(job.lots())
    return lambda: iter(only)


def _failed_rows(app: App, job: Job, named: str | None, stack: ExitStack) -> FailedRows | None:
    """Where the rows of a batch go that do not go; one that was named must be writable.  Raises CannotWrite."""
    from mailer.sending.failed_rows import FailedRows, place_of, refuse_same

    place = place_of(job.options.each, named, app.cwd)
    if place is None or job.table is None:
        return None
    spelled, delimiter = job.table.header()
    failed = stack.enter_context(closing(FailedRows(place, spelled, job.table.encoding(), delimiter)))
    if named is not None:
        refuse_same(place, [app.cwd / file for file in job.files])
        failed.must_be_writable()
    return failed


def _none_goes(lots: Iterator[list[Item]], teller: Teller, error: MailerError) -> int:
    is_told = False
    for lot in lots:
        for item in lot:
            is_told = is_told or item.error is None
            teller.held_back(item, item.error or error)
    if not is_told:
        teller.broke_off(error)
    return teller.end()
