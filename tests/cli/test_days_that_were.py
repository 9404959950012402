"""Days that were: a no, a touch, or a search since one that has not come yet is refused, and the day is named."""

from __future__ import annotations

from datetime import date

import pytest

from mailer.errors import BadData
from mailer.people import card
from tests.people.people_kit import World

TODAY = date(2026, 11, 30)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.run("people", "add", "dana@acme.example", "--name", "Dana Ruiz")
    return world


@pytest.mark.parametrize("day", ["tomorrow", "2026-12-01", "+1d", "1 Dec 2026", "3w"])
@pytest.mark.parametrize(
    "words",
    [
        ("people", "add", "lee@acme.example", "--refused-on"),
        ("touch", "dana", "--by", "call", "--on"),
        ("sync", "--since"),
    ],
)
def test_a_day_that_has_not_come_yet(world, words, day):
    done = world.run(*words, day, code=65)
    assert f"'{day}' has not come yet: it is " in done.err
    assert words[-1] in done.err
    assert " 2026" in done.err
    assert [one["id"] for one in world.json("people")] == ["p1"]
    assert world.json("people", "show", "dana")[0]["timeline"] == []


@pytest.mark.parametrize(
    ("day", "found"), [("today", "2026-11-30"), ("yesterday", "2026-11-29"), ("1 Dec", "2025-12-01")]
)
def test_a_day_that_was(world, day, found):
    world.run("people", "add", "lee@acme.example", "--refused-on", day)
    assert world.json("people", "export")[-1]["refused_on"] == found


def test_a_card():
    def read(day):
        return card.read(f"Name: Dana\nRefused-On: {day}\n", TODAY, lambda _name: True)

    assert read("today").refused_on == TODAY
    with pytest.raises(BadData, match="has not come yet: it is Tuesday 1 December 2026") as caught:
        read("2026-12-01")
    assert caught.value.field == "Refused-On"


def test_the_next_date_may_lie_ahead():
    assert card.read("Name: Dana\nNext: 2026-12-01\n", TODAY, lambda _name: True).next == date(2026, 12, 1)
