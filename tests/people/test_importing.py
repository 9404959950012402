"""What rows mean for the people who are there: new, changed, same, skipped; and undone again."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData
from mailer.ledger.opening import open_store
from mailer.people.book import Book, Home
from mailer.people.incoming import Incoming
from mailer.people.plan import load
from mailer.people.values import Address, Card
from tests.people.test_vcard import CARDS

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DANA = Card("Dana Ruiz", (Address("dana@acme.example"),), "Acme Robotics")


def open_book(path):
    store = open_store(path, create=True)
    return Book(store, lambda name: load(name, Path("/nowhere")), NOW, Home(lambda: "", None))


@pytest.fixture
def book(place):
    book = open_book(place)
    yield book
    book._store.close()


def bring_in(book, *cards, keep=True, answers=None):
    """What becomes of each card, and why."""
    told = []
    incoming = [Incoming(line, "x.csv", card) for line, card in enumerate(cards, 1)]
    book.bring_in(incoming, answers or {}, told.append, keep=keep)
    return [(outcome.what, outcome.person, outcome.why) for outcome in told]


def whats(book, *cards, **more):
    return [what for what, *_ in bring_in(book, *cards, **more)]


def test_the_dates_of_those_who_are_brought_in_are_counted(book):
    told = []
    book.watch = lambda total: contextlib.nullcontext(lambda more: told.append((total, more)))
    bring_in(
        book, *(Card(f"P{n}", (), f"C{n // 3}", plan="once-a-year") for n in range(9)), Card("Lee", plan="once-a-year")
    )
    assert told[-4:] == [(10, 1), (10, 3), (10, 3), (10, 3)]


def test_new_then_same(book):
    lee = Card("Lee Okafor", company="Birch Labs")
    assert bring_in(book, DANA, lee) == [("new", "p1", ""), ("new", "p2", "")]
    assert bring_in(book, DANA, lee) == [("same", "p1", ""), ("same", "p2", "")]
    assert [one.card for one in book.people()] == [DANA, lee]


def test_a_plan_that_is_only_shown_leaves_nothing(book):
    assert whats(book, DANA, DANA, keep=False) == ["new", "same"]
    assert book.count() == 0
    assert whats(book, DANA) == ["new"]
    assert [one.card for one in book.people()] == [DANA]


def test_the_same_address_is_the_same_person(book):
    book.add(DANA._replace(position="Engineer", note="mine", country="DE-BY", language="de-AT"))
    changed = Card(
        "Dana Ruiz-Vega", (Address("DANA@acme.example"), Address("d@home.example")), "", note="", country="DE"
    )
    (row,) = bring_in(book, changed._replace(language="de"))
    assert row == ("changed", "p1", "name: Dana Ruiz → Dana Ruiz-Vega; address: + d@home.example")
    card = book.person("p1").card
    assert (card.company, card.note, card.country, card.language) == ("Acme Robotics", "mine", "DE-BY", "de-AT")
    assert [box.address for box in card.addresses] == ["dana@acme.example", "d@home.example"]


def test_a_dead_address_stays_dead(book):
    book.add(DANA._replace(addresses=(Address("dana@acme.example", "dead"),)))
    assert whats(book, DANA) == ["same"]
    assert book.person("p1").card.addresses[0].state == "dead"


def test_addresses_of_two_people_make_nobody_one(book):
    book.add(DANA)
    book.add(Card("D. Ruiz", (Address("d@home.example"),)))
    both = DANA._replace(addresses=(*DANA.addresses, Address("d@home.example")))
    assert bring_in(book, both) == [("skipped", None, "its addresses are of several people: mailer people merge p1 p2")]


def test_the_same_name_and_company_is_asked(book):
    book.add(DANA)
    other = DANA._replace(name="dána  RUIZ", addresses=(Address("dr@acme.example"),))
    ((what, person, why),) = bring_in(book, other)
    assert (what, person) == ("skipped", None)
    assert "p1 Dana Ruiz, Acme Robotics <dana@acme.example>" in why
    assert bring_in(book, other, answers={("x.csv", 1): True}, keep=False)[0][:2] == ("changed", "p1")
    assert bring_in(book, other, answers={("x.csv", 1): False})[0][:2] == ("new", "p2")
    assert whats(book, other) == ["same"]
    assert whats(book, DANA._replace(company="Birch", addresses=())) == ["new"]


def test_a_row_without_an_address_that_says_nothing_new_is_the_same(book):
    book.add(DANA)
    assert bring_in(book, DANA._replace(addresses=())) == [("same", "p1", "")]
    assert whats(book, DANA._replace(addresses=(), note="more")) == ["skipped"]


def test_a_profile_under_the_same_name_is_the_same_person(book):
    url = "https://www.linkedin.com/in/dana"
    bring_in(book, Card("Dana Ruiz", company="Acme", url=url))
    moved = Card("Dana Ruiz", company="Birch", url=url + "/")
    assert bring_in(book, moved)[0][:2] == ("changed", "p1")
    assert whats(book, Card("Lee Okafor", url=url)) == ["new"]


def test_the_first_row_of_a_person_holds(book):
    rows = (DANA, DANA._replace(company="Other", note="second"), DANA._replace(name="D."))
    assert bring_in(book, *rows) == [
        ("new", "p1", ""),
        ("changed", "p1", "note: – → second; the person of line 1"),
        ("same", "p1", "the person of line 1"),
    ]
    assert whats(book, *rows) == ["same"] * 3
    assert book.person("p1").card == DANA._replace(note="second")


def test_a_fault_brings_nobody_in(book):
    def rows():
        yield Incoming(1, "x.csv", DANA)
        raise BadData("line 2 is broken")

    with pytest.raises(BadData):
        book.bring_in(rows(), {}, lambda outcome: None, keep=True)
    assert book.count() == 0
    assert whats(book, DANA) == ["new"]


def test_plans_start_and_their_dates_are_computed(book):
    planned = DANA._replace(plan="gracious-six", refused_on=date(2026, 11, 29))
    bring_in(
        book, planned, Card("Sam Becker", company="Acme Robotics", plan="gracious-six", refused_on=date(2026, 11, 29))
    )
    assert [(one.name, one.open.day) for one in book.people()] == [
        ("Dana Ruiz", date(2026, 11, 30)),
        ("Sam Becker", date(2026, 12, 14)),
    ]
    assert bring_in(book, planned._replace(refused_on=date(2026, 11, 27)))[0][0] == "changed"
    assert book.person("dana").anchor == date(2026, 11, 27)


def test_undo(book):
    kept, lee = book.add(DANA), Card("Lee Okafor", (Address("lee@birch.example"),))
    bring_in(book, DANA._replace(company="Other", note="n"), DANA._replace(position="x"), lee, Card("Mara"))
    book.touch(book.person("mara"), "call", NOW)
    done = book.undo_import()
    assert [(one.person, one.what, one.why) for one in done.people] == [
        ("p1", "restored", ""),
        ("p2", "removed", ""),
        ("p3", "kept", "a touch was recorded since"),
    ]
    assert book.person(kept.id).card == DANA
    assert sorted(one.name for one in book.people()) == ["Dana Ruiz", "Mara"]
    with pytest.raises(BadData, match="no import to undo"):
        book.undo_import()


def test_undo_leaves_what_was_changed_since(book):
    bring_in(book, DANA)
    book.change(book.person("p1"), DANA._replace(note="mine"))
    assert book.undo_import().people[0].what == "kept"
    assert book.person("p1").card.note == "mine"


def test_undo_leaves_who_was_merged(book):
    bring_in(book, DANA)
    other = book.add(Card("D. Ruiz", (Address("d@home.example"),)))
    book.merge(other, book.person("dana@acme.example"))
    assert book.undo_import().people == []
    assert book.count() == 1


def test_imports_are_undone_one_after_another(book):
    bring_in(book, DANA)
    bring_in(book, DANA._replace(company="Other"))
    bring_in(book, DANA._replace(company="Other"))
    assert [one.what for one in book.undo_import().people] == ["restored"]
    assert [one.what for one in book.undo_import().people] == ["removed"]


def test_undo_gives_the_dates_back_to_others_of_the_company(book):
    no = {"plan": "gracious-six", "refused_on": date(2026, 11, 29)}
    book.add(DANA._replace(plan="gracious-six", refused_on=date(2026, 11, 30)))
    bring_in(book, Card("Abe", company="Acme Robotics", **no))
    assert book.person("dana").open.day > date(2026, 12, 1)
    book.undo_import()
    assert book.person("dana").open.day == date(2026, 12, 1)


# Few words, so that rows meet: one name with and without an address or a company, profiles and addresses shared.
MEETING = st.builds(
    lambda **said: Card(**said),
    name=st.sampled_from(["Dana Ruiz", "Dana Ruiz", "Dána Ruiz", "Lee Okafor", ""]),
    addresses=st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(
        lambda found: tuple(Address(f"{one}@x.example") for one in found)
    ),
    company=st.sampled_from(["", "Acme", "Birch"]),
    note=st.sampled_from(["", "one", "two"]),
    country=st.sampled_from(["", "DE", "DE-BY"]),
    url=st.sampled_from(["", "", "https://www.linkedin.com/in/one", "https://www.linkedin.com/in/two"]),
).filter(lambda card: card.name or card.addresses)
ROWS = st.lists(CARDS.map(lambda card: card._replace(plan="")) | MEETING, max_size=6)


@given(ROWS, st.lists(MEETING, max_size=3))
def test_twice_changes_nothing(tmp_path_factory, cards, there):
    book = open_book(tmp_path_factory.mktemp("book") / "ledger.sqlite")
    try:
        bring_in(book, *there)
        count = book.count()
        first = bring_in(book, *cards)
        before = [one.card for one in book.people()]
        second = bring_in(book, *cards)
        assert all(what in ("same", "skipped") for what, *_ in second)
        # Who was brought in is known again.
        assert all(b[0] == "same" for a, b in zip(first, second, strict=True) if a[0] != "skipped")
        assert [one.card for one in book.people()] == before
        assert len(first) == len(cards)
        if any(what in ("new", "changed") for what, *_ in first):
            book.undo_import()
        assert book.count() == count
    finally:
        book._store.close()


def test_whoever_is_asked_about_stays_as_they_are_until_there_is_an_answer(book):
    book.add(DANA._replace(note="mine"))
    asked = DANA._replace(addresses=(Address("d@home.example"),), note="theirs")
    moved = DANA._replace(company="Birch")
    again = Card("D. R.", (Address("d@home.example"),))
    assert bring_in(book, asked, moved, again)[1:] == [
        ("skipped", None, "line 1 may be p1 too: answer there first"),
        ("skipped", None, "it has an address or a profile of line 1, which is left out"),
    ]
    yes = bring_in(book, asked, moved, again, answers={("x.csv", 1): True}, keep=False)
    assert [what for what, *_ in yes] == ["changed", "same", "same"]
    no = bring_in(book, asked, moved, again, answers={("x.csv", 1): False})
    assert [(what, who) for what, who, _ in no] == [("new", "p2"), ("changed", "p1"), ("same", "p2")]


def test_a_name_alone_is_whoever_has_it(book):
    rows = (DANA._replace(company=""), DANA, Card("Dana Ruiz"), Card("Dana Ruiz", company="Birch"))
    assert whats(book, *rows) == ["new", "changed", "same", "new"]
    assert whats(book, *rows) == ["same"] * 4


def test_whoever_is_renamed_is_known_by_the_new_name(book):
    book.add(DANA)
    rows = (DANA._replace(name="Dana Vega"), DANA._replace(addresses=()))
    assert whats(book, *rows) == ["changed", "new"]
    assert whats(book, *rows) == ["same", "same"]
