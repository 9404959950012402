"""A second look at letters that were put off: who must not get them now, and who may all the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from mailer.answers.values import Verdict
from mailer.ledger import hashes
from mailer.ledger.ledger import open_ledger
from mailer.ledger.values import Terms
from mailer.message.address import Mailbox
from mailer.message.compose import Unstamped
from mailer.people.events import Came
from mailer.people.house import Elsewhere
from mailer.people.second_look import SecondLook
from mailer.people.values import Address, Card
from tests.kit.ledger import DANA, LEE, letter
from tests.people.people_kit import World

ADDED = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
BEFORE, AFTER = ADDED - timedelta(days=1), ADDED + timedelta(days=1)
TODAY = date(2026, 12, 10)
THEIRS = "<answer@acme.example>"
STOPPED = "not ready: Dana Ruiz is stopped: asked for it"
ANSWERED = "not ready: Dana Ruiz answered on 2 December: it is your turn to reply"


@pytest.fixture
def world(tmp_path, place):
    """Dana and Lee are known since the end of November."""
    world = World(tmp_path, ledger=place).on("2026-11-30")
    with world.book() as book:
        for box in (DANA, LEE):
            book.add(Card(box.display_name, (Address(box.addr_spec),), "Acme Robotics", country="DE"))
    return world.on("2026-12-02")


def queued(world, to=(DANA,), allowed=(), head=b"", number=1, **more):
    """The id of a letter that was put off on the first of December."""
    with open_ledger(world.ledger, clock=lambda: ADDED) as ledger:
        message = Unstamped(b"", head + b"\r\nHello.\r\n")
        new = letter(to, message_id=f"<{number}@me.example>", message=message, position=f"Engineer {number}", **more)
        (claim,) = ledger.put_off([new], Terms(AFTER, "me", frozenset(allowed)))
        assert claim.kind == "new"
        return claim.id


def look(world, *ids, today=TODAY, elsewhere=None):
    """What is said of each, None where it may go."""
    with open_ledger(world.ledger, clock=lambda: world.now) as ledger:
        letters = ledger.all_queued(ids)
        assert [one.id for one in letters] == [*ids]
        seen = SecondLook(ledger.store, letters, datetime.combine(today, time(9), UTC), elsewhere)
        found = [seen.at(one) for one in letters]
        return [error and error.text for error in found] if len(ids) > 1 else found[0]


def hold(world, kind="stop", until=None, why="asked for it", who="dana"):
    with world.book() as book:
        book.hold([book.person({"dana": "p1", "lee": "p2"}[who])], kind, until, why)


def answered(world, when=AFTER, message_id=THEIRS):
    with world.book() as book:
        verdict = Verdict("answer", "they wrote", person=1, address=DANA.addr_spec)
        assert book.take(verdict, Came(message_id, when, f"Dana Ruiz <{DANA.addr_spec}>", "Re: Hello"))


def test_nothing_came_between(world):
    assert look(world, queued(world)) is None


def test_who_was_stopped_gets_nothing_and_it_is_said_how_they_would(world):
    one = queued(world)
    hold(world)
    error = look(world, one)
    assert error.text == STOPPED
    assert error.hint == (
        f"It stays in the outbox. mailer resume {DANA.addr_spec}, or let it go: mailer outbox drop {one}."
    )


@pytest.mark.parametrize("field", ["cc", "bcc"])
def test_a_stop_holds_in_every_header_and_a_pause_for_to_alone(world, field):
    one = queued(world, (LEE,), **{field: (DANA,)})
    hold(world, "hold", date(2027, 1, 10))
    answered(world)
    assert look(world, one) is None
    hold(world)
    assert look(world, one).text == STOPPED


def test_a_hold_ends_on_its_day(world):
    one = queued(world)
    hold(world, "hold", date(2026, 12, 24), "")
    assert look(world, one, today=date(2026, 12, 23)).text == "not ready: Dana Ruiz is on hold until 24 December"
    assert look(world, one, today=date(2026, 12, 24)) is None


def test_what_was_lifted_holds_no_more(world):
    one = queued(world)
    hold(world)
    with world.book() as book:
        book.resume([book.person("p1")])
    assert look(world, one) is None


def test_who_has_answered_is_replied_to(world):
    one = queued(world)
    answered(world)
    assert look(world, one).text == ANSWERED


def test_to_go_all_the_same_was_allowed_of_what_was_known_then(world):
    one = queued(world, allowed=["answered"])
    two = queued(world, allowed=["tone"], number=2)
    answered(world, BEFORE)
    assert look(world, one, two) == [None, ANSWERED.replace("2 December", "30 November")]


def test_an_answer_after_the_letter_was_allowed_holds_it_back(world):
    one = queued(world, allowed=["answered"])
    answered(world, AFTER)
    assert look(world, one).text == ANSWERED


def test_a_stop_is_passed_by_no_reply_and_by_nothing_that_was_allowed(world):
    one = queued(world, allowed=["answered"], head=f"References: {THEIRS}\r\n".encode())
    answered(world, BEFORE)
    assert look(world, one) is None
    hold(world)
    assert look(world, one).text == STOPPED


def test_nor_is_a_pause(world):
    one = queued(world, allowed=["answered"], head=f"References: {THEIRS}\r\n".encode())
    answered(world, BEFORE)
    hold(world.on("2026-11-30"), "hold", date(2027, 1, 10), "their fair")
    assert look(world, one).text == "not ready: Dana Ruiz is on hold until 10 January: their fair"


REPLIES = [
    f"In-Reply-To: {THEIRS}\r\n",
    f"references: <first@me.example>\r\n {THEIRS}\r\n",
    f"Subject: x\r\nReferences:\r\n\t<first@me.example>\r\n\t{THEIRS}\r\nX: y\r\n",
]
OTHERS = [
    "In-Reply-To: <other@acme.example>\r\n",
    f"Subject: {THEIRS}\r\n",
    f"X-References: {THEIRS}\r\n",
    f"Subject: x\r\n\r\nReferences: {THEIRS}\r\n",
    "References: \r\n",
]


@pytest.mark.parametrize(("head", "passes"), [*((one, True) for one in REPLIES), *((one, False) for one in OTHERS)])
def test_a_reply_to_their_answer_goes(world, head, passes):
    one = queued(world, head=head.encode())
    answered(world)
    assert (look(world, one) is None) is passes


def test_an_answer_without_a_name_is_replied_to_by_any_reply(world):
    one, two = queued(world, head=b"In-Reply-To: <any@acme.example>\r\n"), queued(world, number=2)
    with world.book() as book:
        book.answered(book.person("p1"), AFTER)
    assert look(world, one, two) == [None, ANSWERED]


def test_an_answer_that_was_taken_back_names_nothing(world):
    one = queued(world, head=f"In-Reply-To: {THEIRS}\r\n".encode())
    answered(world, message_id="<wrong@acme.example>")
    assert look(world, one).text == ANSWERED
    with world.book() as book:
        book.undo("e1")
        book.answered(book.person("p1"), AFTER)
    assert look(world, one) is None


def test_who_was_stopped_and_forgotten_is_known_by_their_hash(world):
    one, two = queued(world), queued(world, (LEE,), number=2)
    with open_ledger(world.ledger, clock=lambda: world.now) as ledger, ledger.transaction():
        hashes.remember(ledger.store, "stop", [DANA.addr_spec])
        hashes.remember(ledger.store, "letter", [LEE.addr_spec])
    assert look(world, one, two) == ["not ready: Dana Ruiz was stopped, and then forgotten", None]
    assert look(world, one).hint == f"It stays in the outbox. Let it go: mailer outbox drop {one}."


def test_who_asked_another_owner_gets_nothing(world):
    one = queued(world, (Mailbox("Kim@x.example", ""),), bcc=(LEE,))
    assert look(world, one, elsewhere=Elsewhere({"dana@x.example"}, (), ())) is None
    told = look(world, one, elsewhere=Elsewhere({"kim@x.example"}, (), ()))
    assert told.text == "not ready: Kim@x.example asked another owner here not to be written to again"
    told = look(world, one, elsewhere=Elsewhere({LEE.addr_spec}, (), ()))
    assert LEE.addr_spec in told.text or "Lee" in told.text


def test_each_letter_hears_of_its_own_people(world):
    many = [queued(world, (DANA if number % 2 else LEE,), number=number) for number in range(1, 5)]
    hold(world, who="lee", why="")
    assert look(world, *many) == [None, "not ready: Lee Brandt is stopped"] * 2
