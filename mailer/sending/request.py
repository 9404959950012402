"""What is asked for: a letter, the values and rows it is made with, and what may pass the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Options(NamedTuple):
    """One letter file, or with ``each`` one letter for each row of a CSV; the file name "-" is standard input.

    ``at``: when it is to go, where that is not now; the checks look at that time.
    """

    letter: str
    sets: tuple[str, ...] = ()
    each: str | None = None
    row: int | None = None
    limit: int | None = None
    allow: frozenset[str] = frozenset()
    account: str | None = None
    encoding: str = "utf-8"
    json: bool = False
    verbose: int = 0
    at: datetime | None = None

    @property
    def reads_stdin(self) -> bool:
        """Whether the letter or the CSV comes from standard input, where then nobody can answer."""
        return "-" in (self.letter, self.each)


class SendOptions(NamedTuple):
    """What is asked of a run; ``rate`` in letters a minute, 0 for no limit; at most ``limit`` letters, 0 for all.

    ``connections`` at most, 0 for ``auto``, None for what the settings say.  ``puts_off``: the letters are kept with
    their bytes, and go when their time has come.
    """

    yes: bool = False
    again: bool = False
    rate: float = 0.0
    limit: int = 0
    connections: int | None = None
    puts_off: bool = False
