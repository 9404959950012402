"""Read messages without touching them: EXAMINE and BODY.PEEK alone (RFC 3501 6.3.2, 6.4.5).

Every answer is bounded, whatever lies in the mailbox: so many messages at a time, so many octets of each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.imap.conversation import Conversation
from mailer.imap.folders import number
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.imap.folders import Folder

HEADS = 500
BODIES = 32
_HEAD = 24 * 1024
_FIRST = 256 * 1024
_PIECE = 8 * 1024 * 1024
LARGEST = 50 * 1024 * 1024
# An answer to SEARCH is one line, of which imaplib takes a million octets.
_SEARCHED = 50_000
_SLOWEST = 32_768  # octets a second that a line must carry, beside the time-out
_USUAL_HEAD = 2_048
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BEGINS = re.compile(rb"\d+ \(")
_UID = re.compile(rb"\bUID (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^)]*)\)", re.IGNORECASE)
_LABELS = re.compile(rb'X-GM-LABELS \(((?:[^")]|"(?:[^"\\]|\\.)*")*)')
_INLINE = re.compile(rb'\bBODY\[.*?\](?:<\d+>)? "((?:[^"\\]|\\.)*)"', re.DOTALL)


class Opened(NamedTuple):
    """A folder as it was when it was opened: all UIDs in it are below ``uidnext``."""

    uidvalidity: int
    uidnext: int
    messages: int


class Head(NamedTuple):
    r"""The header fields of a message; ``flags`` in lower case, Gmail's own labels (\Sent) among them.

    ``whole``: whether that is all of these fields.
    """

    uid: int
    flags: frozenset[str]
    octets: bytes
    whole: bool


class _Question(NamedTuple):
    folder: Folder
    uids: str
    wanted: str


class _Ahead(NamedTuple):
    """A question that was asked before its answer is wanted; ``tag`` is that of an answer on its way."""

    question: _Question
    tag: str
    answer: Sequence[tuple[int, frozenset[str], bytes]] = ()


class Reading(Conversation):
    """What is read over a signed-in connection."""

    _ahead: _Ahead | None = None

    def examine(self, folder: Folder) -> Opened:
        """Open a folder without touching it.  Raises CannotWrite (73) if the server refuses."""
        with self.turn("EXAMINE", folder):
            said = self._client.select_folder(folder.wire, readonly=True)
            uidvalidity, uidnext, messages = (
                number(said.get(key) or 0) for key in (b"UIDVALIDITY", b"UIDNEXT", b"EXISTS")
            )
        opened = Opened(uidvalidity, uidnext, messages)
        # A server need not say UIDNEXT (RFC 3501 7.1).
        last = 0 if uidnext or not messages else max(self._found(folder, opened, messages, "ALL"), default=0)
        return opened._replace(uidnext=uidnext or last + 1)

    def arrived_since(self, folder: Folder, opened: Opened, day: date) -> list[int]:
        """The UIDs of the messages that arrived on a day or later, in order."""
        return self._found(folder, opened, 1, f"SINCE {day.day}-{_MONTHS[day.month - 1]}-{day.year}")

    def arrived_after(self, folder: Folder, opened: Opened, uid: int) -> list[int]:
        """The UIDs above one, in order; nothing is asked where there can be none."""
        most = opened.uidnext - uid - 1
        if most <= 0 or not opened.messages:
            return []
        # ``n:*`` means the last message at least (RFC 3501 6.4.8).
        found = self._found(folder, opened, max(1, opened.messages - most + 1), f"UID {uid + 1}:*")
        return [one for one in found if one > uid]

    def _found(self, folder: Folder, opened: Opened, first: int, criteria: str) -> list[int]:
        """Search from the end on: a message that is expunged meanwhile moves those above it to lower numbers."""
        found: set[int] = set()
        for high in range(opened.messages, first - 1, -_SEARCHED):
            low = max(first, high - _SEARCHED + 1)
            with self.turn("SEARCH", folder):
                found.update(map(number, self._client.search(f"{low}:{high} {criteria}")))
        return sorted(found)

    def heads(self, folder: Folder, uids: Sequence[int], fields: Sequence[str]) -> list[Head]:
        """These fields of as many messages as ``HEADS``, or all of them; those that are gone meanwhile are left out."""
        self._settle()
        ahead, self._ahead = self._ahead, None
        question = self._question(folder, uids, fields)
        if ahead and ahead.question == question:
            found = ahead.answer
        else:
            found = self._fetched(folder, uids, question.wanted, _HEAD)
        return sorted(Head(uid, flags, octets, len(octets) < _HEAD) for uid, flags, octets in found)

    def ask_heads(self, folder: Folder, uids: Sequence[int], fields: Sequence[str]) -> None:
        """Ask for what ``heads`` is called for next, so that the server works meanwhile; faults are told by that."""
        self._settle()
        question = self._question(folder, uids, fields)
        with suppress(MailerError), super().turn("FETCH", folder):
            self._ahead = _Ahead(question, self._client.ask_to_fetch(question.uids, question.wanted))

    def _question(self, folder: Folder, uids: Sequence[int], fields: Sequence[str]) -> _Question:
        labels = "X-GM-LABELS " if "X-GM-EXT-1" in self.capabilities else ""
        header = f"HEADER.FIELDS ({' '.join(fields)})" if fields else "HEADER"
        return _Question(folder, _as_set(uids), f"(UID FLAGS {labels}BODY.PEEK[{header}]<0.{_HEAD}>)")

    def _settle(self) -> None:
        """Read the answer to what was asked ahead, if it is still on its way, and keep it."""
        ahead = self._ahead
        if ahead and ahead.tag:
            self._ahead = None
            with suppress(MailerError), super().turn("FETCH", ahead.question.folder, HEADS * _USUAL_HEAD / _SLOWEST):
                answer = list(_messages(self._client.fetched(ahead.tag)))
                self._ahead = _Ahead(ahead.question, "", answer)

    @contextmanager
    def turn(self, what: str, folder: Folder | None = None, more: float = 0.0) -> Iterator[None]:
        """One question, once what was asked ahead is answered."""
        self._settle()
        with super().turn(what, folder, more):
            yield

    def bodies(self, folder: Folder, uids: Sequence[int], *, begin: bool = False) -> dict[int, bytes]:
        """As many messages as ``BODIES``, each to its 50th megabyte at most; with ``begin`` only how they begin."""
        wanted = f"(UID BODY.PEEK[]<0.{_FIRST}>)"
        found = {uid: octets for uid, _, octets in self._fetched(folder, uids, wanted, _FIRST)}
        if not begin:
            for uid, octets in found.items():
                if len(octets) >= _FIRST:
                    found[uid] = octets + b"".join(self._rest(folder, uid))
        return found

    def _rest(self, folder: Folder, uid: int) -> Iterator[bytes]:
        for at in range(_FIRST, LARGEST, _PIECE):
            size = min(_PIECE, LARGEST - at)
            found = self._fetched(folder, [uid], f"(UID BODY.PEEK[]<{at}.{size}>)", size)
            piece = found[0][2] if found else b""
            yield piece
            if len(piece) < size:
                return

    def _fetched(
        self, folder: Folder, uids: Sequence[int], wanted: str, most: int
    ) -> list[tuple[int, frozenset[str], bytes]]:
        asked = frozenset(uids)
        if not asked:
            return []
        with self.turn("FETCH", folder, len(asked) * (_USUAL_HEAD if most == _HEAD else most) / _SLOWEST):
            answer = self._client.fetched(self._client.ask_to_fetch(_as_set(uids), wanted))
            return [one for one in _messages(answer) if one[0] in asked]


def _as_set(uids: Sequence[int]) -> str:
    """UIDs in order as a sequence set: ``3:5,9`` (RFC 3501 9)."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def _messages(answer: Iterable[bytes | tuple[bytes, bytes]]) -> Iterator[tuple[int, frozenset[str], bytes]]:
    """UID, flags and content of each message of an answer to FETCH, as imaplib cuts it: text, and text with a literal.

    What tells of no UID was not asked for: flags that another program set.
    """
    text, content = b"", None
    for piece in answer:
        words, literal = piece if isinstance(piece, tuple) else (piece, None)
        if _BEGINS.match(words):
            yield from _message(text, content)
            text, content = b"", None
        text += words
        if literal is not None and b"BODY[" in words:
            content = literal
    yield from _message(text, content)


def _message(text: bytes, content: bytes | None) -> Iterator[tuple[int, frozenset[str], bytes]]:
    found = _UID.search(_QUOTED.sub(b'""', text) if b'"' in text else text)
    if not found:
        return
    if content is None:
        inline = _INLINE.search(text)
        content = re.sub(rb"\\(.)", rb"\1", inline[1]) if inline else b""
    flags = _FLAGS.search(text)
    labels = _LABELS.search(text)
    marks = (flags[1] if flags else b"").split() + _names(labels[1] if labels else b"")
    yield number(found[1]), frozenset(mark.decode("ascii", "replace").lower() for mark in marks), content


def _names(labels: bytes) -> list[bytes]:
    r"""Gmail's own labels: ``"\\Sent"``."""
    return [b"\\" + name for name in re.findall(rb'"?\\{1,2}([A-Za-z]+)"?', labels)]
