"""Start-up and one letter: ``python -m tests.bench.startup [PAIRS]``.

Start-up against an empty Python and against mailmerge, one letter with an attachment against the same in thirty lines
of ``smtplib``: whole processes, paired runs in turn, medians of the ratios.  ``MAILMERGE`` names its command, where it
is not on the path.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time

from tests.bench.kit import Compared, Run, command, compared, ours, sink, theirs, workload

RUNS = 31


def seconds(arguments: list[str]) -> float:
    """Wall time of one run of a program."""
    start = time.perf_counter()
    subprocess.run(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def ratio(first: list[str], second: list[str], runs: int = RUNS) -> float:
    """Median over pairs of runs of the time of ``first`` over that of ``second``; each goes first by turns."""
    pairs = []
    for number in range(runs):
        if number % 2:
            one = seconds(first)
            pairs.append(one / seconds(second))
        else:
            two = seconds(second)
            pairs.append(seconds(first) / two)
    return statistics.median(pairs)


def one_letter(runs: int = RUNS) -> tuple[Compared, float]:
    """Text, HTML and 200,000 octets, checked, recorded and sent, with the base; and the processor's quickest runs."""
    pairs: list[tuple[Run, Run]] = []
    with workload() as work, sink(2 * runs + 2) as port:
        rows, file = work.rows(1), str(work.attached)
        for number in range(runs + 1):
            if number % 2:
                first = ours(work, "attached.txt", rows, port)
                pairs.append((first, theirs(work, rows, port, file)))
            else:
                second = theirs(work, rows, port, file)
                pairs.append((ours(work, "attached.txt", rows, port), second))
    # The first pair finds nothing compiled.
    del pairs[0]
    return compared(pairs), min(a.cpu for a, _ in pairs) / min(b.cpu for _, b in pairs)


def main(runs: int = RUNS) -> None:
    """Print each ratio with the one that is wanted."""
    mailer = command()
    empty = [sys.executable, "-c", "pass"]
    for arguments in ([*mailer, "--version"], [*mailer, "--help"], empty):
        seconds(arguments)
    print(f"mailer --version / python -c pass: {ratio([*mailer, '--version'], empty, runs):.2f} (at most 1.3)")
    click = [sys.executable, "-c", "import click"]
    print(f"mailer --help / import click:      {ratio([*mailer, '--help'], click, runs):.2f}")
    found, quickest = one_letter(runs)
    print(f"one letter / smtplib, by the clock: {1 / found.times:.2f} (at most 1.2)")
    print(f"one letter / smtplib, processor:    {quickest:.2f}")
    print(f"one letter, memory: {found.first.peak:.1f} MiB, smtplib {found.second.peak:.1f} (at most 8 more)")
    other = os.environ.get("MAILMERGE") or shutil.which("mailmerge")
    if other is None:
        print("mailmerge --help: not installed; name it with MAILMERGE=…/bin/mailmerge")
        return
    seconds([other, "--help"])
    print(
        f"mailmerge --help / mailer --help:  {ratio([other, '--help'], [*mailer, '--help'], runs):.2f} (at least 2.5)"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
