"""A real SMTP server inside this process, on loopback, that keeps what it is given (aiosmtpd)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.errors import Later

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from types import TracebackType

    from aiosmtpd.smtp import SMTP, Envelope, Session

SIZE_LIMIT = 268_435_456
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it arrived: addr-specs without <>, content octet for octet."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes


class Rehearsal:
    """``with Rehearsal() as server``: then ``server.host``, ``server.port``, ``server.received``.

    Offers PIPELINING, 8BITMIME, SMTPUTF8 and SIZE.  With ``on_message`` each message goes to that function, on the
    server's thread, and none is kept.  Raises Later (75) if no port can be had.
    """

    host = "127.0.0.1"

    def __init__(self, on_message: Callable[[Received], None] | None = None) -> None:
        self.port = 0
        self.received: list[Received] = []
        self._take = on_message or self.received.append
        self._ready = threading.Event()
        self._fault: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def __enter__(self) -> Rehearsal:
        self._thread = threading.Thread(target=self._run, name="rehearsal", daemon=True)
        self._thread.start()
        self._ready.wait(_SECONDS)
        if self.port == 0:
            raise Later(
                f"the server for the rehearsal does not start: {self._fault or 'no answer'}",
                hint="is there a loopback interface (127.0.0.1)?",
            ) from self._fault
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop and self._stop and self._thread:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_SECONDS)

    def _run(self) -> None:
        import asyncio

        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._fault = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        import asyncio

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        connections: list[SMTP] = []
        server = await self._loop.create_server(lambda: self._connection(connections), self.host, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for connection in connections:
            if connection.transport:
                connection.transport.close()
        # One turn of the loop closes them.
        await asyncio.sleep(0)

    def _connection(self, connections: list[SMTP]) -> SMTP:
        from aiosmtpd.smtp import SMTP

        connection = SMTP(
            _Handler(self._take),
            data_size_limit=SIZE_LIMIT,
            enable_SMTPUTF8=True,
            hostname="rehearsal.invalid",
            ident="rehearsal",
            loop=self._loop,
        )
        connections.append(connection)
        return connection


class _Handler:
    def __init__(self, take: Callable[[Received], None]) -> None:
        self._take = take

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        self._take(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return "250 2.0.0 received"
