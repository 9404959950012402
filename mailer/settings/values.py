"""One setting: its text, where it came from, and what it may be.

Each function takes the value and gives what it means, or raises BadSettings that names setting, file and line and says
what is allowed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mailer import files
from mailer.characters import bad_in_header
from mailer.errors import BadData, BadSettings, Unreadable
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import tzinfo

    from mailer.message.address import Mailbox

ENVIRONMENT, OPTION, DEFAULT = "environment", "option", "default"
LONGEST_TIME = 86_400
MOST_CONNECTIONS = 16

_IN_HOST = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LANGUAGE = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*\Z"
_HOST_HINT = "a host name without port or scheme, such as smtp.example.com"


class Value(NamedTuple):
    """One setting as it was found: its name, its text, and "option", "environment", "default" or a file's path."""

    name: str
    text: str
    origin: str
    line: int | None = None

    @property
    def file(self) -> str | None:
        """The file that it stands in."""
        return None if self.origin in (ENVIRONMENT, OPTION, DEFAULT) else self.origin

    def bad(self, text: str, hint: str = "") -> BadSettings:
        """Return an error about this setting, told where it stands."""
        where = "" if self.origin == DEFAULT else f" ({self.origin})"
        return BadSettings(f"{self.name}{where}: {text}", hint=hint, file=self.file, line=self.line, field=self.name)


def line(value: Value) -> str:
    """Return one line of text without control characters."""
    if not value.text.isprintable() and (bad := bad_in_header(value.text)):
        raise value.bad(f"it holds {bad}", "it must be one line of plain text")
    return value.text


def choice(value: Value, allowed: tuple[str, ...]) -> str:
    """Return one of a few words."""
    text = line(value).lower()
    if text not in allowed:
        raise value.bad(f"{shown(text)} is not allowed", f"one of {', '.join(allowed)}")
    return text


def names(value: Value) -> tuple[str, ...]:
    """Return names with commas between them, none where there is no text."""
    found = tuple(name.strip() for name in line(value).split(",")) if value.text.strip() else ()
    if not all(found):
        raise value.bad(f"{shown(value.text)} is not allowed", "names with commas between them, such as jo, ann")
    return found


def whole(value: Value, least: int, most: int) -> int:
    """Return a whole number between two others."""
    text = line(value)
    if not (_is_number(text) and least <= int(text) <= most):
        raise value.bad(f"{shown(text)} is not allowed", f"a whole number from {least} to {most}")
    return int(text)


def connections(value: Value) -> int:
    """Return how many connections at most, 0 for ``auto``."""
    text = line(value).lower()
    if text != "auto" and not (_is_number(text) and 1 <= int(text) <= MOST_CONNECTIONS):
        raise value.bad(f"{shown(text)} is not allowed", f"auto, or a whole number from 1 to {MOST_CONNECTIONS}")
    return 0 if text == "auto" else int(text)


def seconds(value: Value, *, zero: bool = False) -> float | None:
    """Return a time in seconds, at most a day; 0 only where that means something; None if not set."""
    text = line(value)
    if not text:
        return None
    before, point, after = text.partition(".")
    number = float(text) if _is_number(before) and _is_number(after if point else "0") else -1.0
    if not 0 <= number <= LONGEST_TIME or (number == 0 and not zero):
        least = "from 0" if zero else "more than 0"
        raise value.bad(f"{shown(text)} is not allowed", f"seconds, {least} and at most {LONGEST_TIME}")
    return number


def host(value: Value) -> str:
    """Return a host name in A-label form, lower case, or an IP address without brackets; "" if not set."""
    text = line(value).removesuffix(".").lower()
    if not text or _is_host(text):
        return text
    if ":" in text:
        return _ipv6(value, text.removeprefix("[").removesuffix("]"))
    if text.isascii():
        raise value.bad(f"{shown(text)} is no host name", _HOST_HINT)
    from mailer.message.address import parse_mailbox

    try:
        return parse_mailbox(f"x@{text}").domain
    except BadData as error:
        raise value.bad(f"{shown(text)} is no host name", _HOST_HINT) from error


def mailbox(value: Value) -> Mailbox | None:
    """Return one RFC 5322 mailbox; None if not set."""
    if not value.text:
        return None
    from mailer.message.address import parse_mailbox

    try:
        return parse_mailbox(value.text)
    except BadData as error:
        raise value.bad(error.text, _mailbox_hint(value, error.hint)) from error


def _mailbox_hint(value: Value, hint: str) -> str:
    """Return how to write it: in a file quotes round the name need quotes round the whole, or they are taken off."""
    from mailer.settings.env_file import quoted

    name, bracket, rest = value.text.rpartition("<")
    name = name.strip().strip('"')
    if not (value.file and bracket and ("," in name or ";" in name)):
        return hint
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    whole = f'"{escaped}" <{rest}'
    return f"write it as {value.name}={quoted(whole)}"


def language(value: Value) -> str:
    """Return a language tag (RFC 5646, roughly), ``de_AT`` as ``de-AT``; "" if not set."""
    text = line(value)
    if text and not re.match(_LANGUAGE, text):
        raise value.bad(f"{shown(text)} is not a language code", "a language such as en or de-AT")
    return text.replace("_", "-")


def timezone(value: Value) -> tzinfo | None:
    """Return a zone by its IANA name; None if not set."""
    text = line(value)
    if not text:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:
        raise value.bad(f"{shown(text)} is no known time zone", "a name such as Europe/Berlin or UTC") from error


def path(value: Value, cwd: Path) -> Path:
    """Return an absolute path; a relative one starts at the folder of the file that it stands in, else at ``cwd``."""
    if "\0" in value.text:
        raise value.bad("a path holds no NUL")
    base = Path(value.file).parent if value.file else cwd
    try:
        expanded = Path(value.text).expanduser()
    except RuntimeError as error:
        raise value.bad(f"whose folder is {shown(value.text)}?", "write the path in full") from error
    # resolve() would follow links, and the user would see a path that was never typed.
    return Path(os.path.abspath(base / expanded))  # noqa: PTH100


def certificates(value: Value, cwd: Path) -> Path:
    """Return the path of a file of certificates that can be read."""
    file = path(value, cwd)
    try:
        os.close(files.open_regular(file, "the CA file"))
    except (BadData, Unreadable) as error:
        raise value.bad(error.text, "name a file of certificates (PEM)") from error
    return file


def shown(text: str) -> str:
    """Return a value for an error: quoted, controls escaped, not too long."""
    return ascii(text[:59] + "...") if len(text) > 60 else repr(text)


def names_file(signature: str) -> bool:
    """Tell whether a signature is the path of a file."""
    on_drive = signature[1:3] in (":/", ":\\") and signature[0].isascii() and signature[0].isalpha()
    return on_drive or signature.startswith(("/", "~", "./", ".\\"))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, by its name alone."""
    if not (host[:1].isdigit() or ":" in host):
        return host == "localhost"
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def _is_host(text: str) -> bool:
    return all(label and _IN_HOST.issuperset(label) and label[0] != "-" != label[-1] for label in text.split("."))


def _ipv6(value: Value, text: str) -> str:
    from ipaddress import IPv6Address

    try:
        return str(IPv6Address(text))
    except ValueError as error:
        raise value.bad(f"{shown(value.text)} is no host name", _HOST_HINT) from error
