"""From an address to its servers: the table of providers, the domain's MX against it, SRV records (RFC 6186, 8314).

What DNS says is not proof: a server outside the domain is to be shown and agreed to before it gets a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.accounts.providers import table
from mailer.accounts.providers.table import Endpoint
from mailer.errors import Later, MailerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailer.accounts.providers.dns import Records, Srv
    from mailer.accounts.providers.table import Provider

# Implicit TLS first (RFC 8314 3.3).
_SUBMISSION = (("_submissions._tcp", "tls"), ("_submission._tcp", "starttls"))
_READING = (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls"))
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")


@dataclass(frozen=True, slots=True)
class FoundServers:
    """The servers of an address.

    ``source`` is "table", "mx", "srv" or "" (nothing was found).  ``foreign_targets`` are hosts of SRV records that are
    not below the domain of the address: to be shown and agreed to.  ``trouble`` says why DNS could not be asked, "" if
    it could.  ``passed_over`` are better servers of the domain, which could not be reached.
    """

    smtp: Endpoint | None = None
    imap: Endpoint | None = None
    source: str = ""
    foreign_targets: tuple[str, ...] = ()
    provider: Provider | None = None
    trouble: str = ""
    passed_over: tuple[Endpoint, ...] = ()


def find_servers(
    domain: str, records: Records | None, reaches: Callable[[Endpoint], bool] | None = None
) -> FoundServers:
    """Return the servers that mail addresses of ``domain`` (A-label form) use; never raises for what DNS does.

    Without ``records`` only the table is asked.  Of the servers of SRV records the first that ``reaches`` says can be
    reached is taken (None: they are not tried), the best if none can.
    """
    provider = table.provider_for(domain)
    if provider:
        return _of(provider, "table")
    if records is None:
        return FoundServers()
    try:
        provider = _by_mx(domain, records)
        return _of(provider, "mx") if provider else _by_srv(domain, records, reaches)
    except Later as error:
        return FoundServers(trouble=error.text)


def is_outside(host: str, domain: str) -> bool:
    """Tell whether a host is neither the domain nor below it."""
    return host != domain and not host.endswith(f".{domain}")


def reachable(server: Endpoint, seconds: float) -> bool:
    """Tell whether something answers there within ``seconds``; nothing is said to it."""
    from mailer.transport.connection import connect

    try:
        connect(server.host, server.port, seconds).close()
    except MailerError:
        return False
    return True


def in_order(records: tuple[Srv, ...]) -> list[Srv]:
    """The records to use, best first: lowest priority, then greatest weight; none that offers nothing (RFC 2782).

    Not by lot, as a server that is asked often wants it: the host is kept in the account's file.
    """
    offered = [record for record in records if _HOST.match(record.target) and record.port]
    return sorted(offered, key=lambda record: (record.priority, -record.weight, record.target))


def _of(provider: Provider, source: str) -> FoundServers:
    return FoundServers(provider.smtp, provider.imap, source, (), provider)


def _by_mx(domain: str, records: Records) -> Provider | None:
    """By the best MX only: one behind it may be somebody else's, a filter's or a backup's."""
    found = records.mx(domain)
    best_ones = [mx.host for mx in found if mx.preference == found[0].preference]
    providers = [table.provider_for_mx(host) for host in best_ones]
    return next((provider for provider in providers if provider), None)


def _by_srv(domain: str, records: Records, reaches: Callable[[Endpoint], bool] | None) -> FoundServers:
    smtp, no_smtp = _first(_offered(_SUBMISSION, domain, records), reaches)
    if smtp is None:
        return FoundServers()
    imap, no_imap = _first(_offered(_READING, domain, records), reaches)
    hosts = dict.fromkeys(server.host for server in (smtp, imap) if server)
    foreign = tuple(host for host in hosts if is_outside(host, domain))
    provider = table.provider_for_host(smtp.host)
    return FoundServers(smtp, imap, "srv", foreign, provider, passed_over=(*no_smtp, *no_imap))


def _offered(names: tuple[tuple[str, str], ...], domain: str, records: Records) -> Iterator[Endpoint]:
    for name, security in names:
        for record in in_order(records.srv(f"{name}.{domain}")):
            yield Endpoint(record.target, record.port, security)


def _first(
    offered: Iterator[Endpoint], reaches: Callable[[Endpoint], bool] | None
) -> tuple[Endpoint | None, list[Endpoint]]:
    """Return the first server that can be reached, and those before it; the very first where none can."""
    silent: list[Endpoint] = []
    for server in offered:
        if reaches is None or reaches(server):
            return server, silent
        silent.append(server)
    return (silent[0] if silent else None), []
