"""Drafts in a Maildir (cr.yp.to/proto/maildir.html): through ``tmp``, then ``cur`` with the flag D."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from mailer.drafts.store import is_folder, make_folder
from mailer.errors import CannotWrite
from mailer.files import cannot_write, sync_folder, write_whole

_NUMBER = count()
_INFO = "!2,D" if os.name == "nt" else ":2,D"


@dataclass(frozen=True, slots=True)
class Maildir:
    """A Maildir; its three folders are made where the named folder is missing or empty."""

    folder: Path

    def save(self, message: bytes, name: str) -> str:  # noqa: ARG002 - a Maildir names its own files
        """Put ``message`` into ``cur`` as a draft.  Raises CannotWrite."""
        self._prepare()
        unique = _unique()
        temporary = self.folder / "tmp" / unique
        target = self.folder / "cur" / (unique + _INFO)
        write_whole(temporary, message.replace(b"\r\n", b"\n") if os.name != "nt" else message)
        try:
            temporary.rename(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise cannot_write(target, error) from error
        sync_folder(target.parent)
        return str(target)

    def _prepare(self) -> None:
        if is_folder(self.folder) and not is_folder(self.folder / "cur") and _any_in(self.folder):
            hint = "Name a Maildir, or a new folder."
            raise CannotWrite(f"{self.folder} is a folder, but not a Maildir", hint=hint, file=str(self.folder))
        for part in ("", "tmp", "new", "cur"):
            make_folder(self.folder / part)


def _any_in(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError as error:
        raise cannot_write(folder, error) from error


def _unique() -> str:
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
    now = time.time_ns()
    return f"{now // 10**9}.M{now // 1000 % 10**6}P{os.getpid()}Q{next(_NUMBER)}.{host}"
