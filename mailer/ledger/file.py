"""The ledger's file and folder: made private, and looked at before SQLite opens them.

Anyone who can put files or links into the folder could have ours overwritten, deleted or read: it must be a folder
itself, this user's, and writable by nobody else.  What lies above it may be linked (a home on another disk).
"""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

from mailer.errors import CannotWrite
from mailer.files import is_own_file, make_private_folder

# Of a data folder: which databases are ledgers of this machine.
SERVERS = "servers.json"
ELSEWHERE = "Set MAILER_DATA_DIR to a folder on a local disk that you can write to."
DAMAGED = "Move it away together with its -wal and -shm files and restore a copy; without it letters may go twice."
_SHARES = frozenset({"9p", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "lustre", "ncpfs"})
_SHARES |= {"nfs", "nfs4", "smb3", "smbfs", "fuse.davfs2", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"}
_OCTAL = r"\\([0-7]{3})"


def unusable_error(path: Path, what: str, hint: str = ELSEWHERE) -> CannotWrite:
    """Return the error for a ledger that cannot be used; nothing is sent without one."""
    return CannotWrite(f"the ledger {path} {what}", hint=hint, file=str(path))


def present(path: Path) -> bool:
    """True for a ledger with something in it, False for one that is missing or empty; CannotWrite for all else."""
    must_be_ours(path, path.parent)
    for beside in ("-wal", "-shm", "-journal"):
        _found(path, path.with_name(path.name + beside))
    found = _found(path, path)
    if found is None:
        return False
    if stat.S_ISDIR(found.st_mode):
        raise unusable_error(path, "is a folder", "Move it away, or set MAILER_DATA_DIR to another folder.")
    if not stat.S_ISREG(found.st_mode):
        raise unusable_error(path, "is not a regular file", "Move it away, or set MAILER_DATA_DIR to another folder.")
    return found.st_size > 0


def _found(path: Path, file: Path) -> os.stat_result | None:
    """Return what there is of a ``file`` that SQLite would open; CannotWrite where it is a link or another user's."""
    try:
        found = file.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable_error(path, f"cannot be reached: {error.strerror}") from error
    if stat.S_ISLNK(found.st_mode):
        hint = f"Set MAILER_DATA_DIR to the folder in which the file itself lies ({file.resolve().parent})."
        raise unusable_error(path, f"is not used: {file.name} is a link", hint)
    if stat.S_ISREG(found.st_mode) and _is_foreign(found):
        raise unusable_error(path, f"is not used: {file.name} belongs to another user")
    return found


def must_be_ours(path: Path, folder: Path) -> None:
    """Raise CannotWrite for a ``folder`` of the ledger ``path`` that somebody else decides about, if it is there."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise unusable_error(path, f"cannot be reached: {error.strerror}") from error
    if stat.S_ISLNK(found.st_mode):
        hint = f"Set MAILER_DATA_DIR to the folder itself ({folder.resolve()})."
        if folder != path.parent:
            hint = f"Delete the link {folder}; a folder is made in its place."
        raise unusable_error(path, f"is not used: {folder} is a link", hint)
    if stat.S_ISDIR(found.st_mode) and (who := _others(found)):
        hint = f"Take their right away (chmod go-w '{folder}'), or set MAILER_DATA_DIR to a folder of your own."
        raise unusable_error(path, f"is not used: {folder} {who}", hint)


def _others(found: os.stat_result) -> str:
    """Who else than this user decides about a folder, or ``""``; root may use anybody's."""
    if sys.platform == "win32":
        return ""
    if _is_foreign(found):
        return "belongs to another user"
    # In one like /tmp nobody can take the place of what is there, which is looked at by itself.
    if found.st_mode & stat.S_ISVTX:
        return ""
    group = found.st_mode & stat.S_IWGRP and not _is_own_group(found.st_gid)
    return "is writable by others" if group or found.st_mode & stat.S_IWOTH else ""


def _is_foreign(found: os.stat_result) -> bool:
    return sys.platform != "win32" and bool(os.geteuid()) and found.st_uid not in (os.geteuid(), 0)


def _is_own_group(number: int) -> bool:
    """Tell whether a group has this user alone: many systems give everybody one, and let it write by default."""
    if sys.platform == "win32":
        return False
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(number), pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return number == user.pw_gid and group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}


def read_only(path: Path) -> bool:
    """True if the file or its folder is write-protected; root is held to the mode bits too, for they are a wish."""
    return _is_protected(path) or _is_protected(path.parent)


def _is_protected(place: Path) -> bool:
    return not os.access(place, os.W_OK) or not place.stat().st_mode & 0o222


def make_ready(path: Path) -> None:
    """See to it that ``path`` is a private file in a writable folder on a local disk; CannotWrite if it cannot be."""
    try:
        make_private_folder(path.parent)
        _must_be_local(path)
        if path.parent.stat().st_mode & 0o222:
            _make_file(path)
        if read_only(path):
            raise unusable_error(path, "is read-only, or its folder is", "Make both writable (chmod u+w). " + ELSEWHERE)
    except OSError as error:
        raise unusable_error(path, f"cannot be made: {error.strerror or error}") from error


def must_be_makeable(path: Path) -> None:
    """Raise CannotWrite where `make_ready` could not make a ledger that is missing; nothing is made."""
    places = [path, path.parent] if os.path.lexists(path) else []
    folder = next(above for above in path.parents if os.path.lexists(above))
    try:
        if protected := next(filter(_is_protected, places or [folder]), None):
            hint = f"Make it writable (chmod u+w). {ELSEWHERE}"
            raise unusable_error(path, f"cannot be made: {protected} is read-only", hint)
        _must_be_local(folder)
    except OSError as error:
        raise unusable_error(path, f"cannot be made: {error.strerror or error}") from error


def _must_be_local(path: Path) -> None:
    if share := share_of(path):
        raise unusable_error(path, f"lies on a network share ({share}), where SQLite cannot keep it whole")


def _make_file(path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        # Opening and closing it again would free the locks that SQLite holds on it in this process.
        found = path.lstat()
        if is_own_file(found) and found.st_mode & 0o222 and found.st_mode & 0o077:
            path.chmod(0o600)
        return
    try:
        if sys.platform != "win32":
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
    """Return the file system type of ``path`` in the text of ``/proc/self/mountinfo`` (proc(5)); of the root, ``""``.

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
