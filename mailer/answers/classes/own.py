"""The user's own letters, wherever they lie."""

from __future__ import annotations

from datetime import timedelta

from mailer.answers import machines
from mailer.answers.addresses import key
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Letter, Origin, Verdict
from mailer.letters.foreign.subjects import reply_subject

_REPLACED = (
    "X-Google-Original-Message-ID",
    "X-Original-Message-ID",
    "X-Microsoft-Original-Message-ID",
    "X-MS-Exchange-Original-Message-ID",
    "X-Message-ID-Original",
    "Original-Message-ID",
)
_NEAR = timedelta(minutes=10)


def rule(mail: Mail, known: Known, origin: Origin) -> list[Verdict]:
    """Something the user wrote: never an answer to them.

    It has a Message-ID that the ledger knows, or one of the user's addresses in From, or it lies among what was sent or
    in the drafts.  Providers put a Message-ID of their own in place of ours; it is learnt from the copy in Sent, which
    has the same recipient, subject and date, or names the former Message-ID, so that an answer to it finds its letter.
    Whatever else was sent to a person is a touch of theirs, whichever program it was written in.  What our own programs
    answered by themselves (receipts, absences), drafts, and letters to oneself are no touches.
    """
    by_id = next(iter(known.letters([mail.message_id])), None) if mail.message_id else None
    if by_id and not (machines.is_daemon(mail) or machines.null_path(mail)):
        return [Verdict("own", f"Message-ID: {mail.message_id}", letter=by_id.number, address=mail.sender[1])]
    because = _because(mail, known, origin)
    if not because:
        return []
    if letter := _under_another_id(mail, known):
        return [Verdict("own", because, letter=letter.number, address=mail.sender[1], provider_id=mail.message_id)]
    return _touches(mail, known, origin, because) or [Verdict("own", because, address=mail.sender[1])]


def _because(mail: Mail, known: Known, origin: Origin) -> str:
    if origin.use in ("sent", "drafts"):
        return f"it lies in {'Sent' if origin.use == 'sent' else 'Drafts'}"
    return f"From: {mail.sender[1]}"[:200] if mail.sender[1] and known.is_own(mail.sender[1]) else ""


def _under_another_id(mail: Mail, known: Known) -> Letter | None:
    """The letter that this is a copy of: by the Message-ID that it had, else by recipient, subject and time."""
    former = [found for name in _REPLACED for found in mail.fields.all(name)]
    if former and (letters := known.letters([_bracketed(one) for one in former])):
        return letters[0]
    if not mail.date or not mail.message_id:
        return None
    for _, address in mail.fields.mailboxes("To"):
        letter = known.last_letter_to(address, mail.date + _NEAR)
        if letter and abs(letter.at - mail.date) <= _NEAR and _same_subject(letter.subject, mail.subject):
            return letter
    return None


def _bracketed(text: str) -> str:
    return f"<{text.strip().strip('<>')}>"


def _same_subject(one: str, other: str) -> bool:
    return "".join(reply_subject(one).split()).casefold() == "".join(reply_subject(other).split()).casefold()


def _touches(mail: Mail, known: Known, origin: Origin, because: str) -> list[Verdict]:
    """One for each person in To, of what surely went out: what came into the inbox may have been forged."""
    if origin.use in ("drafts", "inbox", "junk") or machines.submitted(mail) or _is_receipt(mail):
        return []
    found: dict[int, Verdict] = {}
    for _, address in mail.fields.mailboxes("To"):
        someone = None if known.is_own(address) else known.person_of(address)
        if someone and someone.number not in found:
            found[someone.number] = Verdict("own", because, person=someone.number, address=key(address))
    return list(found.values())


def _is_receipt(mail: Mail) -> bool:
    return b"multipart/report" in mail.fields.raw("Content-Type").lower()
