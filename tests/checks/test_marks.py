"""What other programs put for a field, signs that no font shows, and what only looks like either."""

from __future__ import annotations

import pytest

from mailer.checks.problem import Problem
from tests.checks.rules.test_leftover import full, leftover, takes_the_time_of_its_length
from tests.kit.checks import lone, problems, work
from tests.kit.rows import each_row

MARKS = [
    "Hi {FirstName|fallback=there},",
    "Hi {contactfield=firstname|there}, x",
    "Hi {contactfield=x}",
    "Dear %recipient.name%,",
    "Dear {!Contact.Name},",
    "Dear {!firstname_fix},",
    "«AddressBlock»\n\nx",
    "Dear «First_Name»,",
    "Hi [[first]],",
    'Hi [[FIRSTNAME OR "Friend"]],',
    "Hi *|FNAME|*,",
    "*|IF:FNAME|* x",
    "Hi {{contact.first}},",
    "Hi %%name%%,",
    "%%=v(@x)=%% x",
    "Hi $name$,",
    "Hi $first_name$, x",
    "Hi $[FNAME|Customer]$,",
    "Hi <<Name>>,",
    "Hi <<First Name>>,",
    "Dear [Your Name]",
    "Hi {0},",
    "Dear Mr. {1},",
    "thank you for the day at {1}.",
    "Dear %s,",
    "it was %s who said so",
    "Dear %1$s,",
    "Hi [firstname,fallback=there],",
    "Hi [fullname,fallback=],",
    "Hi #firstname#,",
    "Hi ##name##,",
    "Hi ~~NAME~~,",
    "Hi ~Contact.FirstName~,",
    "Hi @@name@@, x",
    "Hi -firstName-,",
    "Hi -FNAME-,",
    "Hi <%= name %>,",
    "Hi <?= $name ?>,",
    "Hi {$name},",
    "Hi #{name},",
    "{ MERGEFIELD FirstName }",
    "{Hi|Hello|Hey} Dana,",
    "Dear null,",
    "Hello undefined,",
    "Dear None,",
    "Dear ____,",
    "Dear ...,",
    "Dear First Name,",
    "Hello name,",
    "Sehr geehrte Frau Nachname,",
    "Bonjour prénom,",
    "Hola nombre:",
    "Hi [% name %],",
    "Hi %(name)s, x",
    "Hi {subtag:name|part:first},",
    "Hi {user:name},",
    "Hi [contact.first_name],",
    "Hi %FIRSTNAME%,",
    "Hi {first_name},",
    "Dear @Model.FirstName,",
    "Hi {recipient.first_name|there},",
    "Hi ${name},",
    "Dear nan,",
    "Hi {FNAME|there},",
    "Hi [subscriber:firstname | default:reader],",
    "Hi %contact_name%,",
    "Hi {{#if name}}x{{/if}}",
    "Dear {{FIRST_NAME}}!",
]
NO_MARKS = [
    "see [1], [2] and [sic]",
    "std::vector<name> and Map<String, Name> and List<Company>",
    "std::cout << name << std::endl and 1 << 3 >> 1",
    "sales are up 5% to 10%, 100% sure",
    "50 %de rabais",
    "a discount of 20 %",
    "il a dit «bonjour» et « nom », «Le Monde» aussi",
    "der Titel «Stelle und Ort» ist gut",
    "the set {x | x > 0} and {1, 2, 3}, {0} and {n}, {a, b}",
    "{name | name begins with A}",
    "the kernel is {0}",
    "`{FirstName|x}` and `%s` and `{0}`",
    "#hiring #name #company",
    "C# and F# and ##",
    "US$ 5 and $10 or A$12",
    "~5 km and ~ name ~",
    "write to @dana or dana@acme.example",
    "a well -known thing, first-name-basis, a - name - b",
    "x -name- y",
    "https://a.example/%7Ename%7E/x",
    "https://a.example/?a=%22first.name%22",
    "https://a.example/~dana/name~x",
    "[link](https://a.example)",
    "[[1, 2], [3, 4]]",
    "Dear all,",
    "Hello there,",
    "Hi both,",
    "Dear Nan Goldin,",
    "Hello Nomi,",
    "Dear Nanette,",
    "Dear Noname Smith,",
    "It costs 10 % d'intérêt",
    'printf("%s") prints it',
    'an "%s" format',
    "the {json|xml} endpoint",
    "{GET|POST}",
    "[acme-dev] release",
    "5 * 3 | 2 * 4",
    "a | b | c",
    "| Name | Date |\n|---|---|\n| a | b |",
    "emoji 😀 and 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Nothing... and then",
    "Hello... is it me?",
    "[x] done, [ ] open",
    "(name) and (date)",
    "100%% and 50%% of it",
    "two %-signs",
    "{x: 1}",
    "<title> tag",
    "email me @ work @ home",
    "R2-D2 -- and C-3PO --",
    "-v and -x flags",
    "--name-- x",
]
UNITS = (
    "{a|",
    "{a",
    "[[a ",
    "%a.b",
    "%%a ",
    "#name",
    "~a",
    "<<a ",
    "$a$",
    "$[a",
    "-a",
    "@{",
    "<%a ",
    "*|a",
    "Dear null,\n",
)


def raw(body: str) -> str:
    return "{% raw %}" + body + "{% endraw %}"


@pytest.mark.parametrize("body", MARKS)
def test_marks_of_other_programs_block(body, tmp_path):
    told = problems(lone("x", body=raw(body)), tmp_path)
    assert "block" in [problem.level for problem in told if problem.check == "leftover"]


@each_row("kind", ["text/plain", "text/markdown"])
@each_row("body", NO_MARKS)
def test_what_looks_like_one_is_innocent(body, kind):
    assert leftover(raw(body), kind) == []


@pytest.mark.parametrize("unit", UNITS)
def test_a_text_full_of_signs_takes_the_time_of_its_length(unit):
    assert takes_the_time_of_its_length(lambda size: full(unit, size))


def test_marks_in_subject_and_name(tmp_path):
    for header in ({"subject": "For %recipient.name%"}, {"to": '"*|FNAME|* Ruiz" <dana@acme.example>'}):
        told = problems(lone("x", body="See you on Monday.", **header), tmp_path)
        assert [(problem.check, problem.level) for problem in told] == [("leftover", "block")]


CODE = [
    ("work", "I fixed the `{{ title }}` and the `TODO` in `[Company]`."),
    (
        "text/plain",
        "I fixed the `{% raw %}{{ title }}{% endraw %}` and a `TODO`.\n\n```\nHi [Company], TODO\n```\n\n~~~\nXX\n~~~",
    ),
    ("text/markdown", "I fixed the `{% raw %}{{ title }}{% endraw %}` and a `TODO`.\n\n```\nHi [Company], TODO\n```"),
    ("text/html", "<p>I fixed <code>TODO</code> of <code>[Company]</code></p><pre>Hi [Name]</pre><kbd>%s</kbd>"),
]


def of_kind(kind: str, body: str, folder) -> list[Problem]:
    sample = work("x", prose=body) if kind == "work" else lone("x", body=body, content_type=kind)
    return [problem for problem in problems(sample, folder) if problem.check == "leftover"]


@pytest.mark.parametrize(("kind", "body"), CODE)
def test_code_is_innocent(kind, body, tmp_path):
    assert of_kind(kind, body, tmp_path) == []


@pytest.mark.parametrize(("kind", "body"), CODE)
def test_what_stands_in_code_and_beside_it_is_told(kind, body, tmp_path):
    assert of_kind(kind, f"{body}\n\n{'<p>' if kind == 'text/html' else ''}TODO: thank [Company].", tmp_path)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("a \uf0b7 point", "\uf0b7"),
        ("so\x0bthat", "so\x0bthat"),
        ("a wo\xadrd", "wo\xadrd"),
        ("smile \uf04a", "\uf04a"),
        ("it\x92s", "it\x92s"),
        ("an \ufffc here", "\ufffc"),
    ],
)
def test_signs_that_show_as_boxes_warn_with_their_line(body, words, tmp_path):
    (told,) = problems(lone("x", body=f"Hello Dana,\n\n{body}, twice: {body}.\n\nJo"), tmp_path)
    assert (told.check, told.level, told.words.rstrip(",."), told.line) == ("leftover", "warn", words, 7)


@pytest.mark.parametrize(
    "body", ["😀 and 👩\u200d💻", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "a\u00a0b, c\u202fd", "日本語", "a\tb"]
)
def test_signs_that_fonts_show_are_innocent(body):
    assert leftover(body) == []


def test_a_sign_in_the_subject_warns(tmp_path):
    (told,) = problems(lone("x", body="See you on Monday.", subject="Thank\xadyou"), tmp_path)
    assert (told.check, told.level, told.where, told.line) == ("leftover", "warn", "subject", 3)
