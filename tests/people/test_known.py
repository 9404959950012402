"""What the rules are told of letters and people, over a real ledger."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from mailer.answers.values import Known, Verdict
from mailer.message.registrable import registrable
from mailer.people.events import Came
from mailer.people.known import LedgerKnown
from mailer.people.values import Address, Card
from tests.kit import ledger as letters
from tests.kit.rows import each_row
from tests.people.people_kit import World

DANA = "dana.ruiz@acme.example"
ME = ("Me@me.example", "jo@bücher.example")


@pytest.fixture
def world(tmp_path, place):
    world = World(tmp_path, ledger=place).on("2026-11-30")
    with world.book() as book:
        book.add(Card("Dana Ruiz", (Address(DANA), Address("dana@gmail.com")), "Acme Robotics"))
        book.add(Card("Kim Ode", (Address("kim@mail.acme.example"),), "Acme"))
    world.send(text="The afternoon.", cc=(letters.LEE,))
    world.on("2026-12-03").send(subject="Again", position="Other", text="Once more.")
    with world.book() as book:
        book.follow("none")
    return world


def known(store, hosts=("imap.acme.example",)) -> Known:
    return LedgerKnown(store, ME, hosts)


def test_letters(world):
    with world.book() as book:
        this = known(book._store)
        first, second = f"<{DANA}-3341200@me.example>", f"<{DANA}-3371200@me.example>"
        found = this.letters([second, "<nobody@else.example>", first])
        assert [(one.number, one.message_id, one.subject, one.people) for one in found] == [
            (2, second, "Again", (1,)),
            (1, first, "Thank you", (1,)),
        ]
        assert found[1].to == (DANA, "lee@acme.example")
        assert found[1].at == datetime(2026, 11, 30, 12, tzinfo=UTC)
        book.take(
            Verdict("own", "", letter=1, provider_id="<given@mx.example>"), Came("<given@mx.example>", None, "", "")
        )
        assert [one.number for one in this.letters(["<given@mx.example>"])] == [1]
        assert this.last_letter_to(DANA.upper(), None).number == 2
        assert this.last_letter_to(DANA, found[0].at).number == 1
        assert this.last_letter_to(DANA, found[1].at) is None
        assert this.last_letter_to("kim@mail.acme.example", None) is None
        assert this.last_letter_to("no@one.example", None) is None


def test_forgotten_letters_are_known_no_more(world):
    world.run("people", "forget", "p1", "--yes")
    with world.book() as book:
        assert known(book._store).letters([f"<{DANA}-3341200@me.example>"]) == []


def test_people(world):
    with world.book() as book:
        this = known(book._store)
        dana = this.person_of("Dana.Ruiz@ACME.example")
        assert (dana.number, dana.name, dana.addresses) == (1, "Dana Ruiz", (DANA, "dana@gmail.com"))
        assert dana.last == datetime(2026, 12, 3, 12, tzinfo=UTC)
        assert (this.person(2).last, this.person(9), this.person_of("no@one.example")) == (None, None, None)
        assert [one.number for one in this.people_at("smtp.acme.example")] == [1, 2]
        assert [one.number for one in this.people_at("other.example")] == []
        # Whoever else has a mailbox there is nobody's colleague.
        assert this.people_at("gmail.com") == ()


def test_own_addresses_in_any_form(world):
    with world.book() as book:
        this = known(book._store)
        assert this.is_own("me@ME.example")
        assert this.is_own("Jo@xn--bcher-kva.example")
        assert not this.is_own(DANA)


@pytest.mark.parametrize(
    ("host", "authserv", "trusted"),
    [
        ("imap.acme.example", "mx1.acme.example", True),
        ("imap.acme.example", "acme.example.evil.test", False),
        ("imap.gmail.com", "mx.google.com", True),
        ("imap.mail.me.com", "dmarc.icloud.com", True),
        ("imap.gmx.net", "gmx.net", True),
        ("imap.gmail.com", "mx.acme.example", False),
        ("mail.acme.co.uk", "mx.acme.co.uk", True),
        ("mail.acme.co.uk", "mx.other.co.uk", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "10.0.0.1", False),
        ("localhost", "", False),
    ],
)
def test_whose_word_of_authentication_counts(world, host, authserv, trusted):
    with world.book() as book:
        assert known(book._store, (host,)).trusts(authserv) is trusted


@each_row(
    ("domain", "found"),
    [
        ("Mail.Acme.Example.", "acme.example"),
        ("acme.example", "acme.example"),
        ("a.b.acme.co.jp", "acme.co.jp"),
        ("mail.co.example", "co.example"),
        ("mail.bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("192.168.0.1", "192.168.0.1"),
        ("", ""),
    ],
)
def test_the_domain_that_was_registered(domain, found):
    assert registrable(domain) == found


def test_of_fifty_thousand_messages_most_are_told_apart_at_once(world):
    with world.book() as book:
        this = known(book._store)
        started = time.process_time()
        for number in range(20_000):
            assert not this.letters((f"<{number}@lists.example>",))
            assert not this.person_of(f"{number}@lists.example")
            assert not this.people_at("lists.example")
        # About 10 µs a question; ten times that is a fault, not a slow machine.
        assert time.process_time() - started < 6


def test_a_letter_found_in_sent_is_seen_without_reading_all_again(world):
    with world.book() as book:
        this = known(book._store)
        assert this.person(1).last == datetime(2026, 12, 3, 12, tzinfo=UTC)
        book.now += timedelta(days=30)
        later = datetime(2026, 12, 20, tzinfo=UTC)
        book.take(Verdict("own", "", person=1), Came("<elsewhere@me.example>", later, "me", "Hello"))
        assert this.person(1).last == later


def test_people_whose_company_is_named(world):
    with world.book() as book:
        this = known(book._store)
        found = this.named_in("ACME robotics' careers")
        assert {one.company for one in found} == {"Acme", "Acme Robotics"}
        assert this.named_in("acmerobotics") == this.named_in("") == []
