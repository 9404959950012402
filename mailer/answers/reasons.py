"""Why a letter came back: what the words and the status code of a server mean (RFC 3463, RFC 5321 4.2).

A word says more than a code, and a code more than none: servers give 5.1.1 for a full mailbox, and 5.7.1 for a user
that they do not have.  What blames the sender, the content or a moment is never taken for an address that is gone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from mailer.answers.wording.patterns import says
from mailer.tuples import NamedTuple

Reason = Literal["gone", "full", "refused", "unknown"]

_LONGEST = 20_000
# Links and addresses stand between the words that count.
_ASIDE = r"https?://\S{1,300}|<?[A-Za-z0-9._%+'=/-]{1,64}@[A-Za-z0-9.-]{1,253}>?"
# RFC 3463 3.4, 3.7, 3.8: the system, the content, a policy; what else the report says is general.
_OTHER_SUBJECT = re.compile(r"\s*[45]\.[367]\.")
# RFC 3463 3.2, and what Exchange adds.
_EXACT: dict[str, Reason] = {
    **dict.fromkeys(("5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.1.12", "5.1.351", "5.4.310"), "gone"),
    **dict.fromkeys(("5.2.2", "4.2.2"), "full"),
    **dict.fromkeys(("5.1.7", "5.1.8", "5.1.9", "5.1.90"), "refused"),
}
# Class, subject, detail; not a piece of an IP address.
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\.\d|\d)")
_REPLY = re.compile(r"(?<![\w.:#-])([45])\d\d(?=[ \t-]|$|:)")
# A server that had taken the recipient and then says this in bare words: providers do so for mail that their user's
# filter does not want.
_BARE = re.compile(r"(?i)(?:unknown user|user unknown)(?!.{0,60}account)|all recipient addresses rejected")
_AFTER_DATA = re.compile(
    r"(?i)(?:in reply to|after|response to|-{3,}SMTP command:?)\s+(?:the )?(?:end of )?DATA\b|>>> DATA\s+<<< 5"
)
_AT_EDGE = re.compile(r"(?i)recipient address(?:es)? rejected ?: access denied")


class Said(NamedTuple):
    """What a server's words come to.  ``lasting``: it said so for good, not for now."""

    reason: Reason
    lasting: bool


def meant(said: Sequence[str], status: str = "") -> Said:
    """What the first text means that means anything; the closest to the failure comes first.

    ``status`` is the code of the report, which counts for less than a server's own words.
    """
    late = any(_AFTER_DATA.search(" ".join(words[:_LONGEST].split())) for words in said[:2])
    found = Said("unknown", True)
    texts = said[:2] if _OTHER_SUBJECT.match(status) else said
    for words in filter(str.strip, texts):
        found = _meant(words, status, late)
        if found.reason != "unknown":
            break
    return found


def _meant(words: str, status: str, late: bool) -> Said:
    text = re.sub(_ASIDE, " ", " ".join(words[:_LONGEST].split()))
    codes = [".".join(match.groups()) for match in _STATUS.finditer(text)]
    field = _STATUS.search(status)
    every = [*codes, ".".join(field.groups())] if field else codes
    return Said(_reason(text, every, late), _lasting(text, every))


def _reason(text: str, codes: list[str], late: bool) -> Reason:
    exact = [_EXACT[code] for code in codes if code in _EXACT]
    if says("reasons.full", text) or "full" in exact:
        return "full"
    if says("reasons.own", text):
        return "refused"
    gone = says("reasons.gone", text)
    if "refused" in exact or (says("reasons.sender", text) and not gone):
        return "refused"
    if gone or says("reasons.no_host", text) or ("5.4.1" in codes and _AT_EDGE.search(text)):
        # Exchange Online says "access denied" of recipients whom its directory does not have.
        return "refused" if late and "gone" not in exact and _BARE.search(text) else "gone"
    if says("reasons.refused", text):
        return "refused"
    return "gone" if "gone" in exact else "unknown"


def _lasting(text: str, codes: list[str]) -> bool:
    classes = [match[1] for match in _REPLY.finditer(text)] or [code[0] for code in codes]
    return "5" in classes or (not classes and "try again" not in text.lower())
