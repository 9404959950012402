"""Who is told how each letter of a run ended: a screen, or a program that collects it.

Some steps are not interrupted by a signal (Ctrl-C, SIGTERM, a closed terminal), so that what is on disk and what was
reported stay the same.
"""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo
    from types import FrameType, TracebackType

    from mailer.errors import MailerError
    from mailer.sending.item import Item
    from mailer.sending.plan import Plan
    from mailer.sending.values import Result


# Windows has no SIGHUP, which comes when a terminal is closed.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))


class DeferredSignals:
    """Entered, also within itself, it makes the signals wait until it is left; only while ``listening``.

    One signal stops the run, which then is ``stopped``; no other disturbs its end.  One whose handler raises nothing
    stops nothing.  Left by an error, which ends the run too, it raises none of those that waited.
    With ``to_the_end`` none disturbs the end of the process either; without, a program that goes on hears them again.
    """

    def __init__(self, *, to_the_end: bool = False) -> None:
        self.to_the_end = to_the_end
        self.stopped = False
        self._depth = 0
        self._late: list[Callable[[], object]] = []
        self._number = 0
        self._raised: BaseException | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Stand between the signals and their handlers."""
        found = {number: signal.getsignal(number) for number in _SIGNALS}
        before = {number: handler for number, handler in found.items() if callable(handler)}
        hook = sys.unraisablehook
        try:
            # Only the main thread hears signals, and may listen to them.
            with suppress(ValueError):
                for number, handler in before.items():
                    signal.signal(number, self._handler(handler))
                sys.unraisablehook = self._hook(hook)
            yield
        finally:
            # One that comes meanwhile is heard when every handler is back in its place.
            with self, suppress(ValueError), ExitStack() as back:
                self._raised, sys.unraisablehook = None, hook
                for number in () if self.stopped and self.to_the_end else before:
                    back.callback(_put_back, number, before[number])

    def _handler(self, before: Callable[[int, FrameType | None], Any]) -> Callable[[int, FrameType | None], None]:
        def arrived(number: int, frame: FrameType | None) -> None:
            if self._depth:
                self._late.append(lambda: arrived(number, frame))
            elif not self.stopped:
                try:
                    before(number, frame)
                except BaseException as error:
                    self.stopped, self._number, self._raised = True, number, error
                    raise

        return arrived

    def _hook(self, before: Callable[[sys.UnraisableHookArgs], Any]) -> Callable[[sys.UnraisableHookArgs], None]:
        """Hear a signal once more that came while Python was in a destructor: what is raised there is dropped."""

        def dropped(what: sys.UnraisableHookArgs) -> None:
            if self._raised is None or what.exc_value is not self._raised:
                before(what)
                return
            from mailer.signals import come_again

            # Until it comes it counts as heard, and no other one is.
            come_again(self._number, self._forget)

        return dropped

    def _forget(self) -> None:
        self.stopped, self._raised = False, None

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._late and not self._depth:
            late, self._late = self._late, []
            if error is not None:
                self.stopped = True
                return
            for arrived in late:
                arrived()


def _put_back(number: int, handler: Callable[[int, FrameType | None], Any]) -> None:
    """Set the handler, though one that was put back before may raise meanwhile."""
    try:
        signal.signal(number, handler)
    except ValueError:
        raise
    except BaseException:
        signal.signal(number, handler)
        raise


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
