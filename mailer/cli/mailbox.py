"""The mailbox of an account: its secret, and a session when one is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mailer.cli.app import App
    from mailer.guard import Word
    from mailer.imap import ImapServer, ImapSession
    from mailer.imap.account import Account
    from mailer.settings import Server


def account(app: App, server: Server, *, can_ask: bool, known: str = "", verbose: int = 0) -> Account:
    """The mailbox of the settings, not connected yet; ``known`` is the secret of sending, if there is one in hand.

    Raises BadSettings (78) where none is set; what its session raises it raises each time, without a second try.
    """
    from mailer import guard
    from mailer.imap import of_settings, open_session
    from mailer.imap.account import Account

    wanted = of_settings(server)
    words: list[Word] = []

    def connect() -> ImapSession:
        if not words:
            prompt = (lambda: _prompt(wanted)) if can_ask else None
            words.append(guard.for_imap(server, wanted, app.environ, known=known, prompt=prompt))
        with guard.telling(words[0].where, words[0].secret):
            return open_session(wanted, words[0].secret, log=app.output.note if verbose else None)

    return Account(wanted.login, connect)


def _prompt(wanted: ImapServer) -> str:
    return str(click.prompt(f"Password for {wanted.username} at {wanted.host}", hide_input=True, err=True))
