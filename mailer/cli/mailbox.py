"""The mailbox of an account: its secret, and a session when one is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mailer.errors import NotTrusted
from mailer.visible import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.cli.app import App
    from mailer.imap import ImapServer, ImapSession
    from mailer.imap.account import Account
    from mailer.settings import Server


def account(app: App, server: Server, *, can_ask: bool, known: str = "", verbose: int = 0) -> Account:
    """The mailbox of the settings, not connected yet; ``known`` is the secret of sending, if there is one in hand.

    Raises BadSettings (78) where none is set; what its session raises it raises each time, without a second try.
    """
    from mailer.imap import of_settings, open_session
    from mailer.imap.account import Account

    wanted = of_settings(server)
    words: list[str | Callable[[], str]] = []

    def connect() -> ImapSession:
        if not words:
            words.append(_secret(app, server, wanted, known, can_ask=can_ask))
        there = replace(wanted, until=made.until)
        return open_session(there, words[0], log=app.output.note if verbose else None)

    made = Account(wanted.login, connect)
    return made


def _secret(app: App, server: Server, wanted: ImapServer, known: str, *, can_ask: bool) -> str | Callable[[], str]:
    """As for sending; in the keyring under IMAP's own name first.  Raises NotTrusted (77) if there is none."""
    from mailer import credentials, oauth

    if wanted.auth == "oauth2":
        return oauth.renewed(server, app.environ, known or oauth.access_token(server, app.environ))
    command = server.password_command

    def find(service: str, user: str, *, ask: bool) -> str:
        prompt = (lambda: _prompt(wanted)) if ask and can_ask else None
        return credentials.find(service, user, app.environ, command=command, prompt=prompt).secret

    if app.environ.get("MAILER_PASSWORD") or command:
        return find("", wanted.username, ask=False)
    try:
        return find(credentials.imap_service(wanted.host), wanted.username, ask=not (server.host or known))
    except NotTrusted:
        if known:
            return known
        if not server.host:
            raise
        return find(credentials.smtp_service(server.host), server.username or wanted.username, ask=True)


def _prompt(wanted: ImapServer) -> str:
    question = printable(f"Password for {wanted.username} at {wanted.host}")
    return str(click.prompt(question, hide_input=True, err=True))
