"""The connections of a run: the first, as many more as were asked for or pay, and what becomes of their number.

The first is opened by itself, so that a secret is asked for and refused once.  The others are opened beside each other,
each in a thread that does nothing else: letters and ledger stay with the thread that asks for events.
"""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence, Set
    from contextlib import AbstractContextManager

    from mailer.sending.values import ClaimedLetter
    from mailer.transport.session import SmtpSession
    from mailer.transport.values import Event

# Fewer letters are sent before a connection is open; on a line that is quicker, letters cost more than waiting does.
_FEW, _QUICK = 10, 0.005
# How long letters wait for the further connections: as a rule they are open by then, and share the first letters.
_PATIENCE, _LOOK = 0.25, 0.01
_NOTHING = nullcontext()


# The most for ``auto``, where no provider says what it takes.
ON_A_SLOW_LINE = 4


class Several(NamedTuple):
    """Up to ``most`` connections; ``measured``: only where the line is slow and the letters are many."""

    most: int = 1
    measured: bool = False

    def number(self, first: SmtpSession, letters: int) -> int:
        """Return how many connections so many letters want, the first being open."""
        if not self.measured:
            return max(1, min(self.most, letters))
        in_windows = "CHUNKING" in first.capabilities and "PIPELINING" in first.capabilities
        if in_windows or first.round_trip < _QUICK:
            return 1
        return max(1, min(self.most, letters // _FEW))


ONE = Several()


class Line:
    """A connection in use, with so many letters ``in_hand``; ``progress``: it took or refused one."""

    __slots__ = ("in_hand", "progress", "session")

    def __init__(self, session: SmtpSession, in_hand: int = 0) -> None:
        self.session = session
        self.in_hand = in_hand
        self.progress = False


class InHand(NamedTuple):
    """A letter, and the connection that has it."""

    letter: ClaimedLetter
    line: Line


class Lines:
    """The connections that are open, in ``used``, and how many are ``opening``; ``window`` letters are in flight.

    ``connect(disabled_extensions)`` opens one.  A server that refuses one, or ends it while others go on, is asked for
    fewer from then on, of which ``note`` is told.  ``undisturbed`` is entered while one of them moves.
    """

    def __init__(
        self,
        connect: Callable[[frozenset[str]], SmtpSession],
        several: Several,
        window: int,
        note: Callable[[str], None],
        undisturbed: AbstractContextManager[object] = _NOTHING,
    ) -> None:
        self.connect, self.note, self._undisturbed = connect, note, undisturbed
        self.used: list[Line] = []
        self.disabled_extensions: frozenset[str] = frozenset()
        self._several, self._window = several, window
        self.opening = 0
        self._opened: SimpleQueue[SmtpSession | Exception] = SimpleQueue()
        self._mark_by: float | None = None
        self._lock, self._closed = Lock(), False

    def begin(self, letters: int) -> None:
        """Open the first connection, and such as so many letters want beside it.  Raises MailerError for the first."""
        session = self.connect(self.disabled_extensions)
        self.used.append(Line(session))
        number = self._several.number(session, letters) if self._several.most > 1 else 1
        if number > 1:
            self._begin_others(number - 1, self._patience(session, letters, number))

    def _patience(self, session: SmtpSession, letters: int, number: int) -> float:
        """Where letters are slow and many, the others will come in time for their share."""
        return 0.0 if session.round_trip >= _QUICK and letters >= number * _FEW else _PATIENCE

    def _begin_others(self, number: int, patience: float) -> None:
        for _ in range(number - self.opening):
            self.opening += 1
            Thread(target=self._open, args=(self.disabled_extensions,), daemon=True).start()
        self._share()
        until = time.monotonic() + patience
        while self.opening and (left := until - time.monotonic()) > 0:
            self._take(left)

    def _open(self, without: frozenset[str]) -> None:
        found: SmtpSession | Exception
        try:
            found = self.connect(without)
        except Exception as error:
            found = error
        with self._lock:
            if not self._closed:
                self._opened.put(found)
                return
        _end(found)

    def join(self) -> None:
        """Use the connections that have been opened meanwhile."""
        while self.opening and self._take(0.0):
            pass

    def _take(self, seconds: float) -> bool:
        try:
            found = self._opened.get(timeout=seconds) if seconds else self._opened.get_nowait()
        except Empty:
            return False
        self.opening -= 1
        if isinstance(found, MailerError):
            self._share()
            self._go_on_with(len(self.used) + self.opening, found.text)
        elif isinstance(found, Exception):
            raise found
        else:
            self.used.append(Line(found))
            self._share()
        return True

    def _share(self) -> None:
        """The window is that of all connections; two letters are the least that keep one busy."""
        share = max(min(2, self._window), self._window // max(1, len(self.used) + self.opening))
        for line in self.used:
            line.session.share(share)

    def _go_on_with(self, number: int, why: str) -> None:
        if number < self._several.most:
            self._several = self._several._replace(most=max(1, number))
            self.note(f"{why}; going on with {number} connection{'s' if number > 1 else ''}")

    def learns(self, line: Line) -> bool:
        """Whether a connection has shown anew what its server does not get right; the next ones do without."""
        known = self.disabled_extensions
        self.disabled_extensions |= line.session.disabled_extensions
        return self.disabled_extensions != known

    def others_go_on(self, line: Line) -> bool:
        """Whether another connection takes letters, or has some."""
        return any(one.in_hand or one.session.room for one in self.used if one is not line)

    def leave(self, line: Line) -> None:
        """Use a connection no more that has ended while others go on."""
        self.used.remove(line)
        self._share()
        if not line.progress:
            self._go_on_with(len(self.used) + self.opening, line.session.fault)

    def ahead(self, busy: Sequence[Line]) -> list[tuple[SmtpSession, tuple[str, ...]]]:
        """The letters to mark while replies are on their way: those of all connections at once.

        The first waits half of a round trip for the others, for a commit of its own would hold them up.
        """
        found = [(line.session, names) for line in busy if line.in_hand > 1 and (names := line.session.ahead())]
        if found and len(found) < len(busy):
            now = time.monotonic()
            if self._mark_by is None:
                self._mark_by = now + min(session.round_trip for session, _ in found) / 2
            if now < self._mark_by:
                return []
        self._mark_by = None
        return found

    def poll(self, line: Line) -> Event | None:
        """What happened on a connection; a reply that was read when a signal came would be lost without its meaning."""
        with self._undisturbed:
            return line.session.poll()

    def go_ahead(self, sessions: Iterable[SmtpSession]) -> None:
        """Let the letters go that are on disk as about to send."""
        with self._undisturbed:
            for session in sessions:
                session.go_ahead()

    def relieve(self, idle: Line, marked: Set[str]) -> str:
        """Give a connection that has nothing to do a letter that another one has not begun; its id, "" for none."""
        for line in () if idle.in_hand else self.used:
            if line is not idle and (name := self._moved(line, idle, marked)):
                return name
        return ""

    def _moved(self, line: Line, idle: Line, marked: Set[str]) -> str:
        with self._undisturbed:
            if letter := line.session.take_back():
                line.in_hand -= 1
                idle.in_hand += 1
                idle.session.add(letter)
                idle.session.marked(marked & {letter.id})
            return letter.id if letter else ""

    def wait(self, busy: Sequence[Line], seconds: float) -> bool:
        """Wait until something can go on; False if ``seconds`` passed before."""
        from mailer.transport.session import wait_any

        until = time.monotonic() + (min(seconds, _LOOK) if self.opening else seconds)
        # Only where several have letters does one wait for the marks of the others.
        by = until if self._mark_by is None or len(busy) < 2 else min(until, self._mark_by)
        while wait_any([line.session.awaits for line in busy], by - time.monotonic()):
            with self._undisturbed:
                if any(line.session.stir() for line in busy):
                    return True
        return by < until

    def close(self) -> None:
        """Let go of the connections that are not open yet, or not used."""
        with self._lock:
            self._closed = True
        with suppress(Empty):
            while True:
                _end(self._opened.get_nowait())


def _end(found: SmtpSession | Exception) -> None:
    if not isinstance(found, Exception):
        found.close()
