"""Read receipts."""

from __future__ import annotations

from mailer.answers.about import by_letter, line, recipient, verdict
from mailer.answers.addresses import within
from mailer.answers.mail import Mail
from mailer.answers.values import Known, Origin, Verdict
from mailer.letters.foreign.headers import parameter, split


def rule(mail: Mail, known: Known, _origin: Origin) -> list[Verdict]:
    """The person's mail program says that the letter was shown, or deleted unread (RFC 8098).

    Only a ``multipart/report`` of the type ``disposition-notification`` is one.  It changes nothing: it is no answer.
    """
    kind = mail.fields.raw("Content-Type")
    notice = next(
        (part for part in mail.parts if part.kind.endswith("disposition-notification") and part.within == 0), None
    )
    declared = parameter(kind, "report-type").lower().endswith("disposition-notification")
    if not kind.strip().lower().startswith(b"multipart/report") or not (notice or declared):
        return []
    fields = split(notice.octets.lstrip(b"\r\n"))[0] if notice else mail.fields
    because = line(
        f"Disposition: {fields.text('Disposition')}" if notice else f"Content-Type: {mail.fields.text('Content-Type')}"
    )
    letter = by_letter(mail, known)
    named = [*within(fields.text("Original-Recipient")), *within(fields.text("Final-Recipient")), mail.sender[1]]
    address = recipient(named, known, letter)
    return [verdict("read", because, mail, known, address, letter)] if address else [Verdict("other", because)]
