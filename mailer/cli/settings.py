"""``mailer settings``: show every setting with its value and origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from mailer.characters import printable
from mailer.cli.app import App, app_command
from mailer.cli.options import verbose_option
from mailer.errors import BadSettings, MailerError, NotTrusted

if TYPE_CHECKING:
    from mailer.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class _Secret:
    """Whether there is a secret, where it was found, or why not; never what it is."""

    found: bool
    where: str | None
    text: str


@app_command("settings", "Show every setting and where it comes from.", "mailer settings --account work")
@click.option("--account", metavar="NAME", help="The account to use.")
@click.option("as_json", "--json", is_flag=True, help="Print JSON.")
@verbose_option
def command(app: App, account: str | None, as_json: bool, verbose: int) -> int:
    """Show every setting with its value and where it comes from: option, environment, a file, or the default.

    The password is looked for as when sending, and shown as found or not found.
    """
    with app.output.json_error(as_json):
        settings = app.settings(account)
    _tell_untrusted(app, settings)
    settings = settings.as_written()
    if verbose:
        app.output.note(f"looked in {settings.config_dir} and {settings.cwd.absolute() / '.env'}")
    fault = _fault(settings)
    secret = _secret(app, settings, fault)
    if as_json:
        app.output.json(_as_json(settings, secret, fault))
    else:
        _table(app, settings, secret)
    if fault:
        app.output.error(fault)
    return fault.code if fault else 0


def _tell_untrusted(app: App, settings: Settings) -> None:
    from mailer.settings.trust import WORDS

    lines = (*settings.untrusted(), *settings.untrusted(WORDS))
    if lines:
        names = ", ".join(line.name for line in lines)
        count = "counts" if len(lines) == 1 else "count"
        app.output.note(printable(f"{names} of {lines[0].origin} {count} only after `mailer trust` in this folder"))


def _fault(settings: Settings) -> MailerError | None:
    """The first setting that would stop a letter; a server that is not set is none."""
    try:
        settings.check()
    except MailerError as error:
        return error
    return None


def _secret(app: App, settings: Settings, fault: MailerError | None) -> _Secret:
    from mailer.accounts import guard
    from mailer.accounts.secrets import keyring

    try:
        server = settings.server()
    except BadSettings:
        return _Secret(False, None, f"not looked for: {fault.field if fault else 'a setting'} is wrong")
    service = keyring.smtp_service(server.host) if server.host and server.username else ""
    try:
        found = guard.for_smtp(server, app.environ, service=service, renew=False)
    except (NotTrusted, BadSettings) as error:
        return _Secret(False, None, f"not found: {error.text}")
    if found is None and app.environ.get("MAILER_PASSWORD"):
        return _Secret(True, "MAILER_PASSWORD", "found: MAILER_PASSWORD")
    if found is None:
        return _Secret(False, None, "not found: none is needed: MAILER_AUTH is none, or no user name is set")
    return _Secret(True, found.where, f"found: {found.where}")


def _table(app: App, settings: Settings, secret: _Secret) -> None:
    from mailer.settings.settings import describe

    rows = [("account", settings.account or "", _account_origin(settings)), *describe(settings)]
    width = max(len(name) for name, _, _ in rows)
    for name, value, origin in rows:
        shown = printable(value.replace("\n", "\\n"))
        app.output.line(f"{name:<{width}}  {shown or '-'}  ({origin})")
    app.output.line(f"{'secret':<{width}}  {printable(secret.text)}")


def _account_origin(settings: Settings) -> str:
    from mailer.settings import account_file

    return str(account_file.path_of(settings.config_dir, settings.account)) if settings.account else "none is set up"


def _as_json(settings: Settings, secret: _Secret, fault: MailerError | None) -> dict[str, Any]:
    from mailer.settings.settings import describe

    rows = {
        name: {"value": value, "origin": origin, "line": settings.value(name).line}
        for name, value, origin in describe(settings)
    }
    return {
        "account": settings.account,
        "settings": rows,
        "secret": {"found": secret.found, "where": secret.where, "text": secret.text},
        "error": fault.as_json() if fault else None,
    }
