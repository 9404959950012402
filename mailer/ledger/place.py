"""The ledger's file and folder: made private, and looked at before SQLite opens them."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

from mailer.errors import CannotWrite

_ELSEWHERE = "Set MAILER_DATA_DIR to a folder on a local disk that you can write to."
DAMAGED = "Move it away together with its -wal and -shm files and restore a copy; without it letters may go twice."
_SHARES = frozenset({"9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "lustre", "ncpfs"})
_SHARES |= {"nfs", "nfs4", "smb3", "smbfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}
_OCTAL = r"\\([0-7]{3})"


def refuse(path: Path, what: str, hint: str = _ELSEWHERE) -> CannotWrite:
    """The error for a ledger that cannot be used; nothing is sent without one."""
    return CannotWrite(f"the ledger {path} {what}", hint=hint, file=str(path))


def present(path: Path) -> bool:
    """True for a ledger with something in it, False for one that is missing or empty; CannotWrite for all else."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise refuse(path, f"cannot be reached: {error.strerror}") from error
    if stat.S_ISDIR(found.st_mode):
        raise refuse(path, "is a folder", "Move it away, or set MAILER_DATA_DIR to another folder.")
    if not stat.S_ISREG(found.st_mode):
        raise refuse(path, "is not a regular file", "Move it away, or set MAILER_DATA_DIR to another folder.")
    return found.st_size > 0


def read_only(path: Path) -> bool:
    """True if the file or its folder is write-protected; root is held to the mode bits too, for they are a wish."""
    return any(not os.access(place, os.W_OK) or not place.stat().st_mode & 0o222 for place in (path, path.parent))


def make_ready(path: Path) -> None:
    """See to it that ``path`` is a private file in a writable folder on a local disk; CannotWrite if it cannot be."""
    try:
        _make_folder(path.parent)
        if share := share_of(path):
            raise refuse(path, f"lies on a network share ({share}), where SQLite cannot keep it whole")
        if path.parent.stat().st_mode & 0o222:
            _make_file(path)
        if read_only(path):
            raise refuse(path, "is read-only, or its folder is", "Make both writable (chmod u+w). " + _ELSEWHERE)
    except OSError as error:
        raise refuse(path, f"cannot be made: {error.strerror or error}") from error


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)


def _make_file(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # Opening and closing it again would free the locks that SQLite holds on it in this process.
        if path.stat().st_mode & 0o222 and path.stat().st_mode & 0o077:
            path.chmod(0o600)
        return
    try:
        if os.name != "nt":
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def share_of(path: Path) -> str:
    """The kind of network share that ``path`` lies on, as Linux names it, or ``""`` (also where nobody can say)."""
    if sys.platform != "linux":
        return ""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    kind = file_system(mounts, path.resolve())
    return kind if kind in _SHARES else ""


def file_system(mounts: str, path: Path) -> str:
    """The file system type of ``path`` in the text of ``/proc/self/mountinfo`` (proc(5)); of the root, ``""``.

    A machine's own root is no share, though some virtual machines are given theirs over 9p.
    """
    best, kind, inside = "/", "", f"{path}/"
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = before.split()[4]
        if "\\" in point:
            point = re.sub(_OCTAL, lambda code: chr(int(code[1], 8)), point)
        if point != "/" and len(point) >= len(best) and inside.startswith(f"{point}/"):
            best, kind = point, after.split()[0]
    return kind
