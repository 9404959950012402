"""Work out the settings of an account from an address and options, before anything is tried or stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mailer.accounts.endpoints import IMAP, SERVERS, parse_endpoint, secured
from mailer.accounts.providers import advice, discovery, table
from mailer.accounts.providers.table import Endpoint
from mailer.errors import Usage
from mailer.message.address import format_mailbox
from mailer.settings import account_file, env_file, values
from mailer.settings.table import IMAP_PORTS, SMTP_PORTS
from mailer.settings.values import ENVIRONMENT, OPTION, Value
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailer.accounts.providers.dns import Records
    from mailer.accounts.providers.table import Provider
    from mailer.message.address import Mailbox
    from mailer.settings.server import Server
    from mailer.settings.settings import Settings

_OAUTH = ("MAILER_OAUTH_CLIENT_ID", "MAILER_OAUTH_ISSUER", "MAILER_OAUTH_SCOPE")


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """What the user said; "" or None where nothing was said.  ``smtp`` and ``imap`` are HOST[:PORT]."""

    address: Mailbox
    account: str | None = None
    smtp: str = ""
    security: str = ""
    imap: str = ""
    imap_security: str = ""
    username: str = ""
    auth: str = ""
    ca_file: str = ""


class OwnSignIn(NamedTuple):
    """How the folders are signed in to where that is not as for sending ("" where it is); or ``left_out``."""

    username: str = ""
    secret: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """An account to be: its name, the settings that its file will hold, and what to tell before asking for a secret.

    ``origin`` is where the server's name was found: "option", "table", "mx", "srv", "answer", "environment" or a file's
    path.  ``foreign`` are servers that DNS names and that are not below the address's domain: to be agreed to.
    ``passed_over`` are better servers of the domain, which could not be reached.  ``imap_origin`` is the layer that
    names the IMAP server, "" where none of the settings does.
    """

    name: str
    values: Mapping[str, str]
    provider: Provider | None
    advice: tuple[str, ...]
    origin: str
    foreign: tuple[str, ...] = ()
    passed_over: tuple[Endpoint, ...] = ()
    imap_origin: str = ""


def plan(
    wanted: ServerConfig,
    settings: Settings,
    ask: Callable[[str], str] | None,
    records: Records | None = None,
    reaches: Callable[[Endpoint], bool] | None = None,
) -> AccountPlan:
    """Return the account that the user's words, the settings in force and the table of providers make.

    The servers are those of the options, else of settings that hold for every account and of the account's own file if
    it has one, else of the table, else what ``records`` of DNS say (None: it is not asked) and ``reaches`` can reach
    (None: not tried), else what ``ask`` answers (HOST or HOST:PORT; None where nobody can be asked).  Other settings of
    the account's file are kept.
    Raises Usage for what cannot be read or known, BadSettings for a name that is no file name.
    """
    name = wanted.account if wanted.account is not None else wanted.address.addr_spec
    account_file.check_name(name)
    file = _file_values(settings, name)
    again = not wanted.smtp and "MAILER_SMTP_HOST" in file
    common = _common(settings, file if again else {})
    known = bool(wanted.smtp or common.value("MAILER_SMTP_HOST").text)
    found = discovery.FoundServers() if known else discovery.find_servers(wanted.address.domain, records, reaches)
    smtp, origin = _smtp(wanted, common, found, ask)
    provider = found.provider or _provider(wanted, smtp)
    new = _smtp_values(wanted, smtp, provider, common)
    told = _told_before(provider, new["MAILER_AUTH"], smtp, common)
    if wanted.imap or not (wanted.smtp or again):
        new |= _imap_values(wanted, provider, found, common)
    elif again and "MAILER_IMAP_HOST" in file:
        new |= {"MAILER_IMAP_USERNAME": common.value("MAILER_IMAP_USERNAME").text}
    filled = _filled(new, {key: value.text for key, value in file.items() if again or key not in SERVERS})
    imap_origin = ""
    if (wanted.imap or not wanted.smtp) and "MAILER_IMAP_HOST" not in filled:
        # The account holds all that its secret is for.
        imap_origin = common.value("MAILER_IMAP_HOST").origin
        filled |= {key: common.value(key).text for key in sorted(IMAP) if key in common.found}
    filled |= _named_anew(wanted.address, common.value("MAILER_FROM"), filled)
    hosts = (filled["MAILER_SMTP_HOST"], filled.get("MAILER_IMAP_HOST"))
    foreign = tuple(host for host in found.foreign_targets if host in hosts)
    return AccountPlan(name, filled, provider, told, origin, foreign, found.passed_over, imap_origin)


def _filled(new: Mapping[str, str], old: Mapping[str, str]) -> dict[str, str]:
    """Return what the file will hold: the servers anew, the rest as the user wrote it."""
    servers = {key: text for key, text in new.items() if key in SERVERS and (text or key != "MAILER_CA_FILE")}
    return {key: text for key, text in {**new, **old, **servers}.items() if text}


def _named_anew(given: Mailbox, sender: Value, filled: Mapping[str, str]) -> dict[str, str]:
    """MAILER_FROM with the name that was given now, where the one in a file is of the same address."""
    known = values.mailbox(sender._replace(text=filled.get("MAILER_FROM") or sender.text))
    if not given.display_name or sender.origin in (ENVIRONMENT, OPTION) or known is None or known.key != given.key:
        return {}
    return {"MAILER_FROM": format_mailbox(known._replace(display_name=given.display_name))}


def _told_before(provider: Provider | None, auth: str, smtp: Endpoint, common: Settings) -> tuple[str, ...]:
    ready = any(common.value(key).text for key in ("MAILER_OAUTH_CLIENT_ID", "MAILER_TOKEN_COMMAND"))
    return advice.before_sign_in(provider, auth, smtp, ready=ready)


def with_own(plan: AccountPlan, own: OwnSignIn) -> AccountPlan:
    """Return the plan after the folders were signed in to in a way of their own, or left out."""
    values = dict(plan.values)
    if own.left_out:
        values = {name: text for name, text in values.items() if name not in IMAP}
    elif own.username:
        values["MAILER_IMAP_USERNAME"] = own.username
    return replace(plan, values=values)


def server_of(plan: AccountPlan, settings: Settings) -> Server:
    """Return the planned servers as checked settings, with the time limits in force.  Raises BadSettings."""
    return settings_of(plan, settings).submission_server()


def settings_of(plan: AccountPlan, settings: Settings) -> Settings:
    """Return the settings that will hold for the planned account."""
    base = account_file.path_of(settings.config_dir, plan.name)
    planned = {name: Value(name, text, OPTION if name in SERVERS else str(base)) for name, text in plan.values.items()}
    common = _common(settings, planned)
    servers = {name: value for name, value in planned.items() if name in SERVERS}
    # An account without folders takes none of another layer's: they would get its secret.
    others = {name: value for name, value in common.found.items() if name != "MAILER_IMAP_HOST"}
    # The folder was asked about before, as far as the plan takes anything of it.
    return common._replace(found={**others, **servers}).as_written()


def _common(settings: Settings, own: Mapping[str, Value]) -> Settings:
    """The settings that hold for this account: its own over those of other files, but for other accounts' files."""
    accounts = str(settings.config_dir / "accounts")
    files = {name: value for name, value in settings.found.items() if _folder(value) != accounts}
    strong = {name: value for name, value in files.items() if value.origin in (ENVIRONMENT, OPTION)}
    return settings._replace(found={**files, **own, **strong})


def _folder(value: Value) -> str:
    import os.path

    return os.path.dirname(value.file or "")  # noqa: PTH120


def _smtp(
    wanted: ServerConfig, common: Settings, found: discovery.FoundServers, ask: Callable[[str], str] | None
) -> tuple[Endpoint, str]:
    """Return the server to send with, and where its name was found."""
    if wanted.smtp:
        return parse_endpoint(wanted.smtp, "--smtp", wanted.security, SMTP_PORTS), OPTION
    host = common.value("MAILER_SMTP_HOST")
    if host.text:
        return secured(_set_endpoint(common), wanted.security, SMTP_PORTS), host.origin
    domain = wanted.address.domain
    if found.smtp:
        return secured(found.smtp, wanted.security, SMTP_PORTS), found.source
    if ask is None:
        why = f": {found.trouble}" if found.trouble else ""
        raise Usage(f"the server that sends the mail of {domain} is not known{why}", hint="pass --smtp HOST[:PORT]")
    answer = ask(f"Server that sends the mail of {domain} (HOST or HOST:PORT)")
    return parse_endpoint(answer, "--smtp", wanted.security, SMTP_PORTS), "answer"


def _set_endpoint(common: Settings) -> Endpoint:
    """Return the server that is set; a CA file may be wrong here, an option may stand in for it."""
    found = {name: value for name, value in common.found.items() if name != "MAILER_CA_FILE"}
    server = common._replace(found=found).as_written().server()
    return Endpoint(server.host, server.port, server.security)


def _provider(wanted: ServerConfig, smtp: Endpoint) -> Provider | None:
    provider = table.provider_for(wanted.address.domain)
    return provider if provider and provider.smtp.host == smtp.host else table.provider_for_host(smtp.host)


def _smtp_values(wanted: ServerConfig, smtp: Endpoint, provider: Provider | None, common: Settings) -> dict[str, str]:
    auth = wanted.auth or common.value("MAILER_AUTH").text.lower()
    auth = auth or ("oauth2" if provider and provider.needs_oauth else "password")
    username = wanted.username or common.value("MAILER_SMTP_USERNAME").text
    if auth != "none" and not username:
        form = provider.smtp_login if provider else "address"
        username = table.login_name(form, wanted.address.addr_spec)
    return {
        "MAILER_FROM": "" if common.value("MAILER_FROM").text else format_mailbox(wanted.address),
        "MAILER_SMTP_HOST": smtp.host,
        "MAILER_SMTP_SECURITY": smtp.security,
        "MAILER_SMTP_PORT": str(smtp.port),
        "MAILER_SMTP_USERNAME": username,
        "MAILER_AUTH": auth,
        "MAILER_CA_FILE": _whole_path(wanted.ca_file, common),
        **({name: common.value(name).text for name in _OAUTH} if auth == "oauth2" else {}),
    }


def _whole_path(ca_file: str, common: Settings) -> str:
    return str(values.path(Value("MAILER_CA_FILE", ca_file, OPTION), common.cwd)) if ca_file else ""


def _imap_values(
    wanted: ServerConfig, provider: Provider | None, found: discovery.FoundServers, common: Settings
) -> dict[str, str]:
    known = found.imap or (provider.imap if provider else None)
    if wanted.imap:
        imap = parse_endpoint(wanted.imap, "--imap", wanted.imap_security, IMAP_PORTS)
    elif known:
        imap = secured(known, wanted.imap_security, IMAP_PORTS)
    else:
        return {}
    login = table.login_name(provider.imap_login, wanted.address.addr_spec) if provider else ""
    return {
        "MAILER_IMAP_HOST": imap.host,
        "MAILER_IMAP_SECURITY": imap.security,
        "MAILER_IMAP_PORT": str(imap.port),
        "MAILER_IMAP_USERNAME": common.value("MAILER_IMAP_USERNAME").text or ("" if wanted.username else login),
        "MAILER_SENT_FOLDER": provider.sent_folder if provider else "",
    }


def _file_values(settings: Settings, name: str) -> dict[str, Value]:
    path = account_file.path_of(settings.config_dir, name)
    found = {key: Value(key, entry.text, str(path), entry.line) for key, entry in env_file.read(path).items()}
    if ca_file := found.get("MAILER_CA_FILE"):
        found["MAILER_CA_FILE"] = ca_file._replace(text=str(values.path(ca_file, settings.cwd)))
    return found
