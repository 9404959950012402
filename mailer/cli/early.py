"""The way to the server, gone while the letters of a batch are still looked at.

Nothing is said there but EHLO and the sign-in; the first letter goes when all were looked at, as ever.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from mailer.errors import MailerError

if TYPE_CHECKING:
    from mailer.transport.session import SmtpSession

# Servers hang up on a line that says nothing for some minutes.
_FRESH_SECONDS = 30.0
_PATIENCE = 2.0


class Early:
    """A session that ``connect`` opens in a thread of its own; to be taken or closed."""

    def __init__(self, connect: Callable[[], SmtpSession]) -> None:
        self._connect = connect
        self._session: SmtpSession | None = None
        self._error: Exception | None = None
        self._opened = 0.0
        self._thread = Thread(target=self._open, daemon=True)
        self._thread.start()

    def _open(self) -> None:
        try:
            self._session = self._connect()
        except Exception as error:
            self._error = error
        self._opened = time.monotonic()

    def taken(self, window: int) -> SmtpSession | None:
        """The session, with that window at most; None where it is of no more use.  Raises what ``connect`` raised."""
        self._thread.join()
        if isinstance(self._error, MailerError):
            raise self._error
        session = self._session
        if session and time.monotonic() - self._opened < _FRESH_SECONDS and session.is_quiet():
            self._session = None
            session.narrow(window)
            return session
        self.close()
        return None

    def close(self) -> None:
        """Leave the server, where it was reached and the session not taken."""
        self._thread.join(_PATIENCE)
        session, self._session = self._session, None
        if session:
            session.close()
