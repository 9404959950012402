"""What the ledger costs a letter: ``python tests/bench/ledger.py [COUNT]``.

Letters are claimed 64 a commit, marked and settled a window a commit, as a batch does.  Beside it stands the
same number of bare commits of one row, which the disk asks of anybody.
"""

# ruff: noqa: E402

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "ledger")]

from mailer.ledger.ledger import open_ledger
from mailer.message.address import Mailbox
from mailer.message.compose import Unstamped
from tests.kit.ledger import letter, sent

TOGETHER = 64
MESSAGE = Unstamped(
    b"To: someone\r\n", b"\r\n" + b"A line of a letter as long as lines are in letters that people write.\r\n" * 40
)


def fill(path, count, window):
    """Seconds a letter, wall and processor."""
    news = [
        letter((Mailbox(f"p{n}@c{n % 977}.example", f"P {n}"),), text=str(n), prose="p" * 400, message=MESSAGE)
        for n in range(count)
    ]
    with open_ledger(path) as ledger:
        wall, processor = time.perf_counter(), time.process_time()
        outcomes = []
        for start in range(0, count, TOGETHER):
            with ledger.transaction():
                claims = [ledger.claim(new) for new in news[start : start + TOGETHER]]
            for first in range(0, len(claims), window):
                part = claims[first : first + window]
                ledger.about_to_send([claim.id for claim in part], outcomes)
                outcomes = [sent(claim) for claim in part]
        ledger.settle(outcomes)
        return (time.perf_counter() - wall) / count, (time.process_time() - processor) / count


def look(path, count):
    """Seconds a letter to see that everything was sent."""
    with open_ledger(path) as ledger:
        begun = time.perf_counter()
        for n in range(count):
            new = letter((Mailbox(f"p{n}@c{n % 977}.example"),), text=str(n))
            assert ledger.peek(new.identity, new.content_digest).kind == "already-sent"
        return (time.perf_counter() - begun) / count


def bare(path, commits):
    """Seconds a commit of one row with full sync."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a)")
    begun = time.perf_counter()
    for _ in range(commits):
        db.execute("INSERT INTO t VALUES (1)")
    seconds = time.perf_counter() - begun
    db.close()
    return seconds / commits


def syncs(folder, count, window):
    """Syncs of the disk for a letter, as strace counts them."""
    me = [sys.executable, __file__, "--one", str(folder / "traced.sqlite"), str(count), str(window)]
    done = subprocess.run(
        ["strace", "-f", "-c", "-e", "trace=fdatasync,fsync", *me], capture_output=True, text=True, check=True
    )
    return (
        sum(int(calls) for calls in re.findall(r"(\d+)\s+(?:fdatasync|fsync)\s*$", done.stderr, re.MULTILINE)) / count
    )


def main(count=4000):
    """Print the table."""
    print(f"{count:,} letters; microseconds a letter")
    print(f"{'window':>7} {'wall':>7} {'cpu':>7} {'a second':>9} {'bare commits':>13} {'syncs':>7} {'look':>6}")
    for window in (1, 8, 32):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            wall, processor = fill(folder / "ledger.sqlite", count, window)
            commits = bare(folder / "bare.sqlite", count // window) / window
            counted = f"{syncs(folder, 512, window):7.3f}" if shutil.which("strace") else "      –"
            seen = look(folder / "ledger.sqlite", count)
        print(
            f"{window:7} {wall * 1e6:7.0f} {processor * 1e6:7.0f} {1 / wall:9,.0f} {commits * 1e6:13.0f}"
            f" {counted} {seen * 1e6:6.0f}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        fill(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*map(int, sys.argv[1:]))
