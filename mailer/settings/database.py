"""The address of a ledger in PostgreSQL: ``postgresql://user@host:port/name``, without its password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from mailer.errors import BadSettings
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.settings.values import Value

_SCHEMES = ("postgresql", "postgres")
_TLS = ("require", "verify-ca", "verify-full")
_MAY = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding", "gssencmode"})
_ADDRESS = ("host", "hostaddr")
_PORT = "5432"
_FORM = "postgresql://user@host:port/database"


class Database(NamedTuple):
    """Where the ledger is, whose rows of it count, and the folder of what stays on this machine.

    ``secret`` finds the password once the server asks for one.  ``role`` is worked for, where it is not who logs in.
    """

    url: str
    owner: str
    folder: Path
    secret: Callable[[Database], str] | None = None
    role: str = ""

    def __str__(self) -> str:
        return self.url

    @property
    def user(self) -> str:
        """The role that logs in; "" where the system's user name is it."""
        return unquote(urlsplit(self.url).username or "")

    @property
    def identity(self) -> tuple[str, str, str]:
        """What tells one database from another, however its address is written: host, port and name."""
        said = self.parameters()
        return said["host"].casefold().rstrip("."), said.get("port", _PORT), said.get("dbname", "")

    def parameters(self) -> dict[str, str]:
        """What libpq is told."""
        parts = urlsplit(self.url)
        found = {
            "user": self.user,
            "host": unquote(parts.hostname or ""),
            # Else PGHOSTADDR would lead elsewhere.
            "hostaddr": "",
            "port": str(parts.port or ""),
            "dbname": unquote(parts.path.removeprefix("/")),
            **dict(parse_qsl(parts.query)),
        }
        if not _is_near(found["host"]) and "sslmode" not in found:
            found |= {"sslmode": "verify-full", "sslrootcert": found.get("sslrootcert", "system")}
        # What is named here as empty is not looked for in libpq's own variables.
        return {name: text for name, text in found.items() if text or name in _ADDRESS}


def read(value: Value) -> str:
    """The address, checked.  Raises BadSettings; a password is not repeated."""
    from mailer.settings import values

    text = values.line(value).strip()
    try:
        parts = urlsplit(text)
        port, host = parts.port, unquote(parts.hostname or "")
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise value.bad("it is not the address of a database", _FORM) from error
    if parts.password is not None or "password" in options:
        raise value.bad(
            "a password does not belong in an address",
            f"{_FORM}; the keyring keeps the password, or PostgreSQL's own password file",
        )
    if parts.scheme not in _SCHEMES or port == 0 or parts.fragment:
        raise value.bad("it is not the address of a database", _FORM)
    if not parts.path.removeprefix("/") or "/" in parts.path.removeprefix("/"):
        raise value.bad("it names no database", _FORM)
    _check_options(value, options, options.get("host", host))
    return text


def _check_options(value: Value, options: Mapping[str, str], host: str) -> None:
    unknown = min(options.keys() - _MAY, default="")
    if unknown:
        raise value.bad(f"{unknown!r} may not be set there", f"what may: {', '.join(sorted(_MAY))}")
    if not _is_near(host) and options.get("sslmode", "require") not in _TLS:
        raise value.bad("another machine is not spoken to without TLS", f"sslmode is one of {', '.join(_TLS)}")


def _is_near(host: str) -> bool:
    """Whether what is said to a host stays on this machine: a socket's folder, or a loopback address."""
    from mailer.settings.values import is_loopback

    return not host or host.startswith(("/", "@")) or is_loopback(host)


def shown(value: Value) -> str:
    """The address to be shown; what cannot be read as one may hold a password."""
    try:
        return read(value)
    except BadSettings:
        return "(not shown: it is not an address, or has a password)"
