"""``mailer due``: silence is told, and what to type fits the step."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.kit.letters import LETTER
from tests.kit.smtp_server import Scripted, recording_server
from tests.kit.world import put, through
from tests.kit.year import Year


@pytest.fixture
def year(tmp_path, server):
    return Year(tmp_path, server)


def test_two_letters_without_an_answer(year):
    put(year.folder, "r.md", LETTER.replace("\n\n", "\nRefused-On: 2026-11-20\n\n", 1))
    year.send("r.md")
    silent = "2 letters without an answer; to wait instead: mailer hold dana --until +6mo"
    path = year.on("2026-12-28").follow_up()
    assert silent not in year.mailer("due").out
    year.fill(path, "A note on the median filter.")
    year.send(path.name)
    assert silent in " ".join(year.on("2027-02-18").mailer("due").out.split())
    year.mailer("touch", "dana", "--by", "answer", "--on", "2027-02-01")
    year.mailer("resume", "dana")
    assert "without an answer" not in year.mailer("due").out


def test_a_step_that_is_a_call_says_touch(year):
    plan = 'about = "mine"\n[[step]]\nafter = "3 days"\nreason = "a call"\n'
    put(year.folder, "home/config/plans/mine.toml", plan)
    card = ("--name", "Kim Sato", "--plan", "mine", "--refused-on", "2026-11-16")
    assert year.mailer("people", "add", "k@k.example", *card).code == 0
    for command in ((), ("due",)):
        told = year.mailer(*command).out
        assert "mailer touch kim --by call" in told
        assert "follow-up" not in told


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Europe/Berlin", ""),
        ("Asia/Kolkata", ""),
        ("America/New_York", "it is 04:10 there: better sent from 08:30 to 17:30 mailer"),
        ("Asia/Tokyo", "it is 18:10 there: better sent from 08:30 to 17:30 on their next working day mailer"),
    ],
)
def test_the_hours_in_which_a_letter_best_arrives(year, zone, words):
    card = ("--name", "Kim Sato", "--plan", "gracious-six", "--refused-on", "2026-11-16", "--time-zone", zone)
    assert year.mailer("people", "add", "k@k.example", *card).code == 0
    shown = " ".join(year.mailer("due", "kim").out.split())
    assert "due since" in shown
    assert words in shown
    assert ("there: better" in shown) == bool(words)


KIM = ("people", "add", "kim@k.example", "--name", "Kim Sato", "--plan", "gracious-six", "--refused-on", "2026-10-20")


class TestALetterThatWaits:
    """Somebody whose letter is in the outbox is not to be written to once more."""

    @pytest.fixture(autouse=True)
    def kim(self, year):
        assert year.mailer(*KIM).code == 0
        put(year.folder, "k.md", LETTER.replace("Dana Ruiz <dana.ruiz@acme.example>", "Kim Sato <kim@k.example>"))

    def queue(self, year, at):
        done = year.mailer("send", "k.md", "--yes", "--json", "--at", at)
        assert done.json["status"] == "queued", done
        return done.json["id"]

    def test_is_told_and_nobody_is_urged(self, year):
        assert [one["name"] for one in year.mailer("--json").json["due"]] == ["Kim Sato"]
        self.queue(year, "2026-12-01 09:10")
        for words in ((), ("due",), ("due", "kim"), ("people",)):
            shown = " ".join(year.mailer(*words).out.split())
            assert "a letter is queued for Tuesday 1 December, 09:10" in shown
            assert "follow-up" not in shown
            assert "due since" not in shown
        today = year.mailer("--json").json
        assert (today["due"], [one["name"] for one in today["queued"]]) == ([], ["Kim Sato"])
        (told,) = year.mailer("due", "--json").objects
        assert (told["state"], told["queued"], told["late_days"]) == ("waiting", "2026-12-01T09:10:00+01:00", 0)
        assert told["why"][0] == "a letter is queued for Tuesday 1 December, 09:10"
        assert "Queued (1)" in year.mailer().out
        assert "a letter is queued" in year.mailer("follow-up", "kim", "--no-edit").err

    def test_is_to_be_sent_once_its_time_has_come(self, year):
        self.queue(year, "2026-12-01 09:10")
        shown = " ".join(year.on("2026-12-02").mailer().out.split())
        assert "was queued for Tuesday 1 December, 09:10 waits to be sent mailer outbox send" in shown

    def test_that_was_let_go_urges_again(self, year):
        name = self.queue(year, "2026-12-01 09:10")
        assert year.mailer("outbox", "drop", name).code == 0
        assert "mailer follow-up kim" in year.mailer("due").out

    def test_that_was_sent_moves_the_date(self, year):
        self.queue(year, "2026-12-01 09:10")
        assert year.on("2026-12-02").mailer("outbox", "send").code == 0
        assert year.mailer("due", "kim", "--json").json["queued"] is None
        assert year.mailer("--json").json["queued"] == []

    def test_that_failed_for_now_is_to_be_sent_again(self, year):
        with Scripted({"mail": b"451 4.3.0 later\r\n"}) as server:
            assert year.mailer("send", "k.md", "--yes", **through(server)).code == 75
        for words in ((), ("due",)):
            shown = " ".join(year.mailer(*words).out.split())
            assert "a letter to them waits in the outbox, to be sent again" in shown
            assert "follow-up" not in shown

    def test_a_copy_of_it_urges_nobody_and_stops_nobody(self, year):
        assert year.mailer("people", "add", "lee@k.example", "--name", "Lee", *KIM[5:]).code == 0
        put(year.folder, "k.md", (year.folder / "k.md").read_text().replace("To:", "Cc: lee@k.example\nTo:"))
        self.queue(year, "2026-12-01 09:10")
        assert year.mailer("due", "lee", "--json").json["queued"] is None

    def test_of_many_the_screen_shows_some(self, year):
        rows = "".join(f"P{n},p{n}@k.example,2026-10-20,gracious-six,Co{n}\n" for n in range(30))
        put(year.folder, "p.csv", "name,email,refused-on,plan,company\n" + rows)
        assert year.mailer("people", "import", "p.csv", "--yes").code == 0
        put(year.folder, "b.md", "To: {{ name }} <{{ email }}>\nSubject: Hello\n\nHello {{ name }}.\n")
        assert year.mailer("send", "b.md", "--each", "p.csv", "--yes", "--limit", "20", "--at", "1 Dec 9:00").code == 0
        told = year.mailer("--json").json
        assert (len(told["due"]), len(told["queued"])) == (11, 20)
        assert "Write today (11)" in year.mailer().out
        assert "Queued (20)" in year.mailer().out
        assert "and 8 more: mailer outbox" in year.mailer().out


def test_reads_each_who_is_due_once(year, monkeypatch):
    from mailer.people import course_rows

    read, real = [], course_rows.seen
    monkeypatch.setattr(course_rows, "seen", lambda *given: (read.append(1) or one for one in real(*given)))
    rows = "".join(f"P{n},p{n}@k.example,2026-11-20,gracious-six,Co{n}\n" for n in range(20))
    put(year.folder, "p.csv", "name,email,refused-on,plan,company\n" + rows)
    assert year.mailer("people", "import", "p.csv", "--yes").code == 0
    read.clear()
    assert year.mailer("due").out.count("mailer follow-up") == 20
    assert len(read) == 20


def test_days_are_those_of_the_users_zone(tmp_path):
    with recording_server() as server:
        there = Year(tmp_path, server)
        there.settings["MAILER_TIMEZONE"] = "Pacific/Auckland"
        # Half past midnight on the 1st in Auckland, half past noon of the 30th here.
        there.now = datetime(2026, 11, 30, 11, 30, tzinfo=UTC)
        put(tmp_path, "r.md", LETTER)
        there.send("r.md")
        there.mailer("touch", "dana", "--by", "answer")
        assert there.mailer("log").out.split()[1] == "2026-12-01"
        shown = there.mailer("people", "show", "dana").out
        assert "2026-12-01 → t1 letter" in shown
        assert "since Tuesday 1 December" in shown
        assert "2026-12-01" in there.mailer("people").out
        assert "since Tuesday 1 December" in there.mailer().out
        # 28 days after that day, and not after the day that it was here.
        there.mailer("resume", "dana")
        put(tmp_path, "s.md", LETTER.replace("runner-up", "something-useful"))
        assert there.mailer("people", "show", "dana", "--json").json["last"] == "2026-11-30T11:30:00+00:00"
        there.mailer("send", "s.md", "--yes", "--at", "2026-12-29 09:00", "--allow", "repeat")
        assert "not before Tuesday 29 December, 09:00" in " ".join(there.mailer("outbox").out.split())
