"""The people the user keeps in touch with: who they are, their history, what is due and why.

Whatever a person's dates depend on recomputes them when it changes (``_replan``), and those of others at their company;
the steps ahead are kept in the database, so that reading them needs neither plans nor holidays.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING

from mailer.errors import BadData
from mailer.ledger.store import as_text
from mailer.people import rows, touch_rows
from mailer.people.values import Card, Person, number_of, person_id
from mailer.people.views import Home, Views

if TYPE_CHECKING:
    from mailer.answers.values import Verdict
    from mailer.ledger.store import Store
    from mailer.people import calendar as calendars
    from mailer.people.events import Came, Event
    from mailer.people.follow import Followed
    from mailer.people.forgetting import Forgotten
    from mailer.people.importing import Outcome, Place
    from mailer.people.incoming import Incoming
    from mailer.people.plan import Plan
    from mailer.people.undoing import Undoing

__all__ = ["Book", "Home"]

_FEW = 20
_WROTE = "INSERT INTO written (path, kind) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET kind = excluded.kind"


class _NotKept(Exception):
    """Ends a transaction of which nothing is to stay."""


class Book(Views):
    """Every way in.  Each call that writes is one commit, or part of the ``transaction`` around it."""

    def __init__(self, store: Store, plan: Callable[[str], Plan], now: datetime, home: Home) -> None:
        super().__init__(store, plan, now, home)
        self.default_plan: Callable[[], str] = lambda: "none"
        self.reached: Sequence[int] = ()
        self.fault: BadData | None = None

    def transaction(self) -> AbstractContextManager[None]:
        """Several calls as one commit."""
        return self._store.transaction()

    def _stamp(self) -> str:
        return rows.moment_text(self.now)

    def go_on(self) -> None:
        """Lay out more of the plans without end whose last step that is laid out has come."""
        from mailer.people.course_rows import run_out

        found = run_out(self._store, self.today)
        if found:
            with self.transaction():
                self.fault = self._course.replan(found) or self.fault

    def _replan(self, numbers: Iterable[int]) -> None:
        """Compute the dates of these people and of the others of their companies.  Raises BadData."""
        fault = self._course.replan(numbers)
        if fault:
            raise fault

    def _obey(self, numbers: Sequence[int]) -> None:
        """Let what came back have its effect on people, and compute their dates."""
        from mailer.people.obeying import obey

        obey(self._store, numbers)
        self._replan(numbers)

    def _company(self, number: int) -> list[int]:
        """The numbers of a person, and of the others of their company."""
        return [row.number for row in self._course.company(number)]

    def has_news(self) -> bool:
        """Whether letters were settled that are not taken in yet."""
        from mailer.people import follow

        return follow.waiting(self._store)

    def follow(self, default_plan: str, *, waits: bool = True) -> Sequence[int]:
        """Take in the letters that were settled since the last time; the numbers of those whom this put on a plan.

        ``reached`` are then those whom a letter reached, if they are few; ``fault`` is the first plan that could not
        be read: whoever is on it has no date until it can.  Without ``waits`` it is left to whoever is at it already.
        """
        from mailer.people import follow

        if not self.has_news():
            return ()
        done = follow.in_parts(self._store, partial(self._follow, default_plan, waits))
        self.reached = sorted(done.reached) if len(done.reached) <= _FEW else ()
        return done.started

    def _follow(self, default_plan: str, waits: bool, enough: Callable[[], bool]) -> Followed | None:
        """Take in some in one commit, with the dates that follow; None where somebody else is at it."""
        from mailer.people import follow

        store = self._store
        with store.of_people() if waits else store.of_own_rows():
            if not (waits or store.people_are_free()):
                return None
            done = follow.follow(store, default_plan, self.now, self._home.zone, self._knows, enough)
            fault = self._course.replan(done.to_plan) if done.to_plan else None
        self.fault = self.fault or fault
        return done._replace(again=self._course.again) if done.to_plan else done

    def _knows(self, plan: str) -> bool:
        try:
            return self.plan_exists(plan)
        except BadData as error:
            self.fault = self.fault or error
            return False

    def add(self, card: Card) -> Person:
        """A new person.  Raises BadData where an address is somebody's already."""
        with self.transaction():
            self._refuse_taken(card, None)
            number = rows.add(self._store, card, self.today, self._stamp())
            self._obey([number])
        return self.person(person_id(number))

    def change(self, person: Person, card: Card) -> Person:
        """Write the card of a person.  Raises BadData where an address is another's."""
        number = number_of(person)
        with self.transaction():
            self._refuse_taken(card, number)
            if card.plan != person.card.plan:
                rows.start_plan(self._store, number, card.plan, self.today, card.refused_on)
            before = self._company(number)
            rows.change(self._store, number, card)
            self._obey([number, *before, *self._company(number)])
        return self.person(person.id)

    def _refuse_taken(self, card: Card, own: int | None) -> None:
        keys = {rows.address_key(box.address): box.address for box in card.addresses}
        for key, owner in rows.owners(self._store, keys).items():
            if owner != own:
                other = rows.one(self._store, owner)
                name = (other and other.card.name) or person_id(owner)
                hint = f"`mailer people merge {person_id(owner)} …` makes one person of two."
                raise BadData(f"{keys[key]} is the address of {name}", hint=hint, field="Address")

    def plan_exists(self, name: str) -> bool:
        """Whether there is a plan of that name.  Raises BadData where there is none, or it cannot be read."""
        return bool(self._plans.plan(name).steps)

    def merge(self, one: Person, two: Person) -> Person:
        """Make one person of two; where their cards differ, the first one's holds."""
        kept, gone = number_of(one), number_of(two)
        with self.transaction():
            before = [one for each in (kept, gone) for one in self._company(each) if one != gone]
            rows.merge(self._store, kept, gone, one.card.joined(two.card))
            self._obey([kept, *before])
        return self._one(kept)

    def touch(self, person: Person, kind: str, on: datetime, note: str = "", then: date | None = None) -> Person:
        """Record a touch that no letter of ours is; ``then`` sets the next date by hand."""
        number = number_of(person)
        with self.transaction():
            made = touch_rows.add_touch(self._store, number, rows.moment_text(on), on.date(), kind, note)
            touch_rows.remember_before(self._store, made, number, then)
            rows.choose(self._store, number, then)
            self._obey([number])
        return self.person(person.id)

    def answered(self, person: Person, on: datetime, note: str = "", because: str = "told by hand") -> Person:
        """Record an answer of theirs: it is the user's turn, until a letter or touch."""
        return self._told(person, touch_rows.Told(rows.moment_text(on), on.date(), "answer", because, note))

    def _told(self, person: Person, told: touch_rows.Told) -> Person:
        number = number_of(person)
        with self.transaction():
            touch_rows.add_event(self._store, number, told)
            self._obey([number])
        return self._one(number)

    def take(self, verdict: Verdict, came: Came) -> int | None:
        """Take in what a message is, in one transaction; the number of the event, None where there is no new one.

        A mail of the user's to a person is a touch, and no event but where something in it was still to be written;
        ``default_plan`` is what a draft of theirs starts.
        """
        from mailer.people import events, written

        with self.transaction():
            if verdict.kind == "own":
                own = written.take_own(self._store, verdict, came, self.now)
                self.fault = (self._course.replan([own.touch]) if own.touch else None) or self.fault
                if self.has_news():
                    # A draft that was found in Sent: who got it may have answered already.
                    self.follow(self.default_plan())
                return own.notes
            made = events.take(self._store, verdict, came, events.Moment(self.now, self._course.back))
            found = self.event(made) if made else None
            if found and found.person:
                # A plan that cannot be read keeps nobody from reading mail.
                self.fault = self._course.replan([int(found.person[1:])]) or self.fault
        return made

    def event(self, number: int) -> Event | None:
        """What came back, by its number, as it stands."""
        from mailer.people.events import event

        return event(self._store, number)

    def undo(self, typed: str) -> Person | None:
        """Take back a touch (``t12``), or what came back (``e12``); whose it was.  Raises BadData.

        It is as if it had never been; a message that is taken back is not taken in again when it is read again.
        """
        table, number = {"t": "touches", "e": "events"}.get(typed[:1].casefold()), typed[1:]
        is_id = table and number.isdecimal() and number.isascii() and len(number) < 19
        found = touch_rows.to_take_back(self._store, str(table), int(number)) if is_id else None
        if found is None:
            hint = "`mailer people show WHO` shows the ids; a letter that was sent cannot be taken back."
            raise BadData(f"there is nothing to take back with the id {typed!r}", hint=hint)
        with self.transaction():
            touch_rows.take_back(self._store, str(table), int(number))
            if found[0] is not None:
                self._obey(self._company(found[0]))
        return self._one(found[0]) if found[0] is not None else None

    def choose(self, person: Person, when: date | None) -> Person:
        """Set the next date by hand."""
        with self.transaction():
            rows.choose(self._store, number_of(person), when)
            self._replan([number_of(person)])
        return self.person(person.id)

    def hold(self, people: Iterable[Person], kind: str, until: date | None, why: str, *, own: bool = False) -> None:
        """Hold or stop people; said twice it is the newer.  A stop is also the answer to what only asks for one.

        ``own``: for the user's own sake, so that other owners may go on.
        """
        numbers = [number_of(one) for one in people]
        with self.transaction():
            for number in numbers:
                rows.hold(self._store, number, kind, self._stamp(), until, why, own=own)
                if kind == "stop":
                    rows.accept(self._store, number)
            self._obey(numbers)

    def resume(self, people: Iterable[Person]) -> None:
        """Lift hold, stop and answered."""
        numbers = [number_of(one) for one in people]
        with self.transaction():
            for number in numbers:
                rows.lift(self._store, number, ("hold", "stop"), self.today)
                rows.resume(self._store, number, self._stamp(), self.today)
                rows.forget_stop(self._store, number)
            self._obey(numbers)

    # Bringing in

    def bring_in(
        self, found: Iterable[Incoming], answers: Mapping[Place, bool], tell: Callable[[Outcome], None], *, keep: bool
    ) -> None:
        """Bring people in, all or nothing, telling of each; without ``keep`` nothing stays of it.

        ``answers`` says of rows that were asked about, by file and line, whether they are the person asked about.
        """
        from mailer.people.importing import Imports
        from mailer.people.obeying import having, obey

        if not keep:
            self._store.allow_trial()
        with contextlib.suppress(_NotKept), self.transaction():
            with Imports(self._store, self.today, self._stamp(), answers) as imports:
                for row in found:
                    tell(imports.take(row))
            if not keep:
                raise _NotKept
            concerned = having(self._store)
            obey(self._store, concerned)
            # A plan that cannot be read is a fault of an import that names it, and of no other.
            self.fault = self._course.replan(concerned) or self.fault
            self._replan(imports.to_plan)

    def undo_import(self) -> Undoing:
        """Undo the last import.  Raises BadData where there is none."""
        from mailer.people.undoing import undo

        # Where there is no ledger yet, none is written to.
        done = None
        if self._store.one("SELECT 1 FROM imports LIMIT 1"):
            with self.transaction():
                done = undo(self._store, self.today)
                if done:
                    self._obey(done.to_plan)
        if done is None:
            raise BadData("there is no import to undo", hint="`mailer people` lists who is there.")
        return done

    def calendar(
        self, people: Sequence[Person], chosen: bool, token: Callable[[], str], today: date
    ) -> list[calendars.Event]:
        """Bring the calendar of open steps up to date, with ``chosen`` of these people alone; their events."""
        from datetime import UTC

        from mailer.people import calendar

        moment = self.now.astimezone(UTC).replace(microsecond=0)
        numbers = {number_of(one) for one in people} if chosen else None
        with self.transaction():
            fresh = calendar.wanted(people, moment, iter(token, None))
            made = calendar.brought_up_to_date(calendar.events(self._store), fresh, numbers, moment, today)
            calendar.put(self._store, made)
        return [event for event in made if numbers is None or event.person in numbers]

    def wrote(self, path: str, kind: str) -> None:
        """Remember a file of the user's that may name people: "calendar", "backup" or "import"; where that can be kept.

        The letter of a follow-up stands as an "import": the table knows no more kinds.
        """
        if not self._store.writable:
            return
        with self.transaction():
            self._store.execute(_WROTE, (as_text(path), kind))

    def forget(self, person: Person) -> Forgotten:
        """Take a person out, and every word of the letters to them, of the file too.  Raises Later."""
        from mailer.ledger import erasing
        from mailer.people.course_rows import who_is_told_of
        from mailer.people.forgetting import take_out

        number = number_of(person)
        with self.transaction():
            erasing.refuse_while_sending(self._store)
            near = self._company(number)
            near += who_is_told_of(self._store, person.card.name)
            done = take_out(self._store, number)
            self._obey([one for one in near if one != number])
        erasing.wipe(self._store)
        return done
