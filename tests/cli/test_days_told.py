"""Days and times that are told are those of the user's zone, wherever the machine is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.kit.letters import LETTER
from tests.kit.world import World, put, through
from tests.kit.year import Year

# 11:30 the next day in Auckland, 12:30 of that day in Honolulu.
LATE = datetime(2026, 5, 12, 22, 30, tzinfo=UTC)


@pytest.fixture(autouse=True, params=["UTC", "Pacific/Kiritimati"])
def machine(request, monkeypatch):
    """The zone of the machine counts for nobody who has set one."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("zone", "day"), [("Pacific/Auckland", "13 May"), ("Pacific/Honolulu", "12 May")])
class TestDays:
    def test_of_a_letter_with_other_words(self, tmp_path, server, zone, day):
        world = World(tmp_path, now=LATE, MAILER_TIMEZONE=zone).with_letter()
        assert world.send(server).code == 0
        put(tmp_path, "l.md", (tmp_path / "l.md").read_text() + "\nMore.\n")
        assert f"sent on {day}" in world.send(server).json["error"]["text"]
        assert f"sent on {day}" in world.mailer("send", "l.md", "--yes", **through(server)).err

    def test_of_one_that_waits(self, tmp_path, zone, day):
        world = World(tmp_path, now=LATE, MAILER_TIMEZONE=zone).with_letter()
        assert world.mailer("send", "l.md", "--yes", "--queue", MAILER_SMTP_HOST="127.0.0.1").code == 0
        assert f"since {day}" in world.mailer("outbox").out

    def test_of_an_answer_that_holds_a_queued_letter(self, tmp_path, server, zone, day):
        year = Year(tmp_path, server)
        year.settings["MAILER_TIMEZONE"] = zone
        put(tmp_path, "r.md", LETTER)
        year.send("r.md")
        own = LETTER.replace("Template: runner-up", "From: Jo <jo@novak.example>\nSubject: Hi").split("Company")[0]
        put(tmp_path, "f.md", own + "\nHello.\n")
        year.now = LATE.replace(year=year.now.year + 1) - timedelta(minutes=9)
        assert year.mailer("send", "f.md", "--yes", "--queue").code == 0
        year.now += timedelta(minutes=9)
        assert year.mailer("touch", "dana", "--by", "answer").code == 0
        year.now += timedelta(minutes=9)
        assert f"answered on {day}: " in year.mailer("outbox", "send", "--json").json["error"]["text"]
