"""Environment and `.env` files → one frozen `Settings`, where each value knows where it came from.

A file is checked when it is read, a value when it is asked for: a wrong port stops nobody who only previews.  A
password is never a setting.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mailer import files
from mailer.characters import bad_in_value
from mailer.errors import BadData, BadSettings, Unreadable
from mailer.settings import env_file, layers, values
from mailer.settings.values import DEFAULT, OPTION, Value

# RFC 3676 4.3; editors take the blank away, or make one long dash of two.
_SIGNATURE_MARK = r"\A(?:[ \t]*(?:--|[–—])?[ \t]*\n)+"

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import tzinfo

    from mailer.message.address import Mailbox

SECURITY = ("tls", "starttls", "none")
AUTH = ("password", "oauth2", "none")
OAUTH_FLOWS = ("auto", "browser", "device", "paste")
SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}
IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
CONNECT_TIMEOUT, REPLY_TIMEOUT = 30.0, 300.0


class OAuthSettings(NamedTuple):
    """What getting tokens needs: the user's own client; "" where nothing is set; ``lock_dir`` is a folder of ours."""

    client_id: str = ""
    issuer: str = ""
    scope: str = ""
    flow: str = "auto"
    lock_dir: Path | None = None


class Named(NamedTuple):
    """Which layer names the hosts and what gives the secret: "option", "environment" or a file's path.

    ``account`` and ``folder`` are the files of the account and of the working folder; ``hosts`` all that the account's
    file names.
    """

    smtp: str = OPTION
    imap: str = OPTION
    password_command: str = OPTION
    token_command: str = OPTION
    client: str = OPTION
    account: str = ""
    folder: str = ""
    hosts: frozenset[str] = frozenset()


class Server(NamedTuple):
    """What a connection needs, checked; times in seconds; ``retry_seconds`` is None where it depends on the batch."""

    host: str
    security: str
    port: int
    username: str
    auth: str
    ca_file: Path | None
    imap_host: str
    imap_security: str
    imap_port: int
    imap_username: str
    drafts_folder: str
    sent_folder: str
    save_sent: str
    password_command: str
    token_command: str
    connect_timeout: float
    reply_timeout: float
    final_timeout: float
    retry_seconds: float | None
    window: int
    oauth: OAuthSettings = OAuthSettings()
    named: Named = Named()


class Settings(NamedTuple):
    """Every setting that was found, by name.  What is asked for is checked then; a bad value is BadSettings.

    ``below``, ``folder``, ``own`` and ``foreign`` are those of `layers.Gathered`.
    """

    found: Mapping[str, Value]
    cwd: Path
    config_dir: Path
    account: str | None = None
    below: Mapping[str, Value] = MappingProxyType({})
    folder: Mapping[str, Value] = MappingProxyType({})
    own: Mapping[str, Value] = MappingProxyType({})
    foreign: tuple[Value, ...] = ()

    def value(self, name: str) -> Value:
        """A setting with its origin; one that was not found has its fixed default, or ""."""
        return self.found.get(name) or Value(name, layers.DEFAULTS[name], DEFAULT)

    @property
    def sender(self) -> Mailbox | None:
        """``MAILER_FROM``; None if not set."""
        return values.mailbox(self.value("MAILER_FROM"))

    @property
    def signature(self) -> str:
        """``MAILER_SIGNATURE``: the text, or what the file holds; "" if not set.

        Without white space at its end, and without the ``-- `` that many a signature file begins with.

        Raises Unreadable (66) for a file that cannot be read.
        """
        value = self.value("MAILER_SIGNATURE")
        text = value.text
        if values.names_file(text):
            text = _signature_file(value, self._path_within(value))
        text = re.sub(_SIGNATURE_MARK, "", text.replace("\r\n", "\n").rstrip() + "\n").rstrip()
        bad = bad_in_value(text)
        if bad:
            raise value.bad(f"the signature holds {bad}", "take it out")
        return text

    @property
    def language(self) -> str:
        """``MAILER_LANGUAGE``; "" if not set."""
        return values.language(self.value("MAILER_LANGUAGE"))

    @property
    def timezone(self) -> tzinfo | None:
        """``MAILER_TIMEZONE``; None is the zone of this machine."""
        return values.timezone(self.value("MAILER_TIMEZONE"))

    @property
    def data_dir(self) -> Path:
        """``MAILER_DATA_DIR``, else the platform's folder; absolute, not made."""
        value = self.value("MAILER_DATA_DIR")
        return values.path(value, self.cwd) if value.text else layers.platform_dir("DATA", os.environ)

    @property
    def ledger_path(self) -> Path:
        """The ledger's file."""
        return self.data_dir / "ledger.sqlite"

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
        """The settings without these lines of ``./.env``: what the layers below them say counts."""
        left = {name: self.below[name] for name in names if name in self.below}
        return self._replace(found={**{key: value for key, value in self.found.items() if key not in names}, **left})

    def as_written(self) -> Settings:
        """The settings as if the folder were trusted, to be shown and not to be used."""
        return self._replace(folder={})

    def _counts(self, name: str) -> bool:
        return self.found.get(name) == self.folder[name]

    def _mind_folder(self, names: Iterable[str] | None = None) -> None:
        lines = self.untrusted(names)
        if lines:
            from mailer.settings import trust

            raise trust.untrusted(lines)

    def _path_within(self, value: Value) -> Path:
        """The path of signature or templates.  Raises BadSettings where the folder may not name it."""
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
        """All that is about servers, checked.  Hosts and user names may be "" (see `submission_server`).

        Raises `trust.Untrusted` where the working folder would decide and is not trusted.
        """
        self._mind_folder()
        username = self._line("MAILER_SMTP_USERNAME")
        security = values.choice(self.value("MAILER_SMTP_SECURITY"), SECURITY)
        imap_security = values.choice(self.value("MAILER_IMAP_SECURITY"), SECURITY)
        timeout = self._seconds("MAILER_TIMEOUT")
        return Server(
            host=values.host(self.value("MAILER_SMTP_HOST")),
            security=security,
            port=self._port("MAILER_SMTP_PORT", SMTP_PORTS[security]),
            username=username,
            auth=self._auth(username),
            ca_file=self._ca_file(),
            imap_host=values.host(self.value("MAILER_IMAP_HOST")),
            imap_security=imap_security,
            imap_port=self._port("MAILER_IMAP_PORT", IMAP_PORTS[imap_security]),
            imap_username=self._line("MAILER_IMAP_USERNAME") or username,
            drafts_folder=self._line("MAILER_DRAFTS_FOLDER"),
            sent_folder=self._line("MAILER_SENT_FOLDER"),
            save_sent=values.choice(self.value("MAILER_SAVE_SENT"), ("auto", "yes", "no")),
            password_command=self._line("MAILER_PASSWORD_COMMAND"),
            token_command=self._line("MAILER_TOKEN_COMMAND"),
            connect_timeout=timeout or CONNECT_TIMEOUT,
            reply_timeout=timeout or REPLY_TIMEOUT,
            final_timeout=values.seconds(self.value("MAILER_FINAL_TIMEOUT")),
            retry_seconds=self._seconds("MAILER_RETRY_SECONDS", zero=True),
            window=values.whole(self.value("MAILER_WINDOW"), 1, 1000),
            oauth=self._oauth(),
            named=self._named(),
        )

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

    def _oauth(self) -> OAuthSettings:
        return OAuthSettings(
            client_id=self._line("MAILER_OAUTH_CLIENT_ID"),
            issuer=self._line("MAILER_OAUTH_ISSUER"),
            scope=self._line("MAILER_OAUTH_SCOPE"),
            flow=values.choice(self.value("MAILER_OAUTH_FLOW"), OAUTH_FLOWS),
            lock_dir=self.config_dir,
        )

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

    def _line(self, name: str) -> str:
        return values.line(self.value(name))

    def _seconds(self, name: str, *, zero: bool = False) -> float | None:
        value = self.value(name)
        return values.seconds(value, zero=zero) if value.text else None

    def _port(self, name: str, default: int) -> int:
        value = self.value(name)
        return values.whole(value, 1, 65_535) if value.text else default

    def _auth(self, username: str) -> str:
        value = self.value("MAILER_AUTH")
        if value.text:
            return values.choice(value, AUTH)
        return "password" if username else "none"

    def _ca_file(self) -> Path | None:
        value = self.value("MAILER_CA_FILE")
        if not value.text:
            return None
        path = values.path(value, self.cwd)
        try:
            os.close(files.open_regular(path, "the CA file"))
        except (BadData, Unreadable) as error:
            raise value.bad(error.text, "name a file of certificates (PEM)") from error
        return path


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
    return tuple((name, _in_force(settings, name), settings.value(name).origin) for name in layers.DEFAULTS)


def _in_force(settings: Settings, name: str) -> str:
    text = settings.value(name).text
    if text:
        return text
    match name:
        case "MAILER_SMTP_PORT":
            return str(SMTP_PORTS.get(settings.value("MAILER_SMTP_SECURITY").text.lower(), ""))
        case "MAILER_IMAP_PORT":
            return str(IMAP_PORTS.get(settings.value("MAILER_IMAP_SECURITY").text.lower(), ""))
        case "MAILER_AUTH":
            return "password" if settings.value("MAILER_SMTP_USERNAME").text else "none"
        case "MAILER_IMAP_USERNAME":
            return settings.value("MAILER_SMTP_USERNAME").text
        case "MAILER_TIMEOUT":
            return f"{CONNECT_TIMEOUT:.0f} to connect, {REPLY_TIMEOUT:.0f} a reply"
        case "MAILER_RETRY_SECONDS":
            return "0 for one letter, 60 for a batch"
        case "MAILER_DATA_DIR":
            return str(settings.data_dir)
        case "MAILER_CONFIG_DIR":
            return str(settings.config_dir)
    return ""


def _hosts(layer: Mapping[str, Value]) -> Iterator[str]:
    """The servers that one file names, as far as they can be read."""
    for name in ("MAILER_SMTP_HOST", "MAILER_IMAP_HOST"):
        with suppress(BadSettings):
            if name in layer:
                yield values.host(layer[name])


def _signature_file(value: Value, path: Path) -> str:
    data = files.read_bytes(path, "the signature file", env_file.LARGEST)
    try:
        return files.decode(data, str(path))
    except BadData as error:
        raise value.bad(f"{path} is {error.text}", error.hint) from error
