"""HTTPS to an authorization server: one request, one answer, bounded in time and size; no redirect, no proxy.

Plain HTTP is spoken with this machine only.  What was sent is never shown.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from mailer.errors import BadSettings, Later, MailerError, NotTrusted
from mailer.settings.values import is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPConnection, HTTPResponse
    from pathlib import Path
    from ssl import SSLCertVerificationError

SECONDS = 30.0
LARGEST = 1 << 18
_AGENT = "mailer"
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON object that came with it, {} if none did."""

    status: int
    body: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """Return a member that is text, "" if it is not there or something else."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Parts:
    """Where a URL points."""

    secure: bool
    host: str
    port: int | None
    target: str


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    ca_file: Path | None
    seconds: float


def parts(url: str) -> Parts:
    """A URL taken apart.  Raises BadSettings for one that is not https, or http on this machine, or holds a user."""
    from urllib.parse import urlsplit

    try:
        split = urlsplit(url)
        port, host = split.port, split.hostname or ""
    except ValueError:
        raise _url_error(url) from None
    secure = split.scheme == "https"
    plain = split.scheme == "http" and is_loopback(host)
    odd = not url.isascii() or any(char <= " " or char == "\x7f" for char in url) or "@" in split.netloc
    if not host or not (secure or plain) or odd or split.fragment:
        raise _url_error(url)
    return Parts(secure, host, port, (split.path or "/") + (f"?{split.query}" if split.query else ""))


def get_json(url: str, ca_file: Path | None = None, seconds: float = SECONDS) -> Answer:
    """GET.  Raises Later (75), NotTrusted (77) for a certificate, BadSettings (78) for a URL."""
    return _within(_Request("GET", url, None, {}, ca_file, seconds))


def post_form(
    url: str, form: Mapping[str, str], headers: Mapping[str, str], ca_file: Path | None, seconds: float = SECONDS
) -> Answer:
    """POST a form.  Raises Later (75), NotTrusted (77) for a certificate, BadSettings (78) for a URL."""
    from urllib.parse import urlencode

    headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    return _within(_Request("POST", url, urlencode(form).encode(), headers, ca_file, seconds))


def basic(user: str, secret: str) -> str:
    """Return the Authorization header of a client (RFC 6749 2.3.1: both are form-encoded first)."""
    from base64 import b64encode
    from urllib.parse import quote_plus

    return "Basic " + b64encode(f"{quote_plus(user)}:{quote_plus(secret)}".encode()).decode()


def _within(request: _Request) -> Answer:
    """In a thread: neither the name servers nor a server that drips octets keep to a socket's time limit."""
    from threading import Thread

    where = parts(request.url)
    connection = _connection(where, request)
    results: list[Answer] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(_exchange(connection, where, request))
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(request.seconds)
    if results:
        return results[0]
    raise _connection_error(errors[0] if errors else TimeoutError(), where.host, request.seconds) from None


def _connection(where: Parts, request: _Request) -> HTTPConnection:
    from http.client import HTTPConnection, HTTPSConnection

    if not where.secure:
        return HTTPConnection(where.host, where.port, timeout=request.seconds)
    from mailer.transport.connection import tls_context

    context = tls_context(request.ca_file)
    return HTTPSConnection(where.host, where.port, timeout=request.seconds, context=context)


def _exchange(connection: HTTPConnection, where: Parts, request: _Request) -> Answer:
    headers = {"Accept": "application/json", "User-Agent": _AGENT, "Connection": "close", **request.headers}
    connection.request(request.method, where.target, request.body, headers)
    with connection.getresponse() as response:
        data = _read(response, time.monotonic() + request.seconds)
    if len(data) > LARGEST:
        raise NotTrusted(f"{where.host} answered with more than {LARGEST:,} octets", hint=_HINT)
    if 300 <= response.status < 400:
        raise NotTrusted(f"{where.host} sends the request elsewhere ({response.status}), which is not followed")
    return Answer(response.status, _object(data))


def _read(response: HTTPResponse, deadline: float) -> bytes:
    data = b""
    while len(data) <= LARGEST and (piece := response.read1(_PIECE)):
        data += piece
        if time.monotonic() > deadline:
            raise TimeoutError
    return data


def _object(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_HINT = "is MAILER_OAUTH_ISSUER right?"


def _connection_error(error: BaseException, host: str, seconds: float) -> BaseException:
    if isinstance(error, MailerError):
        return error
    if type(error).__name__ == "SSLCertVerificationError":
        from mailer.transport.connection import why_not_verified

        reason = why_not_verified(cast("SSLCertVerificationError", error))
        return NotTrusted(f"{host} is not trusted: {reason}", hint="nothing was sent there")
    if isinstance(error, TimeoutError):
        return Later(f"{host} did not answer within {seconds:g} seconds", hint="try again later")
    if isinstance(error, OSError):
        return Later(f"cannot reach {host}: {error.strerror or type(error).__name__}", hint="is the network up?")
    return Later(f"{host} answered with what is not HTTP ({type(error).__name__})", hint=_HINT)


def _url_error(url: str) -> BadSettings:
    return BadSettings(f"{url[:200]!a} is not an https:// address", hint="plain http is for this machine only")
