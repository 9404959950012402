"""Environment and `.env` files → one frozen `Settings`, where each value knows where it came from.

A file is checked when it is read, a value when it is asked for: a wrong port stops nobody who only previews.  A
password is never a setting.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mailer.errors import BadSettings
from mailer.settings import layers, owners, values
from mailer.settings.server import Named, OAuthSettings, Server
from mailer.settings.table import CONNECT_TIMEOUT, REPLY_TIMEOUT, SETTINGS
from mailer.settings.values import DEFAULT, Value
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from mailer.message.address import Mailbox
    from mailer.settings.database import Database

_OAUTH = ("MAILER_OAUTH_CLIENT_ID", "MAILER_OAUTH_ISSUER", "MAILER_OAUTH_SCOPE", "MAILER_OAUTH_FLOW")


class Settings(NamedTuple):
    """Every setting that was found, by name.  What is asked for is checked then; a bad value is BadSettings.

    ``below``, ``folder``, ``own`` and ``foreign`` are those of `layers.Gathered`; ``role`` is that of `Database`.
    """

    found: Mapping[str, Value]
    cwd: Path
    config_dir: Path
    account: str | None = None
    below: Mapping[str, Value] = MappingProxyType({})
    folder: Mapping[str, Value] = MappingProxyType({})
    own: Mapping[str, Value] = MappingProxyType({})
    foreign: tuple[Value, ...] = ()
    role: str = ""

    def value(self, name: str) -> Value:
        """Return a setting with its origin; one that was not found has its fixed default, or ""."""
        return self.found.get(name) or Value(name, SETTINGS[name].default, DEFAULT)

    def in_force(self, name: str) -> str:
        """Return what holds for a setting, in words where it is not set and no other one gives it."""
        if name in ("MAILER_DATA_DIR", "MAILER_CONFIG_DIR"):
            return self.value(name).text or str(self.data_dir if name == "MAILER_DATA_DIR" else self.config_dir)
        setting = SETTINGS[name]
        unset = setting.unset
        return self.value(name).text or (unset if isinstance(unset, str) else unset(self.value(setting.of).text))

    def read(self, name: str) -> Any:  # noqa: ANN401  (what the table says)
        """Read and check a setting, or what other settings make of it where it is not set.  Raises BadSettings."""
        return self._read_all([name])[0]

    def _read_all(self, names: Iterable[str]) -> list[Any]:
        return [read(value) if read else value for read, value in [self._reading(name) for name in names]]

    def _reading(self, name: str) -> tuple[Callable[[Value], Any] | None, Any]:
        """Return what reads a setting, and its text; without the first, what there is where it is not set."""
        setting, value = SETTINGS[name], self.value(name)
        if not value.text and callable(setting.unset):
            value = value._replace(text=self.in_force(name))
        elif not value.text and not setting.default:
            return None, setting.missing
        return setting.read, value

    @property
    def sender(self) -> Mailbox | None:
        """``MAILER_FROM``; None if not set."""
        mailbox: Mailbox | None = self.read("MAILER_FROM")
        return mailbox

    @property
    def signature(self) -> str:
        """``MAILER_SIGNATURE``: the text, or what the file holds; "" if not set.

        Raises Unreadable (66) for a file that cannot be read.
        """
        return self._read_signature()

    @property
    def language(self) -> str:
        """``MAILER_LANGUAGE``; "" if not set."""
        language: str = self.read("MAILER_LANGUAGE")
        return language

    @property
    def timezone(self) -> tzinfo | None:
        """``MAILER_TIMEZONE``; None is the zone of this machine."""
        zone: tzinfo | None = self.read("MAILER_TIMEZONE")
        return zone

    @property
    def plan(self) -> Value:
        """``MAILER_PLAN``: the plan's name, with its origin to name where there is none.  Raises as `server`."""
        self._mind_folder(("MAILER_PLAN",))
        value = self.value("MAILER_PLAN")
        self.read("MAILER_PLAN")
        return value

    @property
    def data_dir(self) -> Path:
        """``MAILER_DATA_DIR``, else the platform's folder; absolute, not made."""
        value = self.value("MAILER_DATA_DIR")
        return values.path(value, self.cwd) if value.text else layers.platform_dir("DATA", os.environ)

    @property
    def owner(self) -> str:
        """``MAILER_OWNER``: whose letters and people these are; "" if not set.  Raises as `server`."""
        self._mind_folder(("MAILER_OWNER",))
        owner: str = self.read("MAILER_OWNER")
        return owner

    @property
    def ledger_path(self) -> Path:
        """The ledger's file, that of the owner; what a run keeps for itself lies beside it.  Raises as `server`."""
        return owners.ledger_of(self.data_dir, self.owner)

    @property
    def ledger(self) -> Path | Database:
        """Where the ledger is: the owner's file, or MAILER_LEDGER.  Raises as `server`."""
        url: str = self.read("MAILER_LEDGER")
        if not url:
            return self.ledger_path
        from mailer.settings.database import Database

        return Database(url, self.owner, self.data_dir, role=self.role)

    @property
    def ledgers(self) -> tuple[Path | Database, Sequence[Path | Database]]:
        """`ledger`, and where the other owners' are: a database that holds both is the place of both."""
        if self.read("MAILER_LEDGER"):
            return self.ledger, [self.ledger]
        data_dir, owner = self.data_dir, self.owner
        return owners.ledger_of(data_dir, owner), owners.others(data_dir, owner)

    @property
    def templates_dir(self) -> Path | None:
        """``MAILER_TEMPLATES``: one more folder of templates; None if not set."""
        value = self.value("MAILER_TEMPLATES")
        return self._path_within(value) if value.text else None

    def untrusted(self, names: Iterable[str] | None = None) -> tuple[Value, ...]:
        """The lines of ``./.env`` in force that nobody agreed to: of ``names``, else all but signature and templates.

        They count only once the folder is trusted.  A line that another layer overrides is none of them.
        """
        if not self.folder:
            return ()
        from mailer.settings import trust

        wanted = self.folder.keys() - trust.WORDS if names is None else set(names)
        lines = [self.folder[name] for name in wanted & self.folder.keys() if self._counts(name)]
        used = sorted((line for line in lines if trust.needs_trust(line)), key=lambda line: line.line or 0)
        if not used or trust.is_trusted(self.config_dir, self.cwd, trust.needing(self.folder)):
            return ()
        return tuple(used)

    def set_aside(self, names: Iterable[str]) -> Settings:
        """Return the settings without these lines of ``./.env``: what the layers below them say counts."""
        left = {name: self.below[name] for name in names if name in self.below}
        return self._replace(found={**{key: value for key, value in self.found.items() if key not in names}, **left})

    def owned_by(self, owner: str, role: str = "") -> Settings:
        """Return the settings of another owner of the same house, whose rows are those of ``role``."""
        found = {**self.found, "MAILER_OWNER": Value("MAILER_OWNER", owner, values.OPTION)}
        return self._replace(found=found, role=role)

    def as_written(self) -> Settings:
        """Return the settings as if the folder were trusted, to be shown and not to be used."""
        return self._replace(folder={})

    def _read_signature(self) -> str:
        value = self.value("MAILER_SIGNATURE")
        if not value.text:
            return ""
        from mailer.settings import signature

        return signature.read(value, self._path_within(value) if values.names_file(value.text) else None)

    def _counts(self, name: str) -> bool:
        return self.found.get(name) == self.folder[name]

    def _mind_folder(self, names: Iterable[str] | None = None) -> None:
        lines = self.untrusted(names)
        if lines:
            from mailer.settings import trust

            raise trust.untrusted_error(lines)

    def _path_within(self, value: Value) -> Path:
        """Return the path of signature or templates.  Raises BadSettings where the folder may not name it."""
        if not (value.name in self.folder and self._counts(value.name)):
            return values.path(value, self.cwd)
        from mailer.settings import trust

        # What is looked at is what is read, wherever a link leads meanwhile.
        place = trust.target(value)
        if not trust.is_within(value, place):
            self._mind_folder((value.name,))
        if trust.target(value) != place:
            raise value.bad("its path leads elsewhere now", "run the command again")
        return Path(place) if place else values.path(value, self.cwd)

    def server(self) -> Server:
        """Return all that is about servers, checked.  Hosts and user names may be "" (see `submission_server`).

        Raises `trust.Untrusted` where the working folder would decide and is not trusted.
        """
        self._mind_folder()
        fields = {setting.field: name for name, setting in SETTINGS.items() if setting.field}
        *read, timeout = self._read_all([*fields.values(), "MAILER_TIMEOUT"])
        named = self.value("MAILER_CA_FILE")
        ca_file = values.certificates(named, self.cwd) if named.text else None
        retry, *oauth = self._read_all(["MAILER_RETRY_SECONDS", *_OAUTH])
        return Server(
            **dict(zip(fields, read, strict=True)),
            ca_file=ca_file,
            connect_timeout=timeout or CONNECT_TIMEOUT,
            reply_timeout=timeout or REPLY_TIMEOUT,
            retry_seconds=retry,
            oauth=OAuthSettings._make([*oauth, self.config_dir]),
            named=self._named(),
        )

    def check(self) -> None:
        """Read all that a letter needs, but for a server that is not set.  Raises BadSettings, Unreadable (66)."""
        self.server()
        for name in ("MAILER_FROM", "MAILER_LANGUAGE", "MAILER_TIMEZONE", "MAILER_LEDGER"):
            self.read(name)
        self._read_signature()

    def submission_server(self) -> Server:
        """`server`, with all that sending needs.  Raises BadSettings for no host, and for a sign-in without a name."""
        server = self.server()
        if not server.host:
            raise BadSettings(
                "no server to send with is set",
                hint="`mailer login you@your.domain` sets up an account; or set MAILER_SMTP_HOST",
                field="MAILER_SMTP_HOST",
            )
        if server.auth != "none" and not server.username:
            raise self.value("MAILER_SMTP_USERNAME").bad("signing in needs a user name", "set it, or MAILER_AUTH=none")
        return server

    def _named(self) -> Named:
        def origin(name: str) -> str:
            return self.value(f"MAILER_{name}").origin

        return Named(
            smtp=origin("SMTP_HOST"),
            imap=origin("IMAP_HOST"),
            password_command=origin("PASSWORD_COMMAND"),
            token_command=origin("TOKEN_COMMAND"),
            client=origin("OAUTH_CLIENT_ID"),
            account=next((value.origin for value in self.own.values()), ""),
            folder=str(self.cwd / ".env"),
            hosts=frozenset(_hosts(self.own)),
        )


def load(
    environ: Mapping[str, str], cwd: Path, account: str | None = None, options: Mapping[str, str] | None = None
) -> Settings:
    """Read environment and files; ``options`` are settings of the command line.

    Raises BadSettings for an unknown account, a file that cannot be read, and a name that may not stand in it.
    """
    base = layers.config_dir(environ, cwd)
    gathered = layers.gather(environ, cwd, base, account, options or {})
    return Settings(
        gathered.found, cwd, base, gathered.account, gathered.below, gathered.folder, gathered.own, gathered.foreign
    )


def describe(settings: Settings) -> tuple[tuple[str, str, str], ...]:
    """Name, value and origin of every setting, in the order of the manual; nothing is checked here."""
    from mailer.settings import database

    told = {name: settings.in_force(name) for name in SETTINGS}
    if (ledger := settings.value("MAILER_LEDGER")).text:
        told["MAILER_LEDGER"] = database.shown(ledger)
    return tuple((name, text, settings.value(name).origin) for name, text in told.items())


def _hosts(layer: Mapping[str, Value]) -> Iterator[str]:
    """Yield the servers that one file names, as far as they can be read."""
    for name in ("MAILER_SMTP_HOST", "MAILER_IMAP_HOST"):
        with suppress(BadSettings):
            if name in layer:
                yield values.host(layer[name])
