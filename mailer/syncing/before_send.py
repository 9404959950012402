"""Look into the mailbox for a moment before a follow-up goes: nobody who has answered is to be followed up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.syncing.imap import Wanted, read_mailbox
from mailer.syncing.run import Run

if TYPE_CHECKING:
    from datetime import date

    from mailer.answers.values import Known
    from mailer.imap.reconnecting import MailboxConnection
    from mailer.syncing.positions import Positions
    from mailer.syncing.run import Taking

SECONDS = 10.0
# Of each folder: in a mailbox that was not read for long, the last ones tell who has answered just now.
_NEWEST = 1_000


class Looking:
    """Listens: which events there were, and what went wrong first."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.fault: MailerError | None = None

    def begin(self, where: str, total: int | None) -> None:
        """It takes seconds only."""

    def looked(self, messages: int) -> None:
        """The same."""

    def event(self, number: int) -> None:
        """Keep it."""
        self.events.append(number)

    def note(self, text: str) -> None:
        """It is for who reads the mailbox."""

    def failed(self, error: MailerError) -> None:
        """Keep the first."""
        self.fault = self.fault or error


def look(box: MailboxConnection, book: Taking, known: Known, positions: Positions, since: date, sent: str) -> Looking:
    """Take in what came lately, within ten seconds in all; whatever goes wrong is told in the result."""
    looking = Looking()
    box.until = time.monotonic() + SECONDS
    try:
        read_mailbox(box.session, Run(book, known, looking), positions, Wanted(since, sent=sent, newest=_NEWEST))
    except MailerError as error:
        looking.failed(error)
    return looking
