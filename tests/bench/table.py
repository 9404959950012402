"""The table of the README, ready to paste: ``python -m tests.bench.table [ROUNDS]``; a quarter of an hour at most.

The main job comes first: letters from a template with prose of their own, ledger and checks on.  Every ratio is the
median of pairs of neighbouring runs; the last column has the least and the most of them where there are several.
"""

from __future__ import annotations

import sys

from tests.bench import template
from tests.bench.batch import BOTH, far, near
from tests.bench.kit import told, workload

HEAD = "| what | beside the loop | wanted | ours, the loop's | least and most |\n| --- | ---: | ---: | --- | --- |"


def main(rounds: int = 3) -> None:
    """Print the table."""
    print(HEAD)
    with workload() as work:
        for line in template.lines(work, rounds):
            print(line, flush=True)
        for count, wanted in ((1_000, "3.5"), (10_000, "8")):
            found = near(work, "letter.txt", count, rounds if count < 10_000 else 1)
            print(told(f"{count:,} letters of their own kind", found, wanted), "|", flush=True)
        found = near(work, "attached.txt", 500, 1, str(work.attached))
        print(told("500 letters with 200 kB", found, "5"), "|", flush=True)
        for round_trip in (20.0, 50.0):
            for extensions in (("PIPELINING",), BOTH):
                what = f"200 letters at {round_trip:.0f} ms, {extensions[-1]}"
                wanted = "3.8" if extensions[-1] == "PIPELINING" else "18"
                print(told(what, far(work, round_trip, 8, extensions, 1), wanted), "|", flush=True)
    for line in template.even():
        print(line, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
