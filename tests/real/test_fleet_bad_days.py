"""Bad days of workers: the database goes away or is another one, a worker stands still or is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.kit.counting_smtp import Wire, serving
from tests.kit.fleet import QUICK, Fleet, ended, queue, stop
from tests.kit.postgresql import Server, binaries, running
from tests.kit.smtp_server import wait_until
from tests.real.test_fleet import HOUSE, OTHER, fleet, quick, smtp, work  # noqa: F401 - fixtures

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture
def own(tmp_path, smtp):  # noqa: F811
    """A fleet on a server of its own, which may be stopped."""
    with running() as server:
        made = Fleet(server, tmp_path, smtp, QUICK)
        yield made
        made.close()


def sent_and_doubtful(fleet):  # noqa: F811
    """How many are sent and how many in doubt; none may be anything else."""
    states = fleet.states()
    assert states.keys() <= {"sent", "in-doubt"}, states
    return states.get("sent", 0), states.get("in-doubt", 0)


def nothing_is_lost(fleet, smtp, letters):  # noqa: F811
    """None went twice; each that is missing is in doubt."""
    assert set(smtp.taken.values()) == {1}
    doubtful = {name for (name,) in fleet.rows("SELECT message_id FROM mailer.letters WHERE state = 'in-doubt'")}
    assert set(letters) - {name for name, _ in smtp.taken} <= doubtful
    assert sum(sent_and_doubtful(fleet)) == len(letters)


def finished(fleet):  # noqa: F811
    return not {"deferred", "claimed", "sending"} & fleet.states().keys()


class TestDatabase:
    @pytest.mark.parametrize("mode", ["immediate", "fast"])
    def test_gone_in_the_middle_and_back(self, own, smtp, mode):  # noqa: F811
        smtp.seconds = 0.02
        letters = queue(own.machine("jo", "jo", HOUSE), HOUSE, 200)
        running_worker = own.start(own.worker(HOUSE))
        assert wait_until(lambda: len(smtp.taken) >= 10, 30)
        own.server.stop(mode)
        time.sleep(1)
        taken = len(smtp.taken)
        time.sleep(2)
        assert len(smtp.taken) == taken < 200
        assert running_worker.poll() is None
        own.server.start()
        assert wait_until(lambda: finished(own), 90)
        code, _, err = stop(running_worker)
        assert code == 0
        assert "Traceback" not in err
        assert "cannot be reached" in err
        nothing_is_lost(own, smtp, letters)

    def test_gone_for_long_is_told_once(self, own, smtp):  # noqa: F811
        running_worker = own.start(own.worker(HOUSE))
        queue(own.machine("jo", "jo", HOUSE), HOUSE, 1)
        assert wait_until(lambda: smtp.taken, 30)
        own.server.stop("fast")
        time.sleep(12)
        own.server.start()
        queue(own.machine("jo", "jo", HOUSE), HOUSE, 1, start=5)
        assert wait_until(lambda: len(smtp.taken) == 2, 30)
        code, _, err = stop(running_worker)
        told = [line for line in err.splitlines() if line.startswith("mailer: the ledger")]
        assert (code, bool(told)) == (0, True), err
        assert len(told) == len(set(told)), err

    def test_gone_at_the_beginning_is_told(self, own):
        machine = own.worker(HOUSE)
        own.server.stop()
        done = work(machine)
        assert done.code == 73
        assert done.err.count("\n") == 2
        assert "cannot be reached" in done.err
        own.server.start()

    def test_one_that_is_another_ledger_in_its_place_is_refused(self, own, smtp):  # noqa: F811
        queue(own.machine("jo", "jo", HOUSE), HOUSE, 5)
        machine = own.worker(HOUSE)
        smtp.seconds = 0.05
        running_worker = own.start(machine)
        assert wait_until(lambda: len(smtp.taken) >= 1, 30)
        own.server.drop(own.database)
        own.server.make(own.database)
        own.rows("UPDATE mailer.about SET id = gen_random_uuid()")
        own.init()
        code, _, err = ended(running_worker, 20)
        assert code == 73, err
        assert "is another ledger than the one used before" in err
        assert "Traceback" not in err
        assert work(machine).code == 73

    def test_one_that_is_empty_is_refused(self, own):
        machine = own.worker(HOUSE)
        assert work(machine).code == 0
        own.server.drop(own.database)
        with own.server.raw("postgres") as connection:
            connection.execute(f"CREATE DATABASE {own.database}")
        done = work(machine)
        assert done.code == 73
        assert "is empty, and was not" in done.err

    @pytest.mark.parametrize(("version", "said"), [(0, "older mailer"), (99, "newer mailer")])
    def test_of_another_version(self, fleet, version, said):  # noqa: F811
        fleet.rows("UPDATE mailer.about SET version = %s", version)
        done = work(fleet.worker(HOUSE))
        assert done.code == 73
        assert said in done.err

    def test_that_was_made_without_what_workers_need(self, postgresql, tmp_path, smtp, fleet):  # noqa: F811
        fleet.rows("DROP SCHEMA procrastinate CASCADE")
        fleet.rows("DROP FUNCTION mailer.take_back")
        done = work(fleet.worker(HOUSE))
        assert done.code == 73
        assert "mailer fleet init" in done.err

    def test_whose_disk_is_full(self, tmp_path, smtp):  # noqa: F811
        with small_disk(tmp_path) as folder, own_server(folder) as server:
            fleet = Fleet(server, tmp_path, smtp, QUICK)
            letters = queue(fleet.machine("jo", "jo", HOUSE), HOUSE, 100)
            smtp.seconds = 0.02
            running_worker = fleet.start(fleet.worker(HOUSE))
            assert wait_until(lambda: len(smtp.taken) >= 5, 30)
            filling = folder / "filling"
            with filling.open("wb", buffering=0) as file, pytest.raises(OSError):
                while True:
                    file.write(bytes(65536))
            time.sleep(6)
            taken = len(smtp.taken)
            assert taken < 100
            filling.unlink()
            if (server.data / "postmaster.pid").exists():
                server.stop("immediate")
            server.start()
            assert wait_until(lambda: finished(fleet), 120)
            code, _, err = stop(running_worker)
            assert (code, "Traceback" in err) == (0, False), err
            nothing_is_lost(fleet, smtp, letters)


class small_disk:  # noqa: N801
    """A file system of 150 MiB in memory; skipped where none may be mounted."""

    def __init__(self, tmp_path):
        self.folder = Path("/tmp") / f"mailer-disk-{os.getpid()}"

    def __enter__(self):
        self.folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", self.folder], capture_output=True)
        if done.returncode:
            self.folder.rmdir()
            pytest.skip("no file system may be mounted here")
        return self.folder

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=True)
        self.folder.rmdir()


class own_server:  # noqa: N801
    """A server in a folder."""

    def __init__(self, folder):
        programs = binaries()
        if programs is None:
            pytest.skip("PostgreSQL is not installed")
        (folder / "pg").mkdir()
        folder.chmod(0o755)
        self.server = Server(folder / "pg", programs)

    def __enter__(self):
        from mailer.ledger.postgresql.setup import init
        from tests.kit.postgresql import TEMPLATE

        self.server.start()
        with self.server.raw("postgres") as connection:
            for role in ("jo", "ann"):
                connection.execute(f"CREATE ROLE {role} LOGIN")
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        init(self.server.place(TEMPLATE, "postgres"), ["jo", "ann"])
        return self.server

    def __exit__(self, *_):
        if (self.server.data / "postmaster.pid").exists():
            self.server.stop("immediate")
        shutil.rmtree(self.server.folder, ignore_errors=True)


class TestWorker:
    def test_that_stood_still_settles_nothing_and_others_go_on(self, quick, smtp):  # noqa: F811
        smtp.seconds = 0.05
        letters = queue(quick.machine("jo", "jo", HOUSE), HOUSE, 60)
        still = quick.start(quick.worker(HOUSE))
        assert wait_until(lambda: len(smtp.taken) >= 5, 30)
        still.send_signal(signal.SIGSTOP)
        time.sleep(QUICK[1] + 1)
        other = quick.start(quick.worker(HOUSE, name="w2"), "--once", "--json")
        code, _, err = ended(other)
        assert code == 0, err
        assert finished(quick)
        before = quick.rows("SELECT number, state, changed FROM mailer.letters ORDER BY 1")
        doubtful = sent_and_doubtful(quick)[1]
        assert 0 < doubtful <= 16
        still.send_signal(signal.SIGCONT)
        time.sleep(2)
        code, _, err = stop(still)
        assert code == 0, err
        assert "Traceback" not in err
        assert quick.rows("SELECT number, state, changed FROM mailer.letters ORDER BY 1") == before
        nothing_is_lost(quick, smtp, letters)

    def test_that_was_killed(self, quick, smtp):  # noqa: F811
        smtp.seconds = 0.05
        letters = queue(quick.machine("jo", "jo", HOUSE), HOUSE, 60)
        killed = quick.start(quick.worker(HOUSE))
        assert wait_until(lambda: len(smtp.taken) >= 5, 30)
        killed.kill()
        ended(killed)
        assert ("doing", f"{HOUSE} at 127.0.0.1", False) in quick.jobs()
        # Nobody knows yet that it is dead.
        assert work(quick.worker(HOUSE, name="w2")).code == 0
        time.sleep(QUICK[1] + 1)
        done = quick.start(quick.worker(HOUSE, name="w3"), "--once")
        assert ended(done)[0] == 0
        assert quick.jobs() == []
        nothing_is_lost(quick, smtp, letters)
        assert sent_and_doubtful(quick)[1] <= 16

    def test_whose_network_fails_now_and_then(self, quick, smtp):  # noqa: F811
        wire = Wire(f"{quick.server.folder}/.s.PGSQL.5432")
        with serving(wire):
            smtp.seconds = 0.02
            letters = queue(quick.machine("jo", "jo", HOUSE, OTHER), HOUSE, 100)
            url = f"postgresql://worker@127.0.0.1:{wire.port}/{quick.database}"
            cut = quick.start(quick.worker(HOUSE, url=url))
            for many in (10, 20):
                assert wait_until(lambda many=many: len(smtp.taken) >= many, 30)
                wire.cut()
            assert wait_until(lambda: finished(quick), 90), quick.states()
            code, _, err = stop(cut)
            assert code == 0, err
            assert "Traceback" not in err
            nothing_is_lost(quick, smtp, letters)
