"""What the checks know of people: stopped, answered, held; the gap of a plan, reasons, and colleagues."""

from __future__ import annotations

import pytest

from tests.kit.letters import LETTER, ME
from tests.kit.world import put
from tests.kit.year import Year

OWN = f"From: {ME}\nTo: Dana Ruiz <dana.ruiz@acme.example>\nSubject: Hello\n\nGood luck with the bench.\n"
COLLEAGUE = LETTER.replace("Dana Ruiz <dana.ruiz@", "Sam Becker <sam@")


@pytest.fixture
def year(tmp_path, server):
    return Year(tmp_path, server).begun("Refused-On: 2026-11-20")


def found(year, text, *names):
    put(year.folder, "x.md", text)
    told = year.mailer("check", "x.md", "--json").json["problems"]
    return [(one["check"], one["level"], one["where"]) for one in told if one["check"] in names]


@pytest.mark.parametrize("header", ["To", "Cc", "Bcc"])
def test_stop_blocks_whatever_the_letter(year, header):
    year.mailer("stop", "dana", "--why", "asked for it")
    to = "" if header == "To" else "To: Lee <l@b.example>\n"
    text = OWN.replace("To:", f"{to}{header}:").replace("dana.ruiz@", "Dana.Ruiz@")
    assert found(year, text, "stop") == [("stop", "block", header.lower())]
    sent = len(year.server.messages)
    done = year.mailer("send", "x.md", "--yes")
    assert (done.code, len(year.server.messages)) == (1, sent)
    assert "mailer resume" in done.err
    assert "--allow stop" not in done.err
    done = year.mailer("send", "x.md", "--yes", "--allow", "stop")
    assert (done.code, "mailer resume" in done.err) == (2, True)
    year.mailer("resume", "dana")
    assert found(year, text, "stop") == []


@pytest.mark.parametrize("header", ["To", "Cc", "Bcc"])
def test_stop_blocks_a_letter_to_somebody_who_was_forgotten(year, header):
    year.mailer("stop", "dana")
    year.mailer("people", "forget", "dana", "--yes")
    to = "" if header == "To" else "To: Lee <l@b.example>\n"
    text = OWN.replace("To:", f"{to}{header}:").replace("dana.ruiz@", "Dana.Ruiz@")
    assert found(year, text, "stop") == [("stop", "block", header.lower())]
    sent = len(year.server.messages)
    done = year.mailer("send", "x.md", "--yes")
    assert (done.code, len(year.server.messages)) == (1, sent)
    assert "mailer people add Dana.Ruiz@acme.example, then mailer resume Dana.Ruiz@acme.example" in done.err
    year.mailer("people", "add", "Dana.Ruiz@acme.example")
    assert found(year, text, "stop") == [("stop", "block", header.lower())]
    year.mailer("resume", "Dana.Ruiz@acme.example")
    assert found(year, text, "stop") == []
    assert year.mailer("send", "x.md", "--yes").code == 0


def test_stop_blocks_the_row_of_somebody_who_was_forgotten(year):
    year.mailer("stop", "dana")
    year.mailer("people", "forget", "dana", "--yes")
    put(year.folder, "rows.csv", "email,name\ndana.ruiz@acme.example,Dana\nlee@b.example,Lee\n")
    text = OWN.replace("Dana Ruiz <dana.ruiz@acme.example>", "{{ name }} <{{ email }}>")
    put(year.folder, "x.md", text)
    year.mailer("send", "x.md", "--each", "rows.csv", "--yes")
    assert [message.rcpt_to for message in year.server.messages[1:]] == [("lee@b.example",)]


def test_answered_wants_a_reply(year):
    year.mailer("touch", "dana", "--by", "answer")
    assert found(year, OWN, "answered") == [("answered", "block", "to")]
    assert year.mailer("send", "x.md", "--yes").code == 1
    first = year.server.messages[0].content.decode().partition("Message-ID: ")[2].split()[0]
    assert found(year, OWN.replace("\n\n", f"\nIn-Reply-To: {first}\n\n", 1), "answered") == []
    assert year.mailer("send", "x.md", "--yes").code == 0
    assert found(year, OWN, "answered") == []


def test_where_their_message_is_known_the_reply_must_be_to_it(year):
    import contextlib
    import sqlite3

    year.mailer("touch", "dana", "--by", "answer")
    place = year.folder / "home/data/ledger.sqlite"
    with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as ledger:
        ledger.execute("UPDATE events SET message_id = '<a@acme.example>'")
    for answered, expected in (("<other@x.example>", [("answered", "block", "to")]), ("<a@acme.example>", [])):
        assert found(year, OWN.replace("\n\n", f"\nIn-Reply-To: {answered}\n\n", 1), "answered") == expected
    path = year.follow_up()
    assert "In-Reply-To: <a@acme.example>" in path.read_text()


def test_hold_warns_until_it_ends(year):
    year.mailer("hold", "dana", "--until", "2026-12-10", "--why", "their fair")
    assert found(year, OWN, "hold") == [("hold", "warn", "to")]
    assert found(year.on("2026-12-10"), OWN, "hold") == []


def test_the_shorter_gap_of_a_plan(year):
    thanks = LETTER.replace("runner-up", "thank-you").replace("dana.ruiz", "lee").replace("Acme Robotics", "Birch")
    thanks = thanks.replace("The afternoon", "Your talk about bridges was new to me. Lunch")
    put(year.folder, "t.md", thanks.replace("\n\n", "\nPlan: after-interview\n\n", 1))
    year.send("t.md")
    text = thanks.replace("thank-you", "check-in")
    assert found(year.on("2026-12-02"), text, "repeat") == [("repeat", "block", "to")]
    assert found(year.on("2026-12-03"), text, "repeat") == []


def test_the_same_reason_twice(year):
    text = LETTER.replace("runner-up", "check-in")
    put(year.folder, "c.md", text)
    year.on("2027-01-04").send("c.md")
    year.on("2027-03-04")
    assert found(year, text.replace("Data Engineer", "Analyst"), "reason") == [("reason", "warn", "template")]
    assert found(year, LETTER.replace("runner-up", "my-news"), "reason") == []
    assert found(year, LETTER.replace("Data Engineer", "Analyst"), "reason") == []


def test_a_colleague_within_two_weeks(year):
    assert found(year, COLLEAGUE, "company-gap") == [("company-gap", "warn", "to")]
    assert found(year, LETTER, "company-gap") == []
    assert found(year, COLLEAGUE.replace("Acme Robotics", "Birch"), "company-gap") == []
    assert found(year.on("2026-12-07"), COLLEAGUE, "company-gap") == []


def test_a_batch_to_one_company_is_told_once(year):
    put(year.folder, "b.md", "Template: runner-up\n\nThe afternoon stayed with me.\n")
    rows = "".join(f"N{n} Ruiz <n{n}@birch.example>,Birch Labs,Job {n}\n" for n in range(4))
    put(year.folder, "p.csv", f"to,company,position\n{rows}")
    done = year.mailer("check", "b.md", "--each", "p.csv", "--json")
    told = [one["check"] for line in done.objects for one in line["problems"]]
    assert told.count("company-gap") == 1


def test_log_by_is_told_where_it_belongs(year):
    done = year.mailer("log", "dana", "--by", "call")
    assert (done.code, "mailer touch dana --by call" in done.err) == (2, True)


def test_a_draft_says_how_to_count_it(year):
    put(year.folder, "o.md", OWN)
    done = year.mailer("draft", "o.md", "-o", "o.eml")
    assert done.code == 0
    assert "mailer touch dana.ruiz@acme.example --by letter" in done.err
    assert b"touches" not in done.octets


def test_no_draft_or_rehearsal_is_a_touch(year):
    put(year.folder, "o.md", OWN)
    before = year.mailer("people", "show", "dana", "--json").json["timeline"]
    for command in (("draft", "o.md", "-o", "o.eml"), ("rehearse", "o.md"), ("send", "o.md", "--to-myself", "--yes")):
        assert year.mailer(*command).code == 0
    assert year.mailer("people", "show", "dana", "--json").json["timeline"] == before
