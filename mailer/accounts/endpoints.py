"""Servers as the user names them in options: HOST or HOST:PORT, and the settings that they stand for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.accounts.providers.table import Endpoint
from mailer.errors import Usage
from mailer.settings.table import IMAP_PORTS, SMTP_PORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENDPOINT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(?::([0-9]{1,5}))?\Z")
_SECURITY_OF_PORT = {25: "starttls", 465: "tls", 587: "starttls", 143: "starttls", 993: "tls"}
_SMTP = ("SMTP_HOST", "SMTP_SECURITY", "SMTP_PORT", "SMTP_USERNAME", "AUTH", "CA_FILE")
IMAP = frozenset(f"MAILER_IMAP_{name}" for name in ("HOST", "SECURITY", "PORT", "USERNAME"))
SERVERS = frozenset(f"MAILER_{name}" for name in _SMTP) | IMAP


def parse_endpoint(text: str, option: str, security: str, ports: Mapping[str, int]) -> Endpoint:
    """Read HOST or HOST:PORT; a known port says how the line is made safe.  Raises Usage that names ``option``."""
    text = text.strip()
    bare_ipv6 = "::" in text and not text.startswith("[")
    match = _ENDPOINT.match(f"[{text}]" if bare_ipv6 else text)
    port = int(match[2]) if match and match[2] else None
    if match is None or port == 0 or (port or 0) > 65_535:
        raise Usage(f"{option}: {text[:60]!r} is not HOST or HOST:PORT", hint="such as smtp.example.com:587")
    security = security or _SECURITY_OF_PORT.get(port or 0, "tls")
    return Endpoint(match[1].strip("[]").lower(), port or ports[security], security)


def secured(endpoint: Endpoint, security: str, ports: Mapping[str, int]) -> Endpoint:
    """Give the same host with another kind of security, at the port of that one."""
    if security in ("", endpoint.security):
        return endpoint
    return Endpoint(endpoint.host, ports[security], security)


def overlay(
    smtp: str = "", security: str = "", username: str = "", auth: str = "", ca_file: str = ""
) -> dict[str, str]:
    """Give the settings that options on the server stand for, to be laid over an account's.  Raises Usage."""
    chosen = {"MAILER_SMTP_USERNAME": username, "MAILER_AUTH": auth, "MAILER_CA_FILE": ca_file}
    if smtp:
        server = parse_endpoint(smtp, "--smtp", security, SMTP_PORTS)
        chosen |= {"MAILER_SMTP_HOST": server.host}
        security, port = server.security, server.port
    elif security:
        port = SMTP_PORTS[security]
    if security:
        chosen |= {"MAILER_SMTP_SECURITY": security, "MAILER_SMTP_PORT": str(port)}
    return chosen


def imap_overlay(imap: str, security: str) -> dict[str, str]:
    """Give those that options on the IMAP server stand for.  Raises Usage."""
    if not imap:
        return {}
    server = parse_endpoint(imap, "--imap", security, IMAP_PORTS)
    return {
        "MAILER_IMAP_HOST": server.host,
        "MAILER_IMAP_SECURITY": server.security,
        "MAILER_IMAP_PORT": str(server.port),
    }


def taken_from_settings(smtp: bool, imap: bool, username: bool, auth: bool) -> frozenset[str]:
    """Name the settings that a plan may take from files, where the options on these are given or not."""
    names = SERVERS | {"MAILER_OAUTH_CLIENT_ID", "MAILER_OAUTH_SCOPE", "MAILER_OAUTH_FLOW"}
    options = {
        "MAILER_SMTP_HOST": smtp,
        "MAILER_SMTP_SECURITY": smtp,
        "MAILER_SMTP_PORT": smtp,
        "MAILER_SMTP_USERNAME": username,
        "MAILER_AUTH": auth,
        "MAILER_IMAP_HOST": smtp or imap,
        "MAILER_IMAP_SECURITY": smtp or imap,
        "MAILER_IMAP_PORT": smtp or imap,
        "MAILER_IMAP_USERNAME": smtp and not imap,
    }
    return frozenset(names - {name for name, given in options.items() if given})
