"""The mailbox of an account: its secret, and a session when one is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from mailer.characters import printable

if TYPE_CHECKING:
    from mailer.accounts.guard import FolderSecret
    from mailer.cli.app import App
    from mailer.imap.reconnecting import Account
    from mailer.imap.server import ImapServer
    from mailer.imap.session import ImapSession
    from mailer.settings.settings import Server


def account(app: App, server: Server, *, can_ask: bool, known: str = "", verbose: int = 0) -> Account:
    """The mailbox of the settings, not connected yet; ``known`` is the secret of sending, if there is one in hand.

    Raises BadSettings (78) where none is set; what its session raises it raises each time, without a second try.
    """
    from mailer.accounts import guard
    from mailer.imap.reconnecting import Account
    from mailer.imap.server import of_settings
    from mailer.imap.session import open_session

    wanted = of_settings(server)
    words: list[FolderSecret] = []

    def connect() -> ImapSession:
        if not words:
            prompt = (lambda: _prompt(wanted)) if can_ask else None
            words.append(guard.for_imap(server, wanted, app.environ, known=known, prompt=prompt))
        there = replace(wanted, until=made.until)
        with guard.telling(words[0].where, words[0].secret, wanted):
            return open_session(there, words[0].secret, log=app.output.note if verbose else None)

    made = Account(wanted.login, connect)
    return made


def _prompt(wanted: ImapServer) -> str:
    question = printable(f"Password for {wanted.username} at {wanted.host}")
    return str(click.prompt(question, hide_input=True, err=True))
