"""``mailer accounts``: list the accounts; the keyring is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mailer.characters import printable
from mailer.cli.app import App, app_command, worst
from mailer.cli.options import verbose_option

if TYPE_CHECKING:
    from mailer.accounts.sign_in import StoredAccount


@app_command("accounts", "List the accounts.", "mailer accounts; then mailer send letter.md --account NAME")
@click.option("as_json", "--json", is_flag=True, help="Print JSON, one line per account.")
@verbose_option
def command(app: App, as_json: bool, verbose: int) -> int:
    """List the accounts: name, From, server and login; * is the default."""
    from mailer.accounts import sign_in
    from mailer.settings.layers import config_dir

    base = config_dir(app.environ, app.cwd)
    if verbose:
        app.output.note(f"accounts in {base / 'accounts'}")
    found = sign_in.list_accounts(base)
    if as_json:
        for account in found:
            app.output.json(_as_json(account))
    elif found:
        _table(app, found)
    else:
        app.output.note("no account is set up; `mailer login ADDRESS` sets one up")
    unread = [account.error for account in found if account.error]
    for error in unread:
        app.output.error(error)
    return worst({0, *(error.code for error in unread)})


def _table(app: App, found: tuple[StoredAccount, ...]) -> None:
    rows = [[printable(cell) for cell in (each.name, each.sender, each.host, each.username)] for each in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for account, row in zip(found, rows, strict=True):
        cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        app.output.line(f"{'*' if account.default else ' '} {cells}".rstrip())


def _as_json(account: StoredAccount) -> dict[str, Any]:
    return {
        "name": account.name,
        "default": account.default,
        "from": account.sender or None,
        "host": account.host or None,
        "username": account.username or None,
        "file": str(account.path),
        "error": account.error.as_json() if account.error else None,
    }
