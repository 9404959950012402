"""Make the ledger of a database, or bring it up to date; done by whoever may make roles there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from mailer.ledger.postgresql import functions, tables
from mailer.ledger.postgresql.connection import connect, unusable
from mailer.ledger.postgresql.store import PostgresStore

if TYPE_CHECKING:
    from mailer.settings.database import Database

# Who owns the tables, who may use them, who stands in for a superuser, and who works for others.
KEEPER, USERS, HOUSE, WORKERS = "mailer_keeper", "mailer_users", "mailer_house", "mailer_workers"
_OLDEST = 140000


class Made(NamedTuple):
    """What was done: ``fresh`` where there was no ledger, its ``name``, and who was let in."""

    fresh: bool
    name: str
    granted: tuple[str, ...]


def init(
    place: Database,
    grant: Sequence[str] = (),
    workers: Sequence[str] = (),
    also: Callable[[PostgresStore], None] = lambda _store: None,
) -> Made:
    """Make the roles, the tables and what they need, as far as they are missing, and let ``grant`` use them.

    ``workers`` may act for all of these.  ``also`` makes more in the same transaction.

    Raises CannotWrite, BadSettings, Later.
    """
    with closing(PostgresStore(connect(place), place)) as store:
        if store.one("SELECT current_setting('server_version_num')::integer")[0] < _OLDEST:
            raise unusable(place, "is older than PostgreSQL 14", "Update the server.")
        with store.transaction("SETUP"):
            fresh = _schema(store)
            if fresh:
                _tables(store)
            name, version = store.one("SELECT id, version FROM mailer.about")
            if version > tables.VERSION:
                raise unusable(place, f"is of a newer mailer (version {version})", "Update mailer.")
            store.execute("RESET ROLE")
            also(store)
            _must_be_there(store, place, (*grant, *workers))
            for role in (*grant, *workers):
                store.execute(f"GRANT {USERS} TO {_quoted(role)}")
            for role in grant:
                store.execute(f"GRANT {_quoted(role)} TO {WORKERS}")
            for role in workers:
                store.execute(f"GRANT {WORKERS} TO {_quoted(role)}")
    return Made(fresh, str(name), tuple(grant))


def _must_be_there(store: PostgresStore, place: Database, roles: Sequence[str]) -> None:
    known = {name for (name,) in store.all("SELECT rolname FROM pg_roles")}
    for role in roles:
        if role not in known:
            raise unusable(place, f"has no role {role}", f"Make it: CREATE ROLE {_quoted(role)} LOGIN")


def _schema(store: PostgresStore) -> bool:
    """The roles, and the schema; whether it has no tables yet."""
    for role in (KEEPER, USERS, HOUSE, WORKERS):
        if not store.one("SELECT 1 FROM pg_roles WHERE rolname = ?", (role,)):
            store.execute(f"CREATE ROLE {role} NOLOGIN")
    if not store.one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0]:
        store.execute(f"GRANT {KEEPER}, {HOUSE} TO CURRENT_USER")
    store.execute(f"GRANT {USERS} TO {HOUSE}, {WORKERS}")
    store.execute(f"GRANT {HOUSE} TO {WORKERS}")
    store.execute(f"CREATE SCHEMA IF NOT EXISTS mailer AUTHORIZATION {KEEPER}")
    return bool(store.one("SELECT to_regclass('mailer.about') IS NULL")[0])


def _tables(store: PostgresStore) -> None:
    store.execute(f"SET LOCAL ROLE {KEEPER}")
    store.execute("SET LOCAL search_path = mailer, pg_temp")
    store.execute(f"GRANT USAGE ON SCHEMA mailer TO {USERS}")
    for statement in (*functions.FUNCTIONS, *tables.statements(), *functions.AFTER_TABLES):
        store.execute(statement)
    store.execute("INSERT INTO about (version) VALUES (?)", (tables.VERSION,))


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
