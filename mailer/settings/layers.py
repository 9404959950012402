"""Where settings come from: option, environment, and the `.env` files, each laid over the one before.

Precedence: option, environment, the account file that ``--account`` names, ``./.env``, the default account's file, the
user's ``.env`` in the configuration folder.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.errors import BadSettings
from mailer.settings import account_file, env_file, values
from mailer.settings.table import DEFAULTS, NOT_IN_WORKING_FOLDER
from mailer.settings.values import ENVIRONMENT, OPTION, Value
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOW_TO_STORE = (
    "delete that line; `mailer login` stores the password in the keyring; "
    "MAILER_PASSWORD in the environment or MAILER_PASSWORD_COMMAND will do too"
)
_NEAR = 0.75
_TELLTALE_NAME = r"(?:\A|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|PWD)(?:\Z|_)"


class Gathered(NamedTuple):
    """What is set, by name, and the account that was read.

    ``below`` is what is set without the working folder's file, ``folder`` what that says, ``own`` what the account's
    file says; ``foreign`` are names that no setting of ours has, or only one of a later version.
    """

    found: dict[str, Value]
    account: str | None
    below: dict[str, Value]
    folder: dict[str, Value]
    own: dict[str, Value]
    foreign: tuple[Value, ...]


def gather(
    environ: Mapping[str, str], cwd: Path, base: Path, account: str | None, options: Mapping[str, str]
) -> Gathered:
    """Read every layer; an empty value counts as unset.

    ``base`` is the configuration folder.  The account that is named stands in for the default one.  Raises BadSettings
    for an unknown account, a file that cannot be read, and a name that may not stand in it.
    """
    if account is not None and account not in account_file.names(base):
        raise _unknown_account_error(account, account_file.names(base))
    default = account_file.default(base) if account is None else None
    users = _layer(base / ".env")
    byself = _layer(account_file.path_of(base, default)) if default else {}
    folder = _working_folder_layer(cwd / ".env", base / ".env")
    named = _layer(account_file.path_of(base, account)) if account else {}
    environment = {name: Value(name, environ[name], ENVIRONMENT) for name in DEFAULTS if environ.get(name)}
    above = [
        named,
        environment,
        {name: Value(name, text, OPTION) for name, text in options.items() if text},
    ]
    layers = (users, byself, folder, named, environment)
    foreign = tuple(value for layer in layers for name, value in layer.items() if name not in DEFAULTS)
    return Gathered(
        _merged(users, byself, folder, *above),
        account or default,
        _merged(users, byself, *above),
        {name: value for name, value in folder.items() if name in DEFAULTS},
        named or byself,
        foreign,
    )


def _merged(*layers: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for layer in layers for name, value in layer.items() if name in DEFAULTS}


def config_dir(environ: Mapping[str, str], cwd: Path) -> Path:
    """``MAILER_CONFIG_DIR`` of the environment, else the platform's folder; absolute, not made."""
    text = environ.get("MAILER_CONFIG_DIR")
    if not text:
        return platform_dir("CONFIG", environ)
    return values.path(Value("MAILER_CONFIG_DIR", text, ENVIRONMENT), cwd)


def platform_dir(kind: str, environ: Mapping[str, str]) -> Path:
    """The platform's folder for ``DATA`` or ``CONFIG``; ``XDG_*_HOME`` is honoured everywhere if it is absolute."""
    chosen = environ.get(f"XDG_{kind}_HOME", "")
    if Path(chosen).is_absolute():
        return Path(chosen) / "mailer"
    # What platformdirs answers on Linux, without its 9 ms in every command.
    home = environ.get("HOME", "")
    if sys.platform == "linux" and Path(home).is_absolute():
        return Path(home) / (".local/share" if kind == "DATA" else ".config") / "mailer"
    import platformdirs

    find = platformdirs.user_data_dir if kind == "DATA" else platformdirs.user_config_dir
    return Path(find("mailer", appauthor=False))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names what was probably meant, or what there is."""
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(name, names, 3)
    return f"did you mean {' or '.join(close)}?" if close else f"there is {', '.join(names[:12])}"


def _layer(path: Path) -> dict[str, Value]:
    entries = env_file.read(path)
    layer = {name: Value(name, entry.text, str(path), entry.line) for name, entry in entries.items()}
    for value in layer.values():
        _check_name(value)
    return layer


def _working_folder_layer(path: Path, users: Path) -> dict[str, Value]:
    """``./.env`` may come from anywhere, so it names no program, no trust and no folder of ours."""
    if _same(path, users):
        return {}
    layer = _layer(path)
    for name, value in layer.items():
        if name in NOT_IN_WORKING_FOLDER:
            hint = "set it in the environment, the account's file or the .env of the configuration folder"
            raise value.bad("it may not be set in the working folder", hint)
    return layer


def _check_name(value: Value) -> None:
    if value.name == "MAILER_PASSWORD":
        raise value.bad("a password does not belong in a file", HOW_TO_STORE)
    if value.name == "MAILER_OAUTH_CLIENT_SECRET":
        raise value.bad("a secret does not belong in a file", "`mailer login` asks for it and keeps it in the keyring")
    if value.name == "MAILER_CONFIG_DIR":
        raise value.bad("it may not be set in a file", "set it in the environment")
    if value.name not in DEFAULTS:
        _check_unknown(value)


def _check_unknown(value: Value) -> None:
    """A slip is an error, and a password where none belongs; other programs' names may look like ours."""
    from difflib import get_close_matches

    short = value.name.removeprefix("MAILER_")
    near = get_close_matches(short, [name.removeprefix("MAILER_") for name in DEFAULTS], 3, _NEAR)
    is_command = bool(near) and near[0].endswith("_COMMAND")
    if re.search(_TELLTALE_NAME, short) and not is_command:
        raise value.bad("there is no such setting, and a password does not belong in a file", HOW_TO_STORE)
    if near:
        names = " or ".join(f"MAILER_{name}" for name in near)
        raise value.bad("there is no such setting", f"did you mean {names}?")


def told_foreign(value: Value) -> str:
    """Say that a name is none of ours, nor near to one, or one of a later version."""
    from difflib import get_close_matches

    where = value.origin if value.line is None else f"{value.origin}:{value.line}"
    near = get_close_matches(value.name, DEFAULTS, 1, _NEAR)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{where}: {value.name} is not a setting of mailer and is ignored{hint}"


def _unknown_account_error(account: str, names: tuple[str, ...]) -> BadSettings:
    hint = nearest(account, names) if names else "`mailer login ADDRESS` sets one up"
    return BadSettings(f"there is no account {values.shown(account)}", hint=hint, field="--account")


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
