"""Claim, mark, submit, settle: the loop over connections, one or several at once, and trying deferred letters again.

A letter is claimed before the connection says MAIL, marked "about to send" on disk before its last octet leaves, and
settled in the first commit after the reply (RFC 5321 4.1.1.4, RFC 1047).  One commit carries the outcomes of the last
window, the marks of this one, for every connection that is that far, and the claims of the next; one letter is a batch
of one.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import nullcontext
from operator import attrgetter
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError
from mailer.message.compose import Envelope
from mailer.sending.pending import Pending
from mailer.sending.several import ONE, InHand, Line, Lines, Several
from mailer.sending.values import UNFIT, Pace, Result, is_blameless, result_of, unrecorded
from mailer.transport.values import AboutToSend, Outcome, Outgoing

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mailer.ledger.ledger import Ledger
    from mailer.sending.values import ClaimedLetter, Fate, Ready
    from mailer.transport.session import SmtpSession

_NOTHING = nullcontext()
_MOST_CUTS = 2
# Seconds without an event after which outcomes wait no more for the next mark.
_SOON = 0.25
# Seconds in which a connection says what it has already heard.
_HEARD = 0.05


class Submitter:
    """Letters on their way through one ledger, over as many connections as it takes, ``several`` at once.

    ``connect(disabled_extensions)`` opens a signed-in session; ``note`` is told of waits; ``letters`` is how many.
    ``undisturbed`` is entered while what is on disk or was heard, and what is remembered of it, change; ``transaction``
    for what is one commit; ``kept_back`` tells why a letter that has waited here, by its id, must not go after all.
    ``done`` are the results that are to be told, with the one that is being told.
    """

    def __init__(
        self,
        ledger: Ledger,
        connect: Callable[[frozenset[str]], SmtpSession],
        pace: Pace | None = None,
        *,
        again: bool = False,
        several: Several = ONE,
        letters: int = 1,
        note: Callable[[str], None] = lambda _text: None,
        undisturbed: AbstractContextManager[object] = _NOTHING,
        transaction: Callable[[], AbstractContextManager[None]] | None = None,
        kept_back: Callable[[str], MailerError | None] = lambda _letter: None,
    ) -> None:
        self.ledger, self.pace = ledger, pace or Pace()
        self.lines = Lines(connect, several, self.pace.window, note, undisturbed)
        self.undisturbed, self.note = undisturbed, note
        self.transaction = transaction or ledger.transaction
        self.done: deque[Result] = deque()
        self._pending = Pending(ledger, self.pace, self.done, undisturbed, again=again, kept_back=kept_back)
        self._left = letters
        self._in_hand: dict[str, InHand] = {}
        self._marked: set[str] = set()
        self._unsettled: list[Outcome] = []
        self._progress = False
        self._deferred: list[ClaimedLetter] = []

    def submit(self, letters: Iterable[Ready]) -> Iterator[Result]:
        """A result for each letter as it settles.

        Whatever is raised meanwhile, here or in the caller, ``stop`` then records and tells what is known.  Raises
        CannotWrite if the ledger fails; nothing is sent after that.
        """
        self._pending.begin(letters)
        while self._pending or (self._deferred and self._try_again()):
            try:
                self.lines.begin(self._left)
            except Later as error:
                if not self.pace.waited(error.text, self.note):
                    yield from self._defer_all(error)
            except MailerError as error:
                yield from self._tell_each(self._pending.call_off(error))
            else:
                yield from self._submit_over_lines()
        if self.lines.opening:
            self.lines.close()
        self.done.extend(self._pending.duplicates.rest())
        yield from self._tell()

    def _submit_over_lines(self) -> Iterator[Result]:
        """Claim, mark, let go, settle and tell, over these connections until all end or no letter is left."""
        lines, self._progress = self.lines, False
        while lines.used:
            if lines.opening:
                lines.join()
            self._fill()
            busy = [line for line in lines.used if line.in_hand]
            if not busy:
                break
            marks: list[tuple[SmtpSession, AboutToSend]] = []
            moved = False
            for line in busy:
                moved |= yield from self._take_events(line, marks)
            if marks:
                self._mark_and_go(marks)
            elif not moved:
                yield from self._wait(busy)
        yield from self._leave_all()

    def _fill(self, *, claimed: bool = False) -> None:
        """Letters for the connections in turn, while there is room and the rate lets them; or only ``claimed`` ones."""
        pending, single = self._pending, len(self.lines.used) == 1
        given = not (single and pending.ended and not pending.claimed and not pending.again)
        while given:
            given = False
            for line in self.lines.used:
                if not line.session.room or (self.pace.rate and self._is_early()):
                    continue
                if letter := pending.next_claimed(anew=not claimed):
                    line.session.add(self._take_in_hand(letter, line))
                    given = True
                elif len(self.lines.used) > 1 and (name := self.lines.relieve(line, self._marked)):
                    self._in_hand[name] = self._in_hand[name]._replace(line=line)
                    given = True

    def _is_early(self) -> bool:
        return self.pace.due() > 0 and any(line.in_hand for line in self.lines.used)

    def _take_events(self, line: Line, marks: list[tuple[SmtpSession, AboutToSend]]) -> Generator[Result, None, bool]:
        """Take what has happened on one connection, up to letters that want to go, a whole window; whether any has."""
        moved = False
        while line.in_hand and (event := self.lines.poll(line)):
            moved = True
            if isinstance(event, AboutToSend):
                marks.append((line.session, event))
                break
            self._take_outcome(event, line)
            yield from self._tell()
            # While another connection has letters, they are shared out between all.
            if len(self.lines.used) == 1 and not self.lines.opening:
                self._fill(claimed=True)
        return moved

    def _mark_and_go(self, marks: Sequence[tuple[SmtpSession, AboutToSend]]) -> None:
        self._about_to_send([name for _, event in marks for name in event.ids])
        self.lines.go_ahead([session for session, _ in marks])

    def _wait(self, busy: Sequence[Line]) -> Iterator[Result]:
        """Leave what has ended, mark what comes next, else wait; outcomes wait only so long for the next mark."""
        ended = [line for line in self.lines.used if line.session.closed and line not in busy]
        if ended:
            for line in ended:
                yield from self._leave([line])
                self.lines.leave(line)
        elif len(self._in_hand) > 1 and (ahead := self.lines.ahead(busy)):
            self._about_to_send([name for _, names in ahead for name in names])
            for session, names in ahead:
                session.marked(names)
        else:
            self._pending.read_ahead()
            due = _SOON if self._unsettled else self.pace.due() if self.pace.rate else 0.0
            if not self.lines.wait(busy, due if due > 0 else math.inf):
                self._flush()
                yield from self._tell()

    def _leave_all(self) -> Iterator[Result]:
        """Leave these connections, and find out whether there are to be others at once."""
        yield from self._leave(self.lines.used)
        self.lines.used.clear()
        # The letter that the connection may have stumbled over comes last.
        self._pending.again = deque(sorted(self._pending.again, key=attrgetter("cuts")))
        if self._progress:
            self.pace.went()
        elif self._pending and not self.pace.waited("the connection broke", self.note):
            yield from self._defer_all(Later("the connection breaks before a letter can be sent"))

    def _leave(self, lines: Sequence[Line]) -> Iterator[Result]:
        """Settle and tell what is left of these connections."""
        for line in lines:
            line.progress |= self.lines.learns(line)
            self._progress |= line.progress
            # The answer to QUIT is on its way while the last outcomes are written and told.
            line.session.quit()
        self._flush()
        yield from self._tell()
        for line in lines:
            line.session.close()

    def _tell(self) -> Iterator[Result]:
        while self.done:
            # One that the caller was told and did not come back from is told again, by ``stop``.
            yield self.done[0]
            self.done.popleft()

    def _tell_each(self, results: Iterable[Result]) -> Iterator[Result]:
        for result in results:
            self.done.append(result)
            yield from self._tell()

    # Letters in hand

    def _take_in_hand(self, letter: ClaimedLetter, line: Line) -> Outgoing:
        if self.pace.rate:
            self.pace.hold()
        claim = letter.claim
        # A connection has its message, which may be large; so has the ledger.
        self._in_hand[claim.id] = InHand(letter._replace(claim=claim._replace(content=b"")), line)
        line.in_hand += 1
        self._pending.claimed.popleft()
        return Outgoing(claim.id, Envelope(claim.sender, claim.pending), claim.content)

    def _about_to_send(self, ids: Sequence[str]) -> None:
        """One commit: the last window's outcomes, the marks of this one, and the claims of the next."""
        self._marked.update(ids)
        fates = self._fates()
        letters = [] if self._pending.ended else self._pending.next_window()
        with self.undisturbed:
            with self.transaction():
                self.ledger.about_to_send(ids, self._recordable(fates))
                claims = self._pending.claim(letters) if letters else ()
            self._sort_out(fates)
            if letters or self._pending.duplicates.waiting:
                self._pending.take_in(letters, claims)

    def _take_outcome(self, outcome: Outcome, line: Line) -> None:
        line.in_hand -= 1
        line.progress = line.progress or outcome.state in ("sent", "refused")
        self._unsettled.append(outcome)
        # The next mark carries the outcomes; only a server that refuses everything asks for none.
        if self.pace.rate or len(self._unsettled) >= 2 * self.pace.window:
            self._flush()

    # Settling

    def _flush(self) -> None:
        """Outcomes onto disk; only then are they told."""
        if self._unsettled:
            fates = self._fates()
            with self.undisturbed:
                with self.transaction():
                    self.ledger.settle(self._recordable(fates))
                self._sort_out(fates)

    def _fates(self) -> list[tuple[Fate, Outcome]]:
        """Each outcome's fate.

        unfit: this server cannot take it; cut: connection lost, retry now; later: retry after a wait; told: final.
        """
        return [(self._fate(outcome), outcome) for outcome in self._unsettled]

    def _fate(self, outcome: Outcome) -> Fate:
        if outcome.state == "deferred":
            return "cut" if self._is_cut(outcome) else "later" if self.pace.retry else "told"
        return "unfit" if outcome.phase in UNFIT else "told"

    def _recordable(self, fates: list[tuple[Fate, Outcome]]) -> list[Outcome]:
        """Give back what was not offered, or is offered again at once; the outcomes that are left to record."""
        unfit = [outcome.id for fate, outcome in fates if fate == "unfit"]
        cut = [outcome.id for fate, outcome in fates if fate == "cut"]
        if unfit:
            self.ledger.withdraw(unfit)
        if cut:
            self.ledger.release(cut)
        return [outcome for fate, outcome in fates if fate in ("later", "told")]

    def _is_cut(self, outcome: Outcome) -> bool:
        """Whether the connection ended, and not the letter: another one takes it at once, if this one took any."""
        letter, line = self._in_hand[outcome.id]
        if not (line.progress or self.lines.others_go_on(line)):
            return False
        ended = outcome.reply is None or outcome.reply.code == 421 or outcome.phase == "queue" or bool(outcome.text)
        return ended and (is_blameless(outcome) or letter.cuts < _MOST_CUTS)

    def _sort_out(self, fates: list[tuple[Fate, Outcome]]) -> None:
        self._unsettled = []
        for fate, outcome in fates:
            letter = self._in_hand.pop(outcome.id).letter
            self._left -= fate in ("unfit", "told")
            self._marked.discard(outcome.id)
            if fate == "unfit":
                self.done.append(Result(letter.tag, "not-sent", outcome=outcome))
            elif fate == "cut":
                self._pending.again.append(letter.put_by(outcome, letter.cuts + (not is_blameless(outcome))))
            elif fate == "later":
                self._deferred.append(letter.put_by(outcome))
            else:
                self.done.append(result_of(letter, outcome))

    # Trying again, and ends

    def _try_again(self) -> bool:
        """Wait, and take deferred letters in hand again; without time for that they stay deferred."""
        waited = self.pace.waited(f"{len(self._deferred)} deferred", self.note)
        again, self._deferred = self._deferred, []
        if waited:
            self._pending.again.extend(again)
        else:
            self.done.extend(letter.deferred() for letter in again)
        return waited

    def _defer_all(self, error: Later) -> Iterator[Result]:
        """No connection is to be had: every letter left is deferred, and stands in the outbox."""
        yield from self._tell_each(self._pending.left_queued(error))
        while self._pending.next_claimed():
            letters = list(self._pending.claimed)
            outcomes = [Outcome(one.claim.id, "deferred", "connect", text=error.text) for one in letters]
            with self.undisturbed:
                self.ledger.settle(outcomes)
                self._pending.claimed.clear()
                for letter, outcome in zip(letters, outcomes, strict=True):
                    self.done.append(Result(letter.tag, "deferred", letter.claim, outcome, error))
            yield from self._tell()

    def stop(self, patience: float = 0.0, error: MailerError | None = None) -> Iterator[Result]:
        """After an interruption: record all that is known; the results that were not told yet, with the one in hand.

        Letters that were handed over have ``patience`` seconds to be answered.  ``error`` is what stopped the run; it
        is told of every letter that it kept back.
        """
        with self.undisturbed:
            self._break_off(patience)
        self.done.extend(letter.deferred() for letter in (*self._deferred, *self._pending.again))
        self._deferred.clear()
        self._pending.again.clear()
        yield from self._tell()
        if error:
            yield from self._tell_each(self._pending.call_off(error))

    def _break_off(self, patience: float) -> None:
        self.lines.close()
        deadline = time.monotonic() + patience
        for line in self.lines.used:
            left = max(deadline - time.monotonic(), _HEARD if patience else 0.0)
            self._unsettled += line.session.abandon("stopped", left)
            line.progress = False
        self.lines.used.clear()
        # An outcome may have been told just before the interruption, and again by the session.
        known = {one.id: one for one in self._unsettled if one.id in self._in_hand}
        lost = [name for name in self._in_hand if name in self._marked and name not in known]
        self._unsettled = [one for one in known.values() if one.phase != "queue"]
        self._unsettled += [Outcome(name, "in-doubt", "final", text="stopped") for name in lost]
        try:
            self._flush()
        except MailerError as error:
            # What the server said is told though the ledger does not take it.
            self.done.extend(unrecorded(self._in_hand.pop(one.id).letter, one, error) for one in self._unsettled)
            self._unsettled.clear()
        self._pending.claimed.extendleft(held.letter for held in self._in_hand.values())
        self._in_hand.clear()
        self._pending.withdraw()
