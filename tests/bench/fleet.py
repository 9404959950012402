"""Workers on PostgreSQL beside one ``send`` on SQLite: ``python -m tests.bench.fleet [LETTERS [PAIRS]]``.

The same letters, queued before the clock starts, go by four workers from forty mailboxes; a pair is one run of each.
With ``python -m tests.bench.fleet growth`` what a letter costs where 20,000 and 200,000 are queued.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.kit import command, ours, workload
from tests.kit.chaos import mailbox, put_off
from tests.kit.counting_smtp import Counting, serving
from tests.kit.fleet import Fleet
from tests.kit.postgresql import running

WORKERS, MAILBOXES = 4, 40


@contextlib.contextmanager
def fleets() -> Iterator[Any]:
    """A server of letters, one of PostgreSQL, and a folder."""
    smtp = Counting()
    with tempfile.TemporaryDirectory() as name, running() as server, serving(smtp):
        Path(name).chmod(0o755)
        yield server, Path(name), smtp


def workers(server: Any, folder: Path, smtp: Counting, letters: int, mailboxes: int = MAILBOXES) -> float:
    """Seconds that four workers need, from their start to their end."""
    from mailer.ledger.ledger import open_ledger

    fleet = Fleet(server, folder, smtp)
    with contextlib.closing(fleet):
        with open_ledger(server.place(fleet.database, "jo", folder=folder / "jo")) as ledger:
            for number in range(mailboxes):
                put_off(ledger, mailbox(number), letters // mailboxes)
        with server.raw(fleet.database) as connection:
            connection.execute("ANALYZE")
        machines = [fleet.worker(*map(mailbox, range(mailboxes)), name=f"w{each}") for each in range(WORKERS)]
        began = time.perf_counter()
        started = [
            subprocess.Popen([*command(), "work", "--once"], env=one.environ(), stdout=subprocess.DEVNULL, stderr=-1)
            for one in machines
        ]
        for process in started:
            _, said = process.communicate()
            if process.returncode:
                raise RuntimeError(said[-2000:].decode())
        return time.perf_counter() - began


def growth() -> None:
    """Milliseconds a letter for 400 letters of one mailbox, with ever more queued for others of the same owner."""
    from mailer.ledger.ledger import open_ledger

    with fleets() as (server, folder, smtp):
        fleet = Fleet(server, folder, smtp)
        queued = 0
        world = fleet.worker(mailbox(0))
        for many in (20_000, 200_000):
            with open_ledger(server.place(fleet.database, "jo", folder=folder / "jo")) as ledger:
                put_off(ledger, mailbox(0), 400, start=queued)
                put_off(ledger, mailbox(1), many - queued, start=queued)
            queued = many
            with server.raw(fleet.database) as connection:
                connection.execute("ANALYZE")
            began, before = time.perf_counter(), len(smtp.taken)
            subprocess.run([*command(), "work", "--once"], env=world.environ(), check=True, capture_output=True)
            seconds = time.perf_counter() - began
            print(f"{many:,} queued: {seconds / (len(smtp.taken) - before) * 1000:.1f} ms a letter", flush=True)
        fleet.close()


def main(letters: int = 2000, pairs: int = 3) -> None:
    """Print the ratio."""
    ratios = []
    with fleets() as (server, folder, smtp), workload() as work:
        rows = work.rows(letters)
        for number in range(pairs):
            seconds = workers(server, folder / str(number), smtp, letters)
            alone = ours(
                work,
                "letter.txt",
                rows,
                smtp.port,
                MAILER_AUTH="password",
                MAILER_SMTP_USERNAME="one@house.example",
                MAILER_PASSWORD="x",
                MAILER_CONFIG_DIR=os.devnull,
            ).wall
            ratios.append(alone / seconds)
            print(f"letters a second: {WORKERS} workers {letters / seconds:.0f}, one send {letters / alone:.0f}")
    print(f"{WORKERS} workers : one send on SQLite, median {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["growth"]:
        growth()
    else:
        main(*map(int, sys.argv[1:]))
