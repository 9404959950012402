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
def held(folder: Path | None, seconds: float = SECONDS, name: str = "oauth.lock") -> Iterator[None]:
    """Hold the lock ``name`` in ``folder``.  Without it where the folder cannot be written, or after ``seconds``.

    A folder in which nothing else came to be is taken away again.
    """
    end = time.monotonic() + seconds
    descriptor = _open(folder, name) if folder else None
    is_held = False
    try:
        while folder and descriptor is not None and not is_held and time.monotonic() < end:
            if not _taken(descriptor):
                time.sleep(0.05)
            elif _is_there(descriptor, folder / name):
                is_held = True
            else:
                os.close(descriptor)
                descriptor = _open(folder, name)
        yield
    finally:
        if folder and is_held:
            _tidy(folder, name)
        if descriptor is not None:
            os.close(descriptor)


def _is_there(descriptor: int, path: Path) -> bool:
    """Whether that file is still the one that others find."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _tidy(folder: Path, name: str) -> None:
    with suppress(OSError):
        if os.listdir(folder) == [name]:  # noqa: PTH208
            (folder / name).unlink()
            folder.rmdir()


def _open(folder: Path, name: str) -> int | None:
    with suppress(OSError):
        files.make_private_folder(folder)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    return None


def _taken(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except OSError:
        return False
    return True
