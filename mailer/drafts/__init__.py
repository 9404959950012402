"""Where a message is put unsent: ``.eml`` files and Maildirs.

A store has one method, ``save(message, name) -> where``: whole or not at all, never over what is there.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Protocol

_UNSAFE = re.compile(r"[^\w.@+-]+")
_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class DraftStore(Protocol):
    """A place for unsent messages."""

    def save(self, message: bytes, name: str) -> str:
        """Keep ``message``; ``name`` is a file name without its ending; returns where it is.  Raises CannotWrite."""
        ...


def file_name(recipient: str, subject: str) -> str:
    """A file name for a draft, safe on every system: recipient and subject, at most 100 characters."""
    words = unicodedata.normalize("NFC", f"{recipient}-{subject}")
    name = _UNSAFE.sub("-", words).strip("-.")[:100].rstrip("-.")
    return f"draft-{name}" if not name or _WINDOWS.fullmatch(name) else name
