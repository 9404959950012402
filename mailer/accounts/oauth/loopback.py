"""The redirect to this machine (RFC 8252 7.3): a port of the system's choice, one answer taken, nothing else served."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from socketserver import TCPServer
from threading import Thread
from typing import Self

from mailer.accounts.oauth.code import is_answer, same, state_of
from mailer.errors import Later

SECONDS = 300.0
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>mailer</title>
<body><p>{}</p><p>You can close this page.</p></body></html>
"""


class Loopback:
    """Listens on 127.0.0.1 from ``with`` on; ``port`` is the system's choice.  Raises Later where it cannot listen.

    Any program of this machine can ask here: what does not hold the state that is expected is not taken.
    """

    def __init__(self) -> None:
        self._answers: Queue[str] = Queue()
        try:
            self._server = _Server(self._answers.put)
        except OSError as error:
            raise Later(f"cannot listen on 127.0.0.1: {error.strerror}", hint="MAILER_OAUTH_FLOW=paste") from error
        self.port = self._server.server_port

    def expect(self, state: str) -> None:
        """Only an answer with this state ends the wait."""
        self._server.state = state

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self.close()

    def close(self) -> None:
        """Listen no more."""
        self._server.server_close()

    def wait(self, seconds: float | None = None) -> str:
        """Return the path and query that the browser was sent back with.  Raises Later (75) if none comes in time."""
        seconds = SECONDS if seconds is None else seconds
        try:
            return self._answers.get(timeout=seconds)
        except Empty:
            raise Later(
                f"the browser did not come back within {seconds / 60:g} minutes",
                hint="start again; where no browser can reach this machine: MAILER_OAUTH_FLOW=paste",
            ) from None


def free_port() -> int:
    """Return a port where nothing listens now: the browser then fails at once, with the answer in its address bar."""
    listener = Loopback()
    listener.close()
    return listener.port


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = False  # on Windows another program could take the port as well

    def __init__(self, put: Callable[[str], None]) -> None:
        self._put: Callable[[str], None] | None = put
        self.state = ""
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """Without http.server's question for the machine's full name, which may take half a minute."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def take(self, target: str) -> bool:
        """Tell whether this is the first answer."""
        put, self._put = self._put, None
        if put:
            put(target)
        return put is not None

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10
    server_version = "mailer"
    sys_version = ""
    server: _Server

    def do_GET(self) -> None:
        """The answer, once; anything else is not here.  Another Host is another site's name for this machine."""
        port = self.server.server_port
        path, _, query = self.path.partition("?")
        known = self.headers.get("Host") in (f"127.0.0.1:{port}", f"localhost:{port}")
        if path != "/" or not known or not is_answer(query):
            self._say(404, "There is nothing here.")
        elif self.server.state and not same(state_of(query), self.server.state):
            self._say(400, "This answer belongs to another sign-in and is not taken. Use the page that mailer opened.")
        elif not self.server.take(self.path):
            self._say(404, "There is nothing here.")
        else:
            self._say(200, "Go on in the terminal, which says how it went.")

    def _say(self, status: int, text: str) -> None:
        page = _PAGE.format(text).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(page)),
            "Content-Security-Policy": "default-src 'none'",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            "Connection": "close",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Nothing: the code stands in the request line."""
