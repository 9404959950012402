"""From an address to its servers: the table of providers, the domain's MX against it, SRV records (RFC 6186, 8314).

What DNS says is not proof: a server outside the domain is to be shown and agreed to before it gets a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer import discovery
from mailer.discovery import Endpoint
from mailer.errors import Later

if TYPE_CHECKING:
    from mailer.discovery import Provider
    from mailer.dnsrecords import Records, Srv

# Implicit TLS first (RFC 8314 3.3).
_SUBMISSION = (("_submissions._tcp", "tls"), ("_submission._tcp", "starttls"))
_READING = (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls"))
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")


@dataclass(frozen=True, slots=True)
class Found:
    """The servers of an address.

    ``source`` is "table", "mx", "srv" or "" (nothing was found).  ``foreign_targets`` are hosts of SRV records that are
    not below the domain of the address: to be shown and agreed to.  ``trouble`` says why DNS could not be asked, "" if
    it could.
    """

    smtp: Endpoint | None = None
    imap: Endpoint | None = None
    source: str = ""
    foreign_targets: tuple[str, ...] = ()
    provider: Provider | None = None
    trouble: str = ""


def find_servers(domain: str, records: Records | None) -> Found:
    """The servers that mail addresses of ``domain`` (A-label form) use; never raises for what DNS does.

    Without ``records`` only the table is asked.
    """
    provider = discovery.provider_for(domain)
    if provider:
        return _of(provider, "table")
    if records is None:
        return Found()
    try:
        provider = _by_mx(domain, records)
        return _of(provider, "mx") if provider else _by_srv(domain, records)
    except Later as error:
        return Found(trouble=error.text)


def is_outside(host: str, domain: str) -> bool:
    """Whether a host is neither the domain nor below it."""
    return host != domain and not host.endswith(f".{domain}")


def best(records: tuple[Srv, ...]) -> Srv | None:
    """The record to use: lowest priority, then greatest weight; None where the service is not offered (RFC 2782).

    Not by lot, as a server that is asked often wants it: the host is kept in the account's file.
    """
    offered = [record for record in records if _HOST.match(record.target) and record.port]
    return min(offered, key=lambda record: (record.priority, -record.weight, record.target), default=None)


def _of(provider: Provider, source: str) -> Found:
    return Found(provider.smtp, provider.imap, source, (), provider)


def _by_mx(domain: str, records: Records) -> Provider | None:
    """By the best MX only: one behind it may be somebody else's, a filter's or a backup's."""
    found = records.mx(domain)
    best_ones = [mx.host for mx in found if mx.preference == found[0].preference]
    providers = [discovery.provider_for_mx(host) for host in best_ones]
    return next((provider for provider in providers if provider), None)


def _by_srv(domain: str, records: Records) -> Found:
    smtp = _service(_SUBMISSION, domain, records)
    if smtp is None:
        return Found()
    imap = _service(_READING, domain, records)
    hosts = dict.fromkeys(server.host for server in (smtp, imap) if server)
    foreign = tuple(host for host in hosts if is_outside(host, domain))
    return Found(smtp, imap, "srv", foreign, discovery.provider_for_host(smtp.host))


def _service(names: tuple[tuple[str, str], ...], domain: str, records: Records) -> Endpoint | None:
    for name, security in names:
        record = best(records.srv(f"{name}.{domain}"))
        if record:
            return Endpoint(record.target, record.port, security)
    return None
