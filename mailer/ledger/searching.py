"""Find letters by a part of a name or an address, in pages of the names of many letters, which are read in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.ledger.store import Store

# Those that are on no page yet.
_APART = """
    SELECT letter FROM unlearned
    UNION SELECT number FROM letters INDEXED BY letters_waiting WHERE waits = 1 AND state = 'in-doubt'
"""
_NUMBER_ENDS, _LINE_ENDS = "\x1f", "\x1e"


def write_down(store: Store, letters: Iterable[tuple[int, str]]) -> None:
    """Put letters, and whom they went to, on a page of their own."""
    lines = [f"{number}{_NUMBER_ENDS}{people}{_LINE_ENDS}" for number, people in letters]
    store.execute("INSERT INTO pages (text) VALUES (?)", ("".join(lines),))


def candidates(store: Store, wanted: str) -> set[int]:
    """The letters that may be to somebody whose name or address holds ``wanted``, case folded."""
    found = {number for (number,) in store.each(_APART)}
    for (text,) in store.each("SELECT text FROM pages"):
        found.update(_on_page(text, wanted))
    return found


def _on_page(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        start = text.rfind(_LINE_ENDS, 0, at) + 1
        names = text.index(_NUMBER_ENDS, start)
        if at > names:
            yield int(text[start:names])
            at = text.index(_LINE_ENDS, at)
        at = text.find(wanted, at + 1)


def forget(store: Store, numbers: Sequence[int]) -> None:
    """Take letters off their pages."""
    gone = set(map(str, numbers))
    for page, text in list(store.each("SELECT id, text FROM pages")):
        lines = text.split(_LINE_ENDS)
        kept = [line for line in lines if line.partition(_NUMBER_ENDS)[0] not in gone]
        if len(kept) < len(lines):
            store.execute("UPDATE pages SET text = ? WHERE id = ?", (_LINE_ENDS.join(kept), page))


def people_of(store: Store, letter: int) -> str:
    """The names and addresses of everybody a letter is to, case folded."""
    return people_in(store.each("SELECT address, name FROM recipients WHERE letter = ?", (letter,)))


def people_in(rows: Iterable[tuple[str, str]]) -> str:
    """The same of addresses and names."""
    text = "\n".join(f"{_readable(address)}\n{name}" for address, name in rows).casefold()
    return text.replace(_LINE_ENDS, " ").replace(_NUMBER_ENDS, " ")


def _readable(address: str) -> str:
    """Return the address, and if its domain has A-labels, as people write it too."""
    if "xn--" not in address:
        return address
    from mailer.message.domain import to_unicode

    local, _, domain = address.rpartition("@")
    return f"{address}\n{local}@{to_unicode(domain)}"


def plain(person: str) -> str:
    """Return the person as to be looked for: an address in A-label form, any other text as typed."""
    from mailer.errors import BadData
    from mailer.message.address import parse_mailbox

    try:
        return parse_mailbox(person).addr_spec.casefold()
    except BadData:
        return person.strip().casefold()
