"""A user's folder, a clock of its own, and an old ledger, for the tests of people."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner

from mailer.cli.app import App
from mailer.cli.main import cli
from mailer.ledger import schema
from mailer.ledger.ledger import open_ledger
from mailer.ledger.opening import open_store
from mailer.ledger.store import Store
from mailer.message.address import Mailbox
from mailer.people.book import Book, Home
from mailer.people.plan import load
from tests.kit import ledger as letters

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


class World:
    """A data folder, a day, and ``mailer`` in it."""

    def __init__(self, folder: Path, now: datetime = NOON) -> None:
        self.folder, self.now = folder, now
        self.data = folder / "data"
        self.ledger = self.data / "ledger.sqlite"
        self.environ = {
            "MAILER_DATA_DIR": str(self.data),
            "MAILER_CONFIG_DIR": str(folder / "config"),
            "MAILER_TIMEZONE": "Europe/Berlin",
        }

    def on(self, day: str | date) -> World:
        """It is noon of that day."""
        when = date.fromisoformat(day) if isinstance(day, str) else day
        self.now = datetime(when.year, when.month, when.day, 12, tzinfo=UTC)
        return self

    def run(self, *arguments: str, code: int = 0, stdin: str | None = None):
        """One command; its output."""
        app = App(self.environ, self.folder, lambda: self.now)
        done = CliRunner().invoke(cli, list(arguments), obj=app, input=stdin, standalone_mode=False)
        given = getattr(done.exception, "code", None) or (done.exception and 70) or done.return_value or 0
        if isinstance(done.exception, Exception) and not hasattr(done.exception, "code"):
            given = getattr(done.exception, "exit_code", 70)
        assert given == code, (arguments, given, done.output, done.exception)
        return done

    def json(self, *arguments: str) -> list:
        """What a command says, object by object."""
        return [json.loads(line) for line in self.run(*arguments, "--json").stdout.splitlines()]

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
