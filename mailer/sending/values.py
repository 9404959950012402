"""Letters that may go, how they ended, and at what pace they go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

from mailer.errors import MailerError
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailer.ledger.values import Claim, NewLetter
    from mailer.transport.replies import Reply
    from mailer.transport.values import Outcome

STATES = {
    "already-sent": "already-sent",
    "other-words": "not-ready",
    "refused": "refused",
    "in-doubt": "in-doubt",
    "busy": "deferred",
    "queued": "already-queued",
    "queued-other-words": "not-ready",
}

# What is refused here for: the letter was not offered, because this server cannot take it.
UNFIT = frozenset({"size", "smtputf8", "format"})
Fate = Literal["unfit", "cut", "later", "told"]
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 60.0


class Ready(NamedTuple):
    """A letter that may be claimed: a ``new`` one, or one that is put off, by its id; ``tag`` is the caller's.

    A ``duplicate`` of a new letter that came before it in the same run shares that one's fate and is never claimed.
    """

    tag: Any
    new: NewLetter | None = None
    duplicate: bool = False
    queued: str = ""


class Result(NamedTuple):
    """How it ended: ``state`` is that of the JSON; ``error`` is what kept it from the server, if anything did.

    ``came_back`` are the words with which a letter that was sent before was returned.
    """

    tag: Any
    state: str
    claim: Claim | None = None
    outcome: Outcome | None = None
    error: MailerError | None = None
    came_back: str = ""

    @property
    def refused(self) -> Mapping[str, Reply]:
        """The recipients that were refused, in this run or for good before it."""
        before = self.claim.refusals if self.claim else {}
        now = self.outcome.refused if self.outcome else {}
        return {**before, **now} if before else now


class Pace:
    """``window`` letters in flight, ``rate`` letters a minute (0: no limit), ``retry`` seconds for deferred letters."""

    def __init__(
        self,
        window: int = 8,
        rate: float = 0.0,
        retry: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.window, self.rate, self.retry = window, rate, retry
        self._sleep, self._clock = sleep, clock
        self._began = float("-inf")
        self._wait = _FIRST_WAIT
        self._until: float | None = None

    def due(self) -> float:
        """Seconds until the next letter may go at this rate, 0 or less where it may go now."""
        return self._began + 60.0 / self.rate - self._clock() if self.rate else 0.0

    def wait_for_turn(self) -> bool:
        """Wait until the next letter may go at this rate; whether it was not to go at once."""
        due = self.due()
        if due > 0:
            self._sleep(due)
        return due > 0

    def hold(self) -> None:
        """Wait until the next letter may go at this rate: it goes now."""
        self.wait_for_turn()
        self._began = self._clock()

    def waited(self, why: str, note: Callable[[str], None]) -> bool:
        """Wait before the next connection, longer each time; False at once if that is too long since a letter went."""
        from random import uniform

        now, seconds = self._clock(), self._wait * uniform(0.8, 1.2)  # noqa: S311 - jitter
        self._until = now + self.retry if self._until is None else self._until
        if now + seconds > self._until:
            return False
        note(f"{why}; trying again in {seconds:.0f} s")
        self._sleep(seconds)
        self._wait = min(self._wait * 2, _LONGEST_WAIT)
        return True

    def went(self) -> None:
        """Begin with the shortest wait again: a letter went."""
        self._wait, self._until = _FIRST_WAIT, None


class ClaimedLetter(NamedTuple):
    """A letter of this run; ``cuts``: how often a connection ended while it was in hand."""

    tag: Any
    claim: Claim
    outcome: Outcome | None = None
    cuts: int = 0

    def put_by(self, outcome: Outcome, cuts: int = 0) -> ClaimedLetter:
        """To be claimed again later."""
        return ClaimedLetter(self.tag, self.claim, outcome, cuts)

    def deferred(self, error: MailerError | None = None) -> Result:
        """It was tried, and has to wait for another run."""
        return Result(self.tag, "deferred", self.claim, self.outcome, error)


def result_of(letter: ClaimedLetter, outcome: Outcome) -> Result:
    """How it ended, having been offered; one that some have got already is sent, whatever the others say."""
    claim = letter.claim
    if claim.kind != "partial" or outcome.state != "refused":
        return Result(letter.tag, outcome.state, claim, outcome)
    refused = {address: outcome.reply for address in claim.pending if outcome.reply}
    return Result(letter.tag, "sent", claim, outcome._replace(refused={**refused, **outcome.refused}))


def unrecorded(letter: ClaimedLetter, outcome: Outcome, error: MailerError) -> Result:
    """How it ended, though the ledger does not take it."""
    if outcome.state == "deferred":
        return Result(letter.tag, "not-sent", error=error)
    if outcome.state != "sent":
        return result_of(letter, outcome)
    hint = f"Then it will stand in the outbox as in doubt: mailer outbox resolve {letter.claim.id} --sent."
    told = type(error)(f"the letter was sent, but {error.text}", hint=f"{error.hint} {hint}".strip())
    return Result(letter.tag, "sent", letter.claim, outcome, told)


def is_blameless(outcome: Outcome) -> bool:
    """Whether the connection ended before this letter's turn: unbegun, or 421 to its MAIL, as after so many letters."""
    return outcome.phase == "queue" or (
        outcome.phase == "mail" and outcome.reply is not None and outcome.reply.code == 421
    )
