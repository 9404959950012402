"""Names of templates, accounts, plans, people and letters; read, never written.

No ledger is made or migrated, nobody is asked, and what cannot be read offers nothing.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailer.settings.settings import Settings

    Found = Iterator[tuple[str, str]]

_MOST = 200


def of_kind(kind: str, typed: str) -> list[tuple[str, str]]:
    """Values that begin with what was typed, each with a word about it.  Any error is the caller's."""
    lower = typed.casefold()
    found: list[tuple[str, str]] = []
    for value, about in _LOOKUPS[kind](typed):
        if value.casefold().startswith(lower) and value.isprintable():
            found.append((value, about))
            if len(found) == _MOST:
                break
    return found


def _settings() -> Settings:
    from pathlib import Path

    from mailer.settings import trust
    from mailer.settings.settings import load

    settings = load(os.environ, Path())
    return settings.set_aside([line.name for line in settings.untrusted(trust.WORDS)])


def _templates(_typed: str) -> Found:
    from mailer.letters import template

    settings = _settings()
    for name, forms in template.available(
        template.folders(settings.cwd, settings.templates_dir, settings.config_dir)
    ).items():
        yield name, " ".join(template.languages(forms))


def _accounts(_typed: str) -> Found:
    from mailer.settings import account_file

    for name in account_file.names(_settings().config_dir):
        yield name, ""


def _plans(_typed: str) -> Found:
    from mailer.people.plan import available

    for name in available(_settings().config_dir):
        yield name, ""


def _people(typed: str) -> Found:
    """Names; the address or the id where that is what was begun."""
    for number, name, company, address in _peeked(
        "SELECT p.id, p.name, p.company, coalesce((SELECT a.address FROM addresses a WHERE a.person = p.id"
        " ORDER BY a.position LIMIT 1), '') FROM people p ORDER BY p.name, p.id"
    ):
        called = str(name or address or f"p{number}")
        if called.casefold().startswith(typed.casefold()):
            yield called, str(company)
        else:
            yield str(address), called
            yield f"p{number}", called


def _letters(_typed: str) -> Found:
    return _ids("SELECT number, subject FROM letters WHERE sent IS NOT NULL ORDER BY sent DESC")


def _waiting(_typed: str) -> Found:
    waits = "waits = 1 AND (current = 1 OR state IN ('draft', 'in-doubt')) OR copy = 'failed'"
    return _ids(f"SELECT number, subject FROM letters WHERE {waits} ORDER BY number")  # noqa: S608


def _ids(query: str) -> Found:
    from mailer.ledger.ids import letter_id

    for number, subject in _peeked(query):
        yield letter_id(int(str(number))), str(subject)


def _entries(_typed: str) -> Found:
    for sign, table, words in (("t", "touches", "kind || ' ' || note"), ("e", "events", "class || ' ' || text")):
        asked = f"SELECT id, {words} FROM {table} ORDER BY id DESC LIMIT {_MOST}"  # noqa: S608
        for number, about in _peeked(asked):
            yield f"{sign}{number}", str(about)


def _peeked(query: str) -> Iterator[tuple[object, ...]]:
    from pathlib import Path

    from mailer.ledger.peeking import peek

    place = _settings().ledger
    # A server is not waited for while somebody types.
    return peek(place, query) if isinstance(place, Path) else iter(())


_LOOKUPS: dict[str, Callable[[str], Found]] = {
    "templates": _templates,
    "accounts": _accounts,
    "plans": _plans,
    "people": _people,
    "letters": _letters,
    "waiting": _waiting,
    "entries": _entries,
}
