"""Reading: the outbox, the log, and what the checks may know.  Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mailer.ledger import moments, replies
from mailer.ledger.ids import letter_id
from mailer.ledger.runs import Runs
from mailer.ledger.store import Store
from mailer.ledger.values import Record

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.transport.replies import Reply

_OUTBOX = """
    SELECT number, state, run, subject, message_id,
        coalesce((SELECT min(at) FROM attempts a WHERE a.letter = l.number AND a.state = l.state), changed),
        coalesce(copy, '')
    FROM letters l WHERE number IN (
        SELECT number FROM letters INDEXED BY letters_waiting WHERE waits = 1
            AND (current = 1 OR state IN ('draft', 'in-doubt'))
        UNION SELECT number FROM letters INDEXED BY letters_uncopied WHERE copy = 'failed')
    ORDER BY number
"""
_LOG = """
    SELECT number, coalesce(sent, changed), subject, template,
        CASE WHEN sent IS NULL THEN 'in-doubt' ELSE 'sent' END, message_id
    FROM letters {} AND (sent IS NOT NULL OR state = 'in-doubt') AND message_id <> ''
    ORDER BY coalesce(sent, changed), number
"""
_IN_ORDER = "INDEXED BY letters_handed_over WHERE 1 = 1"
_HANDED_OVER = """
    SELECT count(DISTINCT number), count(*) FROM letters l JOIN recipients r ON r.letter = number
    WHERE (l.sent IS NOT NULL OR l.state = 'in-doubt') AND coalesce(l.sent, l.changed) > ?
        AND coalesce(r.state, 'sent') IN ('sent', 'in-doubt')
        AND CASE coalesce(({}), '') WHEN '' THEN account = ? ELSE ({}) = ? END
"""
_WENT_FROM = """
    SELECT {} FROM attempts a JOIN runs u ON u.id = a.run WHERE a.letter = l.number ORDER BY a.number DESC LIMIT 1
"""
# So many letters are asked for by their numbers; where there are more, all are gone through in order.
_FEW = 1000
_RECORD = """
    SELECT state, coalesce(copy, ''), message_id, account, subject, coalesce(login, ''), sent
    FROM letters LEFT JOIN drafts ON letter = number WHERE number = ?
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter in the outbox.  ``state``: deferred, refused, in-doubt, draft, queued until ``due``, or claimed or
    sending by a live run; sent, where only its copy in the Sent folder failed.

    A letter that some recipients have and others may still get is ``deferred`` with ``partly`` true.
    """

    id: str
    state: str
    to: tuple[str, ...]
    subject: str
    message_id: str
    since: datetime
    attempts: int
    reply: Reply | None
    remark: str
    partly: bool
    copy: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """A letter that was handed over; ``state`` is ``sent`` or ``in-doubt``, ``when`` the time of the handing over."""

    id: str
    when: datetime
    to: tuple[str, ...]
    subject: str
    template: str
    state: str
    message_id: str

    def as_json(self) -> dict[str, object]:
        """What programs are told of it, but for its Message-ID."""
        return {
            "id": self.id,
            "when": self.when.isoformat(),
            "to": list(self.to),
            "subject": self.subject,
            "template": self.template or None,
            "state": self.state,
        }


def outbox(store: Store, runs: Runs) -> list[Waiting]:
    """Return the letters that wait, oldest first; what dead runs left is shown as the next run will settle it."""
    due = {letter: (due, added) for letter, due, added in store.each("SELECT letter, due, added FROM queue")}
    found = [(row[0], _waiting(store, runs, *row)) for row in store.each(_OUTBOX)]
    return [_put_off(store, one, due[number]) if number in due else one for number, one in found]


def _put_off(store: Store, waiting: Waiting, queued: tuple[str, str]) -> Waiting:
    if waiting.state != "deferred":
        return waiting
    due, added = (moments.read(store, one) for one in queued)
    return replace(waiting, state="queued", due=due, since=waiting.since if waiting.attempts else added)


def _waiting(store: Store, runs: Runs, number: int, state: str, run: int | None, *rest: str) -> Waiting:
    subject, message_id, since, copy = rest
    attempts = replies.attempts(store, number)
    if state in ("claimed", "sending") and run is not None and not runs.alive(run):
        # A letter that was marked has been tried, though nobody wrote down how it went.
        attempts += state == "sending"
        state = "in-doubt" if state == "sending" else "deferred"
    reply, remark = replies.last(store, number)
    deferred = replies.deferrals(store, number) if state == "deferred" else {}
    return Waiting(
        letter_id(number),
        state,
        addressees(store, number),
        subject,
        message_id,
        moments.read(store, since),
        attempts,
        next(iter(deferred.values()), None) or reply,
        remark,
        bool(store.one("SELECT 1 FROM recipients WHERE letter = ? AND state = 'sent'", (number,))),
        copy,
    )


def record(store: Store, letter: int) -> Record:
    """Return what is known of the letter with this number, which is there."""
    state, copy, message_id, account, subject, login, sent = store.one(_RECORD, (letter,))
    when = moments.read(store, sent) if sent else None
    return Record(letter_id(letter), state, copy, message_id, account, subject, login, when)


def log(store: Store, person: str = "") -> Iterator[Logged]:
    """What was handed over, newest last; of ``person``, a part of an address or of a name in any case, only theirs."""
    if not person.strip():
        yield from (_logged(store, *row) for row in store.each(_LOG.format(_IN_ORDER)))
        return
    from mailer.ledger import searching

    wanted = searching.plain(person)
    numbers = searching.candidates(store, wanted)
    for row in _of(store, numbers):
        if row[0] in numbers and wanted in searching.people_of(store, row[0]):
            yield _logged(store, *row)


def _of(store: Store, numbers: Collection[int]) -> Iterator[tuple[Any, ...]]:
    """The letters of these numbers, and perhaps more, in order."""
    if len(numbers) <= _FEW:
        return store.each(_LOG.format(f"NOT INDEXED WHERE number IN ({', '.join(map(str, numbers))})"))
    return store.each(_LOG.format(_IN_ORDER))


def _logged(store: Store, number: int, when: str, subject: str, template: str, state: str, message_id: str) -> Logged:
    to = addressees(store, number)
    return Logged(letter_id(number), moments.read(store, when), to, subject, template, state, message_id)


def handed_over(store: Store, since: str, account: str, mailbox: str) -> tuple[int, int]:
    """Count letters, and recipients of them, that went from ``mailbox`` or may have; ``since`` as in the tables.

    Where it is not known from which one a letter went, it is that of ``account``.
    """
    went_from = _WENT_FROM.format(store.mailbox_of_run)
    asked = _HANDED_OVER.format(went_from, went_from)
    letters, recipients = store.one(asked, (since, account, store.sign_of(mailbox)))
    return letters, recipients


def addressees(store: Store, letter: int) -> tuple[str, ...]:
    """Return the addr-specs of To, or of all recipients where there is no To."""
    rows = store.all("SELECT kind, address FROM recipients WHERE letter = ? ORDER BY position", (letter,))
    to = tuple(address for kind, address in rows if kind == "to")
    return to or tuple(address for _, address in rows)
