"""What a full ledger costs the commands that look into it: ``python -m tests.bench.history [LETTERS [ROUNDS]]``.

Each command runs over a ledger with so many letters and over an empty one, in turn; wanted is at most 1.5 times as
long, and 1.1 times for one letter sent.  The letters are put into the tables directly, as a run leaves them.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailer.ledger.ledger import open_ledger
from tests.bench.checks import NAMES, sentences
from tests.bench.kit import command, sink, timed

LETTER = """Template: check-in
From: Jo Novak <jo@novak.example>
To: Dana Ruiz <dana{number}@acme{number}.example>
Company: Acme{number} Robotics
Position: Data Engineer

{prose}
"""
# The command, and how many times as long it may take.
COMMANDS = {
    "check": (("check", "letter.md"), 1.5),
    "send": (("send", "letter.md", "--yes"), 1.1),
    "log PERSON": (("log", "dana"), 1.5),
    "outbox": (("outbox",), 1.5),
    "due": (("due",), 1.5),
}
BEGAN = datetime(2016, 1, 4, 9, tzinfo=UTC)
_STEP = timedelta(minutes=20)
_LETTERS = (
    "INSERT INTO letters (number, identity, content_digest, state, waits, created, changed, sent, copy, message_id,"
    " date, sender, subject, template, company, position, letter_file, account)"
    " VALUES (?, ?, ?, 'sent', 0, ?, ?, ?, 'off', ?, ?, 'jo@novak.example', ?, 'runner-up', ?, ?, '', '')"
)
_MESSAGE = b"To: someone\r\n\r\n" + b"A line of a letter as long as lines are in letters that people write.\r\n" * 30


def fill(path: Path, count: int) -> None:
    """Put as many sent letters into the ledger, each to somebody else."""
    open_ledger(path).close()
    chance = random.Random(11)
    with closing(sqlite3.connect(path)) as ledger, ledger:
        ledger.execute("PRAGMA synchronous = OFF")
        ledger.execute("INSERT INTO runs VALUES (1, 'bench', ?)", (BEGAN.isoformat(),))
        for number in range(1, count + 1):
            _put(ledger, chance, number)


def _put(ledger: sqlite3.Connection, chance: random.Random, number: int) -> None:
    name = f"{chance.choice(NAMES).title()} {chance.choice(NAMES).title()}"
    company = f"{chance.choice(NAMES).title()}x{number} Systems"
    when = (BEGAN + number * _STEP).isoformat(timespec="microseconds")
    address, position = f"q{number}@old{number}.example", chance.choice(("Gardener", "Chief Cook", "Data Analyst"))
    names = (number, chance.randbytes(32), chance.randbytes(32), when, when, when, f"<{number}@novak.example>", when)
    ledger.execute("INSERT INTO contacts VALUES (?, ?, ?, ?, ?, ?)", (number, address, address, name, company, when))
    ledger.execute(_LETTERS, (*names, f"{position}: thank you", company, position))
    to = "INSERT INTO recipients VALUES (?, 0, ?, 'to', ?, ?, NULL, NULL, NULL, NULL)"
    ledger.execute(to, (number, number, address, name))
    ledger.execute("INSERT INTO attempts VALUES (?, 1, 1, ?, 'sent', 'final', 250, '2.0.0', 'Ok')", (number, when))
    content = (number, sentences(chance, 60), _MESSAGE)
    ledger.execute("INSERT INTO contents (letter, prose, literal, card) VALUES (?, ?, ?, '')", content)


def main(count: int = 200_000, rounds: int = 7) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name, sink(2 * (rounds + 1)) as port:
        places = {"full": Path(name) / "full", "empty": Path(name) / "empty"}
        for place in places.values():
            place.mkdir(mode=0o700)
            fill(place / "ledger.sqlite", count if place.name == "full" else 0)
        taken: dict[tuple[str, str], list[float]] = {}
        for turn in range(rounds + 1):
            for place in places.values():
                _measure(place, port, turn, taken)
        print(f"| with {count:,} letters in the ledger | beside none | wanted | seconds, the first time |")
        print("| --- | ---: | ---: | --- |")
        for what, (_, most) in COMMANDS.items():
            full, empty = (taken[what, place][1:] for place in places)
            times = statistics.median(a / b for a, b in zip(full, empty, strict=True))
            first = f"{statistics.median(full):.3f}, {taken[what, 'full'][0]:.2f}"
            print(f"| {what} | {times:.2f} × | {most} × | {first} |")


def _measure(place: Path, port: int, turn: int, taken: dict[tuple[str, str], list[float]]) -> None:
    settings = {
        "MAILER_DATA_DIR": str(place),
        "MAILER_CONFIG_DIR": str(place),
        "MAILER_SMTP_HOST": "127.0.0.1",
        "MAILER_SMTP_PORT": str(port),
        "MAILER_SMTP_SECURITY": "none",
        "MAILER_AUTH": "none",
    }
    with tempfile.TemporaryDirectory() as work:
        prose = sentences(random.Random(-turn - 1), 60)
        (Path(work) / "letter.md").write_text(LETTER.format(number=turn, prose=prose), "utf-8")
        for what, (arguments, _) in COMMANDS.items():
            run = timed([*command(), *arguments], Path(work), settings)
            taken.setdefault((what, place.name), []).append(run.wall)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
