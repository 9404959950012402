"""What was seen, in words: a server, a certificate, capabilities, folders, a clock, a provider."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.accounts.providers.table import Provider
    from mailer.settings.server import Server
    from mailer.settings.settings import Settings
    from mailer.transport.connection import TlsInfo
    from mailer.transport.values import Capabilities

_DATE = re.compile(r"\b[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}\b")
_MOST_SECONDS = 300


def settings(found: Settings, server: Server, provider: Provider | None) -> str:
    """Return the account and its servers."""
    parts = [f"account {found.account}" if found.account else "no account"]
    parts.append(f"{server.host} port {server.port} ({server.security})")
    parts.append(f"{server.auth}, {server.username}" if server.auth != "none" else "no sign-in")
    if server.imap_host:
        parts.append(f"IMAP {server.imap_host} port {server.imap_port} ({server.imap_security})")
    if provider:
        parts.append(provider.name)
    return "; ".join(parts)


def tls(info: TlsInfo | None) -> str:
    """Version and cipher, then the certificate: subject, issuer, names, last day."""
    if info is None:
        return "without TLS"
    certificate = [f"subject {info.subject or '(none)'}", f"issuer {info.issuer}"]
    certificate += [f"for {', '.join(info.names)}", f"valid until {info.not_after}"]
    return "; ".join((f"{info.version} {info.cipher}", *certificate))


def capabilities(offered: Capabilities) -> str:
    """Every extension with its parameters, and SIZE as people read it."""
    words = ", ".join(" ".join((name, *values)) for name, values in sorted(offered.offered.items())) or "no extensions"
    return f"{words}; largest message {offered.size:,} octets" if offered.size else f"{words}; no limit of size given"


def clock(greeting: str, now: datetime) -> tuple[str, str]:
    """How far the server's clock is from ``now`` where its greeting holds a date, and a hint if it is far; else "".

    Dates as in RFC 5322 3.3.
    """
    from email.utils import parsedate_to_datetime

    found = _DATE.search(greeting)
    if not found:
        return "", ""
    try:
        # -0000 is UTC of a server that does not tell its zone; the library makes a time without any zone of it.
        told = parsedate_to_datetime(found[0].replace("-0000", "+0000"))
        seconds = round((now - told).total_seconds())
    except (ValueError, OverflowError):
        return "", ""
    far = abs(seconds) > _MOST_SECONDS
    hint = "set the clock of this computer: it is not that of the server" if far else ""
    return f"; this computer's clock is {abs(seconds)} s {'behind' if seconds < 0 else 'ahead'}", hint


def way(hint: str, domain: str, host: str, port: int, security: str) -> str:
    """``hint``, and where the provider of the server or of the sender's ``domain`` submits, if that is elsewhere."""
    from mailer.accounts.providers.table import Endpoint, provider_for, provider_for_host

    provider = provider_for_host(host) or provider_for(domain)
    if provider is None or provider.smtp == Endpoint(host, port, security):
        return hint
    where = provider.smtp
    usual = f"{provider.name} submits at {where.host}, port {where.port}, MAILER_SMTP_SECURITY={where.security}"
    return f"{hint}; {usual}" if hint else usual


def advice(hint: str, provider: Provider | None) -> str:
    """``hint``, and what the provider wants of everybody before a sign-in, if that is not said already."""
    if provider is None:
        return hint
    kind = {"app-password": "an app password", "xoauth2": "OAuth2 (MAILER_AUTH=oauth2)"}.get(provider.auth[0], "")
    wants = [f"wants {kind}"] if kind and kind not in hint else []
    wants += [extra for extra in (provider.before, provider.help) if extra and extra not in hint]
    return "; ".join(part for part in (hint, f"{provider.name}: {', '.join(wants)}" if wants else "") if part)
