"""Letters that were put off: agreed to and kept with their bytes, until their time has come.

Such a letter is ``deferred``, and has a row in ``queue`` for as long as it may still go by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mailer.ledger import moments
from mailer.ledger.ids import letter_id, letter_number
from mailer.ledger.letters import COLUMNS, Letters
from mailer.ledger.runs import Runs
from mailer.ledger.store import Store
from mailer.ledger.values import Claim, NewLetter, Queued, Terms

if TYPE_CHECKING:
    from datetime import datetime

_WAITS = "state = 'deferred' AND waits = 1 AND current = 1"
_QUEUED = "FROM queue JOIN letters ON number = letter"
# Looked up letter by letter: a join is planned badly where little is known of the tables.
_DUE = f"""
    SELECT letter, account FROM (SELECT letter, due, mailbox, (SELECT account FROM letters WHERE number = letter
        AND {_WAITS}) AS account FROM queue) q WHERE account IS NOT NULL AND due <= ?
"""  # noqa: S608
_IN_TURN = f"{_DUE} ORDER BY account, due, letter"
_OF_MAILBOX = f"{_DUE} AND mailbox = ? ORDER BY account, due, letter"
_STANDING = f"{_QUEUED} WHERE {_WAITS} AND number IN ({{}})"
_DRAFTED = "EXISTS (SELECT 1 FROM drafts d WHERE d.letter = number)"
_ROWS = f"SELECT number, account, mailbox, due, added, allowed, subject, sender, message_id, {_DRAFTED} {_STANDING}"
_PEOPLE = "SELECT letter, kind, address FROM recipients WHERE letter IN ({}) ORDER BY letter, position"
_LARGEST = """
    SELECT coalesce(max((SELECT sum((SELECT length(encoded) FROM blobs WHERE id = blob)) FROM splices s
        WHERE s.letter = q.letter)), 0) FROM queue q WHERE q.mailbox = ?
"""
_ADD = """
    INSERT INTO queue (letter, due, added, mailbox, allowed) VALUES (?, ?, ?, ?, ?) ON CONFLICT (letter) DO UPDATE
        SET due = excluded.due, added = excluded.added, mailbox = excluded.mailbox, allowed = excluded.allowed
"""


class Queue:
    """Puts letters off, and finds those that have come due."""

    def __init__(self, store: Store, runs: Runs, letters: Letters, now: Callable[[], str]) -> None:
        self._store, self._runs, self._letters, self._now = store, runs, letters, now

    def put_off(self, letters: Sequence[NewLetter], terms: Terms, *, again: bool) -> list[Claim]:
        """Claim those of the letters that may go, and put them off, in one transaction."""
        with self._store.transaction():
            claims = [claim._replace(content=b"") for claim in self._letters.claim_all(letters, again=again)]
            numbers = [letter_number(claim.id) for claim in claims if claim.goes]
            due, added = moments.written(self._store, lambda: terms.due), self._now()
            allowed = " ".join(sorted(terms.allowed))
            self._store.executemany(_ADD, [(number, due, added, terms.mailbox, allowed) for number in numbers])
            self._store.executemany(
                "UPDATE letters SET state = 'deferred', run = NULL, changed = ? WHERE number = ?",
                [(added, number) for number in numbers],
            )
            # Nobody has had anything of a new one: there is no news for the people.
            fresh = [(letter_number(claim.id),) for claim in claims if claim.kind == "new"]
            self._store.executemany("DELETE FROM news WHERE letter = ?", fresh)
            return claims

    def come_due(self, moment: datetime, mailbox: str = "") -> list[str]:
        """The ids of the letters whose time has come, those of an account together, the longest due first."""
        return [name for name, _ in self.accounts_due(moment, mailbox)]

    def accounts_due(self, moment: datetime, mailbox: str = "") -> list[tuple[str, str]]:
        """The same, each with its account."""
        if self._runs.dead():
            with self._store.transaction():
                self._runs.recover_dead()
        due = moments.written(self._store, lambda: moment)
        asked, about = (_OF_MAILBOX, (due, mailbox)) if mailbox else (_IN_TURN, (due,))
        return [(letter_id(number), account) for number, account in self._store.each(asked, about)]

    def is_due(self, moment: datetime, mailbox: str) -> bool:
        """Whether there is one of a mailbox whose time has come."""
        due = moments.written(self._store, lambda: moment)
        return self._store.one(f"{_DUE} AND mailbox = ? LIMIT 1", (due, mailbox)) is not None

    def claim(self, letters: Sequence[str]) -> list[Claim]:
        """Claim letters that are put off; one that is so no longer is somebody else's."""
        numbers = [letter_number(one) for one in letters]
        with self._store.of_queued():
            held = self._letters.reclaim_all(self._store.free(f"SELECT {COLUMNS} {_STANDING}", numbers))
        return [held.get(number) or Claim("busy", one) for number, one in zip(numbers, letters, strict=True)]

    def read(self, letters: Sequence[str]) -> list[Queued]:
        """Those of some letters that are put off and in nobody's hands, in this order."""
        numbers = [letter_number(one) for one in letters]
        people: dict[int, list[tuple[str, str]]] = {}
        for number, kind, address in self._store.among(_PEOPLE, numbers):
            people.setdefault(number, []).append((kind, address))
        rows = {number: row for number, *row in self._store.among(_ROWS, numbers)}
        return [self._queued(number, people[number], rows[number]) for number in numbers if number in rows]

    def _queued(self, number: int, people: list[tuple[str, str]], row: list[Any]) -> Queued:
        account, mailbox, due, added, allowed, subject, sender, message_id, drafted = row
        to = tuple(address for kind, address in people if kind == "to") or tuple(address for _, address in people)
        at, since = moments.read(self._store, due), moments.read(self._store, added)
        allowing = frozenset(allowed.split())
        words = subject, sender, message_id, bool(drafted)
        return Queued(letter_id(number), account, mailbox, at, since, allowing, to, len(people), *words)

    def next_due(self, moment: datetime) -> tuple[datetime, int] | None:
        """When the next letter comes due after this moment, and how many wait."""
        after = moments.written(self._store, lambda: moment)
        due, many = self._store.one(f"SELECT min(due), count(*) {_QUEUED} WHERE {_WAITS} AND due > ?", (after,))
        return (moments.read(self._store, due), many) if due else None


def largest(store: Store, mailbox: str) -> int:
    """How many octets the largest attachments of a letter have that is put off for a mailbox, as they go."""
    found: int = store.one(_LARGEST, (mailbox,))[0]
    return found
