"""Sign in with OAuth2 at the terminal: what is shown, opened and asked."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from mailer.characters import printable
from mailer.errors import Usage

if TYPE_CHECKING:
    from mailer.accounts.oauth.access import Granted
    from mailer.accounts.plan import AccountPlan
    from mailer.cli.app import App
    from mailer.settings.server import Server


def wanted(app: App, server: Server, *, stdin: bool) -> bool:
    """Whether tokens are to be had by a sign-in of ours: nothing else gives one."""
    given = stdin or server.token_command or app.environ.get("MAILER_PASSWORD")
    return server.auth == "oauth2" and not given


def with_client_id(app: App, made: AccountPlan, server: Server, *, yes: bool) -> AccountPlan:
    """The plan with the user's client id, which is asked for where none is set and somebody can be asked."""
    if server.oauth.client_id or yes or not app.can_ask():
        return made
    where = made.provider.oauth.register if made.provider and made.provider.oauth else ""
    if where:
        app.output.note(printable(f"Get a client id of your own at {where}"))
    answer = str(click.prompt("OAuth2 client id", err=True)).strip()
    return dataclasses.replace(made, values={**made.values, "MAILER_OAUTH_CLIENT_ID": answer})


def grant(app: App, server: Server, *, yes: bool) -> Granted:
    """Let the person agree.  Raises Usage without a terminal, NotTrusted (77), Later (75), BadSettings (78)."""
    from mailer.accounts.oauth import access
    from mailer.accounts.oauth.client import client_of

    client_of(server)
    if not (yes or app.can_ask()):
        raise Usage(
            f"{server.username} must agree in a browser, and nobody can be asked here",
            hint="pass --yes to wait for it all the same, or set MAILER_TOKEN_COMMAND",
        )
    return access.sign_in(server, app.environ, _Terminal(app))


@dataclass(frozen=True, slots=True)
class _Terminal:
    """The person at the terminal."""

    app: App

    def tell(self, text: str) -> None:
        self.app.output.note(printable(text))

    def open(self, url: str) -> bool:
        from mailer.cli.launch import browse

        return not browse(url)

    def ask(self, question: str) -> str:
        self._must_be_there()
        try:
            return str(click.prompt(printable(question), err=True))
        except UnicodeDecodeError:
            return ""  # no address, and asked for again as one

    def ask_secret(self, question: str) -> str:
        if not self.app.can_ask():
            return ""
        return str(click.prompt(printable(question), default="", show_default=False, hide_input=True, err=True))

    def _must_be_there(self) -> None:
        if not self.app.can_ask():
            raise Usage("nobody can paste an address here", hint="set MAILER_OAUTH_FLOW=browser or device")
