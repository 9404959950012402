"""What Markdown would swallow is told with its line, and the hint keeps it."""

import re
import time

import pytest

from mailer.checks.runner import Checker
from mailer.checks.swallowed import findings
from mailer.checks.world import Known
from mailer.letters.letter import parse_letter
from mailer.letters.table import Row
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.conftest import html_text
from tests.kit.checks import NOW, PROSE, SENDER, lone, problems, work
from tests.kit.rows import each_row

SWALLOWED = [
    ("1986. A great year.", "1986.", r"1986\. A great year."),
    ("3. Oktober ist mein erster Tag.", "3.", r"3\. Oktober ist mein erster Tag."),
    ("1. one\n3. three", "3.", "1\\. one\n\n3\\. three"),
    ("+ 5 % growth", "+ 5 % growth", r"\+ 5 % growth"),
    ("* subject to change", "* subject to change", r"\* subject to change"),
    ("# 1 in sales", "# 1 in sales", r"\# 1 in sales"),
    ("> 5 years of it", "> 5 years of it", r"\> 5 years of it"),
    ("Robin Vale\n---", "---", None),
    ("Robin Vale of Berlin\n===", "===", "Robin Vale of Berlin\n\n==="),
    ("one\ntwo\nthree\n-----", "-----", None),
    ("    Indented prose is what some people write.", "Indented prose is what some people write.", None),
    ("\tIndented prose is what some people write.", "Indented prose is what some people write.", None),
    (r"it is in C:\_tmp\x", r"C:\_tmp\x", None),
    (r"it is on \\server\share", r"\\server\share", None),
    ("[a](my file.pdf)", "[a](my file.pdf)", None),
    ("call __init__ first", "__init__", None),
    ("[note]: see-below", "[note]: see-below", r"\[note]: see-below"),
    ("~~~~~~~\nand all the rest", "~~~~~~~", None),
    ("```\nx = 1", "```", None),
    ("![](https://a.example/x.png)", "![](", None),
    ("see <b>this</b>", "<b>", None),
    ("a<br>b", "<br>", None),
    ('<font color="red">x</font>', '<font color="red">', None),
    ("a <!-- b --> c", "<!--", None),
    ("short line\ngoes on", "short line", "short line  \ngoes on"),
]
INNOCENT = [
    PROSE,
    "1. one\n2. two\n3. three",
    "1. one\n1. two\n1. three",
    "1. only one",
    "- one\n- two",
    "- only one",
    "* one\n* two",
    "+ one\n+ two",
    "Title\n=====",
    "A title\n-------",
    "# Title",
    "## 2026",
    "> what you wrote\n\nyes",
    "    x = f(1);\n    return x",
    "```\nx = 1\n```",
    "~~~\nx\n~~~~",
    "`C:\\_tmp` and `<b>` and `__init__`",
    "a\\*b \\# \\_x\\_",
    "the <b> element, <angle>, 1 < 2",
    "see [a][r]\n\n[r]: https://a.example",
    "[//]: # (a comment)",
    "Kind regards,\nRobin Vale",
    "Acme Robotics\nBerlin",
    "The afternoon with the test-bench team stayed with me, above all how they\nfind a bad sensor before the customer.",
    "I was glad.\nThank you.",
    "a  \nb",
    "a\\\nb",
    "***\n\nb",
    "| a | b |\n|---|---|\n| c | d |",
    "5*3*2, a_b_c, ~/bin, C:\\new, #1, snake_case, 50 % + 10 %",
    "Hi {{ first_name }} {% if x %}*a*{% endif %}",
]


def markdown(body: str):
    return lone("x", body=f"Hello Dana,\n\n{body}", content_type="text/markdown")


@pytest.mark.parametrize(("source", "words", "kept"), SWALLOWED)
def test_what_is_swallowed_is_told_with_its_line(source, words, kept, tmp_path):
    told = [p for p in problems(markdown(source), tmp_path) if p.check == "format" and p.level == "warn"]
    (found,) = told
    assert found.words == words
    assert found.line == 8 + source[: source.index(words)].count("\n")
    assert found.hint


@pytest.mark.parametrize(("source", "words", "kept"), [entry for entry in SWALLOWED if entry[2]])
def test_the_form_that_is_given_keeps_it(source, words, kept, tmp_path):
    assert not [p for p in problems(markdown(kept), tmp_path) if p.check == "format" and p.level == "warn"]
    letter = parse_letter(markdown(kept).text, None)
    rendered = compile_letter(letter, None, {}, Defaults(SENDER)).render()
    assert re.sub(r"\s+", " ", source) in re.sub(r"\s+", " ", rendered.text)
    assert re.sub(r"\s+", " ", source) in re.sub(r"\s+", " ", html_text(rendered.html))


@each_row("source", INNOCENT)
def test_what_was_meant_as_markdown_is_innocent(source):
    assert findings(source) == ()


def test_of_prose_in_a_template_the_letters_line_is_told(tmp_path):
    (found,) = [p for p in problems(work("x", prose=f"{PROSE}\n\n1986. A year."), tmp_path) if p.check == "format"]
    assert (found.line, found.words) == (9, "1986.")


def checked(body: str, kind: str, **values: str):
    head = "From: Jo Novak <jo@novak.example>\nSubject: News\nTo: Dana Ruiz <d@a.example>\n"
    letter = parse_letter(f"{head}Content-Type: text/{kind}\n\nHello,\n\n{body}\n", None)
    rendered = compile_letter(letter, None, {}, Defaults(SENDER)).render(Row(1, 2, "x.csv", values))
    return [p for p in Checker(letter, None, lambda _: Known(NOW)).problems(rendered) if p.check == "format"]


@each_row(
    "value",
    [
        "**x**",
        "a *b* c",
        "__x y__",
        "~~x~~",
        "[a](https://a.example)",
        "<b>x</b>",
        "a<br>b",
        "R&amp;D",
        "&#8364;",
        "<!--",
    ],
)
@each_row("kind", ["markdown", "html"])
def test_markup_in_a_value_warns(value, kind):
    (found,) = checked("so {{ what }} and {{ what }} it is.", kind, what=value)
    assert (found.level, found.field) == ("warn", "what")
    assert "arrives as typed" in found.text
    assert not checked("so {{ what }} it is.", "plain", what=value)


@each_row("value", ["A*STAR", "[24]7.ai", "R&D", "a_b_c", "5 * 3 * 2", "<3", "C*", "* x", "a < b > c", "~x"])
@each_row("kind", ["markdown", "html"])
def test_signs_in_a_value_are_innocent(value, kind):
    assert checked("so {{ what }} it is.", kind, what=value) == []


@pytest.mark.parametrize(
    "piece",
    ["[a](b ", "`", "<b ", "__init__ ", "C:\\_", "1. a\n3. b\n\n", "a\nB\n", "[a]: b\n", "    a b c d\n\n", "{{ "],
)
def test_hostile_prose_takes_time_by_its_length(piece):
    source = piece * (20_000 // len(piece))
    start = time.process_time()
    findings(source)
    assert time.process_time() - start < 4
