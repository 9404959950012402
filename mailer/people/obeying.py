"""Keep in the ledger what follows from all that came back: holds, struck addresses, touches that count."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mailer.people.consequences import Consequences, Effect, Fact, Made, Past, Resumed, consequences
from mailer.people.rows import day_of, day_text

if TYPE_CHECKING:
    from mailer.ledger.store import Store
    from mailer.people.values import AddressState

_FEW = 20
_FACT = """
    SELECT e.id, e.class, e.confidence = 'sure' OR e.accepted = 1, e.at, coalesce(e.day, substr(e.at, 1, 10)), e.free,
        e.letter, e.address, e.struck, e.known, e.text, e.other_address, e.key = ''
    FROM events e
"""
_NEAR = f"""{_FACT} JOIN people p ON p.id = e.person JOIN people me ON me.company_key = p.company_key
    WHERE me.id = ? AND p.company_key <> '' AND p.id <> me.id AND e.class = 'colleague' AND e.undone = 0
"""
_TO = """
    SELECT DISTINCT r.letter, c.key FROM recipients r JOIN contacts c ON c.id = r.contact
    JOIN addresses a ON a.key = c.key WHERE a.person = ? AND r.kind = 'to' AND r.letter IN ({})
"""
_HAVE = """
    SELECT person FROM events WHERE person IS NOT NULL UNION SELECT person FROM holds WHERE event IS NOT NULL
    UNION SELECT m.id FROM events e JOIN people p ON p.id = e.person
        JOIN people m ON m.company_key = p.company_key AND p.company_key <> '' WHERE e.class = 'colleague'
"""


def obey(store: Store, numbers: Collection[int]) -> None:
    """Make the ledger say what follows, for these people, from all that came back."""
    if len(numbers) > _FEW:
        # Few of many had anything come back.
        have = having(store)
        numbers = [number for number in numbers if number in have]
    for number in dict.fromkeys(numbers):
        past = _past(store, number)
        if past is not None:
            _keep(store, number, consequences(past))


def having(store: Store) -> set[int]:
    """Those whom anything that came back may concern."""
    return {number for (number,) in store.each(_HAVE)}


def company(store: Store, number: int) -> list[int]:
    """The numbers of a person, and of the others of their company."""
    key = "(SELECT company_key FROM people WHERE id = ?)"
    asked = f"SELECT id FROM people WHERE id = ? OR (company_key <> '' AND company_key = {key})"  # noqa: S608
    return [found for (found,) in store.each(asked, (number, number))]


def _past(store: Store, number: int) -> Past | None:
    row = store.one("SELECT resumed FROM people WHERE id = ?", (number,))
    if row is None:
        return None
    facts = [_fact(each) for each in store.each(f"{_FACT} WHERE e.person = ? AND e.undone = 0", (number,))]
    return Past(
        facts=facts,
        made=[_made(*each) for each in store.each(_MADE, (number,))],
        own=dict(store.each("SELECT key, own FROM addresses WHERE person = ?", (number,))),
        to=_to(store, number, {fact.letter for fact in facts if fact.letter}),
        near=[_fact(each) for each in store.each(_NEAR, (number,))],
        resumed=_resumed(row[0]) if row[0] else None,
    )


def _resumed(text: str) -> Resumed:
    at, day, event = text.split(" ")
    return Resumed(datetime.fromisoformat(at), date.fromisoformat(day), int(event))


def _fact(row: Sequence[Any]) -> Fact:
    number, kind, sure, at, day, free, letter, address, struck, known, text, other, by_hand = row
    moment, on = datetime.fromisoformat(at), date.fromisoformat(day)
    return Fact(
        number,
        kind,
        bool(sure),
        moment,
        on,
        day_of(free),
        letter,
        address.casefold(),
        struck,
        known,
        text,
        other,
        bool(by_hand),
    )


_MADE = """
    SELECT id, at, day, letter, letter IS NULL AND message_id IS NULL FROM touches WHERE person = ? AND handed = 1
"""


def _made(number: int, at: str, day: str, letter: int | None, by_hand: int) -> Made:
    return Made(number, datetime.fromisoformat(at), date.fromisoformat(day), letter, bool(by_hand))


def _to(store: Store, number: int, letters: Iterable[int | None]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    asked = _TO.format(", ".join(str(letter) for letter in letters))
    for letter, key in store.each(asked, (number,)):
        found.setdefault(letter, set()).add(key)
    return {letter: frozenset(keys) for letter, keys in found.items()}


def _keep(store: Store, number: int, found: Consequences) -> None:
    _keep_holds(store, number, {effect.event: effect for effect in found.holds})
    _keep_states(store, number, found.states)
    lost = ", ".join(map(str, sorted(found.lost)))
    counts = f"CASE WHEN letter IN ({lost}) THEN 0 ELSE handed END"
    store.execute(f"UPDATE touches SET counts = {counts} WHERE person = ? AND counts <> {counts}", (number,))  # noqa: S608


def _keep_states(store: Store, number: int, states: Mapping[str, AddressState]) -> None:
    store.executemany(
        "UPDATE addresses SET state = ? WHERE key = ? AND person = ? AND state <> ?",
        [(state, key, number, state) for key, state in states.items()],
    )


def _keep_holds(store: Store, number: int, wanted: dict[int, Effect]) -> None:
    have = dict(store.each("SELECT event, id FROM holds WHERE person = ? AND event IS NOT NULL", (number,)))
    gone = [(row,) for event, row in have.items() if event not in wanted]
    store.executemany("DELETE FROM holds WHERE id = ?", gone)
    for event, one in sorted(wanted.items()):
        since = one.since.isoformat(timespec="microseconds")
        values = (one.kind, since, day_text(one.until), one.why, day_text(one.lifted))
        if event in have:
            store.execute(
                "UPDATE holds SET kind = ?, since = ?, until = ?, why = ?, lifted = ? WHERE id = ?",
                (*values, have[event]),
            )
        else:
            store.execute(
                "INSERT INTO holds (kind, since, until, why, lifted, person, event) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, number, event),
            )
