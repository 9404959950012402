"""Signing in over IMAP: one mechanism, tried once (RFC 3501 6.2, RFC 4616, RFC 7628; XOAUTH2 by custom)."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

from mailer.errors import BadData, Refused
from mailer.imap.faults import SaidNo, said, sign_in_refused

if TYPE_CHECKING:
    from mailer.imap.client import Client, Line
    from mailer.imap.connect import ImapServer
    from mailer.transport.transcript import Transcript

_LAST_WORD = {"XOAUTH2": b"", "OAUTHBEARER": b"\x01"}


def choose(auth: str, capabilities: frozenset[str], host: str) -> str:
    """The mechanism: PLAIN, LOGIN (the command), XOAUTH2 or OAUTHBEARER.  Raises Refused (69) if none is offered."""
    wanted = ("PLAIN",) if auth == "password" else ("XOAUTH2", "OAUTHBEARER")
    for mechanism in wanted:
        if f"AUTH={mechanism}" in capabilities:
            return mechanism
    if auth == "password" and "LOGINDISABLED" not in capabilities:
        return "LOGIN"
    offered = sorted(name.removeprefix("AUTH=") for name in capabilities if name.startswith("AUTH="))
    there = f"only {', '.join(offered)}" if offered else "nothing"
    hint = "Set MAILER_AUTH=oauth2." if {"XOAUTH2", "OAUTHBEARER"} & set(offered) else ""
    raise Refused(f"{host} (IMAP) offers no sign-in by {auth}, {there}", hint=hint)


def sign_in(client: Client, line: Line, server: ImapServer, secret: str, transcript: Transcript) -> str:
    """Sign in; the mechanism.  Raises NotTrusted (77), Refused (69), Later (75), BadData (65)."""
    from mailer.transport import sasl

    capabilities = frozenset(name.decode("ascii", "replace").upper() for name in client.capabilities())
    mechanism = choose(server.auth, capabilities, server.host)
    kind = "PLAIN" if mechanism == "LOGIN" else mechanism
    strings = sasl.responses(kind, sasl.Login(server.username, secret, server.host, server.port))
    transcript.hide(secret, sasl.base64(secret.encode()), *strings)
    line.secret = True
    try:
        if mechanism == "LOGIN":
            _login(line, server.username, secret)
        else:
            # IMAPClient would make a refusal out of a connection that broke.
            line.authenticate(mechanism, _answers(mechanism, b64decode(strings[0])))
    except SaidNo as error:
        answer = said(error, transcript.mask)
        raise sign_in_refused(server, answer) from None
    finally:
        line.secret = False
    return mechanism


class _answers:  # noqa: N801 - a function with a memory
    """What to say to each challenge: the secret once, then what ends a sign-in that failed (RFC 7628 3.2.3)."""

    def __init__(self, mechanism: str, secret: bytes) -> None:
        self._next = [secret, _LAST_WORD.get(mechanism)]

    def __call__(self, _challenge: bytes) -> bytes | None:
        return self._next.pop(0) if self._next else None


def _login(line: Line, username: str, password: str) -> None:
    if "\r" in password or "\n" in password:
        raise BadData("the password holds a line break, which this server cannot be sent", hint="Type it anew.")
    line.log_in(username.encode(), password.encode())
