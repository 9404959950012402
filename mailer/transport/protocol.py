"""SMTP submission without I/O: octets and letters in, octets and events out.

RFC 5321, 6409; PIPELINING (2920), CHUNKING (3030), SIZE (1870), 8BITMIME (6152), SMTPUTF8 (6531).
A driver adds letters, takes events, writes what ``data_to_send`` gives and feeds what it reads.
``AboutToSend`` comes before the last octet of a letter is given out, and holds it back until ``go_ahead``.

* With PIPELINING, MAIL, RCPT and DATA go together; once they were answered in step, those of the next letter stand
  behind the dot of the one before.
* With CHUNKING too, the first letter shows that the server keeps in step, and a chunk without a recipient behind it
  that the server throws such away; then up to ``window`` letters go out before the first reply is read.  A server that
  takes a chunk for commands gets none before its RCPT was answered: what it made of the rest would be in doubt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from mailer.transport.pipeline import Flight, Outbox
from mailer.transport.replies import BadReply, Reply, ReplyReader
from mailer.transport.reply_order import Stride
from mailer.transport.transcript import Transcript
from mailer.transport.values import Capabilities, Outcome, Outgoing, read_capabilities, unfit

__all__ = [
    "AboutToSend",
    "Capabilities",
    "Outcome",
    "Outgoing",
    "Reply",
    "ReplyReader",
    "Submission",
    "read_capabilities",
]

CHUNK = 262_144


class AboutToSend(NamedTuple):
    """The last octets of these letters go out next: put that on disk, then call ``go_ahead``."""

    ids: tuple[str, ...]


class Submission:
    """The state machine of one connection, from the end of the sign-in on.

    ``without`` names extensions not to use; ``given_up`` is what the next connection to this server should be without.
    """

    def __init__(
        self,
        offered: Capabilities,
        *,
        window: int = 8,
        without: Iterable[str] = (),
        reader: ReplyReader | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        self.closed = False
        self.fault = ""
        self.replies = 0
        self._offered = offered
        self._window = max(1, window)
        self._without = set(without)
        self._reader = reader or ReplyReader()
        self._queue: deque[Outgoing] = deque()
        self._flights: deque[Flight] = deque()
        self._held: list[Flight] = []
        self._out = Outbox(offered, transcript or Transcript())
        self._stride = Stride()
        self._events: deque[AboutToSend | Outcome] = deque()
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
        return max(0, self._window - len(self._queue) - (len(self._flights) if self._window == 1 else 0))

    @property
    def busy(self) -> bool:
        """Whether a letter is queued or on its way."""
        return bool(self._queue or self._flights or self._events)

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
        return not (self.closed or self._flights or self._queue or self._goodbye)

    @property
    def given_up(self) -> frozenset[str]:
        """Extensions that this server does not get right."""
        return frozenset(self._without)

    @property
    def in_doubt(self) -> list[str]:
        """Letters whose last octet was given out and whose final reply was not read."""
        return [f.letter.id for f in self._flights if f.handed and not f.settled]

    # What a driver does

    def add(self, letter: Outgoing) -> None:
        """Queues a letter, or settles it at once if this server cannot take it."""
        outcome = unfit(letter, self._offered)
        if outcome:
            self._events.append(outcome)
        else:
            self._queue.append(letter)

    def next_event(self) -> AboutToSend | Outcome | None:
        """The next thing to know; None when octets must move first."""
        return self._events.popleft() if self.coming_event() else None

    def coming_event(self) -> AboutToSend | Outcome | None:
        """What ``next_event`` will take: left in place, it cannot get lost in an interruption."""
        if not self._events:
            self._advance()
        return self._events[0] if self._events else None

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
        """Gives up, and the outcomes of all letters that were added and whose outcome was not taken."""
        self._end(text)
        events = [event for event in self._events if isinstance(event, Outcome)]
        self._events.clear()
        return events

    # Going forward

    def _uses(self, extension: str) -> bool:
        return extension in self._offered.offered and extension not in self._without

    def _advance(self) -> None:
        if self.closed or self._goodbye or self._held or self._flights or not self._queue:
            return
        pipelining = self._uses("PIPELINING")
        if self._out.awaiting and (not pipelining or self._probing):
            return
        if pipelining and self._proven and self._discards and self._uses("CHUNKING") and len(self._queue) > 1:
            count = min(self._window, len(self._queue))
            self._hold([self._begin(chunked=True, blind=True) for _ in range(count)])
        else:
            self._step(self._begin(chunked=self._uses("CHUNKING") and len(self._queue) > 1))

    def _begin(self, *, chunked: bool, blind: bool = False) -> Flight:
        pipelining = self._uses("PIPELINING")
        flight = Flight(self._queue.popleft(), chunked, pipelining, pipelining and (blind or not chunked))
        self._flights.append(flight)
        return flight

    def _step(self, flight: Flight) -> None:
        """Says MAIL, and what may stand behind it."""
        if flight.grouped:
            self._out.envelope(flight, data=flight.whole)
        else:
            self._out.mail(flight)

    def _hold(self, flights: list[Flight]) -> None:
        """Content is due; what is not on disk yet as "about to send" is told first, a window at a time."""
        if all(f.letter.id in self._marked for f in flights):
            self._send(flights)
            return
        due = [f.letter.id for f in flights]
        due += [letter.id for letter in islice(self._queue, self._window - len(due))]
        ids = [name for name in due if name not in self._marked]
        self._marked.update(ids)
        self._held = flights
        self._events.append(AboutToSend(tuple(ids)))

    def _send(self, flights: list[Flight]) -> None:
        for number, flight in enumerate(flights):
            if flight.blind:
                self._send_envelope(flight, first=number == 0)
            else:
                flight.phase = "content"
            self._out.content(flight)
        last = flights[-1] if flights else None
        if last and last.chunked and self._discards is None and len(self._queue) > 1 and self._uses("PIPELINING"):
            self._probe(last)
        if last and not last.chunked and self._proven and self._window > 1 and self._queue and self._uses("PIPELINING"):
            self._step(self._begin(chunked=False))

    def _probe(self, flight: Flight) -> None:
        """Asks whether a chunk that cannot be taken is thrown away (RFC 3030 2), while nothing depends on it."""
        self._discards, self._probing = False, True
        # Where the connection breaks on it, the next one does without.
        self._without.add("CHUNKING")
        self._out.probe(flight.letter.envelope.reverse_path)

    def _send_envelope(self, flight: Flight, *, first: bool) -> None:
        # A refused letter before this one may have left its transaction open (RFC 3030 2).
        if not first:
            self._out.reset()
        self._out.envelope(flight)

    # Replies

    def _on_reply(self, reply: Reply) -> None:
        self.replies += 1
        if not self._out.awaiting:
            if reply.code == 421:
                self._end(f"the server closes the connection: {reply.line}", reply)
            else:
                self._end(f"the server gave a reply that nobody asked for: {reply.line}", reply, misbehaved=True)
            return
        kind, flight = self._out.awaiting.popleft()
        blindly = len(self._flights) > 1 and self._flights[0].blind
        if kind != "probe" and not self._stride.fits(kind, reply, closely=blindly):
            self._out_of_step(kind, reply)
            return
        if reply.code == 421:
            self._goodbye = reply
            self._out.clear()
        self._answer(kind, flight, reply)
        if self._goodbye and not self.closed:
            self._wind_down()

    def _answer(self, kind: str, flight: Flight | None, reply: Reply) -> None:
        if kind == "probe":
            return
        if kind == "sync":
            self._on_sync(reply)
        elif flight is None:
            if reply.negative:
                self._end(f"the server refuses {kind.upper()}: {reply.line}", reply)
        elif kind == "mail":
            self._on_mail(flight, reply)
        elif kind == "rcpt":
            self._on_rcpt(flight, reply)
        elif kind == "data":
            self._on_data(flight, reply)
        else:
            self._on_final(flight, reply)

    def _on_sync(self, reply: Reply) -> None:
        """The reply to the RSET behind a chunk, or to the chunk itself, taken for a command: then one more comes."""
        self._discards, self._probing = reply.positive, False
        if self._discards:
            self._without.discard("CHUNKING")
        else:
            self._out.awaiting.appendleft(("rset", None))

    def _out_of_step(self, kind: str, reply: Reply) -> None:
        if self._withheld and self._stride.is_ahead(kind, reply):
            # A reply is missing: what was taken for the letter before was not its own.
            self._withheld = self._withheld._replace(state="in-doubt", reply=None, text="a reply is missing")
        self._end(f"the server answered out of step, to {kind.upper()}: {reply.line}", reply, misbehaved=True)

    def _on_mail(self, flight: Flight, reply: Reply) -> None:
        if flight.chunked:
            self._release()
        if reply.negative:
            self._fail(flight, "mail", reply)
            if not flight.grouped:
                self._over(flight)
        else:
            if flight.phase == "mail":
                flight.phase = "rcpt"
            if not flight.grouped and not self._goodbye:
                self._out.recipient(flight)

    def _on_rcpt(self, flight: Flight, reply: Reply) -> None:
        if reply.negative and flight.failure is None:
            flight.refused[flight.paths[flight.answered]] = reply
        flight.taken += reply.positive
        flight.answered += 1
        if flight.answered == len(flight.paths):
            self._on_envelope(flight)
        elif not flight.grouped and not self._goodbye:
            self._out.recipient(flight)

    def _on_envelope(self, flight: Flight) -> None:
        """Every recipient has its reply."""
        if flight.failure is None and not flight.taken:
            replies = list(flight.refused.values())
            self._fail(flight, "rcpt", next((r for r in replies if r.transient), replies[0]))
        if flight.phase == "rcpt":
            flight.phase = "data"
        if flight.whole:
            return
        if flight.failure:
            self._over(flight)
        elif self._goodbye:
            return
        elif flight.chunked:
            self._hold([flight])
        else:
            self._out.data(flight)

    def _on_data(self, flight: Flight, reply: Reply) -> None:
        self._release()
        self._proven = self._proven or flight.whole
        if reply.negative:
            self._fail(flight, "data", reply)
            self._over(flight)
        elif flight.failure:
            # A lone dot would end this (RFC 2920 3.1), and might make a message to nobody.
            self._end("the server asks for the content of a letter that has no recipient", reply, misbehaved=True)
        else:
            self._hold([flight])

    def _on_final(self, flight: Flight, reply: Reply) -> None:
        self._proven = True
        if flight.chunked and flight.failure is None and _not_understood(reply):
            self._without.add("CHUNKING")
            why = "the server offers CHUNKING and does not take BDAT"
            self._settle(flight, flight.outcome("deferred", "final", reply, why))
            self._flights.remove(flight)
            self._end(why, reply)
            return
        if reply.negative:
            self._fail(flight, "final", reply)
        elif flight.taken:
            # A server that refused MAIL and took the rest all the same has the letter.
            flight.failure = None
        elif flight.failure:
            self._contradicted(flight, reply)
            return
        if not flight.settled:
            self._settle(flight, flight.conclusion(reply))
        self._over(flight)

    def _contradicted(self, flight: Flight, reply: Reply) -> None:
        """A letter that was refused, every recipient of it too, and then taken: nobody knows what became of it."""
        why = "the server took a letter that it had refused"
        self._settle(flight, flight.outcome("in-doubt", "final", None, why))
        self._flights.remove(flight)
        self._end(why, reply, misbehaved=True)

    # Ends

    def _fail(self, flight: Flight, phase: str, reply: Reply) -> None:
        """Remembers the first failure; nothing of the letter having gone out, that settles it."""
        if flight.failure:
            return
        flight.failure = (phase, reply)
        if flight.whole and not flight.chunked and phase in ("mail", "data") and _not_understood(reply):
            self._without.add("PIPELINING")
            flight.again = True
        elif not (flight.handed or flight.blind):
            self._settle(flight, flight.conclusion(reply))

    def _settle(self, flight: Flight, outcome: Outcome) -> None:
        flight.settled = True
        self._marked.discard(outcome.id)
        self._release()
        if outcome.phase == "final" and len(self._flights) > 1 and not self.closed:
            # Until the next letter's replies show that none is missing.
            self._withheld = outcome
        else:
            self._events.append(outcome)

    def _release(self) -> None:
        if self._withheld:
            self._events.append(self._withheld)
            self._withheld = None

    def _over(self, flight: Flight) -> None:
        """The last reply to a letter's commands was read."""
        self._flights.remove(flight)
        if flight.again:
            self._queue.appendleft(flight.letter)
        if flight.failure and not self._flights and not self._goodbye:
            self._out.reset()

    def _wind_down(self) -> None:
        """After 421: nothing more is said, what was handed over may still be answered."""
        for flight in [f for f in self._flights if not f.handed]:
            if not flight.settled:
                self._settle(flight, flight.outcome("deferred", flight.phase, self._goodbye))
            self._flights.remove(flight)
        if not self._flights and self._goodbye:
            self._end(f"the server closes the connection: {self._goodbye.line}", self._goodbye)

    def _end(self, text: str, reply: Reply | None = None, *, misbehaved: bool = False) -> None:
        """Ends the connection; what was handed over without a final reply is in doubt, the rest was not sent."""
        if self.closed:
            return
        self.closed, self.fault = True, text
        if misbehaved and (self._proven or any(flight.whole for flight in self._flights)):
            self._without |= {"PIPELINING", "CHUNKING"}
        for flight in self._flights:
            if flight.handed and not flight.settled:
                self._settle(flight, flight.outcome("in-doubt", "final", None, text))
            elif not flight.settled:
                self._settle(flight, flight.outcome("deferred", flight.phase, reply, text))
        self._release()
        self._events.extend(Outcome(letter.id, "deferred", "queue", reply, text=text) for letter in self._queue)
        for pending in (self._flights, self._queue, self._out, self._out.awaiting, self._held):
            pending.clear()


def _not_understood(reply: Reply) -> bool:
    """Whether a reply is about the command and its place, not about the letter or its addresses (RFC 5321 4.2.2)."""
    return 500 <= reply.code <= 504 and not reply.status.startswith("5.1.")
