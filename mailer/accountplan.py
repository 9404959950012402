"""From an address and what else the user said to the settings of an account, before anything is tried or stored."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailer import accountfile, discovery, envfile
from mailer.address import format_mailbox
from mailer.discovery import Endpoint
from mailer.errors import Usage
from mailer.settings import IMAP_PORTS, SMTP_PORTS
from mailer.values import OPTION, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from mailer.address import Mailbox
    from mailer.discovery import Provider
    from mailer.settings import Server, Settings

_ENDPOINT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::([0-9]{1,5}))?\Z")
_SECURITY_OF_PORT = {25: "starttls", 465: "tls", 587: "starttls", 143: "starttls", 993: "tls"}
_SERVERS = frozenset(
    f"MAILER_{name}"
    for name in (
        *("SMTP_HOST", "SMTP_SECURITY", "SMTP_PORT", "SMTP_USERNAME", "AUTH", "CA_FILE"),
        *("IMAP_HOST", "IMAP_SECURITY", "IMAP_PORT", "IMAP_USERNAME"),
    )
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said; "" or None where nothing was said.  ``smtp`` and ``imap`` are HOST[:PORT]."""

    address: Mailbox
    account: str | None = None
    smtp: str = ""
    security: str = ""
    imap: str = ""
    imap_security: str = ""
    username: str = ""
    auth: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """An account to be: its name, the settings that its file will hold, and what to tell before asking for a secret."""

    name: str
    values: Mapping[str, str]
    provider: Provider | None
    advice: tuple[str, ...]


def plan(wanted: Wanted, settings: Settings, ask: Callable[[str], str] | None) -> Plan:
    """The account that the user's words, the settings in force and the table of providers make.

    The servers are those of the options, else of settings that hold for every account, else of the table, else what
    ``ask`` answers (HOST or HOST:PORT; None where nobody can be asked).  Other settings of the account's file are
    kept.  Raises Usage for what cannot be read or known, BadSettings for a name that is no file name.
    """
    name = wanted.account if wanted.account is not None else wanted.address.addr_spec
    accountfile.check_name(name)
    common = _common(settings)
    smtp = _smtp(wanted, common, ask)
    provider = _provider(wanted, smtp)
    values = _smtp_values(wanted, smtp, provider, common)
    if wanted.imap or not wanted.smtp:
        values |= _imap_values(wanted, provider)
    kept = {key: text for key, text in _file_values(settings, name).items() if key not in _SERVERS}
    filled = {key: text for key, text in (values | kept).items() if text}
    return Plan(name, filled, provider, _advice(provider, values["MAILER_AUTH"], smtp))


def server_of(plan: Plan, settings: Settings) -> Server:
    """The planned servers as checked settings, with the time limits in force.  Raises BadSettings."""
    planned = {name: Value(name, text, OPTION) for name, text in plan.values.items()}
    common = _common(settings)
    found = {name: value for name, value in settings.found.items() if name not in _SERVERS or name in common.found}
    return replace(settings, found=found | planned).submission_server()


def _common(settings: Settings) -> Settings:
    """The settings that hold whatever account is chosen: those of no account's file."""
    accounts = settings.config_dir / "accounts"
    found = {name: value for name, value in settings.found.items() if accounts not in _parents(value)}
    return replace(settings, found=found)


def _parents(value: Value) -> tuple[Path, ...]:
    from pathlib import Path

    return tuple(Path(value.file).parents) if value.file else ()


def _smtp(wanted: Wanted, common: Settings, ask: Callable[[str], str] | None) -> Endpoint:
    if wanted.smtp:
        return _endpoint(wanted.smtp, "--smtp", wanted.security, SMTP_PORTS)
    if common.value("MAILER_SMTP_HOST").text:
        server = common.server()
        return _secured(Endpoint(server.host, server.port, server.security), wanted.security, SMTP_PORTS)
    domain = wanted.address.domain
    provider = discovery.provider_for(domain)
    if provider:
        return _secured(provider.smtp, wanted.security, SMTP_PORTS)
    if ask is None:
        raise Usage(f"the server that sends the mail of {domain} is not known", hint="pass --smtp HOST[:PORT]")
    answer = ask(f"Server that sends the mail of {domain} (HOST or HOST:PORT)")
    return _endpoint(answer, "--smtp", wanted.security, SMTP_PORTS)


def _provider(wanted: Wanted, smtp: Endpoint) -> Provider | None:
    provider = discovery.provider_for(wanted.address.domain)
    return provider if provider and provider.smtp.host == smtp.host else discovery.provider_for_host(smtp.host)


def _endpoint(text: str, option: str, security: str, ports: Mapping[str, int]) -> Endpoint:
    text = text.strip()
    bare_ipv6 = "::" in text and not text.startswith("[")
    match = _ENDPOINT.match(f"[{text}]" if bare_ipv6 else text)
    port = int(match[2]) if match and match[2] else None
    if match is None or port == 0 or (port or 0) > 65_535:
        raise Usage(f"{option}: {text[:60]!r} is not HOST or HOST:PORT", hint="such as smtp.example.com:587")
    security = security or _SECURITY_OF_PORT.get(port or 0, "tls")
    return Endpoint(match[1].strip("[]").lower(), port or ports[security], security)


def _secured(endpoint: Endpoint, security: str, ports: Mapping[str, int]) -> Endpoint:
    """The same host by another kind of security, at that one's port."""
    if security in ("", endpoint.security):
        return endpoint
    return Endpoint(endpoint.host, ports[security], security)


def _smtp_values(wanted: Wanted, smtp: Endpoint, provider: Provider | None, common: Settings) -> dict[str, str]:
    auth = wanted.auth or common.value("MAILER_AUTH").text.lower()
    auth = auth or ("oauth2" if provider and provider.needs_oauth else "password")
    username = wanted.username or common.value("MAILER_SMTP_USERNAME").text
    if auth != "none" and not username:
        form = provider.smtp_login if provider else "address"
        username = discovery.login_name(form, wanted.address.addr_spec)
    return {
        "MAILER_FROM": "" if common.value("MAILER_FROM").text else format_mailbox(wanted.address),
        "MAILER_SMTP_HOST": smtp.host,
        "MAILER_SMTP_SECURITY": smtp.security,
        "MAILER_SMTP_PORT": str(smtp.port),
        "MAILER_SMTP_USERNAME": username,
        "MAILER_AUTH": auth,
        "MAILER_CA_FILE": str(common.cwd / wanted.ca_file.expanduser()) if wanted.ca_file else "",
    }


def _imap_values(wanted: Wanted, provider: Provider | None) -> dict[str, str]:
    if wanted.imap:
        imap = _endpoint(wanted.imap, "--imap", wanted.imap_security, IMAP_PORTS)
    elif provider:
        imap = _secured(provider.imap, wanted.imap_security, IMAP_PORTS)
    else:
        return {}
    login = discovery.login_name(provider.imap_login, wanted.address.addr_spec) if provider else ""
    return {
        "MAILER_IMAP_HOST": imap.host,
        "MAILER_IMAP_SECURITY": imap.security,
        "MAILER_IMAP_PORT": str(imap.port),
        "MAILER_IMAP_USERNAME": "" if wanted.username else login,
        "MAILER_SENT_FOLDER": provider.sent_folder if provider else "",
    }


def _advice(provider: Provider | None, auth: str, smtp: Endpoint) -> tuple[str, ...]:
    """What this provider wants of a user who is about to type a password."""
    if provider is None or auth == "none":
        return ()
    lines = [f"{provider.name}: {smtp.host}, port {smtp.port}"]
    where = f": {provider.help}" if provider.help else ""
    if auth == "oauth2":
        lines.append("It signs in with OAuth2: set MAILER_TOKEN_COMMAND; `mailer draft` works without")
    elif provider.auth[0] == "app-password":
        lines.append(f"It wants an app password, not the one of the web page{where}")
    elif "app-password" in provider.auth:
        lines.append(f"With two-step sign-in it wants an app password{where}")
    elif "bridge-password" in provider.auth:
        lines.append("It wants the password that Bridge shows, not the one of the web page")
    if provider.before:
        lines.append(f"First: {provider.before}")
    return tuple(lines)


def _file_values(settings: Settings, name: str) -> dict[str, str]:
    entries = envfile.read(accountfile.path_of(settings.config_dir, name))
    return {key: entry.text for key, entry in entries.items()}
