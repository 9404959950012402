"""Find the messages in files and folders: .eml, mbox, Maildir, a folder of them; only read, never written or moved.

A Maildir's folders are named ``.Sent`` (Maildir++) or lie below it; a flag ``D`` in a file's name is a draft.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mailer.answers.values import Origin, Use
from mailer.errors import BadData, MailerError, Unreadable
from mailer.files import open_regular
from mailer.imap.folders import use_of
from mailer.letters.foreign.headers import Fields
from mailer.syncing import mbox
from mailer.tuples import NamedTuple

_LARGEST = 50_000_000
_HEADER = 256 * 1024
_FIRST = 16 * 1024
_BLANK = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")
_OUTLOOK = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Outlook message (.msg)"),
    (b"!BDN", "an Outlook data file (.pst)"),
)
_PACKED = ((b"\x1f\x8b", "gzip"), (b"PK\x03\x04", "zip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)\Z")
_SPREAD = ("cur", "new")


class Found(NamedTuple):
    """A message in a file: its header, and what gives all of it."""

    head: bytes
    origin: Origin
    load: Callable[[], bytes]


def messages(path: Path, *, junk: bool, fault: Callable[[MailerError], object]) -> Iterator[Found]:
    """Each message that a path leads to; ``junk``: those in folders for that too.

    A file in a folder that is no mail is told to ``fault``.  Raises Unreadable (66) where the path cannot be read,
    BadData (65) where it leads to no mail.
    """
    if path.is_dir():
        yield from _in_folder(path, junk, fault)
    else:
        yield from _in_file(path)


# Folders


def _in_folder(path: Path, junk: bool, fault: Callable[[MailerError], object]) -> Iterator[Found]:
    there = False
    for folder, is_maildir, names in _walk(path, fault):
        use, files = _use(path, folder), [folder / name for name in sorted(names) if _is_mail(folder, name)]
        there = there or is_maildir or bool(files)
        # What is named itself is wanted, whatever it is for.
        if folder != path and (use in ("drafts", "trash") or (use == "junk" and not junk)):
            continue
        if is_maildir:
            yield from _in_maildir(folder, use, fault)
        for file in files:
            yield from _guarded(file, fault)
    if not there:
        text = f"{path} holds no mail: no Maildir, .eml or .mbox"
        raise BadData(text, hint="Name a Maildir or a folder of .eml files.", file=str(path))


def _walk(path: Path, fault: Callable[[MailerError], object]) -> Iterator[tuple[Path, bool, list[str]]]:
    """Each folder, whether it is a Maildir, and the names of its files; what lies in a Maildir's own is not walked."""

    def tell(error: OSError) -> None:
        fault(Unreadable(f"{error.filename} cannot be read: {error.strerror}", file=str(path)))

    for folder, names, files in os.walk(path, onerror=tell):
        is_maildir = any(name in _SPREAD for name in names)
        names[:] = sorted(name for name in names if not is_maildir or name not in (*_SPREAD, "tmp"))
        yield Path(folder), is_maildir, files


def _use(root: Path, folder: Path) -> str:
    """What a folder is for, by the names of it and of those it lies in: "sent", "drafts", "junk", "trash", or ""."""
    names = folder.relative_to(root).parts or (root.name,)
    parts = [part for name in names for part in name.removesuffix(".mbox").split(".")]
    uses = [use for part in parts if (use := use_of(_decoded(part)))]
    return uses[-1] if uses else ""


def _decoded(name: str) -> str:
    from mailer.imap.folders import Folder

    return Folder(name, name).at(name).name


def _is_mail(folder: Path, name: str) -> bool:
    """Whether a file in a folder is one of mail by its name; Apple Mail keeps an mbox in a folder ``NAME.mbox``."""
    return name.lower().endswith((".eml", ".emlx", ".mbox")) or (name == "mbox" and folder.suffix == ".mbox")


def _guarded(path: Path, fault: Callable[[MailerError], object]) -> Iterator[Found]:
    try:
        yield from _in_file(path)
    except MailerError as error:
        fault(error)


def _in_maildir(folder: Path, use: str, fault: Callable[[MailerError], object]) -> Iterator[Found]:
    paths = [Path(entry.path) for sub in _SPREAD if (folder / sub).is_dir() for entry in os.scandir(folder / sub)]
    for path in sorted(paths, key=lambda path: path.name):
        if path.name.startswith("."):
            continue
        try:
            flags = _FLAGS.search(path.name)
            yield _whole(path, _origin("drafts" if flags and "D" in flags[1] else use))
        except MailerError as error:
            # Another program may have moved it from new to cur meanwhile: the next run finds it.
            if path.exists():
                fault(error)


def _origin(use: str) -> Origin:
    known: dict[str, Use] = {"sent": "sent", "drafts": "drafts", "junk": "junk"}
    return Origin(known.get(use, "file"))


# Files


def _in_file(path: Path) -> Iterator[Found]:
    with _opened(path) as file:
        begin = file.read(_FIRST)
    _refuse_others(path, begin)
    if begin.startswith(b"From "):
        yield from _in_mbox(path)
    elif re.match(rb"\d{1,10}[ ]*\r?\n", begin) and path.suffix.lower() == ".emlx":
        yield _of_apple(path, begin)
    elif begin or path.suffix.lower() == ".eml":
        if not _FIELD.match(begin.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t")):
            raise _no_mail(path)
        yield _whole(path, _origin(_use_of_file(path)))


def _use_of_file(path: Path) -> str:
    return use_of(path.stem if path.suffix.lower() in (".mbox", ".mbx") else path.name)


def _no_mail(path: Path) -> BadData:
    return BadData(f"{path} is not a mail", hint="A mail is saved as .eml, or in an mbox or a Maildir.", file=str(path))


def _cut_error(path: Path) -> BadData:
    return BadData(f"{path} is cut off: it ends too early", hint="Save the mail once more.", file=str(path))


def _refuse_others(path: Path, begin: bytes) -> None:
    for magic, what in _OUTLOOK:
        if begin.startswith(magic):
            raise BadData(f"{path} is {what}", hint="Save the mail as .eml and name that.", file=str(path))
    for magic, what in _PACKED:
        if begin.startswith(magic):
            raise BadData(f"{path} is packed ({what})", hint="Unpack it first.", file=str(path))


def _in_mbox(path: Path) -> Iterator[Found]:
    origin = _origin(_use_of_file(path) or use_of(path.parent.name.removesuffix(".mbox")))
    with _opened(path) as scanned, _opened(path) as looked_at:
        try:
            for found in mbox.messages(scanned, looked_at):
                yield Found(found.head, _by_labels(found.head) or origin, partial(_of_mbox, path, found))
        except OSError as error:
            raise _unreadable(path, error) from error


def _by_labels(head: bytes) -> Origin | None:
    """What the labels say that Gmail's export gives to each message of the one mbox that it makes."""
    if not re.search(rb"^X-Gmail-Labels:", head, re.MULTILINE | re.IGNORECASE):
        return None
    uses = {use_of(label.strip()) for label in Fields(head).text("X-Gmail-Labels").split(",")}
    return next((_origin(use) for use in ("drafts", "sent", "junk") if use in uses), None)


def _of_mbox(path: Path, found: mbox.Found) -> bytes:
    with _opened(path) as file:
        try:
            return mbox.read(file, found)
        except OSError as error:
            raise _unreadable(path, error) from error


def _whole(path: Path, origin: Origin) -> Found:
    return Found(_head(path), origin, partial(_read, path, 0, _LARGEST))


def _of_apple(path: Path, begin: bytes) -> Found:
    """Apple Mail's .emlx: the number of octets on a line, the message, and a property list."""
    line = begin.index(b"\n") + 1
    if path.stat().st_size < line + int(begin[:line]):
        raise _cut_error(path)
    return Found(_head(path, line), Origin(), partial(_read, path, line, min(int(begin[:line]), _LARGEST)))


def _head(path: Path, start: int = 0) -> bytes:
    octets = b""
    for most in (_FIRST, _HEADER):
        octets = _read(path, start, most)
        if blank := _BLANK.search(octets):
            return octets[: blank.end()]
    # Taken in, it would stand in the way of the whole mail, which has the same Message-ID.
    if len(octets) < _HEADER:
        raise _cut_error(path)
    return octets


def _read(path: Path, start: int, most: int) -> bytes:
    with _opened(path) as file:
        try:
            file.seek(start)
            return file.read(most)
        except OSError as error:
            raise _unreadable(path, error) from error


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(open_regular(path, "the mail"), "rb")


def _unreadable(path: Path, error: OSError) -> Unreadable:
    return Unreadable(f"{path} cannot be read: {error.strerror or error}", file=str(path))
