"""``mailer due``: silence is told, and what to type fits the step."""

from __future__ import annotations

import pytest

from tests.kit.letters import LETTER
from tests.kit.world import put
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
