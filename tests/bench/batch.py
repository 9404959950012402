"""Batches against a loop of ``smtplib``, ledger and checks on, in pairs: ``python -m tests.bench.batch [ROUNDS]``."""

from __future__ import annotations

import sys

from tests.bench.kit import Compared, Workload, compared, ours, sink, theirs, told, workload

BOTH = ("PIPELINING", "CHUNKING")


def near(work: Workload, letter: str, count: int, rounds: int, *attached: str) -> Compared:
    """Text and HTML from Markdown, over a line without latency; ``attached`` is what the base attaches."""
    rows, pairs = work.rows(count), []
    for _ in range(rounds):
        with sink(count) as port:
            first = ours(work, letter, rows, port)
        with sink(count) as port:
            pairs.append((first, theirs(work, rows, port, *attached)))
    return compared(pairs)


def far(
    work: Workload, round_trip: float, window: int, extensions: tuple[str, ...], rounds: int, connections: str = "1"
) -> Compared:
    """200 letters to a server ``round_trip`` milliseconds away."""
    rows, pairs = work.rows(200), []
    for _ in range(rounds):
        with sink(200, round_trip, extensions) as port:
            first = ours(work, "letter.txt", rows, port, MAILER_WINDOW=str(window), MAILER_CONNECTIONS=connections)
        with sink(200, round_trip, extensions) as port:
            pairs.append((first, theirs(work, rows, port)))
    return compared(pairs)


def main(rounds: int = 3) -> None:
    """Print the table."""
    with workload() as work:
        for count, wanted in ((1_000, "5"), (10_000, "8")):
            found = near(work, "letter.txt", count, rounds)
            print(told(f"{count:,} letters", found, wanted), f"processor {found.cpu:.2f} of the loop's, wanted 0.15")
        found = near(work, "attached.txt", 500, rounds, str(work.attached))
        print(told("500 letters with 200 kB", found, "5"))
        for round_trip in (20.0, 50.0):
            what = f"200 letters at {round_trip:.0f} ms"
            print(told(f"{what}, PIPELINING", far(work, round_trip, 8, ("PIPELINING",), rounds), "3.8"))
            four = far(work, round_trip, 8, ("PIPELINING",), rounds, "4")
            print(told(f"{what}, PIPELINING, four connections", four, "10"))
            print(told(f"{what}, CHUNKING", far(work, round_trip, 8, BOTH, rounds), "18"))
            print(told(f"{what}, CHUNKING, a window of 32", far(work, round_trip, 32, BOTH, rounds), "40"))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
