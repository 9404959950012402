"""``mailer fleet init``: by whom, for whom, again, at once; and what it says where it cannot be."""

from __future__ import annotations

import subprocess
from itertools import count
from urllib.parse import quote

import pytest

from tests.kit.postgresql import running
from tests.kit.world import World, program

pytestmark = pytest.mark.real
_NUMBERS = count(1)
ODD = ["Jo O'Neil", 'say "hi"', "a/b", "50%s", "who?", ":name", "Zoë ✓", "semi; colon", "UPPER", " blank ", "select"]


@pytest.fixture(scope="module")
def server():
    """A server that knows none of our roles yet but those that its template made."""
    import contextlib

    with contextlib.contextmanager(running.__wrapped__)() as server:
        with server.raw("postgres") as connection:
            for role in ("boss LOGIN CREATEROLE", "plain LOGIN", "landlord LOGIN", "worker LOGIN", "eve LOGIN"):
                connection.execute(f"CREATE ROLE {role}")
        yield server


@pytest.fixture
def database(server):
    name = f"init{next(_NUMBERS)}"
    with server.raw("postgres") as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield name
    server.drop(name)


@pytest.fixture
def call(server, database, tmp_path):
    def call(role, *words):
        url = f"postgresql://{quote(role, safe='')}@/{database}?host={server.folder}"
        return World(tmp_path / quote(role, safe=""), MAILER_LEDGER=url).mailer(*words)

    return call


def owned_by(server, database, role):
    with server.raw("postgres") as connection:
        connection.execute(f"ALTER DATABASE {database} OWNER TO {role}")


def test_it_says_what_it_did_and_again_changes_nothing(call, server, database):
    first = call("postgres", "fleet", "init")
    assert (first.code, first.out) == (0, "")
    assert "the ledger is made (" in first.err
    assert "Choose who may keep letters there: mailer fleet init --grant ROLE." in first.err
    second = call("postgres", "fleet", "init", "--grant", "jo", "--worker", "worker", "--grant", "jo")
    name = first.err.partition("(")[2].partition(")")[0]
    assert second.err.splitlines()[0].endswith(f"the ledger is up to date ({name}).")
    assert second.err.splitlines()[1:] == ["jo may keep letters there.", "worker may send for them: mailer work."]
    assert call("jo", "log").err == "Nothing was sent yet.\n"


def test_a_role_that_may_make_roles_and_owns_the_database_does_it(call, server, database):
    owned_by(server, database, "boss")
    done = call("boss", "fleet", "init", "--grant", "jo", "--worker", "worker")
    assert done.code == 0, done.err
    assert call("jo", "outbox").code == 0
    assert call("boss", "log").err == "Nothing was sent yet.\n"


def test_an_update_takes_no_right_to_grant_what_was_granted(call, server, database):
    """As from PostgreSQL 16 on, where who made a role may have lost the say over it (a dump that was put back)."""
    owned_by(server, database, "boss")
    words = ("fleet", "init", "--grant", "jo", "--worker", "worker")
    assert call("boss", *words).code == 0
    with server.raw("postgres") as connection:
        connection.execute("CREATE ROLE another LOGIN")
        connection.execute("ALTER ROLE boss NOCREATEROLE")
    try:
        done = call("boss", *words)
        assert done.code == 0, done.err
        done = call("boss", *words, "--grant", "another")
        assert done.code == 73
        assert "WITH ADMIN OPTION" in done.err
    finally:
        with server.raw("postgres") as connection:
            connection.execute("ALTER ROLE boss CREATEROLE")
            connection.execute("DROP ROLE another")


@pytest.mark.parametrize("role", ["plain", "jo", "landlord", "boss"])
def test_who_may_not_is_told_who_may(call, server, database, role):
    if role == "landlord":
        owned_by(server, database, role)
    done = call(role, "fleet", "init")
    assert done.code == 73
    assert "cannot be set up by this role: " in done.err
    assert "It takes a superuser, or a role with CREATEROLE that owns the database" in done.err
    assert call("postgres", "fleet", "init").err.splitlines()[0].count("the ledger is made") == 1


@pytest.mark.parametrize("role", ODD)
def test_a_role_may_be_called_anything(call, server, database, role):
    with server.raw("postgres") as connection:
        quoted = '"' + role.replace('"', '""') + '"'
        connection.execute(f"CREATE ROLE {quoted} LOGIN".encode())
    done = call("postgres", "fleet", "init", "--grant", role, "--worker", "worker")
    assert done.code == 0, done.err
    assert f"{role} may keep letters there." in done.err
    assert call(role, "log").err == "Nothing was sent yet.\n"
    added = call(role, "people", "add", "lee@x.example", "--name", "Lee")
    assert added.code == 0, added.err
    assert [one["name"] for one in call(role, "people", "--json").objects] == ["Lee"]
    assert call("eve", "log").code == 73


@pytest.mark.parametrize("option", ["--grant", "--worker"])
@pytest.mark.parametrize("role", ["nobody here", "", 'x"; DROP ROLE jo; --'])
def test_a_role_that_is_not_there_is_said_to_be_missing_and_nothing_is_made(call, server, database, option, role):
    done = call("postgres", "fleet", "init", option, role)
    assert done.code == 2
    assert f"there is no role {role!r} on this server" in done.err
    assert call("jo", "log").code == 73


@pytest.mark.parametrize("role", ["postgres", "boss", "mailer_keeper", "mailer_workers", "worker"])
def test_nobody_is_let_in_for_whom_a_worker_could_do_too_much(call, database, role):
    assert call("postgres", "fleet", "init", "--worker", "worker").code == 0
    done = call("postgres", "fleet", "init", "--grant", role)
    assert done.code == 2
    assert f"{role} may do more than keep letters, and so would every worker" in done.err


def test_nobody_is_both(call, database):
    done = call("postgres", "fleet", "init", "--grant", "plain", "--worker", "plain")
    assert (done.code, "cannot be a worker too" in done.err) == (2, True)
    assert call("postgres", "fleet", "init", "--grant", "plain").code == 0
    done = call("postgres", "fleet", "init", "--worker", "plain")
    assert (done.code, "cannot be a worker too" in done.err) == (2, True)


def test_functions_of_another_version_are_made_anew(call, server, database):
    call("postgres", "fleet", "init", "--grant", "jo", "--worker", "worker")
    with server.raw(database) as connection:
        for made in (
            "DROP FUNCTION mailer.fleet_state, mailer.mailer_is_stopped, mailer.put_to_work",
            "CREATE FUNCTION mailer.fleet_state() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "CREATE FUNCTION mailer.mailer_is_stopped(a text, b text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            "CREATE FUNCTION mailer.put_to_work(text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "CREATE OR REPLACE FUNCTION mailer.letters_news() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NULL; END'",
            "GRANT EXECUTE ON FUNCTION mailer.fleet_state TO mailer_users",
        ):
            connection.execute(made)
    # As the keeper they would be its own; what a superuser has put there is not.
    with server.raw(database) as connection:
        for name in ("fleet_state()", "mailer_is_stopped(text, text)", "put_to_work(text)"):
            connection.execute(f"ALTER FUNCTION mailer.{name} OWNER TO mailer_keeper")
    assert call("jo", "fleet", "status").code != 0
    assert call("postgres", "fleet", "init").code == 0
    assert call("jo", "fleet", "status").code == 0
    with server.raw(database) as connection:
        assert connection.execute("SELECT mailer.mailer_is_stopped('x@y.example', 'z')").fetchone() == (False,)
        asked = "SELECT prosrc LIKE '%%INSERT%%' FROM pg_proc WHERE proname = 'letters_news'"
        assert connection.execute(asked.replace("%%", "%")).fetchone() == (True,)


def rights(server, database):
    """What each of our groups may execute, and on which tables what."""
    with server.raw(database) as connection:
        functions = connection.execute(
            "SELECT r.rolname, p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace,"
            " pg_roles r WHERE nspname = 'mailer' AND rolname IN ('mailer_users', 'mailer_workers', 'eve')"
            " AND has_function_privilege(r.oid, p.oid, 'EXECUTE') ORDER BY 1, 2"
        ).fetchall()
        tables = connection.execute(
            "SELECT grantee::text, table_name::text, privilege_type::text FROM information_schema.role_table_grants"
            " WHERE table_schema = 'mailer' AND grantee <> 'mailer_keeper' ORDER BY 1, 2, 3"
        ).fetchall()
    return functions, tables


def test_rights_are_the_same_after_the_second_time(call, server, database):
    call("postgres", "fleet", "init")
    before = rights(server, database)
    call("postgres", "fleet", "init")
    assert rights(server, database) == before
    users = [name for role, name in before[0] if role == "mailer_users"]
    assert not [name for name in users if name.startswith(("sweep", "take_back", "put_to_work", "mailer_hmac"))]
    assert not [name for role, name in before[0] if role == "eve"]


def test_several_at_once_make_one_ledger(server, database, tmp_path):
    words = [*program(), "fleet", "init", "--grant", "jo", "--grant", "ann", "--worker", "worker"]
    running = [
        subprocess.Popen(
            words,
            env=World(tmp_path / str(number), MAILER_LEDGER=server.url(database, "postgres")).environ(),
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    told = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, told
    assert sum("is made" in text for text in told) == 1
    assert len({text.partition("(")[2].partition(")")[0] for text in told}) == 1


def test_a_database_that_is_not_there_is_to_be_made_first(server, tmp_path):
    done = World(tmp_path, MAILER_LEDGER=server.url("nowhere", "postgres")).mailer("fleet", "init")
    assert done.code == 73
    assert "createdb" in done.err


def test_on_a_file_it_says_what_to_set(tmp_path):
    done = World(tmp_path).mailer("fleet", "init")
    assert done.code == 2
    assert "MAILER_LEDGER=postgresql://" in done.err
