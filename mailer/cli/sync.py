"""``mailer sync``: read what came back, say what it is and why, and record what follows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mailer.cli import book as books
from mailer.cli.app import App, app_command, worst
from mailer.cli.sync_report import Report
from mailer.errors import MailerError, did_you_mean
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from mailer.ledger.store import Store
    from mailer.people.book import Book
    from mailer.settings.settings import Settings
    from mailer.syncing.run import Run


class _Wish(NamedTuple):
    paths: tuple[Path, ...]
    since: date | None
    all_folders: bool
    trial: bool
    account: str | None


_NOBODY = "Nobody is in your book yet, and no letter was sent: there is nothing to look for."


@app_command("sync", "Read what came back: answers, absences, bounces.", "mailer sync --since 2026-11-01")
@click.argument("sources", metavar="[FILE.eml|FILE.mbox|MAILDIR]...", nargs=-1)
@click.option("--since", metavar="DATE", help="Read everything since DATE again.")
@click.option(
    "--all-folders", is_flag=True, help="Read every folder but drafts and trash, not only Sent and the inbox."
)
@click.option("--dry-run", is_flag=True, help="Only show what would be recorded.")
@click.option("--explain", metavar="CLASS", help="Explain a class of message, and exit.")
@click.option("--undo", metavar="ID", help="Undo what a message changed.")
@books.ACCOUNT
@books.JSON
def command(
    app: App,
    sources: tuple[str, ...],
    since: str | None,
    all_folders: bool,
    dry_run: bool,
    explain: str | None,
    undo: str | None,
    account: str | None,
    as_json: bool,
) -> int:
    """Read your mailbox, or files of mail, and record who answered, who is away, and what bounced.

    Nothing in the mailbox is marked, moved or answered, and nothing is fetched from links.
    """
    if (explain or undo) and (sources or since or all_folders or dry_run or (explain and undo)):
        raise click.UsageError("give --explain CLASS or --undo ID alone.")
    if since and sources:
        raise click.UsageError("--since is for the mailbox; files are read whole.")
    if explain is not None:
        return _explain(app, explain.casefold(), as_json)
    with app.output.json_error(as_json), books.with_store(app, account, write=not dry_run, trial=dry_run) as opened:
        book, store = opened
        if undo is not None:
            return _undo(app, book, undo, as_json)
        day = books.when(app, since, book, "--since", past=True)
        wish = _Wish(tuple(app.cwd / Path(one).expanduser() for one in sources), day, all_folders, dry_run, account)
        return _sync(app, book, store, wish, Report(app, book, as_json))


def _undo(app: App, book: Book, event: str, as_json: bool) -> int:
    person = book.undo(event)
    if person is None:
        # Somebody else's: what is told of it is the event itself.
        taken = book.event(int(event[1:]))
        if as_json and taken:
            app.output.json(taken.as_json())
        app.output.note(f"{event} is taken back")
        return 0
    return books.tell(app, person, as_json, f"{event} is taken back")


def _explain(app: App, name: str, as_json: bool) -> int:
    import inspect

    from mailer.answers.rules import RULES

    rule = next((rule for kind, rule in RULES.items() if kind == name), None)
    if rule is None:
        raise click.UsageError(f"there is no class {name!r}. {did_you_mean(name, RULES)}")
    manual = inspect.cleandoc(rule.__doc__ or "")
    if as_json:
        app.output.json({"class": name, "manual": manual, "error": None})
    else:
        app.output.line(f"{name}: {manual}")
    return 0


def _sync(app: App, book: Book, store: Store, wish: _Wish, report: Report) -> int:
    from mailer.sending.inbox import known_to
    from mailer.syncing.positions import first_day
    from mailer.syncing.run import Run, read_files

    settings = app.settings(wish.account)
    first = first_day(store, book.today)
    if first is None:
        report.nobody(_NOBODY)
        return 0
    run = Run(book, known_to(settings, store), report)
    try:
        if wish.paths:
            read_files(wish.paths, run, junk=wish.all_folders)
        else:
            _read_mailboxes(app, store, settings, run, wish, wish.since or first)
    except (KeyboardInterrupt, SystemExit):
        report.interrupted(run, trial=wish.trial)
        raise
    except MailerError as error:
        # What had begun ends with what it came to.
        if not run.read:
            raise
        run.fail(error)
    finally:
        report.stop()
    report.end(run, trial=wish.trial)
    return worst(run.codes)


def _read_mailboxes(app: App, store: Store, settings: Settings, run: Run, wish: _Wish, since: date) -> None:
    """The mailbox of the account in force, then those of the others: somebody may answer to any address of the user's.

    One that cannot be read is told, and the others are read.
    """
    from mailer.sending.inbox import known_to

    others = [] if wish.account else list(_others(app, settings))
    for one in (settings, *others):
        # What a server says of authentication counts in its own mailbox alone.
        own = run if one is settings else run.beside(known_to(one, store))
        try:
            _read_mailbox(app, store, one, own, wish, since)
        except MailerError as error:
            if not others:
                raise
            own.fail(error)
        if own is not run:
            run.add(own)


def _others(app: App, settings: Settings) -> Iterator[Settings]:
    """The settings of the other accounts that have a mailbox of their own."""
    from mailer.accounts.sign_in import list_accounts

    seen = {_mailbox(settings)}
    for account in list_accounts(settings.config_dir):
        if account.error:
            continue
        found = app.settings(account.name)
        host = found.value("MAILER_IMAP_HOST")
        # Where the environment names a mailbox, it is that one whatever the account.
        if host.text and host.origin == str(account.path) and _mailbox(found) not in seen:
            seen.add(_mailbox(found))
            yield found


def _mailbox(settings: Settings) -> tuple[str, str]:
    name = settings.value("MAILER_IMAP_USERNAME").text or settings.value("MAILER_SMTP_USERNAME").text
    return settings.value("MAILER_IMAP_HOST").text.casefold(), name


def _read_mailbox(app: App, store: Store, settings: Settings, run: Run, wish: _Wish, since: date) -> None:
    from mailer.sending.mailbox import mailbox_of
    from mailer.syncing.imap import Wanted, read_mailbox
    from mailer.syncing.positions import Positions

    verbose = click.get_current_context().meta.get("mailer.verbose", 0)
    server = app.trusted(settings).server()
    with mailbox_of(app, server, can_ask=app.can_ask(), verbose=verbose) as box:
        positions = Positions(store, box.login, app.now())
        wanted = Wanted(since, wish.since is not None, server.sent_folder, wish.all_folders)
        read_mailbox(box.session, run, positions, wanted)
