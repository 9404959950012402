"""What a refusal mail gives to the letter that answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mailer.errors import BadData
from mailer.threads import read_eml, reply_subject

_NO_REPLY = re.compile(
    r"(?:.*[._+-])?"
    r"(?:(?:no|not|dont|donot|do[._-]not|never|nicht|keine?|ne[._-]?pas|non|nao|niet|ingen|nie)[._-]?"
    r"(?:reply|replies|respond|response|answer|antwort(?:en)?|repondre|responder|respuesta|contestar|beantwoorden|svar)"
    r"|mailer-daemon|bounces?|unattended|unmonitored)(?:[._+-].*|\d*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """``sender`` as a letter's ``To``, from ``sender_header``; "" or None for what the mail does not say."""

    sender: str
    sender_header: str
    no_reply: bool
    message_id: str
    subject: str
    date: date | None
    file: str

    def whom_did_you_meet(self) -> BadData:
        """The error for a mail that no person can be answered by."""
        who = f"it comes from {self.sender}, which nobody reads" if self.sender else "it names no sender"
        hint = "Give the person: --to 'Name <address>'."
        return BadData(f"{self.file}: {who}: whom did you meet?", hint=hint, field="To")


def is_no_reply(addr_spec: str) -> bool:
    """Whether an address says of itself that nobody reads what comes there."""
    return bool(_NO_REPLY.fullmatch(addr_spec.rpartition("@")[0]))


def read_refusal(path: Path) -> Refusal:
    """The refusal in that ``.eml``.  A Reply-To that a person reads goes before From."""
    from mailer.address import parse_mailbox

    seen = read_eml(path)
    found = ((_named(seen.reply_to), "its Reply-To"), (_named(seen.sender), "its From"))
    named = [(box, header) for box, header in found if box]
    people = [pair for pair in named if not is_no_reply(parse_mailbox(pair[0]).addr_spec)]
    sender, header = (people or named or [("", "")])[0]
    return Refusal(
        sender=sender,
        sender_header=header,
        no_reply=bool(named) and not people,
        message_id=seen.message_id,
        subject=reply_subject(seen.subject) if seen.subject else "",
        date=seen.date.date() if seen.date else None,
        file=str(path),
    )


def _named(text: str) -> str:
    """A mailbox, or only its address where its name is an address too."""
    from mailer.address import parse_mailbox

    box = parse_mailbox(text) if text else None
    return box.addr_spec if box and "@" in box.display_name else text
