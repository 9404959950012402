"""The book of people, over a real ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mailer.errors import BadData
from mailer.ledger.opening import open_store
from mailer.people.book import Book, Home
from mailer.people.plan import load
from mailer.people.values import Address, Card

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path):
    store = open_store(tmp_path / "ledger.sqlite", create=True)
    yield store
    store.close()


@pytest.fixture
def book(store):
    return Book(store, lambda name: load(name, Path("/nowhere")), NOW, Home(lambda: "", None))


def dana(**more) -> Card:
    return Card("Dana Ruiz", (Address("dana.ruiz@acme.example"),), "Acme Robotics", "Data Engineer", **more)


def test_a_person_on_a_plan(book):
    one = book.add(dana(plan="gracious-six", refused_on=date(2026, 11, 29)))
    assert (one.id, one.state, one.step, one.steps) == ("p1", "due", 1, 6)
    assert one.why == ("1 business day after the no is Monday 30 November",)
    after = book.touch(one, "call", NOW, "about the test bench")
    assert (after.step, after.state, after.open.day) == (2, "waiting", date(2027, 1, 4))
    assert [entry.kind for entry in book.timeline(after)] == ["call"]


def test_who_is_found_by_id_address_or_words(book):
    book.add(dana())
    book.add(Card("Jörg Müller", (Address("jm@werk.example"),), "Werk"))
    assert book.person("jorg MULLER").id == "p2" == book.person("P2").id == book.person("jm@werk.example").id
    with pytest.raises(BadData, match="nobody is called") as error:
        book.person("muler")
    assert "Jörg Müller" in error.value.hint
    book.add(Card("Dana Weber"))
    with pytest.raises(BadData, match="fits 2 people"):
        book.person("dana")


def test_hold_answer_and_stop(book):
    one = book.add(dana(plan="gracious-six", refused_on=date(2026, 11, 29)))
    book.hold([one], "hold", date(2026, 12, 24), "their fair")
    held = book.person("dana")
    assert (held.state, held.open.day, held.why[0]) == (
        "held",
        date(2026, 12, 24),
        "on hold until Thursday 24 December: their fair",
    )
    book.answered(held, NOW)
    assert book.person("dana").state == "answered"
    book.hold([one], "stop", None, "asked not to")
    assert book.person("dana").state == "stopped"
    book.resume([one])
    assert book.person("dana").state == "due"


def test_two_people_of_one_company(book):
    book.add(dana(plan="gracious-six", refused_on=date(2026, 11, 29)))
    book.add(Card("Sam Becker", (), "ACME ROBOTICS", plan="gracious-six", refused_on=date(2026, 11, 29)))
    assert [(one.name, one.open.day) for one in book.people()] == [
        ("Dana Ruiz", date(2026, 11, 30)),
        ("Sam Becker", date(2026, 12, 14)),
    ]


def test_a_step_that_was_let_go(book, store):
    one = book.add(dana(plan="gracious-six", refused_on=date(2026, 11, 29)))
    book.touch(one, "call", NOW)
    later = Book(store, lambda name: load(name, Path("/nowhere")), NOW + timedelta(days=96), Home(lambda: "", None))
    assert (later.person("dana").step, later.person("dana").state) == (3, "waiting")
    assert later.people(today=date(2026, 12, 1))[0].step == 2
