"""What a refusal mail gives to the letter that answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.characters import fit_for_header
from mailer.errors import BadData
from mailer.letters.eml import Seen, read_eml
from mailer.letters.foreign.subjects import reply_subject

if TYPE_CHECKING:
    from mailer.message.address import Mailbox

_NO_REPLY = re.compile(
    r"(?:.*[._+-])?"
    r"(?:(?:no|not|dont|donot|do[._-]not|never|nicht|keine?|ne[._-]?pas|non|nao|niet|ingen|nie)[._-]?"
    r"(?:reply|replies|respond|response|answer|antwort(?:en)?|repondre|responder|respuesta|contestar|beantwoorden|svar)"
    r"|mailer-daemon|bounces?|unattended|unmonitored)(?:[._+-].*|\d*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """``sender`` as a letter's ``To``, from ``sender_header``; "" or None for what the mail does not say.

    ``message_id`` is what an answer answers; ``enclosed``: it is that of a mail within the file, not of the file.
    ``own_name`` is the user's, as the mail addresses them.  ``forwarded``: the user sent it on to themselves.
    """

    sender: str
    sender_header: str
    no_reply: bool
    message_id: str
    subject: str
    date: date | None
    file: str
    enclosed: bool = False
    own_name: str = ""
    forwarded: bool = False

    def whom_did_you_meet(self) -> BadData:
        """The error for a mail that no person can be answered by."""
        who = f"it comes from {self.sender}, which nobody reads" if self.sender else "it names no sender"
        if self.forwarded and not self.sender:
            who = "you forwarded it yourself, and it does not say whose mail it was"
        hint = "Give the person: --to 'Name <address>'."
        return BadData(f"{self.file}: {who}: whom did you meet?", hint=hint, field="To")


def is_no_reply(addr_spec: str) -> bool:
    """Whether an address says of itself that nobody reads what comes there."""
    return bool(_NO_REPLY.fullmatch(addr_spec.rpartition("@")[0]))


def read_refusal(path: Path, own: Mailbox | None = None) -> Refusal:
    """The refusal in that ``.eml``.  A Reply-To that a person reads goes before From.

    ``own`` is the user's mailbox: what comes from there was forwarded, and the mail within is the refusal.
    """
    seen = read_eml(path)
    name = _own_name(seen, own) or (_own_name(seen.within, own) if seen.within else "")
    if not _is_own(seen, own):
        return replace(_refusal(path, seen), own_name=name)
    if seen.within and seen.within.sender and not _is_own(seen.within, own):
        return replace(_refusal(path, seen.within), enclosed=True, forwarded=True, own_name=name)
    return replace(_within_text(path, seen, own), own_name=name)


def _refusal(path: Path, seen: Seen) -> Refusal:
    from mailer.message.address import parse_mailbox

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


def _within_text(path: Path, seen: Seen, own: Mailbox | None) -> Refusal:
    """The refusal as the text of a forward quotes it: it has no Message-ID, and its date is in nobody's language."""
    from mailer.letters.foreign.forwards import forwarded
    from mailer.message.address import Mailbox, format_mailbox, parse_mailbox

    name, address, subject = forwarded(seen.body)
    try:
        box = Mailbox(parse_mailbox(address).addr_spec, fit_for_header(name)) if address else None
    except BadData:
        box = None
    sender = _named(format_mailbox(box)) if box and (own is None or box.key != own.key) else ""
    return Refusal(
        sender=sender,
        sender_header="the From in its text",
        no_reply=bool(sender) and is_no_reply(parse_mailbox(sender).addr_spec),
        message_id="",
        subject=reply_subject(fit_for_header(subject)) if sender and subject else "",
        date=None,
        file=str(path),
        forwarded=True,
    )


def _is_own(seen: Seen, own: Mailbox | None) -> bool:
    """Whether the user sent it: from their own address, or from whom it goes to."""
    from mailer.message.address import parse_mailbox

    if not seen.sender:
        return False
    key = parse_mailbox(seen.sender).key
    return key == own.key if own else [key] == [box.key for box in seen.to]


def _own_name(seen: Seen, own: Mailbox | None) -> str:
    """The user's name, where the mail addresses them by it."""
    names = (box.display_name for box in seen.to if own and box.key == own.key)
    return next((name for name in names if name and "@" not in name), "")


def _named(text: str) -> str:
    """A mailbox, or only its address where its name is an address too."""
    from mailer.message.address import parse_mailbox

    box = parse_mailbox(text) if text else None
    return box.addr_spec if box and "@" in box.display_name else text
