"""Locks that the operating system frees when their process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, *, shared: bool) -> None:  # noqa: ARG001  (Windows has no shared byte locks)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int, *, shared: bool) -> None:
        # flock belongs to the open file, not to the process: two ledgers in one process see each other's runs.
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def take(path: Path) -> int:
    """Make the file ``path`` and lock it; the descriptor holds the lock.  OSError if that cannot be done."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _lock(descriptor, shared=False)
    except OSError:
        drop(descriptor, path)
        raise
    return descriptor


def drop(descriptor: int, path: Path) -> None:
    """Give the lock up and remove its file; a file that stays behind says nothing and is swept up later."""
    if os.name == "nt":
        os.close(descriptor)
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
    if os.name != "nt":
        os.close(descriptor)


def held(path: Path) -> bool:
    """True if a live process holds the lock; a file that cannot be looked at counts as held."""
    try:
        descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        # Shared, so that two processes that look at once do not take each other for the holder.
        _lock(descriptor, shared=True)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
