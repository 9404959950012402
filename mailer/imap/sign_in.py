"""Signing in over IMAP: one mechanism, tried once (RFC 3501 6.2, RFC 4616, RFC 7628; XOAUTH2 by custom).

Where a server refuses a mechanism before it has heard the secret, the other way is tried, once.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING

from mailer.errors import BadData, Refused
from mailer.imap.errors import SaidBad, SaidNo, said, sign_in_error

if TYPE_CHECKING:
    from mailer.imap.client import Client, Line
    from mailer.imap.server import ImapServer
    from mailer.transport import sasl
    from mailer.transport.transcript import Transcript

# RFC 3501 6.2.2 lets a server say NO to a mechanism that it does not do.
_NOT_DONE = r"(?i)mechanism|(un|not )supported|not (available|enabled)"
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


def _other(mechanism: str, capabilities: frozenset[str]) -> str:
    """Return the other way, where a server refuses ``mechanism`` before the secret went; "" if there is none."""
    if mechanism == "PLAIN" and "LOGINDISABLED" not in capabilities:
        return "LOGIN"
    return "OAUTHBEARER" if mechanism == "XOAUTH2" and "AUTH=OAUTHBEARER" in capabilities else ""


def sign_in(client: Client, line: Line, server: ImapServer, secret: str, transcript: Transcript) -> str:
    """Sign in; the mechanism.  Raises NotTrusted (77), Refused (69), Later (75), BadData (65)."""
    from mailer.transport import sasl

    capabilities = frozenset(name.decode("ascii", "replace").upper() for name in client.capabilities())
    mechanism = choose(server.auth, capabilities, server.host)
    login = sasl.Login(server.username, secret, server.host, server.port)
    line.secret = True
    try:
        try:
            _by(mechanism, line, login, transcript)
        except _Unheard as error:
            mechanism = _other(mechanism, capabilities)
            if not mechanism:
                raise SaidNo(*error.args) from None
            _by(mechanism, line, login, transcript)
    except (SaidNo, _Unheard) as error:
        answer = said(error, transcript.mask)
        raise sign_in_error(server, answer, _offered(capabilities)) from None
    finally:
        line.secret = False
    return mechanism


def _by(mechanism: str, line: Line, login: sasl.Login, transcript: Transcript) -> None:
    """One way.  Raises SaidNo, and _Unheard for a no to a secret that did not go."""
    from mailer.transport import sasl

    strings = sasl.responses("PLAIN" if mechanism == "LOGIN" else mechanism, login)
    transcript.hide(login.secret, sasl.base64(login.secret.encode()), *strings)
    if mechanism == "LOGIN":
        _login(line, login.username, login.secret)
        return
    answers = _answers(mechanism, b64decode(strings[0]))
    try:
        # IMAPClient would make a refusal out of a connection that broke.
        line.authenticate(mechanism, answers)
    except SaidNo as error:
        about_it = isinstance(error, SaidBad) or re.search(_NOT_DONE, said(error, transcript.mask).words)
        if answers.heard or not about_it:
            raise
        raise _Unheard(*error.args) from None


def _offered(capabilities: frozenset[str]) -> str:
    """The mechanisms that are offered, where none is one of ours: LOGIN, which needs no offer, was tried then."""
    names = {name.removeprefix("AUTH=") for name in capabilities if name.startswith("AUTH=")}
    return "" if names & {"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"} else ", ".join(sorted(names))


class _Unheard(Exception):
    """The server says no to a mechanism before it has heard the secret."""


class _answers:  # noqa: N801 - a function with a memory
    """What to say to each challenge: the secret once, then what ends a sign-in that failed (RFC 7628 3.2.3)."""

    def __init__(self, mechanism: str, secret: bytes) -> None:
        self.heard = False
        self._next = [secret, _LAST_WORD.get(mechanism)]

    def __call__(self, _challenge: bytes) -> bytes | None:
        self.heard = True
        return self._next.pop(0) if self._next else None


def _login(line: Line, username: str, password: str) -> None:
    if "\r" in password or "\n" in password:
        raise BadData("the password holds a line break, which cannot be sent to this server", hint="Type it again.")
    line.log_in(username.encode(), password.encode())
