"""Claiming: whether a letter may go, and holding it so that no other process sends it too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from mailer.errors import Usage
from mailer.ledger import hashes, moments, replies, writing
from mailer.ledger.contents import Contents
from mailer.ledger.ids import letter_id, letter_number
from mailer.ledger.runs import Runs
from mailer.ledger.store import Store
from mailer.ledger.values import GOES, Claim, Kind, KnownBy, NewLetter, told
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.transport.replies import Reply

_NEW = Claim("new")
_REMEMBERED = 256
PENDING = "(state IS NULL OR state IN ('deferred', 'in-doubt'))"

COLUMNS = "number, state, run, content_digest, message_id, sender, sent, earlier IS NOT NULL"
_HOLD = "UPDATE letters SET state = 'claimed', run = ?, changed = ? WHERE number IN ({}) RETURNING number"
_OPEN = """
    UPDATE recipients SET state = NULL WHERE letter IN ({}) AND state IN ('deferred', 'in-doubt') RETURNING letter
"""


class LetterRow(NamedTuple):
    """What the ledger knows of the current letter of an identity; ``earlier``: an earlier version recorded it."""

    number: int
    state: str
    run: int | None
    digest: bytes
    message_id: str
    sender: str
    sent: str | None
    earlier: int


def kind_of(state: str, *, same: bool, ours: bool, partly: bool, again: bool, queued: bool = False) -> Kind:
    """What is to be done with a letter that is in the ledger already (cli.md, *What counts as the same letter*)."""
    if state in ("claimed", "sending"):
        return "ours" if ours else "busy"
    if state == "in-doubt":
        return "in-doubt"
    if queued:
        return "queued" if same else "queued-other-words"
    if again:
        return "new"
    if state == "refused":
        return "refused"
    if state == "draft" or (state == "deferred" and not partly):
        return "retry"
    if not same:
        return "other-words"
    return "partial" if state == "deferred" else "already-sent"


class Letters:
    """Looks at, claims and claims anew."""

    def __init__(self, store: Store, runs: Runs, contents: Contents, now: Callable[[], str]) -> None:
        self._store = store
        self._runs = runs
        self._contents = contents
        self._now = now
        # By Message-ID, of letters that this process made, what the checks of later ones find them by.
        self.known_by: dict[str, KnownBy] = {}

    def peek(self, identity: str, content_digest: str, *, again: bool = False, formerly: Sequence[str] = ()) -> Claim:
        """What ``claim`` would say, without claiming or writing anything; nothing is composed or read back."""
        dead = None
        while True:
            with self._store.snapshot():
                row = self.current(identity, formerly)
                if row is None:
                    return _NEW
                if row.run == dead or not self._abandoned(row):
                    return self._peeked(row, content_digest, again=again)
            # Its run may have settled it and ended after this state of the ledger: only a newer one tells.
            dead = row.run
            self._store.stop_reading()

    def _peeked(self, row: LetterRow, content_digest: str, *, again: bool) -> Claim:
        seen = self._as_left(row)
        kind = self._kind(seen, content_digest, again=again)
        return _NEW if kind == "new" else self._claim(kind, seen)

    def claim_all(self, letters: Sequence[NewLetter], *, again: bool = False) -> list[Claim]:
        """Claim those of the letters that may go, and keep their messages, in one transaction.

        The retry of unchanged words is the same octets.  A message that cannot be stamped undoes all claims.
        """
        with self._store.transaction():
            unknown = self._unknown(letters)
            made = dict(zip(unknown, self._make(list(unknown.values())), strict=True))
            return [
                made.pop(new.identity) if new.identity in made else self._claim_known(new, again=again)
                for new in letters
            ]

    def _unknown(self, letters: Sequence[NewLetter]) -> dict[str, NewLetter]:
        """The letters of which the ledger knows nothing, by identity; of duplicates the first."""
        unknown: dict[str, NewLetter] = {}
        for new in letters:
            unknown.setdefault(new.identity, new)
        among = f"identity IN ({', '.join('?' * len(unknown))})"
        names = [bytes.fromhex(identity) for identity in unknown]
        for (known,) in self._store.all(f"SELECT identity FROM letters WHERE current = 1 AND {among}", names):  # noqa: S608
            del unknown[known.hex()]
        if self.has_earlier:
            for identity, new in list(unknown.items()):
                if self.current(identity, new.formerly):
                    del unknown[identity]
        if hide := hashes.hasher(self._store):
            for identity in [each for each in unknown if self._row("identity = ? AND current = 1", hide(each))]:
                del unknown[identity]
        return unknown

    def _claim_known(self, new: NewLetter, *, again: bool) -> Claim:
        found = self.current(new.identity, new.formerly)
        assert found is not None
        row = self._recovered(found)
        kind = self._kind(row, new.content_digest, again=again)
        if kind == "new":
            self._store.execute("UPDATE letters SET current = 0 WHERE number = ?", (row.number,))
            return self._make([new])[0]
        if kind == "retry" and (row.state == "draft" or row.digest.hex() != new.content_digest):
            return self._make_over(row, new)
        return self._claim_if_it_may_go(kind, row)

    def reclaim(self, typed: str) -> Claim:
        """Claim a deferred letter again by its id: the same message, to those who have not got it.

        Raises Usage for one that was dropped meanwhile, also where its draft is left.
        """
        with self._store.transaction():
            row = self._recovered(self.by_id(typed, "AND current = 1 AND state <> 'draft'"))
            return self._claim_if_it_may_go(self._kind(row, row.digest.hex(), again=False, of_queue=True), row)

    def reclaim_all(self, rows: Sequence[Sequence[Any]]) -> dict[int, Claim]:
        """Claim deferred letters again that are current and in nobody's hands: the same messages, each step for all.

        ``rows`` are their ``COLUMNS``.
        """
        if not rows:
            return {}
        found = [LetterRow(*row) for row in rows]
        numbers = [row.number for row in found]
        self._claim_rows(numbers)
        replied, people = replies.of_all(self._store, numbers), _People(self._store, numbers)
        drafted = {name for (name,) in self._store.among("SELECT letter FROM drafts WHERE letter IN ({})", numbers)}
        contents = self._contents.read_all(numbers)
        return {
            row.number: Claim(
                "partial" if row.number in people.partly else "retry",
                letter_id(row.number),
                row.message_id,
                row.sender,
                tuple(people.pending[row.number]),
                contents[row.number],
                moments.read(self._store, row.sent) if row.sent else None,
                *replied.get(row.number, (None, "")),
                people.refusals.get(row.number, {}),
                row.number in drafted and row.number not in people.partly,
            )
            for row in found
        }

    def by_id(self, typed: str, only: str = "") -> LetterRow:
        """The letter with this id, also one that is no longer current; Usage if there is none."""
        row = self._row(f"number = ? AND message_id <> '' {only}", letter_number(typed))
        if row is None:
            raise Usage(f"there is no letter {typed!r}", hint="`mailer outbox` and `mailer log` show the ids.")
        return row

    @cached_property
    def has_earlier(self) -> bool:
        """Whether earlier versions recorded any letter; there will never be more of them."""
        return self._store.one("SELECT 1 FROM letters WHERE earlier IS NOT NULL LIMIT 1") is not None

    def _erased(self, identity: str) -> LetterRow | None:
        """The letter of that identity whose words were taken out."""
        name = hashes.hashed(self._store, identity)
        return self._row("identity = ? AND current = 1", name) if name else None

    def current(self, identity: str, formerly: Sequence[str] = ()) -> LetterRow | None:
        """The current letter of that identity; or one that an earlier version recorded by a key of ``formerly``."""
        name = bytes.fromhex(identity)
        where = "identity = ? AND current = 1"
        names: tuple[bytes, ...] = (name,)
        if formerly and self.has_earlier:
            among = f"earlier IN ({', '.join('?' * len(formerly))})"
            where = f"current = 1 AND (identity = ? OR {among}) ORDER BY state = 'draft', identity <> ? LIMIT 1"
            names = (name, *map(bytes.fromhex, formerly), name)
        row = self._store.one(f"SELECT {COLUMNS} FROM letters WHERE {where}", names)  # noqa: S608
        return LetterRow(*row) if row else self._erased(identity)

    def _row(self, where: str, *values: int | bytes) -> LetterRow | None:
        row = self._store.one(f"SELECT {COLUMNS} FROM letters WHERE {where}", values)  # noqa: S608
        return LetterRow(*row) if row else None

    def written_anew(self, number: int, new: NewLetter) -> None:
        """A letter has today's words: from now on it is one of this version."""
        if self.has_earlier:
            name = bytes.fromhex(new.identity)
            self._store.execute("UPDATE letters SET earlier = NULL WHERE number = ?", (number,))
            self._store.execute(
                "UPDATE letters SET identity = ? WHERE number = ?"
                " AND NOT EXISTS (SELECT 1 FROM letters WHERE identity = ? AND current = 1)",
                (name, number, name),
            )

    def _abandoned(self, row: LetterRow) -> bool:
        return row.state in ("claimed", "sending") and row.run is not None and not self._runs.alive(row.run)

    def _as_left(self, row: LetterRow) -> LetterRow:
        """The letter as its dead run left it, nothing written."""
        if not self._abandoned(row):
            return row
        return row._replace(state="in-doubt" if row.state == "sending" else "deferred")

    def _recovered(self, row: LetterRow) -> LetterRow:
        """The letter after what its dead run left is settled."""
        if row.run is None or not self._abandoned(row):
            return row
        self._runs.recover(row.run)
        return self._row("number = ?", row.number) or row

    def _kind(self, row: LetterRow, content_digest: str, *, again: bool, of_queue: bool = False) -> Kind:
        partly = row.state == "deferred" and self._some(row.number, "sent")
        digests = (bytes.fromhex(content_digest), hashes.hashed(self._store, content_digest))
        same = bool(row.earlier) or row.digest in digests
        queued = row.state == "deferred" and not of_queue and self._is_queued(row.number)
        ours = row.run == self._runs.mine
        return kind_of(row.state, same=same, ours=ours, partly=partly, again=again, queued=queued)

    def _is_queued(self, number: int) -> bool:
        return self._store.one("SELECT 1 FROM queue WHERE letter = ?", (number,)) is not None

    def _some(self, number: int, state: str) -> bool:
        found = self._store.one("SELECT 1 FROM recipients WHERE letter = ? AND state = ?", (number, state))
        return found is not None

    def _make(self, letters: Sequence[NewLetter]) -> list[Claim]:
        """Claim letters that are new, each step for all of them."""
        if not letters:
            return []
        now, numbers = self._now(), self._store.numbers(len(letters))
        made = [
            (n, new, writing.stamped(new, new.message_id, new.date)) for n, new in zip(numbers, letters, strict=True)
        ]
        run = self._runs.begin()
        self._store.executemany(writing.INSERT, [writing.row(n, new, "claimed", now, run) for n, new, _ in made])
        writing.address(self._store, [(number, 0, new) for number, new, _ in made], now)
        self._contents.keep_all([(number, content, new.prose, new.card) for number, new, content in made])
        self._remember(letters)
        return [
            Claim(
                "new", letter_id(n), new.message_id, new.sender, tuple(map(itemgetter(1), new.people)), content.octets()
            )
            for n, new, content in made
        ]

    def _remember(self, letters: Sequence[NewLetter]) -> None:
        known = self.known_by
        if len(known) > _REMEMBERED:
            # Of these it is found out anew.
            known.clear()
        for new in letters:
            if new.known_by:
                of = told(new.company, new.position, new.prose, new.people)
                known[new.message_id] = KnownBy(of, new.known_by)

    def _make_over(self, row: LetterRow, new: NewLetter) -> Claim:
        """Today's words under the Message-ID of then; whoever refused for good is not asked again."""
        now = self._now()
        settled = self._settled(row.number)
        if all(key in settled for *_, key in new.people):
            return self._claim("refused", row)
        content = writing.stamped(new, row.message_id, new.date)
        self._claim_row(row.number)
        self._store.execute(writing.UPDATE, (*writing.words(new, now), row.number))
        self._store.execute(f"DELETE FROM recipients WHERE letter = ? AND {PENDING}", (row.number,))  # noqa: S608
        writing.address(self._store, [(row.number, max(settled.values(), default=-1) + 1, new)], now, settled.keys())
        self._contents.discard(row.number)
        self._contents.keep(row.number, content, new.prose, new.card)
        self.written_anew(row.number, new)
        return self._claim_that_goes("retry", row._replace(sender=new.sender), content.octets())

    def _settled(self, number: int) -> dict[str, int]:
        """The recipients with a final answer, key and position."""
        rows = self._store.all(
            f"SELECT key, position FROM recipients JOIN contacts ON id = contact WHERE letter = ? AND NOT {PENDING}",  # noqa: S608
            (number,),
        )
        return dict(rows)

    def _claim_if_it_may_go(self, kind: Kind, row: LetterRow) -> Claim:
        if kind not in GOES:
            return self._claim(kind, row)
        self._claim_row(row.number)
        return self._claim_that_goes(kind, row, self._contents.read(row.number))

    def _claim_row(self, number: int) -> None:
        self._claim_rows([number])

    def _claim_rows(self, numbers: Sequence[int]) -> None:
        self._store.among(_HOLD, numbers, (self._runs.begin(), self._now()))
        # Those who have no answer yet now share the fate of the letter; their last reply stays until the next.
        self._store.among(_OPEN, numbers)

    def _claim_that_goes(self, kind: Kind, row: LetterRow, content: bytes) -> Claim:
        pending = f"SELECT address FROM recipients WHERE letter = ? AND {PENDING} ORDER BY position"  # noqa: S608
        return self._claim(kind, row)._replace(
            sender=row.sender,
            pending=tuple(address for (address,) in self._store.all(pending, (row.number,))),
            content=content,
        )

    def _claim(self, kind: Kind, row: LetterRow) -> Claim:
        reply, remark = replies.last(self._store, row.number)
        return Claim(
            kind,
            letter_id(row.number),
            row.message_id,
            sent=moments.read(self._store, row.sent) if row.sent else None,
            reply=reply,
            remark=remark,
            refusals=replies.refusals(self._store, row.number),
            drafted=row.state == "draft" or (kind == "retry" and self._lies_drafted(row.number)),
        )

    def _lies_drafted(self, number: int) -> bool:
        """Whether a letter that was tried lies in a mailbox as a draft, too."""
        return self._store.one("SELECT 1 FROM drafts WHERE letter = ?", (number,)) is not None


class _People:
    """The recipients of some letters: those who have no answer yet, those refused for good, and who has letters."""

    def __init__(self, store: Store, numbers: Sequence[int]) -> None:
        self.pending: dict[int, list[str]] = {number: [] for number in numbers}
        self.refusals: dict[int, dict[str, Reply]] = {}
        self.partly: set[int] = set()
        columns = "letter, address, state, code, status, text"
        asked = f"SELECT {columns} FROM recipients WHERE letter IN ({{}}) ORDER BY letter, position"  # noqa: S608
        for number, address, state, *said in store.among(asked, numbers):
            if state is None:
                self.pending[number].append(address)
            elif state == "sent":
                self.partly.add(number)
            elif state == "refused" and (reply := replies.reply(tuple(said))):
                self.refusals.setdefault(number, {})[address] = reply
