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


SIZE = 30_000
FULL = {
    "percent": "%A" * (SIZE // 2),
    "capitals": "XX " * (SIZE // 3),
    "to do": "TODO\n" * (SIZE // 5),
    "lorem": "lorem ipsum " * (SIZE // 12),
    "square": "[Name] " * (SIZE // 7),
    "double braces": "{% raw %}" + "{{ a }}" * (SIZE // 7) + "{% endraw %}",
    "open braces": "{% raw %}" + "{{" * (SIZE // 2) + "{% endraw %}",
    "open blocks": "{% raw %}" + "{% a " * (SIZE // 2) + "{% endraw %}",
    "dates": "Monday 12 May " * (SIZE // 14),
}


@pytest.mark.parametrize("name", FULL)
def test_a_text_full_of_them_takes_little_time(name):
    start = time.process_time()
    found = problems(FULL[name])
    assert time.process_time() - start < 4
    assert 0 < len([problem for problem in found if problem.check in ("leftover", "dates")]) <= 100


def test_a_value_full_of_signs_takes_little_time():
    start = time.process_time()
    assert leftover("Hi {{ v }}, XX", v="{{" * SIZE) == ["XX"]
    assert time.process_time() - start < 4
