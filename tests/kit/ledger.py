"""Letters, outcomes and a clock for the ledger's tests."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import sqlite3
from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from mailer.ledger import schema
from mailer.ledger.shelves import HistoryShelf
from mailer.ledger.store import Store
from mailer.ledger.values import NewLetter, people
from mailer.message.address import Mailbox
from mailer.message.attachments import Attachment
from mailer.message.compose import Unstamped
from mailer.message.identity import content_digest, identity
from mailer.transport.replies import Reply
from mailer.transport.values import Outcome

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
STAMP = b"Date: Tue, 12 May 2026 12:00:00 +0000\r\nMessage-ID: <1@me.example>\r\n"
OK = Reply(250, "2.0.0", "Ok: queued as 4XyzAbc123")
LATER = Reply(451, "4.7.1", "Greylisted, come back")
NO = Reply(550, "5.1.1", "No such user")
DANA = Mailbox("dana.ruiz@acme.example", "Dana Ruiz")
LEE = Mailbox("lee@acme.example", "Lee Brandt")


class Clock:
    """Noon, and a second later at every look."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


def letter(to=(DANA,), text="We met.", subject="Thank you", message_id="<1@me.example>", **more):
    attachments = more.pop("attachments", ())
    message = more.pop("message", saying())
    about = {key: more.setdefault(key, value) for key, value in ABOUT.items()}
    return NewLetter(
        identity=identity(to, (*more.get("cc", ()), *more.get("bcc", ())), subject=subject, **about),
        content_digest=content_digest(subject, text, [item.digest for item in attachments]),
        message_id=message_id,
        date=NOON,
        sender=more.pop("sender", "me@me.example"),
        people=people(to, more.pop("cc", ()), more.pop("bcc", ())),
        subject=subject,
        message=message,
        attachments=attachments if message.places else (),
        **more,
    )


ABOUT = {"template": "runner-up", "company": "Acme Robotics", "position": "Data Engineer"}


def attachment(data, name="cv.pdf"):
    encoded = encodebytes(data).replace(b"\n", b"\r\n")
    return Attachment(name, "application/pdf", hashlib.sha256(data).hexdigest(), len(data), encoded, f"/{name}")


def saying(words=b"We met.\r\n"):
    """A message that shows which stamp it was given."""
    return Unstamped(b"", b"\r\n" + words)


def sent(claim, refused=None):
    return Outcome(claim.id, "sent", "final", OK, refused or {})


def ended(claim, state, reply=None, refused=None, phase="final"):
    return Outcome(claim.id, state, phase, reply, refused or {})


def go(ledger, new, outcome=sent, again=False, text=b"We met.\r\n"):
    """One letter the whole way; ``outcome`` makes its end from the claim."""
    claim = ledger.claim(new._replace(message=saying(text)), again=again)
    assert claim.goes, claim
    ledger.about_to_send([claim.id])
    ledger.settle([outcome(claim)])
    return claim


def known(ledger):
    """The letters that the checks may know of, newest first."""
    shelf = HistoryShelf(ledger.store, "")
    numbers = ledger.store.each("SELECT number FROM letters ORDER BY number DESC")
    return [other for (number,) in numbers if (other := shelf.letter(number))]


@functools.cache
def new_tables():
    """A ledger with nothing in it, made by the migrations."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    schema.migrate(Store(connection, Path("new")))
    return connection


@pytest.fixture(autouse=True, scope="package")
def new_ledgers_are_copies():
    """A new ledger gets its tables as a copy of one that the migrations made, a tenth of a millisecond instead of 7.

    For packages whose tests make hundreds of them and are about something else; those of ``tests/ledger`` migrate.
    """
    migrate, made = schema.migrate, new_tables()

    def copied(store, migrations=schema.MIGRATIONS, **more):
        if migrations is schema.MIGRATIONS and schema.recognise(store) == 0:
            # What is wrong with the disk is said by the migrations.
            with contextlib.suppress(sqlite3.Error):
                made.backup(store._connection)
        migrate(store, migrations, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "migrate", copied)
        yield


class Contact(NamedTuple):
    """Somebody for whom a letter was claimed."""

    key: str
    name: str
    company: str


def contacts(ledger):
    """Everybody for whom a letter was claimed, in their order."""
    return list(map(Contact._make, ledger.store.all("SELECT key, name, company FROM contacts ORDER BY id")))
