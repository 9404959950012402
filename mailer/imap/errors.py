"""What goes wrong with an IMAP server, in words (RFC 3501 7.1, RFC 5530, RFC 9051).

Foreign exceptions come in, errors of ours go out; what the server said is quoted without secrets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailer.characters import printable
from mailer.errors import CannotWrite, Later, MailerError, Refused, SecretRefused

if TYPE_CHECKING:
    from mailer.imap.server import ImapServer

_CODE = re.compile(r"\[([A-Z][A-Z0-9-]*)[^\]]*\]")
_COMMAND = re.compile(r"^command: \w+ => ")
# Octets as Python writes them: a secret in them would not be found.
_OCTETS = re.compile(r"\b(unexpected (?:tagged )?response|unterminated line): b['\"].*", re.DOTALL)
_PASSING = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})
_GONE = re.compile(r"n.t exist|nonexistent|unknown (mailbox|folder)|no such|not found", re.IGNORECASE)
_FULL = re.compile(r"quota|mailbox (is )?full|exceeded .*(storage|limit)", re.IGNORECASE)
_CLOSED = re.compile(r"read.only|permission|not permitted|denied|\bACL\b", re.IGNORECASE)
_LONGEST = 300
_PASSWORD = "Is the password right?"  # noqa: S105
_TOKEN = "Is the token still good, and does it cover IMAP? Sign in with `mailer login`."  # noqa: S105


class SignInRefused(SecretRefused):
    """The server does not let this user in."""


class SecretNotTaken(SignInRefused):
    """The server does not take this user name with this secret; what its provider wants may help."""


class SaidNo(Exception):
    """The server answers NO or BAD with these octets."""


class SaidBad(SaidNo):
    """It answers BAD: it does not understand, or do, what was asked."""


class Lost(Later):
    """The connection broke or is of no more use.

    ``begun``: after a part of a message was on its way, so that the server may have it.
    """

    begun = False


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said: its response code, such as OVERQUOTA, or ``""``, and its words for people."""

    code: str
    words: str


def said(error: BaseException, mask: Callable[[str], str]) -> Said:
    """Return what the server said, by an exception."""
    first = error.args[0] if error.args else type(error).__name__
    text = first.decode("utf-8", "replace") if isinstance(first, bytes) else _OCTETS.sub(r"\1", str(first))
    text = mask(_COMMAND.sub("", text))
    code = _CODE.search(text)
    words = " ".join(printable(_CODE.sub("", text, count=1)).split())
    return Said(code[1] if code else "", words[:_LONGEST].strip(" '\""))


def sign_in_error(server: ImapServer, answer: Said, offered: str = "") -> MailerError:
    """Return the error for a user who is not let in: SignInRefused, or Later for what passes.

    ``offered``: the mechanisms that it offers, where mailer knows none of them.
    """
    text = f"{server.host} (IMAP) refuses the sign-in of {server.username}: {answer.words or answer.code}"
    if answer.code in _PASSING:
        return Later(text, hint="Try again later.")
    if answer.code == "PRIVACYREQUIRED":
        return Refused(text, hint="Set MAILER_IMAP_SECURITY=tls or starttls.")
    if offered:
        hint = "Its administrator can say how mail programs sign in there; the password may be right."
        return SignInRefused(f"{text}; of itself it offers only {offered}", hint=hint)
    return SecretNotTaken(text, hint=_TOKEN if server.auth == "oauth2" else _PASSWORD)


def refusal_error(host: str, what: str, folder: str, answer: Said, setting: str) -> MailerError:
    """Return the error for a no to ``what`` in ``folder``; ``setting`` is the one that names the folder."""
    about = f"the folder {folder} at {host}" if folder else host
    quoted = f": {answer.words}" if answer.words else ""
    if answer.code in _PASSING:
        return Later(f"{about} cannot be used now ({answer.code}){quoted}", hint="Try again later.")
    if _is(answer, ("OVERQUOTA",), _FULL):
        return CannotWrite(f"{about} takes no more: the quota is used up{quoted}", hint="Delete old mail there.")
    if _is(answer, ("READ-ONLY", "NOPERM"), _CLOSED):
        return CannotWrite(f"{about} is read-only{quoted}", hint=f"Name another folder in {setting}.")
    if folder and _is(answer, ("TRYCREATE", "NONEXISTENT"), _GONE):
        hint = f"Make it in your mail program, or name another one in {setting}."
        return CannotWrite(f"there is no folder {folder} at {host} (renamed or deleted?){quoted}", hint=hint)
    if _is(answer, ("TOOBIG",), None):
        return CannotWrite(f"the message is too large for {about}{quoted}", hint="Use a smaller attachment.")
    return CannotWrite(f"{about} refuses {what}{quoted}", hint="`-v` shows the conversation.")


def lost_error(host: str, what: str, reason: str) -> Lost:
    """Return the error for a connection that broke, or a time that ran out, at ``what``."""
    return Lost(f"the connection to {host} (IMAP) broke at {what}: {reason}", hint="Try again later.")


def too_late(seconds: float) -> str:
    """Say what ran out."""
    return f"no answer within {round(seconds, 1):g} s"


def senseless_error(host: str, what: str, error: BaseException) -> Lost:
    """Return the error for an answer that cannot be read; nobody knows what the next one would belong to."""
    text = f"{host} gave an answer to {what} that is not IMAP ({type(error).__name__})"
    return Lost(text, hint="Are MAILER_IMAP_HOST, MAILER_IMAP_PORT and MAILER_IMAP_SECURITY right?")


def _is(answer: Said, codes: tuple[str, ...], words: re.Pattern[str] | None) -> bool:
    if answer.code in codes:
        return True
    # A code that says something else is believed before words are.
    return not answer.code and words is not None and bool(words.search(answer.words))
