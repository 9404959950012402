"""Letters that were settled become touches: whom they went to, which plan they start, which address is dead.

The ledger notes each letter whose state changes (``news``); this takes the notes in, whoever sent the letter and
whenever.  It is also how a ledger of before people existed is taken over.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from mailer.people import rows, touch_rows
from mailer.people.rows import Row
from mailer.people.values import Address, Card
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from datetime import date, tzinfo

    from mailer.ledger.store import Store

_STARTS = "runner-up"
_RECENT = timedelta(days=365)
_AT_ONCE = 200  # The LIMIT of _LETTERS.
_LETTERS = """
    SELECT n.letter, l.state, coalesce(l.sent, l.changed), l.template, l.company, l.position, coalesce(c.card, '')
    FROM news n JOIN letters l ON l.number = n.letter LEFT JOIN contents c ON c.letter = n.letter
    ORDER BY n.letter LIMIT 200
"""
_TO = """
    SELECT c.key, r.address, coalesce(nullif(r.name, ''), c.name), coalesce(r.state, ?), coalesce(r.status, ''),
        a.person
    FROM recipients r JOIN contacts c ON c.id = r.contact LEFT JOIN addresses a ON a.key = c.key
    WHERE r.letter = ? AND r.kind = 'to' ORDER BY r.position
"""
_DATED = "SELECT id, company_key FROM people WHERE plan <> '' OR id IN (SELECT person FROM course)"
_COMPANY = "SELECT id, company_key FROM people WHERE id IN ({})"
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
    """Whose dates change by it, whom a letter reached (some, if they are more than ``FEW``), who was put on a plan."""

    to_plan: Sequence[int]
    reached: Sequence[int]
    started: Sequence[int]


def waiting(store: Store) -> bool:
    """Whether there is a letter to take in."""
    return store.one("SELECT 1 FROM news LIMIT 1") is not None


def follow(
    store: Store, default_plan: str, now: datetime, zone: tzinfo | None, knows: Callable[[str], bool]
) -> Followed:
    """Take in every letter that was settled since the last time; all in one transaction of the caller's.

    ``zone`` is the user's, by which days are told; None for this machine's.  ``knows`` tells whether there is a plan
    of that name.
    """
    # Eight octets for each of a long batch.
    changed = array("q")
    reached: dict[int, None] = {}
    started: dict[int, None] = {}
    for letter in _letters(store):
        at = datetime.fromisoformat(letter.at).astimezone(zone)
        for first, recipient, owner in _enumerated(store, letter):
            person, stranger = _person(store, letter, recipient, owner, now)
            changed.append(person)
            if recipient.handed_over and len(reached) <= FEW:
                reached[person] = None
            _touch(store, letter, recipient, person, at.date(), is_new=owner is None)
            if first and _starts(store, letter, person, stranger, at, default_plan, now, knows):
                started[person] = None
    if changed and store.one("SELECT 1 FROM events LIMIT 1"):
        from mailer.people.obeying import obey

        obey(store, changed)
    return Followed(tuple(dict.fromkeys(_planned(store, changed))), tuple(reached), tuple(started))


def _letters(store: Store) -> Iterator[Letter]:
    """The letters to take in, some at a time; each is noted no longer once those with it are taken in."""
    letters = [Letter._make((*row[:6], _about(row[6]))) for row in store.all(_LETTERS)]
    while letters:
        yield from letters
        store.executemany("DELETE FROM news WHERE letter = ?", [(letter.number,) for letter in letters])
        more = store.all(_LETTERS) if len(letters) == _AT_ONCE else ()
        letters = [Letter._make((*row[:6], _about(row[6]))) for row in more]


def _planned(store: Store, people: Sequence[int]) -> Iterator[int]:
    """Those who have a date or are on a plan, or have somebody of their company who is: nobody else has dates."""
    on_a_plan = dict(store.all(_DATED))
    companies = set(on_a_plan.values()) - {""}
    for start in range(0, len(people), _AT_ONCE):
        some = list(people[start : start + _AT_ONCE])
        key_of = dict(store.among(_COMPANY, some)) if companies else {}
        yield from (number for number in some if number in on_a_plan or key_of.get(number) in companies)


class _To(NamedTuple):
    key: str
    address: str
    name: str
    state: str
    status: str

    @property
    def handed_over(self) -> bool:
        return self.state in ("sent", "in-doubt")


def _enumerated(store: Store, letter: Letter) -> list[tuple[bool, _To, int | None]]:
    """The To recipients that matter: those who have it, had it, or do not exist.

    With whether it is the first, and whose address it is.
    """
    everyone = [(_To(*row), owner) for *row, owner in store.all(_TO, (letter.state, letter.number))]
    return [
        (place == 0, one, owner) for place, (one, owner) in enumerate(everyone) if one.handed_over or owner is not None
    ]


def _about(text: str) -> dict[str, str]:
    found: Any = json.loads(text) if text else {}
    return {str(name): str(value) for name, value in found.items()}


def _person(store: Store, letter: Letter, to: _To, owner: int | None, now: datetime) -> tuple[int, Row | None]:
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
        number = rows.add(store, card, now.date(), rows.moment_text(now))
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


def _touch(store: Store, letter: Letter, to: _To, person: int, day: date, *, is_new: bool) -> None:
    if is_new:
        # Most of a batch are strangers, of whom there is nothing else to change.
        touch_rows.letter_touch(store, person, letter.at, day, letter.number, counts=True)
        return
    if to.state == "refused" and to.status in _NO_SUCH_ADDRESS:
        store.execute("UPDATE addresses SET state = 'dead', own = 'dead' WHERE key = ?", (to.key,))
    known = store.one("SELECT 1 FROM touches WHERE person = ? AND letter = ?", (person, letter.number))
    if not to.handed_over and not known:
        return
    touch_rows.letter_touch(store, person, letter.at, day, letter.number, counts=to.handed_over)
    if to.handed_over:
        store.execute("UPDATE addresses SET state = 'ok', own = 'ok' WHERE key = ? AND own = 'dead'", (to.key,))
        rows.choose(store, person, None)


def _starts(
    store: Store,
    letter: Letter,
    person: int,
    stranger: Row | None,
    sent: datetime,
    default_plan: str,
    now: datetime,
    knows: Callable[[str], bool],
) -> bool:
    """Put the first To on the plan that the letter asks for; a letter for another position starts it anew."""
    asked = letter.about.get("plan", "")
    name = asked if asked else default_plan if letter.template == _STARTS else ""
    if not name or name == "none":
        return False
    row = stranger or rows.one(store, person)
    if row is None or letter.state not in ("sent", "in-doubt") or now - sent > _RECENT:
        return False
    other = bool(letter.position) and row.card.position.casefold() != letter.position.casefold()
    refused = letter.about.get("refused_on", "")
    day = rows.day_of(refused)
    if row.card.plan == name and not other and row.plan_since:
        if day and letter.template == _STARTS:
            # What the letter says of the no is the anchor; the card may have guessed.
            rows.change(store, person, row.card._replace(refused_on=day))
        return False
    if not knows(name):
        return False
    if letter.position and row.card.position != letter.position:
        # The day of the no on the card was that of the position before.
        before = None if other else row.card.refused_on
        rows.change(store, person, row.card._replace(position=letter.position, refused_on=before))
    rows.start_plan(store, person, name, sent.date(), day, letter.number)
    return True
