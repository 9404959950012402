"""Commands and contents on their way to the server, and the replies that are owed for them."""

from __future__ import annotations

from collections import deque
from types import MappingProxyType
from typing import TYPE_CHECKING

from mailer.transport.values import Outcome, needs_smtputf8, stuffed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailer.transport.replies import Reply
    from mailer.transport.transcript import Transcript
    from mailer.transport.values import Capabilities, Outgoing

    _Expected = tuple[str, "Transaction | None"]

CHUNK = 262_144
_NO_COMMAND = "XSTEP"


class Transaction:
    """A letter between its first command and its last reply.

    ``grouped``: MAIL and RCPT go out together; ``whole``: so does DATA, or BDAT with the content; ``chunked``: by BDAT;
    ``blind``: the content goes before any reply is seen.
    ``failure``: the phase and reply that decided against it.  ``again``: to be said anew, one command at a time.
    """

    def __init__(self, letter: Outgoing, chunked: bool, grouped: bool, whole: bool) -> None:
        self.letter = letter
        self.paths = letter.envelope.forward_paths
        self.chunked = chunked
        self.grouped = grouped
        self.whole = whole
        self.blind = chunked and whole
        self.asked = 0
        self.answered = 0
        self.taken = 0
        self.refused: dict[str, Reply] = {}
        self.failure: tuple[str, Reply] | None = None
        self.phase = "mail"
        self.handed = False
        self.settled = False
        self.again = False

    def outcome(self, state: str, phase: str, reply: Reply | None, text: str = "") -> Outcome:
        """What became of it, with the recipients that were refused."""
        return Outcome(self.letter.id, state, phase, reply, MappingProxyType(self.refused), text)

    def conclusion(self, reply: Reply) -> Outcome:
        """What became of it by its first failure, else by its final ``reply``."""
        if self.failure is None:
            return self.outcome("sent", "final", reply)
        phase, reply = self.failure
        later = reply.transient or any(r.transient for r in self.refused.values())
        return self.outcome("deferred" if later else "refused", phase, reply)


class Pipeline:
    """What is to be given out, in order; ``awaiting`` holds (command, letter) for each reply that is owed.

    ``pieces`` are octets, what is awaited when the last of them is given out, and the letter that is handed over then.
    """

    def __init__(self, offered: Capabilities, transcript: Transcript) -> None:
        self.awaiting: deque[_Expected] = deque()
        self.pieces: deque[tuple[bytes | memoryview, Sequence[_Expected], Transaction | None]] = deque()
        self._offered = offered.offered
        self._transcript = transcript

    def clear(self) -> None:
        """Nothing more is given out."""
        self.pieces.clear()

    def mail(self, transaction: Transaction) -> None:
        """MAIL alone."""
        self._say([self._mail(transaction.letter)], [("mail", transaction)])

    def envelope(self, transaction: Transaction, *, data: bool = False) -> None:
        """MAIL, RCPT for all, and with ``data`` DATA, in one piece."""
        lines = [self._mail(transaction.letter), *[f"RCPT TO:<{path}>" for path in transaction.paths]]
        expected: list[_Expected] = [("mail", transaction), *[("rcpt", transaction)] * len(transaction.paths)]
        transaction.asked = len(transaction.paths)
        if data:
            lines.append("DATA")
            expected.append(("data", transaction))
        self._say(lines, expected)

    def _mail(self, letter: Outgoing) -> str:
        """With the parameters that the server offers (RFC 1870 6, 6152 3, 6531 3.4)."""
        line = f"MAIL FROM:<{letter.envelope.reverse_path}>"
        if "SIZE" in self._offered:
            line += f" SIZE={len(letter.content)}"
        if needs_smtputf8(letter):
            line += (" BODY=8BITMIME" if "8BITMIME" in self._offered else "") + " SMTPUTF8"
        return line

    def recipient(self, transaction: Transaction) -> None:
        """RCPT for the next recipient."""
        self._say([f"RCPT TO:<{transaction.paths[transaction.asked]}>"], [("rcpt", transaction)])
        transaction.asked += 1

    def data(self, transaction: Transaction) -> None:
        """DATA."""
        self._say(["DATA"], [("data", transaction)])

    def reset(self) -> None:
        """RSET."""
        self._say(["RSET"], [("rset", None)])

    def probe(self, reverse_path: str) -> None:
        """A chunk without a recipient, never the last one, that no server knows as a command; and RSET."""
        expected: list[_Expected] = [("probe", None), ("probe", None), ("sync", None)]
        self._say([f"MAIL FROM:<{reverse_path}>", f"BDAT {len(_NO_COMMAND) + 2}", _NO_COMMAND, "RSET"], expected)

    def content(self, transaction: Transaction) -> None:
        """The message: behind BDAT LAST (RFC 3030 2), or stuffed and with its dot."""
        content = transaction.letter.content
        if transaction.chunked:
            self.pieces.append((b"BDAT %d LAST\r\n" % len(content), (), None))
            self.pieces.append((memoryview(content), [("final", transaction)], transaction))
        else:
            self.pieces.append((memoryview(stuffed(content)), (), transaction))
            self.pieces.append((b".\r\n", [("final", transaction)], None))

    def take(self, limit: int = CHUNK) -> bytes:
        """Up to ``limit`` octets, given out once; commands are not cut in two."""
        parts: list[bytes | memoryview] = []
        while self.pieces and limit > 0:
            data, expected, transaction = self.pieces[0]
            limit -= len(data)
            if limit < 0 and transaction:
                parts.append(data[:limit])
                self.pieces[0] = data[limit:], expected, transaction
                break
            parts.append(data)
            # Before it is taken out: an interruption in between must not make it look untouched.
            if transaction:
                self._handed_over(transaction)
            elif self._transcript.wanted:
                for line in bytes(data).splitlines():
                    self._transcript.sent(line)
            self.pieces.popleft()
            self.awaiting.extend(expected)
        return b"".join(parts)

    def _say(self, lines: Sequence[str], expected: Sequence[_Expected]) -> None:
        self.pieces.append(("\r\n".join([*lines, ""]).encode(), expected, None))

    def _handed_over(self, transaction: Transaction) -> None:
        transaction.handed = True
        transaction.phase = "final" if transaction.phase == "content" else transaction.phase
        if self._transcript.wanted:
            self._transcript.sent_content(len(transaction.letter.content))
