"""A year with a clock of its own: three people of two companies, a call, a holiday, a hold, a stop, an end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.ledger.opening import open_store
from mailer.people.book import Book, Home
from mailer.people.plan import load
from mailer.people.values import Address, Card
from tests.conftest import examples
from tests.people.people_kit import World


@pytest.fixture
def world(tmp_path, place):
    return World(tmp_path, ledger=place).on("2026-11-30")


def add(world, name, address, company):
    more = ("--company", company, "--refused-on", "2026-11-29", "--plan", "gracious-six", "--country", "DE")
    world.run("people", "add", address, "--name", name, *more)


def look(world, day, who):
    """State, step and next date of somebody on a day, as ``people show`` says it; the book says the same."""
    (shown,) = world.on(day).json("people", "show", who)
    with world.book() as book:
        seen = book.person(who).as_json()
    assert {key: shown[key] for key in seen} == seen
    return shown["state"], shown["step"], shown["next"]


def due(world, day):
    """Who is due on a day, by ``due`` and by ``mailer`` alone."""
    names = {one["name"] for one in world.on(day).json("due", "--within", "0") if one["state"] == "due"}
    assert {one["name"] for one in world.json()[0]["due"]} == names
    return names


def why(world, who):
    return world.json("people", "show", who)[0]["why"]


def test_a_year(world):
    add(world, "Dana Ruiz", "dana@acme.example", "Acme Robotics")
    add(world, "Sam Becker", "sam@acme.example", "ACME Robotics")
    add(world, "Lee Brandt", "lee@birch.example", "Birch Labs")
    # November and December: the thanks; two of one company are two weeks apart.
    assert due(world, "2026-11-30") == {"Dana Ruiz", "Lee Brandt"}
    world.send("Dana Ruiz <dana@acme.example>")
    world.send("Lee Brandt <lee@birch.example>")
    assert look(world, "2026-11-30", "dana") == ("waiting", 2, "2027-01-04")
    assert why(world, "dana") == ["35 days after the no is Sunday 3 January; moved to Monday"]
    assert look(world, "2026-12-13", "sam") == ("waiting", 1, "2026-12-14")
    assert due(world, "2026-12-14") == {"Sam Becker"}
    world.send("Sam Becker <sam@acme.example>")
    # January: a call that mailer did not see, and their fair.
    assert due(world, "2027-01-04") == {"Dana Ruiz", "Lee Brandt"}
    world.run("touch", "dana", "--by", "call", "--note", "their fair is in March")
    assert look(world, "2027-01-04", "dana") == ("waiting", 3, "2027-03-01")
    world.run("hold", "dana", "--until", "2027-03-26", "--why", "their fair")
    # Good Friday, Easter Monday: a holiday there; and the other one of the company is two weeks away.
    state, step, _ = look(world, "2027-03-25", "dana")
    assert (state, step) == ("held", 3)
    assert (
        "on hold (their fair) until then: Friday 26 March; that is a holiday (Good Friday) there; moved to Tuesday"
        in why(world, "dana")
    )
    # February: Lee's second step was due since 4 January; it is let go on the 61st day, 6 March.
    assert look(world, "2027-03-05", "lee")[:2] == ("due", 2)
    assert look(world, "2027-03-06", "lee")[:2] == ("waiting", 3)
    assert "after step 2 was let go on 6 March" in why(world, "lee")[0]
    # March: Sam asks not to be written to.
    world.on("2027-03-08").run("stop", "sam", "--why", "asked")
    assert look(world, "2027-03-08", "sam")[0] == "stopped"
    assert due(world, "2027-03-29") == set()
    # April: the hold is over.
    assert due(world, "2027-03-30") == {"Dana Ruiz"}
    world.run("touch", "dana", "--by", "meeting")
    # May: Lee is forgotten, Sam too; Sam stays stopped.
    world.on("2027-05-10")
    world.run("people", "forget", "lee", "--yes")
    world.run("people", "forget", "sam", "--yes")
    assert [one["name"] for one in world.json("people")] == ["Dana Ruiz"]
    assert world.json("people", "add", "sam@acme.example", "--name", "Sam Becker")[0]["state"] == "stopped"
    # The rest of Dana's year.
    for number, day in ((4, "2027-05-28"), (5, "2027-08-26"), (6, "2027-11-29")):
        assert look(world, day, "dana") == ("due", number, day)
        assert look(world, date.fromisoformat(day) - timedelta(days=1), "dana")[0] == "waiting"
        world.on(day).run("touch", "dana", "--by", "message")
    assert look(world, "2027-11-30", "dana") == ("done", 7, None)
    assert due(world, "2028-06-01") == set()
    kinds = [entry["kind"] for entry in world.json("people", "show", "dana")[0]["timeline"]]
    assert kinds == ["letter", "call", "meeting", "message", "message", "message"]


# What was recorded is played through anew each time: order and mistakes leave no trace.

START = date(2026, 11, 30)
DAYS = st.lists(st.integers(0, 500), max_size=6)


def whole(book):
    """All that can be seen of everybody."""
    return [(one.as_json(), one.open and one.open.until) for one in book.people()]


def book_on(store, now):
    return Book(store, lambda name: load(name, Path("/nowhere")), now, Home(lambda: "DE", UTC))


def book_of(store, day=0, people=2):
    book = book_on(store, datetime(START.year, START.month, START.day, 12, tzinfo=UTC) + timedelta(days=day))
    for number in range(people):
        address = Address(f"p{number}@acme.example")
        book.add(Card(f"P{number} Ruiz", (address,), "Acme", "", START - timedelta(days=1), "gracious-six"))
    return book


def at(day):
    return datetime(START.year, START.month, START.day, 9, tzinfo=UTC) + timedelta(days=day)


def opened(tmp_path_factory):
    return open_store(tmp_path_factory.mktemp("book") / "ledger.sqlite", create=True)


@examples(16)
@given(days=DAYS, extra=st.integers(0, 500), who=st.sampled_from(["p1", "p2"]))
def test_a_touch_taken_back_leaves_what_was(tmp_path_factory, days, extra, who):
    store = opened(tmp_path_factory)
    book_of(store)
    later = book_on(store, at(500))
    for number, day in enumerate(days):
        later.touch(later.person(f"p{1 + number % 2}"), "call", at(day))
    before = whole(later)
    later.touch(later.person(who), "meeting", at(extra))
    newest = max(int(entry.id[1:]) for entry in later.timeline(later.person(who)))
    later.undo(f"t{newest}")
    assert whole(later) == before
    store.close()


@examples(16)
@given(days=DAYS, data=st.data())
def test_the_order_in_which_touches_are_told_does_not_matter(tmp_path_factory, days, data):
    seen = []
    for told in (days, data.draw(st.permutations(days))):
        store = opened(tmp_path_factory)
        book_of(store, people=1)
        later = book_on(store, at(500))
        for day in told:
            later.touch(later.person("p1"), "call", at(day))
        seen.append(whole(later))
        store.close()
    assert seen[0] == seen[1]


def test_a_touch_taken_back_gives_the_date_that_was_set_by_hand_and_the_turn_back(world):
    add(world, "Dana Ruiz", "dana@acme.example", "Acme")
    with world.book() as book:
        book.choose(book.person("dana"), date(2026, 12, 9))
        book.answered(book.person("dana"), world.now)
        before = whole(book)
        book.touch(book.person("dana"), "call", world.now)
        assert whole(book) != before
        book.undo("t1")
        assert whole(book) == before
