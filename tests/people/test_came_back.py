"""What follows from what came back: over real ledgers, each told, undone, and read in any order."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.answers.values import Verdict
from mailer.ledger.ledger import open_ledger
from mailer.ledger.people_schema import SYNC
from mailer.message.address import Mailbox
from mailer.message.compose import Unstamped
from mailer.people.events import Came
from mailer.people.known import LedgerKnown
from mailer.people.obeying import obey
from mailer.people.values import Address, Card
from tests.conftest import examples
from tests.kit import ledger as letters
from tests.people.people_kit import World

SENT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
OPEN_HOLDS = "SELECT since FROM holds WHERE person = 1 AND lifted IS NULL ORDER BY id"
DANA, OTHER = "dana.ruiz@acme.example", "dana@home.example"


@pytest.fixture
def world(tmp_path, place):
    """Dana got the runner-up letter on Monday 30 November, and is on the plan."""
    world = World(tmp_path, ledger=place).on("2026-11-30")
    sent_to(world, Card("Dana Ruiz", (Address(DANA),), "Acme Robotics", country="DE"))
    return world.on("2026-12-10")


def sent_to(world, *cards):
    with world.book() as book:
        for card in cards:
            book.add(card)
    world.send()
    with world.book() as book:
        book.follow("gracious-six")


def came(hours=24, message_id=None, **more):
    return Came(
        f"<{hours}@acme.example>" if message_id is None else message_id,
        SENT + timedelta(hours=hours),
        more.pop("sender", f"Dana Ruiz <{DANA}>"),
        more.pop("subject", "Re: Thank you"),
        **more,
    )


def verdict(kind, **more):
    return Verdict(kind, **{"because": f"because of {kind}", "person": 1, "address": DANA, "letter": 1} | more)


def take(world, one, about=None):
    with world.book() as book:
        made = book.take(one, about or came())
        return book.event(made).as_json() if made else None


def state(world, who="p1"):
    """How somebody stands, without what only tells when."""
    with world.book() as book:
        return book.person(who).as_json()


def lifted(world):
    """All that the ledger knows of how people stand."""
    with world.book() as book:
        store = book._store
        return [
            sorted(store.each("SELECT person, kind, since, until, why, lifted FROM holds")),
            sorted(store.each("SELECT key, state, own FROM addresses")),
            sorted(store.each("SELECT person, at, kind, counts FROM touches")),
            sorted(store.each("SELECT person, step, date, why FROM course")),
        ]


def test_an_answer_is_the_users_turn(world):
    told = take(world, verdict("answer", text="Let us talk in spring."))
    assert told == {
        "id": "e1",
        "class": "answer",
        "confidence": "sure",
        "because": "because of answer",
        "person": "p1",
        "address": DANA,
        "letter": state_letter(world),
        "message_id": "<24@acme.example>",
        "date": "2026-12-01T12:00:00+00:00",
        "from": f"Dana Ruiz <{DANA}>",
        "subject": "Re: Thank you",
        "until": None,
        "effect": "answered: it is your turn",
        "undone": False,
    }
    now = state(world)
    assert (now["state"], now["since"], now["next"]) == ("answered", "2026-12-01T12:00:00+00:00", None)
    assert take(world, verdict("answer")) is None
    world.send(again=True)
    assert world.json("people", "show", "dana")[0]["state"] == "waiting"


def state_letter(world):
    return world.json("people", "show", "dana")[0]["timeline"][0]["letter"]


def test_an_answer_of_before_the_reply_is_answered(world):
    reply = Verdict("own", "From: me", person=1)
    with world.book() as book:
        book.take(reply, came(48, sender="me@me.example"))
        assert book.take(reply, came(48, sender="me@me.example")) is None
    told = take(world, verdict("answer"))
    assert (told["effect"], state(world)["state"]) == ("", "waiting")
    timeline = world.json("people", "show", "dana")[0]["timeline"]
    assert [(one["kind"], one["message_id"]) for one in timeline[1:]] == [
        ("answer", "<24@acme.example>"),
        ("letter", "<48@acme.example>"),
    ]
    assert take(world, verdict("answer"), came(72))["effect"] == "answered: it is your turn"


def test_the_turn_is_since_the_first_answer_without_reply(world):
    take(world, verdict("answer"), came(60))
    take(world, verdict("answer"), came(30))
    assert state(world)["since"] == "2026-12-01T18:00:00+00:00"
    world.run("touch", "--undo", "e2")
    assert state(world)["since"] == "2026-12-03T00:00:00+00:00"


@pytest.mark.parametrize(
    ("until", "free"),
    [
        (date(2026, 12, 11), "2026-12-14"),
        (date(2026, 12, 13), "2026-12-14"),
        (date(2026, 12, 24), "2026-12-28"),
        (None, "2026-12-15"),
    ],
)
def test_away_holds_until_the_next_working_day_there(world, until, free):
    told = take(world, verdict("away", until=until))
    now = state(world)
    assert (now["state"], now["held_until"]) == ("held", free)
    assert told["until"] == (until.isoformat() if until else None)
    assert told["effect"].startswith("hold until ")
    if free == "2026-12-14":
        assert told["effect"] == "hold until Monday 14 December"


def test_who_answers_is_not_away(world):
    take(world, verdict("away", until=date(2026, 12, 20)))
    take(world, verdict("answer"), came(48))
    world.run("touch", "dana", "--by", "call")
    assert state(world)["state"] == "waiting"


def test_a_dead_address_is_struck_out_and_its_step_opens_again(world):
    told = take(world, verdict("dead", because="Status: 5.1.1"))
    now = state(world)
    assert told["effect"] == "address struck out, hold"
    assert (now["state"], now["step"], now["held_until"]) == ("held", 1, None)
    assert now["addresses"] == [{"address": DANA, "state": "dead"}]
    assert "ask for a new address" in now["why"][0]
    with world.book() as book:
        card = book.person("p1").card
        book.change(book.person("p1"), Card("Dana Ruiz", (*card.addresses, Address(OTHER)), "Acme", plan=card.plan))
    now = state(world)
    assert (now["state"], [box["state"] for box in now["addresses"]]) == ("due", ["dead", "ok"])
    world.run("touch", "--undo", "e1")
    assert [box["state"] for box in state(world)["addresses"]] == ["ok", "ok"]


def test_an_address_that_the_user_revives_stays_alive(world):
    take(world, verdict("dead"))
    with world.book() as book:
        one = book.person("p1")
        book.change(one, Card("Dana Ruiz", (Address(DANA),), one.card.company, plan=one.card.plan))
        book.resume([one])
        assert book.person("p1").card.addresses == (Address(DANA),)
    assert state(world)["state"] == "due"


def test_a_bounce_reopens_its_step_and_is_no_stop(world):
    assert state(world)["step"] == 2
    told = take(world, verdict("bounced", text="452 4.2.2 The mailbox is full"))
    assert told["effect"] == "the letter does not count"
    assert (state(world)["state"], state(world)["step"]) == ("due", 1)
    (waiting,) = world.json("outbox")
    assert (waiting["state"], waiting["to"]) == ("came-back", [DANA])
    assert waiting["reply"] == {"code": None, "status": "4.2.2", "text": "452 4.2.2 The mailbox is full"}
    assert "4.2.2" in world.run("outbox").out
    assert world.json()[0]["outbox"] == 1
    world.run("touch", "--undo", "e1")
    assert (state(world)["step"], world.json("outbox"), world.json()[0]["outbox"]) == (2, [], 0)


def test_a_challenge_counts_again_when_they_answer(world):
    take(world, verdict("challenge", text="Click here"))
    assert (state(world)["step"], len(world.json("outbox"))) == (1, 1)
    take(world, verdict("answer"), came(48))
    assert (state(world)["step"], state(world)["state"], world.json("outbox")) == (2, "answered", [])


def test_one_of_two_addresses_that_fails_is_no_failure(tmp_path):
    world = World(tmp_path).on("2026-11-30")
    sent_to(world, Card("Dana Ruiz", (Address(DANA), Address(OTHER)), "Acme"))
    with world.book() as book:
        contact = "INSERT INTO contacts (key, address, name, company, first_seen) VALUES (?, ?, '', '', '2026')"
        number = book._store.execute(contact, (OTHER, OTHER)).lastrowid
        recipient = "INSERT INTO recipients VALUES (1, 1, ?, 'to', ?, '', 'sent', NULL, NULL, NULL)"
        book._store.execute(recipient, (number, OTHER))
    world.on("2026-12-10")
    take(world, verdict("dead"))
    now = state(world)
    assert (now["step"], now["state"], [box["state"] for box in now["addresses"]]) == (2, "waiting", ["dead", "ok"])
    take(world, verdict("bounced", address=OTHER), came(25))
    assert state(world)["step"] == 1


@pytest.mark.parametrize("kind", ["stop", "complaint"])
def test_a_stop_is_a_stop_until_the_user_resumes(world, kind):
    assert take(world, verdict(kind))["effect"] == "stopped"
    assert state(world)["state"] == "stopped"
    take(world, verdict("answer"), came(48))
    take(world, verdict("away", until=date(2026, 12, 12)), came(50))
    assert state(world)["state"] == "stopped"
    world.run("resume", "dana")
    assert state(world)["state"] == "waiting"
    assert take(world, verdict("stop"), came(26))["effect"] == ""
    assert state(world)["state"] == "waiting"
    # What comes after it counts.
    world.on("2026-12-20")
    assert take(world, verdict("stop"), came(400))["effect"] == "stopped"


@pytest.mark.parametrize("kind", ["stop", "dead", "left", "complaint"])
def test_what_may_be_forged_only_asks(world, kind):
    before = lifted(world)
    told = take(world, verdict(kind, confidence="likely", letter=None))
    assert told["effect"] == "hold until you say whether it is so"
    now = state(world)
    assert (now["state"], now["step"], now["addresses"][0]["state"]) == ("held", 2, "ok")
    world.run("touch", "--undo", "e1")
    assert lifted(world) == before
    assert take(world, verdict(kind, confidence="likely", letter=None)) is None


@pytest.mark.parametrize(("kind", "box"), [("stop", "ok"), ("dead", "dead"), ("left", "left")])
def test_a_stop_accepts_what_only_asks(world, kind, box):
    take(world, verdict(kind, confidence="likely", letter=None))
    world.run("stop", "dana")
    now = state(world)
    assert (now["state"], now["addresses"][0]["state"]) == ("stopped", box)
    world.run("resume", "dana")
    assert state(world)["state"] in ("waiting", "due")


def test_who_has_left(world):
    take(world, verdict("left", text="I have left Acme.", other_address="sam.becker@acme.example"))
    now = state(world)
    assert (now["state"], now["held_until"], now["addresses"][0]["state"]) == ("held", None, "left")
    assert "sam.becker@acme.example" in now["why"][0]
    assert len(world.json("people")) == 1


def test_a_colleague_holds_the_company_for_two_weeks(world):
    world.run("people", "add", "kim@acme.example", "--name", "Kim Ode", "--company", "ACME Robotics")
    told = take(
        world,
        verdict("colleague", address="sam@acme.example", other_address="sam@acme.example"),
        came(sender="Sam Becker <sam@acme.example>"),
    )
    assert told["effect"] == "hold until Tuesday 15 December"
    assert [state(world, who)["held_until"] for who in ("p1", "p2")] == ["2026-12-15", "2026-12-15"]
    assert "mailer people add sam@acme.example --name 'Sam Becker'" in world.run().out
    world.run("resume", "kim")
    assert [state(world, who)["state"] for who in ("p1", "p2")] == ["held", "none"]
    world.run("touch", "--undo", "e1")
    assert [state(world, who)["state"] for who in ("p1", "p2")] == ["waiting", "none"]


@pytest.mark.parametrize("kind", ["delayed", "read", "list", "automatic"])
def test_what_changes_nothing(world, kind):
    before = lifted(world)
    assert take(world, verdict(kind))["effect"] == ""
    assert take(world, verdict(kind, letter=None), came(2)) is None
    assert lifted(world) == before
    shown = [one["kind"] for one in world.json("people", "show", "dana")[0]["timeline"]]
    assert shown == ["letter", *([kind] if kind != "list" else [])]


def test_what_is_not_about_us_is_not_kept(world):
    assert take(world, verdict("other")) is None
    assert take(world, verdict("answer", person=99)) is None
    assert take(world, verdict("bounced", person=None, letter=None, address="no@one.example")) is None
    with world.book() as book:
        assert book._store.one("SELECT count(*) FROM events")[0] == 0


def test_the_same_message_again_is_nothing_new(world):
    for about in (came(), came(message_id="", fingerprint="f")):
        assert take(world, verdict("answer"), about)
        before = lifted(world)
        assert take(world, verdict("answer"), about) is None
        assert take(world, verdict("stop"), about) is None
        assert lifted(world) == before
    assert take(world, verdict("list"), came(3))["id"] == "e3"
    world.run("touch", "--undo", "e1")
    assert take(world, verdict("answer")) is None


def test_a_bounce_of_two_recipients_is_two_events(world):
    world.run("people", "add", "kim@acme.example", "--name", "Kim Ode")
    about = came(sender="MAILER-DAEMON")
    assert take(world, verdict("dead"), about)["id"] == "e1"
    assert take(world, verdict("dead", person=2, address="kim@acme.example", letter=None), about)["id"] == "e2"
    # One that went to nobody of ours is shown all the same.
    assert take(world, verdict("bounced", person=None, address="cc@acme.example"), about)["person"] is None
    assert [one["to"] for one in world.json("outbox")] == [["cc@acme.example"]]
    world.run("touch", "--undo", "e3")
    assert world.json("outbox") == []


def test_a_mail_in_sent_is_a_touch_once_and_no_copy_is(world):
    own = Verdict("own", "From: me", person=1)
    with world.book() as book:
        # Our own letter under the provider's Message-ID, recognised or not.
        book.take(Verdict("own", "From: me", person=1, letter=1, provider_id="<p1@mx.example>"), came(0))
        book.take(own, came(0, message_id="<p2@mx.example>", subject="Thank you"))
        assert [one for (one,) in book._store.each("SELECT message_id FROM aliases ORDER BY 1")] == [
            "<0@acme.example>",
            "<p1@mx.example>",
            "<p2@mx.example>",
        ]
        assert len(book.timeline(book.person("p1"))) == 1
        book.take(own, came(30, is_draft=True))
        assert len(book.timeline(book.person("p1"))) == 1
        book.take(own, came(30))
        assert len(book.timeline(book.person("p1"))) == 2
    assert state(world)["step"] == 3
    touch = world.json("people", "show", "dana")[0]["timeline"][1]
    assert (touch["kind"], touch["at"], touch["text"]) == ("letter", "2026-12-01T18:00:00+00:00", "Re: Thank you")
    world.run("touch", "--undo", touch["id"])
    with world.book() as book:
        book.take(own, came(30))
        assert len(book.timeline(book.person("p1"))) == 1


def test_a_date_set_by_hand_outlives_older_mails_of_sent(world):
    world.run("touch", "dana", "--by", "call", "--next", "2027-02-01")
    with world.book() as book:
        book.take(Verdict("own", "From: me", person=1), came(30))
    assert state(world)["next"] == "2027-02-01"


def test_times_that_cannot_be(world):
    take(world, verdict("answer"), came(24 * 3000))
    assert state(world)["since"] == "2026-12-10T12:00:00+00:00"
    take(world, verdict("answer"), came(-24 * 3000))
    assert state(world)["since"] == "2026-11-30T12:00:00+00:00"
    assert take(world, verdict("away"), came()._replace(date=None, message_id="<none@acme.example>"))


@pytest.mark.file
def test_merging_and_forgetting(world):
    world.run("people", "add", OTHER, "--name", "D. Ruiz")
    take(world, verdict("answer", person=2, address=OTHER, letter=None))
    world.run("people", "merge", "p1", "p2", "--yes")
    assert state(world)["state"] == "answered"
    assert take(world, verdict("answer", person=1, address=OTHER)) is None
    with world.book() as book:
        book.take(Verdict("own", "From: me", person=1, letter=1, provider_id="<given@mx.example>"), came(1))
    world.run("people", "forget", "p1", "--yes")
    octets = world.octets()
    for word in (b"Re: Thank you", b"24@acme.example", b"given@mx.example"):
        assert word not in octets, word


def test_forgetting_one_takes_the_hold_from_the_others(world):
    world.run("people", "add", "kim@acme.example", "--name", "Kim Ode", "--company", "ACME Robotics")
    take(world, verdict("colleague", address="sam@acme.example"))
    world.run("people", "forget", "p1", "--yes")
    assert state(world, "p2")["state"] == "none"


# Any order


KINDS = ["answer", "away", "dead", "bounced", "challenge", "left", "stop", "complaint", "colleague", "automatic", "own"]
ONE = st.tuples(
    st.sampled_from(KINDS), st.integers(1, 200), st.sampled_from(["sure", "likely"]), st.sampled_from([DANA, OTHER])
)


def taken(folder, mails, undo=()):
    world = World(folder).on("2026-11-30")
    dana = Card("Dana Ruiz", (Address(DANA), Address(OTHER)), "Acme", country="DE", plan="gracious-six")
    sent_to(world, dana, Card("Kim Ode", (Address("kim@acme.example"),), "Acme"))
    world.on("2026-12-12")
    with world.book() as book:
        numbers = {}
        for kind, hours, confidence, address in mails:
            letter = None if kind == "own" else 1
            one = verdict(kind, confidence=confidence, address=address, letter=letter)
            numbers[hours] = book.take(one, came(hours)) or numbers.get(hours)
        for hours in undo:
            if numbers.get(hours):
                book.undo(f"e{numbers[hours]}")
    return lifted(world)


@examples(16)
@given(st.lists(ONE, max_size=6, unique_by=lambda one: one[1]), st.randoms(use_true_random=False))
def test_read_in_any_order_and_twice_it_is_the_same(tmp_path_factory, mails, random):
    shuffled = [*mails, *mails]
    random.shuffle(shuffled)
    told = taken(tmp_path_factory.mktemp("one"), mails)
    assert taken(tmp_path_factory.mktemp("two"), shuffled) == told


@examples(16)
@given(st.lists(ONE, min_size=1, max_size=5, unique_by=lambda one: one[1]), st.data())
def test_what_is_taken_back_is_as_if_it_had_never_been(tmp_path_factory, mails, data):
    gone = data.draw(st.sampled_from(mails))
    if gone[0] == "own":
        return
    told = taken(tmp_path_factory.mktemp("one"), [one for one in mails if one != gone])
    assert taken(tmp_path_factory.mktemp("two"), mails, undo=[gone[1]]) == told


# A year's worth, as a user sees it


def screen(world):
    return world.run().out


def test_the_story_of_what_came_back(tmp_path):
    world = World(tmp_path).on("2026-11-30")
    sent_to(world, Card("Dana Ruiz", (Address(DANA),), "Acme Robotics", country="DE"))
    world.on("2026-12-10")
    assert "Mailbox" not in screen(world)
    world.settings["MAILER_IMAP_HOST"] = "imap.me.example"
    assert "mailer sync" in screen(world)
    # An absence, and an answer after it.
    take(world, verdict("away", until=date(2026, 12, 24), text="I am away until Christmas Eve."))
    assert "on hold until Monday 28 December: out of office" in screen(world)
    assert "follow-up" not in screen(world)
    take(world, verdict("answer", text="Let us talk in spring."), came(48))
    shown = screen(world)
    assert "They answered (1)" in shown
    assert "it is your turn since Wednesday 2 December" in shown
    assert "mailer follow-up dana" in shown
    assert world.json("due") == []
    assert "answered: it is your turn since Wednesday 2 December" in world.run("due").out
    told = " ".join(world.run("people", "show", "dana").out.split())
    assert "answer: Let us talk in spring. (letter" in told
    assert "[because of answer]" in told
    assert f"From Dana Ruiz <{DANA}>; Subject: Re: Thank you" in told
    # The answer was not one.
    world.run("touch", "--undo", "e2")
    assert state(world)["state"] == "held"
    world.run("touch", "--undo", "e1")
    assert state(world)["state"] == "waiting"
    # Somebody says that she asks not to be written to.
    take(world, verdict("stop", confidence="likely", letter=None, text="Stop writing"), came(72))
    shown = screen(world)
    assert "they may have asked you to stop: “Stop writing”" in " ".join(shown.split())
    assert "mailer stop dana if it is so, else mailer sync --undo e3" in shown
    assert "stop, likely: Stop writing" in world.run("people", "show", "dana").out
    world.run("touch", "--undo", "e3")
    # Her mailbox is full, and then gone.
    take(world, verdict("bounced", text="452 4.2.2 Mailbox full"), came(80, sender="MAILER-DAEMON"))
    (waiting,) = world.json("outbox")
    assert "mailer sync --undo e4" in waiting["next"]
    assert "1 letter is waiting in the outbox" in screen(world)
    assert "(came back)" in world.run("log").out
    take(world, verdict("dead", because="Status: 5.1.1"), came(90, sender="MAILER-DAEMON"))
    shown = screen(world)
    assert "does not exist: ask for a new address" in " ".join(shown.split())
    assert "mailer people edit dana to add an address" in shown
    assert "no address of Dana Ruiz is known to work" in world.run("follow-up", "dana", code=65).err
    world.run("stop", "dana")
    assert world.json("outbox") == []


def test_when_the_mailbox_was_last_read(world):
    assert world.json()[0]["synced"] is None
    with world.book() as book:
        moments = (("INBOX", "2026-12-07T12:00:00+00:00"), ("Sent", "2026-12-06T12:00:00+00:00"))
        for folder, at in moments:
            book._store.execute("INSERT INTO mailboxes VALUES ('me', ?, 7, 42, ?)", (folder, at))
    assert world.json()[0]["synced"] == "2026-12-07T12:00:00+00:00"
    assert "Mailbox last read 3 days ago: mailer sync" in screen(world)


def test_a_draft_that_is_found_in_sent_is_that_letter(tmp_path):
    world = World(tmp_path).on("2026-11-30")
    with open_ledger(world.ledger, clock=lambda: world.now) as ledger:
        ledger.record_draft(letters.letter((Mailbox(DANA, "Dana Ruiz"),)), "me", "Drafts")
    sent = came(2, message_id="<1@me.example>")
    world.on("2026-12-10")
    with world.book() as book:
        known = LedgerKnown(book._store, ())
        book.default_plan = lambda: "gracious-six"
        book.take(Verdict("own", "In Drafts", letter=1), sent._replace(is_draft=True))
        assert (known.person_of(DANA), book.count()) == (None, 0)
        book.take(Verdict("own", "In Sent", letter=1), sent)
        # Her answer may be the next message.
        assert known.person_of(DANA).number == 1
        book.take(Verdict("own", "In Sent", letter=1), sent)
    (dana,) = world.json("people")
    assert (dana["name"], dana["last"], dana["plan"]) == ("Dana Ruiz", "2026-11-30T14:00:00+00:00", "gracious-six")
    assert world.json("outbox") == []
    assert take(world, verdict("answer"), came(24))["effect"] == "answered: it is your turn"


PROGRAMS = "<of-their-program@me.example>"


@pytest.fixture
def drafted(world):
    """A follow-up that lies in Drafts, in the thread of the letter before."""
    first = next(one for one in world.json("log") if one["state"] == "sent")
    says = Unstamped(b"", f"In-Reply-To: {first['message_id']}\r\n\r\nHow are you?\r\n".encode())
    new = letters.letter(
        (Mailbox(DANA, "Dana Ruiz"),),
        subject="Re: Hello",
        message=says,
        message_id="<d@me.example>",
        template="check-in",
    )
    with open_ledger(world.ledger, clock=lambda: world.now) as ledger:
        ledger.record_draft(new, "me", "Drafts")
    return first["message_id"]


def goes(world, subject="Re: Hello", message_id=PROGRAMS, references=(), hours=400, words=""):
    found = Came(message_id, world.now + timedelta(hours=1), "me", subject, references=references, words=lambda: words)
    world.on("2026-12-20")
    with world.book() as book:
        return book.take(Verdict("own", "In Sent", person=1), found)


def states(world):
    return [(one["subject"], one["state"]) for one in world.json("log") + world.json("outbox")]


def test_a_draft_that_went_under_another_message_id_is_that_letter(world, drafted):
    assert goes(world, references=(drafted,)) is None
    assert ("Re: Hello", "sent") in states(world)
    assert world.json("outbox") == []
    line = world.json("people", "show", "dana")[0]["timeline"]
    assert [one["kind"] for one in line].count("letter") == 2
    # Read again, and in the answers to it, it is known by either.
    with world.book() as book:
        known = LedgerKnown(book._store, ())
        assert {one.number for name in (PROGRAMS, "<d@me.example>") for one in known.letters([name])} == {2}


@pytest.mark.parametrize(
    "other",
    [{"subject": "Re: Something else"}, {"references": ("<another@acme.example>",)}, {"references": ()}],
)
def test_another_mail_to_them_leaves_the_draft_alone(world, drafted, other):
    assert goes(world, **{"references": (drafted,), **other}) is None
    assert ("Re: Hello", "draft") in states(world)
    assert [one["kind"] for one in world.json("people", "show", "dana")[0]["timeline"]].count("letter") == 2


@pytest.mark.parametrize("known", [True, False])
def test_a_letter_that_went_with_a_line_to_be_written_is_told(world, drafted, known):
    left = "Dear Dana,\n\n‹Write here: what you would like\nto hear of their work›\n\nJo"
    number = goes(world, references=(drafted,) if known else ("<x@me.example>",), words=left)
    with world.book() as book:
        event = book.event(number)
    assert (event.kind, event.because) == ("unfinished", "“Write here: what you would like to hear of their work”")
    assert (event.letter is not None) == known
    line = world.json("people", "show", "dana")[0]["timeline"]
    assert [one["text"] for one in line if one["kind"] == "unfinished"] == [
        "it went with a line left in it that was to be written"
    ]
    assert world.json("people", "show", "dana")[0]["state"] != "held"


@pytest.mark.file
def test_a_ledger_of_before_keeps_its_holds(world):
    world.run("touch", "dana", "--by", "answer", "--on", "2026-12-02")
    world.run("resume", "dana")
    world.run("touch", "dana", "--by", "answer", "--on", "2026-12-05")
    before = lifted(world)
    with world.book() as book:
        obey(book._store, [1])
    assert lifted(world) == before
    # As the version before wrote it: no times of resuming, nor days of events.
    with contextlib.closing(sqlite3.connect(world.ledger)) as db:
        for statement in ("UPDATE people SET resumed = NULL", "UPDATE events SET day = NULL, known = 0"):
            db.execute(statement)
        for statement in PEOPLE_OF_BEFORE:
            db.execute(statement)
        db.commit()
    with world.book() as book:
        obey(book._store, [1])
        since = [datetime.fromisoformat(since).isoformat() for (since,) in book._store.all(OPEN_HOLDS)]
        assert since == ["2026-12-05T11:00:00+00:00"]


PEOPLE_OF_BEFORE = [one.strip() for one in SYNC.split(";\n") if one.strip().startswith("UPDATE")]


def test_what_is_no_text_is_kept_all_the_same(world):
    odd = "caf\udce9\x1b[31m"
    told = take(
        world,
        verdict("answer", because=odd, text=odd, address=f"{odd}@acme.example", other_address=odd),
        came(message_id=f"<{odd}@acme.example>", sender=odd, subject=odd, references=(odd,)),
    )
    assert told["subject"] == "caf\\udce9\x1b[31m"
    own = Verdict("own", odd, person=1)
    with world.book() as book:
        book.take(own, came(50, message_id=f"<{odd}>", subject=odd))
        assert LedgerKnown(book._store, (), ()).letters([f"<{odd}>"]) == []
        assert LedgerKnown(book._store, (), ()).person_of(odd) is None
    assert "\x1b" not in world.run("people", "show", "dana").out
    assert "\x1b" not in world.run("people", "show", "dana", "--json").out


def test_a_new_address_from_a_file_ends_the_wait_for_one(world):
    take(world, verdict("dead"))
    assert state(world)["state"] == "held"
    card = f"BEGIN:VCARD\nVERSION:4.0\nFN:Dana Ruiz\nEMAIL:{DANA}\nEMAIL:{OTHER}\nEND:VCARD\n"
    (world.folder / "p.vcf").write_text(card)
    world.run("people", "import", "p.vcf", "--yes")
    assert (state(world)["state"], [box["state"] for box in state(world)["addresses"]]) == ("due", ["dead", "ok"])
