"""Start-up against an empty Python and against mailmerge: ``python -m tests.bench.startup``.

Paired runs in turn, medians of the ratios.  ``MAILMERGE`` names its command, where it is not on the path.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 31


def command() -> list[str]:
    """The installed command, else the module."""
    script = Path(sys.executable).with_name("mailer")
    return [str(script)] if script.exists() else [sys.executable, "-m", "mailer"]


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


def main() -> None:
    """Print each ratio with the one that is wanted."""
    mailer = command()
    empty = [sys.executable, "-c", "pass"]
    for arguments in ([*mailer, "--version"], [*mailer, "--help"], empty):
        seconds(arguments)
    print(f"mailer --version / python -c pass: {ratio([*mailer, '--version'], empty):.2f} (at most 1.3)")
    click = [sys.executable, "-c", "import click"]
    print(f"mailer --help / import click:      {ratio([*mailer, '--help'], click):.2f}")
    other = os.environ.get("MAILMERGE") or shutil.which("mailmerge")
    if other is None:
        print("mailmerge --help: not installed; name it with MAILMERGE=…/bin/mailmerge")
        return
    seconds([other, "--help"])
    print(f"mailmerge --help / mailer --help:  {ratio([other, '--help'], [*mailer, '--help']):.2f} (at least 2.5)")


if __name__ == "__main__":
    main()
