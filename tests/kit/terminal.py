"""Ctrl-C at a program that asks, no sooner than it listens."""

from __future__ import annotations

import time
from pathlib import Path


def interrupt(child, seconds=15.0):
    """Press Ctrl-C once ``child``, a pexpect spawn, sleeps in the reading of its answer.

    Between the prompt and the reading, Python notes a signal and reads all the same.
    """
    stat = Path(f"/proc/{child.pid}/stat")
    end = time.monotonic() + seconds
    while stat.exists() and _state(stat) != "S" and time.monotonic() < end:
        time.sleep(0.01)
    if not stat.exists():
        time.sleep(0.5)
    child.sendintr()


def _state(stat):
    return stat.read_text().rpartition(")")[2].split()[0]
