"""What an ``.eml`` says of the thread it stands in: message-id, references, subject, sender, date (RFC 5322 3.6.4)."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mailer.characters import bad_in_header
from mailer.errors import BadData
from mailer.files import read_bytes
from mailer.letters.foreign.headers import Fields, split
from mailer.letters.foreign.parts import Part, enclosed, parts, plain_text
from mailer.letters.foreign.subjects import former_reply_subject, reply_subject
from mailer.message.rendered import Thread
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailer.message.address import Mailbox

__all__ = ["Seen", "message_ids", "only_message_ids", "read_eml", "reply_subject"]

_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_REFERENCES = 20
# A header of ours takes no longer message-id (RFC 5322 2.1.1).
_LONGEST = 996
_LIMIT = 50_000_000
_LONGEST_DATE = 200


class Seen(NamedTuple):
    """What was found in a mail; "" or None for what it does not say.

    ``sender`` and ``reply_to`` are as in a letter's ``To``, ``to`` are its recipients; ``former_subject`` is that of
    an answer as earlier versions wrote it, ``within`` the mail that this one encloses.
    """

    message_id: str
    references: tuple[str, ...]
    subject: str
    sender: str
    reply_to: str
    date: datetime | None
    body: str
    to: tuple[Mailbox, ...] = ()
    former_subject: str = ""
    within: Seen | None = None

    @property
    def thread(self) -> Thread | None:
        """The thread of an answer to it; None where it has no Message-ID."""
        if not self.message_id:
            return None
        return Thread(self.message_id, tuple(dict.fromkeys((*self.references, self.message_id))))


def read_eml(path: Path) -> Seen:
    """The mail in that file.  Raises Unreadable, or BadData for what is no mail."""
    data = read_bytes(path, "the mail", _LIMIT).removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    fields, body = split(data.partition(b"\n")[2] if data.startswith(b"From ") else data)
    if not fields.raw("From") and not fields.raw("Message-ID"):
        hint = "Save the mail itself as .eml from your mail program."
        raise BadData(f"{path} is not a mail: it has no From and no Message-ID", hint=hint, file=str(path))
    found = list(parts(fields, body))
    within = enclosed(found)
    return _seen(fields, found)._replace(within=_seen(within[0], list(parts(*within))) if within else None)


def _seen(fields: Fields, found: list[Part]) -> Seen:
    ids = message_ids(fields.text("Message-ID"))
    references = message_ids(fields.text("References")) or message_ids(fields.text("In-Reply-To"))
    return Seen(
        message_id=ids[0] if ids else "",
        references=references if len(references) <= _REFERENCES else (references[0], *references[1 - _REFERENCES :]),
        subject=fields.text("Subject"),
        sender=_mailbox(fields, "From"),
        reply_to=_mailbox(fields, "Reply-To"),
        date=_date(fields),
        body=plain_text(found),
        to=tuple(_readable([*fields.mailboxes("To"), *fields.mailboxes("Cc")])),
        former_subject=former_reply_subject(fields.raw("Subject")),
    )


def message_ids(text: str) -> tuple[str, ...]:
    """Every ``<message-id>`` in a header's value that a line of ours can hold, printable ASCII only."""
    found = _MESSAGE_ID.findall(text)
    return tuple(one for one in found if one.isascii() and len(one) <= _LONGEST and not bad_in_header(one))


def only_message_ids(text: str) -> bool:
    """Whether a header's value holds message-ids and nothing else."""
    return not _MESSAGE_ID.sub("", text).strip(" ,") and len(message_ids(text)) == len(_MESSAGE_ID.findall(text))


def _mailbox(fields: Fields, name: str) -> str:
    """The first mailbox of a header, its name decoded, as people type it; "" if there is none."""
    from mailer.message.address import format_mailbox

    return next(map(format_mailbox, _readable(fields.mailboxes(name))), "")


def _readable(found: list[tuple[str, str]]) -> Iterator[Mailbox]:
    from mailer.message.address import Mailbox, parse_mailbox

    for name, address in found:
        try:
            yield Mailbox(parse_mailbox(address).addr_spec, name)
        except BadData:
            continue


def _date(fields: Fields) -> datetime | None:
    from email.utils import parsedate_to_datetime

    from mailer.letters import days

    try:
        found = parsedate_to_datetime(fields.text("Date")[:_LONGEST_DATE]) if fields.raw("Date") else None
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return found if found and days.is_known(found) else None
