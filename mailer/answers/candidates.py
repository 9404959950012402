"""Whether a message's header makes it worth fetching the rest; never no for what could become an event."""

from __future__ import annotations

import re

from mailer.answers import machines
from mailer.answers.addresses import domain_of
from mailer.answers.mail import Mail
from mailer.answers.values import Known
from mailer.answers.wording.patterns import says
from mailer.letters.foreign.charsets import guessed
from mailer.letters.foreign.headers import unstructured

# What only a machine writes, in a header as it came: a field, a null path, a report's type.
_MARKS = re.compile(
    rf"(?im)^(?:{machines.FIELDS})[ \t]*:"
    r"|^return-path[ \t]*:[ \t]*(?:<[ \t]*>|.{0,9}mailer-daemon)"
    rf"|^content-type[ \t]*:[^\n]*(?:\n[ \t][^\n]*){{0,5}}?(?:{'|'.join(machines.REPORTS)})".encode()
)
_ADDRESS = re.compile(rb"(?<![^\s<>()\[\],;:\"=@])[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,253}")
_ID = re.compile(rb"<[^<>\s@]{1,400}@[^<>\s]{1,255}>")
_BARE_ID = re.compile(
    rb"(?im)^(?:in-reply-to|references|[\w-]{0,40}message-id)[ \t]*:\s*([^<>\s@]{1,400}@[^<>\s]{1,255})"
)
_FIELD = re.compile(
    rf"(?im)^({'|'.join((*machines.SENDERS, *machines.LISTS, 'subject', 'precedence'))})[ \t]*:"
    r"[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)".encode()
)
_LOOKED_AT = 200_000


def candidate(mail: Mail, known: Known) -> bool:
    """Whether a message may be about the user's letters or people, by its header alone.

    It is from or to a person, or from a person's firm; it names a letter of ours; or a machine wrote it.  A mailbox may
    hold fifty thousand messages, so the octets are looked at as they are, where nothing in them is encoded.
    """
    block = mail.octets[:_LOOKED_AT]
    return _names_ours(block, known) or bool(_MARKS.search(block)) or _by_sender(block, known)


def _names_ours(block: bytes, known: Known) -> bool:
    """Whether an address of a person's, or a Message-ID of a letter's, stands in the header, wherever that is."""
    ids = {found.decode("utf-8", "replace") for found in _ID.findall(block)}
    bare = {f"<{found.decode('utf-8', 'replace')}>" for found in _BARE_ID.findall(block)}
    addresses = {found.decode("utf-8", "replace") for found in _ADDRESS.findall(block)}
    return bool(known.letters(ids | bare)) or any(known.person_of(address) for address in addresses)


def _by_sender(block: bytes, known: Known) -> bool:
    fields = {name.lower().decode(): shown(value) for name, value in reversed(_FIELD.findall(block))}
    senders = [found for name in machines.SENDERS for found in _ADDRESS.findall(fields.get(name, "").encode())]
    addresses = [found.decode() for found in senders]
    name, _, rest = fields.get("from", "").partition("<")
    address = addresses[0] if rest and addresses else name
    if not fields or known.is_own(address) or machines.names_daemon(name, address):
        return True
    return any(known.people_at(domain_of(found)) for found in addresses) or _by_words(address, fields)


def shown(value: bytes) -> str:
    """A field as its reader sees it."""
    return unstructured(guessed(value)) if b"=?" in value or not value.isascii() else value.decode()


def _by_words(address: str, fields: dict[str, str]) -> bool:
    """What may be a machine's, but for lists."""
    if any(name in fields for name in machines.LISTS):
        return False
    subject = fields.get("subject", "")
    return (
        machines.takes_no_answers(address)
        or machines.is_of("machines.ats", address)
        or fields.get("precedence", "").lower() in machines.PRECEDENCE
        or says("reports.failed", subject)
        or says("challenges.subject", subject)
        or says("reports.complaint", subject)
    )
