"""The connections of a run: the first, as many more as were asked for or pay, and what becomes of their number.

The others are opened beside each other, each in a thread that does nothing else: letters and ledger stay with the
thread that asks for events.  They connect once the first has reached the server, and sign in once the first has, so
that a secret is asked for and refused once.  One that the server takes in place of the first is the first.
"""

from __future__ import annotations

import math
import time
from contextlib import nullcontext
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError, Refused
from mailer.sending.coming import Coming
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
# How long another one has to be taken in place of the first.
_FOR_ANOTHER = 5.0
_NOTHING = nullcontext()


# The most for ``auto``, where no provider says what it takes.
ON_A_SLOW_LINE = 4


class Several(NamedTuple):
    """Up to ``most`` connections; ``measured``: only where the line is slow and the letters are many."""

    most: int = 1
    measured: bool = False

    def at_once(self, letters: int) -> int:
        """Return how many connections so many letters want before the first is open."""
        return 1 if self.measured else max(1, min(self.most, letters))

    def number(self, first: SmtpSession, letters: int) -> int:
        """Return how many connections so many letters want, the first being open."""
        if not self.measured:
            return self.at_once(letters)
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

    ``connect(disabled_extensions, on_step)`` opens one, and tells ``on_step`` what is done.  A server that refuses one,
    or ends it while others go on, is asked for fewer from then on, of which ``note`` is told.  ``undisturbed`` is
    entered while one of them moves.
    """

    def __init__(
        self,
        connect: Callable[[frozenset[str], Callable[[str], object]], SmtpSession],
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
        self._coming = Coming()
        self._mark_by: float | None = None

    def begin(self, letters: int) -> None:
        """Open the first connection, and such as so many letters want beside it.  Raises MailerError for the first."""
        self._coming.let_in(0)
        try:
            session = self._first(self._several.at_once(letters) - 1)
        except BaseException:
            self._lose_others()
            raise
        self._coming.let_in(math.inf)
        self.used.append(Line(session))
        number = self._several.number(session, letters) if self._several.most > 1 else 1
        if number > 1:
            self._begin_others(number - 1, self._patience(session, letters, number))

    def _first(self, beside: int) -> SmtpSession:
        done: list[str] = []

        def on_step(step: str) -> None:
            done.append(step)
            if step == "tcp":
                self._open(beside - self.opening)

        try:
            return self.connect(self.disabled_extensions, on_step)
        except (Later, Refused) as error:
            if "ehlo" in done:
                raise
            return self._in_its_place(error)

    def _in_its_place(self, error: MailerError) -> SmtpSession:
        """Return one that the server has taken in place of the first: it signs in before the others, or none does."""
        self._coming.let_in(1)
        until = time.monotonic() + _FOR_ANOTHER
        while self.opening and (self._coming.full or time.monotonic() < until):
            found = self._coming.take(_PATIENCE)
            if found is None:
                continue
            self.opening -= 1
            if not isinstance(found.what, Exception):
                self._go_on_with(1 + self.opening, error.text)
                return found.what
            if found.alone or not isinstance(found.what, MailerError):
                raise found.what
        raise error

    def _lose_others(self) -> None:
        """Without the first there are no others."""
        self._coming.close()
        self._coming, self.opening = Coming(), 0

    def _patience(self, session: SmtpSession, letters: int, number: int) -> float:
        """Where letters are slow and many, the others will come in time for their share."""
        return 0.0 if session.round_trip >= _QUICK and letters >= number * _FEW else _PATIENCE

    def _begin_others(self, number: int, patience: float) -> None:
        self._open(number - self.opening)
        self._share()
        until = time.monotonic() + patience
        while self.opening and (left := until - time.monotonic()) > 0:
            self._take(left)

    def _open(self, number: int) -> None:
        for _ in range(number):
            self.opening += 1
            connect = partial(self.connect, self.disabled_extensions)
            Thread(target=self._coming.open, args=(connect,), daemon=True).start()

    def join(self) -> None:
        """Use the connections that have been opened meanwhile."""
        while self.opening and self._take(0.0):
            pass

    def _take(self, seconds: float) -> bool:
        found = self._coming.take(seconds)
        if found is None:
            return False
        self.opening -= 1
        if isinstance(found.what, MailerError):
            self._share()
            self._go_on_with(len(self.used) + self.opening, found.what.text)
        elif isinstance(found.what, Exception):
            raise found.what
        else:
            self.used.append(Line(found.what))
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
        self._coming.close()
