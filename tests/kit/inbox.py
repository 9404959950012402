"""A user with letters sent, a mailbox over IMAP, and mails that come back into it."""

from __future__ import annotations

from datetime import timedelta

from mailer.answers.mail import read
from tests.kit.letters import LETTER, ME
from tests.kit.world import NOW, World, put, through

START = NOW
DANA = "dana.ruiz@acme.example"


class Mailbox(World):
    """A user with a server to send by and one to read from, and a clock that is put forward."""

    def __init__(self, folder, smtp, imap):
        super().__init__(
            folder,
            now=START,
            MAILER_FROM=ME,
            MAILER_TIMEZONE="Europe/Berlin",
            MAILER_IMAP_HOST="127.0.0.1",
            MAILER_IMAP_PORT=str(imap.port),
            MAILER_IMAP_SECURITY="none",
            MAILER_IMAP_USERNAME="jo@novak.example",
            MAILER_PASSWORD="correct horse",
            MAILER_SAVE_SENT="no",
            MAILER_TIMEOUT="5",
            **through(smtp),
        )
        self.smtp, self.imap = smtp, imap

    def sync(self, *args, code=0, **more):
        done = self.mailer("sync", "--json", *args, **more)
        assert done.code == code, done
        return done.objects

    def later(self, **span):
        self.now += timedelta(**span)
        return self

    def send(self, name="r.md", *args):
        if not (self.folder / name).exists():
            put(self.folder, name, LETTER.replace("\n\n", "\nRefused-On: 2026-11-20\nCountry: DE\n\n", 1))
        done = self.mailer("send", name, "--yes", *args)
        assert done.code == 0, done
        return read(self.smtp.messages[-1].content).message_id

    def arrives(self, content, folder="INBOX", flags=()):
        return self.imap.boxes[folder].add(content, flags, self.now.date())

    def person(self, who="dana"):
        return self.mailer("people", "show", who, "--json").json


def written(sender, subject, body="hello\r\n", at=None, **fields):
    """A mail of our own writing; ``in_reply_to`` and so on are fields."""
    at = at or START + timedelta(hours=3)
    head = {"From": sender, "To": ME, "Subject": subject, "Date": f"{at:%a, %d %b %Y %H:%M:%S} +0000"}
    head |= {"Message-ID": f"<{abs(hash((sender, subject, at)))}@{sender.rpartition('@')[2].strip('>')}>"}
    head |= {name.replace("_", "-").title().replace("-Id", "-ID"): value for name, value in fields.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value is not None)
    return f"{lines}\r\n{body}".encode()


def bounce(message_id, status="5.1.1", to=DANA, at=None):
    """A delivery report (RFC 3464) about a letter."""
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nThe letter could not be delivered.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.novak.example\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} no such user here\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nTo: {to}\r\n--b--\r\n"
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    more = {"auto_submitted": "auto-replied", "content_type": kind}
    return written("MAILER-DAEMON@mx.novak.example", "Undelivered Mail", body, at, mime_version="1.0", **more)
