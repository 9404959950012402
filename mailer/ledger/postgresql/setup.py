"""Make the ledger of a database, or bring it up to date; this needs a role that may make others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from mailer.errors import Later, MailerError, Usage
from mailer.ledger.postgresql import functions, tables
from mailer.ledger.postgresql.connection import connect, unusable
from mailer.ledger.postgresql.store import PostgresStore
from mailer.tuples import NamedTuple

if TYPE_CHECKING:
    from mailer.settings.database import Database

# Who owns the tables, who may use them, who stands in for a superuser, and who works for others.
KEEPER, USERS, HOUSE, WORKERS = "mailer_keeper", "mailer_users", "mailer_house", "mailer_workers"
_OLDEST = 140000
# Since then CREATEROLE says less (release notes of 16): who grants a role needs ADMIN OPTION on it, as who made it has,
# and may become it only where a grant has SET.
_STRICTER = 160000
_WHO = (
    "It takes a superuser, or a role with CREATEROLE that owns the database; from PostgreSQL 16 on the latter has to"
    " have made the roles, its own and those that it lets in, or a superuser says for each:"
    " GRANT jo TO admin WITH ADMIN OPTION."
)
_IS_MEMBER = """
    SELECT EXISTS (SELECT 1
        FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
        WHERE r.rolname = ? AND m.rolname = coalesce(nullif(?, ''), current_user) {})
"""
# Who works for a role can do what it can.
_MIGHTY = """
    SELECT EXISTS (SELECT 1 FROM pg_roles m WHERE (m.rolsuper OR m.rolbypassrls OR m.rolcreaterole OR m.rolreplication
        OR m.rolname LIKE 'mailer\\_%' AND m.rolname <> 'mailer_users') AND pg_has_role(r.oid, m.oid, 'MEMBER'))
    FROM pg_roles r WHERE r.rolname = ?
"""
_WORKED_FOR = """
    SELECT 1 FROM pg_roles r JOIN pg_roles w ON w.rolname = 'mailer_workers' AND NOT w.rolsuper
    WHERE r.rolname = ? AND pg_has_role(w.oid, r.oid, 'MEMBER')
"""
# Two of these at once, in two databases of a server.
_RACES = frozenset({"42710", "23505", "XX000"})


class Made(NamedTuple):
    """What was done: ``fresh`` where there was no ledger, and its ``name``."""

    fresh: bool
    name: str


def init(
    place: Database,
    grant: Sequence[str] = (),
    workers: Sequence[str] = (),
    also: Callable[[PostgresStore], None] = lambda _store: None,
) -> Made:
    """Make the roles, the tables and what they need, as far as they are missing, and let ``grant`` use them.

    ``workers`` may act for all of these.  ``also`` makes more in the same transaction.

    Raises CannotWrite, BadSettings, Later; Usage for a role that is not there, or may do more than a worker should.
    """
    with closing(PostgresStore(connect(place), place)) as store:
        if store.one("SELECT current_setting('server_version_num')::integer")[0] < _OLDEST:
            raise unusable(place, "is older than PostgreSQL 14", "Update the server.")
        with _told(place), store.transaction("SETUP"):
            _check(store, grant, workers)
            fresh = _schema(store)
            _as_keeper(store, 0 if fresh else _version(store, place))
            name = store.one("SELECT id FROM mailer.about")[0]
            store.execute("RESET ROLE")
            also(store)
            _let_in(store, grant, workers)
    return Made(fresh, str(name))


@contextmanager
def _told(place: Database) -> Iterator[None]:
    """Say who may do it where this role may not, and that another does it just now."""
    import psycopg

    try:
        yield
    except (MailerError, psycopg.Error) as error:
        cause = error if isinstance(error, psycopg.Error) else error.__cause__
        code = getattr(cause, "sqlstate", "")
        if code == "42501":
            raise unusable(place, f"cannot be set up by this role: {str(cause).splitlines()[0]}", _WHO) from error
        if code in _RACES:
            raise Later("another ledger is set up on the same server", hint="Run the command again.") from error
        raise


def _check(store: PostgresStore, grant: Sequence[str], workers: Sequence[str]) -> None:
    """Raise Usage for a role that is not there, or that nobody may work for."""
    for role in (*grant, *workers):
        if not store.one("SELECT 1 FROM pg_roles WHERE rolname = ?", (role,)):
            hint = f"Make it first: CREATE ROLE {_quoted(role)} LOGIN" if role else "Name a role."
            raise Usage(f"there is no role {role!r} on this server", hint=hint)
    for role in grant:
        if store.one(_MIGHTY, (role,))[0]:
            hint = "Let in a role that may do nothing else; a superuser needs no grant, and has letters of its own."
            raise Usage(f"{role} may do more than keep letters, and so would every worker", hint=hint)

    for role in workers:
        if role in grant or store.one(_WORKED_FOR, (role,)):
            raise Usage(f"{role} keeps letters, and cannot be a worker too", hint="Make another role for the worker.")


def _version(store: PostgresStore, place: Database) -> int:
    version: int = store.one("SELECT version FROM mailer.about")[0]
    if version > tables.VERSION:
        raise unusable(place, f"is of a newer mailer (version {version})", "Update mailer.")
    return version


def _schema(store: PostgresStore) -> bool:
    """The roles, and the schema; whether it has no tables yet."""
    for role in (KEEPER, USERS, HOUSE, WORKERS):
        if not store.one("SELECT 1 FROM pg_roles WHERE rolname = ?", (role,)):
            store.execute(f"CREATE ROLE {role} NOLOGIN")
    if not store.one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")[0]:
        _join(store, [(KEEPER, ""), (HOUSE, "")])
    _join(store, [(USERS, HOUSE), (USERS, WORKERS), (HOUSE, WORKERS)])
    store.execute(f"CREATE SCHEMA IF NOT EXISTS mailer AUTHORIZATION {KEEPER}")
    return bool(store.one("SELECT to_regclass('mailer.about') IS NULL")[0])


def _as_keeper(store: PostgresStore, version: int) -> None:
    """The tables as this version has them, from those of ``version``, 0 for none; and the functions, each time."""
    store.execute(f"SET LOCAL ROLE {KEEPER}")
    store.execute("SET LOCAL search_path = mailer, pg_temp")
    if not version:
        store.execute(f"GRANT USAGE ON SCHEMA mailer TO {USERS}")
        for statement in (*functions.FUNCTIONS, *tables.statements()):
            store.execute(statement)
    for statement in chain(*tables.MIGRATIONS[version - 1 :] if version else ()):
        store.execute(statement)
    for statement in (*functions.ANEW, *(functions.ONCE if not version else ())):
        store.execute(statement)
    asked = "UPDATE about SET version = ?" if version else "INSERT INTO about (version) VALUES (?)"
    store.execute(asked, (tables.VERSION,))


def _let_in(store: PostgresStore, grant: Sequence[str], workers: Sequence[str]) -> None:
    _join(store, [(USERS, role) for role in (*grant, *workers)])
    _join(store, [(role, WORKERS) for role in grant])
    _join(store, [(WORKERS, role) for role in workers])


def _join(store: PostgresStore, pairs: Sequence[tuple[str, str]]) -> None:
    """Make each second role a member of the first, "" being who is connected; who is one already stays it.

    So that an update needs no right to grant what was granted.
    """
    version = store.one("SELECT current_setting('server_version_num')::integer")[0]
    may_become = "AND a.set_option AND a.inherit_option" if version >= _STRICTER else ""
    for role, member in pairs:
        if not store.one(_IS_MEMBER.format(may_become), (role, member))[0]:
            # As they stand: a name may hold what would stand for a value.
            store.script(f"GRANT {_quoted(role)} TO {_quoted(member) if member else 'CURRENT_USER'}")


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
