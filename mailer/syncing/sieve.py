"""Leave out at a glance what concerns nobody: most of a mailbox, of which no header needs to be read as it should be.

Whatever is not plain to see is read and judged by ``answers.candidates``, which alone decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailer.answers.candidates import candidate
from mailer.answers.machines import is_of
from mailer.answers.mail import read
from mailer.answers.wording.patterns import pattern, says
from mailer.syncing.stems import may_say

if TYPE_CHECKING:
    from mailer.answers.mail import Mail
    from mailer.answers.values import Known, Origin

_FIELD = re.compile(rb"^([!-9;-~]+[ \t]*):(.*(?:\n[ \t].*)*)", re.MULTILINE)
_FROM = re.compile(rb"^from[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ID = re.compile(rb"<[^<>\s@]{1,400}@[^<>\s]{1,255}>")
_ADDRESS = re.compile(rb"[^\s<>,;:()\[\]\\\"]+@[^\s<>,;:()\[\]\\\"]+")
# An address that it takes a parser to read.
_ODD = re.compile(rb"[\s\")\\]@|@[\s(\[\"]")
_SENDERS = frozenset({b"from", b"reply-to", b"sender"})
_ADDRESSES = _SENDERS.union(
    b"to cc bcc delivered-to x-original-to envelope-to x-envelope-to x-delivered-to x-forwarded-to resent-to"
    b" resent-from apparently-to x-rcpt-to".split()
)
# Nothing follows from these but by the names in them.
_DULL = frozenset(
    b"date list-id list-unsubscribe list-post x-loop x-mailer x-feedback-id feedback-id mime-version received"
    b" dkim-signature content-transfer-encoding content-language user-agent".split()
)
# Of all others nothing follows but from these, which machines write, or which name others (``answers.candidates``).
_TELLING = re.compile(
    rb"auto-submitted|precedence|(?:x-)?mlserver|x-(?:auto|mail-auto|boxbe|tmda|spamarrest|bluebottle|ask|failed|original)"
    rb"|resent|.*message-id"
)
_IDS = frozenset({b"message-id", b"in-reply-to", b"references", b"thread-reference"})
_OWN_TO_EACH = _IDS | {b"subject"}
_KNOWN = _ADDRESSES | _OWN_TO_EACH | {b"content-type", b"return-path"}
_MOST_KEPT = 100_000


class Sieve:
    """Judges headers, many at a time; what it has thought of a field it keeps, for most come again."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._thought: dict[tuple[bytes, bytes], bool] = {}

    def wanted(self, heads: Sequence[tuple[bytes, Origin]]) -> list[Mail | None]:
        """Read those of some headers that may concern anybody; None for each of the others."""
        ids = [self._ids_of_plain(octets) for octets, _ in heads]
        named = self._known.letters({one for some in ids if some for one in some})
        return [
            self._judged(octets) if some is None or (named and some and self._known.letters(some)) else None
            for (octets, _), some in zip(heads, ids, strict=True)
        ]

    def _judged(self, octets: bytes) -> Mail | None:
        look = read(octets, headers_only=True)
        return look if candidate(look, self._known) else None

    def _ids_of_plain(self, octets: bytes) -> list[str] | None:
        """The Message-IDs in a header that by all else concerns nobody; None where that is not plain to see."""
        fields = _FIELD.findall(octets) if octets.isascii() and _FROM.search(octets) else None
        if not fields:
            return None
        for field in fields:
            found = self._thought.get(field)
            if found is None:
                found = self._think(*field)
            if found:
                return None
        return [one.decode() for one in _ID.findall(octets)]

    def _think(self, name: bytes, value: bytes) -> bool:
        """Whether a field may concern anybody."""
        kind = name.strip().lower()
        if kind in _DULL or not (kind in _KNOWN or _TELLING.match(kind)):
            return b"@" in value and self._is_ours(value)
        found = self._is_of_interest(kind, value)
        if kind not in _OWN_TO_EACH:
            if len(self._thought) >= _MOST_KEPT:
                self._thought.clear()
            self._thought[name, value] = found
        return found

    def _is_of_interest(self, name: bytes, value: bytes) -> bool:
        if b"=?" in value:
            return True
        if name in _ADDRESSES:
            return self._is_ours(value) or (name in _SENDERS and self._is_odd_sender(value))
        if name == b"subject":
            return _says("reports.failed", value) or _says("challenges.subject", value)
        if name == b"content-type":
            return any(mark in value.lower() for mark in (b"report", b"message/", b"notification"))
        if name == b"return-path":
            return b"@" not in value or b"daemon" in value.lower()
        if name in _IDS:
            return b"<" not in value and bool(value.strip())
        return True

    def _is_ours(self, value: bytes) -> bool:
        return bool(_ODD.search(value)) or self._names_somebody(value)

    def _names_somebody(self, value: bytes) -> bool:
        return any(self._known.person_of(one.decode()) is not None for one in _ADDRESS.findall(value))

    def _is_odd_sender(self, value: bytes) -> bool:
        """Whether it is a machine, the user, somebody of a person's firm, or nobody."""
        addresses = [one.decode() for one in _ADDRESS.findall(value)]
        if not addresses or _says("machines.daemon_name", value) or _says("machines.unattended", value):
            return True
        return any(self._is_odd(address, *address.split("@", 1)) for address in addresses)

    def _is_odd(self, address: str, local: str, domain: str) -> bool:
        if pattern("machines.daemon").fullmatch(local) or is_of("machines.ats", address):
            return True
        return self._known.is_own(address) or bool(self._known.people_at(domain))


def _says(name: str, value: bytes) -> bool:
    text = value.decode().lower()
    return may_say(name, text) and says(name, text)
