"""The letters that no connection has yet: read from their source, and claimed a window at a time."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError, NotReady, Refused, Usage
from mailer.sending.values import STATES, ClaimedLetter, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.sending.values import Pace, Ready

_DROPPED = NotReady(
    "not ready: it was dropped from the outbox meanwhile", hint="Run the same command again to send it."
)
_SAME = "the same letter, in a row before this one,"


class Pending:
    """Letters of ``source``, all of them new or all of them put off.

    Those ``claimed`` are in the hands of this run, those of ``again`` are to be claimed anew; ``ended``: all are read.
    The results of letters that may not go are put behind those of ``done``; ``kept_back`` tells why one that has
    waited here, by its id, must not go after all.
    """

    def __init__(
        self,
        ledger: Ledger,
        pace: Pace,
        done: deque[Result],
        undisturbed: AbstractContextManager[object],
        *,
        again: bool,
        kept_back: Callable[[str], MailerError | None] = lambda _letter: None,
    ) -> None:
        self._source: Iterator[Ready] = iter(())
        self.ended = True
        self.claimed: deque[ClaimedLetter] = deque()
        self.again: deque[ClaimedLetter] = deque()
        self.duplicates = Duplicates(ledger)
        self._ledger, self._pace, self._anew, self._undisturbed = ledger, pace, again, undisturbed
        self._read: list[Ready] = []
        self._put_off = False
        self._done, self._kept_back = done, kept_back

    def begin(self, letters: Iterable[Ready]) -> None:
        """Take these letters, of which none is read yet."""
        self._source, self.ended = iter(letters), False

    def __bool__(self) -> bool:
        """Whether there are letters left; nothing is claimed to find out."""
        return bool(self._next(1) or self.claimed or self.again)

    def _next(self, count: int) -> list[Ready]:
        """Up to so many letters that are not claimed yet."""
        missing = count - len(self._read)
        if missing > 0 and not self.ended:
            self._read += islice(self._source, missing)
            self.ended = not self._read
        return self._read[:count]

    def read_ahead(self) -> None:
        """Read one more letter while replies are on their way; not one that was put off, which is looked at again."""
        if not self._pace.rate and not self._put_off and len(self._read) < self._pace.window:
            self._next(len(self._read) + 1)

    def next_window(self) -> list[Ready]:
        """The letters to claim while others are on their way: none where each has to wait for its time."""
        return [] if self._pace.rate else self._next(max(0, self._pace.window - len(self.claimed)))

    def next_claimed(self, *, anew: bool = True) -> ClaimedLetter | None:
        """The letter to take in hand next; the first ones are claimed ``anew``, by a commit of their own."""
        window = 1 if self._pace.rate else self._pace.window
        while anew and not self.claimed and self:
            waited = self._pace.wait_for_turn()
            if self.again:
                self._reclaim(window)
                continue
            if waited:
                self._look_again(self._next(window))
            letters = self._next(window)
            with self._undisturbed:
                self.take_in(letters, self.claim(letters))
        return self.claimed[0] if self.claimed else None

    def claim(self, letters: Sequence[Ready]) -> list[tuple[Ready, Claim]]:
        """What the ledger says to each that is no duplicate; to be taken in once it is on disk."""
        single = [one for one in letters if not one.duplicate]
        queued = [one.queued for one in single if one.queued]
        if queued:
            self._put_off = True
            return list(zip(single, self._ledger.claim_queued(queued), strict=True))
        claims = self._ledger.claim_all([one.new for one in single if one.new], again=self._anew)
        return list(zip(single, claims, strict=True))

    def take_in(self, letters: Sequence[Ready], claims: Iterable[tuple[Ready, Claim]]) -> None:
        """Go on with the next letters that were read: these are claimed, told of, or duplicates."""
        del self._read[: len(letters)]
        self.duplicates.add(letters)
        for one, claim in claims:
            self._take(ClaimedLetter(one.tag, claim))
        self._done.extend(self.duplicates.settled(2 * self._pace.window))

    def _look_again(self, letters: Sequence[Ready]) -> None:
        """Look again at letters that were read before a wait: a minute, at a low rate."""
        for one in letters:
            if one.queued and (error := self._kept_back(one.queued)):
                self._read.remove(one)
                self._done.append(Result(one.tag, "not-ready", error=error))

    def _reclaim(self, count: int) -> None:
        for _ in range(min(count, len(self.again))):
            letter = self.again[0]
            error = self._kept_back(letter.claim.id)
            with self._undisturbed:
                try:
                    claim = None if error else self._ledger.reclaim(letter.claim.id)
                except Usage:
                    claim = None
                self.again.popleft()
                if claim:
                    self._take(letter._replace(claim=claim))
                else:
                    self._done.append(Result(letter.tag, "not-ready", letter.claim, error=error or _DROPPED))

    def _take(self, letter: ClaimedLetter) -> None:
        if letter.claim.goes:
            self.claimed.append(letter)
        else:
            self._done.append(Result(letter.tag, STATES[letter.claim.kind], letter.claim))

    def withdraw(self) -> None:
        """Give the claimed letters back to the ledger, if it still takes anything."""
        with suppress(MailerError):
            self._ledger.withdraw([one.claim.id for one in self.claimed])

    def left_queued(self, error: MailerError) -> Iterator[Result]:
        """The results of letters that nobody has in hand yet and that stay put off as they are: nothing is recorded."""
        while (letters := self._next(1)) and letters[0].queued:
            del self._read[:1]
            yield Result(letters[0].tag, "deferred", error=error)

    def call_off(self, error: MailerError) -> Iterator[Result]:
        """The results of all that are left, duplicates last: ``error`` lets none go, and nothing more is recorded."""
        self.claimed.extend(self.again)
        self.again.clear()
        self.withdraw()
        while self.claimed:
            one = self.claimed[0]
            yield one.deferred(error) if one.outcome else Result(one.tag, "not-sent", error=error)
            self.claimed.popleft()
        while letters := self._next(1):
            self.duplicates.add(letters)
            del self._read[: len(letters)]
            yield from [Result(one.tag, "not-sent", error=error) for one in letters if not one.duplicate]
        yield from self.duplicates.rest(error)


class Duplicates:
    """Letters that repeat one before them in the same run, and share its fate, ``waiting`` until that has settled."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.waiting: deque[Ready] = deque()

    def add(self, letters: Iterable[Ready]) -> None:
        """Let those of the letters wait that are duplicates."""
        self.waiting.extend(one for one in letters if one.duplicate)

    def settled(self, most: int) -> Iterator[Result]:
        """The fates known by now, of so many that wait."""
        for _ in range(min(most, len(self.waiting))):
            claim = self._claim(self.waiting[0])
            one = self.waiting.popleft()
            if claim.kind in STATES:
                yield Result(one.tag, STATES[claim.kind], claim)
            else:
                self.waiting.append(one)

    def rest(self, error: MailerError | None = None) -> Iterator[Result]:
        """All that wait, whether their letter settled or not; ``error`` is what called off the run."""
        while self.waiting:
            result = self._at_last(self.waiting[0], error)
            self.waiting.popleft()
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
            return Result(one.tag, "deferred", claim, error=Later(f"{_SAME} waits", hint="Run the same command again."))
        return Result(one.tag, "not-sent", error=error or Refused(f"{_SAME} cannot be sent"))

    def _claim(self, one: Ready) -> Claim:
        assert one.new
        return self._ledger.peek(one.new.identity, one.new.content_digest, formerly=one.new.formerly)
