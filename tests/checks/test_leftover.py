"""Placeholders: what is none in a link, and texts that are full of them."""

from __future__ import annotations

import time

import pytest

from mailer.batch import Row
from mailer.checks import Problem
from mailer.checks.case import Known
from mailer.checks.engine import Checker
from mailer.letter import parse_letter
from mailer.render import Defaults, compile_letter
from tests.checks.kit import NOW, SENDER


def problems(body: str, kind: str = "text/plain", **values: str) -> list[Problem]:
    head = f"To: Dana Ruiz <dana@acme.example>\nSubject: Monday's meeting\nContent-Type: {kind}\n\nDear Dana,\n\n"
    letter = parse_letter(f"{head}{body}\n", None)
    row = Row(1, 2, "people.csv", values) if values else None
    rendered = compile_letter(letter, None, {}, Defaults(SENDER)).render(row)
    return list(Checker(letter, None, lambda _: Known(NOW)).problems(rendered, row))


def leftover(body: str, kind: str = "text/plain", **values: str) -> list[str]:
    return [problem.words for problem in problems(body, kind, **values) if problem.check == "leftover"]


@pytest.mark.parametrize("kind", ["text/plain", "text/markdown"])
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("See https://de.wikipedia.org/wiki/B%C3%BCcher for it.", []),
        ("See https://de.wikipedia.org/wiki/B%c3%bccher for it.", []),
        ("See https://ja.wikipedia.org/wiki/%E6%97%A5%E6%9C%AC for it.", []),
        ("See <https://a.example/?q=%C3%A9t%C3%A9%20x> for it.", []),
        ("Dear %FNAME%, hello.", ["%FNAME%"]),
        ("See https://a.example/%FNAME%/x for it.", ["%FNAME%"]),
        ("See https://a.example/B%C3%BCcher/%FNAME% for it.", ["%FNAME%"]),
    ],
)
def test_a_percent_encoded_address_is_no_placeholder(body, kind, words):
    assert leftover(body, kind) == words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{% raw %}{{ a }} {% if b %} {{ c {{ d }}{% endraw %}", ["{{ a }}", "{% if b %}", "{{ d }}", "{{"]),
        ("XX and the TODO list, then TODO", ["XX", "TODO"]),
        ("of the lorem ipsum, then lorem ipsum", ["lorem ipsum"]),
        ("[Name] [Name]", ["[Name]", "[Name]"]),
    ],
)
def test_each_is_told_once(body, words):
    assert sorted(leftover(body)) == sorted(words)


SIZE = 8_000
UNITS = {
    "percent": "%A",
    "capitals": "XX ",
    "to do": "TODO\n",
    "lorem": "lorem ipsum ",
    "square": "[Name] ",
    "double braces": "{{ a }}",
    "open braces": "{{",
    "open blocks": "{% a ",
    "dates": "Monday 12 May ",
}


def cost(body: str, **values: str) -> float:
    """Seconds of processor time, the least of two."""
    taken = []
    for _ in range(2):
        start = time.process_time()
        problems(body, **values)
        taken.append(time.process_time() - start)
    return min(taken)


def full(unit: str, size: int) -> str:
    return "{% raw %}" + unit * (size // len(unit)) + "{% endraw %}"


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_a_text_full_of_them_takes_the_time_of_its_length(unit):
    found = problems(full(unit, SIZE))
    assert 0 < len([problem for problem in found if problem.check in ("leftover", "dates")]) <= 100
    # Four times the text: a search of each place to the end would take sixteen times as long.
    assert cost(full(unit, 4 * SIZE)) < 9 * cost(full(unit, SIZE)) + 0.05


def test_numbers_that_are_none_are_told_of_a_few():
    told = [problem for problem in problems("1. " * 3_000) if problem.check == "sender"]
    assert 0 < len(told) <= 20


def test_a_value_full_of_signs_takes_the_time_of_its_length():
    assert leftover("Hi {{ v }}, XX", v="{{" * SIZE) == ["XX"]
    assert cost("Hi {{ v }}", v="{{" * 4 * SIZE) < 9 * cost("Hi {{ v }}", v="{{" * SIZE) + 0.05
