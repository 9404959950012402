"""``mailer fleet``: set up a ledger on PostgreSQL, and show what waits there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli.app import HELP, App, app_command, pass_app
from mailer.cli.main import Group
from mailer.cli.options import verbose_option
from mailer.cli.work import place_of

if TYPE_CHECKING:
    from collections.abc import Callable


@click.group(
    "fleet",
    cls=Group,
    short_help="Set up a ledger on PostgreSQL; show what is waiting there.",
    epilog="Example: mailer fleet init --grant jo --worker worker",
    context_settings=HELP,
)
@verbose_option
@pass_app
def command(app: App, verbose: int) -> None:
    """Set up the PostgreSQL ledger that MAILER_LEDGER names, move a ledger there, and show what is waiting.

    Many people and many machines can share it; mailer work sends what they queue.
    """
    if verbose:
        app.output.note(f"ledger: {place_of(app)}")


@app_command(
    "init",
    "Create or update the ledger, and say who may use it.",
    "mailer fleet init --grant jo --grant ann --worker worker",
    of=command,
)
@click.option("--grant", metavar="ROLE", multiple=True, help="Let this role keep its letters there; repeatable.")
@click.option("--worker", metavar="ROLE", multiple=True, help="Let this role send for all of them; repeatable.")
def init(app: App, grant: tuple[str, ...], worker: tuple[str, ...]) -> int:
    """Create the ledger, or bring it up to date; a second run changes nothing.

    Run it as a role that may create others: a superuser, or the owner of the database with CREATEROLE.
    """
    from mailer.fleet import queueing
    from mailer.ledger.postgresql.setup import init as make

    place = place_of(app)
    made = make(place, grant, worker, queueing.make)
    note = app.output.note
    note(f"{place}: {'the ledger is made' if made.fresh else 'the ledger is up to date'} ({made.name}).")
    if made.fresh and not grant:
        note("Choose who may keep letters there: mailer fleet init --grant ROLE.")
    for role in dict.fromkeys(grant):
        note(f"{role} may keep letters there.")
    for role in dict.fromkeys(worker):
        note(f"{role} may send for them: mailer work.")
    return 0


@app_command(
    "import",
    "Move a ledger from a file to PostgreSQL.",
    "mailer fleet import ~/.local/share/mailer/ledger.sqlite",
    of=command,
)
@click.argument("file", metavar="LEDGER.sqlite")
def move(app: App, file: str) -> int:
    """Move the letters and people of a file to the ledger that MAILER_LEDGER names, for MAILER_OWNER.

    All of it moves, or nothing. The file stays, marked so that nothing is sent from it again. A second import changes
    nothing.
    """
    from mailer.cli.progress import Progress
    from mailer.fleet import moving

    place = place_of(app)
    path = (app.cwd / file).absolute()
    bars: list[Progress] = []

    def told(total: int) -> Callable[[int], None]:
        bars.append(Progress(app.output, "Rows moved:", total))
        return lambda done: bars[0].step({}, done)

    try:
        done = moving.move(place, path, app.now, told)
    finally:
        for bar in bars:
            bar.end()
    whose = f", as {place.owner}" if place.owner else ""
    people = "1 person" if done.people == 1 else f"{done.people:,} people"
    if not done.fresh:
        app.output.note(f"{path} was moved before, to {place}{whose}; nothing is changed.")
        return 0
    letters = "1 letter" if done.letters == 1 else f"{done.letters:,} letters"
    app.output.note(f"{letters} and {people} moved to {place}{whose}.")
    app.output.note(f"Nothing is sent from {path} any more. Keep it as a copy, or delete it.")
    return 0


@app_command(
    "status", "Show what is waiting, in flight or in doubt, by mailbox.", "mailer fleet status --json", of=command
)
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
def status(app: App, as_json: bool) -> int:
    """Show what is waiting, in flight or in doubt, by mailbox and owner; which workers are running; the longest wait.

    A role that is not a worker sees only its own letters.
    """
    from mailer.cli import fleet_status
    from mailer.fleet.state import state

    with app.output.json_error(as_json):
        found = state(place_of(app))
    if as_json:
        app.output.json(fleet_status.as_json(found))
        return 0
    now = app.now()
    for line in fleet_status.rows(found, now):
        app.output.line(line)
    for line in fleet_status.summary(found, now):
        app.output.note(line)
    return 0
