"""Letters that were settled become touches: whom they went to, which plan they start, which address is dead.

The ledger notes each letter whose state changes (``news``); this takes the notes in, whoever sent the letter and
whenever.  A ledger from before people existed is taken over in the same way.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from mailer.people import rows, touch_rows
from mailer.people.numbers import in_order, put_in
from mailer.people.rows import Row
from mailer.people.strangers import Strangers
from mailer.people.values import Address, Card
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from mailer.ledger.store import Store

_STARTS = "runner-up"
_RECENT = timedelta(days=365)
_AT_ONCE = 100
# Letters are taken in for so long before the dates that follow from them are computed, and all of it is kept.
_SECONDS = 0.5
# SQLite lets whoever waits look again after a tenth of a second at most; nobody is told that its lock is free.
_PAUSE = 0.12
# First they are noted no longer: what changes from then on is noted anew.
_NEWS = "SELECT letter FROM news ORDER BY letter LIMIT ?"
_NOTED = "DELETE FROM news WHERE letter IN ({}) RETURNING letter"
_LETTERS = """
    SELECT l.number, l.state, coalesce(l.sent, l.changed), l.template, l.company, l.position, coalesce(c.card, '')
    FROM letters l LEFT JOIN contents c ON c.letter = l.number WHERE l.number IN ({}) ORDER BY l.number
"""
_TO = """
    SELECT r.letter, c.key, r.address, coalesce(nullif(r.name, ''), c.name), r.state, coalesce(r.status, ''), a.person
    FROM recipients r JOIN contacts c ON c.id = r.contact LEFT JOIN addresses a ON a.key = c.key
    WHERE r.letter IN ({}) AND r.kind = 'to' ORDER BY r.letter, r.position
"""
_DATED = "(plan <> '' OR EXISTS (SELECT 1 FROM course c WHERE c.person = people.id))"
_COMPANY = f"SELECT id, company_key, {_DATED} FROM people WHERE id IN ({{}})"  # noqa: S608
_COMPANIES = f"SELECT DISTINCT company_key FROM people WHERE company_key IN ({{}}) AND {_DATED}"  # noqa: S608
# Of so many companies is remembered whether anybody there has dates: of a large one all have to be looked at.
_COMPANIES_KEPT = 500
# Of so many at most is kept whom a letter reached.
FEW = 100
_NO_SUCH_ADDRESS = ("5.1.1", "5.1.10")


class Letter(NamedTuple):
    """A letter whose state has changed; ``about`` are its headers about the recipient."""

    number: int
    state: str
    at: str
    template: str
    company: str
    position: str
    about: Mapping[str, str]


class Followed(NamedTuple):
    """Whose dates change by it, whom a letter reached (some, if they are more than ``FEW``), who was put on a plan.

    ``more``: some are left for another time.  ``again``: what part of the dates was computed for others, who are of
    the same companies.
    """

    to_plan: Sequence[int]
    reached: Sequence[int]
    started: Sequence[int]
    more: bool = False
    again: float = 0.0


def waiting(store: Store) -> bool:
    """Whether there is a letter to take in."""
    return store.one("SELECT 1 FROM news LIMIT 1") is not None


Part = Callable[[Callable[[], bool]], Followed | None]


def in_parts(store: Store, part: Part) -> Followed:
    """Take in all that waits, each part a commit: whoever settles a letter meanwhile waits for one part alone.

    ``part`` takes in until it is told that it is enough; None where another is at it.  One that is killed leaves what
    it had to the next.  Inside a transaction all is one part.
    """
    store.stop_reading()
    whole, longest = store.in_transaction, _SECONDS
    reached: dict[int, None] = {}
    started = array("q")
    more = True
    while more:
        until = math.inf if whole else time.monotonic() + longest
        done = part(partial(_is_past, until))
        if done is None:
            break
        # Of one large company all dates are computed each time: not more often than the letters are worth it.
        longest = max(_SECONDS, done.again * (time.monotonic() - until))
        reached |= dict.fromkeys(done.reached[: FEW + 1 - len(reached)])
        put_in(started, done.started)
        more = done.more
        if more and store.is_file:
            time.sleep(_PAUSE)
    return Followed((), tuple(reached), started)


def _is_past(moment: float) -> bool:
    return time.monotonic() >= moment


def follow(
    store: Store,
    default_plan: str,
    now: datetime,
    zone: tzinfo | None,
    knows: Callable[[str], bool],
    enough: Callable[[], bool] = lambda: False,
) -> Followed:
    """Take in the letters that were settled since the last time; all in one transaction of the caller's.

    ``zone`` is the user's, by which days are told; None for this machine's.  ``knows`` tells whether there is a plan
    of that name, ``enough`` whether the rest is left for another transaction.
    """
    changed, started = array("q"), array("q")
    reached: dict[int, None] = {}
    more = False
    for some in _letters(store):
        unknown = sum(owner is None for _, everyone in some for _, owner in everyone)
        strangers = Strangers(store, unknown, now)
        for letter, everyone in some:
            at = datetime.fromisoformat(letter.at).astimezone(zone)
            for first, recipient, owner in _enumerated(everyone, strangers):
                person, stranger = _person(store, letter, recipient, owner, strangers)
                changed.append(person)
                if recipient.handed_over and len(reached) <= FEW:
                    reached[person] = None
                if stranger:
                    strangers.touch(person, letter.at, at.date(), letter.number)
                else:
                    _touch(store, letter, recipient, person, at.date())
                if first and (plan := _plan(store, letter, person, stranger, at, default_plan, now, knows)):
                    start = strangers.start_plan if stranger else partial(rows.start_plan, store)
                    start(person, *plan, letter.number)
                    put_in(started, (person,))
        strangers.write_down()
        if enough():
            more = waiting(store)
            break
    if changed and store.one("SELECT 1 FROM events LIMIT 1"):
        from mailer.people.obeying import obey

        obey(store, changed)
    return Followed(in_order(_planned(store, changed)), tuple(reached), started, more)


def _letters(store: Store) -> Iterator[list[tuple[Letter, Sequence[tuple[_To, int | None]]]]]:
    """The letters to take in, some at a time, each with its To recipients and whose addresses these are."""
    some: Sequence[Any] = range(_AT_ONCE)
    while len(some) == _AT_ONCE:
        some = store.all(_NEWS, (_AT_ONCE,))
        numbers = sorted(number for (number,) in store.among(_NOTED, [number for (number,) in some]))
        letters = [Letter._make((*row[:6], _about(row[6]))) for row in store.among(_LETTERS, numbers)]
        people: dict[int, list[Any]] = {}
        for number, *row in store.among(_TO, numbers):
            people.setdefault(number, []).append(row)
        yield [
            (letter, [(_to(letter, *row), owner) for *row, owner in people.get(letter.number, ())])
            for letter in letters
        ]


def _planned(store: Store, people: Sequence[int]) -> Iterator[int]:
    """Those who have a date or are on a plan, or have somebody of their company who is: nobody else has dates."""
    companies: dict[str, bool] = {}
    for start in range(0, len(people), _AT_ONCE):
        found = {number: row for number, *row in store.among(_COMPANY, people[start : start + _AT_ONCE])}
        if len(companies) > _COMPANIES_KEPT:
            companies.clear()
        unknown = list({key for key, _ in found.values()} - companies.keys() - {""})
        companies |= dict.fromkeys(["", *unknown], False)
        companies |= {key: True for (key,) in store.among(_COMPANIES, unknown)}
        yield from (number for number, (company, is_dated) in found.items() if is_dated or companies[company])


class _To(NamedTuple):
    key: str
    address: str
    name: str
    state: str
    status: str

    @property
    def handed_over(self) -> bool:
        return self.state in ("sent", "in-doubt")


def _to(letter: Letter, key: str, address: str, name: str, state: str | None, status: str) -> _To:
    return _To(key, address, name, state or letter.state, status)


def _enumerated(everyone: Sequence[tuple[_To, int | None]], strangers: Strangers) -> list[tuple[bool, _To, int | None]]:
    """The To recipients that matter: those who have it, had it, or do not exist.

    With whether it is the first, and whose address it is.
    """
    known = [(one, strangers.of(one.key) if owner is None else owner) for one, owner in everyone]
    return [
        (place == 0, one, owner) for place, (one, owner) in enumerate(known) if one.handed_over or owner is not None
    ]


def _about(text: str) -> dict[str, str]:
    if not text:
        return {}
    import json

    return {str(name): str(value) for name, value in json.loads(text).items()}


def _person(store: Store, letter: Letter, to: _To, owner: int | None, strangers: Strangers) -> tuple[int, Row | None]:
    """Whose address it is; a stranger becomes a person, who is returned too."""
    if owner is None:
        about = letter.about
        card = Card(
            name=to.name,
            addresses=(Address(to.address),),
            company=letter.company,
            position=letter.position,
            language=about.get("language", ""),
            country=about.get("country", "").upper(),
            time_zone=about.get("time_zone", ""),
        )
        number = strangers.add(to.key, card)
        return number, Row(number, card, None, 0)
    if to.handed_over:
        _learn(store, letter, owner)
    return owner, None


def _learn(store: Store, letter: Letter, owner: int) -> None:
    """What the card lacks, the letter says."""
    row = rows.one(store, owner)
    assert row is not None
    about = {"company": letter.company, "position": letter.position, **letter.about}
    card = row.card
    refused = about.get("refused_on", "")
    new = card._replace(
        company=card.company or about["company"],
        position=card.position or about["position"],
        refused_on=card.refused_on or rows.day_of(refused),
        language=card.language or about.get("language", ""),
        country=card.country or about.get("country", "").upper(),
        time_zone=card.time_zone or about.get("time_zone", ""),
    )
    if new != card:
        rows.change(store, owner, new)


def _touch(store: Store, letter: Letter, to: _To, person: int, day: date) -> None:
    if to.state == "refused" and to.status in _NO_SUCH_ADDRESS:
        store.execute("UPDATE addresses SET state = 'dead', own = 'dead' WHERE key = ?", (to.key,))
    known = store.one("SELECT 1 FROM touches WHERE person = ? AND letter = ?", (person, letter.number))
    if not to.handed_over and not known:
        return
    touch_rows.letter_touch(store, person, letter.at, day, letter.number, counts=to.handed_over)
    if to.handed_over:
        store.execute("UPDATE addresses SET state = 'ok', own = 'ok' WHERE key = ? AND own = 'dead'", (to.key,))
        touch_rows.remember_date(store, letter.number, person)
        rows.choose(store, person, None)


def _plan(
    store: Store,
    letter: Letter,
    person: int,
    stranger: Row | None,
    sent: datetime,
    default_plan: str,
    now: datetime,
    knows: Callable[[str], bool],
) -> tuple[str, date, date | None] | None:
    """The plan that the letter starts with the first To, since when, and the day of the no.

    A letter for another position starts it anew.
    """
    asked = letter.about.get("plan", "")
    name = asked if asked else default_plan if letter.template == _STARTS else ""
    if not name or name == "none":
        return None
    row = stranger or rows.one(store, person)
    if row is None or letter.state not in ("sent", "in-doubt") or now - sent > _RECENT:
        return None
    other = bool(letter.position) and row.card.position.casefold() != letter.position.casefold()
    refused = letter.about.get("refused_on", "")
    day = rows.day_of(refused)
    if row.card.plan == name and not other and row.plan_since:
        if day and letter.template == _STARTS:
            # What the letter says of the no is the anchor; the card may have guessed.
            rows.change(store, person, row.card._replace(refused_on=day))
        return None
    if not knows(name):
        return None
    if letter.position and row.card.position != letter.position:
        # The day of the no on the card was that of the position before.
        before = None if other else row.card.refused_on
        rows.change(store, person, row.card._replace(position=letter.position, refused_on=before))
    return name, sent.date(), day
