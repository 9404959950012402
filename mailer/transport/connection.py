"""Sockets, TLS and deadlines: octets to and from one server, never longer than asked."""

from __future__ import annotations

import select
import socket
import time
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.errors import BadSettings, Later, MailerError, NotTrusted
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

_RECEIVE = 65_536
# Codes of OpenSSL's X509_verify_cert_error_string(3).
_REASONS = {
    7: "the signature of the certificate is wrong",
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "the certificate comes from a self-signed authority that is not trusted here",
    20: "the certificate comes from an authority that is not known here",
    21: "the certificate comes from an authority that is not known here",
    22: "the chain of certificates is too long",
    23: "the certificate was revoked",
    24: "the certificate of its authority is not one for an authority (no CA:TRUE)",
    25: "there are more authorities between than the certificate of one of them allows",
    26: "the certificate is not one for servers",
    28: "the certificate of its authority is not one for servers",
    32: "the certificate of its authority is not one to sign with",
    47: "its authority may not sign for this name",
    62: "the certificate is not for this host name (a name in its CN alone does not count)",
    64: "the certificate is not for this address",
    66: "the key of the certificate is too short",
    67: "the key of its authority is too short",
    68: "the certificate is signed in a way that is no longer safe",
    79: "the certificate of its authority is not one for an authority (no CA:TRUE)",
}
_HOW_TO_TRUST = "for a server of your own, name its authority's certificate in MAILER_CA_FILE"
_NOT_TRUSTED = frozenset({2, 18, 19, 20, 21})
_ANOTHER = "the certificates in MAILER_CA_FILE are not its authority's: put those in it"
_MAKE_ANEW = "the server's owner must get a new certificate"
_MOST_NAMES = 6
_NOTHING_SENT = "; nothing was sent"
_CLOCK = "look at the clock of this computer; else the server's owner must renew the certificate"


class WrongName(NotTrusted):
    """The certificate is an authority's that is trusted, and for another name."""

    def tell(self, seen: TlsInfo) -> None:
        """Say what names it has."""
        names = ", ".join(seen.names[:_MOST_NAMES]) + (", …" if len(seen.names) > _MOST_NAMES else "")
        self.text = self.text.replace(_NOTHING_SENT, f"; it is for {printable(names or seen.subject)}{_NOTHING_SENT}")
        self.args = (self.text,)


class TlsInfo(NamedTuple):
    """What the handshake showed; dates as in the certificate (``Jan  5 09:34:43 2027 GMT``)."""

    version: str
    cipher: str
    subject: str
    issuer: str
    names: tuple[str, ...]
    not_after: str


def connect(host: str, port: int, seconds: float, on_step: Callable[[str], object] = str) -> Connection:
    """A TCP connection within ``seconds``, DNS included.

    ``on_step`` is told "dns" and "tcp".  Raises Later (75), BadSettings (78) for an impossible name.
    """
    deadline = time.monotonic() + seconds
    found = _addresses(host, port, seconds)
    on_step("dns")
    fault: OSError = OSError("no address")
    for left in range(len(found), 0, -1):
        family, *_, address = found[-left]
        try:
            line = _dial(family, address, (deadline - time.monotonic()) / left)
        except OSError as error:
            fault = error
        else:
            on_step("tcp")
            return line
    raise Later(
        f"cannot connect to {host} port {port}: {_words(fault, seconds)}",
        hint="is the network up, and are MAILER_SMTP_HOST and MAILER_SMTP_PORT right?",
    ) from fault


def _dial(family: int, address: Any, seconds: float) -> Connection:  # noqa: ANN401
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(max(0.001, seconds))
        sock.connect(address)
        return Connection(sock)
    except BaseException:
        sock.close()
        raise


def tls_context(ca_file: str | Path | None) -> ssl.SSLContext:
    """The system's authorities and that of ``ca_file``; TLS 1.2 at least, names in the SAN only (RFC 9525)."""
    import ssl

    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # One verdict on every Python: before 3.13 both are off by default, then on.  The first lets a certificate be
    # trusted that is named itself; the second asks for a form that many an authority of one's own does not keep.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if ssl.HAS_NEVER_CHECK_COMMON_NAME:
        context.hostname_checks_common_name = False
    if ca_file:
        try:
            context.load_verify_locations(cafile=str(ca_file))
        except OSError as error:
            why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror or "unreadable"
            raise BadSettings(
                f"MAILER_CA_FILE {ca_file} cannot be used: {why}", hint="it must be a file of certificates in PEM form"
            ) from error
    return context


class Connection:
    """One socket, never blocking beyond a deadline (of ``time.monotonic``).

    ``read_blocked_on_write``: TLS has to write before anything can be read.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self._waits: tuple[type[OSError], ...] = (BlockingIOError,)
        self._wants_write: type[OSError] | None = None
        self.read_blocked_on_write = False
        self.unsure = False
        self.tls: TlsInfo | None = None
        self.peer: str = sock.getpeername()[0]
        self.own: str = sock.getsockname()[0]

    @property
    def on_loopback(self) -> bool:
        """Whether the peer is this machine: 127/8 or ::1, also when mapped into IPv6."""
        peer = self.peer.partition("%")[0].lower().removeprefix("::ffff:")
        return peer == "::1" or (peer.startswith("127.") and peer.count(".") == 3)

    def start_tls(self, host: str, context: ssl.SSLContext, deadline: float, ca_file: str | Path | None = None) -> None:
        """The handshake (RFC 8446, 3207).  Raises NotTrusted (77); TimeoutError and OSError as the network has it."""
        import ssl

        self._waits = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)
        self._wants_write = ssl.SSLWantWriteError
        try:
            wrapped = context.wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
            self.sock = wrapped
            while not self._shaken(wrapped):
                self._wait(self.read_blocked_on_write, deadline)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError) as error:
            # Which of these it is depends on the OpenSSL.
            raise ConnectionAbortedError("the server closed the connection") from error
        except ssl.SSLCertVerificationError as error:
            raise _not_verified(host, error, ca_file) from error
        except ssl.SSLError as error:
            raise _no_tls(host, error) from error
        self.tls = _tls_info(wrapped)

    def _shaken(self, wrapped: ssl.SSLSocket) -> bool:
        try:
            wrapped.do_handshake()
        except self._waits as wait:
            self._note(wait)
            return False
        self.read_blocked_on_write = False
        return True

    def _note(self, wait: OSError) -> None:
        self.read_blocked_on_write = self._wants_write is not None and isinstance(wait, self._wants_write)

    def discard(self) -> None:
        """Throws away what has arrived."""
        while self.receive_now():
            pass

    def receive_now(self) -> bytes | None:
        """What has arrived, ``b""`` at the end of the stream, None if there is nothing yet."""
        try:
            return self.sock.recv(_RECEIVE)
        except self._waits as wait:
            self._note(wait)
            return None

    def exchange(self, data: memoryview, deadline: float) -> tuple[int, bytes | None]:
        """Writes what goes of ``data``; if nothing does, reads what came; waits until one of them did.

        How many octets went, and what was read (None: nothing).  Raises TimeoutError at the deadline, OSError.
        """
        while (moved := self.move(data)) == (0, None):
            self._wait(bool(data) or self.read_blocked_on_write, deadline)
        return moved

    def move(self, data: memoryview) -> tuple[int, bytes | None]:
        """`exchange` without waiting: (0, None) where nothing moves yet."""
        if data and (sent := self.send_now(data)):
            return sent, None
        return 0, self.receive_now()

    def send_now(self, data: memoryview) -> int:
        """Writes what goes at once; how many octets did.  ``unsure`` until the caller has noted them."""
        self.unsure = True
        try:
            return self.sock.send(data)
        except self._waits:
            self.unsure = False
            return 0

    def _wait(self, write: bool, deadline: float) -> None:
        left = deadline - time.monotonic()
        ready = select.select([self.sock], [self.sock] if write else [], [], max(0.0, left))
        if left <= 0 and not any(ready):
            raise TimeoutError

    def release(self) -> socket.socket:
        """The socket itself, blocking, for a library that reads and writes by itself; it closes it too."""
        self.sock.setblocking(True)
        return self.sock

    def close(self) -> None:
        """Ends the connection without a word."""
        self.sock.close()


def _addresses(host: str, port: int, seconds: float) -> list[Any]:
    """What DNS says, within ``seconds``: the resolver's own patience is not ours."""
    from threading import Thread

    if host == "localhost" or ":" in host or host.replace(".", "").isdigit():
        return _resolved(host, _look_up(host, port))
    answer: list[Any] = []
    thread = Thread(target=lambda: answer.append(_look_up(host, port)), daemon=True)
    thread.start()
    thread.join(seconds)
    if not answer:
        raise Later(f"looking up {host} took longer than {seconds:g} s", hint="is the network up?")
    return _resolved(host, answer[0])


def _look_up(host: str, port: int) -> list[Any] | Exception:
    try:
        # Octets are not taken through IDNA, whose tables are slow to load.
        name = host.encode() if _is_ipv4(host) else host
        return list(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        return error


def _is_ipv4(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, UnicodeError):
        return False
    return True


def _resolved(host: str, found: list[Any] | Exception) -> list[Any]:
    if isinstance(found, list):
        return found
    if isinstance(found, UnicodeError):
        raise BadSettings(f"{host!r} cannot be a host name") from found
    why = getattr(found, "strerror", None) or str(found)
    raise Later(f"{host} cannot be found: {why}", hint="is the network up, and is the host name right?") from found


def _words(error: OSError, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    return error.strerror or str(error)


def why_not_verified(error: ssl.SSLCertVerificationError) -> str:
    """What is wrong with the certificate, in words."""
    return _REASONS.get(error.verify_code, error.verify_message or "the certificate cannot be verified")


def _not_verified(host: str, error: ssl.SSLCertVerificationError, ca_file: str | Path | None) -> NotTrusted:
    text = f"{host} is not trusted: {why_not_verified(error)}{_NOTHING_SENT}"
    if error.verify_code in (62, 64):
        hint = "use the host name that the provider gives, exactly; it must stand in the certificate's SAN"
        return WrongName(text, hint=hint)
    if error.verify_code in (9, 10):
        return NotTrusted(text, hint=_CLOCK)
    if error.verify_code in _NOT_TRUSTED:
        return NotTrusted(text, hint=_ANOTHER if ca_file else _HOW_TO_TRUST)
    return NotTrusted(text, hint=_MAKE_ANEW)


def tell_names(error: WrongName, ca_file: str | Path | None, shaken: Callable[[ssl.SSLContext], Connection]) -> None:
    """Add the names that the certificate has, which only a handshake that does not ask for one shows.

    ``shaken`` makes a connection anew, up to there; its authority is verified, and nothing is said over it.
    """
    context = tls_context(ca_file)
    context.check_hostname = False
    try:
        line = shaken(context)
    except (MailerError, OSError):
        return
    line.close()
    if line.tls:
        error.tell(line.tls)


def _no_tls(host: str, error: ssl.SSLError) -> NotTrusted:
    reason = (error.reason or str(error)).lower().replace("_", " ")
    hint = "the server must speak TLS 1.2 or newer"
    if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"):
        reason = "what it sent is not TLS"
        hint = "port 465 wants MAILER_SMTP_SECURITY=tls, ports 587 and 25 want starttls"
    return NotTrusted(f"no TLS with {host}: {reason}; nothing was sent", hint=hint)


def _tls_info(sock: ssl.SSLSocket) -> TlsInfo:
    certificate: dict[str, Any] = sock.getpeercert() or {}
    cipher = sock.cipher()
    return TlsInfo(
        version=sock.version() or "",
        cipher=cipher[0] if cipher else "",
        subject=_name(certificate.get("subject", ())),
        issuer=_name(certificate.get("issuer", ())),
        names=tuple(value for _, value in certificate.get("subjectAltName", ())),
        not_after=certificate.get("notAfter", ""),
    )


def _name(parts: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    return ", ".join(f"{key}={value}" for part in parts for key, value in part)
