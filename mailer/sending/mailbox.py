"""The mailbox of an account: its secret, and a session when one is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.accounts.guard import FolderSecret
    from mailer.imap.reconnecting import MailboxConnection
    from mailer.imap.session import ImapSession
    from mailer.sending.world import World
    from mailer.settings.server import Server


def mailbox_of(world: World, server: Server, *, can_ask: bool, known: str = "", verbose: int = 0) -> MailboxConnection:
    """The mailbox of the settings, not connected yet; ``known`` is the secret of sending, if there is one in hand.

    Raises BadSettings (78) where none is set; what its session raises it raises each time, without a second try.
    """
    from mailer.accounts import guard
    from mailer.imap.reconnecting import MailboxConnection
    from mailer.imap.server import of_settings
    from mailer.imap.session import open_session

    wanted = of_settings(server)
    words: list[FolderSecret] = []
    question = f"Password for {wanted.username} at {wanted.host}"

    def connect() -> ImapSession:
        if not words:
            prompt = (lambda: world.password(question)) if can_ask else None
            words.append(guard.for_imap(server, wanted, world.environ, known=known, prompt=prompt))
        there = replace(wanted, until=made.until)
        with guard.telling(words[0].where, words[0].secret, wanted):
            return open_session(there, words[0].secret, log=world.note if verbose else None)

    made = MailboxConnection(wanted.login, connect)
    return made
