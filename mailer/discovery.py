"""Which servers an address uses, from the table that comes with the program; nothing here asks the network."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECURITY = {"implicit": "tls", "starttls": "starttls"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server: host, port, and how it is made safe (``tls`` or ``starttls``)."""

    host: str
    port: int
    security: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider lets through; None where it is not published.  ``trust`` says how far to believe it."""

    max_mb: int | None = None
    per_day: int | None = None
    per_hour: int | None = None
    per_minute: int | None = None
    per_message: int | None = None
    recipients_per_day: int | None = None
    trust: str = "unchecked"


@dataclass(frozen=True, slots=True)
class Provider:
    """One row of the table.

    ``smtp_login`` and ``imap_login`` are ``address`` or ``local-part``; ``auth`` holds the kinds of sign-in, best
    first; ``before`` is what the user must have done; ``files_sent`` is ``yes``, ``no`` or ``unsure``.
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

    @property
    def needs_oauth(self) -> bool:
        """Whether no password of any kind works."""
        return all(kind == "xoauth2" for kind in self.auth)


def provider_for(domain: str) -> Provider | None:
    """The provider of an address's domain (A-label form), by name or pattern; None if the table has none."""
    domain = domain.lower()
    for name, row in _table().items():
        if domain in row.get("domains", ()) or any(re.search(p, domain) for p in row.get("domain_patterns", ())):
            return _provider(name, row)
        for region in row.get("regions", ()):
            if domain in (_in_region(known, region) for known in row.get("domains", ())):
                return _regional(_provider(name, row), region)
    return None


def provider_for_host(host: str) -> Provider | None:
    """The provider that submits by this host; None if the table has none.  A host on loopback says nothing."""
    host = host.lower()
    for provider in _providers():
        if provider.smtp.host == host and not host.startswith("127."):
            return provider
    return None


def login_name(form: str, address: str) -> str:
    """What to sign in with: the address, or what is before its last @."""
    return address.rpartition("@")[0] if form == "local-part" else address


def _providers() -> Iterator[Provider]:
    for name, row in _table().items():
        provider = _provider(name, row)
        yield provider
        yield from (_regional(provider, region) for region in row.get("regions", ()))


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    import tomllib

    rows = tomllib.loads(Path(__file__).with_name("providers.toml").read_text("utf-8"))
    return {name: _inherited(row, rows) for name, row in rows.items()}


def _inherited(row: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """A row with what it does not say from the row that it is the same as, but for whose addresses those are."""
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
    )


def _endpoint(server: Mapping[str, Any]) -> Endpoint:
    return Endpoint(server["host"], server["port"], _SECURITY[server["tls"]])


def _regional(provider: Provider, region: str) -> Provider:
    smtp = replace(provider.smtp, host=_in_region(provider.smtp.host, region))
    imap = replace(provider.imap, host=_in_region(provider.imap.host, region))
    return replace(provider, smtp=smtp, imap=imap)


def _in_region(name: str, region: str) -> str:
    return f"{name.removesuffix('com')}{region}" if name.endswith(".com") else name
