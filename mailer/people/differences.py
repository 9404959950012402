"""What an import changes in a card: an empty value removes nothing, and an equal one is no change."""

from __future__ import annotations

from mailer.people.incoming import tidy, tidy_note
from mailer.people.rows import address_key
from mailer.people.values import Card

_TEXTS = ("name", "company", "position", "url")
_FIELDS = (*_TEXTS, "refused_on", "plan", "language", "country", "time_zone", "note")


def updated(card: Card, new: Card, *, fill: bool) -> tuple[Card, list[str]]:
    """The card with what the new one says, and what that changes; with ``fill`` only what is empty."""
    changes: dict[str, object] = {}
    what: list[str] = []
    for name in _FIELDS:
        before, after = getattr(card, name), getattr(new, name)
        if after and not (before and (fill or _says_as_much(name, before, after))):
            changes[name] = after
            what.append(f"{name.replace('_', '-')}: {_shown(before)} → {_shown(after)}")
    known = {address_key(box.address) for box in card.addresses}
    more = tuple(box for box in new.addresses if address_key(box.address) not in known)
    what += [f"address: + {box.address}" for box in more]
    return card._replace(**changes, addresses=(*card.addresses, *more)), what  # type: ignore[arg-type]


def _says_as_much(name: str, before: object, after: object) -> bool:
    """Whether a filled field says what the new value says: ``DE-BY`` is in ``DE``, ``de-AT`` is ``de``."""
    if name in ("language", "country"):
        return f"{before}-".casefold().startswith(f"{after}-".casefold())
    if name == "note":
        return tidy_note(str(before)) == tidy_note(str(after))
    return before == after or (name in _TEXTS and tidy(str(before)) == tidy(str(after)))


def _shown(value: object) -> str:
    text = " / ".join(str(value).splitlines()) if value else "–"
    return text if len(text) <= 80 else f"{text[:77]}…"
