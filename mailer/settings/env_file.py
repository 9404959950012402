"""One `.env` file: read whole with the line of each value, written whole or not at all.

The dialect is python-dotenv's, without interpolation.  Only names that begin with ``MAILER_`` are looked at.
"""

from __future__ import annotations

import os
import re
from io import StringIO
from typing import TYPE_CHECKING

from mailer import files
from mailer.errors import BadSettings, MailerError
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST = 1 << 20
_PLAIN = r"[^\s'\"#\\$`]+\Z"
_OURS = "(?i)mailer[-_]"
_OUR_LINE = rb"(?i)(?:\A|[\r\n])\s*(?:export\s+)?'?mailer[-_]"
_LINE_END = r"\r\n|\n|\r"


class FileValue(NamedTuple):
    """One value of a file and the line (1-based) that holds it."""

    text: str
    line: int


def read(path: Path) -> dict[str, FileValue]:
    """The ``MAILER_`` values of a file that are not empty; none if there is no such file, or it is another program's.

    That is a folder called ``.env`` (a virtual environment), and one without a line about us, whatever its encoding.
    Raises BadSettings for a FIFO, a device, an unreadable or too large file, one that is not UTF-8, and a line about
    us that cannot be read.  No error shows what the file holds, but for the form that MAILER_FROM needs.
    """
    shared = path.name == ".env"
    if not os.path.lexists(path) or (shared and path.is_dir()):
        return {}
    try:
        data = files.read_bytes(path, "the settings file", LARGEST)
        if shared and not _is_about_us(data):
            return {}
        text = files.decode(data, str(path))
    except MailerError as error:
        raise BadSettings(f"{path}: {error.text}", hint=error.hint, file=str(path), line=error.line) from None
    return _values_of(text, path)


def _is_about_us(data: bytes) -> bool:
    """Tell whether a line sets something of ours, in an encoding that is none of ours too (UTF-16)."""
    data = data.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")
    return bool(re.search(_OUR_LINE, data.replace(b"\0", b"")))


def quoted(text: str) -> str:
    """Return a value in the form that reads back as it was."""
    if re.match(_PLAIN, text):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def write(path: Path, values: Mapping[str, str], heading: str) -> None:
    """Write a file (0600) in a folder that is made (0700); what stood there stays until the new one is on disk.

    Raises BadSettings for a value that no quoting keeps, CannotWrite if the disk will not have it.
    """
    filled = {name: text for name, text in values.items() if text}
    content = f"# {heading}\n" + "".join(f"{name}={quoted(text)}\n" for name, text in filled.items())
    kept = _values_of(content, path)
    for name, text in filled.items():
        if name not in kept or kept[name].text != text:
            raise BadSettings(
                f"the value of {name} cannot be kept in a settings file",
                hint="leave out control characters, and a backslash at its end",
                file=str(path),
                field=name,
            )
    write_whole(path, content.encode())


def write_whole(path: Path, content: bytes) -> None:
    """Over what stood there, with its folder made (0700).  Raises CannotWrite."""
    try:
        files.make_private_folder(path.parent)
    except OSError as error:
        raise files.cannot_write(path.parent, error) from error
    files.write_whole(path, content, force=True)


def _values_of(text: str, path: Path) -> dict[str, FileValue]:
    if not re.search(_OURS, text):
        return {}
    from dotenv.parser import parse_stream

    entries: dict[str, FileValue] = {}
    for binding in parse_stream(StringIO(text, newline="")):
        source = binding.original.string
        line = binding.original.line + _blank_lines(source)
        if binding.error and "MAILER_" in source:
            hint = _how_to_write(source)
            raise BadSettings(f"line {line} of {path} cannot be read", hint=hint, file=str(path), line=line)
        if binding.key is not None and re.match(_OURS, binding.key):
            _check_spelling(binding.key, path, line)
            entries.pop(binding.key, None)
            if binding.value:
                entries[binding.key] = FileValue(binding.value, line)
    return entries


def _how_to_write(source: str) -> str:
    """Return the form that a line needs; of a mailbox, which is no secret, with its own words."""
    match = re.match(r"\s*(?:export\s+)?(MAILER_[A-Z_]+)\s*=\s*(.+)", source)
    if match and match[1] == "MAILER_FROM":
        mailbox = re.sub(r"\A'(.*)'(\s*<)", r'"\1"\2', match[2].strip())
        return f"write it as MAILER_FROM={quoted(mailbox)}"
    if match:
        return f"put quotes round the whole value: {match[1]}='…'"
    return "the form is NAME=value, with quotes round a value that needs them"


def _check_spelling(key: str, path: Path, line: int) -> None:
    if not key.startswith("MAILER_"):
        raise BadSettings(
            f"line {line} of {path}: {key[:60]!a} is no setting",
            hint="names of settings are in capitals with _ between the words, such as MAILER_FROM",
            file=str(path),
            line=line,
        )


def _blank_lines(source: str) -> int:
    """Return how many lines the parser took along before the one that it read."""
    return len(re.findall(_LINE_END, source[: len(source) - len(source.lstrip())]))
