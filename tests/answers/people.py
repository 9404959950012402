"""A ledger in memory, and mails that answer it, for the tests of what people and their machines write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

from mailer.answers.addresses import domain_of, key
from mailer.answers.values import Letter, Origin, Someone

OWN = "lena.brook@weirhouse.example"
SENT = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
TEXT = """Dear Iris,

The morning at Saltmarsh has stayed with me, most of all the board where every late delivery hangs with a sentence
about what was learned from it. If you would rather not hear from me again, a line with "please do not contact me again"
is enough. I am out of the office myself until 20 January, and this mailbox is no longer monitored on Sundays.

Kind regards,
Lena Brook
"""
LETTER = Letter(
    1,
    "<touch-1@weirhouse.example>",
    SENT,
    "Thank you for the Planner interview",
    TEXT,
    ("iris.holm@saltmarsh.example",),
    (1,),
)
OTHER = Letter(
    2,
    "<touch-2@weirhouse.example>",
    SENT,
    "Thank you for the Editor interview",
    "Dear Tom,\n\nThank you for the hour.\n",
    ("tom@webmail.example",),
    (2,),
)
PEOPLE = (
    Someone(1, "Iris Holm", "Saltmarsh", ("iris.holm@saltmarsh.example",), SENT),
    Someone(2, "Tom Arden", "Quarry", ("tom@webmail.example",), SENT),
)


class Ledger:
    """Two people and a letter to each."""

    def __init__(self, *letters: Letter) -> None:
        self._letters = letters or (LETTER, OTHER)

    def is_own(self, address: str) -> bool:
        return key(address) == OWN

    def letters(self, message_ids: Collection[str]) -> Sequence[Letter]:
        return [letter for letter in self._letters if letter.message_id in message_ids]

    def last_letter_to(self, address: str, before: datetime | None) -> Letter | None:
        found = [one for one in self._letters if key(address) in one.to and (before is None or one.at <= before)]
        return max(found, key=lambda one: one.at, default=None)

    def person(self, number: int) -> Someone | None:
        return next((one for one in PEOPLE if one.number == number), None)

    def person_of(self, address: str) -> Someone | None:
        return next((one for one in PEOPLE if key(address) in one.addresses), None)

    def people_at(self, domain: str) -> Sequence[Someone]:
        return [one for one in PEOPLE if domain == "saltmarsh.example" and one.number == 1]

    def domains(self) -> frozenset[str]:
        return frozenset(domain_of(address) for one in PEOPLE for address in one.addresses)

    def named_in(self, text: str) -> Sequence[Someone]:
        return [one for one in PEOPLE if one.company.casefold() in text.casefold()]

    def trusts(self, authserv_id: str) -> bool:
        return authserv_id == "mx.weirhouse.example"


INBOX = Origin("inbox", over_imap=True)


def mail(
    text: str,
    *,
    subject: str = "Re: Thank you for the Planner interview",
    sender: str = "Iris Holm <iris.holm@saltmarsh.example>",
    date: str = "Tue, 15 Dec 2026 10:00:00 +0000",
    thread: bool = True,
    **fields: str,
) -> bytes:
    """A mail; ``fields`` are further header fields, their underscores hyphens."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Date"] = sender, f"Lena Brook <{OWN}>", subject, date
    made["Message-ID"] = "<m1@saltmarsh.example>"
    if thread:
        made["In-Reply-To"] = LETTER.message_id
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()
