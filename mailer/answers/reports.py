"""A delivery report: whom a mail system did not reach, and in which words it says so.

First the fields that RFC 3464 defines, then the words that mail systems write where they write no fields.  A report
that somebody else received and passed on is not one: it lies within a mail, or a person is its sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from mailer.answers import dialects, machines, prose
from mailer.answers.addresses import within
from mailer.answers.delivery_status import Record, records
from mailer.answers.mail import Mail
from mailer.answers.parts import Part
from mailer.answers.wording.patterns import says
from mailer.letters.foreign.headers import Fields, parameter, split

_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = (
    *("text/rfc822-headers", "text/rfc822-header", "message/global-headers", "message/rfc822-headers"),
    *("message/rfc822", "message/global", "message/partial"),
)
_LOOKED_AT = 200_000
_MOST = 200


@dataclass(frozen=True)
class Failure:
    """What became of the letter at one recipient.

    ``addresses`` are the names that the report has for them.  ``action`` is RFC 3464's, ``status`` its code; ``words``
    are the server's own, ``near`` what stands near the recipient's name, ``said`` all that the report says; ``because``
    is the line that says it best.
    """

    addresses: tuple[str, ...]
    action: str
    status: str
    words: str
    near: str
    said: str
    because: str


@dataclass(frozen=True)
class Report:
    """``named``: the addresses in its words, where the failures do not name the recipients as we do; ``to`` those of
    the letter.

    ``declared``: it has the fields of RFC 3464.
    """

    failures: tuple[Failure, ...]
    named: tuple[str, ...]
    to: tuple[str, ...]
    declared: bool


def is_by(mail: Mail, person: bool) -> bool:
    """Whether its sender can have made a report: people make none, unless all else says that a machine did."""
    return not person or _is_declared(mail) or machines.null_path(mail) or bool(machines.submitted(mail))


@lru_cache(maxsize=1)
def report(mail: Mail) -> Report | None:
    """The report that a message is, None if it is none."""
    if mail.headers_only:
        return None
    own = [part for part in mail.parts if part.within == 0]
    said, copy = prose.cut(
        "\n".join(part.text for part in own if part.kind in ("text/plain", "text/html"))[:_LOOKED_AT]
    )
    returned = _returned(own, copy)
    failed = [address for field in mail.fields.all("X-Failed-Recipients") for address in within(field)]
    named = tuple(dict.fromkeys((*failed, *prose.failed(said))))
    to = tuple(address for _, address in returned.mailboxes("To"))
    declared = _by_fields(mail, own, said)
    failures = declared or _by_words(mail, said, named or to, bool(returned.names())) or _by_dialect(mail, said)
    return Report(tuple(failures[:_MOST]), named, to, bool(declared)) if failures else None


def _returned(own: list[Part], copy: str) -> Fields:
    """The fields of the letter that came back, as far as the report has them."""
    for part in own:
        if part.kind in _RETURNED:
            return split(part.octets.lstrip(b"\r\n"))[0]
    return split(copy.strip("\n").encode("utf-8", "replace"))[0]


def _by_fields(mail: Mail, own: list[Part], said: str) -> list[Failure]:
    if not (_is_declared(mail) or machines.is_automatic(mail) or prose.is_titled(mail)):
        return []
    text = "\n\n".join(part.text for part in own if part.kind in _STATUS_PARTS)
    return [_failure(record, said) for record in records(text) or records(said)]


def _is_declared(mail: Mail) -> bool:
    """Whether it is a multipart/report of that kind (RFC 3464 2), which no mail program writes for a person."""
    kind = mail.fields.raw("Content-Type")
    if not kind.strip().lower().startswith(b"multipart/report"):
        return False
    return parameter(kind, "report-type").lower() in ("delivery-status", "global-delivery-status", "")


def _failure(record: Record, said: str) -> Failure:
    near = prose.about(said, record.addresses)
    tells = len(record.diagnostic) > 3
    because = f"Diagnostic-Code: {record.diagnostic}" if tells else prose.deciding(near) or f"Status: {record.status}"
    return Failure(record.addresses, record.action or "failed", record.status, record.diagnostic, near, said, because)


def _by_words(mail: Mail, said: str, named: tuple[str, ...], has_copy: bool) -> list[Failure]:
    if not prose.is_report(mail, said, has_copy, _is_declared(mail)):
        return []
    action = "delayed" if prose.is_delay(mail.subject, said) else "failed"
    subject = f"Subject: {mail.subject}"
    found = [
        Failure((address,), action, "", "", near, f"{said}\n{subject}", prose.deciding(near or said) or subject)
        for address in dict.fromkeys(named[:_MOST])
        for near in [prose.about(said, (address,))]
    ]
    return found or [Failure((), action, "", "", "", f"{said}\n{subject}", prose.deciding(said) or subject)]


def _by_dialect(mail: Mail, said: str) -> list[Failure]:
    """What a mail system wrote in a way that only the other reader knows."""
    if not machines.is_daemon(mail) or ("in-reply-to" in mail.fields.names() and not machines.null_path(mail)):
        return []
    waiting, failed = dialects.failures(mail.octets)
    actions = (("delayed", waiting), ("failed", failed))
    return [
        Failure((address,), action, "", "", prose.about(said, (address,)), said, prose.deciding(said) or mail.subject)
        for action, found in actions
        for address in found
    ]


def refuses(mail: Mail) -> bool:
    """Whether a refusal comes in the form of a receipt (RFC 5429 2.2): a filter did it, and its words say so."""
    notices = [part for part in mail.parts if part.within == 0 and part.kind.endswith("disposition-notification")]
    by_itself = any("automatic-action" in part.text.lower() for part in notices)
    return by_itself and says("reports.refused", f"{mail.subject}\n{mail.text[:_LOOKED_AT]}")
