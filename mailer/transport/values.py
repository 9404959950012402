"""What goes to a server, what comes of it, and whether a server can take it at all."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from pathlib import Path

    from mailer.message.compose import Envelope
    from mailer.transport.replies import Reply

_COUNTED = 65_536


class SmtpServer(NamedTuple):
    """Where and how to submit: ``security`` "tls", "starttls" or "none"; ``auth`` "password", "oauth2" or "none"."""

    host: str
    port: int
    security: str = "tls"
    username: str = ""
    auth: str = "none"
    ca_file: str | Path | None = None
    connect_timeout: float = 30.0
    reply_timeout: float = 300.0
    final_timeout: float = 600.0
    window: int = 8


class Outgoing(NamedTuple):
    """One letter to submit; ``content`` has CRLF line ends, the last line too, and no dot-stuffing."""

    id: str
    envelope: Envelope
    content: bytes


class Outcome(NamedTuple):
    """What became of a letter.

    ``state``: "sent", "refused", "deferred" (safe to try again) or "in-doubt".  ``phase``: where it was decided:
    "format", "size", "smtputf8" (refused here, nothing was said to the server), "queue" (never begun), "mail", "rcpt",
    "data", "content" (being sent), "final" (after the last octet).  ``reply`` is the server's, None where there was
    none; ``refused`` holds the recipients that were refused, whatever the state; ``text`` says what no reply says.
    """

    id: str
    state: str
    phase: str
    reply: Reply | None = None
    refused: Mapping[str, Reply] = MappingProxyType({})
    text: str = ""


class AboutToSend(NamedTuple):
    """The last octets of these letters go out next: put that on disk, then call ``go_ahead``."""

    ids: tuple[str, ...]


Event = AboutToSend | Outcome


class Awaited(NamedTuple):
    """A socket that is to be read, or written if it ``writes``, before ``until`` (of ``time.monotonic``)."""

    sock: socket.socket
    writes: bool
    until: float


class Capabilities:
    """What a server offered after EHLO: keyword in upper case → its parameters."""

    __slots__ = ("offered",)

    def __init__(self, offered: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> None:
        self.offered = offered

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.offered

    @property
    def size(self) -> int:
        """The largest message in octets, 0 if the server sets no limit (RFC 1870 4)."""
        number = "".join(self.offered.get("SIZE", ())[:1])
        return int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0

    @property
    def mechanisms(self) -> frozenset[str]:
        """SASL mechanisms in upper case (RFC 4954 3)."""
        return frozenset(name.upper() for name in self.offered.get("AUTH", ()))


def read_capabilities(reply: Reply) -> Capabilities:
    """The extensions in an EHLO reply; ``AUTH=LOGIN``, an old form, counts as ``AUTH LOGIN``."""
    offered: dict[str, tuple[str, ...]] = {}
    for line in reply.text.split("\n")[1:]:
        words = line.split()
        if not words:
            continue
        keyword, equals, value = words[0].upper().partition("=")
        offered[keyword] = offered.get(keyword, ()) + ((value,) if equals else ()) + tuple(words[1:])
    return Capabilities(MappingProxyType(offered))


def stuffed(content: bytes) -> bytes:
    """``content`` as DATA carries it: a dot before each dot at the beginning of a line (RFC 5321 4.5.2)."""
    if len(content) > _COUNTED and not _dotted(content):
        return content
    content = content.replace(b"\n.", b"\n..")
    return b"." + content if content.startswith(b".") else content


def _dotted(content: bytes) -> bool:
    """Whether a dot stands at the beginning or behind a CR or LF; quick on base64, which has no dots."""
    at = content.find(b".")
    while at > 0 and content[at - 1] not in b"\r\n":
        at = content.find(b".", at + 1)
    return at >= 0


def needs_smtputf8(letter: Outgoing) -> bool:
    """Whether an address of the envelope, or a header, is not ASCII (RFC 6531 1.2)."""
    return not (letter.content.isascii() and "".join(_paths(letter)).isascii())


def _paths(letter: Outgoing) -> tuple[str, ...]:
    return letter.envelope.reverse_path, *letter.envelope.forward_paths


def unfit(letter: Outgoing, offered: Capabilities) -> Outcome | None:
    """Why this server cannot be given this letter, before anything is said to it."""
    if not _well_formed(letter):
        return Outcome(letter.id, "refused", "format", text="the message or an address holds a stray CR, LF or control")
    size, limit = len(letter.content), offered.size
    if limit and size > limit:
        return Outcome(
            letter.id, "refused", "size", text=f"the letter has {size:,} octets and the server takes {limit:,}"
        )
    if needs_smtputf8(letter) and "SMTPUTF8" not in offered:
        return Outcome(
            letter.id, "refused", "smtputf8", text="an address is not ASCII and the server does not offer SMTPUTF8"
        )
    return None


def _well_formed(letter: Outgoing) -> bool:
    paths = "".join(_paths(letter))
    clean = paths.isprintable() or not any(map(_is_control, paths))
    return clean and bool(letter.envelope.forward_paths) and _has_clean_lines(letter.content)


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"


def _has_clean_lines(content: bytes) -> bool:
    """Whether CR and LF stand in pairs only.  A large message is counted only if a dot could cut it in two."""
    if not content.endswith(b"\r\n"):
        return False
    if len(content) > _COUNTED and not _dotted(content):
        return True
    return content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
