"""In flight: the mark before the last octet, and what the server answered, each on disk before the next step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError, Usage
from mailer.ledger import drafts, replies
from mailer.ledger.ids import letter_number, queue_id
from mailer.ledger.letters import PENDING, Letters
from mailer.ledger.runs import Runs
from mailer.ledger.store import Store, rounded
from mailer.ledger.values import Dropped

if TYPE_CHECKING:
    from mailer.transport.replies import Reply
    from mailer.transport.values import Outcome

_COLUMNS = "number, letter, run, at, state, phase, code, status, text"
_ATTEMPT = f"INSERT INTO attempts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_TRIED = "SELECT letter, max(number) FROM attempts WHERE letter IN ({}) GROUP BY letter"
_SENT = """
    UPDATE letters SET state = 'sent', waits = 0, run = NULL, changed = ?, sent = coalesce(sent, ?),
        queue_id = CASE number{} END WHERE number IN ({}) AND run = ?
"""
_MARK = "UPDATE letters SET state = 'sending', changed = ? WHERE run = ? AND state = 'claimed' AND number IN ({})"
_STANDING = "SELECT state FROM letters WHERE current = 1 AND identity = (SELECT identity FROM letters WHERE number = ?)"
# So many letters of a run are made known to the checks together.
_LEARNED = 128
# So many are settled with one statement.
_TOGETHER = 100
# Whether more wait than are better read each time than written down.
_MANY = "SELECT 1 FROM unlearned LIMIT 1 OFFSET 16"
# A letter is in the first of these states that one of its recipients is in.
_WEIGHT = ("in-doubt", "deferred", "sent", "refused")


def settled_error(typed: str, state: str, *, waits: bool) -> Usage:
    """The error of a letter that is neither in doubt nor a draft; one that no longer ``waits`` was sent or let go."""
    hint = "`mailer outbox` lists those that wait."
    words = state if waits or state not in ("refused", "deferred") else "let go"
    return Usage(f"letter {typed} is {words}, neither in doubt nor a draft", hint=hint)


def _not_to_drop(typed: str, state: str) -> Usage:
    """The error of a letter that must not be let go, and what can be done about it instead."""
    if state in ("in-doubt", "draft"):
        what = "in doubt: the server may have it" if state == "in-doubt" else "a draft in your mailbox"
        hint = f"`mailer outbox resolve {typed}` finds out; or say --sent or --not-sent there."
        return Usage(f"letter {typed} is {what}", hint=hint)
    if state in ("claimed", "sending"):
        return Usage(f"letter {typed} is being sent by another mailer now", hint="Wait until that one has ended.")
    hint = "`mailer outbox` lists those that wait; only refused and deferred ones can be let go."
    return Usage(f"letter {typed} does not wait: it is {'sent' if state == 'sent' else 'let go already'}", hint=hint)


class Settling:
    """Marks and settles the letters that this process's run has claimed."""

    def __init__(self, store: Store, runs: Runs, letters: Letters, now: Callable[[], str]) -> None:
        self._store = store
        self._runs = runs
        self._letters = letters
        self._now = now
        self._settled = 0

    def about_to_send(self, ids: Sequence[str], outcomes: Sequence[Outcome] = ()) -> None:
        """Put on disk, in one commit, the last window's outcomes and that the content of ``ids`` goes next.

        CannotWrite if the disk takes no more; Later if a letter is not in this run's hands.  In either case nothing
        is recorded, and nothing may be sent.
        """
        with self._store.of_own_rows():
            self._store.must_be_there()
            self._runs.must_hold()
            if outcomes:
                self._settle(outcomes)
            self._mark(ids)

    def _mark(self, ids: Sequence[str]) -> None:
        about = self._now(), self._runs.mine
        marked = self._store.among(f"{_MARK} RETURNING number", [*map(letter_number, ids)], about)
        if len(marked) != len(ids):
            raise Later(self._runs.TAKEN, hint="Run the command again.")

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Record how letters of this run ended, in one commit.  Raises CannotWrite where the file is gone."""
        if not outcomes:
            return
        with self._store.of_own_rows():
            self._store.must_be_there()
            self._runs.must_hold()
            self._settle(outcomes)

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        self._settled += len(outcomes)
        if self._settled >= _LEARNED and self._learn not in self._store.on_commit:
            self._store.on_commit.append(self._learn)
        simple = [outcome for outcome in outcomes if outcome.state == "sent" and not outcome.refused]
        if simple:
            self._sent(simple)
        for outcome in outcomes:
            if outcome.state != "sent" or outcome.refused:
                self._answered(outcome)

    def end(self) -> None:
        """Let the checks know of the last letters of a run, if so many wait that they had better be written down."""
        with contextlib.suppress(MailerError):
            if self._settled and self._store.one(_MANY):
                from mailer.ledger import history

                history.learn(self._store, self._letters.known_by)
        self._settled = 0

    def _learn(self) -> None:
        """Let the checks know of what was sent, some letters at a time, and never at the cost of a letter."""
        from mailer.ledger import history

        self._settled = 0
        self._store.on_commit.remove(self._learn)
        with contextlib.suppress(MailerError):
            history.learn(self._store, self._letters.known_by)

    def release(self, ids: Sequence[str]) -> None:
        """Give back letters of which the server never had the last octet: they are deferred, without an attempt."""
        if not ids:
            return
        now, run = self._now(), self._runs.mine
        with self._store.of_own_rows():
            self._runs.must_hold()
            self._store.executemany(
                "UPDATE letters SET state = 'deferred', run = NULL, changed = ?"
                " WHERE number = ? AND run = ? AND state IN ('claimed', 'sending')",
                [(now, letter_number(name), run) for name in ids],
            )

    def withdraw(self, ids: Sequence[str]) -> None:
        """Give back letters that were not offered to any server: what was only claimed is as if it had never been.

        A letter that was tried before is deferred again; one that ``again`` had superseded is current again.
        """
        if not ids:
            return
        untried = "number = ? AND run = ? AND state IN ('claimed', 'sending')"
        untried += " AND NOT EXISTS (SELECT 1 FROM attempts WHERE letter = letters.number)"
        untried += " AND NOT EXISTS (SELECT 1 FROM queue WHERE letter = letters.number)"
        with self._store.transaction():
            self._runs.must_hold()
            self.release([name for name in ids if not self._forgotten(letter_number(name), untried)])

    def _forgotten(self, number: int, untried: str) -> bool:
        if self._store.one(f"SELECT 1 FROM letters WHERE {untried}", (number, self._runs.mine)) is None:  # noqa: S608
            return False
        if self._store.one("SELECT 1 FROM drafts WHERE letter = ?", (number,)):
            self._store.execute("UPDATE letters SET state = 'draft', run = NULL WHERE number = ?", (number,))
            return True
        drafts.forget(self._store, number)
        return True

    def resolve(self, typed: str, *, sent: bool) -> None:
        """Settle a letter by what the user found out: sent, or else to be sent anew.  Usage for any other.

        A letter in doubt that was not sent is deferred; a draft that will never be sent is forgotten.
        """
        with self._store.transaction():
            self._runs.recover_dead()
            row = self._letters.by_id(typed)
            if row.state == "draft" or (sent and is_deferred_draft(self._store, row.number)):
                self._resolve_draft(row.number, sent=sent)
            elif row.state == "in-doubt":
                self._resolve_doubt(row.number, sent=sent)
            else:
                raise settled_error(typed, row.state, waits=self._waits(row.number))

    def drop(self, typed: str) -> Dropped:
        """Let a refused or deferred letter go.  Usage for any other.

        Where nobody has it, what stood under its identity before stands there again: its draft in a mailbox, a letter
        that ``again`` had superseded; else the next one is new.  Where some have it, it counts as sent.
        """
        with self._store.transaction():
            self._runs.recover_dead()
            row = self._letters.by_id(typed)
            if row.state not in ("refused", "deferred") or not self._waits(row.number):
                raise _not_to_drop(typed, row.state)
            self._store.execute("DELETE FROM queue WHERE letter = ?", (row.number,))
            got = self._given_up(row.number)
            if not got and self._store.one("SELECT 1 FROM drafts WHERE letter = ?", (row.number,)):
                self._draft_again(row.number)
            elif not got:
                self._forget_all(row.number)
            found = self._store.one(_STANDING, (row.number,))
            return Dropped(got, found[0] if found else "")

    def _waits(self, number: int) -> bool:
        """Whether a letter stands in the outbox."""
        waits = "SELECT 1 FROM letters WHERE number = ? AND waits = 1 AND current = 1"
        return self._store.one(waits, (number,)) is not None

    def _given_up(self, number: int) -> tuple[str, ...]:
        """Who has the letter; for all others it is over, and then it counts as sent."""
        have = "SELECT address FROM recipients WHERE letter = ? AND state = 'sent' ORDER BY position"
        got = tuple(address for (address,) in self._store.all(have, (number,)))
        if got:
            self._store.execute(
                "UPDATE recipients SET state = 'refused' WHERE letter = ? AND coalesce(state, 'deferred') = 'deferred'",
                (number,),
            )
            self._conclude(number, self._now(), self._now(), None)
        return got

    def _draft_again(self, number: int) -> None:
        self._store.execute("UPDATE letters SET state = 'draft', run = NULL WHERE number = ?", (number,))
        self._store.execute(
            "UPDATE recipients SET state = NULL, code = NULL, status = NULL, text = NULL WHERE letter = ?", (number,)
        )

    def _forget_all(self, number: int) -> None:
        """Its tries stay on record.  Of what it superseded only a letter counts that somebody has, or may have."""
        self._store.execute("UPDATE letters SET waits = 0, current = 0, run = NULL WHERE number = ?", (number,))
        same = "identity = (SELECT identity FROM letters WHERE number = ?)"
        before = f"SELECT number FROM letters WHERE {same} AND waits = 1 AND state IN ('refused', 'deferred')"  # noqa: S608
        for (superseded,) in self._store.all(before, (number,)):
            if not self._given_up(superseded):
                self._store.execute("UPDATE letters SET waits = 0 WHERE number = ?", (superseded,))
        last = f"SELECT number FROM letters WHERE {same} AND state IN ('sent', 'in-doubt', 'draft')"  # noqa: S608
        last += " ORDER BY state = 'draft', number DESC LIMIT 1"
        self._store.execute(f"UPDATE letters SET current = 1 WHERE number = ({last})", (number,))  # noqa: S608

    def _resolve_doubt(self, number: int, *, sent: bool) -> None:
        self._store.execute(
            "UPDATE recipients SET state = ? WHERE letter = ? AND coalesce(state, 'in-doubt') = 'in-doubt'",
            ("sent" if sent else "deferred", number),
        )
        tried = "SELECT at FROM attempts WHERE letter = ? ORDER BY number DESC LIMIT 1"
        self._conclude(number, self._now(), self._store.one(tried, (number,))[0], None)

    def _resolve_draft(self, number: int, *, sent: bool) -> None:
        if not sent:
            drafts.forget(self._store, number)
            return
        found_sent(self._store, number, self._now(), self._now())

    def copied(self, typed: str, copy: str) -> None:
        """Record what became of the copy in the Sent folder: ``saved``, ``by-server``, ``off`` or ``failed``."""
        with self._store.transaction():
            row = self._letters.by_id(typed)
            self._store.execute("UPDATE letters SET copy = ? WHERE number = ?", (copy, row.number))

    def _sent(self, outcomes: Sequence[Outcome]) -> None:
        now, run = self._now(), self._runs.mine
        found = [(letter_number(outcome.id), outcome) for outcome in outcomes]
        for start in range(0, len(found), _TOGETHER):
            some = rounded(found[start : start + _TOGETHER])
            names = [value for number, outcome in some for value in (number, _queued(outcome))]
            sent = _SENT.format(" WHEN ? THEN ?" * len(some), ", ".join("?" * len(some)))
            self._store.execute(sent, (now, now, *names, *(number for number, _ in some), run))
        self._tried(found, now)

    def _tried(self, found: Sequence[tuple[int, Outcome]], now: str) -> None:
        """Write down one more attempt of each."""
        run, before = self._runs.mine, dict(self._store.among(_TRIED, [number for number, _ in found]))
        told = [(1 + before.get(n, 0), n, run, now, one.state, one.phase, *_answer(one)) for n, one in found]
        self._store.executemany(_ATTEMPT, told)

    def _answered(self, outcome: Outcome) -> None:
        """Record an outcome that is not the same for all recipients, or not good; each refusal with its own reply."""
        number, now = letter_number(outcome.id), self._now()
        if self._store.one("SELECT 1 FROM letters WHERE number = ? AND run = ?", (number, self._runs.mine)) is None:
            return
        people = self._store.all(f"SELECT address, {PENDING} FROM recipients WHERE letter = ?", (number,))  # noqa: S608
        # Where all share the reply, it is the attempt's; where not, each needs its own to be told of later.
        shared = None if all(pending for _, pending in people) and not outcome.refused else outcome.reply
        self._store.executemany(
            "UPDATE recipients SET state = ?, code = ?, status = ?, text = ? WHERE letter = ? AND address = ?",
            [(*_recipient(outcome, address, shared), number, address) for address, pending in people if pending],
        )
        self._tried([(number, outcome)], now)
        self._conclude(number, now, now, _queued(outcome))

    def _conclude(self, number: int, now: str, at: str, queue: str | None) -> None:
        """The state of a letter from those of its recipients; ``at`` is when they got it, if they did."""
        states = {state for (state,) in self._store.all("SELECT state FROM recipients WHERE letter = ?", (number,))}
        state = next(state for state in _WEIGHT if state in states)
        # A doubt keeps its run: if that run lives after all, its late answer still finds the letter.
        self._store.execute(
            "UPDATE letters SET state = ?, waits = ?, changed = ?, queue_id = coalesce(?, queue_id),"
            " sent = coalesce(sent, ?), run = CASE WHEN ? = 1 THEN run END WHERE number = ?",
            (state, state != "sent", now, queue, at if "sent" in states else None, state == "in-doubt", number),
        )


def found_sent(store: Store, number: int, at: str, now: str) -> bool:
    """A draft turned out to have been sent, at ``at``; nothing happens to any other letter.  Whether it was one."""
    is_draft = store.one("SELECT 1 FROM letters WHERE number = ? AND state = 'draft'", (number,))
    if not is_draft and not is_deferred_draft(store, number):
        return False
    # What another program sent is the letter of its identity now, but for one that may be on its way.
    store.execute(
        "UPDATE letters SET current = 0 WHERE identity = (SELECT identity FROM letters WHERE number = ?)"
        " AND state IN ('sent', 'refused', 'deferred')",
        (number,),
    )
    store.execute(
        "UPDATE letters SET state = 'sent', waits = 0, changed = :now, sent = :at, copy = 'by-server',"
        " current = CASE WHEN EXISTS (SELECT 1 FROM letters o WHERE o.identity = letters.identity AND o.current = 1"
        " AND o.number <> letters.number) THEN 0 ELSE 1 END WHERE number = :number",
        {"now": now, "at": at, "number": number},
    )
    store.execute("DELETE FROM drafts WHERE letter = ?", (number,))
    return True


def is_deferred_draft(store: Store, number: int) -> bool:
    """Whether a letter is to go later and lies in a mailbox too, from where it may have been sent.

    Of one that some have already, what lies in Sent may be the copy of that.
    """
    asked = "SELECT 1 FROM drafts JOIN letters ON number = letter WHERE letter = ? AND letters.state = 'deferred'"
    some = "SELECT 1 FROM recipients r WHERE r.letter = number AND r.state = 'sent'"
    put_off = "SELECT 1 FROM queue q WHERE q.letter = number"
    return store.one(f"{asked} AND (EXISTS ({put_off}) OR NOT EXISTS ({some}))", (number,)) is not None


def _recipient(outcome: Outcome, address: str, shared: Reply | None) -> tuple[object, ...]:
    """State and reply columns of one recipient; ``shared`` is the reply to all that had none of their own."""
    own = outcome.refused.get(address)
    if own is None:
        return _state(outcome, shared), *replies.columns(shared if outcome.state in ("refused", "deferred") else None)
    return "refused" if own.permanent else "deferred", *replies.columns(own)


def _state(outcome: Outcome, shared: Reply | None) -> str:
    """A letter may be deferred for the sake of one recipient, though its own reply was final for the others."""
    is_for_others = not outcome.text and any(reply.transient for reply in outcome.refused.values())
    return "refused" if is_for_others and shared and shared.permanent else outcome.state


def _settler(outcome: Outcome) -> Reply | None:
    """The reply to remember with the attempt: the letter's, else a recipient's."""
    return outcome.reply or next(iter(outcome.refused.values()), None)


def _answer(outcome: Outcome) -> tuple[int | None, str | None, str | None]:
    return replies.columns(_settler(outcome), outcome.text)


def _queued(outcome: Outcome) -> str | None:
    return (outcome.state == "sent" and outcome.reply and queue_id(outcome.reply.text)) or None
