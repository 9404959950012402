"""Locks that the operating system frees when their process ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path

from mailer.ledger import file

_NAME = r"[0-9a-f]{16}"

if sys.platform == "win32":
    import msvcrt

    _TO_LOOK = os.O_RDWR

    def _lock(descriptor: int, *, shared: bool) -> None:  # noqa: ARG001  (Windows has no shared byte locks)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    # Without waiting for a pipe, nor following a link, that somebody put there.
    _TO_LOOK = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW

    def _lock(descriptor: int, *, shared: bool) -> None:
        # flock belongs to the open file, not to the process: two ledgers in one process see each other's runs.
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def token() -> str:
    """The name of a new lock file."""
    return os.urandom(8).hex()


def is_ours(path: Path) -> bool:
    """Whether ``path`` can be a lock file of ours, by name and kind."""
    if not re.fullmatch(_NAME, path.name):
        return False
    try:
        return file.is_ours(path.lstat())
    except OSError:
        return False


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
        descriptor = os.open(path, _TO_LOOK)
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
