"""``mailer follow-up``: the letter of the open step, in the thread, with what was said before in view."""

from __future__ import annotations

import json
from datetime import UTC, date, timedelta

import pytest

from mailer.letters.letter import read_letter
from mailer.people.when import when_words
from tests.kit.world import NOW
from tests.kit.year import Year


@pytest.fixture
def year(tmp_path, server):
    return Year(tmp_path, server).begun("Refused-On: 2026-11-20\nCountry: DE")


def headers(path):
    return {header.spelled: header.value for header in read_letter(path).headers}


def mails(year):
    import email
    import email.policy

    return [email.message_from_bytes(one.content, policy=email.policy.default) for one in year.server.messages]


def test_the_letter_of_the_open_step(year):
    path = year.on("2026-12-28").follow_up()
    first = mails(year)[0]["Message-ID"]
    assert path.name == "dana-ruiz-touch-2.md"
    assert headers(path) == {
        "Template": "something-useful",
        "To": "Dana Ruiz <dana.ruiz@acme.example>",
        "Subject": "Re: Thank you for the Data Engineer interview",
        "In-Reply-To": first,
        "References": first,
        "Country": "DE",
        "Step": "gracious-six 2",
        "Company": "Acme Robotics",
        "Position": "Data Engineer",
        "When": "in the middle of February",
    }
    below = path.read_text().partition("-- >8 --")[2]
    assert "2026-11-23 your letter: Thank you for the Data Engineer interview" in below
    assert "The afternoon with Priya's test-bench team" in below
    assert read_letter(path).prose.strip().startswith("‹")


def test_three_letters_are_one_thread(year):
    for day, words in (("2026-12-28", "A note on the median filter."), ("2027-02-18", "How did the bench move go?")):
        path = year.on(day).follow_up()
        year.fill(path, words)
        year.send(path.name)
    first, second, third = mails(year)
    assert second["References"].split() == [first["Message-ID"]]
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert json.loads(year.mailer("people", "show", "dana", "--json").octets)["step"] == 4


def test_new_thread_json_and_file(year):
    done = year.on("2026-12-28").mailer("follow-up", "dana", "x.md", "--new-thread", "--json")
    told = done.json
    assert (told["template"], told["to"], told["in_reply_to"]) == ("something-useful", ["dana.ruiz@acme.example"], None)
    assert (told["touch"], told["steps"], told["error"]) == (2, 6, None)
    assert not {"In-Reply-To", "References", "Subject"} & set(headers(year.folder / told["file"]))


def test_a_thread_has_one_subject(year):
    for day, words in (("2026-12-28", "A note on the median filter."), ("2027-02-18", "How did the bench move go?")):
        path = year.on(day).follow_up()
        year.fill(path, words)
        year.send(path.name)
    first, *later = [mail["Subject"] for mail in mails(year)]
    assert later == [f"Re: {first}"] * 2
    asked = year.on("2027-05-24").mailer("follow-up", "dana", "own.md", "--set", "subject=Your move")
    assert asked.code == 0
    assert headers(year.folder / "own.md")["Subject"] == "Your move"


def test_what_exists_is_not_written_over(year):
    path = year.on("2026-12-28").follow_up()
    before = path.read_bytes()
    assert (year.mailer("follow-up", "dana").code, path.read_bytes()) == (73, before)


def test_before_it_is_due_says_when(year):
    done = year.mailer("follow-up", "dana")
    assert done.code == 0
    assert "Due only on Monday 28 December: 35 days after the no is Friday 25 December" in done.err


def test_held_stopped_and_resumed(year):
    year.mailer("hold", "dana", "--until", "2027-02-01", "--why", "their fair")
    done = year.mailer("follow-up", "dana", "h.md")
    assert (done.code, (year.folder / "h.md").exists()) == (2, False)
    assert "their fair" in done.err
    assert year.mailer("follow-up", "dana", "h.md", "--yes").code == 0
    year.mailer("stop", "dana")
    done = year.mailer("follow-up", "dana", "s.md", "--yes", "--json")
    assert (done.code, (year.folder / "s.md").exists(), done.json["error"]["code"]) == (1, False, 1)
    assert "mailer resume dana" in done.err


def test_an_answer_gets_a_bare_reply(year):
    year.mailer("touch", "dana", "--by", "answer", "--note", "they asked for the filter")
    path = year.follow_up()
    found = headers(path)
    assert (found["Subject"], found["In-Reply-To"]) == (
        "Re: Thank you for the Data Engineer interview",
        mails(year)[0]["Message-ID"],
    )
    assert not {"Template", "Step", "When"} & set(found)
    assert "they asked for the filter" in path.read_text()
    year.fill(path, "Here it is.")
    year.send(path.name)
    assert json.loads(year.mailer("people", "show", "dana", "--json").octets)["state"] == "waiting"


def test_without_a_plan_or_address(year):
    year.mailer("people", "add", "lee@birch.example", "--name", "Lee Okafor")
    assert year.mailer("follow-up", "lee").code == 2
    path = year.follow_up("lee", "--template", "check-in", "--set", "company=Birch")
    assert path.name == "lee-okafor-touch-1.md"
    year.mailer("people", "add", "--name", "Kim Sato")
    done = year.mailer("follow-up", "kim", "--template", "check-in")
    assert (done.code, "mailer people edit kim" in done.err) == (65, True)
    assert year.mailer("follow-up", "nobody").code == 65
    assert year.mailer("follow-up", "lee", "l.md", "--template", "nonsense").code == 65


def test_the_language_of_the_card(year):
    more = ("--language", "de-AT", "--company", "Werk", "--refused-on", "2026-10-19", "--plan", "gracious-six")
    year.mailer("people", "add", "jm@werk.example", "--name", "Jörg Müller", *more)
    path = year.follow_up("müller")
    assert path.name == "jorg-muller-touch-1.md"
    found = headers(path)
    assert (found["Language"], found["Template"], found["When"]) == ("de-AT", "runner-up", "Ende Dezember")


def test_a_plan_without_end_names_its_year(year):
    more = ("--refused-on", "2025-11-20", "--plan", "once-a-year")
    year.mailer("people", "add", "k@k.example", "--name", "Kim Sato", *more)
    found = headers(year.follow_up("kim"))
    assert (found["Step"], found["When"]) == ("once-a-year 2026", "late in November 2027")


@pytest.mark.parametrize(
    ("day", "language", "words"),
    [
        ("2027-01-04", "en", "early in January"),
        ("2027-03-15", "de", "Mitte März"),
        ("2027-04-02", "fr", "début avril"),
        ("2027-03-15", "fr", "à la mi-mars"),
        ("2027-06-30", "es", "a finales de junio"),
        ("2027-12-30", "es", "a finales de diciembre de 2027"),
        ("2027-01-04", "it", ""),
    ],
)
def test_when_in_words(day, language, words):
    assert when_words(date.fromisoformat(day), NOW.date(), language) == words


def test_the_same_file_is_the_same_letter_tomorrow(year):
    path = year.on("2026-12-28").follow_up()
    year.fill(path, "A note on the median filter.")
    one = year.mailer("preview", path.name, "--json").json
    year.now += timedelta(days=90)
    other = year.mailer("preview", path.name, "--json").json
    assert {**one, "problems": 0} == {**other, "problems": 0}


def test_a_date_of_ones_own_has_a_letter_of_its_own(year):
    year.mailer("people", "add", "lee@birch.example", "--name", "Lee Okafor")
    year.mailer("touch", "lee", "--by", "call", "--next", "+7d")
    assert year.on("2026-11-30").mailer("due", "lee", "--json").json["reason"] == "you chose this date"
    assert year.mailer("follow-up", "lee").code == 2
    told = year.mailer("follow-up", "lee", "--template", "check-in", "--json")
    assert told.json["touch"] == 2
    assert "Step" not in headers(year.folder / told.json["file"])


def took(year, kind, text="Let us talk in spring.", **more):
    """A message that came back, as the ledger takes it in."""
    from mailer.answers.values import Verdict
    from mailer.ledger.ledger import open_ledger
    from mailer.people.book import Book, Home
    from mailer.people.events import Came
    from mailer.people.plan import load

    hours, sender = more.pop("hours", 2), "Dana Ruiz <dana.ruiz@acme.example>"
    came = Came(f"<{hours}@acme.example>", year.now + timedelta(hours=hours), sender, "AW: Thank you", **more)
    with open_ledger(next(year.folder.rglob("ledger.sqlite"))) as ledger:
        later = year.now + timedelta(days=20)
        book = Book(ledger.store, lambda name: load(name, year.folder), later, Home(lambda: "DE", UTC))
        return book.take(
            Verdict(kind, "In-Reply-To", person=1, address="dana.ruiz@acme.example", letter=1, text=text), came
        )


def test_an_answer_gets_a_bare_reply_to_it(year):
    first = mails(year)[0]["Message-ID"]
    took(year, "answer", references=(first, "<forwarded@acme.example>"))
    path = year.on("2026-12-01").follow_up()
    assert headers(path) == {
        "To": "Dana Ruiz <dana.ruiz@acme.example>",
        "Subject": "Re: Thank you",
        "In-Reply-To": "<2@acme.example>",
        "References": f"{first} <forwarded@acme.example> <2@acme.example>",
    }
    assert "from them: answer: AW: Thank you\n    Let us talk in spring." in path.read_text().partition("-- >8 --")[2]
    year.fill(path, "Spring it is.")
    year.send(path.name)
    assert mails(year)[-1]["In-Reply-To"] == "<2@acme.example>"
    assert json.loads(year.mailer("people", "show", "dana", "--json").octets)["state"] == "waiting"


def test_a_letter_of_before_their_second_answer_does_not_go(year):
    took(year, "answer")
    path = year.on("2026-12-01").follow_up()
    year.fill(path, "Spring it is.")
    year.send(path.name)
    old = year.on("2026-12-29").follow_up("dana", "old.md", "--yes", "--template", "check-in")
    took(year, "answer", "And one more thing.", hours=3)
    year.on("2027-01-04")
    assert ("answered", "block") in problems(year, old)
    newer = year.follow_up("dana", "new.md")
    assert headers(newer)["In-Reply-To"] == "<3@acme.example>"
    assert "answered" not in dict(problems(year, newer))


def problems(year, path):
    return [
        (one["check"], one["level"]) for one in json.loads(year.mailer("check", path.name, "--json").octets)["problems"]
    ]
