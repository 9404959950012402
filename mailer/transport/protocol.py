"""SMTP submission without I/O: octets and letters in, octets and events out.

RFC 5321, 6409; PIPELINING (2920), CHUNKING (3030), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531).
A driver adds letters, takes events, writes what ``data_to_send`` gives and feeds what it reads.
``AboutToSend`` comes before the last octet of a letter is given out, and holds it back until ``go_ahead``.

* With PIPELINING, MAIL, RCPT and DATA go together; once they were answered in step, those of the next letter stand
  behind the dot of the one before.
* With CHUNKING too, the first letter shows that the server keeps in step and that its replies can be told apart, and a
  chunk without a recipient behind it that the server throws such away; then up to ``window`` letters go out before the
  first reply is read.  A server that takes a chunk for commands gets none before its RCPT was answered: what it made of
  the rest would be in doubt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

from mailer.transport.pipeline import Pipeline, Transaction
from mailer.transport.replies import BadReply, Reply, ReplyReader
from mailer.transport.reply_order import ReplyOrder
from mailer.transport.transcript import Transcript
from mailer.transport.values import AboutToSend, Capabilities, Event, Outcome, Outgoing, unfit

CHUNK = 262_144


class Submission:
    """The state machine of one connection, from the end of the sign-in on.

    ``disabled_extensions`` are not used; more are added as the server gets them wrong: for the next connection to it.
    """

    def __init__(
        self,
        offered: Capabilities,
        *,
        window: int = 8,
        disabled_extensions: Iterable[str] = (),
        reader: ReplyReader | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        self.closed = False
        self.fault = ""
        self.replies = 0
        self._offered = offered
        self._window = max(1, window)
        self._disabled = set(disabled_extensions)
        self._reader = reader or ReplyReader()
        self._queue: deque[Outgoing] = deque()
        self._transactions: deque[Transaction] = deque()
        self._held: list[Transaction] = []
        self._out = Pipeline(offered, transcript or Transcript())
        self._reply_order = ReplyOrder()
        self._events: deque[Event] = deque()
        self._told: Event | None = None
        self._withheld: Outcome | None = None
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
    def awaiting(self) -> int:
        """How many replies are owed."""
        return len(self._out.awaiting)

    @property
    def talkative(self) -> bool:
        """Whether ``data_to_send`` has something."""
        return bool(self._out.pieces)

    @property
    def awaits_final(self) -> bool:
        """Whether the next reply is the one to a letter's content."""
        return bool(self._out.awaiting) and self._out.awaiting[0][0] == "final"

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

    def go_ahead(self) -> None:
        """The letters of the last ``AboutToSend`` may go."""
        held, self._held = self._held, []
        if not self.closed:
            self._send(held)

    def data_to_send(self, limit: int = CHUNK) -> bytes:
        """Up to ``limit`` octets for the server, given out once."""
        return self._out.take(limit)

    def receive_data(self, data: bytes) -> None:
        """Octets from the server; ``b""`` says that it closed the connection."""
        if self.closed:
            return
        if not data:
            self._end("the server closed the connection")
            return
        self._reader.feed(data)
        try:
            while not self.closed and (reply := self._reader.next_reply()) is not None:
                self._on_reply(reply)
        except BadReply as error:
            self._end(str(error), misbehaved=True)

    def give_up(self, text: str) -> None:
        """The connection is of no more use, ``text`` says why."""
        self._end(text)

    def abandon(self, text: str) -> list[Outcome]:
        """Give up; the outcomes of all letters that were added and whose outcome was not taken."""
        self._end(text)
        events = [self._told, *self._events]
        self._told = None
        self._events.clear()
        return list({event.id: event for event in events if isinstance(event, Outcome)}.values())

    # Going forward

    def _uses(self, extension: str) -> bool:
        return extension in self._offered.offered and extension not in self._disabled

    def _advance(self) -> None:
        if self.closed or self._goodbye or self._held or self._transactions or not self._queue:
            return
        pipelining = self._uses("PIPELINING")
        if self._out.awaiting and (not pipelining or self._probing):
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
            self._out.envelope(transaction, data=transaction.whole)
        else:
            self._out.mail(transaction)

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
            self._out.content(transaction)
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
        self._out.probe(transaction.letter.envelope.reverse_path)

    def _send_envelope(self, transaction: Transaction, *, first: bool) -> None:
        # A refused letter before this one may have left its transaction open (RFC 3030 2).
        if not first:
            self._out.reset()
        self._out.envelope(transaction)

    # Replies

    def _on_reply(self, reply: Reply) -> None:
        self.replies += 1
        if not self._out.awaiting:
            if reply.code == 421:
                self._end(f"the server closes the connection: {reply.line}", reply)
            else:
                self._end(f"the server gave a reply that nobody asked for: {reply.line}", reply, misbehaved=True)
            return
        kind, transaction = self._out.awaiting.popleft()
        # The last letter of a window, too: a reply too many before it is not the one to its content.
        blindly = bool(self._transactions) and self._transactions[0].blind
        if kind != "probe" and not self._reply_order.fits(kind, reply, closely=blindly):
            self._out_of_step(kind, reply)
            return
        if reply.code == 421:
            self._goodbye = reply
            self._out.clear()
        self._answer(kind, transaction, reply)
        if self._goodbye and not self.closed:
            self._wind_down()

    def _answer(self, kind: str, transaction: Transaction | None, reply: Reply) -> None:
        if kind == "probe":
            return
        if kind == "sync":
            self._on_sync(reply)
        elif transaction is None:
            if reply.negative:
                if reply.code != 421:
                    # No server refuses RSET: it may be what it says to the letter before.
                    self._doubt_withheld("the server refuses RSET behind it")
                self._end(f"the server refuses {kind.upper()}: {reply.line}", reply)
        elif kind == "mail":
            self._on_mail(transaction, reply)
        elif kind == "rcpt":
            self._on_rcpt(transaction, reply)
        elif kind == "data":
            self._on_data(transaction, reply)
        else:
            self._on_final(transaction, reply)

    def _on_sync(self, reply: Reply) -> None:
        """The reply to the RSET behind a chunk, or to the chunk itself, taken for a command: then one more comes."""
        self._discards, self._probing = reply.positive, False
        if not self._discards:
            self._out.awaiting.appendleft(("rset", None))
        elif self._reply_order.tells_apart("rcpt", "final"):
            # Else a reply too many in a window would count as the one to a letter's content.
            self._disabled.discard("CHUNKING")

    def _out_of_step(self, kind: str, reply: Reply) -> None:
        if self._reply_order.is_ahead(kind, reply):
            # What was taken for the letter before was not its own.
            self._doubt_withheld("a reply is missing")
        self._end(f"the server answered out of step, to {kind.upper()}: {reply.line}", reply, misbehaved=True)

    def _doubt_withheld(self, why: str) -> None:
        if self._withheld:
            self._withheld = self._withheld._replace(state="in-doubt", reply=None, text=why)

    def _on_mail(self, transaction: Transaction, reply: Reply) -> None:
        if transaction.chunked:
            self._release()
        if reply.negative:
            self._fail(transaction, "mail", reply)
            if not transaction.grouped:
                self._over(transaction)
        else:
            if transaction.phase == "mail":
                transaction.phase = "rcpt"
            if not transaction.grouped and not self._goodbye:
                self._out.recipient(transaction)

    def _on_rcpt(self, transaction: Transaction, reply: Reply) -> None:
        if reply.negative and transaction.failure is None:
            transaction.refused[transaction.paths[transaction.answered]] = reply
        transaction.taken += reply.positive
        transaction.answered += 1
        if transaction.answered == len(transaction.paths):
            self._on_envelope(transaction)
        elif not transaction.grouped and not self._goodbye:
            self._out.recipient(transaction)

    def _on_envelope(self, transaction: Transaction) -> None:
        """Every recipient has its reply."""
        if transaction.failure is None and not transaction.taken:
            replies = list(transaction.refused.values())
            self._fail(transaction, "rcpt", next((r for r in replies if r.transient), replies[0]))
        if transaction.phase == "rcpt":
            transaction.phase = "data"
        if transaction.whole:
            return
        if transaction.failure:
            self._over(transaction)
        elif self._goodbye:
            return
        elif transaction.chunked:
            self._hold([transaction])
        else:
            self._out.data(transaction)

    def _on_data(self, transaction: Transaction, reply: Reply) -> None:
        self._release()
        self._proven = self._proven or transaction.whole
        if reply.negative:
            self._fail(transaction, "data", reply)
            self._over(transaction)
        elif transaction.failure:
            # A lone dot would end this (RFC 2920 3.1), and might make a message to nobody.
            self._end("the server asks for the content of a letter that has no recipient", reply, misbehaved=True)
        else:
            self._hold([transaction])

    def _on_final(self, transaction: Transaction, reply: Reply) -> None:
        self._proven = True
        if transaction.chunked and transaction.failure is None and _not_understood(reply):
            self._disabled.add("CHUNKING")
            why = "the server offers CHUNKING and does not take BDAT"
            self._settle(transaction, transaction.outcome("deferred", "final", reply, why))
            self._transactions.remove(transaction)
            self._end(why, reply)
            return
        if reply.negative:
            self._fail(transaction, "final", reply)
        elif transaction.taken:
            # A server that refused MAIL and took the rest all the same has the letter.
            transaction.failure = None
        elif transaction.failure:
            self._contradicted(transaction, reply)
            return
        if not transaction.settled:
            self._settle(transaction, transaction.conclusion(reply))
        self._over(transaction)

    def _contradicted(self, transaction: Transaction, reply: Reply) -> None:
        """A letter that was refused, every recipient of it too, and then taken: nobody knows what became of it."""
        why = "the server took a letter that it had refused"
        self._settle(transaction, transaction.outcome("in-doubt", "final", None, why))
        self._transactions.remove(transaction)
        self._end(why, reply, misbehaved=True)

    # Ends

    def _fail(self, transaction: Transaction, phase: str, reply: Reply) -> None:
        """Remembers the first failure; nothing of the letter having gone out, that settles it."""
        if transaction.failure:
            return
        transaction.failure = (phase, reply)
        if transaction.whole and not transaction.chunked and phase in ("mail", "data") and _not_understood(reply):
            self._disabled.add("PIPELINING")
            transaction.again = True
        elif not (transaction.handed or transaction.blind):
            self._settle(transaction, transaction.conclusion(reply))

    def _settle(self, transaction: Transaction, outcome: Outcome) -> None:
        transaction.settled = True
        self._marked.discard(outcome.id)
        self._release()
        if outcome.phase == "final" and len(self._transactions) > 1 and not self.closed:
            # Until the next letter's replies show that none is missing.
            self._withheld = outcome
        else:
            self._events.append(outcome)

    def _release(self) -> None:
        if self._withheld:
            self._events.append(self._withheld)
            self._withheld = None

    def _over(self, transaction: Transaction) -> None:
        """The last reply to a letter's commands was read."""
        self._transactions.remove(transaction)
        if transaction.again:
            self._queue.appendleft(transaction.letter)
        if transaction.failure and not self._transactions and not self._goodbye:
            self._out.reset()

    def _wind_down(self) -> None:
        """After 421: nothing more is said, what was handed over may still be answered."""
        for transaction in [f for f in self._transactions if not f.handed]:
            if not transaction.settled:
                self._settle(transaction, transaction.outcome("deferred", transaction.phase, self._goodbye))
            self._transactions.remove(transaction)
        if not self._transactions and self._goodbye:
            self._end(f"the server closes the connection: {self._goodbye.line}", self._goodbye)

    def _end(self, text: str, reply: Reply | None = None, *, misbehaved: bool = False) -> None:
        """Ends the connection; what was handed over without a final reply is in doubt, the rest was not sent."""
        if self.closed:
            return
        self.closed, self.fault = True, text
        if misbehaved and (self._proven or any(transaction.whole for transaction in self._transactions)):
            self._disabled |= {"PIPELINING", "CHUNKING"}
        for transaction in self._transactions:
            if transaction.handed and not transaction.settled:
                self._settle(transaction, transaction.outcome("in-doubt", "final", None, text))
            elif not transaction.settled:
                self._settle(transaction, transaction.outcome("deferred", transaction.phase, reply, text))
        self._release()
        self._events.extend(Outcome(letter.id, "deferred", "queue", reply, text=text) for letter in self._queue)
        for pending in (self._transactions, self._queue, self._out, self._out.awaiting, self._held):
            pending.clear()


def _not_understood(reply: Reply) -> bool:
    """Whether a reply is about the command and its place, not about the letter or its addresses (RFC 5321 4.2.2)."""
    return 500 <= reply.code <= 504 and not reply.status.startswith("5.1.")
