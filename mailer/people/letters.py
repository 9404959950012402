"""The letters that went to a person: the thread that the next one continues, and what was said before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mailer.people.values import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mailer.ledger.store import Store

_IDS = re.compile(r"<[^<>\s]+>")
_HEADER = re.compile(rb"(?im)^(references|in-reply-to):((?:.*\r?\n[ \t])*.*)$")
_MOST_PROSE = 20_000


class Thread(NamedTuple):
    """What a letter to them answers, and the whole thread before it; ``subject`` is that of the last letter."""

    in_reply_to: str
    references: tuple[str, ...]
    subject: str


class Before(NamedTuple):
    """Something that was, with the subject and the words of a letter."""

    entry: Entry
    subject: str
    prose: str


def thread(store: Store, entries: Sequence[Entry]) -> Thread | None:
    """The thread of the last letter to them; what they wrote after it, where its Message-ID is known, ends it."""
    known = [one for one in entries if one.message_id and (not one.touch or _reached(store, one))]
    last = next((one for one in reversed(known) if one.touch), None)
    if last is None or last.message_id is None:
        answer = known[-1].message_id if known else None
        return Thread(answer, (answer,), known[-1].text) if answer else None
    ids = dict.fromkeys((*_ancestors(store, last), last.message_id))
    later = [one.message_id for one in known[known.index(last) + 1 :] if one.kind == "answer" and one.message_id]
    ids |= dict.fromkeys(later)
    return Thread(tuple(ids)[-1], tuple(ids), last.text)


def before(store: Store, entries: Sequence[Entry]) -> Iterator[Before]:
    """All that was, oldest first."""
    for one in entries:
        prose = ""
        if one.letter:
            found = store.one("SELECT prose FROM contents WHERE letter = ?", (_number(one),))
            prose = (found[0] if found else "")[:_MOST_PROSE].strip()
        yield Before(one, one.text if one.letter else "", prose)


def _reached(store: Store, entry: Entry) -> bool:
    return bool(store.one("SELECT counts FROM touches WHERE id = ?", (int(entry.id[1:]),))[0])


def _number(entry: Entry) -> int:
    from mailer.ledger.ids import letter_number

    return letter_number(entry.letter or "")


def _ancestors(store: Store, entry: Entry) -> Iterator[str]:
    """The message-ids that a letter names as those before it."""
    found = store.one("SELECT literal FROM contents WHERE letter = ?", (_number(entry),))
    head = bytes(found[0]).partition(b"\r\n\r\n")[0] if found else b""
    values = {name.lower(): value.decode("ascii", "replace") for name, value in _HEADER.findall(head)}
    for name in (b"references", b"in-reply-to"):
        yield from _IDS.findall(values.get(name, ""))
