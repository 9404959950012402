"""Which mailboxes are visited and when, asked of the database with a clock of the test's."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import md5

import pytest

from mailer.fleet import rounds
from mailer.ledger.postgresql.opening import connected
from tests.kit.alumni import DUE, START, Alumni
from tests.kit.counting_smtp import Counting, serving

pytestmark = pytest.mark.real

JO, LEE = "jo@mail.example", "lee@mail.example"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def fleet(postgresql, tmp_path_factory):
    smtp = Counting()
    with serving(smtp):
        made = Alumni(postgresql, tmp_path_factory.mktemp("fleet"), smtp, {}, {JO: "a", LEE: "b"})
        yield made
        made.close()


@pytest.fixture(autouse=True)
def emptied(fleet):
    fleet.server.empty(fleet.database)
    fleet.rows("TRUNCATE mailer.rounds")
    fleet.rows("TRUNCATE procrastinate.procrastinate_jobs CASCADE")


@pytest.fixture
def jo(fleet):
    made = fleet.machine("jo", "jo", JO)
    fleet.writes(made, JO)
    return made


def at(mailbox):
    return f"{mailbox} at 127.0.0.1"


def minute(mailbox):
    """Its minute, as the documentation says that it is found."""
    return int(md5(at(mailbox).encode(), usedforsecurity=False).hexdigest()[:7], 16) % 60


def turn(mailbox, hour=10):
    return datetime(2026, 12, 28, hour, minute(mailbox), tzinfo=UTC)


def test_each_mailbox_has_its_own_minute_of_every_hour(fleet, jo):
    for hour in (7, 8, 9):
        when = turn(JO, hour)
        assert fleet.begins(when - timedelta(minutes=1)) == []
        assert [one[:2] for one in fleet.begins(when)] == [("jo/", at(JO))]
        assert fleet.begins(when) == fleet.begins(when + timedelta(minutes=4)) == []


def test_the_minutes_are_spread(fleet):
    found = fleet.rows(
        "SELECT minute_of, count(*) FROM (SELECT mailer.minute_of('u' || n || ' at smtp.example')"
        " FROM generate_series(1, 50000) n) m GROUP BY 1"
    )
    assert len(found) == 60
    assert max(count for _, count in found) < 1000


def test_one_job_a_mailbox_waits_however_often_they_ask(fleet, jo):
    for _ in range(3):
        fleet.begins(turn(JO))
    assert fleet.visiting() == [(f"visit {at(JO)}", f"visit {at(JO)} of jo/", at(JO))]
    assert fleet.begins(turn(JO) + HOUR) == [("jo/", at(JO), True)]
    assert len(fleet.visiting()) == 1


def test_workers_that_ask_at_once_make_one_job(fleet, jo):
    barrier, found = threading.Barrier(6), []

    def ask():
        barrier.wait()
        found.extend(fleet.begins(turn(JO)))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(fleet.visiting())) == (1, 1)


def test_a_minute_that_was_missed_is_made_up_for_within_the_window(fleet, jo):
    assert fleet.begins(turn(JO) + timedelta(minutes=20), "15 minutes") == []
    assert len(fleet.begins(turn(JO) + timedelta(minutes=20), "1 hour")) == 1
    assert fleet.begins(turn(JO) + timedelta(minutes=40), "1 hour") == []


class TestOpen:
    def test_nothing_is_read_where_nothing_was_sent(self, fleet):
        jo = fleet.machine("new", "jo", JO)
        assert jo.mailer("people", "add", "x@y.example", "--name", "X").code == 0
        assert fleet.begins(turn(JO), "1 hour") == []

    def test_an_owner_without_a_mailbox_has_their_day(self, fleet):
        jo = fleet.machine("new", "jo", JO)
        add = ("people", "add", "x@y.example", "--name", "X", "--plan", "house", "--refused-on", "2026-11-20")
        assert jo.mailer(*add, now=START).code == 0
        assert fleet.begins(DUE, "1 hour") == [("jo/", "", False)]
        ((_, _, queue),) = fleet.visiting()
        assert queue == rounds.ANY
        assert fleet.visits(fleet.worker(JO), "jo", "", now=DUE).day == DUE.date()

    def test_a_letter_without_an_answer_and_without_a_plan(self, fleet, jo):
        assert jo.mailer("people", "edit", "dana", "--plan", "none", now=DUE).code in (0, 2)
        fleet.rows("DELETE FROM mailer.course")
        assert len(fleet.begins(turn(JO))) == 1
        fleet.rows("UPDATE mailer.rounds SET asked = '-infinity'")
        assert jo.mailer("touch", "dana", "--by", "answer", now=DUE).code == 0
        fleet.rows("DELETE FROM mailer.course")
        assert fleet.begins(turn(JO)) == []

    def test_who_is_stopped_is_waited_for_no_longer(self, fleet, jo):
        assert jo.mailer("stop", "dana", now=DUE).code == 0
        assert fleet.begins(turn(JO)) == []

    def test_a_year_later_it_is_over(self, fleet, jo):
        fleet.rows("DELETE FROM mailer.course")
        assert fleet.begins(turn(JO).replace(year=2028)) == []


def test_each_owner_of_a_mailbox_that_they_share(fleet):
    for owner in ("zoë", "ana", ""):
        fleet.writes(fleet.machine("jo", "jo", JO), JO, MAILER_OWNER=owner)
    found = [owner for owner, _, _ in fleet.begins(turn(JO))]
    assert found == ["jo/", "jo/ana", "jo/zoë"]
    assert len({lock for lock, _, _ in fleet.visiting()}) == 1


@pytest.mark.parametrize(
    "name", ["begin_rounds(now(), '1 hour')", "day_of_round('jo/', '')", "is_round_wanted('jo/', '', now())"]
)
def test_only_workers_may_ask(fleet, jo, name):
    fleet.init()
    with closing(connected(fleet.server.place(fleet.database, "jo", folder=fleet.folder / "other"))) as store:
        with pytest.raises(Exception, match="is not for this role"):
            store.all(f"SELECT mailer.{name}")
        with pytest.raises(Exception, match="is not for this role"):
            store.all("SELECT * FROM mailer.rounds")


def test_what_is_told_names_no_people(fleet, jo):
    told = str(fleet.begins(turn(JO))) + str(fleet.rows("SELECT args FROM procrastinate.procrastinate_jobs"))
    assert "dana" not in told.casefold()


def test_init_again_finds_the_mailboxes_of_before(fleet, jo):
    fleet.rows("TRUNCATE mailer.rounds")
    fleet.init()
    assert [one[:2] for one in fleet.begins(turn(JO))] == [("jo/", at(JO))]


def test_fifty_thousand_mailboxes_cost_little_a_minute(fleet):
    fleet.rows(
        "INSERT INTO mailer.rounds (owner, mailbox, minute) SELECT 'o' || n || '/', 'u' || n || ' at smtp.example',"
        " mailer.minute_of('u' || n || ' at smtp.example') FROM generate_series(1, 50000) n"
    )
    fleet.rows("ANALYZE mailer.rounds")
    before = time.perf_counter()
    assert fleet.begins(DUE, "1 minute") == []
    assert time.perf_counter() - before < 5
    fleet.rows("INSERT INTO mailer.news (owner, letter) SELECT owner, 1 FROM mailer.rounds")
    assert 600 < len(fleet.begins(DUE, "1 minute")) < 1100
