"""After ``send`` its letters are touches of people, and the next date is told."""

from __future__ import annotations

import contextlib
import json
import sqlite3

import pytest

from tests.kit.letters import LETTER, ME
from tests.kit.smtp_server import DROP, Scripted
from tests.kit.world import World, put

ROWS = """to,company,position
Dana Ruiz <d@a.example>,Acme,Analyst
Lee Okafor <l@b.example>,Birch,Analyst
"""
OWN = f"From: {ME}\nTo: Dana Ruiz <dana.ruiz@acme.example>\nSubject: Hello\n\nGood luck with the bench.\n"


@pytest.fixture
def desk(tmp_path):
    return World(tmp_path, MAILER_FROM=ME, MAILER_TIMEZONE="Europe/Berlin").with_letter()


def person(desk, who="dana"):
    return json.loads(desk.mailer("people", "show", who, "--json").octets)


def letter(*more, text=LETTER):
    return text.replace("\n\n", "\n" + "".join(f"{line}\n" for line in more) + "\n", 1)


def test_runner_up_starts_the_plan_and_says_so(desk, server):
    put(desk.folder, "r.md", letter("Refused-On: 2026-11-20", "Country: DE-BY", "Language: de-AT"))
    done = desk.send(server, "r.md")
    assert done.code == 0
    assert done.err.endswith("Next: 28 December, something useful to Dana. `mailer due` keeps count.\n")
    found = person(desk)
    assert (found["plan"], found["step"], found["anchor"]) == ("gracious-six", 2, "2026-11-20")
    assert (found["country"], found["language"], found["position"]) == ("DE-BY", "de-AT", "Data Engineer")
    assert [entry["kind"] for entry in found["timeline"]] == ["letter"]


@pytest.mark.parametrize(
    ("header", "settings", "plan"),
    [
        ("Plan: none", {}, None),
        ("Plan: once-a-year", {}, "once-a-year"),
        ("Country: DE", {"MAILER_PLAN": "none"}, None),
        ("Country: DE", {"MAILER_PLAN": "once-a-year"}, "once-a-year"),
        ("Plan: gracious-six", {"MAILER_PLAN": "none"}, "gracious-six"),
    ],
)
def test_letter_and_setting_choose_the_plan(desk, server, header, settings, plan):
    put(desk.folder, "r.md", letter(header))
    done = desk.send(server, "r.md", **settings)
    assert (done.code, person(desk)["plan"], "Next: " in done.err) == (0, plan, plan is not None)


def test_a_letter_of_ones_own_makes_a_person_and_starts_nothing(desk, server):
    put(desk.folder, "o.md", OWN)
    done = desk.send(server, "o.md")
    assert (done.code, done.err.count("Next:")) == (0, 0)
    found = person(desk)
    assert (found["plan"], found["state"], len(found["timeline"])) == (None, "none", 1)


def test_a_batch_says_how_many(desk, server):
    put(desk.folder, "r.md", "Template: runner-up\n\nThe afternoon with the test-bench team stayed with me.\n")
    put(desk.folder, "p.csv", ROWS)
    done = desk.send(server, "r.md", "--each", "p.csv")
    assert done.code == 0, done.err
    assert done.err.endswith("2 people are on a plan now. `mailer due` keeps count.\n")


def test_a_step_makes_it_another_letter(desk, server):
    """The same words to the same people a year later."""
    for step, status in (
        ("once-a-year 2027", "sent"),
        ("once-a-year 2027", "already-sent"),
        ("once-a-year 2028", "sent"),
    ):
        put(desk.folder, "o.md", letter(f"Step: {step}", "Company: Acme", text=OWN))
        assert desk.send(server, "o.md").json["status"] == status
    assert len(person(desk)["timeline"]) == 2


@pytest.mark.parametrize("header", ["Step: 2", "Step: gracious-six two", "Plan: A B"])
def test_what_is_no_step_or_plan_is_told_with_its_line(desk, header):
    put(desk.folder, "r.md", letter(header))
    done = desk.mailer("check", "r.md")
    assert done.code == 65
    assert "r.md:5" in done.err


def test_an_unknown_plan_is_told_before_anything_goes(desk, server):
    put(desk.folder, "r.md", letter("Plan: gracious-sx"))
    done = desk.send(server, "r.md")
    assert (done.code, len(server.messages)) == (65, 0)
    assert "Did you mean gracious-six?" in done.err


def test_columns_named_plan_and_step_are_the_writers_own(desk, server):
    put(desk.folder, "m.md", f"From: {ME}\nTo: {{{{email}}}}\nSubject: Your {{{{plan}}}}\n\nStep {{{{step}}}}\n")
    put(desk.folder, "p.csv", "email,plan,step\nd@a.example,Gold,intro 2\n")
    done = desk.send(server, "m.md", "--each", "p.csv")
    assert (done.code, server.messages[0].content.count(b"Your Gold")) == (0, 1), done.err


def test_a_header_plan_that_the_letter_prints_is_the_writers_own(desk, server):
    put(desk.folder, "m.md", f"From: {ME}\nTo: d@a.example\nPlan: Gold Card\nSubject: Your {{{{plan}}}}\n\nHello.\n")
    assert desk.send(server, "m.md").code == 0


def test_a_broken_setting_or_book_fails_no_letter(desk, server):
    put(desk.folder, "r.md", LETTER)
    done = desk.send(server, "r.md", MAILER_PLAN="nonsense")
    assert (done.code, done.json["status"]) == (0, "sent")
    assert "there is no plan 'nonsense'" in done.err
    assert person(desk)["plan"] == "gracious-six", "taken in when the setting is mended"


def test_a_plan_that_is_gone_fails_neither_letter_nor_today(desk, server):
    plan = 'about = "mine"\n[[step]]\nafter = "3 days"\nreason = "r"\n[[step]]\nafter = "60 days"\nreason = "r"\n'
    path = put(desk.folder, "home/config/plans/mine.toml", plan)
    put(desk.folder, "r.md", letter("Plan: mine"))
    assert "Next: " in desk.send(server, "r.md").err
    path.unlink()
    put(desk.folder, "o.md", OWN)
    done = desk.send(server, "o.md")
    assert (done.code, done.json["status"]) == (0, "sent")
    assert desk.mailer().code == 0


def test_refused_and_in_doubt_are_taken_in(desk):
    put(desk.folder, "r.md", LETTER)
    with Scripted({"rcpt": b"550 5.1.1 no such user\r\n"}) as server:
        assert desk.send(server, "r.md").code == 69
    assert desk.mailer("people").octets == b""
    with Scripted({"final": DROP}) as server:
        put(desk.folder, "o.md", OWN)
        desk.send(server, "o.md")
    assert len(person(desk)["timeline"]) == 1


def test_what_the_letter_says_is_kept_with_it(desk, server):
    put(desk.folder, "r.md", letter("Refused-On: 2026-11-20", "Time-Zone: Europe/Paris"))
    desk.send(server, "r.md")
    with contextlib.closing(sqlite3.connect(desk.folder / "home/data/ledger.sqlite")) as ledger:
        kept = ledger.execute("SELECT card FROM contents").fetchone()[0]
    assert json.loads(kept) == {"refused_on": "2026-11-20", "time_zone": "Europe/Paris"}


@pytest.mark.parametrize("day", ["9999-12-31", "9999-06-01", "0001-01-01"])
def test_a_day_beyond_all_calendars_that_was_kept_once_stops_nothing(desk, server, day):
    put(desk.folder, "r.md", letter("Refused-On: 2026-11-20"))
    desk.send(server, "r.md")
    with contextlib.closing(sqlite3.connect(desk.data / "ledger.sqlite")) as ledger:
        ledger.execute("UPDATE people SET refused_on = ?", (day,))
        ledger.commit()
    put(desk.folder, "o.eml", f"From: d@a.example\nDate: Fri, 31 Dec 9999 23:59:59 -1200\nTo: {ME}\n\nHi.\n")
    for command in (["due"], ["people"], ["people", "show", "dana"], [], ["sync", "o.eml"], ["hold", "dana"]):
        assert desk.mailer(*command).code in (0, 2)
    put(desk.folder, "c.md", letter(text=LETTER.replace("runner-up", "check-in")))
    assert desk.send(server, "c.md", "--allow", "repeat").code == 0


def test_a_refusal_dated_beyond_all_calendars_gives_no_day(desk):
    mail = "From: Dana <d@a.example>\nSubject: No\nMessage-ID: <1@a.example>\nDate: {}\n\nWe chose another one.\n"
    for day in ("Fri, 31 Dec 9999 23:59:59 -1200", "Wed, 01 Jan 1066 00:00:00 +0000"):
        put(desk.folder, "no.eml", mail.format(day))
        (desk.folder / "new.md").unlink(missing_ok=True)
        assert desk.mailer("new", "runner-up", "new.md", "--refusal", "no.eml", "--no-edit").code == 0
        assert "Refused-On" not in (desk.folder / "new.md").read_text()


def test_another_position_starts_anew_from_its_own_letter(desk, server):
    """The day of the no on the card was that of the position before."""
    desk.mailer("people", "add", "dana.ruiz@acme.example", "--plan", "gracious-six", "--refused-on", "2026-03-02")
    put(desk.folder, "r.md", letter())
    desk.send(server, "r.md")
    assert person(desk)["anchor"] == "2026-03-02"
    put(desk.folder, "r.md", letter(text=LETTER.replace("Data Engineer", "Analyst")))
    assert desk.send(server, "r.md", "--allow", "repeat").code == 0
    found = person(desk)
    assert (found["position"], found["anchor"], found["next"]) == ("Analyst", "2026-11-23", "2026-12-28")


def test_the_day_of_the_no_is_learnt_where_the_card_has_none(desk, server):
    desk.mailer("people", "add", "dana.ruiz@acme.example", "--plan", "gracious-six")
    put(desk.folder, "r.md", letter("Refused-On: 2026-11-20"))
    desk.send(server, "r.md")
    assert (person(desk)["anchor"], person(desk)["step"]) == ("2026-11-20", 2)


def test_a_plan_in_a_letter_without_position_does_not_start_it_anew(desk, server):
    put(desk.folder, "r.md", letter("Refused-On: 2026-11-20"))
    desk.send(server, "r.md")
    put(desk.folder, "o.md", letter("Plan: gracious-six", text=OWN))
    desk.send(server, "o.md")
    assert person(desk)["anchor"] == "2026-11-20"
    # Two letters of one day are one touch; a call that day is another.
    assert person(desk)["step"] == 2
    assert desk.mailer("touch", "dana", "--by", "call", "--json").json["step"] == 3


def test_no_touch_is_told_of_who_is_stopped(desk):
    desk.mailer("people", "add", "d@a.example", "--name", "Dana", "--plan", "gracious-six")
    for _ in range(6):
        desk.mailer("touch", "dana", "--by", "call")
    desk.mailer("stop", "dana")
    told = desk.mailer("stop", "dana").out + desk.mailer("people").out + desk.mailer("people", "show", "dana").out
    assert "touch 7" not in told


def test_nothing_is_said_of_a_mailbox_that_nobody_reads(desk):
    desk.mailer("people", "add", "d@a.example", "--name", "Dana")
    assert "ailbox" not in desk.mailer().out
    assert desk.mailer("--json").json["synced"] is None


def test_with_nothing_recorded_three_lines_say_how_to_begin(desk):
    assert [line.split()[0] for line in desk.mailer().lines] == ["mailer"] * 3


def test_a_touch_earlier_on_the_day_fills_no_step_of_the_plan(desk, server):
    desk.mailer("people", "add", "dana.ruiz@acme.example", "--name", "Dana Ruiz")
    desk.mailer("touch", "dana", "--by", "call")
    put(desk.folder, "r.md", LETTER)
    desk.send(server, "r.md", "--allow", "repeat")
    assert (person(desk)["step"], person(desk)["next"]) == (2, "2026-12-28")
    assert desk.mailer("touch", "dana", "--by", "call", "--json").json["step"] == 3
    desk.mailer("touch", "--undo", "t1")
    assert person(desk)["step"] == 3


def test_a_date_is_written_in_plain_digits(desk):
    desk.mailer("people", "add", "d@a.example", "--name", "Dana")
    assert desk.mailer("hold", "dana", "--until", "\N{ARABIC-INDIC DIGIT THREE}w").code == 65


def test_what_is_resolved_is_resolved_by_the_clock(desk):
    put(desk.folder, "r.md", LETTER)
    with Scripted({"final": DROP}) as server:
        desk.send(server, "r.md")
    assert desk.mailer("outbox", "resolve", desk.outbox()[0]["id"], "--not-sent").code == 0
    found = person(desk)
    assert (found["timeline"][0]["at"][:10], found["step"]) == ("2026-11-23", 1)


def test_a_hold_without_end_has_no_next_date(desk):
    desk.mailer("people", "add", "d@a.example", "--name", "Dana", "--plan", "gracious-six")
    desk.mailer("due", "--ics", "c.ics")
    held = desk.mailer("hold", "dana", "--json").json
    assert (held["state"], held["next"], held["step"]) == ("held", None, 1)
    desk.mailer("due", "--ics", "c.ics")
    assert b"STATUS:CANCELLED" in (desk.folder / "c.ics").read_bytes()
    assert desk.mailer("resume", "dana", "--json").json["next"] == "2026-11-24"
    desk.mailer("due", "--ics", "c.ics")
    assert b"STATUS:CONFIRMED" in (desk.folder / "c.ics").read_bytes()
    assert desk.mailer("hold", "dana", "--until", "2026-12-10", "--json").json["next"] == "2026-12-10"


def test_a_letter_takes_the_date_that_was_chosen_away(desk, server):
    desk.mailer("people", "add", "dana.ruiz@acme.example", "--name", "Dana Ruiz")
    assert desk.mailer("touch", "dana", "--by", "call", "--next", "+7d", "--json").json["next"] == "2026-11-30"
    put(desk.folder, "o.md", OWN)
    desk.send(server, "o.md")
    assert (person(desk)["state"], person(desk)["next"]) == ("none", None)


def test_the_day_of_the_no_in_the_letter_holds_against_the_card(desk, server):
    about = ("--position", "Data Engineer", "--plan", "gracious-six", "--refused-on", "2026-11-02")
    desk.mailer("people", "add", "dana.ruiz@acme.example", "--name", "Dana Ruiz", *about)
    put(desk.folder, "r.md", letter("Refused-On: 2026-11-20"))
    assert desk.send(server, "r.md").code == 0
    assert (person(desk)["anchor"], person(desk)["step"], person(desk)["next"]) == ("2026-11-20", 2, "2026-12-28")


@pytest.mark.parametrize("tag", ["de", "de-AT", "de_AT", "zh-Hant-TW", "sl-rozaj", "de-x-mine", "es-419", "yue"])
def test_a_language_is_a_language_tag(desk, tag):
    done = desk.mailer("people", "add", "d@a.example", "--language", tag, "--json")
    assert done.json["language"] == tag.replace("_", "-")


@pytest.mark.parametrize(
    "tag", ["x", "xx-bad", "xx-badlanguagetag", "german", "de-", "de-a", "de--AT", "d\u0435", "12"]
)
def test_what_is_no_language_tag_is_refused(desk, tag):
    done = desk.mailer("people", "add", "d@a.example", "--language", tag)
    assert done.code == 65
    assert "not a language code" in done.err
