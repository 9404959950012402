"""Find people in the ledger's database by an id, an address, or words that occur in name and company."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mailer.people import rows
from mailer.people.matching import Named, plain
from mailer.people.values import person_id

if TYPE_CHECKING:
    from mailer.ledger.store import Store

_FEW = 12


def names(store: Store, where: str = "", values: Sequence[Any] = ()) -> list[Named]:
    """What people are found by."""
    boxes = rows.boxes(store, where, values)
    return [
        Named(person_id(number), name, company, tuple(box.address for box in boxes.get(number, ())))
        for number, name, company in store.each(f"SELECT id, name, company FROM people {where} ORDER BY id", values)  # noqa: S608
    ]


def named(store: Store, who: str) -> list[Named]:
    """Those whom ``who`` may mean: by id, address, or words that occur."""
    key = who.strip()
    if re.fullmatch(r"[pP][1-9]\d{0,17}", key, re.ASCII) and (found := names(store, "WHERE id = ?", (int(key[1:]),))):
        return found
    owner = rows.owners(store, [rows.address_key(key)])
    if owner:
        return names(store, "WHERE id = ?", tuple(owner.values()))
    return names(store, *containing(plain(who).split()))


def containing(parts: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The condition that all of these plain words occur in what a person is found by, and its values."""
    return ("WHERE " + " AND ".join(["instr(words, ?) > 0"] * len(parts)) if parts else "WHERE 1 = 0"), parts


def shared_starts(store: Store, starts: Iterable[str]) -> dict[str, int]:
    """Of how many people a word of name or company begins so: 0, 1, or 2 for several."""
    wanted = list(starts)
    if len(wanted) <= _FEW:
        asked = "SELECT count(*) FROM (SELECT 1 FROM people WHERE instr(words, ?) > 0 LIMIT 2) p"
        return {start: store.one(asked, (f" {start}",))[0] for start in wanted}
    count = dict.fromkeys(wanted, 0)
    beginnings = {start[:2] for start in wanted}
    for (text,) in store.each("SELECT words FROM people"):
        for start in {word[:n] for word in text.split() if word[:2] in beginnings for n in range(1, len(word) + 1)}:
            if start in count:
                count[start] += 1
    return count
