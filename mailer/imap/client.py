"""IMAPClient over a line that is connected and verified already; with deadlines, bounds, and a transcript.

IMAPClient and imaplib know time-outs of one read only, take literals of any size, and write passwords to their log.
"""

from __future__ import annotations

import contextlib
import imaplib
import logging
import socket
from collections.abc import Iterator
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

from imapclient import IMAPClient  # type: ignore[import-untyped]

from mailer.imap.errors import SaidBad, SaidNo

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

    from mailer.transport.transcript import Transcript

_LARGEST_ANSWER = 16 * 1024 * 1024
_CRLF = b"\r\n"

# It quotes what servers say, secrets too.
logging.getLogger("imapclient").setLevel(logging.CRITICAL + 1)


@contextlib.contextmanager
def cut_after(sock: socket.socket, seconds: float) -> Iterator[None]:
    """The connection is cut after ``seconds``, whatever is being waited for; TimeoutError then, whatever came of it."""
    late = Event()
    timer = Timer(seconds, _cut, (sock, late))
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if late.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()


def _cut(sock: socket.socket, late: Event) -> None:
    late.set()
    # Not SSLSocket.shutdown, which takes the TLS layer away from under the read that waits.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Line(imaplib.IMAP4):
    """The commands and answers.  ``secret``: what goes next is not shown; ``begun``: a message was on its way."""

    def __init__(self, sock: socket.socket, host: str, port: int, transcript: Transcript, greeting: bytes) -> None:
        self.secret = False
        self.message = b""
        self.begun = False
        self._given = sock
        self._greeting = greeting
        self._transcript = transcript
        self._left = _LARGEST_ANSWER
        try:
            super().__init__(host, port)
        except self.error as error:
            # Of a greeting that is no OK imaplib gives the octets.
            if isinstance(error.args[0], bytes):
                raise SaidNo(error.args[0]) from None
            raise

    def _create_socket(self, _timeout: float | None = None) -> socket.socket:
        return self._given

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What is asked now may take ``seconds``; then the connection is cut."""
        self._left = _LARGEST_ANSWER
        with cut_after(self._given, seconds):
            yield

    def send(self, data: Buffer) -> None:
        """Octets to the server."""
        data = bytes(data)
        if self.message and data == self.message:
            self.begun = True
            self._transcript.sent_content(len(data))
        elif data != _CRLF:
            self._show(data)
        super().send(data)

    def _show(self, data: bytes) -> None:
        words = data.split(b" ", 2)
        if not self.secret or words[1:2] == [b"AUTHENTICATE"]:
            self._transcript.sent(data)
        else:
            self._transcript.sent_secret("LOGIN" if words[1:2] == [b"LOGIN"] else "")

    def log_in(self, username: bytes, password: bytes) -> None:
        """LOGIN, quoted, a password that is not ASCII as a literal (RFC 3501 6.2.3).

        imaplib does not quote the name, and IMAPClient writes what it sends itself into its log.
        """
        ask: Any = self.xatom
        if password.isascii():
            ask("LOGIN", _quoted(username), _quoted(password))
        else:
            self.literal = password  # type: ignore[assignment]
            ask("LOGIN", _quoted(username))
        self.state = "AUTH"

    def introduce(self) -> None:
        """ID (RFC 2971): 163.com and 126.com open no folder before they have heard it.  A no changes nothing."""
        from mailer import __version__

        with contextlib.suppress(SaidNo):
            self.xatom("ID", f'("name" "mailer" "version" "{__version__}")')
        self.response("ID")

    def _get_tagged_response(self, tag: bytes, expect_bye: bool = False) -> Any:  # noqa: ANN401
        """The answer to a command.  Raises SaidNo for NO and BAD, which the libraries quote in words of their own."""
        asked: Any = super()
        answer, data = asked._get_tagged_response(tag, expect_bye)
        if answer in ("NO", "BAD"):
            raise (SaidBad if answer == "BAD" else SaidNo)(data[-1])
        if answer not in ("OK", "BYE"):
            raise self.abort("unexpected response")
        return answer, data

    def _check_bye(self) -> None:
        """Raises abort with the words of a BYE; imaplib reads them as ASCII."""
        bye: Any = self.untagged_responses.get("BYE")
        if bye:
            raise self.abort(bye[-1].decode("utf-8", "replace"))

    def readline(self) -> bytes:
        """Return a line from the server; the first may be one that was read before."""
        line, self._greeting = self._greeting, b""
        line = line or self._read_line()
        self._take(len(line))
        self._transcript.received(line.rstrip(_CRLF))
        return line

    def _read_line(self) -> bytes:
        try:
            return super().readline()
        except self.abort:
            raise
        except self.error:
            raise self.abort("a line has no end") from None

    def read(self, size: int) -> bytes:
        """Return a literal from the server."""
        self._take(size)
        return super().read(size)

    def _take(self, octets: int) -> None:
        self._left -= octets
        if self._left < 0:
            raise self.abort("the answer has no end")


def _quoted(word: bytes) -> bytes:
    return b'"' + word.replace(b"\\", rb"\\").replace(b'"', rb"\"") + b'"'


class Client(IMAPClient):  # type: ignore[misc]
    """IMAPClient with that line; folder names are given and taken as they stand on the wire."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(line.host, line.port, ssl=False)
        self.folder_encode = False
        self._imap.debug = 0

    def ask_capabilities(self) -> frozenset[str]:
        """Return what the server can do now, in upper case; what it said before sign-in does not count."""
        self._cached_capabilities = self._do_capabilites()
        return frozenset(name.decode("ascii", "replace") for name in self._cached_capabilities)

    def list_special(self) -> list[tuple[tuple[bytes, ...], bytes | None, bytes | str]]:
        """Return the folders with a special use (RFC 6154 2), for servers that tell it only when asked."""
        try:
            self._imap.xatom("LIST", "(SPECIAL-USE)", '""', '"*"')
        except SaidNo:
            return []
        return list(self._proc_folder_list(self._imap.response("LIST")[1]))

    def ask_to_fetch(self, uids: str, wanted: str) -> str:
        """Send UID FETCH; the tag of its answer, which is to be read before anything else is asked."""
        self._imap.response("FETCH")
        tag: str = self._imap._command("UID", "FETCH", uids, wanted)
        return tag

    def fetched(self, tag: str) -> list[bytes | tuple[bytes, bytes]]:
        """Return an answer to UID FETCH as it stands on the wire: IMAPClient takes it apart octet by octet."""
        self._imap._command_complete("UID", tag)
        return [piece for piece in self._imap.response("FETCH")[1] if piece is not None]

    def _create_IMAP4(self) -> Line:  # noqa: N802
        return self._line
