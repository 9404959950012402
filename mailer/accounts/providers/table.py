"""Which servers a provider has, from the table that comes with the program; nothing here asks the network."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECURITY = {"implicit": "tls", "starttls": "starttls"}


class Endpoint(NamedTuple):
    """A server: host, port, and how it is made safe (``tls`` or ``starttls``)."""

    host: str
    port: int
    security: str


class Limits(NamedTuple):
    """What a provider lets through, with how many ``connections`` at once; None where it is not published.

    ``trust`` says how far to believe it.
    """

    max_mb: int | None = None
    per_day: int | None = None
    per_hour: int | None = None
    per_minute: int | None = None
    per_message: int | None = None
    recipients_per_day: int | None = None
    connections: int | None = None
    trust: str = "unchecked"


class OAuth(NamedTuple):
    """Where a provider hands out tokens.

    ``flow`` is what to try first: ``loopback`` or ``device``; ``device`` is "" where that is not open to mail;
    ``redirect`` the loopback host that a client is registered with; ``parameters`` go with the authorization request;
    ``wants_secret``: it gives every client a secret; ``register`` says where a client id is had.
    """

    issuer: str
    flow: str
    authorize: str
    token: str
    scopes: tuple[str, ...]
    device: str = ""
    redirect: str = "127.0.0.1"
    parameters: tuple[tuple[str, str], ...] = ()
    wants_secret: bool = False
    register: str = ""


class Provider(NamedTuple):
    """One row of the table.

    ``smtp_login`` and ``imap_login`` are ``address`` or ``local-part``; ``auth`` holds the kinds of sign-in, best
    first; ``before`` is what the user must have done, ``imap_before`` for the folders; ``files_sent`` is ``yes``,
    ``no`` or ``unsure``; ``oauth`` is None where tokens are not to be had.
    """

    id: str
    name: str
    smtp: Endpoint
    imap: Endpoint
    smtp_login: str
    imap_login: str
    auth: tuple[str, ...]
    help: str
    before: str
    limits: Limits
    files_sent: str
    sent_folder: str
    oauth: OAuth | None = None
    imap_before: str = ""

    @property
    def needs_oauth(self) -> bool:
        """Whether it wants OAuth2 of everybody; a password works for nobody, or only where somebody switched it on."""
        return self.auth[0] == "xoauth2"


def provider_for(domain: str) -> Provider | None:
    """Return the provider of an address's domain (A-label form), by name or pattern; None if the table has none."""
    domain = domain.lower()
    for name, row in _table().items():
        if domain in row.get("domains", ()) or any(re.search(p, domain) for p in row.get("domain_patterns", ())):
            return _provider(name, row)
        for region in row.get("regions", ()):
            if domain in (_in_region(known, region) for known in row.get("domains", ())):
                return _regional(_provider(name, row), region)
    return None


def provider_for_mx(host: str) -> Provider | None:
    """The provider whose servers take the mail of an own domain, by the name of its MX; None if the table has none."""
    host = host.lower().removesuffix(".")
    for name, row in _table().items():
        for region in row.get("regions", ("com",)):
            ends = tuple(_in_region(known, region) for known in row.get("mx", ()))
            if any(host == end or host.endswith(f".{end}") for end in ends):
                return _regional(_for_own_domains(_provider(name, row), row), region)
    return None


def provider_for_host(host: str) -> Provider | None:
    """Return the provider that submits by this host; None if the table has none.  A host on loopback says nothing."""
    host = host.lower()
    if host.startswith("127."):
        return None
    return next((provider for provider in _providers() if provider.smtp.host == host), None)


def providers_by(host: str) -> tuple[Provider, ...]:
    """Return the providers that submit by this host; none for one on loopback, which says nothing."""
    if host.startswith("127."):
        return ()
    return tuple(provider for provider in _providers() if provider.smtp.host == host)


def provider_for_imap(host: str, port: int, username: str) -> Provider | None:
    """Return the provider that keeps the folders of ``username`` at this host; None if the table has none.

    On loopback the port tells it.  A host may keep the folders of a provider's own addresses and of other domains.
    """
    host = "127.0.0.1" if host.lower() == "localhost" else host.lower()
    own = provider_for(username.rpartition("@")[2])
    if own and own.imap.host == host and not host.startswith("127."):
        return own
    keeping = [provider for provider in _providers() if provider.imap.host == host]
    fitting = [provider for provider in keeping if provider.imap.port == port or not host.startswith("127.")]
    # The rows for other domains come after those for a provider's own.
    return fitting[-1] if fitting else None


def names_by_imap(host: str) -> frozenset[str]:
    """The domains by which the providers go whose folders lie at this host: of addresses, and of their servers."""
    host = host.lower()
    rows = [row for row in _table().values() if host in _imap_hosts(row)]
    return frozenset(name for row in rows for name in (*row.get("domains", ()), *row.get("mx", ())))


def _imap_hosts(row: Mapping[str, Any]) -> frozenset[str]:
    host: str = row["imap"]["host"]
    return frozenset((host, *(_in_region(host, region) for region in row.get("regions", ()))))


def provider_of_account(host: str, domain: str) -> Provider | None:
    """Return the provider that submits by ``host`` for addresses of ``domain``; None if the table has none.

    One host may serve a provider's own addresses and, with other limits, people's own domains.
    """
    known = provider_for_host(host)
    if known is None:
        return None
    own = provider_for(domain)
    if own and own.smtp.host == known.smtp.host:
        return own
    serving = [provider for provider in _providers() if provider.smtp.host == known.smtp.host]
    return max(serving, key=lambda provider: provider.limits.per_day or 0, default=None)


def oauth_rows() -> tuple[OAuth, ...]:
    """Every authorization server of the table, once."""
    return tuple({provider.oauth.issuer: provider.oauth for provider in _providers() if provider.oauth}.values())


def hosts_of(issuer: str) -> frozenset[str]:
    """Return the servers of the table that an issuer's tokens are for."""
    served = [provider for provider in _providers() if provider.oauth and provider.oauth.issuer == issuer]
    return frozenset(server.host for provider in served for server in (provider.smtp, provider.imap))


def login_name(form: str, address: str) -> str:
    """Return what to sign in with: the address, or what is before its last @."""
    return address.rpartition("@")[0] if form == "local-part" else address


def _providers() -> Iterator[Provider]:
    for name, row in _table().items():
        provider = _provider(name, row)
        yield provider
        kinds = (provider, _for_own_domains(provider, row))
        yield from (_regional(kind, region) for kind in kinds for region in row.get("regions", ()))


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    import tomllib

    rows = tomllib.loads(Path(__file__).with_name("providers.toml").read_text("utf-8"))
    return {name: _inherited(row, rows) for name, row in rows.items()}


def _inherited(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return a row with what it does not say from the row that it is the same as, but for whose addresses those are."""
    base = rows.get(row.get("same_as", ""), {})
    whose = ("domains", "domain_patterns", "mx")
    return {key: value for key, value in base.items() if key not in whose} | dict(row)


def _provider(name: str, row: Mapping[str, Any]) -> Provider:
    return Provider(
        id=name,
        name=row["name"],
        smtp=_endpoint(row["smtp"]),
        imap=_endpoint(row["imap"]),
        smtp_login=row["login"],
        imap_login=row.get("imap_login", row["login"]),
        auth=tuple(row["auth"]),
        help=row.get("help", ""),
        before=row.get("before", ""),
        limits=Limits(**row.get("limits", {})),
        files_sent=row["files_sent"],
        sent_folder=row.get("sent_folder", ""),
        oauth=_oauth(row["oauth"]) if "oauth" in row else None,
        imap_before=row.get("imap_before", row.get("before", "")),
    )


def _oauth(row: Mapping[str, Any]) -> OAuth:
    lists = {"scopes": tuple(row["scopes"]), "parameters": tuple(row.get("parameters", {}).items())}
    return OAuth(**{**row, **lists})


def _for_own_domains(provider: Provider, row: Mapping[str, Any]) -> Provider:
    return provider._replace(smtp=provider.smtp._replace(host=row.get("smtp_own", provider.smtp.host)))


def _endpoint(server: Mapping[str, Any]) -> Endpoint:
    return Endpoint(server["host"], server["port"], _SECURITY[server["tls"]])


def _regional(provider: Provider, region: str) -> Provider:
    smtp = provider.smtp._replace(host=_in_region(provider.smtp.host, region))
    imap = provider.imap._replace(host=_in_region(provider.imap.host, region))
    return provider._replace(smtp=smtp, imap=imap)


def _in_region(name: str, region: str) -> str:
    return f"{name.removesuffix('com')}{region}" if name.endswith(".com") else name
