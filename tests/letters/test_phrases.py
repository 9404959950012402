"""The words that a new letter holds in place of the person's own."""

from __future__ import annotations

from pathlib import Path

from mailer.letters import phrases

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_every_letter_of_ours_says_what_the_own_words_are_about():
    about = {name: phrases.example_prose(name) for name in {path.name.split(".")[0] for path in TEMPLATES.glob("*.md")}}
    assert len(set(about.values())) == len(about) - 1  # an afternoon with them, before and after the answer
    assert "of use to them" in about["something-useful"]
    assert phrases.example_prose("one-of-mine") == about["runner-up"]
