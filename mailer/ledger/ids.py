"""What letters are called: their identity, the digest of their words, their short id, the server's queue id."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mailer.errors import Usage

if TYPE_CHECKING:
    pass

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
    """Return the server's own name for the letter, in the text of its 250 as well-known servers write it, or ``""``."""
    lower = text.lower()
    if not ("queued as " in lower or "id=" in lower or "accepted for delivery" in lower or "gsmtp" in lower):
        return ""
    found = re.search(_QUEUED, text, re.VERBOSE | re.IGNORECASE)
    return found[found.lastgroup or 0] if found else ""
