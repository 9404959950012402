"""The ledger on a PostgreSQL server: who sees what, runs that die and wake, and days on which the server is gone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from mailer.errors import CannotWrite, Later, NotTrusted
from mailer.ledger.ledger import open_ledger
from mailer.ledger.opening import open_store
from mailer.ledger.postgresql import across, heart, opening, tables
from mailer.ledger.postgresql.setup import init
from mailer.ledger.postgresql.store import PostgresStore
from mailer.ledger.schema import MIGRATIONS, migrate
from mailer.ledger.store import Store
from mailer.people.house import handed_over, stopped_elsewhere
from tests.kit.ledger import LEE, NOON, Clock, go, letter, saying, sent
from tests.kit.letters import SHORT
from tests.kit.smtp_server import recording_server, wait_until
from tests.kit.world import World, put

pytestmark = pytest.mark.real
DEAD = "UPDATE runs SET beat = clock_timestamp() - interval '1 hour'"


@pytest.fixture
def server(postgresql):
    postgresql.empty(postgresql.shared)
    return postgresql


@pytest.fixture
def ours(server, tmp_path):
    return server.place(server.shared, folder=tmp_path)


def of(server, tmp_path, role="jo", owner=""):
    return server.place(server.shared, role, owner, tmp_path)


def rows(server, statement, role="postgres", *before):
    with server.raw(server.shared, role) as connection:
        connection.execute("SET search_path = mailer")
        for each in before:
            connection.execute(each)
        return connection.execute(statement).fetchall()


def test_the_tables_are_those_of_the_file(server):
    import sqlite3

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(Store(db, Path()), MIGRATIONS)
        wanted = db.execute(
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
            " AND t.name NOT LIKE 'sqlite%'"
        ).fetchall()
    have = rows(server, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'mailer'")
    assert not set(wanted) - set(have)
    assert {table for table, _ in wanted} == set(tables.TABLES)


def test_each_table_is_of_its_owner_alone(server):
    asked = "SELECT relname FROM pg_class WHERE relnamespace = 'mailer'::regnamespace AND relkind = 'r'"
    assert set(rows(server, f"{asked} AND NOT relrowsecurity")) == {("about",)}
    assert {name for (name,) in rows(server, asked)} == {*tables.TABLES, "about", "owners"}


class TestOwners:
    @pytest.fixture
    def two(self, server, tmp_path):
        for role in ("jo", "ann"):
            with open_ledger(of(server, tmp_path, role), clock=Clock()) as ledger:
                ledger.goes_from("jo@smtp")
                go(ledger, letter(account="house"))
        return server

    def test_nobody_sees_the_rows_of_another_role(self, two):
        for role in ("jo", "ann"):
            for table in tables.TABLES:
                assert all(owner == f"{role}/" for (owner,) in rows(two, f"SELECT owner FROM {table}", role)), table
            assert rows(two, "SELECT count(*) FROM letters", role) == [(1,)]

    @pytest.mark.parametrize("name", ["ann/", "../ann/", "*", "%"])
    def test_nor_by_naming_another_owner(self, two, name):
        """What a client chooses is no boundary."""
        assert rows(two, "SELECT count(*) FROM letters", "jo", f"SET mailer.owner = '{name}'") == [(0,)]

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO secrets (name, value, owner) VALUES ('k', 'k', 'ann/')",
            "UPDATE letters SET owner = 'ann/'",
            "SET ROLE ann",
            "SET ROLE mailer_keeper",
            "SET ROLE mailer_house",
            "ALTER TABLE letters DISABLE ROW LEVEL SECURITY",
            "DROP POLICY own ON letters",
            "CREATE TABLE mailer.more (x text)",
            "SELECT mailer_hmac('k', 'm')",
            "UPDATE about SET version = 9",
        ],
    )
    def test_what_a_role_may_not_do(self, two, statement):
        import psycopg

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(two, f"{statement}", "jo")

    def test_a_write_changes_no_row_of_another(self, two):
        with two.raw(two.shared, "jo") as connection:
            assert connection.execute("DELETE FROM mailer.attempts").rowcount == 1
            assert connection.execute("UPDATE mailer.letters SET subject = 'x'").rowcount == 1
        assert rows(two, "SELECT count(*) FROM attempts", "ann") == [(1,)]
        assert rows(two, "SELECT subject FROM letters", "ann") == [("Thank you",)]

    def test_no_row_refers_to_one_of_another(self, two):
        import psycopg

        ((number,),) = rows(two, "SELECT number FROM letters", "ann")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            rows(two, f"INSERT INTO aliases (message_id, letter) VALUES ('x', {number}) RETURNING 1", "jo")

    def test_two_may_write_to_one_manager(self, server, tmp_path):
        for role, owner in (("jo", ""), ("jo", "alice"), ("ann", "alice")):
            with open_ledger(of(server, tmp_path, role, owner), clock=Clock()) as ledger:
                assert go(ledger, letter()).kind == "new"
        with open_ledger(of(server, tmp_path, "jo", "alice"), clock=Clock()) as ledger:
            assert ledger.claim(letter()).kind == "already-sent"

    def test_a_superuser_is_an_owner_like_others(self, two, tmp_path):
        with open_ledger(of(two, tmp_path, "postgres"), clock=Clock()) as ledger:
            assert list(ledger.log()) == []
            go(ledger, letter((LEE,)))
            assert len(list(ledger.log())) == 1
        assert rows(two, "SELECT owner FROM letters WHERE owner NOT IN ('jo/', 'ann/')") == [("mailer_house/",)]

    def test_who_has_not_been_let_in(self, server, tmp_path):
        with server.raw("postgres") as connection:
            connection.execute("CREATE ROLE stranger LOGIN")
        with pytest.raises(CannotWrite, match="is not for this role") as caught:
            open_ledger(of(server, tmp_path, "stranger"))
        assert "fleet init" in caught.value.hint

    def test_all_owners_of_a_role(self, server, tmp_path):
        for role, owner in (("jo", "zoë"), ("jo", ""), ("jo", "alice"), ("ann", "bob")):
            with open_ledger(of(server, tmp_path, role, owner), clock=Clock()) as ledger:
                go(ledger, letter())
        assert across.owners(of(server, tmp_path)) == ["", "alice", "zoë"]
        assert across.owners(of(server, tmp_path, "ann")) == ["bob"]

    def test_what_went_from_one_account_counts_for_all(self, two, tmp_path):
        place, day = of(two, tmp_path, "ann", "alice"), timedelta(days=1)
        assert handed_over([place], NOON - day, "house", "jo@smtp") == (2, 2)
        assert handed_over([of(two, tmp_path)], NOON - day, "house", "jo@smtp") == (1, 1)
        assert handed_over([place], NOON + day, "house", "jo@smtp") == (0, 0)
        assert handed_over([place], NOON - day, "house", "other@smtp") == (0, 0)


class TestStatements:
    def test_many_go_in_one_message(self, ours, monkeypatch):
        import psycopg

        with closing(open_store(ours, create=True)) as store:
            asked, execute = [], psycopg.Connection.execute
            told = lambda *about: asked.append(about) or execute(*about)  # noqa: E731
            monkeypatch.setattr(psycopg.Connection, "execute", told)
            rows = [(f"a{n}'%s ?;\\", str(n)) for n in range(1200)]
            assert store.executemany("INSERT INTO mailboxes VALUES (?, ?, 1, 1, ':x')", rows) == 1200
            assert len(asked) == 3
            assert store.executemany("UPDATE mailboxes SET uid = 2 WHERE account = ?", [rows[3][:1], ("none",)]) == 1
            assert store.executemany("DELETE FROM mailboxes WHERE account = ?", []) == 0
            assert store.all("SELECT account, folder FROM mailboxes WHERE uid = 2") == rows[3:4]

    def test_an_import_asks_little_of_each_row_and_its_undoing_less(self, server, tmp_path):
        desk = World(tmp_path, MAILER_LEDGER=server.url(server.shared))
        asked, many = [], 300
        put(tmp_path, "p.csv", "name,email\n" + "".join(f"Ana {n},a{n}@x.example\n" for n in range(many)))
        with pytest.MonkeyPatch.context() as patch:
            ask = PostgresStore._ask
            patch.setattr(PostgresStore, "_ask", lambda *about: asked.append(about) or ask(*about))
            assert desk.mailer("people", "import", "p.csv", "--yes").code == 0
            imported = len(asked)
            assert desk.mailer("people", "import", "--undo").code == 0
        assert imported < 4.5 * many
        assert len(asked) - imported < 100


class TestStops:
    @pytest.fixture
    def desks(self, server, tmp_path):
        def desk(role, owner=""):
            folder = tmp_path / f"{role}{owner}"
            return World(folder, MAILER_LEDGER=server.url(server.shared, role), MAILER_OWNER=owner).with_letter()

        return desk

    @pytest.mark.parametrize("forgotten", [False, True])
    def test_a_stop_holds_for_every_role_and_owner(self, desks, server, tmp_path, forgotten):
        ann = desks("ann")
        assert ann.mailer("people", "add", "Dana Ruiz <dana.ruiz@acme.example>").code == 0
        assert ann.mailer("stop", "dana", "--why", "a secret of ann").code == 0
        if forgotten:
            assert ann.mailer("people", "forget", "dana", "--yes").code == 0
        for jo in (desks("jo"), desks("jo", "alice"), desks("ann", "bob")):
            put(jo.folder, "l.md", SHORT.replace("To: ", "To: dana.ruiz@acme.example, ", 1))
            with recording_server() as smtp:
                done = jo.send(smtp)
                assert done.code != 0, done
                assert not smtp.messages
            assert "another owner" in done.all
            assert "secret" not in done.all

    def test_one_for_the_users_own_sake_does_not(self, server, tmp_path):
        with closing(open_store(of(server, tmp_path, "ann"), create=True)) as store:
            person = store.added(
                "INSERT INTO people (name, company, company_key, words, position, plan, language, country, time_zone,"
                " note, url, created) VALUES ('D', '', '', 'd', '', '', '', '', '', '', '', '')",
                (),
            )
            store.execute(
                "INSERT INTO addresses (key, person, position, address, state) VALUES ('d@x.example', ?, 0, 'd', 'ok')",
                (person,),
            )
            store.execute("INSERT INTO holds (person, kind, since, why, own) VALUES (?, 'stop', '', '', 1)", (person,))
            stopped = stopped_elsewhere([of(server, tmp_path)])
            assert stopped
            assert not stopped("d@x.example")
            store.execute("UPDATE holds SET own = 0")
            assert stopped_elsewhere([of(server, tmp_path)])("d@x.example")
            assert not stopped_elsewhere([of(server, tmp_path, "ann")])("d@x.example")


class TestRuns:
    def test_a_run_that_lives_keeps_its_letters(self, ours):
        with open_ledger(ours, clock=Clock()) as one, open_ledger(ours, clock=Clock()) as two:
            claim = one.claim(letter())
            assert two.claim(letter()).kind == "busy"
            one.about_to_send([claim.id])
            one.settle([sent(claim)])
            assert two.claim(letter()).kind == "already-sent"

    def test_one_whose_heart_is_old_is_dead(self, ours, server):
        with open_ledger(ours, clock=Clock()) as one, open_ledger(ours, clock=Clock()) as two:
            marked, claimed = one.claim(letter()), one.claim(letter((LEE,)))
            one.about_to_send([marked.id])
            rows(server, f"{DEAD} RETURNING 1")
            assert two.claim(letter((LEE,))).kind == "retry"
            assert two.claim(letter()).kind == "in-doubt"
            # It wakes.
            for write in (
                lambda: one.settle([sent(marked)]),
                lambda: one.about_to_send([claimed.id]),
                lambda: one.about_to_send([], [sent(marked)]),
                lambda: one.release([marked.id]),
                lambda: one.withdraw([claimed.id]),
            ):
                with pytest.raises(Later, match="taken over"):
                    write()
            assert [row.state for row in two.outbox()] == ["in-doubt", "claimed"]

    def test_a_run_that_has_ended_is_dead_at_once(self, ours):
        with open_ledger(ours, clock=Clock()) as one:
            one.about_to_send([one.claim(letter()).id])
        with open_ledger(ours, clock=Clock()) as two:
            assert two.claim(letter()).kind == "in-doubt"

    def test_the_heart_beats(self, ours, server, monkeypatch):
        monkeypatch.setattr(heart, "BEAT", 0.05)
        with open_ledger(ours, clock=Clock()) as ledger:
            ledger.claim(letter())
            rows(server, f"{DEAD} RETURNING 1")
            alive = f"SELECT count(*) FROM runs WHERE {heart.ALIVE}"
            assert wait_until(lambda: rows(server, alive) == [(1,)])

    def test_a_transaction_that_was_rolled_back_begins_no_run(self, ours):
        with open_ledger(ours, clock=Clock()) as ledger:
            with pytest.raises(ZeroDivisionError), ledger.transaction():
                ledger.claim(letter())
                raise ZeroDivisionError
            assert go(ledger, letter()).kind == "new"

    def test_it_is_on_disk_before_the_last_octet_whatever_the_server_likes(self, ours, server):
        with server.raw("postgres") as connection:
            connection.execute("ALTER ROLE jo SET synchronous_commit = off")
        try:
            with closing(open_store(ours, create=True)) as store:
                assert store.one("SHOW synchronous_commit") == ("on",)
        finally:
            with server.raw("postgres") as connection:
                connection.execute("ALTER ROLE jo RESET synchronous_commit")

    def test_a_process_that_was_stopped_for_long_can_settle_nothing(self, ours, server, tmp_path):
        """SIGSTOP after the mark, the heart grows old, another takes over, SIGCONT: it may not settle."""
        script = [sys.executable, "-c", PAUSED, ours.url, str(tmp_path)]
        with subprocess.Popen(script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as paused:
            assert paused.stdout.readline() == "marked\n"
            paused.send_signal(signal.SIGSTOP)
            rows(server, f"{DEAD} RETURNING 1")
            with open_ledger(ours, clock=Clock()) as ledger:
                assert ledger.claim(letter()).kind == "in-doubt"
            paused.send_signal(signal.SIGCONT)
            out, _ = paused.communicate("go\n", timeout=60)
        assert out.startswith("another process has taken over")
        with open_ledger(ours, clock=Clock()) as ledger:
            assert [row.state for row in ledger.outbox()] == ["in-doubt"]

    def test_two_owners_write_beside_each_other(self, server, tmp_path):
        with (
            open_ledger(of(server, tmp_path), clock=Clock()) as one,
            open_ledger(of(server, tmp_path, "ann"), clock=Clock()) as two,
            one.transaction(),
        ):
            one.claim(letter())
            assert go(two, letter()).kind == "new"

    def test_many_at_once_claim_each_letter_once(self, ours):
        """Threads with a connection each, all of them after the same letters."""
        kinds: list[str] = []

        def claim() -> None:
            with open_ledger(ours, clock=Clock()) as ledger:
                kinds.extend(go_on(ledger))

        def go_on(ledger):
            for number in range(10):
                claimed = ledger.claim(letter(position=f"P{number}"))
                if claimed.goes:
                    ledger.about_to_send([claimed.id])
                    ledger.settle([sent(claimed)])
                yield claimed.kind

        threads = [threading.Thread(target=claim) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(kinds) == 40
        assert kinds.count("new") == 10
        assert set(kinds) <= {"new", "busy", "already-sent"}


PAUSED = """
import sys
from pathlib import Path
from mailer.errors import Later
from mailer.ledger.ledger import open_ledger
from mailer.settings.database import Database
from tests.kit.ledger import Clock, letter, sent
with open_ledger(Database(sys.argv[1], "", Path(sys.argv[2])), clock=Clock()) as ledger:
    claim = ledger.claim(letter())
    ledger.about_to_send([claim.id])
    print("marked", flush=True)
    sys.stdin.readline()
    try:
        ledger.settle([sent(claim)])
    except Later as error:
        print(error.text, flush=True)
"""


class TestBadDays:
    def test_a_server_that_is_not_there(self, tmp_path):
        desk = World(tmp_path, MAILER_LEDGER=f"postgresql://jo@/mailer?host={tmp_path}").with_letter()
        with recording_server() as smtp:
            done = desk.send(smtp)
            assert not smtp.messages
        assert done.code == 73
        assert "cannot be reached" in done.all

    def test_it_goes_away_in_the_middle_of_a_run(self, server, tmp_path):
        """The content is handed over; before the answer the server is gone: nothing more goes, and it is in doubt."""
        desk = World(tmp_path, MAILER_LEDGER=server.url(server.shared)).with_letter()
        put(tmp_path, "b.md", "From: me@me.example\nTo: {{ email }}\nSubject: Hello {{ n }}\n\nGood morning.\n")
        put(tmp_path, "p.csv", "email,n\n" + "".join(f"p{n}@x.example,{n}\n" for n in range(6)))

        def stop() -> None:
            wait_until(lambda: bool(smtp.messages), 30)
            server.stop("immediate")

        try:
            with recording_server(delay=4.0) as smtp:
                stopping = threading.Thread(target=stop)
                stopping.start()
                done = desk.send(smtp, "b.md", "--each", "p.csv", MAILER_WINDOW="2")
                stopping.join()
                got = len(smtp.messages)
        finally:
            server.start()
        assert done.code != 0
        assert got <= 2
        rows(server, f"{DEAD} RETURNING 1")
        # On a busy machine the first may have been answered, and recorded, before the database was gone.
        ((sent,),) = rows(server, "SELECT count(*) FROM letters WHERE state = 'sent'")
        states = desk.states()
        assert states.count("in-doubt") + sent >= got
        with recording_server() as smtp:
            desk.send(smtp, "b.md", "--each", "p.csv")
            assert len(smtp.messages) + states.count("in-doubt") + sent == 6

    def test_a_restart_between_two_commands_changes_nothing(self, ours, server):
        with open_ledger(ours, clock=Clock()) as ledger:
            go(ledger, letter())
        server.stop()
        server.start()
        with open_ledger(ours, clock=Clock()) as ledger:
            assert ledger.claim(letter()).kind == "already-sent"

    def test_another_ledger_in_its_place(self, server, tmp_path):
        name = server.make()
        place = server.place(name, folder=tmp_path)
        open_ledger(place).close()
        server.drop(name)
        server.make(name, "template1")
        with pytest.raises(CannotWrite, match="is empty, and was not when it was used before"):
            open_ledger(place)
        init(server.place(name, "postgres", folder=tmp_path / "admin"), ["jo"])
        with pytest.raises(CannotWrite, match="is another ledger than the one used before") as caught:
            open_ledger(place)
        assert str(tmp_path / "servers.json") in caught.value.hint
        known = json.loads((tmp_path / "servers.json").read_text())
        (tmp_path / "servers.json").write_text(json.dumps({}))
        open_ledger(place).close()
        assert known != json.loads((tmp_path / "servers.json").read_text())
        server.drop(name)

    @pytest.mark.parametrize(("version", "said"), [(0, "fleet init"), (99, "Update mailer")])
    def test_a_schema_of_another_version(self, ours, server, version, said):
        rows(server, f"UPDATE about SET version = {version} RETURNING 1")
        try:
            with pytest.raises(CannotWrite) as caught:
                open_ledger(ours)
        finally:
            rows(server, f"UPDATE about SET version = {tables.VERSION} RETURNING 1")
        assert said in caught.value.hint

    def test_an_older_schema_is_brought_up_to_date_once(self, server, tmp_path, monkeypatch):
        name = server.make()
        steps = (("ALTER TABLE letters ADD shade text",), ("UPDATE letters SET shade = 'blue'",))
        with open_ledger(server.place(name, folder=tmp_path), clock=Clock()) as ledger:
            go(ledger, letter())
        monkeypatch.setattr(tables, "MIGRATIONS", steps)
        for module in (tables, opening):
            monkeypatch.setattr(module, "VERSION", 3)
        with pytest.raises(CannotWrite, match="is of an older mailer"):
            open_ledger(server.place(name, folder=tmp_path))
        for _ in range(2):
            init(server.place(name, "postgres", folder=tmp_path / "admin"), ["jo"])
            open_ledger(server.place(name, folder=tmp_path)).close()
        with server.raw(name) as connection:
            assert connection.execute("SELECT version, shade FROM mailer.about, mailer.letters").fetchall() == [
                (3, "blue")
            ]
        server.drop(name)

    def test_an_empty_database(self, server, tmp_path):
        server.make("empty", "template1")
        with pytest.raises(CannotWrite, match="has no tables of mailer yet") as caught:
            open_ledger(server.place("empty", folder=tmp_path))
        assert "fleet init" in caught.value.hint
        server.drop("empty")

    def test_a_role_that_is_not_there_is_named(self, server, tmp_path):
        done = World(tmp_path, MAILER_LEDGER=server.url(server.shared, "postgres")).mailer(
            "fleet", "init", "--grant", "ghost"
        )
        assert done.code == 2
        assert "there is no role 'ghost'" in done.err

    def test_setting_it_up_again_changes_nothing(self, server, tmp_path):
        place = server.place(server.shared, "postgres", folder=tmp_path)
        one, two = init(place), init(place, ["jo"])
        assert (one.fresh, two.fresh, one.name) == (False, False, two.name)

    def test_the_locks_of_another_are_waited_for_and_then_told(self, ours, monkeypatch):
        with (
            open_ledger(ours, clock=Clock()) as one,
            open_ledger(ours, clock=Clock()) as two,
            one.transaction(),
        ):
            two.store.execute("SET lock_timeout = '50ms'")
            with pytest.raises(Later, match="locked by another process"):
                two.claim(letter())
        assert two

    def test_a_full_disk(self, ours, server, tmp_path):
        """A table space of a few megabytes: the server says so, and what was written before stays."""
        if os.geteuid() != 0:
            pytest.skip("only root can make a small disk")
        small = server.folder / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)], check=False).returncode:
            pytest.skip("no disk can be mounted here")
        try:
            shutil.chown(small, server.data.owner())
            with server.raw(server.shared) as connection:
                connection.execute(f"CREATE TABLESPACE small LOCATION '{small}'")
                connection.execute("ALTER TABLE mailer.contents SET TABLESPACE small")
            with open_ledger(ours, clock=Clock()) as ledger:
                go(ledger, letter())
                large = os.urandom(8 * 1024 * 1024).hex().encode()
                with pytest.raises(CannotWrite, match="the disk of its server is full"):
                    ledger.claim(letter((LEE,), message=saying(large)))
                assert [logged.subject for logged in ledger.log()] == ["Thank you"]
            with server.raw(server.shared) as connection:
                connection.execute("ALTER TABLE mailer.contents SET TABLESPACE pg_default")
                connection.execute("DROP TABLESPACE small")
        finally:
            subprocess.run(["umount", "--lazy", str(small)], check=True)

    def test_a_password_is_asked_for_where_the_server_wants_one(self, server, tmp_path):
        word = "correct horse"
        with server.raw("postgres") as connection:
            connection.execute(f"CREATE ROLE locked LOGIN PASSWORD '{word}' IN ROLE mailer_users")
        place, asked = of(server, tmp_path, "locked"), []
        with pytest.raises(CannotWrite, match="is not opened without its password"):
            open_ledger(place)
        with open_ledger(place._replace(secret=lambda it: asked.append(str(it)) or word)) as ledger:
            assert list(ledger.log()) == []
        assert asked == [place.url]
        with pytest.raises(NotTrusted, match="refuses the password that the keyring has") as caught:
            open_ledger(place._replace(secret=lambda _: "wrong horse"))
        assert "horse" not in f"{caught.value.text} {caught.value.hint} {caught.value!r}"
        open_ledger(of(server, tmp_path)._replace(secret=asked.append)).close()
        assert asked == [place.url]

    def test_a_password_file_that_is_wrong_is_named(self, server, tmp_path, monkeypatch):
        with server.raw("postgres") as connection:
            connection.execute("DROP ROLE IF EXISTS locked")
            connection.execute("CREATE ROLE locked LOGIN PASSWORD 'correct horse' IN ROLE mailer_users")
        file = put(tmp_path, "pgpass", "*:*:*:locked:wrong horse\n")
        file.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(file))

        def none(_):
            raise NotTrusted("the keyring has no password")

        place = of(server, tmp_path, "locked")._replace(secret=none)
        with pytest.raises(NotTrusted, match="refuses the password of PostgreSQL's password file"):
            open_ledger(place)
        with open_ledger(place._replace(secret=lambda _: "correct horse")) as ledger:
            assert list(ledger.log()) == []
        file.write_text("*:*:*:locked:correct horse\n")
        open_ledger(place).close()

    def test_a_password_is_shown_nowhere(self, server, tmp_path):
        desk = World(tmp_path, MAILER_LEDGER="postgresql://jo:hunter2@localhost/mailer").with_letter()
        done = desk.mailer("outbox")
        assert done.code == 78
        assert "hunter2" not in done.all
