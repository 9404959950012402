"""One run of ``send``, from the first check to the copy in Sent; `send_letters` is the order of events."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import Declined, FileChanged, MailerError, Usage
from mailer.files import cannot_write, make_private_folder
from mailer.sending.composed import prepare
from mailer.sending.connections import Connector
from mailer.sending.preflight import Preflight
from mailer.sending.quota import quota_of_run
from mailer.sending.submission import Submission
from mailer.sending.world import is_there, ledger_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.sending.job import Job
    from mailer.sending.plan import Plan
    from mailer.sending.quota import Allowance
    from mailer.sending.reporter import Reporter
    from mailer.sending.request import SendOptions
    from mailer.sending.resolve import Drafted
    from mailer.sending.spool import Spool
    from mailer.sending.world import World
    from mailer.settings.server import Server
    from mailer.settings.settings import Settings

# So many owners are named in a note.
_NAMES = 5


def send_letters(world: World, job: Job, options: SendOptions, reporter: Reporter) -> None:
    """Send the letters of a job, each once; ``reporter`` is told of each.  This is the order of events.

    Raises Usage where a person must be asked and nobody is there, and what interrupts the run.
    """
    reporter.zone = job.zone
    if job.settings.value("MAILER_IMAP_HOST").text:
        from mailer.sending.inbox import look_first

        look_first(world, job)
    with ExitStack() as stack:
        preflight = _preflight(world, job, options, reporter, stack)
        if preflight is None:
            return
        try:
            server = world.trusted(job.settings, job.options).submission_server()
            if options.puts_off:
                _queue(world, options, preflight, server, reporter)
                return
            connector = Connector(world, job.options)
            quota = quota_of_run(job, server, preflight, world) if job.table else None
            agree(world, options, preflight, quota, connector, server, reporter)
        except Usage:
            raise
        except MailerError as error:
            _tell_all(preflight, reporter, error)
        else:
            Submission(world, preflight, options, quota, connector, server, reporter).run()
            from mailer.sending.book import take_in

            take_in(world, job.settings, preflight.ledger, job.opened, alone=job.options.each is None)


def _preflight(world: World, job: Job, options: SendOptions, reporter: Reporter, stack: ExitStack) -> Preflight | None:
    """Check all letters; None where none may go, which is told."""
    batches = job.source(partial(prepare, job))
    if job.table is None and (only := next(batches())[0]).error:
        reporter.held_back(only, only.error)
        reporter.end()
        return None
    try:
        ledger = _ledger(world, job, stack)
        preflight = Preflight(job, ledger, options.again, _spool(job, stack), _drafts(world, ledger, job, stack))
    except MailerError as error:
        hold_all_back(job, reporter, error)
        return None
    try:
        preflight.check_all(batches, options, reporter)
        if preflight.spool:
            preflight.spool.complete()
    except MailerError as error:
        reporter.cannot_begin(error)
        reporter.end(job.table.letters if job.table else 0)
        return None
    if not preflight.good:
        _tell_all(preflight, reporter)
        return None
    return preflight


def _ledger(world: World, job: Job, stack: ExitStack) -> Ledger:
    """The ledger; the one that the checks of a single letter have open already, if it takes changes."""
    from mailer.ledger.ledger import open_ledger

    # The checks of a letter that goes later have the clock of then.
    read = None if job.options.at else job.opened.ledger
    if read and read.writable:
        return read
    place = ledger_of(job.settings)
    if isinstance(place, Path) and not _has_any(place):
        _say_begun(world, job.settings, place)
    return stack.enter_context(open_ledger(place, clock=world.now))


def _has_any(place: Path) -> bool:
    """Whether there is a file with anything in it."""
    return is_there(place) and place.lstat().st_size > 0


def _say_begun(world: World, settings: Settings, place: Path) -> None:
    """Say that a ledger is begun where letters went before.

    It may be gone, or be that of another owner: MAILER_OWNER may be missing, or name somebody else.
    """
    from mailer.settings import owners

    if os.path.lexists(place.parent / "runs"):
        world.note(
            f"The ledger {place} is gone, and a new one is begun: what went before is not known, and may go twice."
            " Stop here and put the old one back if you have it (mailer restore)."
        )
        return
    there = [name or "who is not named" for name in owners.of_house(settings.data_dir)]
    if there:
        whose = f"the owner {settings.owner}" if settings.owner else "who is not named"
        known = f"{', '.join(there[:_NAMES])}{' and others' if len(there) > _NAMES else ''}"
        world.note(
            f"A ledger is begun for {whose}, beside that of {known}. If this is a letter of theirs, set MAILER_OWNER:"
            " it may have gone already."
        )


def _spool(job: Job, stack: ExitStack) -> Spool | None:
    """Open where checked rows are kept; a single one needs no file."""
    if job.table is None or job.table.letters == 1:
        return None
    from mailer.sending.spool import Spool

    folder = job.settings.ledger_path.parent
    if not isinstance(job.settings.ledger, Path):
        # The ledger is elsewhere, and this folder perhaps not made yet.
        try:
            make_private_folder(folder)
        except OSError as error:
            raise cannot_write(folder, error) from error
    return stack.enter_context(Spool(folder))


def _drafts(world: World, ledger: Ledger, job: Job, stack: ExitStack) -> Callable[[Claim], bool]:
    """Return a function that tells whether the user has already sent a draft from their mail program."""

    @cache
    def drafted() -> Drafted:
        from mailer.sending.resolve import Drafted

        return stack.enter_context(closing(Drafted(world, ledger, job.settings, job.options.verbose)))

    return lambda claim: drafted().went(claim)


def agree(
    world: World,
    options: SendOptions,
    preflight: Preflight,
    quota: Allowance | None,
    connector: Connector,
    server: Server,
    reporter: Reporter,
) -> None:
    """Find the secret and let the person agree.  Raises Declined, NotTrusted, FileChanged: what keeps all back."""
    connector.find_secret(server, later=not options.yes)
    preflight.told = True
    confirm(world, preflight.plan(quota.said() if quota else ""), reporter, yes=options.yes)
    if not options.yes:
        connector.find_secret(server, later=False)
    _refuse_changed(preflight)


def _refuse_changed(preflight: Preflight) -> None:
    name = preflight.job.changed() or preflight.changed_file()
    if name:
        raise FileChanged(f"{name} has changed since it was looked at", hint="Run the command again.", file=name)


def _queue(world: World, options: SendOptions, preflight: Preflight, server: Server, reporter: Reporter) -> None:
    """Let the person agree, and put the letters off.  Raises Declined, FileChanged: what keeps all back."""
    from mailer.sending.put_off import put_off

    at = preflight.job.options.at
    preflight.told = True
    confirm(world, preflight.plan()._replace(puts_off=True, until=at), reporter, yes=options.yes)
    _refuse_changed(preflight)
    put_off(world, preflight, at or world.now(), server, reporter, again=options.again)


def confirm(world: World, plan: Plan, reporter: Reporter, *, yes: bool) -> None:
    """Let the person say yes, or with ``yes`` only tell what there is to warn of.  Raises Declined, Usage."""
    if yes:
        reporter.warn(plan)
    elif not world.can_ask():
        raise Usage("nobody can be asked here", hint="Give --yes to send without a question.")
    elif not world.confirm(plan):
        raise Declined("not sent", hint="Nothing was recorded either.")


def hold_all_back(job: Job, reporter: Reporter, error: MailerError) -> None:
    """Tell of each letter that ``error`` keeps it back, or what is wrong with it."""
    is_told = False
    for batch in job.batches():
        for item in batch:
            is_told = is_told or item.error is None
            reporter.held_back(item, item.error or error)
    if not is_told:
        reporter.broke_off(error)
    reporter.end()


def _tell_all(preflight: Preflight, reporter: Reporter, error: MailerError | None = None) -> None:
    """Tell of each letter why it does not go: for ``error``, if there is one, where it else would."""
    for candidate in preflight.candidates():
        if candidate.composed and error:
            reporter.held_back(candidate.item._replace(told=preflight.told), error)
        else:
            preflight.tell(candidate, reporter)
    reporter.end()
