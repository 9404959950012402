"""Connect to the ledger of a database: of a version that is known, and the one that was used before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.ledger.postgresql import remembered
from mailer.ledger.postgresql.connection import connect, unusable
from mailer.ledger.postgresql.store import PostgresStore
from mailer.ledger.postgresql.tables import VERSION

if TYPE_CHECKING:
    from mailer.settings.database import Database

_INIT = "Run `mailer fleet init` as the owner of the database."
# As somebody who is bound by the rows' owners: a superuser is not, nor who owns the tables.
_BOUND = """
    SELECT rolsuper OR rolbypassrls OR EXISTS (SELECT 1 FROM pg_roles k
        WHERE k.rolname = 'mailer_keeper' AND pg_has_role(r.oid, k.oid, 'USAGE'))
    FROM pg_roles r WHERE rolname = current_user
"""
# One message, for which one answer is waited.
_SETTINGS = """
    SET search_path = mailer, pg_temp; SET lock_timeout = '30s'; SET standard_conforming_strings = on;
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local')
"""


def connected(place: Database) -> PostgresStore:
    """The ledger of a database, as its owner.  Raises BadSettings, CannotWrite, Later, NotTrusted."""
    store = PostgresStore(connect(place), place)
    try:
        _prepare(store, place)
    except BaseException:
        store.close()
        raise
    return store


def _prepare(store: PostgresStore, place: Database) -> None:
    if store.one("SELECT to_regclass('mailer.about') IS NULL")[0]:
        remembered.check(place, "")
        raise unusable(place, "has no tables of mailer yet", _INIT)
    if place.role:
        store.one("SELECT set_config('role', ?, false)", (place.role,))
    elif store.one(_BOUND)[0]:
        store.execute("SET ROLE mailer_house")
    store.execute(_SETTINGS)
    asked = "SELECT id, version, set_config('mailer.owner', ?, false) FROM about"
    name, version, _ = store.one(asked, (place.owner,))
    if version != VERSION:
        hint = _INIT if version < VERSION else "Update mailer."
        age = "an older" if version < VERSION else "a newer"
        raise unusable(place, f"is of {age} mailer (version {version}, this one knows {VERSION})", hint)
    remembered.check(place, str(name))
