"""The book of people, over a real ledger."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mailer.errors import BadData
from mailer.ledger.opening import open_store
from mailer.people import dates, rows
from mailer.people.book import Book, Home
from mailer.people.plan import load
from mailer.people.values import Address, Card

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(place):
    store = open_store(place, create=True)
    yield store
    store.close()


def book_on(store, now):
    return Book(store, lambda name: load(name, Path("/nowhere")), now, Home(str, None))


@pytest.fixture
def book(store):
    return book_on(store, NOW)


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


def test_whoever_is_held_answered_or_stopped_keeps_the_step_that_would_be_open(book):
    one = book.add(dana(plan="gracious-six", refused_on=date(2026, 11, 29)))
    one = book.touch(one, "call", NOW)
    assert one.step == 2
    book.hold([one], "hold", None, "")
    assert book.person("dana").step == 2
    book.answered(book.person("dana"), NOW)
    assert (book.person("dana").state, book.person("dana").step) == ("answered", 2)
    book.hold([one], "stop", None, "")
    assert (book.person("dana").state, book.person("dana").step) == ("stopped", 2)


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
    later = book_on(store, NOW + timedelta(days=96))
    assert (later.person("dana").step, later.person("dana").state) == (3, "waiting")
    assert later.people(today=date(2026, 12, 1))[0].step == 2


def test_the_glance_at_many_counts_as_looking_at_each_does(store):
    days = [date(2026, 9, 28) + timedelta(days=n) for n in range(70)]
    zones = ("", "Pacific/Auckland", "America/Los_Angeles")
    for hour in (0, 12, 23):
        now = NOW.replace(hour=hour)
        book = book_on(store, now)
        for n, day in enumerate(days):
            card = Card(
                f"P{n}", (), f"C{hour}-{n}", "", day - timedelta(days=2), "gracious-six", time_zone=zones[n % 3]
            )
            one = book.add(card)
            if n % 9 == 0:
                book.hold([one], "hold", None, "")
        everybody = book.of_interest()
        seen, more = book.at_a_glance(5)
        due = [one for one in everybody if one.state == "due"]
        assert len([one for one in seen if one.state == "due"]) + more["due"] == len(due) > 12
        assert [one.open.day for one in seen if one.state == "due"][:5] == [one.open.day for one in due[:5]]
        assert [one.id for one in seen if one.state == "held"] == [one.id for one in everybody if one.state == "held"]
        listed = [one for one in book.people() if one.state in ("due", "held", "answered", "stopped")]
        assert [one.id for one in everybody] == [one.id for one in listed]


def test_a_date_of_ones_own_needs_no_plan(book):
    one = book.add(dana())
    after = book.touch(one, "call", NOW, then=date(2026, 12, 9))
    assert (after.state, after.next, after.open.reason, after.step) == (
        "waiting",
        date(2026, 12, 9),
        "you chose this date",
        None,
    )
    assert after.why == ("set by hand to Wednesday 9 December",)
    (due,) = book.soon(0, date(2026, 12, 9))
    assert due.state == "due"
    book.hold([due], "stop", None, "")
    assert book.person("dana").next is None
    book.resume([due])
    assert book.person("dana").next == date(2026, 12, 9)
    assert book.touch(book.person("dana"), "call", NOW).state == "none"


def test_a_date_of_ones_own_keeps_its_distance_from_colleagues(book):
    book.choose(book.add(dana()), date(2026, 12, 9))
    book.add(Card("Sam Becker", (), "Acme Robotics", plan="gracious-six", refused_on=date(2026, 12, 8)))
    assert [(one.name, one.next) for one in book.people()] == [
        ("Dana Ruiz", date(2026, 12, 9)),
        ("Sam Becker", date(2026, 12, 23)),
    ]


@pytest.mark.parametrize("kinds", [("call", "call"), ("letter", "letter", "letter")])
def test_one_touch_more_of_a_kind_that_day_fills_no_second_step(book, kinds):
    one = book.add(dana(plan="gracious-six", refused_on=date(2026, 11, 29)))
    for hour, kind in enumerate(kinds):
        one = book.touch(one, kind, NOW + timedelta(hours=hour))
    assert one.step == 2
    assert book.touch(one, "meeting", NOW).step == 3
    assert book.unanswered(one) == (kinds[0] == "letter")


def test_a_plan_without_end_never_ends(store):
    book_on(store, NOW).add(dana(plan="once-a-year", refused_on=date(2026, 11, 29)))
    for years in range(1, 31):
        book = book_on(store, NOW + timedelta(days=365 * years))
        # Also where nothing can be written, and nobody looked for years.
        assert book.person("dana").next
        if years % 7 == 0:
            book.go_on()
            seen = book.person("dana")
            assert seen.next
            assert seen.late <= 60
    assert seen.step > 20


def test_a_touch_after_years_of_silence_fills_the_step_of_that_year(store):
    book = book_on(store, NOW)
    book.add(dana(plan="once-a-year", refused_on=date(2026, 11, 29)))
    late = book_on(store, NOW + timedelta(days=9 * 365))
    before = late.person("dana").step
    after = late.touch(late.person("dana"), "call", late.now)
    assert after.step > before
    assert 0 < (after.next - late.today).days < 2 * 365


def test_a_company_of_hundreds_costs_no_square(store, monkeypatch):
    looked, moves = [], dates._moves
    monkeypatch.setattr(dates, "_moves", lambda *about: looked.append(1) or moves(*about))
    cost = {}
    for many in (50, 400):
        book, no = book_on(store, NOW), date(2026, 11, 2)
        with store.transaction():
            cards = [Card(f"P{n}", (), f"Firm {many}", plan="gracious-six", refused_on=no) for n in range(many)]
            numbers = [rows.add(store, card, no, NOW.isoformat()) for card in cards]
            asked = []
            looked.clear()
            for name in ("one", "all", "among", "each"):
                method = getattr(store, name)
                monkeypatch.setattr(store, name, lambda *about, ask=method, asked=asked: asked.append(1) or ask(*about))
            book._replan(numbers)
            monkeypatch.undo()
            monkeypatch.setattr(dates, "_moves", lambda *about: looked.append(1) or moves(*about))
        cost[many] = (sum(asked), len(looked))
    # A year's days off are read once: eight times the people reach eight times as far.
    assert cost[400][0] <= cost[50][0] + 60
    assert cost[400][1] <= 12 * cost[50][1]
    days = sorted(one.open.day for one in book.people(["Firm 400"]))
    assert all((b - a).days >= 14 for a, b in itertools.pairwise(days))


def test_a_touch_between_the_no_and_the_day_of_writing_them_down_counts(book):
    one = book.add(dana(plan="gracious-six", refused_on=date(2026, 11, 2)))
    before = book.touch(one, "meeting", datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert before.step == 1
    after = book.touch(before, "letter", datetime(2026, 11, 4, 12, tzinfo=UTC))
    assert (after.step, after.open.day) == (2, date(2026, 12, 7))


@pytest.mark.parametrize("until", [date(2027, 7, 1), None])
@pytest.mark.parametrize("kind", ["hold", "stop"])
def test_a_hold_brings_back_no_step_that_was_let_go(store, kind, until):
    at = datetime(2027, 1, 6, 9, tzinfo=UTC)
    one = book_on(store, at).add(dana(plan="gracious-six", refused_on=date(2027, 1, 5)))
    later = book_on(store, datetime(2027, 6, 1, 9, tzinfo=UTC))
    assert later.person("dana").step == 2, "step 1 was let go in March"
    later.hold([one], kind, until, "")
    back = book_on(store, datetime(2027, 6, 21, 9, tzinfo=UTC))
    back.resume([back.person("dana")])
    after = back.person("dana")
    assert (after.step, after.next, after.open.reason) == (2, date(2027, 6, 21), "something useful to them")
    assert "step 1 was let go on 8 March" in after.why[0]
    # What it kept open is open for its sixty days from then on.
    assert book_on(store, datetime(2027, 8, 20, 9, tzinfo=UTC)).person("dana").step == 2
    assert book_on(store, datetime(2027, 8, 21, 9, tzinfo=UTC)).person("dana").step == 3


def by_hand(book, when, **more):
    one = book.person("dana")
    return book.change(one, one.card._replace(next=when, **more))


def test_a_date_by_hand_brings_back_no_step_that_was_let_go(store):
    book_on(store, datetime(2027, 1, 6, 9, tzinfo=UTC)).add(dana(plan="gracious-six", refused_on=date(2027, 1, 5)))
    later = book_on(store, datetime(2027, 6, 1, 9, tzinfo=UTC))
    assert later.person("dana").step == 2, "step 1 was let go in March"
    after = by_hand(later, date(2027, 6, 10))
    assert (after.step, after.open.day, after.open.reason) == (2, date(2027, 6, 10), "something useful to them")
    again = by_hand(later, date(2027, 6, 14))
    assert (again.step, again.open.day) == (2, date(2027, 6, 14))
    assert book_on(store, datetime(2027, 8, 13, 9, tzinfo=UTC)).person("dana").step == 2
    assert book_on(store, datetime(2027, 8, 14, 9, tzinfo=UTC)).person("dana").step == 3


@pytest.fixture
def put_off(store):
    """Somebody whose first step is put off until June, long after it would be let go; the book of a day."""

    def on(*day):
        return book_on(store, datetime(*day, 9, tzinfo=UTC))

    first = on(2027, 1, 6)
    first.add(dana(plan="gracious-six", refused_on=date(2027, 1, 5)))
    by_hand(first, date(2027, 6, 1))
    return on


@pytest.mark.parametrize("day", [(2027, 4, 12), (2027, 6, 1), (2027, 7, 31)])
def test_a_touch_fills_the_step_that_was_put_off_by_hand(put_off, day):
    book = put_off(*day)
    assert book.person("dana").step == 1
    then = book.after_today(book.person("dana"))
    touched = book.touch(book.person("dana"), "call", book.now)
    assert touched.next == then
    assert (touched.step, touched.open.reason) == (2, "something useful to them")
    assert (touched.open.day - book.today).days < 35
    # It is remembered for as long as the plan goes on.
    assert book.touch(touched, "meeting", book.now + timedelta(days=40)).step == 3


def test_what_was_put_off_is_let_go_sixty_days_after_that(put_off):
    book = put_off(2027, 8, 1)
    assert book.person("dana").step == 2
    assert book.touch(book.person("dana"), "call", book.now).step == 3


def test_a_hold_lets_go_nothing_that_was_put_off(put_off):
    book = put_off(2027, 4, 1)
    book.hold([book.person("dana")], "hold", date(2027, 4, 12), "")
    assert put_off(2027, 5, 3).person("dana").step == 1
    assert book.person("dana").next == date(2027, 6, 1)
    later = put_off(2027, 6, 1)
    assert later.touch(later.person("dana"), "call", later.now).step == 2


def test_a_hold_brings_back_nothing_that_was_put_off_and_let_go_all_the_same(put_off):
    book = put_off(2027, 9, 1)
    assert book.person("dana").step == 2
    book.hold([book.person("dana")], "hold", date(2027, 9, 14), "")
    after = put_off(2027, 9, 14).person("dana")
    assert after.step == 2
    assert "set by hand" not in after.why[0]


def test_another_touch_that_day_fills_the_step_after(put_off):
    book = put_off(2027, 6, 1)
    one = book.touch(book.person("dana"), "message", book.now)
    one = book.touch(one, "call", book.now)
    assert one.step == 3
    assert book.touch(one, "call", book.now).step == 3


def test_a_date_by_hand_for_the_next_step_is_not_for_the_one_that_was_filled_that_day(put_off):
    book = put_off(2027, 6, 1)
    one = book.touch(book.person("dana"), "post", book.now, then=date(2027, 12, 1))
    assert (one.step, one.next) == (2, date(2027, 12, 1))
    later = put_off(2027, 12, 1)
    one = later.touch(one, "call", later.now, then=date(2028, 4, 3))
    assert later.touch(one, "meeting", later.now).step == 4


def test_another_plan_knows_nothing_of_what_was_put_off(put_off):
    put_off(2027, 1, 6).add(Card("Kim Ode", plan="gracious-six", refused_on=date(2027, 1, 5)))
    book = put_off(2027, 6, 1)
    changed = [
        book.change(one, one.card._replace(plan="once-a-year"))
        for one in (book.touch(book.person(name), "call", book.now) for name in ("dana", "kim"))
    ]
    assert len({(one.step, one.next) for one in changed}) == 1


def test_a_date_by_hand_stays_that_of_its_step(store):
    first = book_on(store, datetime(2027, 1, 6, 9, tzinfo=UTC))
    first.add(dana(plan="gracious-six", refused_on=date(2027, 1, 5)))
    put_off = by_hand(first, date(2027, 6, 1))
    assert (put_off.step, put_off.open.day) == (1, date(2027, 6, 1))
    # Without the date by hand it would be let go by now.
    later = book_on(store, datetime(2027, 5, 3, 9, tzinfo=UTC))
    noted = by_hand(later, date(2027, 6, 1), note="Met at the fair.")
    assert (noted.step, noted.open.day) == (1, date(2027, 6, 1))
    touched = later.touch(noted, "call", later.now)
    assert touched.card.next is None
    (entry,) = later.timeline(touched)
    later.undo(entry.id)
    assert (later.person("dana").step, later.person("dana").open.day) == (1, date(2027, 6, 1))


def test_a_date_by_hand_where_every_step_was_let_go_is_for_the_last(store):
    one = book_on(store, datetime(2027, 1, 6, 9, tzinfo=UTC)).add(
        dana(plan="gracious-six", refused_on=date(2027, 1, 5))
    )
    later = book_on(store, datetime(2037, 1, 6, 9, tzinfo=UTC))
    after = by_hand(later, date(2037, 2, 2))
    assert (after.step, after.open.day) == (one.steps, date(2037, 2, 2))


def test_a_date_by_hand_after_a_touch_long_ago_is_for_the_open_step(store):
    one = book_on(store, datetime(2027, 1, 6, 9, tzinfo=UTC)).add(
        dana(plan="gracious-six", refused_on=date(2027, 1, 5))
    )
    later = book_on(store, datetime(2027, 6, 1, 9, tzinfo=UTC))
    after = later.touch(one, "call", datetime(2027, 1, 7, 9, tzinfo=UTC), then=date(2027, 6, 10))
    without = book_on(store, later.now).person("dana")
    assert (after.step, after.open.day) == (3, date(2027, 6, 10)), without


def test_a_touch_during_a_hold_fills_the_step_that_the_hold_kept_open(store):
    one = book_on(store, datetime(2027, 1, 6, 9, tzinfo=UTC)).add(
        dana(plan="gracious-six", refused_on=date(2027, 1, 5))
    )
    later = book_on(store, datetime(2027, 6, 1, 9, tzinfo=UTC))
    later.hold([one], "hold", date(2027, 7, 1), "")
    assert later.touch(later.person("dana"), "call", later.now).step == 3
