"""Find people in the ledger's database by an id, an address, or words that occur in name and company."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mailer.errors import BadData
from mailer.people import rows
from mailer.people.matching import Named, find, nearest, plain
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


def the_one(store: Store, who: str) -> Named:
    """The one person whom ``who`` means.  Raises BadData with the nearest, or the candidates."""
    found = find(named(store, who), who)
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(_told(one) for one in found[:8]) + ("; …" if len(found) > 8 else "")
        raise BadData(f"{who!r} fits {len(found)} people", hint=f"Say which, by id or address: {listed}.")
    near = nearest(names(store), who)
    hint = f"Did you mean {' or '.join(_told(one) for one in near)}?" if near else "`mailer people` lists them."
    raise BadData(f"nobody is called {who!r}", hint=hint)


def _told(one: Named) -> str:
    address = one.addresses[0] if one.addresses else one.company
    return f"{one.id} {one.name}{f' <{address}>' if one.addresses else f' ({address})' if address else ''}"


def handles(store: Store, called: Mapping[str, str]) -> dict[str, str]:
    """The shortest way to name each on the command line: a first name that is nobody else's, else the id.

    ``called``: their ids, with their names.
    """
    first = {key: plain(name).split()[:1] for key, name in called.items()}
    starts = {each[0] for each in first.values() if each and each[0].isalnum()}
    count = shared_starts(store, sorted(starts))
    return {key: each[0] if each and count.get(each[0]) == 1 else key for key, each in first.items()}


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
