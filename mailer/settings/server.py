"""What a connection to a mail server needs, and which layer of the settings named it."""

from __future__ import annotations

from pathlib import Path

from mailer.settings.values import OPTION
from mailer.tuples import NamedTuple


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
    """What a connection needs, checked; times in seconds; ``retry_seconds`` is None where it depends on the batch.

    ``connections`` is 0 for ``auto``.
    """

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
    connections: int
    oauth: OAuthSettings = OAuthSettings()
    named: Named = Named()
    sync: str = "auto"

    @property
    def mailbox(self) -> str:
        """From which mailbox letters go: the user name and the host that submits, in the form that is compared."""
        return same_mailbox(self.mailbox_as_set)

    @property
    def mailbox_as_set(self) -> str:
        """The same as the settings have it, which is how earlier versions wrote it down."""
        return f"{self.username} at {self.host}" if self.username else self.host


def same_mailbox(name: str) -> str:
    """A mailbox in the form by which it is compared: however user name and host are written, it is one.

    Hosts and domains have no case (RFC 4343).  The part before the "@" may have one by RFC 5321 2.4, and at no
    provider does: whoever writes it in two ways has one mailbox, whose letters count together.
    """
    return name.casefold()
