"""Where a message is put unsent: ``.eml`` files and Maildirs.

A store has one method, ``save(message, name) -> where``: whole or not at all, never over what is there.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Protocol

from mailer.errors import CannotWrite
from mailer.files import cannot_write, make_private_folder

_UNSAFE = re.compile(r"[^\w.@+-]+")
_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class DraftStore(Protocol):
    """A place for unsent messages."""

    def save(self, message: bytes, name: str) -> str:
        """Keep ``message``; ``name`` is a file name without its ending; returns where it is.  Raises CannotWrite."""
        ...


def file_name(recipient: str, subject: str) -> str:
    """A file name for a draft, safe on every system: recipient and subject, at most 100 characters and 200 octets."""
    words = unicodedata.normalize("NFC", f"{recipient}-{subject}")
    name = _UNSAFE.sub("-", words).strip("-.")[:100]
    name = name.encode()[:200].decode("utf-8", "ignore").rstrip("-.")
    return f"draft-{name}" if not name or _WINDOWS.fullmatch(name) else name


def is_folder(path: Path) -> bool:
    """Tell whether ``path`` is a folder; a name that the system does not take is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def make_folder(folder: Path) -> None:
    """Make ``folder``, for this user only, unless it is there.  Raises CannotWrite."""
    try:
        make_private_folder(folder, parents=False)
    except FileExistsError as error:
        raise CannotWrite(f"{folder} is not a folder", hint="Name a folder.", file=str(folder)) from error
    except OSError as error:
        raise cannot_write(folder, error) from error
