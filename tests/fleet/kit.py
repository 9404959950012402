"""Databases with a ledger and its jobs, and people who use them."""

from __future__ import annotations

import contextlib

from tests.kit.world import World


def setting_up(server, folder, database, role="postgres"):
    """The world of who sets up the fleet."""
    return World(folder / role, MAILER_LEDGER=server.url(database, role))


@contextlib.contextmanager
def fleet(server, folder, database, *words):
    """A new database, made ready for ``jo`` and ``ann`` by the command; its name."""
    with server.raw("postgres") as connection:
        connection.execute(f"CREATE DATABASE {database}")
    try:
        done = setting_up(server, folder, database).mailer("fleet", "init", "--grant", "jo", "--grant", "ann", *words)
        assert (done.code, done.out) == (0, ""), done.all
        yield database
    finally:
        server.drop(database)
