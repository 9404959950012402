"""``mailer --all-owners``: one command for each owner who has a ledger here, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from mailer.cli.app import App, worst
from mailer.errors import MailerError
from mailer.sending.world import ledger_of
from mailer.settings import owners

# What only reads, or sends what every owner has agreed to.
_COMMANDS = ("due", "people", "log", "outbox", "outbox send")


def run_for_all(
    words: Sequence[str],
    obj: Any,  # noqa: ANN401
    call: Callable[[Sequence[str], App], Any],
    commands: click.Group,
) -> int:
    """Run the command of these words for each owner; the most serious exit code.  Raises click.UsageError."""
    _refuse_others(words, commands)
    app = obj if isinstance(obj, App) else App(output=obj)
    codes: set[int] = set()
    found = _owners(app)
    if not found and "--json" not in words:
        app.output.note("There is no ledger here yet.")
    for owner in found:
        theirs = App(app.environ, app.cwd, app.now, app.token, app.output)
        theirs.owner = owner
        app.output.more = {"owner": owner}
        _head(app, words, owner or "Without an owner")
        codes.add(_code(app, words, theirs, call))
        if theirs.stopped:
            break
    return worst(codes)


def _owners(app: App) -> list[str]:
    """Every owner who has a ledger here, or rows of this role in the database."""
    place = ledger_of(app.settings())
    if isinstance(place, Path):
        return owners.of_house(app.settings().data_dir)
    from mailer.ledger.postgresql import across

    return across.owners(place)


def _head(app: App, words: Sequence[str], owner: str) -> None:
    """Say whose it is; JSON says so itself, and of what is sent each line stands alone."""
    if "send" in words:
        app.output.note(f"{owner}:")
    elif "--json" not in words:
        app.output.line(f"{owner}:")


def _code(app: App, words: Sequence[str], theirs: App, call: Callable[[Sequence[str], App], Any]) -> int:
    try:
        result = call(words, theirs)
    except MailerError as error:
        app.output.error(error)
        return error.code
    return result if isinstance(result, int) else 0


def _refuse_others(words: Sequence[str], commands: click.Group) -> None:
    """Raise click.UsageError for a command that is one owner's own."""
    found = [word for word in words if not word.startswith("-")]
    if not found or found[0] in ("due", "log"):
        return
    if " ".join(found[:2]) in _COMMANDS:
        return
    context = click.Context(commands)
    group = commands.get_command(context, found[0]) if found[0] == "people" else None
    if isinstance(group, click.Group) and found[1] not in group.list_commands(context):
        return
    known = ", ".join(_COMMANDS)
    raise click.UsageError(f"--all-owners works alone or with {known}; for all else name one owner: MAILER_OWNER.")
