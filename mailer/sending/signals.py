"""Steps that no signal cuts in two (Ctrl-C, SIGTERM, a closed terminal): on disk, told and remembered stay one."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

# Windows has no SIGHUP, which comes when a terminal is closed.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))


@dataclass(slots=True, eq=False, repr=False)
class DeferredSignals:
    """Entered, also within itself, it makes the signals wait until it is left; only while ``listening``.

    One signal stops the run; no other disturbs its end.  Left by an error, which ends the run too, it forgets them.
    With ``to_the_end`` none disturbs the end of the process either; without, a program that goes on hears them again.
    """

    to_the_end: bool = False
    _stopped: bool = False
    _depth: int = 0
    _late: Callable[[], object] | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Stand between the signals and their handlers."""
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        ours = {number: self._handler(handler) for number, handler in before.items() if callable(handler)}
        # Only the main thread hears signals, and may listen to them.
        with suppress(ValueError):
            for number, handler in ours.items():
                signal.signal(number, handler)
        try:
            yield
        finally:
            with suppress(ValueError):
                for number in () if self._stopped and self.to_the_end else ours:
                    signal.signal(number, before[number])

    def _handler(self, before: Callable[[int, FrameType | None], Any]) -> Callable[[int, FrameType | None], None]:
        def arrived(number: int, frame: FrameType | None) -> None:
            if self._depth:
                self._late = self._late or (lambda: arrived(number, frame))
            elif not self._stopped:
                self._stopped = True
                before(number, frame)

        return arrived

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if not self._depth:
            late, self._late = self._late, None
            if late and error is None:
                late()
