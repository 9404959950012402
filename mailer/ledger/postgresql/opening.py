"""Connect to the ledger of a database: of a version that is known, and the one that was used before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailer.errors import MailerError
from mailer.ledger.postgresql import kept, remembered
from mailer.ledger.postgresql.connection import connect, unusable
from mailer.ledger.postgresql.store import PostgresStore
from mailer.ledger.postgresql.tables import VERSION

if TYPE_CHECKING:
    import psycopg

    from mailer.settings.database import Database

_INIT = "Run `mailer fleet init` as the owner of the database."
# Whether there are tables, and whether who logs in is bound by the rows' owners: a superuser is not, nor who owns them.
_ASKED = """
    SELECT to_regclass('mailer.about') IS NOT NULL, NOT (rolsuper OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_roles k
        WHERE k.rolname = 'mailer_keeper' AND pg_has_role(r.oid, k.oid, 'USAGE')))
    FROM pg_roles r WHERE rolname = current_user
"""
# With what is asked after it one message, for which one answer is waited.
_SETTINGS = """
    SELECT set_config('role', coalesce(nullif(?, ''), current_setting('role')), false);
    SET search_path = mailer, pg_temp; SET lock_timeout = '30s'; SET standard_conforming_strings = on;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SELECT id, version, set_config('mailer.owner', ?, false) FROM about
"""


def connected(place: Database) -> PostgresStore:
    """The ledger of a database, as its owner.  Raises BadSettings, CannotWrite, Later, NotTrusted."""
    while (idle := kept.take(place)) is not None:
        if store := _still_there(idle, place):
            return store
    return _prepared(connect(place), place)


def _still_there(idle: psycopg.Connection[Any], place: Database) -> PostgresStore | None:
    """The ledger over a connection that was kept; None where it is of no use, and a new one tells why."""
    import psycopg

    try:
        return _prepared(idle, place)
    except (MailerError, psycopg.Error):
        return None


def _prepared(connection: psycopg.Connection[Any], place: Database) -> PostgresStore:
    store = PostgresStore(connection, place)
    try:
        _prepare(store, place)
    except BaseException:
        connection.close()
        raise
    return store


def _prepare(store: PostgresStore, place: Database) -> None:
    there, bound = store.one(_ASKED)
    if not there:
        remembered.check(place, "")
        raise unusable(place, "has no tables of mailer yet", _INIT)
    name, version, _ = store.last(_SETTINGS, (place.role or ("" if bound else "mailer_house"), place.owner))
    if version != VERSION:
        hint = _INIT if version < VERSION else "Update mailer."
        age = "an older" if version < VERSION else "a newer"
        raise unusable(place, f"is of {age} mailer (version {version}, this one knows {VERSION})", hint)
    remembered.check(place, str(name))
