"""Workers that send what owners queued on PostgreSQL: whose, when, once, and each mailbox by one at a time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from mailer.ledger.postgresql.opening import connected
from tests.kit.counting_smtp import Counting, serving
from tests.kit.fleet import QUICK, Fleet, ended, queue, stop
from tests.kit.smtp_server import wait_until
from tests.kit.world import put

pytestmark = pytest.mark.real
HOUSE, OTHER = "house@house.example", "other@house.example"


@pytest.fixture
def smtp():
    server = Counting()
    with serving(server):
        yield server


@pytest.fixture
def fleet(postgresql, tmp_path, smtp):
    made = Fleet(postgresql, tmp_path, smtp)
    yield made
    made.close()


@pytest.fixture
def quick(postgresql, tmp_path, smtp):
    """A fleet whose runs are dead after a second or two of silence."""
    made = Fleet(postgresql, tmp_path, smtp, QUICK)
    yield made
    made.close()


@pytest.fixture
def jo(fleet):
    return fleet.machine("jo", "jo", HOUSE, OTHER)


@pytest.fixture
def worker(fleet):
    return fleet.worker(HOUSE, OTHER)


def work(world, *words, **environ):
    return world.process("work", "--once", *words, **environ)


class TestOnce:
    def test_what_is_due_goes_and_nothing_else(self, fleet, smtp, jo, worker):
        due = queue(jo, HOUSE, 3)
        queue(
            jo,
            HOUSE,
            2,
            "--at",
            (datetime.now() + timedelta(days=1)).isoformat(timespec="minutes"),
            start=10,
            now=datetime.now().astimezone(),
        )
        done = work(worker, "--json")
        assert done.code == 0, done.all
        assert sorted(name for name, _ in smtp.taken) == sorted(due)
        assert sorted(told["message_id"] for told in done.objects) == sorted(due)
        assert {told["status"] for told in done.objects} == {"sent"}
        assert fleet.states() == {"sent": 3, "deferred": 2}
        assert fleet.jobs() == [("todo", f"{HOUSE} at 127.0.0.1", True)]

    def test_done_again_nothing_goes(self, fleet, smtp, jo, worker):
        queue(jo, HOUSE, 2)
        assert work(worker).code == 0
        again = work(worker)
        assert (again.code, again.out, again.err) == (0, "", "")
        assert set(smtp.taken.values()) == {1}
        assert len(smtp.taken) == 2

    def test_only_the_mailbox_that_is_named(self, fleet, smtp, jo, worker):
        queue(jo, HOUSE, 2)
        queue(jo, OTHER, 2, start=5)
        assert work(worker, "--mailbox", f"{OTHER} at 127.0.0.1").code == 0
        assert (smtp.of(HOUSE), smtp.of(OTHER)) == (0, 2)
        assert work(worker).code == 0
        assert smtp.of(HOUSE) == 2

    def test_one_that_no_account_leads_to(self, worker, fleet):
        done = work(worker, "--mailbox", "who@else.example at 127.0.0.1")
        assert done.code == 78
        assert "no account here leads to who@else.example at 127.0.0.1" in done.err

    def test_a_role_that_is_no_worker_is_told_who_is(self, fleet, smtp, jo):
        queue(jo, HOUSE, 1)
        for words in ((), ("--once",)):
            done = jo.process("work", *words)
            assert done.code == 73
            assert "is not worked by this role" in done.err
            assert "fleet init --worker ROLE" in done.err
        assert not smtp.taken

    def test_no_account_at_all(self, fleet):
        done = work(fleet.worker(name="bare"))
        assert done.code == 78
        assert "no account here leads to a mailbox" in done.err

    def test_a_mailbox_of_another_machine_waits_for_that_one(self, fleet, smtp, jo):
        queue(jo, OTHER, 2)
        done = work(fleet.worker(HOUSE))
        assert (done.code, done.out) == (0, "")
        assert fleet.states() == {"deferred": 2}
        assert work(fleet.worker(OTHER, name="w2")).code == 0
        assert smtp.of(OTHER) == 2

    def test_exit_code_is_that_of_what_went_wrong(self, fleet, smtp, jo, worker):
        smtp.answers[HOUSE] = b"550 5.7.1 not you\r\n"
        queue(jo, HOUSE, 1)
        queue(jo, OTHER, 1, start=5)
        done = work(worker)
        assert done.code == 69, done.all
        assert fleet.states() == {"refused": 1, "sent": 1}

    def test_what_must_wait_is_looked_at_again_later(self, fleet, smtp, jo, worker):
        smtp.answers[HOUSE] = b"451 4.7.1 later\r\n"
        queue(jo, HOUSE, 2)
        began = time.monotonic()
        done = work(worker)
        assert done.code == 75, done.all
        assert time.monotonic() - began < 30
        assert fleet.states() == {"deferred": 2}
        assert fleet.jobs() == [("todo", f"{HOUSE} at 127.0.0.1", True)]
        smtp.answers.clear()
        assert work(worker).code == 0
        assert len(smtp.taken) == 2

    def test_a_server_that_is_not_there_costs_a_line_and_no_attempt(self, fleet, jo):
        queue(jo, HOUSE, 5)
        away = fleet.worker(name="away")
        fleet.account(away, "main", HOUSE)
        path = away.config / "accounts" / "main.env"
        path.write_text(path.read_text().replace(f"={fleet.smtp.port}", "=1"))
        done = work(away)
        assert done.code == 75, done.all
        assert done.err.count("127.0.0.1") <= 3
        assert "5 deferred" in done.err
        assert fleet.rows("SELECT count(*) FROM mailer.attempts") == [(0,)]
        assert fleet.states() == {"deferred": 5}


class TestOwners:
    def test_two_owners_of_a_mailbox_come_one_after_the_other(self, fleet, smtp, jo, worker):
        smtp.seconds = 0.02
        queue(jo, HOUSE, 5)
        queue(fleet.machine("ann", "ann", HOUSE), HOUSE, 5, start=10)
        workers = [fleet.start(fleet.worker(HOUSE, name=f"w{n}"), "--once") for n in (1, 2)]
        for one in workers:
            assert ended(one)[0] == 0
        assert work(worker).code == 0
        assert (len(smtp.taken), set(smtp.taken.values())) == (10, {1})
        assert smtp.at_once() == []

    def test_an_account_that_two_coaches_call_alike_leads_to_the_mailbox_of_each(self, fleet, smtp):
        queue(fleet.machine("jo", "jo", ("work", HOUSE)), "work", 2, mailbox=HOUSE)
        queue(fleet.machine("ann", "ann", ("work", OTHER)), "work", 2, mailbox=OTHER)
        assert work(fleet.worker(("work", HOUSE), ("more", OTHER))).code == 0
        assert (smtp.of(HOUSE), smtp.of(OTHER)) == (2, 2)

    def test_clients_of_a_coach_are_told_apart(self, fleet, smtp, jo, worker):
        for client in ("", "dana o/'b\"x"):
            queue(jo, HOUSE, 2, MAILER_OWNER=client)
        assert work(worker).code == 0
        assert (len(smtp.taken), set(smtp.taken.values())) == (4, {1})
        assert fleet.states() == {"sent": 4}


class TestSecondLook:
    def test_who_was_stopped_meanwhile_is_not_written_to(self, fleet, smtp, jo, worker):
        put(jo.folder, "people.csv", "name,email,company\nN0,n0@x.example,C0\nN1,n1@x.example,C1\n")
        queue(jo, HOUSE, 2)
        assert jo.mailer("people", "add", "N0 <n0@x.example>").code == 0
        assert jo.mailer("stop", "n0@x.example").code == 0
        done = work(worker, "--json")
        assert done.code == 1, done.all
        assert [who for _, who in smtp.taken] == ["n1@x.example"]
        assert {told["status"] for told in done.objects} == {"sent", "not-ready"}
        assert fleet.jobs() == [("todo", f"{HOUSE} at 127.0.0.1", True)]
        # Its owner sees why.
        (left,) = jo.mailer("outbox", "--json").objects
        assert left["next"].startswith("not ready: N0 is stopped. ")

    def test_who_was_stopped_by_another_owner_is_told_in_the_outbox_too(self, fleet, smtp, jo, worker):
        queue(jo, HOUSE, 1)
        ann = fleet.machine("ann", "ann")
        assert ann.mailer("people", "add", "n0@x.example").code == 0
        assert ann.mailer("stop", "n0@x.example").code == 0
        assert work(worker).code == 1
        (left,) = jo.mailer("outbox", "--json").objects
        assert "asked another owner here not to be written to again" in left["next"]


class TestStopped:
    def test_in_the_middle_it_ends_well_and_the_next_goes_on(self, fleet, smtp, jo, worker):
        smtp.seconds = 0.05
        queue(jo, HOUSE, 60)
        running = fleet.start(worker, "--json")
        assert wait_until(lambda: len(smtp.taken) >= 5, 30)
        code, out, err = stop(running)
        assert code == 0, err
        sent = [json.loads(line) for line in out.splitlines()]
        assert {told["status"] for told in sent} == {"sent"}
        assert 5 <= len(sent) == len(smtp.taken) < 60
        assert fleet.states() == {"sent": len(sent), "deferred": 60 - len(sent)}
        assert fleet.jobs() == [("todo", f"{HOUSE} at 127.0.0.1", False)]
        smtp.seconds = 0
        assert work(worker).code == 0
        assert (len(smtp.taken), set(smtp.taken.values())) == (60, {1})

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_while_nothing_is_to_be_done(self, fleet, worker, number):
        running = fleet.start(worker)
        assert wait_until(lambda: fleet.rows("SELECT 1 FROM procrastinate.procrastinate_workers"), 30)
        running.send_signal(number)
        assert ended(running) == (0, "", "")
        assert fleet.rows("SELECT 1 FROM procrastinate.procrastinate_workers") == []

    def test_what_is_queued_while_it_lives_goes_soon(self, fleet, smtp, jo, worker):
        running = fleet.start(worker)
        assert wait_until(lambda: fleet.rows("SELECT 1 FROM procrastinate.procrastinate_workers"), 30)
        queue(jo, HOUSE, 1)
        assert wait_until(lambda: len(smtp.taken) == 1, 20)
        assert stop(running)[0] == 0


def test_who_stands_still_in_a_transaction_keeps_nobody_waiting(fleet):
    """The server ends it before others have waited for as long as they would."""
    with closing(connected(fleet.server.place(fleet.database, folder=fleet.folder / "jo"))) as store:
        for begun in (store.transaction, store.of_own_rows):
            with begun():
                seconds = store.one("SELECT current_setting('idle_in_transaction_session_timeout')")[0]
                assert int(seconds.removesuffix("s")) < int(store.one("SHOW lock_timeout")[0].removesuffix("s"))


class TestBesideOthers:
    def test_outbox_send_and_send_at_the_same_time(self, fleet, smtp, jo, worker):
        smtp.seconds = 0.02
        queue(jo, HOUSE, 40)
        running = fleet.start(worker, "--once", "--json")
        assert wait_until(lambda: len(smtp.taken) >= 2, 30)
        by_hand = jo.process("outbox", "send", "--json")
        put(jo.folder, "q.csv", "name,email,company\nN90,n90@x.example,C90\nN1,n1@x.example,C1\n")
        more = jo.process("send", "q.md", "--each", "q.csv", "--account", HOUSE, "--yes", "--json")
        code, _, err = ended(running)
        assert code in (0, 75), err
        assert by_hand.code in (0, 75), by_hand.all
        assert more.code in (0, 75), more.all
        assert work(worker).code == 0
        assert (len(smtp.taken), set(smtp.taken.values())) == (41, {1})
        assert fleet.states() == {"sent": 41}

    def test_lines_of_several_mailboxes_are_not_mixed(self, fleet, smtp):
        mailboxes = [f"m{n}@house.example" for n in range(6)]
        jo = fleet.machine("jo", "jo", *mailboxes)
        for number, one in enumerate(mailboxes):
            queue(jo, one, 20, start=20 * number)
        done = work(fleet.worker(*mailboxes), "--json", "--concurrency", "6")
        assert done.code == 0
        assert len({told["id"] for told in done.objects}) == 120
        assert not any(line.startswith("{") for line in done.err.splitlines())
        assert sorted(done.err.splitlines()) == sorted(f"{one} at 127.0.0.1: 20 sent." for one in mailboxes)


class TestWithout:
    def test_the_extra(self, fleet, worker, tmp_path):
        put(tmp_path, "hidden/procrastinate.py", "raise ImportError('none')\n")
        done = work(worker, PYTHONPATH=str(tmp_path / "hidden"))
        assert done.code == 78
        assert "pip install 'letter-mailer[fleet]'" in done.err
        assert "Traceback" not in done.err

    def test_a_database(self, fleet, worker):
        done = work(worker, MAILER_LEDGER="")
        assert done.code == 2
        assert "MAILER_LEDGER" in done.err

    def test_other_commands_do_not_load_what_workers_need(self, fleet, jo):
        code = "import sys; from mailer.cli.main import run; run(['outbox']); print('procrastinate' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], env=jo.environ(), capture_output=True, text=True)
        assert done.stdout.split() == ["False"], done.stderr
