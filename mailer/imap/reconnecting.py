"""A mailbox over as many sessions as it takes, and putting a message there once."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

from mailer.errors import Later, MailerError
from mailer.imap.errors import Lost

if TYPE_CHECKING:
    from mailer.imap.folders import Folder
    from mailer.imap.session import ImapSession, Place


class MailboxConnection:
    """Opens a session when one is needed; ``login`` tells one mailbox from another.  To be closed after use.

    ``until``: when what is asked of it must be done (``time.monotonic``); it may be put off.
    """

    def __init__(self, login: str, connect: Callable[[], ImapSession]) -> None:
        self.login = login
        self.until = math.inf
        self._connect = connect
        self._session: ImapSession | None = None
        self._fault: MailerError | None = None

    @property
    def session(self) -> ImapSession:
        """A session that is of use.  Raises Later (75; Lost if time is up), Refused (69), NotTrusted, BadSettings.

        What failed once is not tried again: a wrong password for each row of a batch would lock the account.
        """
        if self._fault:
            raise self._fault
        if time.monotonic() >= self.until:
            raise Lost(f"the mailbox of {self.login} took too long", hint="Try again later.")
        if self._session is None or not self._session.usable:
            self.close()
            try:
                self._session = self._connect()
            except MailerError as error:
                self._fault = error
                raise
        self._session.until = self.until
        return self._session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session, if there is one."""
        session, self._session = self._session, None
        if session:
            session.close()

    def put(
        self,
        folder: Folder,
        message: bytes,
        message_id: str,
        flags: Sequence[str],
        date: datetime,
        known: Collection[Place] = (),
    ) -> Place | None:
        """Append a message once, also if the connection breaks meanwhile; where it lies, None if nobody can say.

        After a break it is looked for before it is appended anew; ``known`` are others with its Message-ID.
        Raises Lost with ``begun`` if it may be there all the same; any other MailerError if it is not.
        """
        try:
            return self.session.append(folder, message, flags, date)
        except Lost as error:
            if not error.begun:
                raise
            return self._put_again(folder, message, message_id, flags, date, known)

    def _put_again(
        self,
        folder: Folder,
        message: bytes,
        message_id: str,
        flags: Sequence[str],
        date: datetime,
        known: Collection[Place],
    ) -> Place | None:
        try:
            arrived = [place for place in self.session.find(folder, message_id) if place not in known]
        except MailerError as error:
            raise _unknown_error(folder, error) from error
        try:
            return arrived[-1] if arrived else self.session.append(folder, message, flags, date)
        except Later as error:
            raise _unknown_error(folder, error) from error


def _unknown_error(folder: Folder, error: MailerError) -> Lost:
    """Return what is said where ``error`` kept anybody from knowing."""
    unknown = Lost(
        f"it is not known whether the message is in {folder.name} now: {error.text}",
        hint="Run the same command again: it is looked for first, so that it does not lie there twice.",
    )
    unknown.begun = True
    return unknown
