"""Commands and contents on their way to the server, and the replies that are owed for them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from types import MappingProxyType

from mailer.transport.outgoing import Capabilities, Outcome, Outgoing, needs_smtputf8, stuffed
from mailer.transport.replies import Reply
from mailer.transport.transcript import Transcript


@dataclass(slots=True, eq=False, repr=False)
class Flight:
    """A letter between its first command and its last reply.

    ``grouped``: MAIL and RCPT go out together; ``whole``: so does DATA, or BDAT with the content; ``chunked``: by BDAT.
    ``failure``: the phase and reply that decided against it.  ``again``: to be said anew, one command at a time.
    """

    letter: Outgoing
    chunked: bool
    grouped: bool
    whole: bool
    asked: int = 0
    answered: int = 0
    taken: int = 0
    refused: dict[str, Reply] = field(default_factory=dict)
    failure: tuple[str, Reply] | None = None
    phase: str = "mail"
    handed: bool = False
    settled: bool = False
    again: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The recipients."""
        return self.letter.envelope.forward_paths

    @property
    def blind(self) -> bool:
        """Whether the content goes before any reply is seen."""
        return self.chunked and self.whole

    def outcome(self, state: str, phase: str, reply: Reply | None, text: str = "") -> Outcome:
        """What became of it, with the recipients that were refused."""
        return Outcome(self.letter.id, state, phase, reply, MappingProxyType(self.refused), text)

    def conclusion(self, reply: Reply) -> Outcome:
        """What became of it by its first failure, else by its final ``reply``."""
        if self.failure is None:
            return self.outcome("sent", "final", reply)
        phase, reply = self.failure
        later = reply.transient or (phase == "rcpt" and any(r.transient for r in self.refused.values()))
        return self.outcome("deferred" if later else "refused", phase, reply)


@dataclass(slots=True, eq=False, repr=False)
class _Piece:
    """Octets to give out; with their last one ``expect`` is awaited and ``hands`` is handed over."""

    data: bytes | memoryview
    expect: tuple[str, Flight | None] | None = None
    hands: Flight | None = None


class Outbox:
    """What is to be given out, in order; ``awaiting`` holds (command, letter) for each reply that is owed."""

    def __init__(self, offered: Capabilities, transcript: Transcript) -> None:
        self.awaiting: deque[tuple[str, Flight | None]] = deque()
        self._offered = offered
        self._transcript = transcript
        self._pieces: deque[_Piece] = deque()

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def clear(self) -> None:
        """Nothing more is given out."""
        self._pieces.clear()

    def mail(self, flight: Flight) -> None:
        """MAIL with the parameters that the server offers (RFC 1870 6, 6152 3, 6531 3.4)."""
        letter = flight.letter
        line = f"MAIL FROM:<{letter.envelope.reverse_path}>"
        if "SIZE" in self._offered:
            line += f" SIZE={len(letter.content)}"
        if needs_smtputf8(letter):
            line += (" BODY=8BITMIME" if "8BITMIME" in self._offered else "") + " SMTPUTF8"
        self._say(line, "mail", flight)

    def recipient(self, flight: Flight) -> None:
        """RCPT for the next recipient."""
        self._say(f"RCPT TO:<{flight.paths[flight.asked]}>", "rcpt", flight)
        flight.asked += 1

    def recipients(self, flight: Flight) -> None:
        """RCPT for all of them."""
        for _ in flight.paths:
            self.recipient(flight)

    def data(self, flight: Flight) -> None:
        """DATA."""
        self._say("DATA", "data", flight)

    def reset(self) -> None:
        """RSET."""
        self._say("RSET", "rset")

    def content(self, flight: Flight) -> None:
        """The message: behind BDAT LAST (RFC 3030 2), or stuffed and with its dot."""
        content = flight.letter.content
        if flight.chunked:
            self._pieces.append(_Piece(b"BDAT %d LAST\r\n" % len(content)))
            self._pieces.append(_Piece(memoryview(content), ("final", flight), flight))
        else:
            self._pieces.append(_Piece(memoryview(stuffed(content)), None, flight))
            self._pieces.append(_Piece(b".\r\n", ("final", flight)))

    def take(self, limit: int) -> bytes:
        """Up to ``limit`` octets, given out once."""
        parts: list[bytes | memoryview] = []
        while self._pieces and limit > 0:
            piece = self._pieces[0]
            part = piece.data[:limit]
            parts.append(part)
            limit -= len(part)
            if len(part) < len(piece.data):
                piece.data = piece.data[len(part) :]
                break
            self._pieces.popleft()
            self._given_out(piece)
        return b"".join(parts)

    def _say(self, line: str, expect: str, flight: Flight | None = None) -> None:
        self._pieces.append(_Piece(line.encode() + b"\r\n", (expect, flight)))

    def _given_out(self, piece: _Piece) -> None:
        flight = piece.hands
        if flight:
            flight.handed = True
            flight.phase = "final" if flight.phase == "content" else flight.phase
            self._transcript.sent_content(len(flight.letter.content))
        else:
            self._transcript.sent(bytes(piece.data))
        if piece.expect:
            self.awaiting.append(piece.expect)
