"""``mailer fleet``: set up a ledger on PostgreSQL, and show what waits there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, pass_app
from mailer.cli.main import Group
from mailer.cli.work import place_of

if TYPE_CHECKING:
    from mailer.fleet.state import FleetState

_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(
    "fleet",
    cls=Group,
    short_help="Set up a ledger on PostgreSQL; show what waits there.",
    epilog="Example: mailer fleet init --grant jo --worker worker",
    context_settings=_HELP,
)
def command() -> None:
    """Set up the ledger that MAILER_LEDGER names, and show what waits there.

    See docs/fleet.md.
    """


@command.command(
    "init",
    short_help="Make or update the ledger, and say who may use it.",
    epilog="Example: mailer fleet init --grant jo --grant ann --worker worker",
    context_settings=_HELP,
)
@click.option("--grant", metavar="ROLE", multiple=True, help="Let this role keep its letters there.")
@click.option("--worker", metavar="ROLE", multiple=True, help="Let this role send for all of them.")
@pass_app
def init(app: App, grant: tuple[str, ...], worker: tuple[str, ...]) -> int:
    """Make what is missing, or bring it up to date; done again, it changes nothing.

    It needs a role that may make others (a superuser, or CREATEROLE and the database's owner).
    """
    from mailer.fleet import queueing
    from mailer.ledger.postgresql.setup import init as make

    place = place_of(app)
    made = make(place, grant, worker, queueing.make)
    note = app.output.note
    note(f"{place}: {'the ledger is made' if made.fresh else 'the ledger is there'} ({made.name}).")
    for role in grant:
        note(f"{role} may keep letters there.")
    for role in worker:
        note(f"{role} may send for them: mailer work.")
    return 0


@command.command(
    "status",
    short_help="Show what waits, is in flight or in doubt, by mailbox.",
    epilog="Example: mailer fleet status --json",
    context_settings=_HELP,
)
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@pass_app
def status(app: App, as_json: bool) -> int:
    """Show what waits, is in flight or in doubt, by mailbox and owner; which workers live, and what waits longest.

    Who is no worker sees their own letters.
    """
    from mailer.fleet.state import state

    with app.output.json_error(as_json):
        found = state(place_of(app))
    if as_json:
        app.output.json(_as_json(found))
    else:
        _show(app, found)
    return 0


def _as_json(found: FleetState) -> dict[str, object]:
    return {
        **{what: found.total(what) for what in ("queued", "due", "in_flight", "in_doubt")},
        "oldest": found.oldest.isoformat() if found.oldest else None,
        "workers": [{"heard_seconds_ago": round(seconds, 1)} for seconds in found.workers],
        "mailboxes": [
            {**one._asdict(), "oldest": one.oldest.isoformat() if one.oldest else None} for one in found.mailboxes
        ],
    }


def _show(app: App, found: FleetState) -> None:
    from mailer.people.dates import count
    from mailer.sending.outcomes import moment_words

    note = app.output.note
    for one in found.mailboxes:
        numbers = [one.queued, one.due, one.in_flight, one.in_doubt]
        app.output.line("\t".join([one.mailbox, one.owner, *map(str, numbers)]))
    if found.mailboxes:
        note("(mailbox, owner, queued, of these due, in flight, in doubt)")
    else:
        note("Nothing waits.")
    if found.oldest:
        note(f"The longest waits since {moment_words(found.oldest.astimezone())}.")
    note(f"{count(len(found.workers), 'worker')} {'lives' if len(found.workers) == 1 else 'live'}.")
