"""The folder, the settings and the people that an assistant works with, one request at a time."""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING

from mailer.sending.api_values import Letter, Settings
from mailer.sending.caller import CallersWorld

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mailer.assistants.folder import Folder
    from mailer.people.book import Book


class Desk:
    """What an assistant works with.  Nobody is asked anything here: a server has no terminal."""

    def __init__(self, folder: Folder, account: str | None = None, environ: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.settings = Settings(account, folder=folder.path, environ=environ, confined=True)
        self.world = CallersWorld(self.settings)
        # Requests come at any time, each in a thread.
        self.lock = RLock()

    def letter(self, name: str) -> Letter:
        """Read a letter of the folder.  Raises BadData, Unreadable."""
        return Letter.read(self.folder.letter(name))

    @contextmanager
    def book(self, *, write: bool) -> Iterator[Book]:
        """The user's people.  Raises CannotWrite, Later."""
        from mailer.sending.book import opened

        with opened(self.world, self.world.settings(self.settings.account), write=write) as book:
            yield book
