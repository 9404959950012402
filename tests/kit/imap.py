"""A mailbox on loopback, and an account that opens it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailer.imap.reconnecting import MailboxConnection
from mailer.imap.server import ImapServer as Wanted
from mailer.imap.session import open_session
from tests.kit.imap_server import ImapServer

NOW = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
ID = "<1@novak.example>"
MESSAGE = b"Message-ID: <1@novak.example>\r\nSubject: x\r\n\r\nhello\r\n"
USER, PASSWORD = "jo@novak.example", "correct horse"


def wanted(server, **more):
    """How ``server`` is signed in to, with short time limits."""
    about = {"host": "localhost" if server.tls else "127.0.0.1", "port": server.port, "security": server.tls or "none"}
    about |= {"username": USER, "auth": "password", "connect_timeout": 3.0, "reply_timeout": 3.0}
    return Wanted(**(about | more))


@pytest.fixture
def server():
    with ImapServer() as running:
        yield running


@pytest.fixture
def account(server):
    with MailboxConnection(
        "jo@novak.example at imap.example", lambda: open_session(wanted(server), PASSWORD)
    ) as opened:
        yield opened
