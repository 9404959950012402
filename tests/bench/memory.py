"""How much memory batches take: ``python -m tests.bench.memory [ROWS [FILES]]``.

Many rows of a template with prose of their own beside a hundred (wanted: at most 1.1 times as much), and letters with
12 MB of their own each (wanted: under 150 MiB), over one connection and over four.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

from tests.bench.kit import NAMES, Run, Workload, ours, sink, workload
from tests.bench.template import KINDS, written

_OCTETS = 12_000_000
_FILED = """TO: {{name}} <{{email}}>
SUBJECT: Your file {{ file }}
FROM: Office <office@meeting.example>
ATTACHMENT: {{ file }}

Dear {{ name }},

here is your file.
"""


def of_rows(work: Workload, count: int, connections: str) -> Run:
    """A run of so many rows of a template."""
    return _sent(work, "check-in.md", written(work, KINDS[1], count), count, connections)


def of_files(work: Workload, count: int, connections: str) -> Run:
    """A run of so many letters with a file of their own."""
    (work.folder / "filed.txt").write_text(_FILED, "utf-8")
    for number in range(count):
        path = work.folder / f"{number}.bin"
        if not path.exists():
            path.write_bytes(random.Random(number).randbytes(_OCTETS))
    rows = work.folder / f"files-{count}.csv"
    with rows.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "name", "file"))
        writer.writerows((f"p{n}@p{n}.example", NAMES[n % len(NAMES)], f"{n}.bin") for n in range(count))
    return _sent(work, "filed.txt", rows, count, connections)


def _sent(work: Workload, letter: str, rows: Path, count: int, connections: str) -> Run:
    with sink(count) as port:
        return ours(work, letter, rows, port, MAILER_CONNECTIONS=connections)


def main(rows: int = 100_000, files: int = 30) -> None:
    """Print the table."""
    print("| what | connections | peak | wanted |\n| --- | ---: | ---: | --- |")
    with workload() as work:
        for connections in ("1", "4"):
            few, many = of_rows(work, 100, connections), of_rows(work, rows, connections)
            told = f"{many.peak:.0f} MiB, {many.peak / few.peak:.2f} × that of 100"
            print(f"| {rows:,} rows | {connections} | {told} | 1.1 × |", flush=True)
        for connections in ("1", "4"):
            peak = of_files(work, files, connections).peak
            print(f"| {files} letters with 12 MB of their own | {connections} | {peak:.0f} MiB | 150 MiB |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
