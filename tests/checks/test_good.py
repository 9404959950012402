"""No block, and no warning, for good letters as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.checks.problem import Problem
from mailer.checks.runner import Checker
from mailer.checks.world import Known
from mailer.letters.letter import parse_letter
from mailer.letters.template import parse
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.checks.good import LETTERS, TEMPLATES
from tests.kit.checks import NOW, SENDER, pdf


def letters() -> Iterator[tuple[str, str, str]]:
    """Language, name and text of each."""
    for language, text in LETTERS.items():
        for part in text.split("\n=== ")[1:]:
            name, _, letter = part.partition("\n")
            yield language, name, letter


ALL = list(letters())


def told(language: str, name: str, text: str, folder: Path) -> list[Problem]:
    """What the checks find; the template is known by the letter alone."""
    for attached in re.findall(r"(?m)^Attach: (.*)$", text):
        (folder / attached).write_bytes(pdf())
    letter = parse_letter(f"Template: good\n{text}" if "(template)" in name else text, folder / "letter.md")
    template = parse(TEMPLATES[language], "good", "good.md") if letter.template else None
    rendered = compile_letter(letter, template, {}, Defaults(SENDER, "", "", folder)).render()
    return list(Checker(letter, template, lambda _: Known(NOW)).problems(rendered))


def test_there_are_enough():
    for language in LETTERS:
        names = [name for each, name, _ in ALL if each == language]
        assert len(names) == 10
        assert sum("(template)" in name for name in names) == 5


@pytest.mark.parametrize(("language", "name", "text"), ALL, ids=lambda value: str(value)[:40].partition("\n")[0])
def test_good_letters(language, name, text, tmp_path):
    assert told(language, name, text, tmp_path) == []


SLIPS = [
    ("greeting", lambda text: re.sub(r"(?m)^Greeting: .*$", "Greeting: Dear Walter", text)),
    ("leftover", lambda text: f"{text.rstrip()} Merci, [Company].\n"),
    ("leftover", lambda text: f"{text.rstrip()} %recipient.name%\n"),
]


@pytest.mark.parametrize(("check", "spoil"), SLIPS)
@pytest.mark.parametrize(("language", "name", "text"), [each for each in ALL if "Greeting:" in each[2]])
def test_they_are_told_of_once_spoilt(language, name, text, check, spoil, tmp_path):
    assert [p.check for p in told(language, name, spoil(text), tmp_path) if p.level == "block"] == [check]


@pytest.mark.parametrize(("language", "name", "text"), [each for each in ALL if "Attach:" in each[2]])
def test_what_they_attach_is_missed(language, name, text, tmp_path):
    without = re.sub(r"(?m)^Attach: .*\n", "", text)
    assert [p.check for p in told(language, name, without, tmp_path) if p.level == "block"] == ["attachment"]
