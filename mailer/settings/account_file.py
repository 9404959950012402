"""The accounts' files in the configuration folder: ``accounts/NAME.env``, and which of them is the default.

The file ``accounts/default`` holds the name of the default account; if it names none that is there, the first by name
is the default.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.errors import BadSettings
from mailer.settings import env_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NAME = r'(?!\.)[^\x00-\x1f\x7f/\\:*?"<>|\ud800-\udfff]{1,200}(?<![. ])\Z'


def path_of(base: Path, name: str) -> Path:
    """Return where the settings of an account are."""
    return base / "accounts" / f"{name}.env"


def names(base: Path) -> tuple[str, ...]:
    """Return the accounts that have a file, sorted."""
    try:
        found = [file.stem for file in (base / "accounts").glob("*.env")]
    except OSError:
        return ()
    return tuple(sorted(name for name in found if is_name(name)))


def is_name(name: str) -> bool:
    """Tell whether an account may be called that: a file name on every platform."""
    return bool(re.match(_NAME, name))


def default(base: Path) -> str | None:
    """Return the default account; None if there is no account."""
    there = names(base)
    if not there:
        return None
    try:
        chosen = (base / "accounts" / "default").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        chosen = ""
    return chosen if chosen in there else there[0]


def write(base: Path, name: str, values: Mapping[str, str]) -> Path:
    """Write an account's settings whole or not at all (0600); the first account becomes the default.

    Raises BadSettings for a name that is no file name or a value that cannot be kept, CannotWrite.
    """
    check_name(name)
    path = path_of(base, name)
    if default(base) is None:
        write_default(base, name)
    env_file.write(path, values, "Written by `mailer login`; the password is not here.")
    return path


def write_default(base: Path, name: str) -> None:
    """Record which account is the default.  Raises CannotWrite."""
    env_file.write_whole(base / "accounts" / "default", f"{name}\n".encode())


def check_name(name: str) -> None:
    """Raises BadSettings for a name that is no file name."""
    if not is_name(name):
        text = f"{name[:60]!r} cannot be the name of an account"
        raise BadSettings(text, hint="choose a plain word: `--account NAME`", field="--account")
