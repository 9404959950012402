"""The way to a verified IMAP line: TCP, TLS or STARTTLS (RFC 8314, RFC 2595).

Before TLS a few lines are read by hand, and nothing of them is believed later.  A line without TLS is taken only when
the peer is this machine.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.errors import BadSettings, Later, MailerError, Refused
from mailer.imap.errors import lost_error, too_late
from mailer.imap.server import ImapServer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from mailer.transport.connection import Connection
    from mailer.transport.transcript import Transcript

_LONGEST_LINE, _MOST_LINES = 8_192, 100
_WORDS = (
    ("MAILER_SMTP_", "MAILER_IMAP_"),
    ("ports 587 and 25 want", "port 143 wants"),
    ("port 465", "port 993"),
    ("port 587", "port 143"),
)


def verified_line(
    server: ImapServer, transcript: Transcript, on_step: Callable[[str], object]
) -> tuple[Connection, bytes]:
    """Return a connection over which a secret may go, and the greeting if it was read already.

    ``on_step`` is told "dns", "tcp", "tls".  Raises Later (75), Refused (69), NotTrusted (77), BadSettings (78).
    """
    from mailer.transport import connection

    try:
        context = None if server.security == "none" else connection.tls_context(server.ca_file)
        line = connection.connect(server.host, server.port, server.left(server.connect_timeout), on_step)
    except MailerError as error:
        raise _imap_error(error) from error.__cause__
    try:
        greeting = _made_safe(server, line, context, transcript)
    except connection.WrongName as error:
        line.close()
        connection.tell_names(error, server.ca_file, lambda context: _once_more(server, context))
        raise _imap_error(error) from error.__cause__
    except MailerError as error:
        line.close()
        raise _imap_error(error) from error.__cause__
    except BaseException:
        line.close()
        raise
    if context:
        on_step("tls")
    return line, greeting


def _once_more(server: ImapServer, context: ssl.SSLContext) -> Connection:
    from mailer.transport import connection
    from mailer.transport.transcript import Transcript

    line = connection.connect(server.host, server.port, server.connect_timeout)
    try:
        _made_safe(server, line, context, Transcript(None))
    except BaseException:
        line.close()
        raise
    return line


def _imap_error(error: MailerError) -> MailerError:
    """Return the same error, where the words of the transport are about sending."""
    for old, new in _WORDS:
        error.text, error.hint = error.text.replace(old, new), error.hint.replace(old, new)
    error.args = (error.text,)
    return error


def _made_safe(server: ImapServer, line: Connection, context: ssl.SSLContext | None, transcript: Transcript) -> bytes:
    if context is None:
        if not line.on_loopback:
            raise BadSettings(
                f"{server.host} is {line.peer}, not this machine: MAILER_IMAP_SECURITY=none is for loopback only; "
                "nothing was sent",
                hint="Set MAILER_IMAP_SECURITY=tls (port 993) or starttls (port 143).",
                field="MAILER_IMAP_SECURITY",
            )
        return b""
    greeting = _Plain(server, line, transcript).upgrade() if server.security == "starttls" else b""
    seconds = server.left(server.connect_timeout)
    try:
        line.start_tls(server.host, context, time.monotonic() + seconds, server.ca_file)
    except TimeoutError as error:
        hint = "Port 143 wants MAILER_IMAP_SECURITY=starttls." if server.security == "tls" else "Try again later."
        text = f"no TLS with {server.host} (IMAP): {too_late(seconds)}"
        raise Later(text, hint=hint) from error
    except OSError as error:
        raise lost_error(server.host, "the TLS handshake", error.strerror or str(error)) from error
    transcript.note(f"TLS with {server.host}")
    return greeting


class _Plain:
    """The few lines before TLS: greeting, CAPABILITY, STARTTLS."""

    def __init__(self, server: ImapServer, line: Connection, transcript: Transcript) -> None:
        self._server = server
        self._line = line
        self._transcript = transcript
        self._seconds = server.left(server.reply_timeout)
        self._deadline = time.monotonic() + self._seconds
        self._buffer = b""

    def upgrade(self) -> bytes:
        """Up to the OK after which the handshake begins; a greeting to stand for the one that was read."""
        host = self._server.host
        greeting = self._next("the greeting")
        if greeting.upper().startswith(b"* BYE"):
            raise Later(f"{host} (IMAP) refuses the greeting: {_shown(greeting)}", hint="Try again later.")
        if not greeting.upper().startswith(b"* OK"):
            # PREAUTH would leave STARTTLS out: somebody on the way may want just that.
            raise Refused(f"{host} (IMAP) does not begin with an OK: {_shown(greeting)}", hint="Nothing was sent.")
        capabilities = b" ".join(self._ask(b"A1 CAPABILITY")).upper().split()
        if b"STARTTLS" not in capabilities:
            raise Refused(
                f"{host} (IMAP) does not offer STARTTLS; nothing was sent",
                hint="Somebody on the way may have taken it out; try MAILER_IMAP_SECURITY=tls with port 993.",
            )
        self._ask(b"A2 STARTTLS")
        # What came after that answer was put there by somebody else.
        self._line.discard()
        return b"* OK\r\n"

    def _ask(self, command: bytes) -> list[bytes]:
        """Return the untagged lines of the answer.  Raises Refused for a NO or BAD."""
        tag, _, name = command.partition(b" ")
        self._write(command + b"\r\n")
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            line = self._next(name.decode())
            if line.startswith(tag + b" "):
                if not line[len(tag) + 1 :].upper().startswith(b"OK"):
                    raise Refused(f"{self._server.host} (IMAP) refuses {name.decode()}: {_shown(line)}")
                return lines
            lines.append(line)
        raise Later(f"{self._server.host} (IMAP) answers {name.decode()} without end", hint="Try again later.")

    def _next(self, what: str) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LONGEST_LINE:
                hint = "Are MAILER_IMAP_HOST, MAILER_IMAP_PORT and MAILER_IMAP_SECURITY right?"
                raise Later(f"{self._server.host} gave no IMAP answer to {what}", hint=hint)
            self._buffer += self._read(what)
        line, _, self._buffer = self._buffer.partition(b"\n")
        self._transcript.received(line.rstrip(b"\r"))
        return line.rstrip(b"\r")

    def _read(self, what: str) -> bytes:
        try:
            _, received = self._line.exchange(memoryview(b""), self._deadline)
        except OSError as error:
            raise lost_error(self._server.host, what, _reason(error, self._seconds)) from error
        if received == b"":
            raise lost_error(self._server.host, what, "the server closed it")
        return received or b""

    def _write(self, data: bytes) -> None:
        self._transcript.sent(data)
        rest = memoryview(data)
        try:
            while rest:
                sent, received = self._line.exchange(rest, self._deadline)
                if received == b"":
                    raise ConnectionAbortedError("the server closed it")
                rest, self._buffer = rest[sent:], self._buffer + (received or b"")
        except OSError as error:
            raise lost_error(self._server.host, "STARTTLS", _reason(error, self._seconds)) from error


def _reason(error: OSError, seconds: float) -> str:
    return too_late(seconds) if isinstance(error, TimeoutError) else error.strerror or str(error)


def _shown(line: bytes) -> str:
    return printable(line[:200].decode("utf-8", "replace"))
