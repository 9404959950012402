"""``mailer log``: list what was sent to whom, and when; print the bytes as sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailer.cli.app import App, app_command
from mailer.cli.options import verbose_option
from mailer.cli.style import BAD, LOOK, cell, on_terminal, style, width

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.records import Logged

_WIDEST = 200


@app_command("log", "List what was sent to whom, and when.", "mailer log dana; mailer log --eml 4k7m2p > letter.eml")
@click.argument("person", required=False)
@click.option("eml", "--eml", metavar="ID", help="Print this letter byte for byte, as it was sent.")
@click.option("--by", "kind", hidden=True)
@click.option("--account", metavar="NAME", help="The account to use.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON, one line per letter.")
@verbose_option
def command(
    app: App, person: str | None, eml: str | None, kind: str | None, account: str | None, as_json: bool, verbose: int
) -> int:
    """List what was sent, newest last; with PERSON, only what went to that name or address."""
    from mailer.ledger.ledger import open_ledger

    if kind is not None:
        raise click.UsageError(f"log only lists; to record it: mailer touch {person or 'WHO'} --by {kind}.")
    if eml is not None and (person or as_json):
        raise click.UsageError("--eml prints the bytes of one letter: give it alone.")
    with app.output.json_error(as_json):
        path = app.ledger(account)
        if verbose:
            app.output.note(f"ledger: {path}")
        with open_ledger(path, create=False) as ledger:
            if eml is not None:
                app.output.write(ledger.content(eml))
                return 0
            count = _list(app, ledger, person or "", as_json, app.settings(account).timezone)
    if not count and not as_json:
        app.output.note(f"Nothing was sent{f' to {person}' if person else ' yet'}.")
    return 0


def _list(app: App, ledger: Ledger, person: str, as_json: bool, zone: tzinfo | None) -> int:
    """Print the letters as they are read; how many there are."""
    from mailer.people.for_checks import unreached

    letters, lost = ledger.log(person), unreached(ledger.store)
    if not as_json:
        to = _column()
        return app.output.lines(_line(letter, to, zone, has_come_back=letter.message_id in lost) for letter in letters)
    count = 0
    for letter in letters:
        app.output.json(_as_json(letter))
        count += 1
    return count


def _as_json(letter: Logged) -> dict[str, object]:
    return {**letter.as_json(), "message_id": letter.message_id}


def _line(letter: Logged, to: int | None, zone: tzinfo | None, *, has_come_back: bool) -> str:
    """A line of the list; ``to`` is how wide the column of addresses is, None in a pipe."""
    when = letter.when.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    state = "" if letter.state == "sent" else f"  ({letter.state})"
    state = style(state, fg=LOOK) + (style("  (came back)", fg=BAD) if has_come_back else "")
    whom = ", ".join(letter.to)
    return f"{letter.id}  {when}  {whom if to is None else cell(whom, to)}  {letter.subject}{state}"


def _column() -> int | None:
    """How wide the addresses stand on a terminal: subjects have as much room."""
    return max(16, min(36, (width(_WIDEST) - 28) // 2)) if on_terminal() else None
