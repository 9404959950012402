"""Tell on stderr how far a ledger is brought up to date, where that takes more than a second."""

from __future__ import annotations

import contextlib
import sys
import time

_PATIENCE = 1.0


class Progress:
    """So many letters are to be gone through: one line that changes on a terminal, else one line in all."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._said = total, 0, False
        self._began = time.monotonic()

    def add(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        if time.monotonic() - self._began < _PATIENCE or sys.stderr is None:
            return
        if sys.stderr.isatty():
            self._write(f"\rBringing the ledger up to date: {self._done:,} of {self._total:,} letters\x1b[K")
        elif not self._said:
            self._write(f"Bringing the ledger up to date: {self._total:,} letters\n")
        self._said = True

    def end(self) -> None:
        """Take the line away."""
        if self._said and sys.stderr is not None and sys.stderr.isatty():
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
