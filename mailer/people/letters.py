"""The letters that went to a person: the thread that the next one continues, and what was said before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailer.people.values import NOTES, Entry
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from mailer.ledger.store import Store

_IDS = re.compile(r"<[^<>\s]+>")
_HEADER = re.compile(rb"(?im)^(references|in-reply-to):((?:.*\r?\n[ \t])*.*)$")
_MOST_PROSE = 20_000


class Thread(NamedTuple):
    """What a letter to them answers, and the whole thread before it; ``subject`` is that of the last letter.

    ``address`` is the one from which they wrote what is answered, or "".
    """

    in_reply_to: str
    references: tuple[str, ...]
    subject: str
    address: str = ""


class Before(NamedTuple):
    """Something that was, with the subject and the words of a letter."""

    entry: Entry
    subject: str
    prose: str


def thread(store: Store, entries: Sequence[Entry], answered: datetime | None = None) -> Thread | None:
    """The thread of the last letter to them; what they wrote after it, where its Message-ID is known, ends it.

    Where they ``answered``, since when, it is the thread of their last message.
    """
    known = [one for one in entries if one.message_id and (not one.touch or _reached(store, one))]
    answers = [one for one in known if one.kind == "answer" and answered and one.at >= answered]
    if answers:
        return _reply(store, answers[-1], entries)
    last = next((one for one in reversed(known) if one.touch), None)
    if last is None or last.message_id is None:
        return _reply(store, known[-1], entries) if known and known[-1].kind == "answer" else None
    ids = dict.fromkeys((*_ancestors(store, last), last.message_id))
    later = [one.message_id for one in known[known.index(last) + 1 :] if one.kind == "answer" and one.message_id]
    ids |= dict.fromkeys(later)
    return Thread(tuple(ids)[-1], tuple(ids), last.text)


def _reply(store: Store, answer: Entry, entries: Sequence[Entry]) -> Thread:
    """The thread of a message of theirs: what our letter names, our letter, what their message names, and itself."""
    letter = next((one for one in entries if one.touch and one.letter and one.letter == answer.letter), None)
    ours = (*_ancestors(store, letter), letter.message_id) if letter and letter.message_id else ()
    message_id = answer.message_id or ""
    ids = dict.fromkeys((*ours, *_IDS.findall(answer.refs)))
    ids.pop(message_id, None)
    return Thread(
        message_id, (*ids, message_id), answer.subject or (letter.text if letter else answer.text), answer.address
    )


def before(store: Store, entries: Sequence[Entry]) -> Iterator[Before]:
    """All that was, oldest first."""
    for one in entries:
        if one.kind in NOTES:
            continue
        if one.letter and one.touch:
            found = store.one("SELECT prose FROM contents WHERE letter = ?", (_number(one),))
            yield Before(one, one.text, (found[0] if found else "")[:_MOST_PROSE].strip())
        else:
            yield Before(one, one.subject, one.text if one.subject else "")


def _reached(store: Store, entry: Entry) -> bool:
    return bool(store.one("SELECT counts FROM touches WHERE id = ?", (int(entry.id[1:]),))[0])


def _number(entry: Entry) -> int:
    from mailer.ledger.ids import letter_number

    return letter_number(entry.letter or "")


def _ancestors(store: Store, entry: Entry) -> Iterator[str]:
    """The message-ids that a letter names as those before it."""
    if not entry.letter:
        yield from _IDS.findall(entry.refs)
        return
    found = store.one("SELECT literal FROM contents WHERE letter = ?", (_number(entry),))
    yield from names_before(bytes(found[0]) if found else b"")


def names_before(literal: bytes) -> Iterator[str]:
    """The message-ids that a message names as those before it."""
    head = literal.partition(b"\r\n\r\n")[0]
    values = {name.lower(): value.decode("ascii", "replace") for name, value in _HEADER.findall(head)}
    for name in (b"references", b"in-reply-to"):
        yield from _IDS.findall(values.get(name, ""))
