"""What follows for a person from all that came back: which holds, which addresses are struck out, which touches count.

It follows from the whole of it, ordered by the time of each message, so that it does not matter in which order the
messages were read; what was taken back is as if it had never been.  Pure: no clock, no disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from mailer.people.values import AddressState
from mailer.tuples import NamedTuple

# What asks first where it may be forged, for anybody could have written it.
ASKS = ("stop", "complaint", "dead", "left")
# What shows that a letter arrived after all, or that an address is alive.
_LIFE = ("answer", "stop")


class Fact(NamedTuple):
    """Something that came back, and stands.

    ``sure``: it is, or the user said so.  ``day`` is the user's date of ``at``; ``free`` the first free day after an
    absence; ``known`` the newest touch when it was told.  ``key`` is its address in caseless form, ``struck`` that of
    the address that it is to strike out, or "".
    """

    number: int
    kind: str
    sure: bool
    at: datetime
    day: date
    free: date | None = None
    letter: int | None = None
    key: str = ""
    struck: str = ""
    known: int = 0
    text: str = ""
    other: str = ""
    by_hand: bool = False


class Made(NamedTuple):
    """A touch of the user's; ``by_hand``: told by the user, who may have named no more than the day."""

    number: int
    at: datetime
    day: date
    letter: int | None
    by_hand: bool


class Resumed(NamedTuple):
    """When the user said that all goes on, on which day of theirs, and after which event."""

    at: datetime
    day: date
    event: int


class Past(NamedTuple):
    """All that matters of a person.

    ``own`` is the state of each address without the facts; ``to`` the person's addresses in the To of each letter;
    ``near`` what concerns the others of their company; ``resumed`` when the user last resumed.
    """

    facts: Sequence[Fact]
    made: Sequence[Made]
    own: Mapping[str, AddressState]
    to: Mapping[int, frozenset[str]]
    near: Sequence[Fact] = ()
    resumed: Resumed | None = None


class Effect(NamedTuple):
    """A hold that follows from an event; ``lifted`` is the day on which it ended before its time."""

    event: int
    kind: str
    since: datetime
    until: date | None
    why: str
    lifted: date | None


class Consequences(NamedTuple):
    """The holds, the state of each address, and the letters that did not reach the person."""

    holds: tuple[Effect, ...]
    states: Mapping[str, AddressState]
    lost: frozenset[int]


def consequences(past: Past) -> Consequences:
    """What follows from all that was."""
    facts = sorted(past.facts, key=lambda one: (one.at, one.number))
    lost = frozenset(_lost(past._replace(facts=facts)))
    ordered = past._replace(facts=facts, made=[touch for touch in past.made if touch.letter not in lost])
    states = _states(ordered)
    return Consequences((*_turns(ordered), *_holds(ordered, states)), states, lost)


# Addresses


def _states(past: Past) -> dict[str, AddressState]:
    found = dict(past.own)
    for one in past.facts:
        if one.sure and one.struck in found and one.kind in ("dead", "left") and not _is_outlived(one, past):
            # Whoever is gone is gone, whatever else was said of the address.
            found[one.struck] = "left" if "left" in (one.kind, found[one.struck]) else "dead"
    return found


def _is_outlived(fact: Fact, past: Past) -> bool:
    """Whether somebody wrote from the address since."""
    return any(one.kind in _LIFE and one.key == fact.key and one.at > fact.at for one in past.facts)


# Letters


def _lost(past: Past) -> Iterator[int]:
    """The letters that reached none of the person's addresses."""
    failed: dict[int, set[str]] = {}
    for one in past.facts:
        if one.letter and (_has_failed(one) or _is_challenged(one, past)):
            failed.setdefault(one.letter, set()).add(one.key)
    for letter, keys in failed.items():
        to = past.to.get(letter, frozenset())
        if len(to) <= 1 or to <= keys:
            yield letter


def _has_failed(fact: Fact) -> bool:
    return fact.sure and fact.kind in ("dead", "bounced")


def _is_challenged(fact: Fact, past: Past) -> bool:
    if fact.kind != "challenge":
        return False
    return not any(one.kind in _LIFE and one.at > fact.at for one in past.facts)


# Whose turn it is


def ends_turn(touch: Made, fact: Fact) -> bool:
    """Whether a touch came after an answer."""
    if touch.letter is not None and touch.letter == fact.letter:
        return False
    if touch.at > fact.at:
        return True
    is_newer = touch.number > fact.known
    # Who records a call of that day knows of the answer.
    return is_newer and (touch.at == fact.at or (touch.by_hand and touch.day >= fact.day))


def _turns(past: Past) -> Iterator[Effect]:
    """It is the user's turn since the first answer that got no reply."""
    is_open = False
    for one in past.facts:
        if one.kind != "answer":
            continue
        lifted = _turn_ended(one, past)
        if lifted or not is_open:
            yield Effect(one.number, "answered", one.at, None, "", lifted)
        is_open = is_open or lifted is None


def _turn_ended(fact: Fact, past: Past) -> date | None:
    days = [touch.day for touch in past.made if ends_turn(touch, fact)]
    return min([*days, *_resumed(fact, past)], default=None)


def _resumed(fact: Fact, past: Past) -> list[date]:
    resumed = past.resumed
    if resumed is None:
        return []
    # Whoever tells of an answer after that means it, whenever it was.
    is_before = fact.number <= resumed.event if fact.by_hand else fact.at <= resumed.at
    return [resumed.day] if is_before else []


# Stops and holds


def _holds(past: Past, states: Mapping[str, AddressState]) -> Iterator[Effect]:
    for one in past.facts:
        kind, until, why = _wanted(one, past, states)
        if kind:
            days = [*_resumed(one, past), *(_back(one, past) if one.kind == "away" else ())]
            yield Effect(one.number, kind, one.at, until, why, min(days, default=None))
    for one in past.near:
        if not any(each.number == one.number for each in past.facts):
            yield Effect(one.number, "hold", one.at, one.free, _why(one), min(_resumed(one, past), default=None))


def _wanted(fact: Fact, past: Past, states: Mapping[str, AddressState]) -> tuple[str, date | None, str]:
    """Kind, first free day and reason of the hold that something makes; the kind is "" for none."""
    if fact.kind in ("dead", "left") and _is_outlived(fact, past):
        return "", None, ""
    if fact.kind in ASKS and not fact.sure:
        return "hold", None, f"{_QUESTIONS[fact.kind]}{_quoted(fact.text)}"
    if fact.kind in ("stop", "complaint"):
        return "stop", None, _why(fact)
    if fact.kind == "left" or (fact.kind == "dead" and "ok" not in states.values()):
        return "hold", None, _why(fact)
    if fact.kind in ("away", "colleague") and fact.free:
        return "hold", fact.free, _why(fact)
    return "", None, ""


def _back(fact: Fact, past: Past) -> list[date]:
    """The day on which somebody who was away answered."""
    return [one.day for one in past.facts if one.kind == "answer" and one.at > fact.at]


_QUESTIONS = {
    "stop": "they may have asked you to stop",
    "complaint": "they may have complained about your letter",
    "dead": "their address may not exist any more",
    "left": "they may have left",
}


def _why(fact: Fact) -> str:
    if fact.kind == "away":
        return fact.text if not fact.key else "out of office"
    if fact.kind == "stop":
        return f"they asked you to stop{_quoted(fact.text)}"
    if fact.kind == "complaint":
        return "they reported your letter as spam"
    if fact.kind == "dead":
        return f"{fact.struck or fact.key} does not exist: ask for a new address"
    if fact.kind == "left":
        return f"they are no longer there{f'; instead there is {fact.other}' if fact.other else ''}"
    return f"{fact.key or 'a colleague'} of the same company wrote to you"


def _quoted(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        return ""
    return f": “{words[:80]}{'…' if len(words) > 80 else ''}”"
