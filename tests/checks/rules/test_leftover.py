"""Placeholders: what is none in a link, and texts that are full of them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from mailer.checks.problem import Problem
from mailer.checks.runner import Checker
from mailer.checks.world import Known
from mailer.letters.letter import parse_letter
from mailer.letters.table import Row
from mailer.letters.template import built_in_folder, load
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.kit.checks import NOW, SENDER
from tests.kit.rows import each_row


def problems(body: str, kind: str = "text/plain", **values: str) -> list[Problem]:
    head = f"To: Dana Ruiz <dana@acme.example>\nSubject: Monday's meeting\nContent-Type: {kind}\n\nDear Dana,\n\n"
    letter = parse_letter(f"{head}{body}\n", None)
    row = Row(1, 2, "people.csv", values) if values else None
    rendered = compile_letter(letter, None, {}, Defaults(SENDER)).render(row)
    return list(Checker(letter, None, lambda _: Known(NOW)).problems(rendered, row))


def leftover(body: str, kind: str = "text/plain", **values: str) -> list[str]:
    return [problem.words for problem in problems(body, kind, **values) if problem.check == "leftover"]


@each_row("kind", ["text/plain", "text/markdown"])
@each_row(
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
    """Seconds of processor time."""
    start = time.process_time()
    problems(body, **values)
    return time.process_time() - start


def takes_the_time_of_its_length(body: Callable[[int], str], **values: Callable[[int], str]) -> bool:
    """Whether four times as many signs never take nine times as long; measured anew if something came between.

    A search of each place to the end would take sixteen times as long, every time.
    """
    little, much = ((body(size), {name: made(size) for name, made in values.items()}) for size in (SIZE, 4 * SIZE))
    return any(cost(much[0], **much[1]) < 9 * cost(little[0], **little[1]) + 0.05 for _ in range(3))


def full(unit: str, size: int) -> str:
    return "{% raw %}" + unit * (size // len(unit)) + "{% endraw %}"


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_a_text_full_of_them_takes_the_time_of_its_length(unit):
    found = problems(full(unit, SIZE))
    assert 0 < len([problem for problem in found if problem.check in ("leftover", "dates")]) <= 100
    assert takes_the_time_of_its_length(lambda size: full(unit, size))


def test_numbers_that_are_none_are_told_of_a_few():
    told = [problem for problem in problems("1. " * 3_000) if problem.check == "sender"]
    assert 0 < len(told) <= 20


def test_a_value_full_of_signs_takes_the_time_of_its_length():
    assert leftover("Hi {{ v }}, XX", v="{{" * SIZE) == ["XX"]
    assert takes_the_time_of_its_length(lambda _: "Hi {{ v }}", v=lambda size: "{{" * size)


HEAD = "To: Dana Ruiz <dana@acme.example>\nSubject: Monday's meeting\n\n"


def blocks(text: str, sets: dict[str, str] | None = None, **values: str) -> list[str]:
    """What ``leftover`` blocks in a letter of a template's or its own."""
    letter = parse_letter(text, None)
    template = load(letter.template, [built_in_folder()]) if letter.template else None
    row = Row(1, 2, "people.csv", values) if values else None
    rendered = compile_letter(letter, template, sets or {}, Defaults(SENDER)).render(row)
    found = Checker(letter, template, lambda _: Known(NOW), sets=sets).problems(rendered, row)
    return [problem.text for problem in found if (problem.check, problem.level) == ("leftover", "block")]


@pytest.mark.parametrize(
    "field",
    [
        "{{ job_title }}",
        "{{anything}}",
        "{% if x %}",
        "{company}",
        "{Job Title}",
        "{jobTitle}",
        "[[company]]",
        "<<name>>",
        "{{company",
    ],
)
class TestValuesThatHoldFields:
    def test_from_a_column(self, field):
        (said,) = blocks(f"{HEAD}At {{{{ company }}}} it was.\n", company=f"Acme {field}", job_title="x", name="y")
        assert said == f"the column 'company' holds {field}, which is not filled in"

    def test_from_an_option(self, field):
        (said,) = blocks(f"{HEAD}At {{{{ company }}}} it was.\n", {"company": field}, job_title="x", name="y")
        assert said == f"--set company holds {field}, which is not filled in"

    def test_from_a_header_of_a_template_letter(self, field):
        text = f"Template: runner-up\nTo: Dana Ruiz <dana@acme.example>\nCompany: Acme\nPosition: {field}\n\nWe met.\n"
        assert blocks(text, job_title="x", name="y") == [f"the header Position holds {field}, which is not filled in"]

    def test_as_a_subject(self, field):
        text = "To: dana@acme.example\n\nHello there.\n"
        (said,) = blocks(text, subject=f"About {field}", job_title="x", name="y", company="z")
        assert said == f"the column 'subject' holds {field}, which is not filled in"

    def test_as_a_name(self, field):
        if "<" in field or "[" in field:
            pytest.skip("no name may hold it unquoted")
        text = "Subject: Hello\n\nHello there.\n"
        (said,) = blocks(text, to=f'"{field}" <dana@acme.example>', job_title="x", name="y", company="z")
        assert said == f"the column 'to' holds {field}, which is not filled in"


@pytest.mark.parametrize("mark", ["*|FNAME|*", "*|LIST:COMPANY|*", "~Contact.FirstName~"])
def test_marks_that_markdown_takes_for_its_own(mark):
    (found,) = [each for each in problems(f"We hope {mark} is well.", "text/markdown") if each.check == "leftover"]
    assert found.level == "block"
    assert mark in found.text
    assert found.line == 7


@pytest.mark.parametrize(
    "value", ["[24]7.ai", "Data Engineer [remote]", "A*STAR", "{}", "{ }", "f(x) = {x | x > 1}", "<b>"]
)
def test_other_signs_in_values_are_meant(value):
    assert blocks(f"{HEAD}At {{{{ company }}}} it was.\n", company=value, remote="yes") == []


def test_a_column_that_nothing_prints_may_hold_what_it_will():
    assert blocks(f"{HEAD}At {{{{ company }}}} it was.\n", company="Acme", note="{{ x }}") == []


def test_a_columns_name_in_braces_in_the_body():
    assert blocks(f"{HEAD}At {{produkt}} it was, `{{produkt}}`.\n", produkt="x") == [
        "the placeholder {produkt} is still there"
    ]


def test_prose_from_a_column_says_so():
    text = "Template: runner-up\nTo: Dana Ruiz <dana@acme.example>\nCompany: Acme\nPosition: x\n"
    assert blocks(text, prose="We met at {{ company }}.") == [
        "the placeholder {{ company }} is still there (column 'prose')"
    ]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("I met Dana  Ruiz at  Acme and it was good.", 1),
        ("I met  Dana\nand her  team there.", 2),
        ("Tea  two\nMilk one", 1),
        ("Tea   two\nMilk  one", 0),
        ("Tea   two   four\nMilk  one   nine", 0),
        ("First.  Second.", 0),
    ],
)
def test_doubled_blanks_are_judged_line_by_line(body, count):
    found = [problem for problem in problems(body) if "two blanks" in problem.text]
    assert len(found) == count


@each_row(
    ("body", "words"),
    [
        ("I spoke with @name@ about it.", ["@name@"]),
        ("I spoke with ((first name)) about it.", ["((first name))"]),
        ("I spoke with !company! about it.", ["!company!"]),
        ("There were [TK] of them? No: [TBD].", ["[TK]", "[TBD]"]),
        ("See you on DD/MM/YYYY at noon.", ["DD/MM/YYYY"]),
        ("Bis zum TT.MM.JJJJ also.", ["TT.MM.JJJJ"]),
        ("Je viens le JJ/MM/AAAA.", ["JJ/MM/AAAA"]),
        ("I met your colleague at ???, and liked it.", ["???"]),
        ("The ??? role is what I want.", ["???"]),
    ],
)
def test_blanks_that_people_leave_block(body, words):
    found = [(p.level, p.words) for p in problems(body) if p.check == "leftover"]
    assert found == [("block", each) for each in words]


@each_row(
    "body",
    [
        "Write to name@acme.example or jo@name@work, as @dana said to @name.",
        "Follow @media@ and @dana@.",
        "It works ((see above)) and ((a + b) * c).",
        "Hello! Name! Company! What a day!",
        "Great!name!",
        "The TK chip, TKTK-12 aside, and list[tk] or (tk).",
        "Dates are written as DD/MM/YYYY here.",
        "The ISO format is YYYY-MM-DD.",
        "They print “DD/MM/YYYY” on the label.",
        "Use `DD/MM/YYYY` for it.",
        "Really??? I had no idea.",
        "Vraiment ??? Oui.",
        "What did you say ???",
    ],
)
def test_what_looks_like_such_a_blank_and_is_none(body):
    assert [problem for problem in problems(body) if problem.check == "leftover"] == []


@pytest.mark.parametrize(
    ("body", "words"), [("Dear colleague.\n\n???\n\nMore.", "???"), ("Deadline DD/MM/YYYY, Friday.", "DD/MM/YYYY")]
)
def test_what_may_be_a_blank_or_be_meant_warns(body, words):
    assert [(p.level, p.words) for p in problems(body) if p.check == "leftover"] == [("warn", words)]


def test_blanks_in_the_subject():
    letter = parse_letter("To: Dana <dana@acme.example>\nSubject: Our call on DD/MM/YYYY, @name@\n\nHello.\n", None)
    rendered = compile_letter(letter, None, {}, Defaults(SENDER)).render(None)
    found = Checker(letter, None, lambda _: Known(NOW)).problems(rendered)
    assert [(p.level, p.words) for p in found if p.check == "leftover"] == [
        ("block", "@name@"),
        ("block", "DD/MM/YYYY"),
    ]
