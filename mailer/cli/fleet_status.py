"""``mailer fleet status``: what waits, is in flight or in doubt, by mailbox and owner; and which workers live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from mailer.cli.style import BAD, LOOK, aligned, on_terminal, style, tabbed
from mailer.people.dates import count
from mailer.sending.outcomes import moment_words

if TYPE_CHECKING:
    from datetime import datetime

    from mailer.fleet.state import FleetState, MailboxState

_HEAD = ("Mailbox", "Owner", "Queued", "Due", "In flight", "In doubt", "Waits")
# Where the terminal is narrow, these are cut.
_NARROW = (0, 1)
# A letter that has been due for longer is looked at: a worker takes a mailbox in hand within a minute.
_LONG = timedelta(minutes=10)
_MOST = 10


def as_json(found: FleetState) -> dict[str, object]:
    """The object that ``--json`` prints."""
    return {
        **{what: found.total(what) for what in ("queued", "due", "in_flight", "in_doubt")},
        "oldest": found.oldest.isoformat() if found.oldest else None,
        "workers": [{"heard_seconds_ago": round(seconds, 1)} for seconds in found.workers],
        "mailboxes": [
            {**one._asdict(), "oldest": one.oldest.isoformat() if one.oldest else None} for one in found.mailboxes
        ],
        "unvisited": [
            {**one._asdict(), "visited": one.visited.isoformat() if one.visited else None} for one in found.unvisited
        ],
    }


def rows(found: FleetState, now: datetime) -> Iterator[str]:
    """A line for each mailbox and owner; in a pipe its times are as ISO 8601 writes them."""
    if not on_terminal():
        yield from (tabbed(_fields(one, one.oldest.isoformat() if one.oldest else "")) for one in found.mailboxes)
    elif found.mailboxes:
        shown = [_fields(one, _for_how_long(now - one.oldest) if one.oldest else "") for one in found.mailboxes]
        head, *lines = aligned(_HEAD, shown, _NARROW)
        yield head
        yield from (style(line, fg=_colour(one, now)) for one, line in zip(found.mailboxes, lines, strict=True))


def _fields(one: MailboxState, waits: str) -> tuple[str, ...]:
    numbers = (one.queued, one.due, one.in_flight, one.in_doubt)
    return (one.mailbox or "–", one.owner, *map(str, numbers), waits)


def _colour(one: MailboxState, now: datetime) -> str | None:
    if one.in_doubt:
        return BAD
    return LOOK if one.oldest and now - one.oldest > _LONG else None


def summary(found: FleetState, now: datetime) -> Iterator[str]:
    """All of it in a few sentences."""
    if not found.mailboxes:
        yield "Nothing is waiting."
    else:
        queued, due = found.total("queued"), found.total("due")
        yield f"{count(queued, 'letter')} queued, {due} of them due; {found.total('in_flight')} in flight."
    if found.oldest:
        since = moment_words(found.oldest.astimezone(now.tzinfo))
        yield f"The longest has been due for {_for_how_long(now - found.oldest)}, since {since}."
    if doubtful := found.total("in_doubt"):
        words = f"{count(doubtful, 'letter')} in doubt: {'its' if doubtful == 1 else 'their'} owner settles"
        yield style(f"{words} {'it' if doubtful == 1 else 'them'} with mailer outbox.", fg=BAD, err=True)
    yield from _unvisited(found, now)
    yield _alive(found)


def _unvisited(found: FleetState, now: datetime) -> Iterator[str]:
    """Which mailboxes are not read, and why; of many the first."""
    for one in found.unvisited[:_MOST]:
        who = ", ".join(part for part in (one.mailbox, one.owner) if part)
        since = f"since {moment_words(one.visited.astimezone(now.tzinfo))}" if one.visited else "yet"
        why = one.why or "No worker has an account for it."
        yield style(f"{who}: what came back was not read {since}. {why}", fg=LOOK, err=True)
    if len(found.unvisited) > _MOST:
        yield f"And {len(found.unvisited) - _MOST} more: mailer fleet status --json."


def _alive(found: FleetState) -> str:
    if found.workers:
        return f"{count(len(found.workers), 'worker')} {'is' if len(found.workers) == 1 else 'are'} running."
    return style("No worker is running: start one with mailer work.", fg=LOOK if found.total("due") else None, err=True)


def _for_how_long(age: timedelta) -> str:
    """``less than a minute``, ``5 minutes``, ``3 hours``, ``2 days``."""
    minutes = int(age.total_seconds()) // 60
    if minutes < 1:
        return "less than a minute"
    for size, noun in ((60 * 24, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return count(minutes // size, noun)
    return count(minutes, "minute")
