"""Letters that earlier versions recorded: given new keys from trimmed values, and found by other spellings too.

Earlier versions kept the blanks around a value, and wrote some subjects otherwise.  Such a letter counts as the same
one whatever its words: a correction made since must neither send it twice nor block it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.message.identity import earlier_key, exact_key, keyed

if TYPE_CHECKING:
    from mailer.ledger.store import Store

# Of two that turn out to be one letter, the first of these states stands for both.
_LETTERS = """
    SELECT number, identity, current, (
        SELECT json_group_array(json_array(r.kind, c.key))
        FROM recipients r JOIN contacts c ON c.id = r.contact WHERE r.letter = number),
        template, company, position, subject
    FROM letters ORDER BY CASE state WHEN 'in-doubt' THEN 0 WHEN 'sending' THEN 1 WHEN 'claimed' THEN 2
        WHEN 'sent' THEN 3 WHEN 'deferred' THEN 4 WHEN 'refused' THEN 5 ELSE 6 END, number DESC
"""


def rekey(store: Store) -> None:
    """Key every letter from trimmed values, and write down that an earlier version recorded it."""
    import json

    keys: list[tuple[bytes, int]] = []
    renamed: list[tuple[bytes, int]] = []
    superseded: list[tuple[int]] = []
    taken: set[bytes] = set()
    for number, identity, current, recipients, *about in list(store.each(_LETTERS)):
        people = json.loads(recipients)
        to = {key for kind, key in people if kind == "to"} or {key for _, key in people}
        keys.append((bytes.fromhex(earlier_key(to, *about)), number))
        name = identity
        # Where it is not so, somebody was added or taken out since who is part of its name.
        if bytes.fromhex(exact_key(to, *about)) == identity:
            name = bytes.fromhex(keyed(to, *about))
            renamed.append((name, number))
        if current and name in taken:
            superseded.append((number,))
        elif current:
            taken.add(name)
    store.executemany("UPDATE letters SET current = 0 WHERE number = ?", superseded)
    store.executemany("UPDATE letters SET identity = ? WHERE number = ?", renamed)
    store.executemany("UPDATE letters SET earlier = ? WHERE number = ?", keys)
