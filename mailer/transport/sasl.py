"""Signing in: one mechanism, tried once (RFC 4954; PLAIN 4616, OAUTHBEARER 7628, LOGIN and XOAUTH2 by custom).

Where a server does not know a mechanism that it offers (504), and has not heard the secret, the other is tried, once.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Generator
from dataclasses import dataclass

from mailer.errors import BadData, Later, Refused, SecretRefused
from mailer.transport.replies import Reply

_PREFERRED = {"password": ("PLAIN", "LOGIN"), "oauth2": ("XOAUTH2", "OAUTHBEARER")}
UNKNOWN = 504
_ASK = "its administrator can say how mail programs sign in there; `mailer draft` works without"
_LONGEST_COMMAND = 512  # with its CRLF, RFC 5321 4.5.3.1.4

Dialogue = Generator["Say", Reply, None]


class NotKnown(Exception):
    """The server does not know the mechanism, and no secret went."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Say:
    """One line of a sign-in, without CRLF; ``shown`` is what a transcript may show of it, stars follow."""

    line: bytes
    shown: str = ""
    secret: bool = True


@dataclass(frozen=True, slots=True)
class Login:
    """Who signs in where."""

    username: str
    secret: str
    host: str
    port: int


def choose(auth: str, offered: frozenset[str], host: str) -> str:
    """The one mechanism to use for "password" or "oauth2".  Raises Refused (69) if the server offers none."""
    for mechanism in _PREFERRED[auth]:
        if mechanism in offered:
            return mechanism
    if not offered:
        raise Refused(
            f"{host} does not offer sign-in (AUTH)",
            hint="for submission use MAILER_SMTP_SECURITY=tls or starttls with the port that the provider names; "
            "a server that needs no sign-in wants MAILER_AUTH=none",
        )
    raise Refused(
        f"{host} offers no sign-in by {auth}, only {', '.join(sorted(offered))}",
        hint="set MAILER_AUTH=oauth2" if "XOAUTH2" in offered or "OAUTHBEARER" in offered else _ASK,
    )


def other(auth: str, offered: frozenset[str], refused: str) -> str:
    """The mechanism to try where the server does not know ``refused``, which it offers; "" if there is none."""
    return next((each for each in _PREFERRED[auth] if each in offered and each != refused), "")


def responses(mechanism: str, login: Login) -> tuple[str, ...]:
    """The base64 strings that this mechanism sends.  Raises BadData for what a mechanism cannot carry."""
    name, secret = _octets(login.username, "user name"), _octets(login.secret, "password")
    if mechanism == "PLAIN":
        raw: tuple[bytes, ...] = (b"\0" + name + b"\0" + secret,)
    elif mechanism == "LOGIN":
        raw = (name, secret)
    elif mechanism == "XOAUTH2":
        raw = (b"user=" + _no_control(name) + b"\1auth=Bearer " + _no_control(secret) + b"\1\1",)
    else:
        saslname = _no_control(name).replace(b"=", b"=3D").replace(b",", b"=2C")
        where = f"\1host={login.host}\1port={login.port}\1auth=Bearer ".encode()
        raw = (b"n,a=" + saslname + b"," + where + _no_control(secret) + b"\1\1",)
    return tuple(base64(part) for part in raw)


def base64(octets: bytes) -> str:
    """Octets as SASL strings are written (RFC 4954 4)."""
    return b64encode(octets).decode()


def sign_in(mechanism: str, strings: tuple[str, ...], refusal: Callable[[Reply], tuple[str, str]]) -> Dialogue:
    """Yields lines, is sent replies.  ``refusal`` gives the sentence and the hint for a reply that says no.

    Raises NotKnown for a 504 before the secret, SecretRefused (77) for a 5yz, Later (75) for anything else.
    """
    reply = yield from _say_all(mechanism, strings)
    if reply.code == 334 and mechanism in ("XOAUTH2", "OAUTHBEARER"):
        # The challenge holds the error; an answer must follow before the server says what it is (RFC 7628 3.2.3).
        reply = yield Say(b"" if mechanism == "XOAUTH2" else b"AQ==", secret=False)
    if reply.positive:
        return
    text, hint = refusal(reply)
    if reply.permanent:
        raise SecretRefused(text, hint=hint)
    raise Later(text, hint=hint)


def _say_all(mechanism: str, strings: tuple[str, ...]) -> Generator[Say, Reply, Reply]:
    command = f"AUTH {mechanism}"
    first = f"{command} {strings[0]}"
    if mechanism != "LOGIN" and len(first) + 2 <= _LONGEST_COMMAND:
        return (yield Say(first.encode(), command))
    reply = yield Say(command.encode(), command, secret=False)
    if reply.code == UNKNOWN:
        raise NotKnown(reply)
    for string in strings:
        if reply.code != 334:
            return reply
        reply = yield Say(string.encode())
    return reply


def _octets(text: str, what: str) -> bytes:
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        octets = b"\0"
    if b"\0" in octets:
        raise BadData(f"the {what} holds a character that cannot be sent (NUL or half a character)")
    return octets


def _no_control(octets: bytes) -> bytes:
    if any(octet < 32 or octet == 127 for octet in octets):
        raise BadData("the user name or the token holds a control character", hint="only the token itself, one line")
    return octets
