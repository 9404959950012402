"""Which IMAP server, and how to sign in to it, as a value."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import BadSettings

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.settings.server import Server


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where folders are kept: ``security`` "tls", "starttls" or "none"; ``auth`` "password" or "oauth2"; seconds.

    ``until``: when all must be done, whatever the time-outs of each step allow (``time.monotonic``).
    """

    host: str
    port: int
    security: str
    username: str
    auth: str
    ca_file: str | Path | None = None
    connect_timeout: float = 30.0
    reply_timeout: float = 300.0
    until: float = math.inf

    def left(self, seconds: float) -> float:
        """So many seconds for a step, or what is left in all."""
        return left(seconds, self.until)

    @property
    def login(self) -> str:
        """What tells one mailbox from another: user name and host."""
        return f"{self.username} at {self.host}"


def left(seconds: float, until: float) -> float:
    """So many seconds, or those that are left until then."""
    return max(0.001, min(seconds, until - time.monotonic()))


def of_settings(server: Server) -> ImapServer:
    """Return the IMAP side of the settings.  Raises BadSettings (78) without a host or a user name."""
    if not server.imap_host:
        raise BadSettings(
            "no IMAP server is set",
            hint="`mailer login you@your.domain` finds it; or set MAILER_IMAP_HOST.",
            field="MAILER_IMAP_HOST",
        )
    if not server.imap_username:
        raise BadSettings(
            "signing in to the IMAP server needs a user name",
            hint="Set MAILER_IMAP_USERNAME.",
            field="MAILER_IMAP_USERNAME",
        )
    return ImapServer(
        server.imap_host,
        server.imap_port,
        server.imap_security,
        server.imap_username,
        # A server that sends without sign-in says nothing about the one that keeps the folders.
        "oauth2" if server.auth == "oauth2" else "password",
        server.ca_file,
        server.connect_timeout,
        server.reply_timeout,
    )
