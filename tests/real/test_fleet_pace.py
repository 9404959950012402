"""What many letters cost workers: nothing is read whole, connections are kept, an owner's writers go side by side."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest

from mailer.errors import Later, MailerError
from mailer.ledger.ledger import open_ledger
from mailer.ledger.postgresql import kept
from mailer.ledger.postgresql.opening import connected
from mailer.ledger.values import Terms
from mailer.people import follow
from mailer.people.strangers import Strangers
from mailer.transport.values import Outcome
from tests.kit.chaos import mailbox, put_off
from tests.kit.counting_smtp import Counting, serving
from tests.kit.fleet import Fleet
from tests.kit.ledger import LATER, letter, sent

pytestmark = pytest.mark.real
MANY, OWN = 3000, 24
SCANS = """
    SELECT relname, seq_tup_read FROM pg_stat_user_tables
    WHERE schemaname = 'mailer' AND seq_tup_read >= %s ORDER BY relname
"""


@pytest.fixture
def fleet(postgresql, tmp_path):
    smtp = Counting()
    with serving(smtp), closing(Fleet(postgresql, tmp_path, smtp)) as made:
        yield made


def ledger_of(fleet, role="jo"):
    return open_ledger(fleet.server.place(fleet.database, role, folder=fleet.folder / role))


def queued(ledger, name="one@x.example", **more):
    """One letter, put off until now: its id."""
    new = letter(message_id=f"<{name}>", subject=f"To {name}", **more)
    return ledger.put_off([new], Terms(datetime.now(UTC), "a", frozenset()))[0].id


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False], ids=["analysed", "never-analysed"])
def test_a_large_table_is_read_by_its_indexes(fleet, known):
    """What is queued for others, and what went before, costs a mailbox nothing."""
    with ledger_of(fleet) as ledger:
        put_off(ledger, mailbox(1), MANY)
        put_off(ledger, mailbox(0), OWN)
    if known:
        fleet.rows("ANALYZE")
    fleet.rows("SELECT pg_stat_reset()")
    worker = fleet.worker(mailbox(0))
    assert worker.process("work", "--once").code == 0
    assert fleet.smtp.of(mailbox(0)) == OWN
    fleet.rows("SELECT pg_stat_force_next_flush()")
    assert fleet.rows(SCANS, MANY) == []


def test_a_claim_waits_for_no_book_and_a_book_for_no_claim(fleet):
    with ledger_of(fleet) as one, ledger_of(fleet) as two:
        letters = queued(one), queued(one, "two@x.example")
        two.store.execute("SET lock_timeout = '1s'")
        with one.store.of_people():
            assert [claim.kind for claim in two.claim_queued(letters[:1])] == ["retry"]
        with one.store.of_queued(), two.store.of_queued(), two.store.of_people():
            pass


@pytest.mark.parametrize("begun", ["of_queued", "of_people"])
def test_whoever_writes_all_has_the_ledger_alone(fleet, begun):
    with ledger_of(fleet) as one, ledger_of(fleet) as two:
        two.store.execute("SET lock_timeout = '200ms'")
        for first, second in ((one.store.transaction, getattr(two.store, begun)),):
            with first(), pytest.raises(Later), second():
                pass
        one.store.execute("SET lock_timeout = '200ms'")
        with getattr(two.store, begun)(), pytest.raises(Later), one.store.transaction():
            pass


def test_a_letter_is_claimed_by_one_of_two_who_claim_at_once(fleet):
    with ledger_of(fleet) as one, ledger_of(fleet) as two:
        name = queued(one)
        with one.of_queued():
            assert one.claim_queued([name])[0].goes
            assert two.claim_queued([name])[0].kind == "busy"
        assert two.claim_queued([name])[0].kind == "busy"


def test_news_that_come_while_others_are_taken_in_are_kept(fleet, monkeypatch):
    """A letter that is settled between its reading and the end of the taking in is taken in the next time."""
    with ledger_of(fleet) as one, ledger_of(fleet) as two:
        name = queued(one)
        number = one.store.one("SELECT number FROM letters")[0]
        one.store.execute("INSERT INTO news (letter) VALUES (?)", (number,))
        assert two.claim_queued([name])[0].goes

        def settle():
            claim = two.letter(name)
            two.about_to_send([claim.id])
            two.settle([sent(claim)])

        settling = threading.Thread(target=settle)

        def in_the_middle(*about):
            settling.start()
            settling.join(1)
            return Strangers(*about)

        monkeypatch.setattr(follow, "Strangers", in_the_middle)
        with one.store.of_people():
            follow.follow(one.store, "none", datetime.now(UTC), UTC, lambda _: True)
        settling.join(10)
        assert not settling.is_alive()
        assert one.store.all("SELECT letter FROM news") == [(number,)]


def test_a_letter_with_news_that_is_settled_just_now_is_waited_for(fleet):
    """It was deferred before, and its news not taken in: what becomes of it now is not lost between the two."""
    with ledger_of(fleet) as one, ledger_of(fleet) as two:
        name = queued(one)
        one.goes_from("a")
        (claim,) = one.claim_queued([name])
        one.about_to_send([name])
        one.settle([Outcome(name, "deferred", "final", LATER)])
        assert one.claim_queued([name])[0].goes
        one.about_to_send([name])

        def take_in():
            with two.store.of_people():
                follow.follow(two.store, "none", datetime.now(UTC), UTC, lambda _: True)

        taking = threading.Thread(target=take_in)
        with one.of_queued():
            one.settle([sent(claim)])
            taking.start()
            taking.join(1)
        taking.join(10)
        assert not taking.is_alive()
        assert one.store.one("SELECT count(*) FROM touches")[0] == 1


def test_who_is_taken_in_by_another_is_left_to_them(fleet):
    with ledger_of(fleet) as one, ledger_of(fleet) as two:
        with one.store.of_people(), two.store.of_own_rows():
            assert not two.store.people_are_free()
        with two.store.of_own_rows():
            assert two.store.people_are_free()


class TestKeptConnections:
    @pytest.fixture(autouse=True)
    def keeping(self):
        with kept.keeping(1):
            yield

    def open(self, fleet, role="jo", owner=""):
        return connected(fleet.server.place(fleet.database, "worker", owner, fleet.folder)._replace(role=role))

    def asked(self, store):
        columns = "pg_backend_pid(), current_user::text, current_setting('mailer.owner'), mailer_owner()"
        return store.one(f"SELECT {columns}")

    def test_who_comes_next_acts_as_themselves(self, fleet):
        with closing(self.open(fleet, "jo", "x")) as store:
            first = self.asked(store)
        with closing(self.open(fleet, "ann")) as store:
            assert self.asked(store) == (first[0], "ann", "", "ann/")
        assert first[1:] == ("jo", "x", "jo/x")

    def test_nothing_is_left_of_who_was_there_before(self, fleet):
        store = self.open(fleet)
        store.one("SELECT pg_advisory_lock(18)")
        store.execute("BEGIN")
        store.execute("INSERT INTO secrets (name, value) VALUES ('x', 'y')")
        store.close()
        assert fleet.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 18") == []
        with closing(self.open(fleet)) as store:
            assert not store.in_transaction
            assert store.one("SELECT 1 FROM secrets") is None

    def test_what_is_closed_is_not_used_again(self, fleet):
        store = self.open(fleet)
        store.close()
        store.close()
        with closing(self.open(fleet)), pytest.raises(MailerError):
            store.execute("SELECT 1")
        assert not store.in_transaction

    def test_one_that_is_gone_is_made_anew(self, fleet):
        with closing(self.open(fleet)) as store:
            gone = self.asked(store)[0]
        fleet.rows("SELECT pg_terminate_backend(%s)", gone)
        with closing(self.open(fleet)) as store:
            assert self.asked(store)[0] != gone

    def test_no_more_are_kept_than_were_asked_for(self, fleet):
        stores = [self.open(fleet) for _ in range(3)]
        for store in stores:
            store.close()
        left = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'worker' AND state = 'idle'"
        assert fleet.rows(left) == [(1,)]


def test_a_time_that_no_number_holds_is_put_to_work_all_the_same(fleet):
    with ledger_of(fleet) as ledger:
        new = letter(message_id="<far@x.example>")
        assert ledger.put_off([new], Terms(datetime(2190, 1, 1, tzinfo=UTC), "a", frozenset()))[0].goes
    assert fleet.rows("SELECT priority FROM procrastinate.procrastinate_jobs") == [(-2147483647,)]


def test_a_database_of_an_older_version_is_named(fleet):
    fleet.rows("DROP FUNCTION mailer.fleet_version")
    done = fleet.worker(mailbox(0)).process("work", "--once")
    assert done.code == 73
    assert "older mailer" in done.err
    assert "mailer fleet init" in done.err
    fleet.init()
    assert fleet.worker(mailbox(0)).process("work", "--once").code == 0
