"""The open steps as a calendar: an event a step, which moves with it and is cancelled when it is gone.

What was last written is kept, so that an unchanged calendar is the same octets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    import icalendar

    from mailer.ledger.store import Store
    from mailer.people.values import Person

PRODUCT = "-//mailer//keeping in touch//EN"
KEPT_DAYS = 90
_COLUMNS = "person, plan, step, uid, sequence, modified, date, summary, text, gone"


class Event(NamedTuple):
    """An event of the calendar; ``gone``: the day on which it was cancelled."""

    person: int
    plan: str
    step: int
    uid: str
    sequence: int
    modified: datetime
    day: date
    summary: str
    text: str
    gone: date | None

    @property
    def of(self) -> tuple[int, str, int]:
        """Whose step it is."""
        return self.person, self.plan, self.step


def events(store: Store) -> list[Event]:
    """The events as last written."""
    return [_event(row) for row in store.each(f"SELECT {_COLUMNS} FROM calendar ORDER BY person, plan, step")]  # noqa: S608


def _event(row: Sequence[object]) -> Event:
    *keys, modified, day, summary, text, gone = row
    when = date.fromisoformat(str(gone)) if gone else None
    written = datetime.fromisoformat(str(modified)), date.fromisoformat(str(day))
    return Event._make((*keys, *written, summary, text, when))


def wanted(people: Iterable[Person], now: datetime, token: Iterator[str]) -> Iterator[Event]:
    """An event for each open step that has a date."""
    for person in people:
        step = person.open
        if step is None or person.next is None:
            continue
        name = ", ".join(part for part in (person.name, person.card.company) if part)
        number = f"touch {step.step}" + (f" of {person.steps}" if person.steps else "")
        text = f"{'; '.join(step.why)}.\nmailer follow-up {person.id}"
        yield Event(
            int(person.id[1:]),
            person.card.plan,
            step.step,
            next(token),
            0,
            now,
            step.day,
            f"{name}: {step.reason} ({number})",
            text,
            None,
        )


def brought_up_to_date(
    before: Iterable[Event], now: Iterable[Event], chosen: set[int] | None, moment: datetime, today: date
) -> list[Event]:
    """The events as they are to be written; of people who are not ``chosen`` (None: all are) as they were."""
    known = {event.of: event for event in before}
    found = {event.of: _newer(known.get(event.of), event) for event in now}
    for event in known.values():
        if event.of in found:
            continue
        is_chosen = chosen is None or event.person in chosen
        kept = _cancelled(event, moment, today) if is_chosen and not event.gone else event
        if kept.gone is None or (today - kept.gone).days <= KEPT_DAYS:
            found[kept.of] = kept
    return sorted(found.values(), key=lambda event: event.of)


def _newer(old: Event | None, new: Event) -> Event:
    if old is None:
        return new
    if (old.day, old.gone) != (new.day, None):
        return new._replace(uid=old.uid, sequence=old.sequence + 1)
    if (old.summary, old.text) != (new.summary, new.text):
        return new._replace(uid=old.uid, sequence=old.sequence)
    return old


def _cancelled(event: Event, moment: datetime, today: date) -> Event:
    return event._replace(sequence=event.sequence + 1, modified=moment, gone=today)


def put(store: Store, made: Iterable[Event]) -> None:
    """Keep the events as written."""
    store.execute("DELETE FROM calendar")
    store.executemany(
        f"INSERT INTO calendar ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        [
            (
                *event[:5],
                event.modified.isoformat(),
                event.day.isoformat(),
                event.summary,
                event.text,
                event.gone.isoformat() if event.gone else None,
            )
            for event in made
        ],
    )


def as_file(made: Iterable[Event]) -> bytes:
    """The calendar file (RFC 5545): published, nobody invited."""
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for event in made:
        calendar.add_component(_component(event))
    octets: bytes = calendar.to_ical()
    return octets


def _component(event: Event) -> icalendar.Event:
    import icalendar

    made = icalendar.Event()
    made.add("uid", event.uid)
    made.add("dtstamp", event.modified)
    made.add("last-modified", event.modified)
    made.add("sequence", event.sequence)
    made.add("dtstart", event.day)
    made.add("dtend", event.day + timedelta(days=1))
    made.add("summary", event.summary)
    made.add("description", event.text)
    made.add("status", "CANCELLED" if event.gone else "CONFIRMED")
    made.add("transp", "TRANSPARENT")
    if not event.gone:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.summary)
        alarm.add("trigger", timedelta(hours=9))
        made.add_component(alarm)
    return made
