"""Who is told how each letter of a run ended: a screen, or a program that collects it.

Some steps are not interrupted by a signal (Ctrl-C, SIGTERM, a closed terminal), so that what is on disk and what was
reported stay the same.
"""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from mailer.errors import MailerError, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo
    from types import FrameType, TracebackType

    from mailer.sending.item import Item
    from mailer.sending.plan import Plan
    from mailer.sending.values import Result


# Windows has no SIGHUP, which comes when a terminal is closed.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))
# Seconds until a signal that was dropped comes again.
_ONCE_MORE = 0.01


class DeferredSignals:
    """Entered, also within itself, it makes the signals wait until it is left; only while ``listening``.

    One signal stops the run; no other disturbs its end.  Left by an error, which ends the run too, it forgets them.
    With ``to_the_end`` none disturbs the end of the process either; without, a program that goes on hears them again.
    """

    def __init__(self, *, to_the_end: bool = False) -> None:
        self.to_the_end = to_the_end
        self._stopped = False
        self._depth = 0
        self._late: Callable[[], object] | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Stand between the signals and their handlers."""
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        ours = {number: self._handler(handler) for number, handler in before.items() if callable(handler)}
        # Only the main thread hears signals, and may listen to them.
        with suppress(ValueError):
            for number, handler in ours.items():
                signal.signal(number, handler)
        hook, sys.unraisablehook = sys.unraisablehook, self._hook(sys.unraisablehook)
        try:
            yield
        finally:
            sys.unraisablehook = hook
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

    def _hook(self, before: Callable[[sys.UnraisableHookArgs], Any]) -> Callable[[sys.UnraisableHookArgs], None]:
        """Hear a signal once more that came while Python was in a destructor: what is raised there is dropped."""

        def dropped(what: sys.UnraisableHookArgs) -> None:
            if not (self._stopped and issubclass(what.exc_type, (KeyboardInterrupt, Stopped))):
                before(what)
                return
            self._stopped = False
            number = signal.SIGINT if what.exc_type is KeyboardInterrupt else signal.SIGTERM
            threading.Timer(_ONCE_MORE, _come_again, (number,)).start()

        return dropped

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


def _come_again(number: signal.Signals) -> None:
    """The signal, to the thread that hears it, whatever it waits for."""
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


class Reporter:
    """Told of each letter once, as it settles; this one only listens.

    ``signals`` are deferred while something is told and while what is on disk changes; see there for ``to_the_end``.
    ``zone`` is the user's, None for that of this machine.
    """

    zone: tzinfo | None = None

    def __init__(self, *, to_the_end: bool = False) -> None:
        self.signals = DeferredSignals(to_the_end=to_the_end)

    def checking(self, letters: int | None) -> None:
        """Hear that a batch is about to be checked, so many letters where that is known."""

    def checked(self, letters: int) -> None:
        """Hear that so many more are checked; 0 when all are."""

    def warn(self, plan: Plan) -> None:
        """Hear what is about to be sent, where nobody is asked."""

    def begin(self, host: str, copy: Callable[[Result, Callable[[], object]], str], letters: int, again: bool) -> None:
        """Hear that letters are about to be submitted to ``host``.

        ``copy`` makes the copy in Sent of a letter that is told as sent, and calls its second argument before that
        takes time.  With ``again`` the rows that are told of must be remembered.
        """

    def result(self, result: Result) -> None:
        """Hear of a letter that the ledger or the server settled; its ``tag`` is the letter."""

    def held_back(self, item: Item, error: MailerError) -> None:
        """Hear of a letter that ``error`` kept back."""

    def unreached(self, item: Item) -> None:
        """Hear of a letter that was to go anew and may not have been reached when the run was stopped."""

    def broke_off(self, error: MailerError) -> None:
        """Hear what ended the run before its end."""

    def cannot_begin(self, error: MailerError) -> None:
        """Hear why no letter goes, where none can be told of by itself."""

    def flush(self) -> None:
        """Hand over what was told."""

    def end(self, letters: int = 0) -> None:
        """Hear that the run is over; ``letters`` is how many there were where it was stopped."""
