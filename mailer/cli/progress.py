"""Show how far a batch is: a bar on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from mailer.cli.output import Output

_Item = TypeVar("_Item")
_FIRST, _AGAIN = 0.4, 0.1
_IN_A_PIPE = 5.0
_ERASE = "\r\x1b[2K"
_BAR_WIDTH = 24


class Progress:
    """Of ``total`` letters, None where that is not known; ``verb`` says what is done to them.

    The bar stands on stderr, below what is printed, and is taken away by ``end``.
    """

    def __init__(
        self, output: Output, verb: str, total: int | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._output, self._verb, self._total, self._clock = output, verb, total, clock
        self._done = 0
        self._bar = _Bar(total) if _can_draw() else None
        self._began = clock()
        self._due = self._began + (_FIRST if self._bar else _IN_A_PIPE)
        if self._bar:
            output.make_room = self._bar.hide

    def step(self, states: Mapping[str, int], count: int = 1) -> None:
        """So many letters more are done; ``states`` are the counts so far."""
        self._done += count
        now = self._clock()
        if now < self._due:
            if self._bar:
                self._bar.show_again()
            return
        words = self._words(now - self._began, states)
        if self._bar:
            self._bar.draw(self._done, words)
        else:
            self._output.note(words)
        self._due = now + (_AGAIN if self._bar else _IN_A_PIPE)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.hide()
            self._bar = None
            self._output.make_room = lambda: None

    def _words(self, elapsed: float, states: Mapping[str, int]) -> str:
        rate = self._done / elapsed
        of = f"{self._done:,}" + (f" of {self._total:,}" if self._total else "")
        left = f", {_duration((self._total - self._done) / rate)} left" if self._total else ""
        counts = ", ".join(f"{count:,} {state}" for state, count in states.items() if count)
        return f"{self._verb} {of}, {_rate(rate)}{left}" + (f": {counts}" if counts else "")


def watched(output: Output, verb: str, items: Iterable[_Item], *, quiet: bool = False) -> Iterator[_Item]:
    """The items as they come, with a bar for the person at a terminal; without one, or ``quiet``, as they are."""
    if quiet or not _can_draw():
        yield from items
        return
    progress = Progress(output, verb, None)
    try:
        for item in items:
            yield item
            progress.step({})
    finally:
        progress.end()


@contextlib.contextmanager
def counted(output: Output, verb: str, total: int) -> Iterator[Callable[[int], None]]:
    """What is told of so many more that are done, of ``total``: it draws a bar for the person at a terminal."""
    if not _can_draw():
        yield lambda _more: None
        return
    progress = Progress(output, verb, total)
    try:
        yield lambda more: progress.step({}, more)
    finally:
        progress.end()


class _Bar:
    def __init__(self, total: int | None) -> None:
        self._total = total
        self._shown = False
        self._text = ""

    def draw(self, done: int, words: str) -> None:
        self._text = _rendered(done, self._total, words)
        self._write(_ERASE + self._text)
        self._shown = True

    def hide(self) -> None:
        if self._shown:
            self._write(_ERASE)
            self._shown = False

    def show_again(self) -> None:
        if self._text and not self._shown:
            self._write(self._text)
            self._shown = True

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


def _can_draw() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _rendered(done: int, total: int | None, words: str) -> str:
    """The bar and the words in one line that is shorter than the terminal is wide."""
    from rich.console import Console
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stderr, no_color=bool(os.environ.get("NO_COLOR")), highlight=False)
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(width=_BAR_WIDTH)
    line.add_column(no_wrap=True, overflow="ellipsis")
    line.add_row(ProgressBar(total=total, completed=done, width=_BAR_WIDTH, pulse=total is None), Text(words))
    with console.capture() as captured:
        console.print(line, width=console.width - 1)
    return captured.get().rstrip("\n")


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f}/s" if per_second >= 1 else f"{per_second * 60:.0f}/min"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
