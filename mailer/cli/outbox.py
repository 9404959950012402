"""``mailer outbox``: what waits for the server or for the user, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, pass_app, verbose_option
from mailer.cli.outcomes import day, reply_json

if TYPE_CHECKING:
    from mailer.ledger import Waiting

_HELP = {"help_option_names": ["-h", "--help"]}


@click.group(
    "outbox",
    invoke_without_command=True,
    short_help="What is deferred, refused or in doubt, and what to do.",
    epilog="Example: mailer outbox; mailer outbox resolve ID --sent",
    context_settings=_HELP,
)
@click.option("--account", metavar="NAME", help="The account to use.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON, a line a letter.")
@verbose_option
@pass_app
@click.pass_context
def command(ctx: click.Context, app: App, account: str | None, as_json: bool, verbose: int) -> int:
    """List the letters that are deferred, refused or in doubt, each with what to do next."""
    if ctx.invoked_subcommand is not None:
        return 0
    from mailer.ledger import open_ledger
    from mailer.settings import load

    path = load(app.environ, app.cwd, account).ledger_path
    if verbose:
        app.output.note(f"ledger: {path}")
    with open_ledger(path, create=False) as ledger:
        waiting = ledger.outbox()
    for letter in waiting:
        if as_json:
            app.output.json(_as_json(letter))
        else:
            _show(app, letter)
    if not waiting and not as_json:
        app.output.note("Nothing waits: every letter is sent or was never begun.")
    return 0


@command.command(
    "resolve",
    short_help="Say whether a letter in doubt was sent.",
    epilog="Example: mailer outbox resolve 4k7m2p --sent",
    context_settings=_HELP,
)
@click.argument("letter", metavar="ID")
@click.option("sent", "--sent/--not-sent", default=None, help="It arrived, or it did not and may be sent again.")
@click.option("--account", metavar="NAME", help="The account to use.")
@verbose_option
@pass_app
def resolve(app: App, letter: str, sent: bool | None, account: str | None, verbose: int) -> int:
    """Settle a letter in doubt by what you found out: it was sent, or it was not and may go again."""
    from mailer.ledger import open_ledger
    from mailer.settings import load

    if sent is None:
        raise click.UsageError(f"look for it in your Sent folder, then give --sent or --not-sent for {letter}.")
    with open_ledger(load(app.environ, app.cwd, account).ledger_path) as ledger:
        ledger.resolve(letter, sent=sent)
    verdict = "counts as sent" if sent else "may be sent again: run mailer send on it"
    app.output.note(f"{letter} {verdict}.")
    if verbose:
        app.output.note("mailer outbox lists what still waits.")
    return 0


def _next(letter: Waiting) -> str:
    """What to do about a letter, in one sentence."""
    if letter.state == "in-doubt":
        name = letter.id
        return f"Look in Sent; then mailer outbox resolve {name} --sent, or --not-sent to send it again."
    if letter.state == "refused":
        return "Mend what the reply says, then mailer send --again."
    if letter.state == "draft":
        return f"Send it from your mail program; then mailer outbox resolve {letter.id} --sent."
    if letter.state in ("claimed", "sending"):
        return "Another mailer is sending it now."
    return "Run mailer send on it again; nothing goes twice."


def _as_json(letter: Waiting) -> dict[str, object]:
    return {
        "id": letter.id,
        "state": letter.state,
        "to": list(letter.to),
        "subject": letter.subject,
        "message_id": letter.message_id,
        "since": letter.since.isoformat(),
        "attempts": letter.attempts,
        "reply": reply_json(letter.reply),
        "next": _next(letter),
    }


def _show(app: App, letter: Waiting) -> None:
    line = app.output.line
    line(f"{letter.id}  {letter.state:<9}  {', '.join(letter.to)}  {letter.subject}")
    why = letter.reply.line if letter.reply else letter.remark
    tries = f", {letter.attempts} tries" if letter.attempts > 1 else ""
    line(f"        since {day(letter.since)}{tries}{': ' if why else ''}{why}")
    line(f"        {_next(letter)}")
