"""The one order of events: claim, submit, settle; and the loop that tries deferred letters again.

A letter is claimed before the connection says MAIL, marked "about to send" on disk before its last octet leaves, and
settled in the first commit after the reply (RFC 5321 4.1.1.4, RFC 1047).  One commit carries the outcomes of the last
window, the marks of this one and the claims of the next; one letter is a batch of one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError
from mailer.sending.doubles import Doubles
from mailer.sending.values import STATES as STATES
from mailer.sending.values import Held, is_blameless, is_unfit, sent_unrecorded, settled
from mailer.sending.values import Pace as Pace
from mailer.sending.values import Ready as Ready
from mailer.sending.values import Result as Result
from mailer.transport.values import Outcome, Outgoing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mailer.ledger.ledger import Ledger
    from mailer.ledger.values import Claim
    from mailer.sending.values import Fate, Session

_NOTHING = nullcontext()
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 60.0
_MOST_CUTS = 2
# Seconds to the first answer in a window, against some thousandths of one that a commit takes.
_SLOW = 0.005


class Submitter:
    """Letters on their way through one ledger, over as many connections as it takes.

    ``connect(without)`` opens a signed-in session that leaves some extensions alone; ``note`` is told of waits.
    ``undisturbed`` is entered while what is on disk and what is remembered of it change.
    """

    def __init__(
        self,
        ledger: Ledger,
        connect: Callable[[frozenset[str]], Session],
        pace: Pace | None = None,
        *,
        again: bool = False,
        note: Callable[[str], None] = lambda _text: None,
        undisturbed: AbstractContextManager[object] = _NOTHING,
    ) -> None:
        self.undisturbed = undisturbed
        self.ledger, self.connect, self.pace, self.again, self.note = ledger, connect, pace or Pace(), again, note
        self._source: Iterator[Ready] = iter(())
        self._next: list[Ready] = []
        self._ahead: deque[Held] = deque()
        self._flying: dict[str, Held] = {}
        self._unsettled: list[Outcome] = []
        self._cut: list[Held] = []
        self._deferred: list[Held] = []
        self._again: deque[Held] = deque()
        self._doubles = Doubles(ledger)
        self._marked: set[str] = set()
        self._done: deque[Result] = deque()
        self._session: Session | None = None
        self._without: frozenset[str] = frozenset()
        self._progress = False
        self._wait = _FIRST_WAIT
        self._until: float | None = None
        self._awaited = 0.0
        self._is_slow = False
        self._began = float("-inf")

    def submit(self, letters: Iterable[Ready]) -> Iterator[Result]:
        """A result for each letter as it settles.

        Whatever is raised meanwhile, here or in the caller, ``stop`` then records and tells what is known.  Raises
        CannotWrite if the ledger fails; nothing is sent after that.
        """
        self._source = iter(letters)
        while self._has_more() or self._try_again():
            try:
                self._session = self.connect(self._without)
            except Later as error:
                if not self._waited(error.text):
                    yield from self._put_off(error)
            except MailerError as error:
                yield from self._call_off(error)
            else:
                yield from self._over(self._session)
        self._done.extend(self._doubles.rest())
        yield from self._taken()

    def stop(self, patience: float = 0.0, error: MailerError | None = None) -> Iterator[Result]:
        """After an interruption: record all that is known; the results that were not told yet, with the one in hand.

        Letters that were handed over have ``patience`` seconds to be answered.  ``error`` is what stopped the run; it
        is told of every letter that it kept back.
        """
        self._break_off(patience)
        self._deferred += self._again
        self._again.clear()
        self._done.extend(Result(held.tag, "deferred", held.claim, held.outcome) for held in self._deferred)
        self._deferred.clear()
        yield from self._taken()
        if error:
            yield from self._call_off(error)

    @property
    def more_to_tell(self) -> bool:
        """Whether there is a result already behind the one that was told last."""
        return len(self._done) > 1

    def _break_off(self, patience: float) -> None:
        if self._session:
            self._unsettled += self._session.abandon("stopped", patience)
            self._session = None
        # An outcome may have been told just before the interruption, and again by the session.
        known = {one.id: one for one in self._unsettled if one.id in self._flying}
        lost = [name for name in self._flying if name in self._marked and name not in known]
        self._unsettled = [one for one in known.values() if one.phase != "queue"]
        self._unsettled += [Outcome(name, "in-doubt", "final", text="stopped") for name in lost]
        self._progress = False
        try:
            self._flush()
        except MailerError as error:
            self._unrecorded(error)
        self._ahead.extendleft(self._flying.values())
        self._flying.clear()
        with suppress(MailerError):
            self.ledger.withdraw([held.claim.id for held in self._ahead])

    def _unrecorded(self, error: MailerError) -> None:
        """Tell what the server said though the ledger does not take it."""
        for outcome in self._unsettled:
            held = self._flying.pop(outcome.id)
            if outcome.state == "deferred":
                self._done.append(Result(held.tag, "not-sent", error=error))
            elif outcome.state == "sent":
                self._done.append(Result(held.tag, "sent", held.claim, outcome, sent_unrecorded(error, held.claim.id)))
            else:
                self._done.append(settled(held, outcome))
        self._unsettled.clear()

    def _over(self, session: Session) -> Iterator[Result]:
        """Submit over one connection until it ends or there is nothing more."""
        self._progress = False
        for outcome in session.submit(self._outgoing(), self._about_to_send, self._looked_ahead):
            if self._awaited:
                self._is_slow, self._awaited = self.pace.clock() - self._awaited > _SLOW, 0.0
            self._progress = self._progress or outcome.state in ("sent", "refused")
            self._unsettled.append(outcome)
            # The next mark carries the outcomes; only a server that refuses everything asks for none.
            if self.pace.rate or len(self._unsettled) >= 2 * self.pace.window:
                self._flush()
            yield from self._taken()
        self._progress = self._progress or session.given_up != self._without
        self._without = session.given_up
        # The answer to QUIT is on its way while the last outcomes are written and told.
        session.quit()
        self._flush()
        yield from self._taken()
        session.close()
        self._session = None
        self._take_up()
        if self._progress:
            self._wait, self._until = _FIRST_WAIT, None
        elif self._has_more() and not self._waited("the connection broke"):
            yield from self._put_off(Later("the connection breaks before a letter can be sent"))

    def _taken(self) -> Iterator[Result]:
        while self._done:
            # One that the caller was told and did not come back from is told again, by ``stop``.
            yield self._done[0]
            self._done.popleft()

    # Claiming

    def _has_more(self) -> bool:
        """Whether there are letters that no connection has seen; nothing is claimed to find out."""
        if not self._next:
            self._next += islice(self._source, 1)
        return bool(self._next or self._ahead or self._again)

    def _looked_ahead(self) -> bool:
        """Take one letter more of the next window from the source; whether there is one."""
        if self.pace.rate:
            return False
        before = len(self._next)
        self._next += islice(self._source, 1 if before < self.pace.window else 0)
        if len(self._next) == before and self._is_slow and not self._ahead:
            self._claim_early()
        return len(self._next) > before

    def _claim_early(self) -> None:
        """A server that takes its time leaves enough of it for a commit of their own."""
        self._is_slow = False
        # What fails here fails again when it is in earnest.
        with suppress(MailerError):
            self._claim(self.pace.window)

    def _outgoing(self) -> Iterator[Outgoing]:
        from mailer.message.compose import Envelope

        while self._claimed():
            self._hold_pace()
            held = self._ahead[0]
            self._flying[held.claim.id] = held
            self._ahead.popleft()
            yield Outgoing(held.claim.id, Envelope(held.claim.sender, held.claim.pending), held.claim.content)

    def _claimed(self) -> bool:
        """Whether a claimed letter is in hand; the first ones are claimed by a commit of their own."""
        while not self._ahead and self._has_more():
            window = 1 if self.pace.rate else self.pace.window
            if self._again:
                self._reclaim(window)
                continue
            self._claim(window)
        return bool(self._ahead)

    def _claim(self, count: int) -> None:
        """Claim up to so many letters, in a commit of their own."""
        letters = self._pulled(count)
        with self.undisturbed:
            with self._put_back(letters):
                claims = self._claims(letters)
            self._take_in(claims)

    @contextmanager
    def _put_back(self, letters: list[Ready]) -> Iterator[None]:
        """What cannot be claimed is still to be told of."""
        try:
            yield
        except BaseException:
            self._next[:0] = letters
            raise

    def _pulled(self, count: int) -> list[Ready]:
        """Up to ``count`` letters that may be claimed."""
        count = max(0, count)
        self._next += islice(self._source, max(0, count - len(self._next)))
        letters, self._next = self._next[:count], self._next[count:]
        return self._doubles.sort_out(letters)

    def _claims(self, letters: list[Ready]) -> list[tuple[Ready, Claim]]:
        """What the ledger says to each."""
        claims = self.ledger.claim_all([(one.new, one.compose) for one in letters], again=self.again)
        return list(zip(letters, claims, strict=True))

    def _take_in(self, claims: list[tuple[Ready, Claim]]) -> None:
        for one, claim in claims:
            if claim.goes:
                self._ahead.append(Held(one.tag, claim))
            else:
                self._done.append(Result(one.tag, STATES[claim.kind], claim))
        self._done.extend(self._doubles.settled(2 * self.pace.window))

    def _hold_pace(self) -> None:
        if self.pace.rate:
            self._flush()
            due = self._began + 60.0 / self.pace.rate - self.pace.clock()
            if due > 0:
                self.pace.sleep(due)
            self._began = self.pace.clock()

    # Settling

    def _about_to_send(self, ids: Sequence[str]) -> None:
        """One commit: the last window's outcomes, the marks of this one, and the claims of the next."""
        letters = self._pulled(0 if self.pace.rate else self.pace.window - len(self._ahead))
        self._marked.update(ids)
        fates = self._fates()
        with self.undisturbed:
            with self._put_back(letters), self.ledger.transaction():
                self.ledger.about_to_send(ids, self._recorded(fates))
                claims = self._claims(letters)
            self._sort_out(fates)
            self._take_in(claims)
        self._awaited = self.pace.clock()

    def _flush(self) -> None:
        """Outcomes onto disk; only then are they told."""
        if self._unsettled:
            fates = self._fates()
            with self.undisturbed:
                with self.ledger.transaction():
                    self.ledger.settle(self._recorded(fates))
                self._sort_out(fates)

    def _fates(self) -> list[tuple[Fate, Outcome]]:
        """What comes of each outcome: "unfit" was not offered, "cut" is offered again at once, "later" after a wait."""
        return [(self._fate(outcome), outcome) for outcome in self._unsettled]

    def _fate(self, outcome: Outcome) -> Fate:
        if outcome.state == "deferred":
            return "cut" if self._is_cut(outcome) else "later" if self.pace.retry else "told"
        return "unfit" if is_unfit(outcome) else "told"

    def _recorded(self, fates: list[tuple[Fate, Outcome]]) -> list[Outcome]:
        """The outcomes to record; a letter that was not offered, or is offered again at once, is given back."""
        self.ledger.withdraw([outcome.id for fate, outcome in fates if fate == "unfit"])
        self.ledger.release([outcome.id for fate, outcome in fates if fate == "cut"])
        return [outcome for fate, outcome in fates if fate in ("later", "told")]

    def _is_cut(self, outcome: Outcome) -> bool:
        """Whether the connection ended, and not the letter: a new one takes it at once, if the last one took any."""
        if not self._progress:
            return False
        ended = outcome.reply is None or outcome.reply.code == 421 or outcome.phase == "queue" or bool(outcome.text)
        fresh = is_blameless(outcome) or self._flying[outcome.id].cuts < _MOST_CUTS
        return ended and fresh

    def _sort_out(self, fates: list[tuple[Fate, Outcome]]) -> None:
        self._unsettled = []
        for fate, outcome in fates:
            held = self._flying.pop(outcome.id)
            self._marked.discard(outcome.id)
            if fate == "unfit":
                self._done.append(Result(held.tag, "not-sent", outcome=outcome))
            elif fate == "cut":
                self._cut.append(_waiting(held, outcome, held.cuts + (not is_blameless(outcome))))
            elif fate == "later":
                self._deferred.append(_waiting(held, outcome))
            else:
                self._done.append(settled(held, outcome))

    # Trying again

    def _take_up(self) -> None:
        """Take in hand again what an ended connection left; the letter that it may have stumbled over comes last."""
        cut, self._cut = self._cut, []
        self._again += sorted(cut, key=lambda held: held.cuts)

    def _reclaim(self, count: int) -> None:
        """Claim up to so many of the letters that are taken in hand again."""
        for _ in range(min(count, len(self._again))):
            held = self._again[0]
            with self.undisturbed:
                claim = self.ledger.reclaim(held.claim.id)
                self._again.popleft()
                if claim.goes:
                    self._ahead.append(Held(held.tag, claim, held.outcome, held.cuts))
                else:
                    self._done.append(Result(held.tag, STATES[claim.kind], claim))

    def _try_again(self) -> bool:
        """Wait, and take deferred letters in hand again; without time for that they stay deferred."""
        again, self._deferred = self._deferred, []
        if not again:
            return False
        if not self._waited(f"{len(again)} deferred"):
            self._done.extend(Result(held.tag, "deferred", held.claim, held.outcome) for held in again)
            return False
        self._again += again
        return True

    def _waited(self, why: str) -> bool:
        """Wait before the next connection, longer each time; False at once if that is too long since a letter went."""
        from random import uniform

        now, seconds = self.pace.clock(), self._wait * uniform(0.8, 1.2)  # noqa: S311 - jitter
        self._until = now + self.pace.retry if self._until is None else self._until
        if now + seconds > self._until:
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
            with self.undisturbed:
                self.ledger.settle(self._unsettled)
                for outcome in self._unsettled:
                    held = self._flying.pop(outcome.id)
                    self._done.append(Result(held.tag, "deferred", held.claim, outcome, error))
                self._unsettled = []
            yield from self._taken()

    def _call_off(self, error: MailerError) -> Iterator[Result]:
        """No letter can go with these settings, this secret or this ledger: nothing more is recorded."""
        held, self._ahead, self._again = [*self._ahead, *self._again], deque(), deque()
        with suppress(MailerError):
            self.ledger.withdraw([one.claim.id for one in held])
        for one in held:
            state = "deferred" if one.outcome else "not-sent"
            self._done.append(Result(one.tag, state, one.claim if one.outcome else None, one.outcome, error))
        while self._has_more():
            rest, self._next = self._next, []
            self._done.extend(Result(one.tag, "not-sent", error=error) for one in self._doubles.sort_out(rest))
            yield from self._taken()
        self._done.extend(self._doubles.rest(error))
        yield from self._taken()


def _waiting(held: Held, outcome: Outcome, cuts: int = 0) -> Held:
    """A letter that is claimed again later; the ledger has its message, which may be large."""
    return Held(held.tag, held.claim._replace(content=b""), outcome, cuts)
