"""Servers' replies as they stand in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mailer.ledger.store import Store

if TYPE_CHECKING:
    from mailer.transport.replies import Reply


def reply(row: tuple[Any, ...] | None) -> Reply | None:
    """Return the reply in (code, status, text), or None."""
    if row is None or row[0] is None:
        return None
    from mailer.transport.replies import Reply

    return Reply(*row)


def columns(given: Reply | None, remark: str = "") -> tuple[int | None, str | None, str | None]:
    """(code, status, text) of a reply; without one, the remark in its place."""
    return (given.code, given.status, storable(given.text)) if given else (None, None, storable(remark) or None)


def storable(text: str) -> str:
    """Return the text with what UTF-8 cannot hold written out, such as the octets of a file name that is not UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def last(store: Store, letter: int) -> tuple[Reply | None, str]:
    """Return the reply that settled the last attempt; without one, what there is to say of it, or ``""``."""
    attempts = "SELECT code, status, text FROM attempts WHERE letter = ? ORDER BY number DESC LIMIT 1"
    row = store.one(attempts, (letter,))
    return (None, "") if row is None else _said(row)


def of_all(store: Store, letters: Sequence[int]) -> dict[int, tuple[Reply | None, str]]:
    """The same for each of some letters that were tried."""
    asked = "SELECT letter, code, status, text FROM attempts WHERE letter IN ({}) ORDER BY letter, number"
    return {letter: _said(tuple(row)) for letter, *row in store.among(asked, letters)}


def _said(row: tuple[Any, ...]) -> tuple[Reply | None, str]:
    return (None, row[2] or "") if row[0] is None else (reply(row), "")


def attempts(store: Store, letter: int) -> int:
    """Return how many attempts are written down."""
    return int(store.one("SELECT count(*) FROM attempts WHERE letter = ?", (letter,))[0])


def refusals(store: Store, letter: int) -> Mapping[str, Reply]:
    """Return the recipients refused for good, by addr-spec, each with its own reply."""
    return _answers(store, letter, "state = 'refused'")


def deferrals(store: Store, letter: int) -> Mapping[str, Reply]:
    """Return the recipients of a deferred letter refused for now, by addr-spec, each with its own reply."""
    return _answers(store, letter, "coalesce(state, 'deferred') = 'deferred'")


def _answers(store: Store, letter: int, where: str) -> Mapping[str, Reply]:
    rows = store.each(
        f"SELECT address, code, status, text FROM recipients WHERE letter = ? AND {where} ORDER BY position",  # noqa: S608
        (letter,),
    )
    return {address: found for address, *rest in rows if (found := reply(tuple(rest)))}
