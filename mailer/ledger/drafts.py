"""Letters that lie unsent in a mailbox, until they are sent from there or from here.

A draft is the current letter of its identity if there is no other, so that sending it takes over its Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mailer.ledger import moments, writing
from mailer.ledger.contents import Contents
from mailer.ledger.ids import letter_id, letter_number
from mailer.ledger.letters import Letters
from mailer.ledger.store import Store
from mailer.ledger.values import Draft, DraftLocation, NewLetter

_EARLIER = """
    SELECT number, state, message_id, date, folder, uidvalidity, uid, doubt, size
    FROM letters JOIN drafts ON letter = number
    WHERE lower(login) = lower(?) AND (identity = ? OR earlier IN ({}))
    ORDER BY state = 'draft' DESC, number DESC LIMIT 1
"""
_LYING = """
    SELECT login, folder, message_id, uidvalidity, uid, doubt, size
    FROM drafts JOIN letters ON number = letter WHERE letter = ?
"""


class Drafts:
    """Writes down drafts and where they lie."""

    def __init__(self, store: Store, letters: Letters, contents: Contents, now: Callable[[], str]) -> None:
        self._store = store
        self._letters = letters
        self._contents = contents
        self._now = now

    def record(self, new: NewLetter, login: str, folder: str) -> Draft:
        """Write down that a draft of the letter is about to be saved in ``folder`` of ``login``.

        An earlier draft of the same letter there goes on with today's words and the Message-ID of then; with the date
        of then only where that draft may have arrived unseen and is the same otherwise.
        """
        with self._store.transaction():
            names = [bytes.fromhex(name) for name in (new.identity, *new.formerly)]
            row = self._store.one(_EARLIER.format(", ".join("?" * len(new.formerly))), (login, *names))
            if row is None or row[1] != "draft":
                return self._made(new, login, folder, row)
            return self._made_over(new, folder, row)

    def _made(self, new: NewLetter, login: str, folder: str, before: Any) -> Draft:  # noqa: ANN401
        """Return a new draft; one that was sent from here since leaves its place to it."""
        now, earlier = self._now(), _location(before) if before else None
        current = self._letters.current(new.identity, new.formerly) is None
        number = next(iter(self._store.numbers(1)))
        self._store.execute(writing.INSERT, writing.row(number, new, "draft", now, current=int(current)))
        writing.address(self._store, [(number, 0, new)], now)
        self._contents.keep(number, writing.stamped(new, new.message_id, new.date), new.prose, new.card)
        self._store.execute(
            "INSERT INTO drafts (letter, login, folder, doubt) VALUES (?, ?, ?, 1)", (number, login, folder)
        )
        if before:
            self._store.execute("DELETE FROM drafts WHERE letter = ?", (before[0],))
        return Draft(letter_id(number), new.message_id, new.date, earlier)

    def _made_over(self, new: NewLetter, folder: str, row: Any) -> Draft:  # noqa: ANN401
        number, message_id, earlier, now = row[0], row[2], _location(row), self._now()
        then = moments.read(self._store, row[3])
        content = writing.stamped(new, message_id, then).octets()
        unchanged = earlier.doubt and content == self._contents.read(number)
        date = then if unchanged else new.date
        self._store.execute(writing.UPDATE, (*writing.words(new, now), number))
        self._store.execute("UPDATE letters SET date = ? WHERE number = ?", (date.isoformat(), number))
        self._store.execute("DELETE FROM recipients WHERE letter = ?", (number,))
        writing.address(self._store, [(number, 0, new)], now)
        self._contents.discard(number)
        self._contents.keep(number, writing.stamped(new, message_id, date), new.prose, new.card)
        self._letters.written_anew(number, new)
        self._store.execute("UPDATE drafts SET folder = ?, doubt = 1 WHERE letter = ?", (folder, number))
        return Draft(letter_id(number), message_id, date, earlier, unchanged)

    def placed(self, draft: Draft, uidvalidity: int | None, uid: int | None, size: int | None = None) -> None:
        """Write down where the server put the draft, and its ``size`` in octets."""
        with self._store.transaction():
            self._store.execute(
                "UPDATE drafts SET uidvalidity = ?, uid = ?, size = ?, doubt = 0 WHERE letter = ?",
                (uidvalidity, uid, size, letter_number(draft.id)),
            )

    def location(self, letter: str) -> tuple[str, DraftLocation] | None:
        """Whose mailbox the draft of a letter lies in, and where; None if no draft of it is known."""
        row = self._store.one(_LYING, (letter_number(letter),))
        if row is None:
            return None
        login, folder, message_id, uidvalidity, uid, doubt, size = row
        return login, DraftLocation(folder, message_id, uidvalidity, uid, bool(doubt), size)

    def gone(self, letter: str) -> None:
        """The draft of a letter that was sent lies there no longer."""
        with self._store.transaction():
            self._store.execute("DELETE FROM drafts WHERE letter = ?", (letter_number(letter),))

    def refused(self, draft: Draft) -> None:
        """The server did not take the draft: what lay there before still does; without that, nothing was drafted."""
        number, before = letter_number(draft.id), draft.earlier
        with self._store.transaction():
            if before is None:
                forget(self._store, number)
                return
            self._store.execute(
                "UPDATE drafts SET folder = ?, uidvalidity = ?, uid = ?, doubt = ? WHERE letter = ?",
                (before.folder, before.uidvalidity, before.uid, before.doubt, number),
            )


def forget(store: Store, number: int) -> None:
    """Take a letter that never went out of the ledger; one that it had superseded is current again."""
    row = store.one("SELECT identity FROM letters WHERE number = ?", (number,))
    store.execute("UPDATE events SET letter = NULL WHERE letter = ?", (number,))
    for table in ("drafts", "splices", "contents", "recipients"):
        store.execute(f"DELETE FROM {table} WHERE letter = ?", (number,))  # noqa: S608
    store.execute("DELETE FROM letters WHERE number = ?", (number,))
    others = "SELECT 1 FROM letters o WHERE o.identity = letters.identity AND o.current = 1"
    last = "SELECT max(number) FROM letters WHERE identity = ? AND state <> 'draft' AND (waits = 1 OR state = 'sent')"
    store.execute(f"UPDATE letters SET current = 1 WHERE number = ({last}) AND NOT EXISTS ({others})", row)  # noqa: S608


def _location(row: Any) -> DraftLocation:  # noqa: ANN401
    _, _, message_id, _, folder, uidvalidity, uid, doubt, size = row
    return DraftLocation(folder, message_id, uidvalidity, uid, bool(doubt), size)
