"""Mails that came back, in a few words each, and a ledger of one user's letters to judge them by.

Mira Holt wrote to Dana Ruiz (letter 7) and Jun Sato (letter 8); letter 9 went to three people at once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mailer.answers.addresses import domain_of, key
from mailer.answers.rules import verdicts
from mailer.answers.values import Letter, Origin, Someone, Verdict

OWN = ("mira@holt.example", "mira.holt@mail.test")
DANA, JUN, ILSE, OTIS = "dana.ruiz@acme.example", "jun@hakone.example", "ilse@brandt.example", "otis@mailhouse.test"
ID, ID_JUN, ID_MANY = "<letter-7@holt.example>", "<letter-8@holt.example>", "<letter-9@holt.example>"
SENT = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
MACHINES = ("own", "read", "delayed", "dead", "bounced", "complaint", "list", "challenge", "automatic")
TEXT = "Dear Dana,\n\nthank you for the hour at the weir. The sluice drawing stays with me.\n\nMira Holt\n"


class Ledger:
    """What the user's ledger knows (``Known``)."""

    def __init__(self) -> None:
        self.people = (
            Someone(1, "Dana Ruiz", "Acme", (DANA,), SENT),
            Someone(2, "Jun Sato", "Hakone", (JUN,), SENT),
            Someone(3, "Ilse Brandt", "Brandt", (ILSE,), SENT),
            Someone(4, "Otis Reed", "Mailhouse", (OTIS,), SENT),
        )
        self.sent = (
            Letter(7, ID, SENT, "Thank you for the talk", TEXT, (DANA,), (1,)),
            Letter(8, ID_JUN, SENT, "Thank you for the talk", TEXT, (JUN,), (2,)),
            Letter(9, ID_MANY, SENT, "News from the weir", TEXT, (DANA, ILSE, OTIS), (1, 3, 4)),
        )

    def is_own(self, address: str) -> bool:
        return key(address) in OWN

    def letters(self, message_ids: Collection[str]) -> Sequence[Letter]:
        return [letter for letter in self.sent if letter.message_id in message_ids]

    def last_letter_to(self, address: str, before: datetime | None) -> Letter | None:
        found = [one for one in self.sent if key(address) in one.to and (before is None or one.at < before)]
        return found[0] if found else None

    def person(self, number: int) -> Someone | None:
        return next((one for one in self.people if one.number == number), None)

    def person_of(self, address: str) -> Someone | None:
        return next((one for one in self.people if key(address) in one.addresses), None)

    def people_at(self, domain: str) -> Sequence[Someone]:
        return [one for one in self.people if domain_of(one.addresses[0]) == domain.lower()]

    def domains(self) -> frozenset[str]:
        return frozenset(domain_of(address) for one in self.people for address in one.addresses)

    def named_in(self, text: str) -> Sequence[Someone]:
        return [one for one in self.people if one.company.casefold() in text.casefold()]

    def trusts(self, authserv_id: str) -> bool:
        return authserv_id == "mx.holt.example"


def mail(text: str = "", **fields: str) -> bytes:
    """A mail to Mira; a field is named with ``_`` for its hyphens, and left out if it is ""."""
    named = {"From": f"Dana Ruiz <{DANA}>", "To": f"Mira Holt <{OWN[0]}>", "Subject": "Re: Thank you for the talk"}
    named |= {"Date": "Thu, 5 Nov 2026 10:00:00 +0100", "Message-ID": "<back-1@there.test>"}
    named |= {"Content-Type": "text/plain; charset=utf-8", "Content-Transfer-Encoding": "8bit"}
    named |= {name.replace("_", "-"): value for name, value in fields.items()}
    header = "".join(f"{name}: {value}\n" for name, value in named.items() if value)
    return f"{header}\n{text}".encode()


def multipart(kind: str, *parts: tuple[str, str], **fields: str) -> bytes:
    """A mail of several parts, each its media type (or its header) and its text."""
    pieces = (f"--=_b1\n{head if ':' in head else f'Content-Type: {head}'}\n\n{text}\n" for head, text in parts)
    coding = {"Content_Type": f'multipart/{kind}; boundary="=_b1"', "Content_Transfer_Encoding": ""}
    return mail("".join(pieces) + "--=_b1--\n", **(coding | fields))


def daemon(text: str, copy: str = "", **fields: str) -> bytes:
    """A mail system's own words, with the letter's copy below them."""
    known = {"From": "Mail Delivery System <MAILER-DAEMON@relay.test>", "Subject": "Returned mail", "Return_Path": "<>"}
    return mail(text + copy, **(known | fields))


def letter(message_id: str = ID, to: str = DANA) -> str:
    """The letter as reports enclose it."""
    return (
        f"Received: from desk.holt.example by relay.test; Tue, 3 Nov 2026 09:00:01 +0000\nFrom: Mira Holt <{OWN[0]}>\n"
        f"To: {to}\nSubject: Thank you for the talk\nDate: Tue, 3 Nov 2026 09:00:00 +0000\nMessage-ID: {message_id}\n"
        f"\n{TEXT}"
    )


def dsn(*groups: str, human: str = "Your letter has a problem.", message_id: str = ID, **fields: str) -> bytes:
    """A delivery report (RFC 3464) of one recipient a group."""
    status = "Reporting-MTA: dns; relay.test\n\n" + "\n".join(groups)
    known = {
        "From": "Mail Delivery System <MAILER-DAEMON@relay.test>",
        "Subject": "Undelivered Mail",
        "Return_Path": "<>",
    }
    parts = [("text/plain; charset=utf-8", human), ("message/delivery-status", status)]
    parts += [("message/rfc822", letter(message_id))] if message_id else []
    return multipart("report; report-type=delivery-status", *parts, **(known | fields))


def group(diagnostic: str = "", address: str = DANA, status: str = "5.0.0", action: str = "failed") -> str:
    """What a report says of one recipient."""
    said = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n{said}"


class Told(NamedTuple):
    """What a machine wrote, and what it means; ``copy``: with the letter below it."""

    kind: str
    fields: dict[str, str]
    text: str
    copy: bool


def told_in(path: Path) -> dict[str, Told]:
    """The mails of a file, each of which begins with ``=== name: class``, its fields, and an empty line."""
    return dict(_told(block) for block in path.read_text("utf-8").removeprefix("=== ").split("\n=== "))


def _told(block: str) -> tuple[str, Told]:
    title, _, rest = block.partition("\n")
    name, _, kind = title.rpartition(": ")
    header, _, text = rest.partition("\n\n")
    fields = dict(line.split(": ", 1) for line in header.split("\n"))
    named = {"Return_Path": ""} | {key.replace("-", "_"): value for key, value in fields.items()}
    return name, Told(kind.split(",")[0], named, f"{text}\n", "without" not in kind)


def judged(raw: bytes, origin: Origin | None = None) -> list[Verdict]:
    """What it is."""
    return verdicts(raw, Ledger(), origin or Origin("inbox", over_imap=True))


def kinds(raw: bytes, origin: Origin | None = None) -> list[str]:
    """The classes alone."""
    return [verdict.kind for verdict in judged(raw, origin)]
