"""Workers on PostgreSQL beside one ``send`` on SQLite: ``python -m tests.bench.fleet [LETTERS [PAIRS]]``.

The same letters, queued before the clock starts, go by four workers from forty mailboxes of one owner, then of four
owners, then all to one company; a pair is one run of each beside one ``send``.  The server is as it comes: fsync,
autovacuum, 128 MB of buffers.  With ``python -m tests.bench.fleet growth`` what a letter costs where 20,000 and 200,000
are queued, in milliseconds of the clock and of the processors.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.kit import command, ours, workload
from tests.kit.chaos import company_of, mailbox, put_off
from tests.kit.counting_smtp import Counting, serving
from tests.kit.fleet import Fleet
from tests.kit.postgresql import running

WORKERS, MAILBOXES = 4, 40
# What a server has that nobody has changed; those of the tests do without.
AS_IT_COMES = ("fsync=on", "full_page_writes=on", "autovacuum=on", "jit=on", "shared_buffers=128MB")
CASES = {
    "one owner": (1, company_of),
    "four owners": (4, company_of),
    "one company": (1, lambda _name, _number: "House"),
}


class Took(NamedTuple):
    """Seconds of the clock, and of the processors: of the workers, and of the database."""

    wall: float
    workers: float
    database: float


@contextlib.contextmanager
def fleets() -> Iterator[Any]:
    """A server of letters, one of PostgreSQL, and a folder."""
    smtp = Counting()
    with tempfile.TemporaryDirectory() as name, running(*AS_IT_COMES) as server, serving(smtp):
        Path(name).chmod(0o755)
        yield server, Path(name), smtp


def workers(
    server: Any, folder: Path, smtp: Counting, letters: int, owners: int, company: Callable[[str, int], str]
) -> Took:
    """What four workers need, from their start to their end."""
    from mailer.ledger.ledger import open_ledger

    with contextlib.closing(Fleet(server, folder, smtp)) as fleet:
        for owner in range(owners):
            place = server.place(fleet.database, "jo", owner=f"o{owner}" if owner else "", folder=folder / "jo")
            with open_ledger(place) as ledger:
                for number in range(owner, MAILBOXES, owners):
                    put_off(ledger, mailbox(number), letters // MAILBOXES, company=company)
        machines = [fleet.worker(*map(mailbox, range(MAILBOXES)), name=f"w{each}") for each in range(WORKERS)]
        return timed(server, machines)


def timed(server: Any, machines: list[Any]) -> Took:
    """One worker on each machine, until nothing is due."""
    began, cpu, database = time.perf_counter(), os.times(), of_database(server)
    started = [
        subprocess.Popen([*command(), "work", "--once"], env=one.environ(), stdout=subprocess.DEVNULL, stderr=-1)
        for one in machines
    ]
    for process in started:
        _, said = process.communicate()
        if process.returncode:
            raise RuntimeError(said[-2000:].decode())
    wall, now = time.perf_counter() - began, os.times()
    own = now.children_user + now.children_system - cpu.children_user - cpu.children_system
    return Took(wall, own, of_database(server) - database)


def of_database(server: Any) -> float:
    """Seconds of the processors that a server has used, with its processes that have ended."""
    parent = (server.data / "postmaster.pid").read_text().split()[0]
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if path.parent.name == parent:
                ticks += sum(map(int, fields[11:15]))
            elif fields[1] == parent:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def growth() -> None:
    """What 400 letters of one mailbox cost, with ever more queued for others of the same owner."""
    from mailer.ledger.ledger import open_ledger

    with fleets() as (server, folder, smtp), contextlib.closing(Fleet(server, folder, smtp)) as fleet:
        queued = 0
        world = fleet.worker(mailbox(0))
        for many in (20_000, 200_000):
            with open_ledger(server.place(fleet.database, "jo", folder=folder / "jo")) as ledger:
                put_off(ledger, mailbox(0), 400, start=queued)
                for number in range(1, 10):
                    put_off(ledger, mailbox(number), (many - queued) // 9, start=queued)
            queued = many
            with server.raw(fleet.database) as connection:
                # What autovacuum does within minutes.
                connection.execute("VACUUM (ANALYZE)")
            before = len(smtp.taken)
            took = timed(server, [world])
            each = 1000 / (len(smtp.taken) - before)
            print(f"{many:,} queued: a letter took {took.wall * each:.1f} ms,", end=" ")
            print(f"of the processors {took.workers * each:.2f} + {took.database * each:.2f} ms", flush=True)


def main(letters: int = 4000, pairs: int = 3) -> None:
    """Print the ratios."""
    ratios: dict[str, list[float]] = {name: [] for name in CASES}
    with fleets() as (server, folder, smtp), workload() as work:
        rows = work.rows(letters)
        for number in range(pairs):
            for name, case in CASES.items():
                took = workers(server, folder / f"{name}{number}", smtp, letters, *case)
                alone = ours(
                    work,
                    "letter.txt",
                    rows,
                    smtp.port,
                    MAILER_AUTH="password",
                    MAILER_SMTP_USERNAME="one@house.example",
                    MAILER_PASSWORD="x",
                    MAILER_CONFIG_DIR=os.devnull,
                )
                ratios[name].append(alone.wall / took.wall)
                each = 1000 / letters
                print(
                    f"{name}: {WORKERS} workers {letters / took.wall:.0f} letters a second, of the processors"
                    f" {took.workers * each:.2f} + {took.database * each:.2f} ms a letter;"
                    f" one send {letters / alone.wall:.0f}, {alone.cpu * each:.2f} ms",
                    flush=True,
                )
    for name, found in ratios.items():
        print(f"{name}: {WORKERS} workers : one send on SQLite, median {statistics.median(found):.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["growth"]:
        growth()
    else:
        main(*map(int, sys.argv[1:]))
