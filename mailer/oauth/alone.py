"""One process at a time: a lock of the operating system's, which ends with the process that holds it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mailer import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60.0

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(folder: Path | None, seconds: float = SECONDS) -> Iterator[None]:
    """Hold ``oauth.lock`` in ``folder``.  Without it where the folder cannot be written, or after ``seconds``."""
    descriptor = _open(folder) if folder else None
    try:
        end = time.monotonic() + seconds
        while descriptor is not None and not _taken(descriptor) and time.monotonic() < end:
            time.sleep(0.05)
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open(folder: Path) -> int | None:
    with suppress(OSError):
        files.make_private_folder(folder)
        return os.open(folder / "oauth.lock", os.O_RDWR | os.O_CREAT, 0o600)
    return None


def _taken(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except OSError:
        return False
    return True
