"""Leave out at a glance what concerns nobody: most of a mailbox, of which not one header is read as it should be.

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

if TYPE_CHECKING:
    from mailer.answers.mail import Mail
    from mailer.answers.values import Known, Origin

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*(?:\n[ \t].*)*)", re.MULTILINE)
_ID = re.compile(rb"<[^<>\s@]{1,400}@[^<>\s]{1,255}>")
_ADDRESS = re.compile(rb"[^\s<>,;:()\[\]\\\"]+@[^\s<>,;:()\[\]\\\"]+")
# An address that is written in a way which takes a parser to read.
_ODD = re.compile(rb"[\s\")\\]@|@[\s(\[\"]")
_SENDERS = (b"from", b"reply-to", b"sender")
_ANSWERED = (b"in-reply-to", b"references")
_PLAIN = frozenset(
    b"from sender reply-to to cc bcc delivered-to x-original-to envelope-to x-envelope-to x-delivered-to x-forwarded-to"
    b" resent-to resent-from apparently-to x-rcpt-to date subject message-id in-reply-to references thread-reference"
    b" return-path content-type list-id list-unsubscribe list-post x-loop x-mailer x-feedback-id feedback-id"
    b" mime-version received dkim-signature content-transfer-encoding user-agent content-language".split()
)
_MOST_KEPT = 100_000


class Sieve:
    """Judges headers, many at a time; what it has seen of senders and words it keeps."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._addresses: dict[bytes, bool] = {}
        self._senders: dict[bytes, bool] = {}

    def wanted(self, heads: Sequence[tuple[bytes, Origin]]) -> list[Mail | None]:
        """Read those of some headers that may concern anybody; None for each of the others."""
        ids = [self._ids_of_plain(octets) for octets, _ in heads]
        named = self._known.letters({one for some in ids if some for one in some})
        return [
            self._judged(octets)
            if some is None or (named and some and self._known.letters(some))
            else None
            for (octets, _), some in zip(heads, ids, strict=True)
        ]

    def _judged(self, octets: bytes) -> Mail | None:
        look = read(octets, headers_only=True)
        return look if candidate(look, self._known) else None

    def _ids_of_plain(self, octets: bytes) -> list[str] | None:
        """The Message-IDs in a header that by all else concerns nobody; None where that is not plain to see."""
        if not octets.isascii():
            return None
        fields = [(name.lower(), value) for name, value in _FIELD.findall(octets)]
        if not fields or any(self._is_of_interest(name, value) for name, value in fields):
            return None
        return [found.decode() for found in _ID.findall(octets)]

    def _is_of_interest(self, name: bytes, value: bytes) -> bool:
        if name not in _PLAIN or (b"=?" in value and name != b"x-mailer"):
            return True
        if name == b"subject":
            words = value.decode()
            return says("reports.failed", words) or says("challenges.subject", words)
        if name == b"content-type":
            return b"report" in value.lower() or b"message/" in value.lower() or b"notification" in value.lower()
        if name in _ANSWERED:
            return b"<" not in value and bool(value.strip())
        if name == b"return-path" and (b"@" not in value or b"daemon" in value.lower()):
            return True
        if name in _SENDERS and self._is_odd_sender(value):
            return True
        return b"@" in value and name != b"message-id" and self._is_ours(value)

    def _is_ours(self, value: bytes) -> bool:
        return bool(_ODD.search(value)) or any(map(self._is_known, _ADDRESS.findall(value)))

    def _is_known(self, address: bytes) -> bool:
        found = self._addresses.get(address)
        if found is None:
            found = self._known.person_of(address.decode()) is not None
            _keep(self._addresses, address, found)
        return found

    def _is_odd_sender(self, value: bytes) -> bool:
        """Whether it is a machine, the user, somebody of a person's firm, or nobody."""
        found = self._senders.get(value)
        if found is None:
            found = self._looked_at(value)
            _keep(self._senders, value, found)
        return found

    def _looked_at(self, value: bytes) -> bool:
        addresses = [one.decode() for one in _ADDRESS.findall(value)]
        text = value.decode()
        if not addresses or says("machines.daemon_name", text) or says("machines.unattended", text):
            return True
        return any(
            pattern("machines.daemon").fullmatch(local) or is_of("machines.ats", address)
            or self._known.is_own(address) or self._known.people_at(domain)
            for address in addresses
            for local, _, domain in [address.partition("@")]
        )


def _keep(kept: dict[bytes, bool], key: bytes, value: bool) -> None:
    if len(kept) >= _MOST_KEPT:
        kept.clear()
    kept[key] = value
