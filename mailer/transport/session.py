"""A signed-in SMTP session: connection, TLS, EHLO, sign-in, then letters.

RFC 5321, 6409, 8314, 3207, 4954.  Neither sign-in nor letter goes over a line that is not verified; a line without TLS
is taken only when the peer is this machine.
"""

from __future__ import annotations

import math
import time
from contextlib import nullcontext, suppress
from itertools import islice
from typing import TYPE_CHECKING

from mailer.errors import BadSettings
from mailer.transport.handshake import Opening, reason
from mailer.transport.protocol import SmtpProtocol
from mailer.transport.replies import BadReply
from mailer.transport.transcript import Transcript
from mailer.transport.values import Awaited, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from mailer.settings.server import Server
    from mailer.transport.connection import Connection, TlsInfo
    from mailer.transport.replies import Reply
    from mailer.transport.values import Capabilities, Event, Outgoing, SmtpServer

_SLOWEST = 4_096  # octets a second that a line must carry, beside the time-out
_GOODBYE_SECONDS = 2.0
_NOTHING = nullcontext()


def open_session(
    server: Server | SmtpServer,
    secret: str | Callable[[], str] = "",
    *,
    log: Callable[[str], None] | None = None,
    disabled_extensions: Iterable[str] = (),
    on_step: Callable[[str], object] = str,
) -> SmtpSession:
    """Connect, verify, sign in.

    ``secret``: the password or access token, or what gives it (asked after TLS).  ``log`` gets the conversation without
    secrets.  ``disabled_extensions`` are not used, such as an earlier session's.  ``on_step`` is told "dns", "tcp",
    "tls", "ehlo", "auth" as each is done.
    Raises Later (75), Refused (69), NotTrusted (77), BadSettings (78), BadData (65: a secret that cannot be sent).
    """
    from mailer.transport import connection

    context = None if server.security == "none" else connection.tls_context(server.ca_file)
    host = a_label(server.host)
    line = connection.connect(host, server.port, server.connect_timeout, on_step)
    transcript = Transcript(log)
    opening = Opening(server, host, line, transcript)
    try:
        opening.open(context, secret, on_step)
    except BaseException:
        line.close()
        raise
    return SmtpSession(server, line, opening, transcript, disabled_extensions)


def a_label(host: str) -> str:
    """A host name as DNS and certificates have it (RFC 5891); an address literal without its brackets."""
    host = host.strip().removeprefix("[").removesuffix("]").removesuffix(".")
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise BadSettings(f"{host} cannot be a host name: {error}") from error


class SmtpSession(SmtpProtocol):
    """A submission over a connection; ``capabilities``, ``mechanism``, ``peer`` (address), … are what was seen.

    While there is ``room``, ``add`` letters; take each ``next_event``, and let the letters of an ``AboutToSend``
    ``go_ahead`` once that is on disk.  ``abandon`` gives the outcomes that were not taken, wherever it all stopped.
    Whoever has several takes what each ``poll`` gives, and waits with `wait_any` until one of them can ``stir``.
    """

    def __init__(
        self,
        server: Server | SmtpServer,
        line: Connection,
        opening: Opening,
        transcript: Transcript,
        disabled_extensions: Iterable[str] = (),
    ) -> None:
        super().__init__(
            opening.capabilities,
            window=server.window,
            disabled_extensions=disabled_extensions,
            reader=opening.reader,
            transcript=transcript,
        )
        self.host: str = opening.host
        self.peer: str = line.peer
        self.greeting: str = opening.greeting
        self.mechanism: str = opening.mechanism
        self.capabilities: Capabilities = opening.capabilities
        self.round_trip: float = opening.round_trip
        self._server = server
        self._line = line
        self._transcript = transcript
        self._opening = opening
        self._chunk = memoryview(b"")
        self._since = 0.0
        self._written = 0
        self._timed = 0
        self._leaving = False

    @property
    def tls(self) -> TlsInfo | None:
        """What the handshake showed, None without TLS."""
        return self._line.tls

    @property
    def usable(self) -> bool:
        """Whether more letters may be submitted; ``fault`` says why not."""
        return not self.closed

    # Letters

    def poll(self) -> Event | None:
        """Move what moves at once, until there is something to know; None if it has to wait, or is not ``busy``.

        If the connection is of no more use by then (``usable``, ``fault``), it is closed.
        """
        while (event := super().next_event()) is None and self.busy and self._turn():
            pass
        if event is None and self.closed:
            self._close()
        elif isinstance(event, Outcome) and self.out.pieces:
            # The server goes on while the outcome is recorded and told.
            self._turn()
        return event

    def stir(self) -> bool:
        """Move what moves at once; whether there is something to ``poll``, or to put on disk that is ``ahead``."""
        while not self._events and self._turn():
            self._advance()
        return bool(self._events or self.ahead())

    @property
    def awaits(self) -> Awaited:
        """What it has to wait for while it is ``busy`` and ``poll`` gives nothing."""
        writes = bool(self._chunk) or self._line.read_blocked_on_write
        return Awaited(self._line.sock, writes, self._deadline())

    def next_event(self, undisturbed: AbstractContextManager[object] = _NOTHING) -> Event | None:
        """As ``poll``, and wait; None when every letter that was added has its outcome.

        ``undisturbed`` is entered while something moves: a reply that is half read when a signal is heard is lost.
        """
        while True:
            with undisturbed:
                event = self.poll()
            if event is not None or not self.busy:
                return event
            wait_any([self.awaits])

    def submit(
        self, letters: Iterable[Outgoing], undisturbed: AbstractContextManager[object] = _NOTHING
    ) -> Iterator[Outcome]:
        """Submit letters of which nothing is recorded, pulled as there is room; an outcome for each that was pulled."""
        source = iter(letters)
        while True:
            for letter in islice(source, self.room):
                self.add(letter)
            event = self.next_event(undisturbed)
            if event is None:
                return
            if isinstance(event, Outcome):
                yield event
            else:
                self.go_ahead()

    def try_envelope(self, reverse_path: str, forward_path: str) -> tuple[Reply, ...]:
        """The replies to MAIL and RCPT, up to the first that says no; then RSET.  Raises Later (75)."""
        replies: list[Reply] = []
        for command, phase in ((f"MAIL FROM:<{reverse_path}>", "MAIL"), (f"RCPT TO:<{forward_path}>", "RCPT")):
            replies.append(self._opening.ask(command, phase))
            if replies[-1].negative:
                break
        self._opening.ask("RSET", "RSET")
        return tuple(replies)

    def abandon(self, text: str = "stopped", patience: float = 0.0) -> list[Outcome]:
        """Begin nothing more, and close the connection; the outcomes of all letters added that were not taken.

        What was handed over has ``patience`` seconds to be answered.  An outcome counts as taken when the next event
        is asked for: the last one may come again.
        """
        with suppress(OSError):
            self._hear_out(time.monotonic() + patience)
        with suppress(OSError):
            self._hear_what_is_here()
        outcomes = super().abandon(text)
        self._close()
        return outcomes

    def _hear_out(self, deadline: float) -> None:
        if self._line.unsure:
            self._chunk = memoryview(b"")
        while self.in_doubt and time.monotonic() < deadline:
            sent, received = self._line.exchange(self._chunk, deadline)
            self._chunk = self._chunk[sent:]
            if received is not None:
                self.receive_data(received)

    def _hear_what_is_here(self) -> None:
        """A reply that has arrived counts, however late it is read, and though nothing more can be written."""
        while self.in_doubt and (received := self._line.receive_now()) is not None:
            self.receive_data(received)

    def _turn(self) -> bool:
        """Move octets, whichever way they go; False where none does yet."""
        try:
            if not self._chunk and self.out.pieces:
                # A reply that is here before its command is out of step: read it before the command counts as said.
                early = self._line.receive_now()
                if early is not None:
                    self.receive_data(early)
                    return True
                if not self.out.awaiting:
                    self._since, self._written = time.monotonic(), 0
                # From here on the letters that end in this chunk are in doubt.
                self._line.unsure = False
                self._chunk = memoryview(self.out.take())
            sent, received = self._line.move(self._chunk)
            if not sent and received is None:
                if time.monotonic() >= self._deadline():
                    # As the network says it.
                    raise TimeoutError
                return False
        except TimeoutError:
            self.give_up(f"no reply within {self._limit():g} s")
        except OSError as error:
            self._drain(error)
        else:
            self._chunk = self._chunk[sent:]
            self._line.unsure = False
            self._written += sent
            if received is not None:
                self.receive_data(received)
        return True

    def _limit(self) -> float:
        awaiting = self.out.awaiting
        is_final = bool(awaiting) and awaiting[0][0] == "final"
        return self._server.final_timeout if is_final else self._server.reply_timeout

    def _deadline(self) -> float:
        """One time-out for a whole reply, and a second for each few thousand octets that went meanwhile."""
        if self._timed != self.replies:
            self._timed = self.replies
            self._since, self._written = time.monotonic(), 0
        return self._since + self._limit() + self._written / _SLOWEST

    def _drain(self, error: OSError) -> None:
        """The server may have said why before it went."""
        try:
            while received := self._line.receive_now():
                self.receive_data(received)
        except OSError:
            pass
        self.give_up(f"the connection broke: {reason(error)}")

    # The way out

    def __enter__(self) -> SmtpSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._close()

    def quit(self) -> None:
        """Says QUIT if the server would understand it, and does not wait for the answer; ``close`` does."""
        if self._leaving or self._chunk or not self.between_letters:
            return
        self._leaving = True
        self._chunk = memoryview(self.out.take() + b"QUIT\r\n")
        self._transcript.sent(b"QUIT")
        with suppress(OSError):
            self._chunk = self._chunk[self._line.send_now(self._chunk) :]

    def close(self) -> None:
        """QUIT, and a moment for its answer (RFC 5321 4.1.1.10); whatever comes of that changes nothing."""
        try:
            self.quit()
            with suppress(OSError, BadReply):
                if self._leaving:
                    self._see_out()
        finally:
            self._close()

    def _see_out(self) -> None:
        deadline, received = time.monotonic() + min(_GOODBYE_SECONDS, self._server.reply_timeout), None
        while received != b"":
            sent, received = self._line.exchange(self._chunk, deadline)
            self._chunk = self._chunk[sent:]
            self._opening.reader.feed(received or b"")
            while reply := self._opening.reader.next_reply():
                if reply.code == 221:
                    return

    def _close(self) -> None:
        self.closed = True
        self._line.close()


def wait_any(awaited: Sequence[Awaited], seconds: float = math.inf) -> bool:
    """Wait until one of these is there, or its time is over; False if ``seconds`` passed before."""
    import select

    left = min([one.until for one in awaited]) - time.monotonic()
    writing = [one.sock for one in awaited if one.writes]
    ready = select.select([one.sock for one in awaited], writing, [], max(0.0, min(left, seconds)))
    return any(ready) or left <= seconds
