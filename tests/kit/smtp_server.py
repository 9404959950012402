"""Servers for tests, on 127.0.0.1 and free ports: one that behaves (aiosmtpd), one that does as its script says.

    with recording_server(tls=authority.server("localhost")) as server: …
    with Scripted({"final": [OK, DROP]}, extensions=("PIPELINING",)) as server: …

Both have ``host``, ``port``, ``commands`` and ``messages``; both stop with their ``with`` block.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Message:
    """A message as the server accepted it (dots taken out, CRLF kept)."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes


# --- What a script may say ---


@dataclass(frozen=True)
class Action:
    """``drop``: close.  ``hang``: say nothing until the client goes.  ``pause``: seconds to wait."""

    kind: str
    seconds: float = 0.0


OK = None
DROP = Action("drop")
HANG = Action("hang")


def pause(seconds: float) -> Action:
    return Action("pause", seconds)


def drip(data: bytes, seconds: float) -> tuple[Any, ...]:
    """``data``, an octet at a time."""
    return tuple(step for octet in data for step in (bytes([octet]), pause(seconds)))


GREETING = b"220 scripted.example ESMTP\r\n"
_PLAIN_REPLIES = {
    "mail": b"250 2.1.0 sender ok\r\n",
    "rcpt": b"250 2.1.5 recipient ok\r\n",
    "data": b"354 go ahead\r\n",
    "final": b"250 2.0.0 queued\r\n",
    "rset": b"250 2.0.0 reset\r\n",
    "noop": b"250 2.0.0 noop\r\n",
    "quit": b"221 2.0.0 bye\r\n",
    "starttls": b"220 2.0.0 ready\r\n",
}
_VERBS = {"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT"}


class _Gone(Exception):
    """The script or the client ended the connection."""


class Scripted:
    """A server that answers as ``script`` says, phase by phase.

    ``script`` maps a phase (greeting, ehlo, starttls, auth, mail, rcpt, data, content, final, rset, quit) to what is
    said instead of the usual reply: ``OK`` (the usual), bytes, ``DROP``, ``HANG``, ``pause(s)``, a function of the
    server that returns one of these, or a tuple of them in turn.  A list holds one for each time the phase comes round
    on the whole server, the usual reply after its end; a mapping holds them by number from 0.  "content" comes right
    behind the 354, before the content is read.  A message counts as accepted when the final reply begins with 2, or
    when its action is in ``keeps`` (accepts and then misbehaves).  ``by_connection`` maps the number of a connection,
    from 0, to a script of its own; ``taken`` counts what each has taken.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        script: Mapping[str, Any] | None = None,
        *,
        extensions: Sequence[str] = (),
        security: str = "none",
        tls: ssl.SSLContext | None = None,
        password: tuple[str, str] | None = None,
        keeps: bool = False,
        discards: bool = True,
        by_connection: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> None:
        self.script = dict(script or {})
        self.by_connection = dict(by_connection or {})
        self.taken: Counter[int] = Counter()
        self.extensions = tuple(extensions)
        self.security = security
        self.tls = tls
        self.password = password
        self.keeps = keeps
        self.discards = discards  # whether a chunk that nobody is to get is read (RFC 3030 2), or taken for commands
        self.mechanisms = "PLAIN LOGIN"
        self.unknown: frozenset[str] = frozenset()
        self.commands: list[str] = []
        self.messages: list[Message] = []
        self.clear_text = bytearray()  # everything that came outside TLS
        self.contents = 0  # how many contents came in whole
        self.connections = 0
        self.turns: dict[str, int] = {}
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._stop = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> Scripted:
        self._listener.settimeout(0.05)
        self._spawn(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for sock in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _spawn(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(None)
            self.connections += 1
            self._spawn(_Conversation(self, sock, self.connections - 1).run)

    def action(self, phase: str, number: int, own_turn: int) -> Any:
        """What the script says for this turn of ``phase``, on the connection of this number."""
        with self._lock:
            turn = self.turns.get(phase, 0)
            self.turns[phase] = turn + 1
        told, script = self.script.get(phase, OK), self.by_connection.get(number, {})
        if phase in script:
            told, turn = script[phase], own_turn
        if isinstance(told, list):
            told = told[turn] if turn < len(told) else OK
        elif isinstance(told, Mapping):
            told = told.get(turn, OK)
        return told

    def verbs(self) -> list[str]:
        """The first word of each command."""
        return [command.split(" ")[0].split(":")[0] for command in self.commands]


class _Conversation:
    def __init__(self, server: Scripted, sock: socket.socket, number: int) -> None:
        self.server = server
        self.number = number
        self.turns: Counter[str] = Counter()
        self.sock = sock
        self.buffer = bytearray()
        self.secure = False
        self.start()
        server._sockets.append(sock)

    def start(self) -> None:
        self.sender: str | None = None
        self.recipients: list[str] = []

    def run(self) -> None:
        with contextlib.suppress(_Gone, OSError, ssl.SSLError):
            try:
                if self.server.security == "tls":
                    self.shake()
                self.say("greeting", GREETING)
                while True:
                    self.command(self.line())
            finally:
                self.sock.close()

    def shake(self) -> None:
        assert self.server.tls
        self.buffer.clear()
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True)
        self.server._sockets.append(self.sock)
        self.secure = True

    # Octets

    def more(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise _Gone
        if not self.secure:
            self.server.clear_text += data
        self.buffer += data

    def line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self.more()
        end = self.buffer.index(b"\r\n")
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        return line

    def action(self, phase: str) -> Any:
        self.turns[phase] += 1
        return self.server.action(phase, self.number, self.turns[phase] - 1)

    def say(self, phase: str, usual: bytes) -> bool:
        """Answers; True if the answer is positive."""
        return self.act(self.action(phase), usual)

    def act(self, action: Any, usual: bytes) -> bool:
        if callable(action):
            action = action(self.server)
        if isinstance(action, tuple):
            answers = [self.act(step, usual) for step in action]
            return answers[0]
        if action is OK:
            action = usual
        if isinstance(action, bytes):
            self.sock.sendall(action)
            return action[:1] in (b"2", b"3")
        if action.kind == "pause":
            self.server._stop.wait(action.seconds)
            return False
        if action.kind == "hang":
            while True:
                self.more()
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        raise _Gone

    # Commands

    def command(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace")
        self.server.commands.append(text)
        verb = text.split(" ")[0].upper()
        if verb not in _VERBS:
            self.sock.sendall(b"500 5.5.2 unknown\r\n")
            return
        getattr(self, "do_" + verb.lower())(text)

    def do_ehlo(self, text: str) -> None:
        offered = list(self.server.extensions)
        if self.server.security == "starttls" and not self.secure:
            offered.append("STARTTLS")
        if self.server.password:
            offered.append(f"AUTH {self.server.mechanisms}")
        lines = ["scripted.example", *offered]
        reply = "".join(f"250{' ' if n == len(lines) - 1 else '-'}{words}\r\n" for n, words in enumerate(lines))
        self.say("ehlo", reply.encode())

    do_helo = do_ehlo

    def do_starttls(self, text: str) -> None:
        if self.say("starttls", _PLAIN_REPLIES["starttls"]):
            self.shake()

    def do_auth(self, text: str) -> None:
        words = text.split(" ")
        given = words[2] if len(words) > 2 else ""
        if words[1] in self.server.unknown:
            self.sock.sendall(b"504 5.5.4 Unrecognized authentication type\r\n")
            return
        if words[1] not in ("PLAIN", "LOGIN"):
            self.say("auth", b"535 5.7.8 bad token\r\n")
            return
        if words[1] == "LOGIN":
            self.sock.sendall(b"334 VXNlcm5hbWU6\r\n")
            name = self.line()
            self.sock.sendall(b"334 UGFzc3dvcmQ6\r\n")
            pair = (base64.b64decode(name).decode(), base64.b64decode(self.line()).decode())
        else:
            if not given:
                self.sock.sendall(b"334 \r\n")
                given = self.line().decode()
            _, name_, word = base64.b64decode(given).decode().split("\0")
            pair = (name_, word)
        good = pair == self.server.password
        self.say("auth", b"235 2.7.0 welcome\r\n" if good else b"535 5.7.8 bad credentials\r\n")

    def do_mail(self, text: str) -> None:
        self.start()
        if self.say("mail", _PLAIN_REPLIES["mail"]):
            self.sender = text.partition("<")[2].rpartition(">")[0]

    def do_rcpt(self, text: str) -> None:
        usual = _PLAIN_REPLIES["rcpt"] if self.sender is not None else b"503 5.5.1 MAIL first\r\n"
        if self.say("rcpt", usual) and self.sender is not None:
            self.recipients.append(text.partition("<")[2].rpartition(">")[0])

    def do_data(self, text: str) -> None:
        usual = _PLAIN_REPLIES["data"] if self.recipients else b"554 5.5.1 no valid recipients\r\n"
        action = self.action("data")
        if not self.act(action, usual) or (action is OK and not self.recipients):
            return
        early = self.action("content")
        if early is not OK:
            self.act(early, b"")
        self.buffer[:0] = b"\r\n"
        while (end := self.buffer.find(b"\r\n.\r\n")) < 0:
            self.more()
        content = bytes(self.buffer[2 : end + 2])
        del self.buffer[: end + 5]
        content = content.replace(b"\r\n..", b"\r\n.")
        self.finish(content[1:] if content.startswith(b"..") else content)

    def do_bdat(self, text: str) -> None:
        size = int(text.split(" ")[1])
        if not (self.server.discards or self.recipients):
            self.sock.sendall(b"503 5.5.1 no valid recipients\r\n")
            return
        while len(self.buffer) < size:
            self.more()
        content = bytes(self.buffer[:size])
        del self.buffer[:size]
        if text.upper().endswith(" LAST"):
            self.finish(content)
        else:
            self.sock.sendall(b"250 2.0.0 go on\r\n" if self.recipients else b"503 5.5.1 no valid recipients\r\n")

    def finish(self, content: bytes) -> None:
        message = Message(self.sender or "", tuple(self.recipients), content)
        usual = _PLAIN_REPLIES["final"] if self.recipients else b"554 5.5.1 no valid recipients\r\n"
        self.server.contents += 1
        action = self.action("final")
        if self.server.keeps and self.recipients:
            self.keep(message)
            self.start()
            self.act(action, usual)
        else:
            known = bool(self.recipients)
            self.start()
            if self.act(action, usual) and known:
                self.keep(message)

    def keep(self, message: Message) -> None:
        self.server.taken[self.number] += 1
        self.server.messages.append(message)

    def do_rset(self, text: str) -> None:
        self.start()
        self.say("rset", _PLAIN_REPLIES["rset"])

    def do_noop(self, text: str) -> None:
        self.say("noop", _PLAIN_REPLIES["noop"])

    def do_quit(self, text: str) -> None:
        self.say("quit", _PLAIN_REPLIES["quit"])
        raise _Gone


# --- A server that behaves ---


@dataclass
class Recorder:
    """What a recording server took: messages in order, commands as they came, sign-ins as (mechanism, name, word)."""

    host: str = "127.0.0.1"
    port: int = 0
    messages: list[Message] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    sign_ins: list[tuple[str, str, str]] = field(default_factory=list)


@contextlib.contextmanager
def recording_server(
    *,
    security: str = "none",
    tls: ssl.SSLContext | None = None,
    password: tuple[str, str] | None = None,
    token: tuple[str, str] | None = None,
    mechanisms: Sequence[str] = ("PLAIN", "LOGIN"),
    size: int = 33_554_432,
    smtputf8: bool = True,
    pipelining: bool = True,
    delay: float = 0.0,
) -> Iterator[Recorder]:
    """An aiosmtpd server: ``security`` none, tls or starttls; sign-in wanted with ``password`` or ``token``."""
    from aiosmtpd.smtp import MISSING, SMTP, AuthResult, LoginPassword

    recorder = Recorder()

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        name, word = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else data
        recorder.sign_ins.append((mechanism, name, word))
        return AuthResult(success=(name, word) in (password, token), handled=False)

    class Handler:
        async def handle_EHLO(self, server, session, envelope, hostname, responses):
            session.host_name = hostname
            lines = [line for line in responses[:-1] if not line.startswith(("250-AUTH", "250 AUTH"))]
            if (password or token) and (session.ssl or security != "starttls"):
                lines.append("250-AUTH " + " ".join(mechanisms))
            if pipelining:
                lines.append("250-PIPELINING")
            return [*lines, responses[-1]]

        async def handle_DATA(self, server, session, envelope):
            if delay:
                await asyncio.sleep(delay)
            recorder.messages.append(
                Message(envelope.mail_from, tuple(envelope.rcpt_tos), bytes(envelope.original_content))
            )
            return "250 2.0.0 recorded"

        async def bearer(self, server, args, mechanism, split):
            raw = base64.b64decode(args[1]) if len(args) > 1 else await server.challenge_auth("")
            if raw is MISSING:
                return AuthResult(success=False)
            result = authenticate(server, None, None, mechanism, split(raw.decode()))
            if not result.success:
                await server.challenge_auth('{"status":"400"}')
            return result

        async def auth_XOAUTH2(self, server, args):
            return await self.bearer(
                server,
                args,
                "XOAUTH2",
                lambda raw: (raw.split("\1")[0].removeprefix("user="), raw.split("\1")[1].removeprefix("auth=Bearer ")),
            )

        async def auth_OAUTHBEARER(self, server, args):
            return await self.bearer(
                server,
                args,
                "OAUTHBEARER",
                lambda raw: (
                    raw.split(",")[1].removeprefix("a="),
                    next(p for p in raw.split("\1") if p.startswith("auth=")).removeprefix("auth=Bearer "),
                ),
            )

    class Recording(SMTP):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self._smtp_methods = {name: noted(name, method) for name, method in self._smtp_methods.items()}

    def noted(name: str, method: Any) -> Any:
        async def call(argument: str | None) -> None:
            recorder.commands.append(f"{name} {argument}" if argument else name)
            await method(argument)

        return call

    def connection() -> Any:
        made = Recording(
            Handler(),
            data_size_limit=size,
            enable_SMTPUTF8=smtputf8,
            hostname="recording.example",
            ident="recording",
            tls_context=tls if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_require_tls=security == "starttls",
            authenticator=authenticate,
            loop=loop,
        )
        # Given to the constructor it warns of doing so without TLS.
        made._auth_required = bool(password or token)
        return made

    connections: list[Any] = []
    loop = asyncio.new_event_loop()

    def factory() -> Any:
        made = connection()
        connections.append(made)
        return made

    ssl_context = tls if security == "tls" else None
    server = loop.run_until_complete(loop.create_server(factory, "127.0.0.1", 0, ssl=ssl_context))
    recorder.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        asyncio.run_coroutine_threadsafe(_shut(server, connections), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _shut(server: Any, connections: list[Any]) -> None:
    server.close()
    for connection in connections:
        if connection.transport:
            # Python 3.11.2 cannot abort a TLS connection that the client has ended.
            with contextlib.suppress(AttributeError):
                connection.transport.abort()
        task = getattr(connection, "_handler_coroutine", None)
        if task:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
    await asyncio.sleep(0)
    await asyncio.sleep(0)


# --- Certificates ---


class Authority:
    """A CA of trustme's, and server contexts with certificates of every sort."""

    def __init__(self, folder: Path) -> None:
        import trustme

        self._ca = trustme.CA()
        self.ca_file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(self.ca_file)

    def good(self, *names: str) -> ssl.SSLContext:
        return self._context(self._ca.issue_cert(*(names or ("localhost", "127.0.0.1"))))

    def expired(self) -> ssl.SSLContext:
        past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=2)
        return self._context(self._ca.issue_cert("localhost", "127.0.0.1", not_after=past))

    def wrong_host(self) -> ssl.SSLContext:
        return self._context(self._ca.issue_cert("other.example"))

    def cn_only(self) -> ssl.SSLContext:
        return self._context(self._ca.issue_cert("127.0.0.9", common_name="localhost"))

    def unknown(self) -> ssl.SSLContext:
        import trustme

        return self._context(trustme.CA().issue_cert("localhost", "127.0.0.1"))

    def self_signed(self, folder: Path) -> ssl.SSLContext:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "localhost")])
        now = datetime.datetime.now(datetime.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        path = folder / "self-signed.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    @staticmethod
    def _context(certificate: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


class OwnAuthority:
    """An authority as people make one themselves, and a server of it for localhost.

    ``kind``: "plain" (no key identifiers) and "not critical" are of a form that RFC 5280 does not have and everybody
    takes; "no authority", "for clients" and "other names" are wrong.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self.kind = kind
        self.ca_file, self.chain = folder / "own.pem", folder / "chain.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())

    def server(self) -> ssl.SSLContext:
        """A context with the server's certificate; the authority's is in ``ca_file``."""
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        pem, kind = serialization.Encoding.PEM, self.kind
        own: list[Any] = [(x509.BasicConstraints(ca=kind != "no authority", path_length=None), kind != "not critical")]
        if kind == "other names":
            own.append((x509.NameConstraints([x509.DNSName("acme.example")], None), True))
        self.ca_file.write_bytes(self._signed("Own authority", self._key, own).public_bytes(pem))
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.oid.ExtendedKeyUsageOID
        theirs = [
            (x509.SubjectAlternativeName([x509.DNSName("localhost")]), False),
            (x509.ExtendedKeyUsage([usage.CLIENT_AUTH if kind == "for clients" else usage.SERVER_AUTH]), False),
        ]
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self.chain.write_bytes(key.private_bytes(pem, *form) + self._signed("localhost", key, theirs).public_bytes(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain)
        return context

    def _signed(self, name: str, key: Any, extensions: list[Any]) -> Any:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, text)])

        now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
        made = x509.CertificateBuilder().subject_name(named(name)).issuer_name(named("Own authority"))
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - day).not_valid_after(now + day)
        for extension, critical in extensions:
            made = made.add_extension(extension, critical)
        return made.sign(self._key, hashes.SHA256())


def wait_until(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether ``true`` came true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
