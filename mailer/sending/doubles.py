"""Letters that repeat one before them in the same run: they share its fate and are never claimed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError, Refused
from mailer.sending.values import STATES, Result

if TYPE_CHECKING:
    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.sending.values import Ready

_TWIN = "the same letter, in a row before this one,"


class Doubles:
    """Those whose letter has not settled yet."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: deque[Ready] = deque()

    def sort_out(self, letters: Iterable[Ready]) -> list[Ready]:
        """The letters that are no doubles; the doubles wait here."""
        single: list[Ready] = []
        for one in letters:
            (self._waiting if one.double else single).append(one)
        return single

    def settled(self, most: int) -> Iterator[Result]:
        """The fates known by now, of so many that wait."""
        for _ in range(min(most, len(self._waiting))):
            claim = self._claim(self._waiting[0])
            one = self._waiting.popleft()
            if claim.kind in STATES:
                yield Result(one.tag, STATES[claim.kind], claim)
            else:
                self._waiting.append(one)

    def rest(self, error: MailerError | None = None) -> Iterator[Result]:
        """All that wait, whether their letter settled or not; ``error`` is what called off the run."""
        while self._waiting:
            result = self._at_last(self._waiting[0], error)
            self._waiting.popleft()
            yield result

    def _at_last(self, one: Ready, error: MailerError | None) -> Result:
        try:
            claim = self._claim(one)
        except MailerError:
            if error is None:
                raise
            return Result(one.tag, "not-sent", error=error)
        if claim.kind in STATES:
            return Result(one.tag, STATES[claim.kind], claim)
        if claim.id and error is None:
            return Result(one.tag, "deferred", claim, error=Later(f"{_TWIN} waits", hint="Run the same command again."))
        return Result(one.tag, "not-sent", error=error or Refused(f"{_TWIN} cannot be sent"))

    def _claim(self, one: Ready) -> Claim:
        return self._ledger.peek(one.new.identity, one.new.content_digest, formerly=one.new.formerly)
