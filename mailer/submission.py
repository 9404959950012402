"""The one order of events: claim, submit, settle; and the loop that tries deferred letters again.

A letter is claimed before the connection says MAIL, marked "about to send" on disk before its last octet leaves, and
settled in the first commit after the reply (RFC 5321 4.1.1.4, RFC 1047).  One commit carries the outcomes of the last
window and the marks of the next; one letter is a batch of one.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from mailer.errors import Later, MailerError, Refused
from mailer.ledger.values import Claim
from mailer.transport.outgoing import Outcome, Outgoing

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.ledger import Ledger, NewLetter
    from mailer.transport.replies import Reply

_FIRST_WAIT, _LONGEST_WAIT = 2.0, 60.0
STATES = {
    "already-sent": "already-sent",
    "other-words": "not-ready",
    "refused": "refused",
    "in-doubt": "in-doubt",
    "busy": "deferred",
}


_UNFIT = {
    "size": "Send a smaller attachment, or a link to it.",
    "smtputf8": "Write to an address of plain letters, or send through a server that offers SMTPUTF8.",
    "format": "This is a fault of the message; please report it.",
}


class Session(Protocol):
    """What a signed-in connection offers here (``transport.smtp.SmtpSession``)."""

    @property
    def given_up(self) -> frozenset[str]: ...  # noqa: D102
    def submit(  # noqa: D102
        self, letters: Iterable[Outgoing], before_content: Callable[[Sequence[str]], None]
    ) -> Iterator[Outcome]: ...
    def abandon(self) -> list[Outcome]: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Ready:
    """A letter that may be claimed: ``tag`` is the caller's, ``compose(message_id, date)`` makes its bytes."""

    tag: Any
    new: NewLetter
    compose: Callable[[str, datetime], bytes]


@dataclass(frozen=True, slots=True)
class Result:
    """How it ended: ``state`` is that of the JSON; ``error`` is what kept it from the server, if anything did."""

    tag: Any
    state: str
    claim: Claim | None = None
    outcome: Outcome | None = None
    error: MailerError | None = None

    @property
    def refused(self) -> Mapping[str, Reply]:
        """The recipients that were refused, in this run or for good before it."""
        before = self.claim.refusals if self.claim else {}
        return {**before, **(self.outcome.refused if self.outcome else {})}


@dataclass(frozen=True, slots=True)
class Pace:
    """``window`` letters in flight, ``rate`` letters a minute (0: no limit), ``retry`` seconds for deferred letters."""

    window: int = 8
    rate: float = 0.0
    retry: float = 0.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class _Held:
    """A letter of this run."""

    tag: Any
    claim: Claim
    outcome: Outcome | None = None


@dataclass(slots=True)
class Submitter:
    """Letters on their way through one ledger, over as many connections as it takes.

    ``connect(without)`` opens a signed-in session that leaves some extensions alone; ``note`` is told of waits.
    """

    ledger: Ledger
    connect: Callable[[frozenset[str]], Session]
    pace: Pace = field(default_factory=Pace)
    again: bool = False
    note: Callable[[str], None] = lambda _text: None
    _source: Iterator[Ready] = field(default_factory=lambda: iter(()))
    _next: list[Ready] = field(default_factory=list)
    _ahead: deque[_Held] = field(default_factory=deque)
    _flying: dict[str, _Held] = field(default_factory=dict)
    _unsettled: list[Outcome] = field(default_factory=list)
    _deferred: list[_Held] = field(default_factory=list)
    _twice: list[Ready] = field(default_factory=list)
    _done: deque[Result] = field(default_factory=deque)
    _session: Session | None = None
    _wait: float = _FIRST_WAIT
    _until: float = 0.0
    _began: float = float("-inf")

    def submit(self, letters: Iterable[Ready]) -> Iterator[Result]:
        """A result for each letter as it settles.

        Whatever is raised meanwhile, here or in the caller, ``stop`` then records and tells what is known.  Raises
        CannotWrite if the ledger fails; nothing is sent after that.
        """
        self._source = iter(letters)
        self._until = self.pace.clock() + self.pace.retry
        without: frozenset[str] = frozenset()
        while self._has_more() or self._try_again():
            try:
                self._session = self.connect(without)
            except Later as error:
                if not self._waited(error.text):
                    yield from self._put_off(error)
            except MailerError as error:
                yield from self._call_off(error)
            else:
                yield from self._over(self._session)
                without = self._session.given_up
                self._session = None
        yield from self._taken()

    def stop(self) -> list[Result]:
        """After an interruption: record all that is known; the results that were not told yet."""
        with suppress(MailerError):
            if self._session:
                self._unsettled += self._session.abandon()
            self._flush()
        with suppress(MailerError):
            self.ledger.withdraw([held.claim.id for held in self._ahead])
        self._done.extend(Result(held.tag, "deferred", held.claim, held.outcome) for held in self._deferred)
        return list(self._taken())

    def _over(self, session: Session) -> Iterator[Result]:
        """Submit over one connection until it ends or there is nothing more."""
        answered = False
        for outcome in session.submit(self._outgoing(), self._about_to_send):
            answered = answered or outcome.reply is not None
            self._unsettled.append(outcome)
            if self.pace.rate or len(self._unsettled) >= self.pace.window:
                self._flush()
            yield from self._taken()
        self._flush()
        yield from self._taken()
        session.close()
        if answered:
            self._wait = _FIRST_WAIT
        elif self._has_more() and not self._waited("the connection broke"):
            yield from self._put_off(Later("the connection breaks before a letter can be sent"))

    def _taken(self) -> Iterator[Result]:
        while self._done:
            yield self._done.popleft()

    # Claiming

    def _has_more(self) -> bool:
        """Whether there are letters that no connection has seen; nothing is claimed to find out."""
        if not self._next:
            self._next += islice(self._source, 1)
        return bool(self._next or self._ahead)

    def _outgoing(self) -> Iterator[Outgoing]:
        from mailer.message import Envelope

        while self._claimed():
            held = self._ahead.popleft()
            self._hold_pace()
            self._flying[held.claim.id] = held
            yield Outgoing(held.claim.id, Envelope(held.claim.sender, held.claim.pending), held.claim.content)

    def _claimed(self) -> bool:
        """Claim the next window's letters, in one commit, if none is in hand; whether there are any."""
        count = 1 if self.pace.rate else self.pace.window
        while not self._ahead and self._has_more():
            ready, self._next = [*self._next, *islice(self._source, count - 1)], []
            with self.ledger.transaction():
                claims = [(one, self.ledger.claim(one.new, one.compose, again=self.again)) for one in ready]
            for one, claim in claims:
                self._sort(one, claim)
        return bool(self._ahead)

    def _sort(self, one: Ready, claim: Claim) -> None:
        if claim.goes:
            self._ahead.append(_Held(one.tag, claim))
        elif claim.kind == "ours":
            self._twice.append(one)
        else:
            self._done.append(Result(one.tag, STATES[claim.kind], claim))

    def _hold_pace(self) -> None:
        if self.pace.rate:
            self._flush()
            due = self._began + 60.0 / self.pace.rate - self.pace.clock()
            if due > 0:
                self.pace.sleep(due)
            self._began = self.pace.clock()

    # Settling

    def _about_to_send(self, ids: Sequence[str]) -> None:
        with self.ledger.transaction():
            self.ledger.about_to_send(ids, self._recorded())
        self._sort_outcomes()

    def _flush(self) -> None:
        """Outcomes onto disk; only then are they told."""
        if self._unsettled:
            with self.ledger.transaction():
                self.ledger.settle(self._recorded())
            self._sort_outcomes()
        twice, self._twice = self._twice, []
        for one in twice:
            self._sort(one, self.ledger.claim(one.new, one.compose))

    def _recorded(self) -> list[Outcome]:
        """The outcomes to record; a letter that this server cannot take was not offered to it, and is withdrawn."""
        self.ledger.withdraw([outcome.id for outcome in self._unsettled if _is_unfit(outcome)])
        return [outcome for outcome in self._unsettled if not _is_unfit(outcome)]

    def _sort_outcomes(self) -> None:
        outcomes, self._unsettled = self._unsettled, []
        for outcome in outcomes:
            held = self._flying.pop(outcome.id)
            if _is_unfit(outcome):
                error = Refused(outcome.text, hint=_UNFIT[outcome.phase])
                self._done.append(Result(held.tag, "not-sent", error=error))
            elif outcome.state == "deferred" and self.pace.retry:
                self._deferred.append(_Held(held.tag, held.claim, outcome))
            else:
                self._done.append(Result(held.tag, outcome.state, held.claim, outcome))

    # Trying again

    def _try_again(self) -> bool:
        """Wait, and take deferred letters in hand again; without time for that they stay deferred."""
        again, self._deferred = self._deferred, []
        if not again:
            return False
        if not self._waited(f"{len(again)} deferred"):
            self._done.extend(Result(held.tag, "deferred", held.claim, held.outcome) for held in again)
            return False
        for held in again:
            claim = self.ledger.reclaim(held.claim.id)
            if claim.goes:
                self._ahead.append(_Held(held.tag, claim))
            else:
                self._done.append(Result(held.tag, STATES[claim.kind], claim, held.outcome))
        return True

    def _waited(self, why: str) -> bool:
        """Wait before the next connection, longer each time; False at once if that is too long."""
        seconds = self._wait * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        if self.pace.clock() + seconds > self._until:
            return False
        self.note(f"{why}; trying again in {seconds:.0f} s")
        self.pace.sleep(seconds)
        self._wait = min(self._wait * 2, _LONGEST_WAIT)
        return True

    def _put_off(self, error: Later) -> Iterator[Result]:
        """No connection is to be had: every letter left is deferred, and stands in the outbox."""
        while self._claimed():
            for held in self._ahead:
                self._flying[held.claim.id] = held
                self._unsettled.append(Outcome(held.claim.id, "deferred", "connect", text=error.text))
            self._ahead.clear()
            self.ledger.settle(self._unsettled)
            for outcome in self._unsettled:
                held = self._flying.pop(outcome.id)
                self._done.append(Result(held.tag, "deferred", held.claim, outcome, error))
            self._unsettled = []
            yield from self._taken()

    def _call_off(self, error: MailerError) -> Iterator[Result]:
        """No letter can go with these settings or this secret: nothing is recorded."""
        self.ledger.withdraw([held.claim.id for held in self._ahead])
        yield from (Result(held.tag, "not-sent", error=error) for held in self._ahead)
        self._ahead.clear()
        while self._has_more():
            yield from (Result(ready.tag, "not-sent", error=error) for ready in self._next)
            self._next = []


def _is_unfit(outcome: Outcome) -> bool:
    return outcome.state == "refused" and outcome.phase in _UNFIT
