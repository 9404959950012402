"""Letters of a run are taken into the book together: each person once, and only what changes is written."""

from __future__ import annotations

from datetime import date

import pytest

from mailer.ledger.ledger import open_ledger
from mailer.people.values import Address, Card
from tests.kit import ledger as letters
from tests.people.people_kit import World

DANA, LEE = "Dana Ruiz <dana@acme.example>", "Lee Oh <lee@acme.example>"


@pytest.fixture
def world(tmp_path, place):
    return World(tmp_path, ledger=place).on("2026-11-30")


def written(monkeypatch, store):
    """How many rows of what is written from now on, by table."""
    found = {}
    done = store.executemany

    def executemany(sql, rows):
        rows = list(rows)
        if rows:
            name = sql.split()[2].strip()
            found[name] = found.get(name, 0) + len(rows)
        return done(sql, rows)

    monkeypatch.setattr(store, "executemany", executemany)
    return found


def test_two_letters_to_a_stranger_make_one_person(world):
    world.send(DANA)
    world.on("2026-12-02").send(DANA, subject="Again", position="Other", text="Once more.")
    with world.book() as book:
        assert list(book.follow("gracious-six")) == [1]
        dana = book.person("dana")
        assert [one.at.date() for one in book.timeline(dana)] == [date(2026, 11, 30), date(2026, 12, 2)]
        assert (dana.card.position, dana.card.plan) == ("Other", "gracious-six")
        assert book.count() == 1


def test_an_address_that_is_found_dead_in_the_same_run_is_struck(world):
    world.send(DANA)
    no = {"dana@acme.example": letters.NO}
    world.send(DANA, lambda claim: letters.ended(claim, "refused", letters.NO, no), position="Other", text="Once more.")
    with world.book() as book:
        book.follow("none")
        assert [box.state for box in book.person("dana").card.addresses] == ["dead"]


def test_who_was_stopped_and_forgotten_stays_stopped(world):
    with world.book() as book:
        dana = book.add(Card("Dana Ruiz", (Address("dana@acme.example"),)))
        book.hold([dana], "stop", None, "")
    world.run("people", "forget", "dana", "--yes")
    world.send(DANA)
    world.send(LEE)
    with world.book() as book:
        book.follow("gracious-six")
        assert {one.card.name: one.state for one in book.people()} == {"Dana Ruiz": "stopped", "Lee Oh": "waiting"}


def test_numbers_are_given_to_nobody_else(world):
    with world.book() as book:
        gone = book.add(Card("Kim Ode", (Address("kim@kim.example"),)))
    world.run("people", "forget", "kim", "--yes")
    world.send(DANA)
    with world.book() as book:
        book.follow("none")
        kim = book.add(Card("Kim Ode", (Address("kim@kim.example"),)))
        assert len({gone.id, book.person("dana").id, kim.id}) == 3


def test_dates_that_stay_as_they_are_are_not_written(world, monkeypatch):
    names = [f"P{n} <p{n}@acme.example>" for n in range(12)]
    for name in names[:-1]:
        world.send(name)
    with world.book() as book:
        book.follow("gracious-six")
        before = {one.id: one.next for one in book.people()}
        again = written(monkeypatch, book._store)
        book._replan(range(1, 12))
        assert again == {}
    world.send(names[-1])
    with world.book() as book:
        more = written(monkeypatch, book._store)
        book.follow("gracious-six")
        steps = book._store.one("SELECT count(*) FROM course WHERE person = 12")[0]
        changed = sum(before.get(one.id) != one.next for one in book.people())
        assert more["course"] <= 2 * steps * changed
        assert book._store.one("SELECT count(*) FROM course")[0] >= 12 * steps - 12


@pytest.fixture
def put_off(world):
    """Dana's first step is put off until June, long after it would be let go."""
    with world.on("2027-01-06").book() as book:
        card = Card("Dana Ruiz", (Address("dana@acme.example"),), plan="gracious-six", refused_on=date(2027, 1, 5))
        book.choose(book.add(card), date(2027, 6, 1))
    return world.on("2027-06-01")


def dana(world):
    with world.book() as book:
        book.follow("none")
        return book.person("dana")


def test_a_letter_fills_the_step_that_was_put_off_by_hand(put_off):
    assert dana(put_off).step == 1
    put_off.send(DANA, template="")
    assert dana(put_off).step == 2


def test_a_letter_that_did_not_reach_them_leaves_it_put_off(put_off):
    claim = put_off.send(DANA, lambda claim: letters.ended(claim, "in-doubt"), template="")
    assert dana(put_off).step == 2
    with open_ledger(put_off.ledger) as ledger:
        ledger.resolve(claim.id, sent=False)
    again = dana(put_off)
    assert (again.step, again.next) == (1, date(2027, 6, 1))
    put_off.on("2027-06-03").run("touch", "dana", "--by", "call")
    assert dana(put_off).step == 2
