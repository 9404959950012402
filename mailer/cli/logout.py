"""``mailer logout``: remove the secret from the keyring and the account's file; nothing is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mailer.cli.app import App, app_command, worst
from mailer.cli.options import verbose_option
from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.accounts.sign_in import Removed


@app_command("logout", "Remove an account's password and settings.", "mailer logout jo@novak.example")
@click.argument("name", required=False)
@click.option("all_of_them", "--all", is_flag=True, help="Remove every account.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
def command(app: App, name: str | None, all_of_them: bool, as_json: bool, verbose: int) -> int:
    """Remove the password and settings of account NAME; without NAME, of the default account.

    A password that another account uses stays. Letters that were sent stay in the ledger.
    """
    from mailer.settings import account_file
    from mailer.settings.layers import config_dir

    if name is not None and all_of_them:
        raise click.UsageError("give either NAME or --all.")
    base = config_dir(app.environ, app.cwd)
    if verbose:
        app.output.note(f"accounts in {base / 'accounts'}")
    if not all_of_them:
        with app.output.json_error(as_json):
            _remove(app, name, as_json)
        return 0
    names = account_file.names(base)
    if not names:
        app.output.note("no account is set up")
    return worst({_tried(app, each, as_json) for each in names})


def _tried(app: App, name: str, as_json: bool) -> int:
    try:
        with app.output.json_error(as_json):
            _remove(app, name, as_json)
    except MailerError as error:
        app.output.error(error)
        return error.code
    return 0


def _remove(app: App, name: str | None, as_json: bool) -> None:
    from mailer.accounts import sign_in
    from mailer.settings.layers import config_dir

    gone = sign_in.remove(config_dir(app.environ, app.cwd), name)
    if as_json:
        app.output.json(_as_json(gone))
        return
    app.output.line(f"{gone.name}: {_words(gone)}")
    if gone.default:
        app.output.note(f"The default account is {gone.default}")


def _words(gone: Removed) -> str:
    if gone.secret:
        return "password and settings are removed"
    if gone.unread:
        return "settings are removed; they could not be read, so that its password may still be in the keyring"
    if gone.shared_with:
        return f"settings are removed; the password stays, {gone.shared_with} uses it"
    return "settings are removed; there was no password in the keyring"


def _as_json(gone: Removed) -> dict[str, Any]:
    return {
        "account": gone.name,
        "secret_removed": gone.secret,
        "shared_with": gone.shared_with,
        "default": gone.default,
        "error": None,
    }
