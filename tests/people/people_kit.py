"""A user's folder, a clock of its own, and an old ledger, for the tests of people."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from mailer.ledger import schema
from mailer.ledger.ledger import open_ledger
from mailer.ledger.opening import open_store
from mailer.ledger.store import Store
from mailer.message.address import Mailbox
from mailer.people.book import Book, Home
from mailer.people.plan import load
from mailer.settings.database import Database
from tests.kit import ledger as letters
from tests.kit import world

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


class World(world.World):
    """A user at a day of our choosing, with the book and the ledger beside the command."""

    def __init__(self, folder: Path, now: datetime = NOON, ledger: Path | Database | None = None) -> None:
        super().__init__(folder, home=folder, now=now, MAILER_TIMEZONE="Europe/Berlin")
        self.ledger: Any = ledger or self.data / "ledger.sqlite"
        if isinstance(ledger, Database):
            self.settings["MAILER_LEDGER"] = ledger.url

    def on(self, day: str | date) -> World:
        """It is noon of that day."""
        when = date.fromisoformat(day) if isinstance(day, str) else day
        self.now = datetime(when.year, when.month, when.day, 12, tzinfo=UTC)
        return self

    def run(self, *arguments: str, code: int = 0, input: bytes = b""):  # noqa: A002 - as subprocess calls it
        """One command, which ends as told."""
        done = self.mailer(*arguments, input=input)
        assert done.code == code, (arguments, done)
        return done

    def json(self, *arguments: str) -> list:
        """What a command says, object by object."""
        return self.run(*arguments, "--json").objects

    @contextlib.contextmanager
    def book(self, home: str = "DE"):
        """The book, on that day."""
        store = open_store(self.ledger, create=True)
        try:
            yield Book(store, lambda name: load(name, self.folder / "config"), self.now, Home(lambda: home, UTC))
        finally:
            store.close()

    def send(self, to: str = "Dana Ruiz <dana.ruiz@acme.example>", outcome=letters.sent, again=False, **more):
        """A letter the whole way, as the ledger sees it."""
        name, _, address = to.removesuffix(">").partition(" <")
        box = Mailbox(address, name)
        with open_ledger(self.ledger, clock=lambda: self.now) as ledger:
            new = letters.letter((box,), message_id=f"<{address}-{self.now:%j%H%M}@me.example>", **more)
            return letters.go(ledger, new, outcome, again, text=more.get("prose", "We met.").encode())

    def octets(self) -> bytes:
        """Every file of ours, and its name."""
        parts = [path.name.encode() + path.read_bytes() for path in sorted(self.data.rglob("*")) if path.is_file()]
        return b"\n".join(parts)


def old_ledger(path: Path, sent: list[tuple[str, str, datetime, str]]) -> None:
    """A ledger of before people existed, with (name, address, when, template) of letters that were sent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        schema.migrate(Store(db, path), schema.MIGRATIONS[:3])
        for number, (name, address, when, template) in enumerate(sent, 1):
            at = when.isoformat(timespec="microseconds")
            db.execute(
                "INSERT INTO contacts VALUES (?, ?, ?, ?, 'Acme Robotics', ?)", (number, address, address, name, at)
            )
            db.execute(
                "INSERT INTO letters (number, identity, content_digest, state, waits, created, changed, sent,"
                " message_id, date, sender, subject, template, company, position, letter_file, account)"
                " VALUES (?, ?, x'00', 'sent', 0, ?, ?, ?, ?, ?, 'me@me.example', 'Thank you', ?, 'Acme Robotics',"
                " 'Data Engineer', '', '')",
                (number, bytes([number]), at, at, at, f"<{number}@me.example>", at, template),
            )
            db.execute(
                "INSERT INTO recipients (letter, position, contact, kind, address, name) VALUES (?, 0, ?, 'to', ?, ?)",
                (number, number, address, name),
            )
            db.execute("INSERT INTO contents VALUES (?, 'We met.', ?)", (number, b"Subject: Thank you\r\n\r\nWe met."))


__all__ = ["NOON", "World", "old_ledger", "timedelta"]
