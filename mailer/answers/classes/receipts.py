"""Read receipts."""

from __future__ import annotations

from mailer.answers.about import by_letter, line, recipient, verdict
from mailer.answers.addresses import within
from mailer.answers.mail import Mail
from mailer.answers.reports import refuses
from mailer.answers.values import Known, Origin, Verdict
from mailer.letters.foreign.headers import parameter, split


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """The person's mail program says that the letter was shown, or deleted unread (RFC 8098).

    Only a ``multipart/report`` of the type ``disposition-notification`` is one.  It changes nothing: it is no answer.
    Refusals by a recipient's own filter, or for a full mailbox, come in the same form (RFC 5429 2.2): they are bounces.
    """
    if not _is_receipt(mail) or refuses(mail):
        return []
    own = (part for part in mail.parts if part.within == 0 and part.kind.endswith("disposition-notification"))
    notice = next(own, None)
    fields = split(notice.octets.lstrip(b"\r\n"))[0] if notice else mail.fields
    name = "Disposition" if notice else "Content-Type"
    because = line(f"{name}: {fields.text(name)}")
    letter = by_letter(mail, known)
    named = [*within(fields.text("Original-Recipient")), *within(fields.text("Final-Recipient")), mail.sender[1]]
    address = recipient(named, known, letter)
    return [verdict("read", because, mail, known, address, letter)] if address else [Verdict("other", because)]


def _is_receipt(mail: Mail) -> bool:
    kind = mail.fields.raw("Content-Type")
    declared = parameter(kind, "report-type").lower().endswith("disposition-notification")
    within_it = any(part.kind.endswith("disposition-notification") and part.within == 0 for part in mail.parts)
    return kind.strip().lower().startswith(b"multipart/report") and (declared or within_it)
