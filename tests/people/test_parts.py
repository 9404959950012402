"""Many letters are taken in a part at a time: nothing is lost or taken in twice, and nobody waits for all of it."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailer.ledger.opening import open_store
from mailer.people import course_rows, follow, rows
from mailer.people.values import Address, Card, number_of
from tests.kit import ledger as letters
from tests.people.people_kit import World

LETTERS = 7


@pytest.fixture
def world(tmp_path, place):
    return World(tmp_path, ledger=place).on("2026-11-30")


@pytest.fixture
def small(monkeypatch):
    """Parts of two letters."""
    monkeypatch.setattr(follow, "_AT_ONCE", 2)
    monkeypatch.setattr(follow, "_COMPANIES_KEPT", 1)
    monkeypatch.setattr(follow, "_is_past", lambda until: until < math.inf)
    monkeypatch.setattr(follow, "_PAUSE", 0.0)


def send(world):
    """Letters to people of two companies, two of them to one person, one that is refused."""
    people = [f"P{n} <p{n}@acme.example>" for n in range(LETTERS - 2)]
    for number, name in enumerate(people):
        world.send(name, company="Acme" if number % 2 else "Beta", position=f"Post {number}")
    no = {"p0@acme.example": letters.NO}
    world.send(people[0], lambda claim: letters.ended(claim, "refused", letters.NO, no), position="Other", text="Two.")
    world.on("2026-12-02").send(people[1], position="Another", text="Once more.")


def stands(book):
    """Everything that is known of everybody but their numbers, and whether there is more to take in."""
    people = sorted(book.people(), key=number_of)
    return [
        (one.card, one.state, one.next, one.step, one.why, [entry._replace(id="") for entry in book.timeline(one)])
        for one in people
    ], book.has_news()


def names(book, numbers):
    return [book.person(f"p{number}").name for number in numbers]


def test_it_is_the_same_as_in_one_go(world, small):
    send(world)
    with world.book() as book, pytest.raises(ZeroDivisionError), book.transaction():
        started, reached = names(book, book.follow("gracious-six")), names(book, book.reached)
        expected = stands(book)
        raise ZeroDivisionError
    with world.book() as book:
        commits = []
        book._store.on_commit.append(lambda: commits.append(book.count()))
        assert names(book, book.follow("gracious-six")) == started
        assert names(book, book.reached) == reached
        assert stands(book) == expected
        assert len(commits) == (LETTERS + 1) // 2
        assert commits == sorted(commits)


def test_a_part_that_is_killed_leaves_its_letters_to_the_next(world, small):
    send(world)
    with world.book() as book, pytest.raises(ZeroDivisionError), book.transaction():
        book.follow("gracious-six")
        expected = stands(book)
        raise ZeroDivisionError
    for alive in range(3):
        with world.book() as book, pytest.raises(KeyboardInterrupt):
            replan, calls = book._course.replan, []

            def killed(numbers, replan=replan, calls=calls, alive=alive):
                calls.append(numbers)
                if len(calls) > (alive > 0):
                    raise KeyboardInterrupt
                return replan(numbers)

            book._course.replan = killed
            book.follow("gracious-six")
    with world.book() as book:
        # The first was killed at once, the others kept a part each, with its dates.
        assert book._store.one("SELECT count(*) FROM news")[0] == LETTERS - 4
        assert all(one.next for one in book.people() if one.card.plan)
        book.follow("gracious-six")
        assert stands(book) == expected


def test_whoever_finds_another_at_it_keeps_what_it_took_in(world, small):
    send(world)
    with world.book() as book:
        free = iter([True, True, False])
        book._store.people_are_free = lambda: next(free)
        assert len(book.follow("gracious-six", waits=False)) == 4
        assert book.has_news()


def test_inside_a_transaction_it_is_a_part_of_that(world, small):
    send(world)
    with world.book() as book:
        with pytest.raises(ZeroDivisionError), book.transaction():
            book.follow("gracious-six")
            assert not book.has_news()
            raise ZeroDivisionError
        assert book.has_news()
        assert not book.count()


def test_whoever_settles_a_letter_comes_between(world, place, small, monkeypatch):
    monkeypatch.setattr(follow, "_PAUSE", 0.12)
    send(world)
    left = []

    def settle():
        store = open_store(place, create=True)
        try:
            with store.transaction():
                left.append(store.one("SELECT count(*) FROM news")[0])
        finally:
            store.close()

    with world.book() as book, ThreadPoolExecutor(1) as other:
        replan, settling = book._course.replan, []

        def slow(numbers):
            # The other one waits from the first part on.
            settling[:] = settling or [other.submit(settle)]
            time.sleep(0.15)
            return replan(numbers)

        book._course.replan = slow
        book.follow("gracious-six")
        settling[0].result()
    assert 0 < left[0] < LETTERS


def test_of_one_company_it_is_asked_once_whether_anybody_has_dates(world, monkeypatch):
    """All of them are looked at for that where nobody has."""
    monkeypatch.setattr(follow, "_AT_ONCE", 2)
    for number in range(LETTERS):
        world.send(f"P{number} <p{number}@acme.example>", company="Acme", position=f"Post {number}")
    with world.book() as book, book.transaction():
        asked, among = [], book._store.among

        def heard(sql, values, before=()):
            asked.append((sql, values))
            return among(sql, values, before)

        monkeypatch.setattr(book._store, "among", heard)
        book.follow("none")
        assert [key for sql, values in asked if sql == follow._COMPANIES for key in values] == ["acme"]


class Clock:
    """Stands still but for what is said to take time."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(follow.time, "monotonic", lambda: self.now)

    def lengths(self, again, parts=5):
        """How long each part takes letters in, where the dates that follow take three times as long as that."""
        found = []

        class Whole:
            in_transaction = is_file = False

            def stop_reading(self):
                pass

        def part(enough):
            began = self.now
            while not enough():
                self.now += 0.1
            found.append(self.now - began)
            self.now += 3 * found[-1]
            return follow.Followed((), (), (), more=len(found) < parts, again=again)

        follow.in_parts(Whole(), part)
        return found


def test_a_part_lasts_longer_only_for_dates_that_are_computed_again(monkeypatch):
    """Whoever settles a letter waits for one part; of a large company each computes the dates of all."""
    clock = Clock(monkeypatch)
    assert max(clock.lengths(again=0.0)) < 0.7
    grown = clock.lengths(again=0.9)
    assert grown == sorted(grown)
    assert grown[-1] > 10


def test_the_dates_of_a_long_batch_are_computed_some_companies_at_a_time_and_each_once(world, monkeypatch):
    monkeypatch.setattr(rows, "MANY", 3)
    with world.book() as book:
        for number in range(20):
            company = f"Acme {number % 3}" if number % 2 else f"Firm {number}" if number % 5 else ""
            book.add(Card(f"P{number}", (Address(f"p{number}@acme.example"),), company=company, plan="gracious-six"))
        expected = [(one.next, one.why) for one in book.people()]
        asked, computed = [], []
        companies, put = rows.companies, course_rows.put
        monkeypatch.setattr(rows, "companies", lambda store, some: asked.append(some) or companies(store, some))
        monkeypatch.setattr(course_rows, "put", lambda store, some: computed.extend(some) or put(store, some))
        book._replan(range(20, 0, -1))
        assert [(one.next, one.why) for one in book.people()] == expected
        assert max(map(len, asked)) <= 3
        assert sorted(one.person for one in computed) == list(range(1, 21))
        assert book._course.again == 0
        computed.clear()
        book._replan([2])
        assert len(computed) > 1
        assert book._course.again == 1 - 1 / len(computed)
