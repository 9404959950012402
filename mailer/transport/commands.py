"""What goes to the server, and when: the half of the protocol that says something (the other is ``protocol``).

* With PIPELINING, MAIL, RCPT and DATA go together; once they were answered in step, those of the next letter stand
  behind the dot of the one before.
* With CHUNKING too, the first letter shows that the server keeps in step and that its replies can be told apart, and a
  chunk without a recipient behind it that the server throws such away; then up to ``window`` letters go out before the
  first reply is read.  A server that takes a chunk for commands gets none before its RCPT was answered: what it made of
  the rest would be in doubt.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from mailer.transport.pipeline import CHUNK, Pipeline, Transaction
from mailer.transport.transcript import Transcript
from mailer.transport.values import AboutToSend, unfit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.transport.replies import Reply
    from mailer.transport.values import Capabilities, Event, Outgoing


class Commands:
    """What is queued, said and owed; ``out`` has what is to be given out, and the replies that are owed.

    ``disabled_extensions`` are not used; more are added as the server gets them wrong: for the next connection to it.
    """

    def __init__(
        self,
        offered: Capabilities,
        *,
        window: int = 8,
        disabled_extensions: Iterable[str] = (),
        transcript: Transcript | None = None,
    ) -> None:
        self.closed = False
        self.fault = ""
        self._offered = offered
        self._window = max(1, window)
        self._disabled = set(disabled_extensions)
        self._queue: deque[Outgoing] = deque()
        self._transactions: deque[Transaction] = deque()
        self._held: list[Transaction] = []
        self.out = Pipeline(offered, transcript or Transcript())
        self._events: deque[Event] = deque()
        self._told: Event | None = None
        self._marked: set[str] = set()
        self._goodbye: Reply | None = None
        self._proven = False
        self._discards: bool | None = None
        self._probing = False

    # What a driver asks

    @property
    def room(self) -> int:
        """How many more letters may be added now."""
        if self.closed or self._goodbye or self._events:
            return 0
        # With a window of one nothing is composed while a letter's fate is open.
        return max(0, self._window - len(self._queue) - (len(self._transactions) if self._window == 1 else 0))

    @property
    def busy(self) -> bool:
        """Whether a letter is queued or on its way."""
        return bool(self._queue or self._transactions or self._events)

    @property
    def between_letters(self) -> bool:
        """Whether a command such as QUIT would be understood as one."""
        return not (self.closed or self._transactions or self._queue or self._goodbye)

    @property
    def disabled_extensions(self) -> frozenset[str]:
        """Extensions that this server does not get right."""
        return frozenset(self._disabled)

    @property
    def in_doubt(self) -> list[str]:
        """Letters whose last octet was given out and whose final reply was not read."""
        return [f.letter.id for f in self._transactions if f.handed and not f.settled]

    # What a driver does

    def add(self, letter: Outgoing) -> None:
        """Queues a letter, or settles it at once if this server cannot take it."""
        outcome = unfit(letter, self._offered)
        if outcome:
            self._events.append(outcome)
        else:
            self._queue.append(letter)

    def take_back(self) -> Outgoing | None:
        """Hand back the last letter of which nothing was said yet, unless it is the only one."""
        if not self._queue or (len(self._queue) == 1 and not self._transactions):
            return None
        letter = self._queue.pop()
        self._marked.discard(letter.id)
        return letter

    def share(self, window: int) -> None:
        """Take no more than so many letters at a time from now on."""
        self._window = max(1, window)

    def next_event(self) -> Event | None:
        """The next thing to know; None when octets must move first.

        It counts as taken when the next one is asked for: an interruption in between does not lose it.
        """
        self._told = None
        if not self._events:
            self._advance()
        if self._events:
            self._told = self._events[0]
            self._events.popleft()
        return self._told

    def ahead(self) -> tuple[str, ...]:
        """Letters behind one that was handed over, to be put on disk as about to send while its reply is on the way.

        No more than ``window`` are so at any time.  ``marked`` then says that they are.
        """
        under_way = [one for one in self._transactions if not one.settled]
        if self.closed or self._goodbye or self._held or not any(one.handed for one in under_way):
            return ()
        names = [one.letter.id for one in under_way]
        names += [letter.id for letter in islice(self._queue, max(0, self._window - len(names)))]
        waiting = [name for name in names[: self._window] if name not in self._marked]
        next_one = next(
            (one.letter.id for one in under_way if not one.handed), self._queue[0].id if self._queue else ""
        )
        return tuple(waiting) if next_one in waiting else ()

    def marked(self, names: Iterable[str]) -> None:
        """The letters of ``ahead`` are on disk: their content waits for nothing but the server."""
        self._marked.update(names)

    def go_ahead(self) -> None:
        """The letters of the last ``AboutToSend`` may go."""
        held, self._held = self._held, []
        if not self.closed:
            self._send(held)

    def data_to_send(self, limit: int = CHUNK) -> bytes:
        """Up to ``limit`` octets for the server, given out once."""
        return self.out.take(limit)

    # Going forward

    def _uses(self, extension: str) -> bool:
        return extension in self._offered.offered and extension not in self._disabled

    def _advance(self) -> None:
        if self.closed or self._goodbye or self._held or self._transactions or not self._queue:
            return
        pipelining = self._uses("PIPELINING")
        if self.out.awaiting and (not pipelining or self._probing):
            return
        if pipelining and self._proven and self._discards and self._uses("CHUNKING") and len(self._queue) > 1:
            count = min(self._window, len(self._queue))
            self._hold([self._begin(chunked=True, blind=True) for _ in range(count)])
        else:
            self._step(self._begin(chunked=self._uses("CHUNKING") and len(self._queue) > 1))

    def _begin(self, *, chunked: bool, blind: bool = False) -> Transaction:
        pipelining = self._uses("PIPELINING")
        transaction = Transaction(self._queue.popleft(), chunked, pipelining, pipelining and (blind or not chunked))
        self._transactions.append(transaction)
        return transaction

    def _step(self, transaction: Transaction) -> None:
        """Says MAIL, and what may stand behind it."""
        if transaction.grouped:
            self.out.envelope(transaction, data=transaction.whole)
        else:
            self.out.mail(transaction)

    def _hold(self, transactions: list[Transaction]) -> None:
        """Content is due; what is not on disk yet as "about to send" is told first, a window at a time."""
        if all(f.letter.id in self._marked for f in transactions):
            self._send(transactions)
            return
        due = [f.letter.id for f in transactions]
        due += [letter.id for letter in islice(self._queue, self._window - len(due))]
        ids = [name for name in due if name not in self._marked]
        self._marked.update(ids)
        self._held = transactions
        self._events.append(AboutToSend(tuple(ids)))

    def _send(self, transactions: list[Transaction]) -> None:
        for number, transaction in enumerate(transactions):
            if transaction.blind:
                self._send_envelope(transaction, first=number == 0)
            else:
                transaction.phase = "content"
            self.out.content(transaction)
        last = transactions[-1] if transactions else None
        if last and last.chunked and self._discards is None and len(self._queue) > 1 and self._uses("PIPELINING"):
            self._probe(last)
        if last and not last.chunked and self._proven and self._window > 1 and self._queue and self._uses("PIPELINING"):
            self._step(self._begin(chunked=False))

    def _probe(self, transaction: Transaction) -> None:
        """Asks whether a chunk that cannot be taken is thrown away (RFC 3030 2), while nothing depends on it."""
        self._discards, self._probing = False, True
        # Where the connection breaks on it, the next one does without.
        self._disabled.add("CHUNKING")
        self.out.probe(transaction.letter.envelope.reverse_path)

    def _send_envelope(self, transaction: Transaction, *, first: bool) -> None:
        # A refused letter before this one may have left its transaction open (RFC 3030 2).
        if not first:
            self.out.reset()
        self.out.envelope(transaction)
