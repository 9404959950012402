"""The connections that threads open beside the first of a run, each in a thread that does nothing else."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from threading import Condition
from typing import TYPE_CHECKING

from mailer.errors import Later
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.transport.session import SmtpSession

# Seconds of waiting to sign in after which a server may have ended a connection for that alone.
_LONG = 0.5


class Found(NamedTuple):
    """A connection, or why there is none; ``alone``: it was let sign in, and no other one."""

    what: SmtpSession | Exception
    alone: bool


class Coming:
    """The connections that threads open: put here to be taken, or closed where nobody will take them.

    Those that have said EHLO wait until they are ``let_in``.
    """

    def __init__(self) -> None:
        self._found: SimpleQueue[Found] = SimpleQueue()
        self._changed, self._places, self._closed = Condition(), 0.0, False

    def open(self, connect: Callable[[Callable[[str], object]], SmtpSession]) -> None:
        """Open one, in a thread of its own; once more where it waited so long that the server may have ended it."""
        turns: list[tuple[float, bool]] = []

        def on_step(done: str) -> None:
            if done == "ehlo" and not turns:
                since = time.monotonic()
                alone = self._wait_for_a_place()
                turns.append((time.monotonic() - since, alone))

        found = _result(connect, on_step)
        if isinstance(found, Later) and turns and turns[0][0] > _LONG and not self._closed:
            found = _result(connect, on_step)
        with self._changed:
            if not self._closed:
                self._found.put(Found(found, any(alone for _, alone in turns)))
                return
        _end(found)

    def let_in(self, number: float) -> None:
        """Let so many sign in from now on, and no more."""
        with self._changed:
            self._places = number
            self._changed.notify_all()

    @property
    def full(self) -> bool:
        """Whether as many as were let in have begun to sign in."""
        return self._places < 1

    def _wait_for_a_place(self) -> bool:
        """Whether it is the only one."""
        with self._changed:
            self._changed.wait_for(lambda: self._places or self._closed)
            alone = self._places == 1
            self._places -= 1
        if self._closed:
            raise Later("the connection is not wanted any more")
        return alone

    def take(self, seconds: float) -> Found | None:
        """The next one; None if nothing is known within ``seconds``."""
        try:
            return self._found.get(timeout=seconds) if seconds else self._found.get_nowait()
        except Empty:
            return None

    def close(self) -> None:
        """Let go of those that are not taken, and of those that come later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        while (found := self.take(0.0)) is not None:
            _end(found.what)


def _result(
    connect: Callable[[Callable[[str], object]], SmtpSession], on_step: Callable[[str], object]
) -> SmtpSession | Exception:
    try:
        return connect(on_step)
    except Exception as error:
        return error


def _end(found: SmtpSession | Exception) -> None:
    if not isinstance(found, Exception):
        found.close()
