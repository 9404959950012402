"""The people the user keeps in touch with: who they are, what there was, what is due and why.

Everything that a person's dates depend on is followed by computing these anew (``_replan``), also for the others of
their company; what lies ahead is kept in the database, so that reading it needs neither plans nor holidays.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from mailer.errors import BadData
from mailer.people import rows
from mailer.people.dates import Neighbour, Touched, let_go_on
from mailer.people.days_kept import DaysKept
from mailer.people.matching import Named, find, fits, nearest, plain
from mailer.people.plan import Plan
from mailer.people.planning import Ahead, History, ahead
from mailer.people.rows import Row
from mailer.people.values import Card, Entry, Hold, OpenStep, Person, State, person_id

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.calendar import Event
    from mailer.people.forgetting import Forgotten
    from mailer.people.importing import Outcome, Place
    from mailer.people.incoming import Incoming
    from mailer.people.letters import Before, Thread
    from mailer.people.undoing import Undoing


_FEW = 20


class _NotKept(Exception):
    """Ends a transaction of which nothing is to stay."""


class Home(NamedTuple):
    """Where the user is: taken where nothing is known of a recipient.  ``zone`` is None for this machine's."""

    country: Callable[[], str]
    zone: tzinfo | None


class Book:
    """Every way in.  Each call that writes is one commit, or part of the ``transaction`` around it."""

    def __init__(self, store: Store, plan: Callable[[str], Plan], now: datetime, home: Home) -> None:
        self._store, self._home = store, home
        self._load = plan
        self._days = DaysKept(store)
        self._plans: dict[str, Plan | None] = {}
        self._dates: dict[str, date] = {}
        self.now = now
        self.touched: Sequence[Person] = ()
        self.fault: BadData | None = None

    @property
    def today(self) -> date:
        """The user's date."""
        return self.now.date()

    def transaction(self) -> AbstractContextManager[None]:
        """Several calls as one commit."""
        return self._store.transaction()

    def _stamp(self) -> str:
        from datetime import UTC

        return self.now.astimezone(UTC).isoformat(timespec="microseconds")

    # Reading

    def people(self, words: Sequence[str] = (), today: date | None = None) -> list[Person]:
        """Everybody whom the words fit, those first with whom something is to be done."""
        parts = [part for word in words for part in plain(word).split()]
        found = self._view(today, *rows.containing(parts)) if parts else self._view(today)
        return sorted((one for one in found if not words or fits(_named(one), words)), key=_urgency)

    def of_interest(self, today: date | None = None) -> list[Person]:
        """Those with whom something is to be done, and those who are held; all others wait."""
        found = self._until((today or self.today) + timedelta(days=1), today)
        return sorted((one for one in found if one.state not in ("waiting", "done", "none")), key=_urgency)

    def at_a_glance(self, most: int) -> tuple[list[Person], int]:
        """``of_interest``, of those who are long due the first ``most`` alone; and how many were left out."""
        day = timedelta(days=1)
        # Who is due wherever it is, at their place too; all others are looked at one by one.
        held = "SELECT person FROM holds WHERE lifted IS NULL"
        long_due = f"FROM course WHERE date <= ? AND until > ? AND person NOT IN ({held})"
        bounds = ((self.today - day).isoformat(), (self.today + day).isoformat())
        count = self._store.one(f"SELECT count(*) {long_due}", bounds)[0]
        where = (
            f"WHERE id IN (SELECT person FROM (SELECT person {long_due} ORDER BY date, person LIMIT ?))"  # noqa: S608
            " OR id IN (SELECT person FROM course WHERE date <= ? AND until >= ? AND (date > ? OR until <= ?)"
            " UNION SELECT person FROM holds WHERE lifted IS NULL)"
        )
        near = ((self.today + day).isoformat(), (self.today - day).isoformat(), *bounds)
        found = self._view(None, where, (*bounds, most, *near))
        shown = sorted((one for one in found if one.state not in ("waiting", "done", "none")), key=_urgency)
        return shown, max(0, count - most)

    def soon(self, within: int, today: date | None = None) -> list[Person]:
        """Those who are due, late first, and those who come to be due within as many days."""
        until = (today or self.today) + timedelta(days=within)
        found = self._until(until + timedelta(days=1), today)
        return sorted((one for one in found if one.state == "due" or is_soon(one, until)), key=_urgency)

    def _until(self, day: date, today: date | None) -> Iterator[Person]:
        """Those who have a step open until a day, or are held: the others need not be read."""
        where = (
            "WHERE id IN (SELECT person FROM course WHERE date <= ? AND until >= ?"
            " UNION SELECT person FROM holds WHERE lifted IS NULL)"
        )
        return self._view(today, where, (day.isoformat(), (today or self.today).isoformat()))

    def person(self, who: str, today: date | None = None) -> Person:
        """The one person that ``who`` means.  Raises BadData with the nearest, or the candidates."""
        return self._one(self._number(who), today)

    def of_address(self, address: str) -> Person | None:
        """Whose address it is."""
        found = rows.owners(self._store, [rows.address_key(address)])
        return self._one(next(iter(found.values()))) if found else None

    def _one(self, number: int, today: date | None = None) -> Person:
        return next(self._view(today, "WHERE id = ?", (number,)))

    def count(self) -> int:
        """How many people there are."""
        return int(self._store.one("SELECT count(*) FROM people")[0])

    def next_due(self) -> Person | None:
        """Who comes next of those who wait."""
        held = "SELECT person FROM holds WHERE lifted IS NULL"
        asked = f"SELECT person FROM course WHERE date > ? AND person NOT IN ({held}) ORDER BY date, person LIMIT 1"  # noqa: S608
        found = self._store.one(asked, (self.today.isoformat(),))
        return self._one(found[0]) if found else None

    def outbox(self) -> int:
        """How many letters wait in the outbox."""
        waits = "waits = 1 AND (current = 1 OR state IN ('draft', 'in-doubt')) OR copy = 'failed'"
        return int(self._store.one(f"SELECT count(*) FROM letters WHERE {waits}")[0])  # noqa: S608

    def synced(self) -> str | None:
        """When the mailbox was last read, ISO 8601; None while it never was."""
        return None

    def timeline(self, person: Person) -> list[Entry]:
        """What there was between the user and them, newest last."""
        return rows.timeline(self._store, _number(person))

    def unanswered(self, person: Person) -> int:
        """How many letters went to them since they last answered."""
        return rows.unanswered(self._store, _number(person))

    def thread(self, person: Person) -> Thread | None:
        """The thread that the next letter to them continues."""
        from mailer.people.letters import thread

        return thread(self._store, self.timeline(person))

    def before(self, person: Person) -> list[Before]:
        """What was said before, oldest first."""
        from mailer.people.letters import before

        return list(before(self._store, self.timeline(person)))

    def after_today(self, person: Person) -> date | None:
        """When the step is due that comes after a touch of today; None where there is none."""
        row = rows.one(self._store, _number(person))
        touch = Touched(self.today)
        found = self._ahead(row, (), touch) if row and row.card.plan else None
        return found.steps[0].day if found and found.steps else None

    def _view(self, today: date | None, where: str = "", values: Sequence[object] = ()) -> Iterator[Person]:
        today = today or self.today
        for one in rows.seen(self._store, today - timedelta(days=1), where, values):
            there = self._there(one.row.card, today)
            step = next((step for step in one.steps if step.until > there), None)
            yield self._seen(one.row, there, one.last, one.holds, step)

    def _there(self, card: Card, today: date) -> date:
        """The date at their place: it may be a day ahead of the user's, or behind."""
        if today != self.today or not (card.time_zone or card.country):
            return today
        place = card.time_zone or card.country
        if place not in self._dates:
            self._dates[place] = _date_in(card.time_zone or _zone_of(card.country), self.now)
        return self._dates[place]

    def _seen(
        self, row: Row, today: date, last: datetime | None, holds: Sequence[Hold], step: OpenStep | None
    ) -> Person:
        hold = _strongest(holds, today)
        plan = self._plan_of(row.card)
        number = None if plan is None else step.step if step else max(row.step, (plan.count or 0) + 1)
        return Person(
            id=person_id(row.number),
            card=row.card,
            state=_state(row.card, hold, step, today),
            step=number,
            steps=plan.count if plan else None,
            anchor=row.card.refused_on or row.plan_since,
            last=last,
            open=step,
            hold=hold,
            today=today,
        )

    def _plan(self, name: str) -> Plan:
        found = self._plans.get(name) or self._load(name)
        self._plans[name] = found
        return found

    def _plan_of(self, card: Card) -> Plan | None:
        if card.plan and card.plan not in self._plans:
            try:
                self._plan(card.plan)
            except BadData:
                # A plan file that is gone or broken is told by `plans`, and wherever a date is computed.
                self._plans[card.plan] = None
        return self._plans.get(card.plan)

    def handles(self, people: Sequence[Person]) -> dict[str, str]:
        """The shortest way to name each on the command line: a first name that is nobody else's, else the id."""
        first = {one.id: plain(one.card.name).split()[:1] for one in people}
        names = {each[0] for each in first.values() if each and each[0].isalnum()}
        count = rows.shared_starts(self._store, sorted(names))
        return {key: each[0] if each and count.get(each[0]) == 1 else key for key, each in first.items()}

    def _number(self, who: str) -> int:
        found = find(rows.named(self._store, who), who)
        if len(found) == 1:
            return int(found[0].id[1:])
        if found:
            listed = "; ".join(_told(one) for one in found[:8]) + ("; …" if len(found) > 8 else "")
            raise BadData(f"{who!r} fits {len(found)} people", hint=f"Say which, by id or address: {listed}.")
        near = nearest(rows.names(self._store), who)
        hint = f"Did you mean {' or '.join(_told(one) for one in near)}?" if near else "`mailer people` lists them."
        raise BadData(f"nobody is called {who!r}", hint=hint)

    # Writing

    def has_news(self) -> bool:
        """Whether letters were settled that are not taken in yet."""
        from mailer.people import follow

        return follow.waiting(self._store)

    def follow(self, default_plan: str) -> list[Person]:
        """Take in the letters that were settled since the last time; those whom this put on a plan.

        ``touched`` are then those whom a letter reached, if they are few; ``fault`` is the first plan that could not
        be read: whoever is on it has no date until it can.
        """
        from mailer.people import follow

        if not follow.waiting(self._store):
            return []
        with self.transaction():
            done = follow.follow(self._store, default_plan, self.now, self._stamp(), self._knows)
            for number in done.to_plan:
                try:
                    self._replan([number])
                except BadData as error:
                    self.fault = self.fault or error
        self.touched = self._some(done.reached) if len(done.reached) <= _FEW else ()
        return self._some(done.started)

    def _some(self, numbers: Sequence[int]) -> list[Person]:
        return list(self._view(None, f"WHERE id IN ({', '.join(map(str, numbers))})")) if numbers else []

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
            self._replan([number])
        return self.person(person_id(number))

    def change(self, person: Person, card: Card) -> Person:
        """Write the card of a person.  Raises BadData where an address is another's."""
        number = _number(person)
        with self.transaction():
            self._refuse_taken(card, number)
            if card.plan != person.card.plan:
                rows.start_plan(self._store, number, card.plan, self.today, card.refused_on)
            before = [row.number for row in self._company(number)]
            rows.change(self._store, number, card)
            self._replan([number, *before])
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
        return bool(self._plan(name).steps)

    def merge(self, one: Person, two: Person) -> Person:
        """Make one person of two; where their cards differ, the first one's holds."""
        kept, gone = _number(one), _number(two)
        with self.transaction():
            before = [row.number for each in (kept, gone) for row in self._company(each) if row.number != gone]
            rows.merge(self._store, kept, gone, merged(one.card, two.card))
            self._replan([kept, *before])
        return self._one(kept)

    def touch(self, person: Person, kind: str, on: datetime, note: str = "", then: date | None = None) -> Person:
        """Record a touch that no letter of ours is; ``then`` sets the next date by hand."""
        number = _number(person)
        with self.transaction():
            made = rows.add_touch(self._store, number, _utc(on), on.date(), kind, note)
            rows.remember_before(self._store, made, number, then)
            rows.lift(self._store, number, ("answered",), self.today)
            rows.choose(self._store, number, then)
            self._replan([number])
        return self.person(person.id)

    def answered(self, person: Person, on: datetime, note: str = "", because: str = "told by hand") -> Person:
        """Record an answer of theirs: it is the user's turn, until a letter or touch."""
        number = _number(person)
        with self.transaction():
            event = rows.add_event(self._store, number, _utc(on), "answer", note, because, "answered")
            rows.hold(self._store, number, "answered", _utc(on), None, "", event)
        return self.person(person.id)

    def came_back(self, person: Person, kind: str, text: str, because: str, until: date | None = None) -> Person:
        """Record what came back: with ``until`` they are held, and the last letter does not count if it ``bounced``."""
        number = _number(person)
        with self.transaction():
            event = rows.add_event(self._store, number, self._stamp(), kind, text, because, "hold" if until else "")
            if until:
                rows.hold(self._store, number, "hold", self._stamp(), until, text, event)
            if kind == "bounced":
                rows.uncount_last(self._store, number)
            self._replan([number])
        return self._one(number)

    def undo(self, typed: str) -> Person:
        """Take back a touch (``t12``) or an event (``e12``) that was told by hand.  Raises BadData."""
        table, number = {"t": "touches", "e": "events"}.get(typed[:1].casefold()), typed[1:]
        found = table and number.isdecimal() and rows.told_by_hand(self._store, table, int(number))
        if not found:
            hint = "`mailer people show WHO` shows the ids; a letter that was sent cannot be taken back."
            raise BadData(f"there is nothing to take back with the id {typed!r}", hint=hint)
        with self.transaction():
            rows.take_back(self._store, str(table), int(number), self.today)
            self._replan([found])
        return self._one(found)

    def choose(self, person: Person, when: date | None) -> Person:
        """Set the next date by hand."""
        with self.transaction():
            rows.choose(self._store, _number(person), when)
            self._replan([_number(person)])
        return self.person(person.id)

    def hold(self, people: Iterable[Person], kind: str, until: date | None, why: str) -> None:
        """Hold or stop people; said twice it is the newer."""
        numbers = [_number(one) for one in people]
        with self.transaction():
            for number in numbers:
                rows.hold(self._store, number, kind, self._stamp(), until, why, None)
            self._replan(numbers)

    def resume(self, people: Iterable[Person]) -> None:
        """Lift hold, stop and answered."""
        numbers = [_number(one) for one in people]
        with self.transaction():
            for number in numbers:
                rows.lift(self._store, number, ("hold", "stop", "answered"), self.today)
                rows.forget_stop(self._store, number)
            self._replan(numbers)

    # Bringing in

    def bring_in(
        self, found: Iterable[Incoming], answers: Mapping[Place, bool], tell: Callable[[Outcome], None], *, keep: bool
    ) -> None:
        """Bring people in, all or nothing, telling of each; without ``keep`` nothing stays of it.

        ``answers`` says of rows that were asked about, by file and line, whether they are the person asked about.
        """
        from mailer.people.importing import Imports

        # What is remembered of the rows may outgrow memory.
        self._store.execute("PRAGMA temp_store = FILE")
        if not keep:
            # A ledger that does not exist yet is an empty one in memory.
            self._store.execute("PRAGMA query_only = OFF")
        with contextlib.suppress(_NotKept), self.transaction():
            with Imports(self._store, self.today, self._stamp(), answers) as imports:
                for row in found:
                    tell(imports.take(row))
            if not keep:
                raise _NotKept
            self._replan(imports.to_plan)

    def undo_import(self) -> Undoing:
        """Undo the last import.  Raises BadData where there is none."""
        from mailer.people.undoing import undo

        with self.transaction():
            done = undo(self._store, self.today)
            if done is None:
                raise BadData("there is no import to undo", hint="`mailer people` lists who is there.")
            self._replan(done.to_plan)
        return done

    def calendar(self, people: Sequence[Person], chosen: bool, token: Callable[[], str], today: date) -> list[Event]:
        """Bring the calendar of open steps up to date, with ``chosen`` of these people alone; their events."""
        from datetime import UTC

        from mailer.people import calendar

        moment = self.now.astimezone(UTC).replace(microsecond=0)
        numbers = {_number(one) for one in people} if chosen else None
        with self.transaction():
            fresh = calendar.wanted(people, moment, iter(token, None))
            made = calendar.brought_up_to_date(calendar.events(self._store), fresh, numbers, moment, today)
            calendar.put(self._store, made)
        return [event for event in made if numbers is None or event.person in numbers]

    def wrote(self, path: str, kind: str) -> None:
        """Remember a file of the user's that may name people: "calendar", "backup" or "import"."""
        with self.transaction():
            self._store.execute("INSERT OR REPLACE INTO written (path, kind) VALUES (?, ?)", (path, kind))

    def forget(self, person: Person) -> Forgotten:
        """Take a person out, and every word of the letters to them, of the file too.  Raises Later."""
        from mailer.ledger import erasing
        from mailer.people.forgetting import take_out

        number = _number(person)
        with self.transaction():
            erasing.refuse_while_sending(self._store)
            near = [row.number for row in self._company(number)]
            near += rows.who_is_told_of(self._store, person.card.name)
            done = take_out(self._store, number)
            self._replan([one for one in near if one != number])
        erasing.wipe(self._store)
        return done

    def stopped_before(self, addresses: Iterable[str]) -> list[str]:
        """Those of the addresses whose owner was stopped, and forgotten."""
        from mailer.ledger import hashes

        known = {rows.address_key(address): address for address in addresses}
        return [known[key] for key in hashes.remembered(self._store, "stop", list(known))]

    # What lies ahead

    def _replan(self, numbers: Sequence[int]) -> None:
        """Compute what lies ahead of these people, and of the others of their companies."""
        done: set[int] = set()
        for number in numbers:
            if number in done:
                continue
            group = self._company(number)
            done |= {row.number for row in group}
            self._replan_together(group)

    def _company(self, number: int) -> list[Row]:
        where = "WHERE id = ? OR (company_key <> '' AND company_key = (SELECT company_key FROM people WHERE id = ?))"
        return list(rows.every(self._store, where, (number, number)))

    def _replan_together(self, group: Sequence[Row]) -> None:
        """Who is due first keeps the date; the others keep two weeks from it, and from what was sent."""
        alone = {row.number: self._ahead(row, ()) for row in group}
        order = sorted(group, key=lambda row: (_first(alone[row.number]), row.number))
        sent = list(self._sent_to(group)) if len(group) > 1 else []
        planned: list[Neighbour] = []
        for row in order:
            found = alone[row.number]
            others = [*(one for number, one in sent if number != row.number), *planned]
            if found and others:
                found = self._ahead(row, others)
            self._keep(row, found)
            if found and found.steps and not self._waits_without_end(row.number):
                planned.append(Neighbour(row.card.name, found.steps[0].day, planned=True))

    def _sent_to(self, group: Sequence[Row]) -> Iterator[tuple[int, Neighbour]]:
        for row in group:
            for touch in rows.touches(self._store, row.number):
                if touch.kind == "letter":
                    yield row.number, Neighbour(row.card.name, touch.on, planned=False)

    def _waits_without_end(self, number: int) -> bool:
        """Whether nothing goes to a person until the user says so: the date in their plan keeps nobody waiting."""
        return any(hold.until is None and lifted is None for _, hold, lifted in rows.holds(self._store, number))

    def _ahead(self, row: Row, neighbours: Sequence[Neighbour], *more: Touched) -> Ahead | None:
        if not row.card.plan or self._is_stopped(row.number):
            return None
        from mailer.checks.days_off import country_of

        plan = self._plan(row.card.plan)
        touches = rows.touches(self._store, row.number)
        history = History(
            since=row.plan_since or self.today,
            refused_on=row.card.refused_on,
            touches=(*touches, *more),
            earlier=rows.earlier(self._store, row) if len(touches) > 1 else 0,
            pauses=rows.pauses(self._store, row.number),
            chosen=None if more else row.card.next,
        )
        place = row.card.country or country_of(row.card.time_zone)
        there = (place and self._days.days_off(place)) or self._days.days_off(self._home.country())
        return ahead(plan, history, there or self._days.days_off("") or str, neighbours)

    def _is_stopped(self, number: int) -> bool:
        return any(hold.kind == "stop" and lifted is None for _, hold, lifted in rows.holds(self._store, number))

    def _keep(self, row: Row, found: Ahead | None) -> None:
        if found is None:
            rows.put_course(self._store, row.number, row.step, ())
            return
        plan = self._plan(row.card.plan)
        steps = [
            OpenStep(one.step, one.day, let_go_on(one.day), step.reason, step.template, one.why)
            for one in found.steps
            if (step := plan.step(one.step))
        ]
        rows.put_course(self._store, row.number, found.step, steps)


def merged(one: Card, two: Card) -> Card:
    """One card of two: what the first lacks, the second says; notes are joined."""
    names = ("name", "company", "position", "refused_on", "plan", "next", "language", "country", "time_zone", "url")
    known = {box.address for box in one.addresses}
    return replace(
        one,
        **{name: getattr(one, name) or getattr(two, name) for name in names},
        addresses=(*one.addresses, *(box for box in two.addresses if box.address not in known)),
        note="\n".join(dict.fromkeys(note for note in (one.note, two.note) if note)),
    )


def _first(found: Ahead | None) -> date:
    return found.steps[0].day if found and found.steps else date.max


def _zone_of(country: str) -> str:
    from mailer.checks.days_off import zone_of

    return zone_of(country)


def _date_in(zone: str, now: datetime) -> date:
    from zoneinfo import ZoneInfo

    try:
        return now.astimezone(ZoneInfo(zone)).date()
    except (KeyError, ValueError, OSError):
        return now.date()


def is_soon(person: Person, until: date) -> bool:
    """Whether they wait for a step of a day up to ``until``."""
    return person.state == "waiting" and person.open is not None and person.open.day <= until


def _strongest(holds: Sequence[Hold], today: date) -> Hold | None:
    order = ("stop", "answered", "hold")
    open_holds = [one for one in holds if one.until is None or one.until > today]
    return min(open_holds, key=lambda one: order.index(one.kind), default=None)


def _state(card: Card, hold: Hold | None, step: OpenStep | None, today: date) -> State:
    if hold:
        return {"stop": "stopped", "answered": "answered"}.get(hold.kind, "held")  # type: ignore[return-value]
    if step:
        return "due" if step.day <= today else "waiting"
    return "done" if card.plan else "none"


def _urgency(person: Person) -> tuple[int, date, str]:
    order: tuple[State, ...] = ("answered", "due", "waiting", "held", "none", "done", "stopped")
    return order.index(person.state), person.open.day if person.open else date.max, person.name.casefold()


def _named(person: Person) -> Named:
    return Named(person.id, person.card.name, person.card.company, tuple(b.address for b in person.card.addresses))


def _told(one: Named) -> str:
    address = one.addresses[0] if one.addresses else one.company
    return f"{one.id} {one.name}{f' <{address}>' if one.addresses else f' ({address})' if address else ''}"


def _number(person: Person) -> int:
    return int(person.id[1:])


def _utc(moment: datetime) -> str:
    from datetime import UTC

    return moment.astimezone(UTC).isoformat(timespec="microseconds")
