r"""The copy of a sent letter in the Sent folder: a second act, which never changes what became of the letter.

Most large providers file the copy themselves; elsewhere it is looked for by its Message-ID, and the very octets that
were submitted are appended with ``\Seen`` only if it is absent.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mailer.errors import BadSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mailer.imap.folders import Folder
    from mailer.imap.reconnecting import MailboxConnection
    from mailer.imap.session import ImapSession

_WAIT_SECONDS = 3.0
_FLAGS = (r"\Seen",)


class SentCopies:
    """The copies of one run.  ``rule`` is that of ``copies``; what the first letter taught holds for the others."""

    def __init__(
        self, account: MailboxConnection, setting: str, rule: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.account = account
        self.setting = setting
        self.rule = rule
        self.sleep = sleep
        self._folder: Folder | None = None

    def copy(self, message_id: str, content: bytes, date: datetime) -> str:
        """``saved`` or ``by-server``.  Raises MailerError if there is no copy now, as far as anybody knows."""
        if self.rule == "by-server":
            return "by-server"
        if self._folder is None:
            self._folder = self.account.session.folder("sent", self.setting)
        if self._lies_there(self._folder, message_id):
            # Where nobody said that the provider files copies, this one may be an earlier run's.
            self.rule = "by-server" if self.rule == "wait" else self.rule
            return "by-server"
        self.rule = "look"
        self.account.put(self._folder, content, message_id, _FLAGS, date)
        return "saved"

    def _lies_there(self, folder: Folder, message_id: str) -> bool:
        for wait in (True, False) if self.rule == "wait" else (False,):
            if self.account.session.find(folder, message_id):
                return True
            if wait:
                self.sleep(_WAIT_SECONDS)
        return False


def found_sent(session: ImapSession, setting: str, message_id: str, *, everywhere: bool) -> Folder | None:
    """The folder in which a sent message with this Message-ID lies: Sent, or, with ``everywhere``, that of all mail.

    Raises BadSettings (78) if there is neither.
    """
    folders = []
    try:
        folders.append(session.folder("sent", setting))
    except BadSettings:
        if not everywhere or session.everything() is None:
            raise
    if everywhere and (whole := session.everything()):
        folders.append(whole)
    return next((folder for folder in folders if session.find(folder, message_id)), None)
