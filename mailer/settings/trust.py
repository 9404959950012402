"""Whether a working folder is trusted: what its ``.env`` says about where letters and secrets go counts only then.

Anybody may have made the folder.  The configuration folder keeps, for each folder that the user agreed to, a digest of
those lines and of where their links lead: a changed line is a new question.
"""

from __future__ import annotations

import json
import os.path
from typing import TYPE_CHECKING

from mailer.errors import BadSettings
from mailer.settings import env_file, values
from mailer.settings.table import HARMLESS, SETTINGS, WITHIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mailer.settings.values import Value

SIGNATURE, TEMPLATES = "MAILER_SIGNATURE", "MAILER_TEMPLATES"
WORDS = frozenset(name for name, setting in SETTINGS.items() if setting.in_folder == WITHIN)


class Untrusted(BadSettings):
    """Lines are about to be used that count only in a trusted folder."""


def needing(folder: Mapping[str, Value]) -> tuple[Value, ...]:
    """Return the lines of a working folder's ``.env`` that count only once the folder is trusted."""
    return tuple(value for value in folder.values() if needs_trust(value))


def needs_trust(value: Value) -> bool:
    """Tell whether a line of a working folder's ``.env`` counts only once the folder is trusted."""
    return leads_out(value) if value.name in WORDS else SETTINGS[value.name].in_folder != HARMLESS


def leads_out(value: Value) -> bool:
    """Tell whether a signature or a folder of templates lies outside the folder of its file, links resolved."""
    if value.name == SIGNATURE and not values.names_file(value.text):
        return False
    return not is_within(value, target(value))


def is_within(value: Value, place: str) -> bool:
    """Tell whether a resolved place lies in the folder of the file that the line stands in, and nowhere else."""
    from mailer.files import has_other_names

    return is_below(place, os.path.dirname(value.origin)) and not has_other_names(place)  # noqa: PTH120


def target(value: Value) -> str:
    """Return where the path of a line leads, links resolved; "" where nobody can say."""
    from pathlib import Path

    try:
        return os.path.realpath(values.path(value, Path()))
    except (BadSettings, OSError, ValueError):
        return ""


def is_below(path: str, folder: str) -> bool:
    """Tell whether a resolved path is a folder, or lies in it."""
    top, path = (os.path.normcase(each) for each in (os.path.realpath(folder), path))
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)


def is_trusted(config_dir: Path, cwd: Path, lines: Iterable[Value]) -> bool:
    """Tell whether the user agreed to just these lines in this folder."""
    return folders(config_dir).get(_key(cwd)) == _digest(lines)


def remember(config_dir: Path, cwd: Path, lines: Iterable[Value]) -> None:
    """Trust the folder with these lines.  Raises CannotWrite."""
    _write(config_dir, {**folders(config_dir), _key(cwd): _digest(lines)})


def forget(config_dir: Path, cwd: Path) -> bool:
    """Trust the folder no more; whether it was trusted.  Raises CannotWrite."""
    known = folders(config_dir)
    if known.pop(_key(cwd), None) is None:
        return False
    _write(config_dir, known)
    return True


def folders(config_dir: Path) -> dict[str, str]:
    """Return the folders that are trusted, each with its digest; what cannot be read trusts nobody."""
    try:
        known = json.loads(_place(config_dir).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(known, dict):
        return {}
    return {folder: digest for folder, digest in known.items() if isinstance(digest, str)}


def untrusted_error(lines: Iterable[Value]) -> Untrusted:
    """Return the error for lines in force that nobody agreed to."""
    first, *others = lines
    names = ", ".join(value.name for value in (first, *others))
    return Untrusted(
        f"{names} of this folder's .env would decide where letters and secrets go, and the folder is not trusted",
        hint="read that file; if its lines are yours, `mailer trust` puts them into effect",
        file=first.file,
        line=first.line,
        field=first.name,
    )


def _write(config_dir: Path, known: Mapping[str, str]) -> None:
    env_file.write_whole(_place(config_dir), json.dumps(known, indent=1, sort_keys=True).encode() + b"\n")


def _place(config_dir: Path) -> Path:
    return config_dir / "trusted.json"


def _key(cwd: Path) -> str:
    return os.path.realpath(cwd)


def _digest(lines: Iterable[Value]) -> str:
    from hashlib import sha256

    said = sorted((line.name, line.text, target(line) if line.name in WORDS else "") for line in lines)
    return sha256(json.dumps(said).encode()).hexdigest()
