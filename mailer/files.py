"""Reading what the user names and writing what another program reads, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from mailer.characters import bad_in_header
from mailer.errors import BadData, CannotWrite, Unreadable

LETTER_LIMIT = 8 * 1024 * 1024
_FORCE = "Name another file, or write over it with --force."

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def open_regular(path: Path, what: str) -> int:
    """Return a file descriptor of a regular file, opened without ever waiting; ``what`` is its name in errors.

    Raises Unreadable for anything that is missing, no regular file, or not permitted.
    """
    if not str(path).isprintable() and (bad := bad_in_header(str(path))):
        raise BadData(f"the path of {what} holds {bad}", hint="Rename the file.")
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise _unreadable_error(path, what, error) from error
    kind = _kind_of(os.fstat(handle).st_mode)
    if kind:
        os.close(handle)
        raise Unreadable(f"{what} {path} is {kind}, not a file", file=str(path))
    return handle


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path leads to a place in the folder and nowhere else, links resolved, and no part of it is hidden."""
    # Not Path.resolve(): before 3.13 it raises for a link that leads to itself.
    found, root = Path(os.path.realpath(path)), Path(os.path.realpath(folder))
    if not found.is_relative_to(root) or has_other_names(found):
        return False
    return not any(part.startswith(".") for part in found.relative_to(root).parts)


def has_other_names(path: Path | str) -> bool:
    """Whether a file has hard links: it may lie elsewhere as well, and nobody can say where."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a text too, without pathlib
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink > 1


def stamp(file: Path | int) -> tuple[int, ...]:
    """Return what changes when a file, by its path or descriptor, does; empty where there is none."""
    try:
        status = os.stat(file)  # noqa: PTH116 - a descriptor too
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def read_bytes(path: Path, what: str, limit: int = LETTER_LIMIT) -> bytes:
    """Return all of a regular file of at most ``limit`` octets."""
    with os.fdopen(open_regular(path, what), "rb") as file:
        try:
            size = os.fstat(file.fileno()).st_size
            data = file.read(limit + 1)
        except OSError as error:
            raise _unreadable_error(path, what, error) from error
    if not size and data:
        text = f"{what} {path} has no size that is known beforehand"
        raise Unreadable(text, hint="Copy it to a file first.", file=str(path))
    if len(data) > limit:
        raise BadData(f"{what} {path} is larger than {limit // 1024 // 1024} MB", file=str(path))
    return data


def decode(data: bytes, file: str) -> str:
    """UTF-8 with or without a BOM; BadData names the line of the first octet that is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        octet = data[error.start]
        raise BadData(
            f"not UTF-8: octet 0x{octet:02X} in line {line}",
            hint="Save the file as UTF-8 in your editor.",
            file=file,
            line=line,
        ) from error


def write_whole(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write ``data`` to ``path`` with mode 0600: whole, on disk, or not at all.

    Raises CannotWrite if ``path`` exists (unless ``force`` and it is a regular file) or cannot be written.
    """
    _write_aside(path, lambda temporary: _write_synced(temporary, data), force)


def write_by(path: Path, write: Callable[[Path], None], *, force: bool = False) -> None:
    """``write_whole`` of what ``write`` puts into the empty private file that it is given."""

    def fill(temporary: Path) -> None:
        _write_synced(temporary, b"")
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())

    _write_aside(path, fill, force)


def _write_aside(path: Path, fill: Callable[[Path], None], force: bool) -> None:
    refuse_existing(path, force)
    temporary = path.with_name(f".mailer-{os.urandom(8).hex()}.tmp")
    try:
        fill(temporary)
        _put_in_place(temporary, path, force)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    sync_folder(path.parent)


def is_own_file(status: os.stat_result) -> bool:
    """Tell whether an ``lstat`` is that of a regular file of this user's that has no other name."""
    mine = sys.platform == "win32" or status.st_uid == os.geteuid()
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and mine


def make_private_folder(folder: Path, *, parents: bool = True) -> None:
    """Make a folder, with those above it unless told not to, each 0700 whatever the umask says.  Raises OSError."""
    for each in (*(reversed(folder.parents) if parents else ()), folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)
            # A umask may have taken from it what its owner needs.
            each.chmod(0o700)


def refuse_existing(path: Path, force: bool = False, hint: str = _FORCE) -> None:
    """Raise CannotWrite, with ``hint`` where it merely exists, if ``path`` must not be written over."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not force:
        raise CannotWrite(f"{path} exists", hint=hint, file=str(path))
    kind = _kind_of(path.stat().st_mode if path.exists() else mode)
    if kind:
        raise CannotWrite(f"{path} is {kind}, not a file", file=str(path))


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """Return the error for an OSError of writing, in words."""
    reasons = {
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EACCES: "no permission",
        errno.EPERM: "no permission",
        errno.EROFS: "the disk is read-only",
        errno.ENOENT: "its folder does not exist",
        errno.ENOTDIR: "its folder is not a folder",
        errno.EFBIG: "it is too large",
        errno.EEXIST: "it exists",
        errno.ENAMETOOLONG: "its name is too long",
    }
    reason = reasons.get(error.errno or 0, error.strerror or str(error))
    return CannotWrite(f"{path} cannot be written: {reason}", file=str(path))


def sync_folder(folder: Path) -> None:
    """Put a rename in ``folder`` on disk, where the system can."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write_synced(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(temporary: Path, path: Path, force: bool) -> None:
    if force:
        temporary.replace(path)
        return
    try:
        os.link(temporary, path)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:
        refuse_existing(path)
        temporary.rename(path)


def _kind_of(mode: int) -> str:
    return next((words for test, words in _KINDS if test(mode)), "")


def _unreadable_error(path: Path, what: str, error: OSError) -> Unreadable:
    reasons = {
        errno.ENOENT: "does not exist",
        errno.EACCES: "cannot be read: no permission",
        errno.EPERM: "cannot be read: no permission",
        errno.ELOOP: "is a link that leads to itself",
        errno.ENXIO: "is a socket or a device, not a file",
        errno.ENOTDIR: "does not exist: a part of its path is not a folder",
        errno.EISDIR: "is a folder, not a file",
        errno.ENAMETOOLONG: "cannot be read: its name is too long",
    }
    reason = reasons.get(error.errno or 0, f"cannot be read: {error.strerror or error}")
    if error.errno == errno.ENOENT and path.is_symlink():
        reason = "is a link to a file that does not exist"
    return Unreadable(f"{what} {path} {reason}", file=str(path), hint="Check the path." if "exist" in reason else "")
