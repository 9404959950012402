"""What letters are called: their identity, the digest of their words, their short id, the server's queue id."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.errors import Usage

if TYPE_CHECKING:
    from mailer.message.address import Mailbox

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
# int() reads base 32 with the digits 0 to 9 and a to v.
_TYPED = str.maketrans(_DIGITS + "ilo", "0123456789abcdefghijklmnopqrstuv110")
_ID = r"[0-9A-TV-Za-tv-z]{6}"
_BITS = 30
_SCATTER = 0x2545F491
_GATHER = pow(_SCATTER, -1, 1 << _BITS)

_QUEUED = r"""queued\ as\ (?P<postfix>[^\s<>();,]+)
      | \bid=(?P<exim>[^\s<>();,]+)
      | \bInternalId=(?P<exchange>\d+)
      | (?P<sendmail>[^\s<>();,]+)\ Message\ accepted\ for\ delivery
      | \bOK\s+(?P<gmail>\d+\ [^\s]+)\ -\ gsmtp"""


def _digest(*parts: str) -> str:
    # Each part carries its length, so that no two lists of parts are the same octets.
    octets = [part.encode("utf-8", "surrogatepass") for part in parts]
    return hashlib.sha256(b"".join(b"%d:%s," % (len(part), part) for part in octets)).hexdigest()


def identity(
    to: Iterable[Mailbox],
    others: Iterable[Mailbox] = (),
    *,
    template: str = "",
    company: str = "",
    position: str = "",
    subject: str = "",
) -> str:
    """Which letter this is, as 64 hex digits: equal for two letters to the same people about the same thing.

    The people are ``to``, or ``others`` (Cc and Bcc) where there is no To.  With a template, company and
    position tell letters apart; a letter on its own (``template`` empty) is told apart by its rendered subject.
    Blanks around a value are no part of it.
    """
    return keyed(_people(to, others), template, company, position, subject)


def formerly(
    to: Iterable[Mailbox],
    others: Iterable[Mailbox] = (),
    *,
    template: str = "",
    company: str = "",
    position: str = "",
    subjects: Iterable[str] = (),
) -> tuple[str, ...]:
    """By which keys earlier versions may have recorded the letter; ``subjects``: as they may have written it."""
    people = _people(to, others)
    subjects = ("",) if template else dict.fromkeys(subjects)
    return tuple([earlier_key(people, template, company, position, subject) for subject in subjects])


def _people(to: Iterable[Mailbox], others: Iterable[Mailbox]) -> set[str]:
    return {box.key for box in to} or {box.key for box in others}


def keyed(people: Iterable[str], template: str, company: str, position: str, subject: str) -> str:
    """The identity of a letter to these ``people``, who are addresses in caseless form."""
    return exact_key(people, template, company.strip(), position.strip(), subject.strip())


def exact_key(people: Iterable[str], template: str, company: str, position: str, subject: str) -> str:
    """The same, with blanks around the values, as earlier versions had it."""
    about = ("template", template, company, position) if template else ("alone", subject)
    return _digest(*about, *sorted(people))


def earlier_key(people: Iterable[str], template: str, company: str, position: str, subject: str) -> str:
    """The same without any blank: where they stood in a subject is not known any more."""
    company, position, subject = ("".join(text.split()) for text in (company, position, subject))
    return exact_key(people, template, company, position, subject)


def content_digest(subject: str, text: str, attachments: Iterable[str] = ()) -> str:
    """The words of a letter, as 64 hex digits: rendered subject, text without signature, digests of its attachments.

    A letter of HTML alone has its HTML as ``text``.
    """
    return _digest(subject, text, *attachments)


def letter_id(number: int) -> str:
    """Six characters to read aloud and type; letters beside each other in the ledger get ids far apart.

    The digits are those of Crockford's base 32.  The map is one to one, so an id needs no column of its own.
    """
    n = number * _SCATTER % (1 << _BITS)
    d = _DIGITS
    return d[n >> 25] + d[n >> 20 & 31] + d[n >> 15 & 31] + d[n >> 10 & 31] + d[n >> 5 & 31] + d[n & 31]


@lru_cache(maxsize=256)
def letter_number(text: str) -> int:
    """The number whose ``letter_id`` was typed, in any case, with ``i l o`` for ``1 1 0``; Usage if it is no id."""
    if not re.fullmatch(_ID, text):
        raise Usage(f"{text!r} is not the id of a letter", hint="`mailer outbox` and `mailer log` show the ids.")
    return int(text.lower().translate(_TYPED), 32) * _GATHER % (1 << _BITS)


def queue_id(text: str) -> str:
    """The server's own name for the letter, in the text of its 250 as well-known servers write it, or ``""``."""
    lower = text.lower()
    if not ("queued as " in lower or "id=" in lower or "accepted for delivery" in lower or "gsmtp" in lower):
        return ""
    found = re.search(_QUEUED, text, re.VERBOSE | re.IGNORECASE)
    return found[found.lastgroup or 0] if found else ""
