"""Leave out at a glance what concerns nobody: most of a mailbox, whose headers then need not be parsed.

Whatever is not obvious is parsed and judged by ``answers.candidates``, which alone decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mailer.answers import machines
from mailer.answers.candidates import candidate, shown
from mailer.answers.mail import read
from mailer.answers.wording.patterns import pattern, says
from mailer.syncing.stems import which_may_say
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.answers.mail import Mail
    from mailer.answers.values import Known, Origin

_ANSWERED = ("in-reply-to", "references", "thread-reference")
# Looked for in a header in lower case with a line break before it: that one sign, at which a line begins, is found many
# times faster than "the beginning of a line, in any case".
_FIELD = re.compile(
    rf"\n({'|'.join((*machines.SENDERS, *machines.LISTS, *_ANSWERED))}|subject|precedence|return-path|content-type"
    rf"|(?:[\w-]{{1,40}}-)?message-id|{machines.FIELDS})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)".encode()
)
_ID = re.compile(rb"<[^<>\s@]{1,400}@[^<>\s]{1,255}>")
_DOMAIN = re.compile(rb"@([^\s<>,;:()\[\]\\\"@]+)")
_ADDRESS = re.compile(rb"(?<![^\s<>()\[\],;:\"=@\\])([^\s<>()\[\],;:\"@\\]{1,64})@([^\s<>()\[\],;:\"@\\]{1,253})")
# What stands before an @, for else each sign of a header begins a search.
_LOCAL = re.compile(rb"[^\s<>()\[\],;:\"@\\]+")
_LONGEST_LOCAL = 64
# One that it takes a parser to read.
_ODD = re.compile(rb"@(?:(?<=[\s\")\\]@)|(?=[\s(\[\"]))")
_SUBJECTS = ("reports.failed", "challenges.subject", "reports.complaint")
_MOST_KEPT = 100_000
# What is thought of a field: that nothing follows, something unless a list sent the message, something.
_NOTHING, _UNLESS_LIST, _SOMETHING = range(3)


class _Plain(NamedTuple):
    """What is left to look at in a header that by all else concerns nobody; no ``subject`` where it plays no part."""

    ids: list[str]
    subject: str
    senders: str


class Sieve:
    """Judges headers, many at a time; what it has thought of an address it keeps, for most come again."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._domains: frozenset[str] = frozenset()
        self._octets_of_domains: frozenset[bytes] = frozenset()
        self._senders: dict[bytes, int] = {}
        self._addresses: dict[bytes, bool] = {}

    def wanted(self, heads: Sequence[tuple[bytes, Origin]]) -> list[Mail | None]:
        """Read those of some headers that may concern anybody; None for each of the others."""
        self._look_again()
        plain = [self._plain(octets) for octets, _ in heads]
        named = self._known.letters({one for some in plain if some for one in some.ids})
        telling = set(_telling([some.senders if some else "" for some in plain], "machines.daemon_name"))
        telling.update(_telling([some.subject if some else "" for some in plain], *_SUBJECTS))
        return [
            self._judged(octets)
            if some is None or at in telling or (named and some.ids and self._known.letters(some.ids))
            else None
            for at, ((octets, _), some) in enumerate(zip(heads, plain, strict=True))
        ]

    def _look_again(self) -> None:
        """Think anew where people have come since the last headers, or where too much is kept."""
        domains = self._known.domains()
        if domains != self._domains or len(self._senders) > _MOST_KEPT or len(self._addresses) > _MOST_KEPT:
            self._domains = domains
            self._octets_of_domains = frozenset(domain.encode() for domain in domains)
            self._senders.clear()
            self._addresses.clear()

    def _judged(self, octets: bytes) -> Mail | None:
        look = read(octets, headers_only=True)
        return look if candidate(look, self._known) else None

    def _plain(self, octets: bytes) -> _Plain | None:
        """What is left to look at; None where it is not plain to see that the rest concerns nobody."""
        block = b"\n" + octets.lower()
        if not octets.isascii() or self._names_somebody(block):
            return None
        thought, of_list, subject, senders = _NOTHING, False, "", ""
        for found in _FIELD.finditer(block):
            name = found[1].decode()
            # As it was written: case tells how a word is encoded.
            value = octets[found.start(2) - 1 : found.end(2) - 1]
            if name == "subject":
                subject += shown(value)
            elif name in machines.LISTS:
                of_list = True
            elif name in machines.SENDERS:
                text = shown(value)
                senders += f"{text}\n"
                thought = max(thought, self._think_of_sender(text))
            else:
                thought = max(thought, _think(name, value))
        if not senders or thought > (_UNLESS_LIST if of_list else _NOTHING):
            return None
        return _Plain([one.decode() for one in _ID.findall(octets)], "" if of_list else subject, senders)

    def _names_somebody(self, block: bytes) -> bool:
        """Whether an address of a person's stands in a header, or one that is hard to read."""
        if _ODD.search(block):
            return True
        if self._octets_of_domains.isdisjoint(_DOMAIN.findall(block)):
            return False
        for found in _DOMAIN.finditer(block):
            if found[1] in self._octets_of_domains:
                local = _LOCAL.match(block[max(0, found.start() - _LONGEST_LOCAL - 1) : found.start()][::-1])
                if local and self._is_somebody(local[0][::-1], found[0]):
                    return True
        return False

    def _is_somebody(self, local: bytes, domain: bytes) -> bool:
        # Of a longer one what follows an = is taken for an address (``candidates``).
        address = (local.partition(b"=")[2] if len(local) > _LONGEST_LOCAL else local) + domain
        found = self._addresses.get(address)
        if found is None:
            found = self._addresses[address] = self._known.person_of(address.decode()) is not None
        return found

    def _think_of_sender(self, text: str) -> int:
        """What follows from a machine, from the user, from somebody of a person's firm, or from nobody."""
        octets = text.lower().encode()
        addresses = _ADDRESS.findall(octets)
        if not addresses or _ODD.search(octets):
            return _SOMETHING
        return max(self._think_of_address(local, domain) for local, domain in addresses)

    def _think_of_address(self, local: bytes, domain: bytes) -> int:
        address = local + b"@" + domain
        found = self._senders.get(address)
        if found is None:
            found = self._senders[address] = self._of_address(address.decode())
        return found

    def _of_address(self, address: str) -> int:
        if self._is_of_interest(address):
            return _SOMETHING
        is_machine = machines.takes_no_answers(address) or machines.is_of("machines.ats", address)
        return _UNLESS_LIST if is_machine else _NOTHING

    def _is_of_interest(self, address: str) -> bool:
        local, _, domain = address.partition("@")
        if pattern("machines.daemon").fullmatch(local) or self._known.is_own(address):
            return True
        return bool(self._known.person_of(address) or self._known.people_at(domain))


def _think(name: str, value: bytes) -> int:
    """What may follow from a field that names no sender."""
    if name in _ANSWERED or name.endswith("message-id"):
        # Those without brackets.
        return _NOTHING if value.lstrip().startswith(b"<") else _SOMETHING
    if name == "precedence":
        return _UNLESS_LIST if value.decode().strip().lower() in machines.PRECEDENCE or b"=?" in value else _NOTHING
    if name == "content-type":
        return _SOMETHING if any(mark in value.decode().lower() for mark in machines.REPORTS) else _NOTHING
    if name == "return-path":
        return _SOMETHING if b"@" not in value or b"daemon" in value.lower() else _NOTHING
    # What machines write.
    return _SOMETHING


def _telling(texts: Sequence[str], *names: str) -> Iterator[int]:
    """The places of those texts in which something of some lists stands."""
    for name in names:
        for at in which_may_say(name, texts):
            if texts[at] and says(name, texts[at]):
                yield at
