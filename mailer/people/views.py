"""Read the people: who they are, how each stands on a day, what was, and what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING

from mailer.errors import MailerError
from mailer.people import rows, touch_rows
from mailer.people.matching import Named, fits, plain
from mailer.people.rows import Row
from mailer.people.values import (
    Card,
    Entry,
    Hold,
    OpenStep,
    Pending,
    Person,
    is_soon,
    number_of,
    person_id,
    state_of,
    strongest,
    urgency,
)
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from mailer.ledger.store import Store
    from mailer.people.letters import Before, Thread
    from mailer.people.noted import Note
    from mailer.people.plan import Plan, PlansRead
    from mailer.people.replanning import Replanning, Watch
    from mailer.people.returned import Offer
    from mailer.settings.database import Database


_ELSEWHERE = "another owner here was asked not to write to them again"


class Home(NamedTuple):
    """Where the user is: taken where nothing is known of a recipient.  ``zone`` is None for this machine's."""

    country: Callable[[], str]
    zone: tzinfo | None


class Views:
    """The reading half of ``book.Book``."""

    def __init__(self, store: Store, plan: Callable[[str], Plan], now: datetime, home: Home) -> None:
        self._store, self._home = store, home
        self._plan = plan
        self._moments: dict[str, datetime] = {}
        # Where the people of the other owners of the house are.
        self.others: Callable[[], Sequence[Path | Database]] = tuple
        # What is told how far the dates of many are computed.
        self.watch: Watch | None = None
        # The user's time and date.
        self.now, self.today = now, now.date()

    @cached_property
    def _plans(self) -> PlansRead:
        """The plans that are asked for, each read once."""
        from mailer.people.plan import PlansRead

        return PlansRead(self._plan)

    @cached_property
    def _course(self) -> Replanning:
        """What computes dates: most commands need none of it."""
        from mailer.people.replanning import Replanning, unwatched

        return Replanning(self._store, self._plans, self.today, self._home.country, self.watch or unwatched)

    @cached_property
    def _stopped_elsewhere(self) -> frozenset[int]:
        """Whom another owner was asked not to write to; nobody where that cannot be read."""
        others = self.others()
        if not others:
            return frozenset()
        from mailer.people import house

        try:
            return house.stopped_among(self._store, others)
        except MailerError:
            return frozenset()

    def people(self, words: Sequence[str] = (), today: date | None = None) -> list[Person]:
        """Everybody whom the words fit, those first with whom something is to be done."""
        from mailer.people.finding import containing

        parts = [part for word in words for part in plain(word).split()]
        found = self._view(today, *containing(parts)) if parts else self._view(today)
        return sorted((one for one in found if not words or fits(_named(one), words)), key=urgency)

    def of_interest(self, today: date | None = None) -> list[Person]:
        """Those with whom something is to be done, and those who are held or get a letter; all others wait."""
        found = self._until((today or self.today) + timedelta(days=1), today)
        return sorted(filter(_is_of_interest, found), key=urgency)

    def at_a_glance(self, most: int) -> tuple[list[Person], dict[str, int]]:
        """``of_interest``, of those who are long due, and of those whose letter is queued, the first ``most`` alone.

        And how many of both were left out: "due", "queued".
        """
        from mailer.people.glance import glance

        chosen = glance(self._store, self.today, most, self._stopped_elsewhere)
        found = self._view(None, chosen.where, chosen.values)
        return sorted(filter(_is_of_interest, found), key=urgency), chosen.left_out

    def soon(self, within: int, today: date | None = None) -> list[Person]:
        """Those who are due, late first, and those who come to be due within as many days."""
        until = (today or self.today) + timedelta(days=within)
        # Whoever has no step before the last day need not have one here.
        found = self._until(until + timedelta(days=1), today, before=until + timedelta(days=1))
        return sorted((one for one in found if one.state == "due" or is_soon(one, until)), key=urgency)

    def who_answered(self, today: date | None = None) -> list[Person]:
        """Those who answered, and for whom it is the user's turn."""
        where = "WHERE id IN (SELECT person FROM holds WHERE lifted IS NULL AND kind = 'answered')"
        return sorted((one for one in self._view(today, where) if one.state == "answered"), key=urgency)

    def _until(self, day: date, today: date | None, before: date = date.max) -> Iterator[Person]:
        """Those who have a step open until a day, or are held: the others need not be read."""
        where = (
            "WHERE id IN (SELECT person FROM course WHERE date <= ? AND until >= ?"
            " UNION SELECT person FROM holds WHERE lifted IS NULL)"
        )
        return self._view(today, where, (day.isoformat(), (today or self.today).isoformat()), before)

    def person(self, who: str, today: date | None = None) -> Person:
        """The one person that ``who`` means.  Raises BadData with the nearest, or the candidates."""
        from mailer.people.finding import the_one

        return self._one(int(the_one(self._store, who).id[1:]), today)

    def those(self, numbers: Sequence[int]) -> list[Person]:
        """The people of these numbers."""
        among = ", ".join(map(str, numbers))
        return list(self._view(None, f"WHERE id IN ({among})")) if numbers else []

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
        from mailer.people.glance import next_due

        found = next_due(self._store, self.today, self._stopped_elsewhere)
        return self._one(found) if found else None

    def outbox(self) -> int:
        """How many letters wait in the outbox, with those that came back."""
        from mailer.people.returned import returned

        waits = "waits = 1 AND (current = 1 OR state IN ('draft', 'in-doubt')) OR copy = 'failed'"
        return int(self._store.one(f"SELECT count(*) FROM letters WHERE {waits}")[0]) + len(returned(self._store))  # noqa: S608

    def offers(self) -> list[Offer]:
        """The colleagues who wrote lately, and may be added."""
        from mailer.people.returned import offers

        return offers(self._store, self.today)

    def synced(self) -> str | None:
        """When the mailbox was last read, ISO 8601; None while it never was."""
        found: str | None = self._store.one("SELECT max(at) FROM mailboxes")[0]
        return found

    def timeline(self, person: Person) -> list[Entry]:
        """What there was between the user and them, newest last."""
        return [one._replace(at=self.local(one.at)) for one in touch_rows.timeline(self._store, number_of(person))]

    def unanswered(self, person: Person) -> int:
        """On how many days a letter went to them since they last answered."""
        return self.silences([person]).get(person.id, 0)

    def silences(self, people: Sequence[Person]) -> dict[str, int]:
        """``unanswered`` of each of them who was written to."""
        found = touch_rows.unanswered(self._store, [number_of(one) for one in people])
        return {person_id(number): days for number, days in found.items()}

    def drafts(self, people: Sequence[Person]) -> dict[str, Note]:
        """What became of the drafts of their open steps: that one was made, or why not."""
        from mailer.people.noted import of_steps

        return of_steps(self._store, people)

    def thread(self, person: Person) -> Thread | None:
        """The thread that the next letter to them continues."""
        from mailer.people.letters import thread

        hold = person.hold
        answered = hold.since if hold and hold.kind == "answered" else None
        return thread(self._store, self.timeline(person), answered)

    def before(self, person: Person) -> list[Before]:
        """What was said before, oldest first."""
        from mailer.people.letters import before

        return list(before(self._store, self.timeline(person)))

    def local(self, moment: datetime) -> datetime:
        """A moment in the user's zone."""
        return moment.astimezone(self._home.zone)

    def hour_there(self, person: Person) -> datetime | None:
        """What time it is at their place; None where nothing is known of it."""
        card = person.card
        return self._moment(card) if card.time_zone or card.country else None

    def _moment(self, card: Card) -> datetime:
        place = card.time_zone or card.country
        if place not in self._moments:
            self._moments[place] = _moment_in(card.time_zone or _zone_of(card.country), self.now)
        return self._moments[place]

    def after_today(self, person: Person) -> date | None:
        """When the step is due that comes after a touch of today; None where there is none."""
        from mailer.people.dates import Touched

        row = rows.one(self._store, number_of(person))
        return self._course.after(row, Touched(self.today)) if row else None

    def ahead(self, people: Sequence[Person], until: date) -> dict[str, list[OpenStep]]:
        """The steps of each up to a day: the open one, and those that follow if each is done on its day."""
        from mailer.people.replanning import pasts

        some = {number_of(one): one for one in people if one.open and one.next and one.next <= until}
        numbers = list(some)
        past = pasts(self._store, numbers)
        found: dict[str, list[OpenStep]] = {}
        for row in rows.among(self._store, "id", numbers):
            one = some[row.number]
            assert one.open is not None
            first = max(one.open.day, one.today)
            found[one.id] = [one.open, *self._course.if_kept(row, past[row.number], first, until)]
        return found

    def _view(
        self, today: date | None, where: str = "", values: Sequence[object] = (), before: date = date.max
    ) -> Iterator[Person]:
        from mailer.people import course_rows

        today = today or self.today
        for one in course_rows.seen(self._store, today - timedelta(days=1), where, values, before):
            there = self._there(one.row.card, today)
            step = next((step for step in one.steps if step.until > there), None)
            yield self._seen(one.row, there, one.last, one.holds, step, self._pending(one.queued))

    def _pending(self, queued: str | None) -> Pending | None:
        if not queued:
            return None if queued is None else Pending(None)
        due = self.local(datetime.fromisoformat(queued))
        return Pending(due, due < self.now)

    def _there(self, card: Card, today: date) -> date:
        """The date at their place: it may be a day ahead of the user's, or behind."""
        if today != self.today or not (card.time_zone or card.country):
            return today
        return self._moment(card).date()

    def _seen(
        self,
        row: Row,
        today: date,
        last: datetime | None,
        holds: Sequence[Hold],
        step: OpenStep | None,
        pending: Pending | None,
    ) -> Person:
        hold = strongest(holds, today)
        if row.number in self._stopped_elsewhere and not (hold and hold.kind == "stop"):
            hold, step = Hold("stop", self.now, None, _ELSEWHERE, cause="elsewhere"), None
        hold = hold and hold._replace(since=self.local(hold.since))
        plan = self._plans.known(row.card.plan)
        steps = plan.length if plan else None
        number = None if plan is None else step.step if step else max(row.step, (steps or 0) + 1)
        if plan and hold and hold.kind == "stop":
            # Nothing is laid out for them; the step that was open last would be open.
            number = max(row.step, 1)
        return Person(
            id=person_id(row.number),
            card=row.card,
            state=state_of(row.card, hold, step, today, pending),
            step=number,
            steps=steps,
            anchor=row.card.refused_on or row.plan_since,
            last=last and self.local(last),
            open=step,
            hold=hold,
            today=today,
            pending=pending,
        )

    def handles(self, people: Sequence[Person]) -> dict[str, str]:
        """The shortest way to name each on the command line: a first name that is nobody else's, else the id."""
        from mailer.people.finding import handles

        return handles(self._store, {one.id: one.card.name for one in people})


def _is_of_interest(person: Person) -> bool:
    return person.is_queued or person.state not in ("waiting", "done", "none")


def _zone_of(country: str) -> str:
    from mailer.checks.days_off import zone_of

    return zone_of(country)


def _moment_in(zone: str, now: datetime) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        return now.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        return now


def _named(person: Person) -> Named:
    return Named(person.id, person.card.name, person.card.company, tuple(b.address for b in person.card.addresses))
