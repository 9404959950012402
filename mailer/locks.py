"""Locks that the operating system frees when their process ends, however it ends."""

from __future__ import annotations

import os
import re
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from mailer import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60.0
_NAME = r"[0-9a-f]{16}(-[0-9a-f]{16})?"

if sys.platform == "win32":
    import msvcrt

    _TO_LOOK = os.O_RDWR

    def _lock(descriptor: int, *, shared: bool = False) -> None:  # noqa: ARG001  (Windows has no shared byte locks)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    # Without waiting for a pipe, nor following a link, that somebody put there.
    _TO_LOOK = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW

    def _lock(descriptor: int, *, shared: bool = False) -> None:
        # flock belongs to the open file, not to the process: two ledgers in one process see each other's runs.
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def token() -> str:
    """Return a random name for a new lock file."""
    return os.urandom(8).hex()


def is_ours(path: Path) -> bool:
    """Tell whether ``path`` can be a lock file of ours, by name and kind."""
    if not re.fullmatch(_NAME, path.name):
        return False
    try:
        return files.is_own_file(path.lstat())
    except OSError:
        return False


def take(path: Path) -> int:
    """Make the file ``path`` and lock it; the descriptor holds the lock.  OSError if that cannot be done."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _lock(descriptor)
    except OSError:
        drop(descriptor, path)
        raise
    return descriptor


def drop(descriptor: int, path: Path) -> None:
    """Give the lock up and remove its file; a file that stays behind says nothing and is swept up later."""
    if os.name == "nt":
        os.close(descriptor)
    with suppress(OSError):
        path.unlink(missing_ok=True)
    if os.name != "nt":
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Tell whether a live process holds the lock; a file that cannot be looked at counts as held."""
    try:
        descriptor = os.open(path, _TO_LOOK)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        # Shared, so that two processes that look at once do not take each other for the holder.
        return not _taken(descriptor, shared=True)
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(folder: Path | None, name: str, seconds: float = SECONDS) -> Iterator[None]:
    """Wait for the lock ``name`` in ``folder`` and hold it, so that one process at a time does what follows.

    Go on without it where the folder cannot be written, or after ``seconds``.  Nothing else in the folder: it goes too.
    """
    end = time.monotonic() + seconds
    descriptor = _open(folder, name) if folder else None
    has_it = False
    try:
        while folder and descriptor is not None and not has_it and time.monotonic() < end:
            if not _taken(descriptor):
                time.sleep(0.05)
            elif _is_there(descriptor, folder / name):
                has_it = True
            else:
                os.close(descriptor)
                descriptor = _open(folder, name)
        yield
    finally:
        if folder and has_it:
            _tidy(folder, name)
        if descriptor is not None:
            os.close(descriptor)


def _taken(descriptor: int, *, shared: bool = False) -> bool:
    try:
        _lock(descriptor, shared=shared)
    except OSError:
        return False
    return True


def _is_there(descriptor: int, path: Path) -> bool:
    """Tell whether the locked file is still the one that others find."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _open(folder: Path, name: str) -> int | None:
    with suppress(OSError):
        files.make_private_folder(folder)
        return os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    return None


def _tidy(folder: Path, name: str) -> None:
    with suppress(OSError):
        if os.listdir(folder) == [name]:  # noqa: PTH208
            (folder / name).unlink()
            folder.rmdir()
