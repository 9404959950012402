"""SMTP submission without I/O: octets and letters in, octets and events out.

RFC 5321, 6409; PIPELINING (2920), CHUNKING (3030), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531).
A driver adds letters, takes events, writes what ``data_to_send`` gives and feeds what it reads.
``AboutToSend`` comes before the last octet of a letter is given out, and holds it back until ``go_ahead``.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from mailer.transport.commands import Commands
from mailer.transport.replies import Reply, ReplyReader
from mailer.transport.values import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailer.transport.pipeline import Transaction
    from mailer.transport.transcript import Transcript
    from mailer.transport.values import Capabilities

_NEXT = {"rset": "mail", "mail": "rcpt", "rcpt": "final"}


class SmtpProtocol(Commands):
    """The state machine of one connection, from the end of the sign-in on."""

    def __init__(
        self,
        offered: Capabilities,
        *,
        window: int = 8,
        disabled_extensions: Iterable[str] = (),
        reader: ReplyReader | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        super().__init__(offered, window=window, disabled_extensions=disabled_extensions, transcript=transcript)
        self.replies = 0
        self._reader = reader or ReplyReader()
        self._reply_order = ReplyOrder()
        self._withheld: Outcome | None = None

    def receive_data(self, data: bytes) -> None:
        """Octets from the server; ``b""`` says that it closed the connection."""
        if self.closed:
            return
        if not data:
            self._end("the server closed the connection")
            return
        replies, fault = self._reader.read(data)
        for reply in replies:
            if not self.closed:
                self._on_reply(reply)
        if fault:
            self._end(str(fault), misbehaved=True)

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

    # Replies

    def _on_reply(self, reply: Reply) -> None:
        self.replies += 1
        if not self.out.awaiting:
            if reply.code == 421:
                self._end(f"the server closes the connection: {reply.line}", reply)
            else:
                self._end(f"the server gave a reply that nobody asked for: {reply.line}", reply, misbehaved=True)
            return
        kind, transaction = self.out.awaiting.popleft()
        # The last letter of a window, too: a reply too many before it is not the one to its content.
        blindly = bool(self._transactions) and self._transactions[0].blind
        if kind != "probe" and not self._reply_order.fits(kind, reply, closely=blindly):
            self._out_of_step(kind, reply)
            return
        if reply.code == 421:
            self._goodbye = reply
            self.out.clear()
        self._answer(kind, transaction, reply)
        if self._goodbye and not self.closed:
            self._wind_down()

    def _answer(self, kind: str, transaction: Transaction | None, reply: Reply) -> None:
        if kind == "probe":
            return
        if kind == "sync":
            self._on_sync(reply)
        elif transaction is None:
            if reply.code >= 400:
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
        self._discards, self._probing = 200 <= reply.code <= 299, False
        if not self._discards:
            self.out.awaiting.appendleft(("rset", None))
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
        if reply.code >= 400:
            self._fail(transaction, "mail", reply)
            if not transaction.grouped:
                self._over(transaction)
        else:
            if transaction.phase == "mail":
                transaction.phase = "rcpt"
            if not transaction.grouped and not self._goodbye:
                self.out.recipient(transaction)

    def _on_rcpt(self, transaction: Transaction, reply: Reply) -> None:
        if reply.code >= 400 and transaction.failure is None:
            transaction.refused[transaction.paths[transaction.answered]] = reply
        transaction.taken += 200 <= reply.code <= 299
        transaction.answered += 1
        if transaction.answered == len(transaction.paths):
            self._on_envelope(transaction)
        elif not transaction.grouped and not self._goodbye:
            self.out.recipient(transaction)

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
            self.out.data(transaction)

    def _on_data(self, transaction: Transaction, reply: Reply) -> None:
        self._release()
        self._proven = self._proven or transaction.whole
        if reply.code >= 400:
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
        if reply.code >= 400:
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
            self.out.reset()

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
        if self.fault:
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
        for pending in (self._transactions, self._queue, self.out, self.out.awaiting, self._held):
            pending.clear()


def _not_understood(reply: Reply) -> bool:
    """Whether a reply is about the command and its place, not about the letter or its addresses (RFC 5321 4.2.2)."""
    return 500 <= reply.code <= 504 and not reply.status.startswith("5.1.")


class ReplyOrder:
    """Learns the sign of a server's replies to each command, and tells a reply to another one by it.

    The sign is the enhanced status; without one, the first word.
    """

    def __init__(self) -> None:
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def fits(self, command: str, reply: Reply, *, closely: bool) -> bool:
        """Whether ``reply`` can be one to ``command``: by its class, and ``closely`` by its sign too."""
        if not (reply.code == 354 if command == "data" else 200 <= reply.code <= 299):
            return reply.code >= 400
        seen, sign = self._seen[command], _sign(reply)
        if closely and seen and sign not in seen and self._is_another(command, sign):
            return False
        seen.add(sign)
        return True

    def tells_apart(self, command: str, other: str) -> bool:
        """Whether replies to the two have differed so far."""
        return self._seen[command].isdisjoint(self._seen[other])

    def is_ahead(self, command: str, reply: Reply) -> bool:
        """Whether ``reply`` looks like one to a later command, so that a reply is missing."""
        return reply.code == 354 or _sign(reply) in self._seen.get(_NEXT.get(command, ""), ())

    def _is_another(self, command: str, sign: str) -> bool:
        return any(sign in seen for name, seen in self._seen.items() if name != command)


def _sign(reply: Reply) -> str:
    return reply.status or reply.text.lower().partition(" ")[0]
