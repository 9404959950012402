"""Letters rendered: values are text and nothing else, wherever they stand; where they come from; what is refused."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailer.errors import BadData, BadSettings, MailerError, Unreadable
from mailer.message.address import parse_mailbox
from mailer.render.compile import Defaults
from mailer.render.program import compile_letter
from tests.conftest import (
    SENDER,
    examples,
    hrefs,
    html_text,
    make_letter,
    make_rendered,
    make_row,
    make_template,
    read_html,
)
from tests.kit.rows import each_row

HEAD = "To: Dana Ruiz <dana@acme.example>\nSubject: {s}\nContent-Type: {kind}\n"
MARKDOWN = HEAD.format(s="Hello", kind="text/markdown")
TEMPLATE = "Subject: About {{ company }}\nField: company — the company\nField: note? — a note\n\n"
TEMPLATED = "Template: hello\nTo: Dana Ruiz <dana@acme.example>\nCompany: Acme\n"
NASTY = [
    "A*STAR",
    "[24]7.ai",
    "<b>bold</b>",
    "{{ x }}",
    "{% if %}",
    "{# c #}",
    "a_b_c",
    "**x**",
    "`x`",
    "# x",
    "1. x",
    "- x",
    "> x",
    "---",
    "===",
    "&amp;",
    "&#56;",
    "\\",
    "\\*",
    "x\\",
    "$&",
    "\\1",
    "![a](b)",
    "[a]: http://b.example",
    "<http://a.example>",
    "http://a.example",
    "813196600",
    "8131966007000000",
    "0000008",
    "'\"",
    "<!--",
    "-->",
    "%00",
    "Null",
    "NO",
    "007",
    "1.10",
    "=?utf-8?B?SGFja2Vk?=",
    "Ωμέγα",
    "💩",
    "e\u0301",
    "عمر",
    "~~x~~",
    "| a | b |",
    "&lt;",
    "{",
    "}}",
    "{{",
    "%}",
    "x{{",
    "-- >8 --",
    "From x",
    ".",
    "\\n",
]

HEADER_TEXT = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs"],
        exclude_characters="\u2028\u2029\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    ),
    min_size=1,
    max_size=30,
)
BODY_TEXT = st.text(
    st.one_of(st.characters(exclude_categories=["Cc", "Cs"]), st.sampled_from(list("\n\t*_[]<>&`{}%#\\!8079-"))),
    min_size=1,
    max_size=30,
)


def visible(text: str) -> bool:
    return bool(text.strip())


def untrailed(text: str) -> str:
    """Flowed text ends no line in a space or TAB."""
    return "\n".join(line.rstrip(" \t") for line in text.split("\n"))


# -- a value is text ------------------------------------------------------------------------------------------------


@examples(120)
@given(HEADER_TEXT.filter(visible))
@example("\u00a0x\u00a0")
@example("é =?utf-8?q?a?=")
def test_any_text_arrives_in_the_subject(value):
    rendered = make_rendered("To: d@acme.example\nSubject: a {{ x }} z\n\n.", row={"x": value})
    assert rendered.subject == f"a {value} z"
    span = rendered.spans[0]
    assert rendered.subject[span.start : span.end] == value


@examples(150)
@given(BODY_TEXT.filter(visible), st.sampled_from(["", "9", "8", "0", "a", "é", "!"]))
@example("*", "8")
@example("x\ny", "0")
def test_any_text_arrives_in_both_parts(value, beside):
    text = f"{MARKDOWN}\nfirst.\n\n|{beside}{{{{ x }}}}{beside}|\n\n`{{{{ x }}}}`\n"
    rendered = make_rendered(text, row={"x": value})
    _, marked, code = rendered.text.split("\n\n", 2) if "\n\n" not in value else (None, None, None)
    if marked is not None:
        assert marked == untrailed(f"|{beside}{value}{beside}|")
        assert code.removesuffix("\n") == untrailed(value)
    words = html_text(rendered.html)
    assert f"|{beside}{value}{beside}|" in words.replace("\n\n", "\n") or "\n" in value
    for found in (span for span in rendered.spans if span.where == "text"):
        assert rendered.text[found.start : found.end] in (value, untrailed(value), value.rstrip())


@each_row(
    "source",
    [
        "{{ x }}",
        "a {{ x }} b",
        "# {{ x }}",
        "- {{ x }}",
        "1. {{ x }}",
        "> {{ x }}",
        "**{{ x }}**",
        "*{{ x }}*",
        "[{{ x }}](https://a.example)",
        "`{{ x }}`",
        "```\n{{ x }}\n```",
        "    {{ x }}",
        "8131966{{ x }}0000",
        "{{ x }}{{ x }}",
        "{{ x }}\n===",
        "a\n{{ x }}\nb",
        "{% set m %}{{ x }}{% endset %}{{ m }}",
        "{{ x ~ '' }}",
        "{% macro f(v) %}*{{ v }}*{% endmacro %}{{ f(x) }}",
        "{% filter trim %}{{ x }}{% endfilter %}",
        "{{ x|replace('never there', '') }}",
        "{{ [x]|join }}",
        "{{ '%s'|format(x) }}",
        "{{ '{}'.format(x) }}",
        "{{ x + '' }}",
        "{% for c in x %}{{ c }}{% endfor %}",
        "{{ x[0] ~ x[1:] }}",
        "{{ x|default('y') }}",
    ],
)
def test_no_value_is_markup_anywhere(source):
    allowed = {"html", "head", "meta", "body", "div", "p", "h1", "ul", "ol", "li", "blockquote", "strong", "em"}
    allowed |= {"a", "code", "pre", "br"}
    program = compile_letter(make_letter(f"{MARKDOWN}\n{source}\n"), None, {}, Defaults(SENDER))
    times = 1 + (source.count("{{ x }}") > 1)
    for value in NASTY:
        rendered = program.render(make_row(x=value))
        assert rendered.text.count(value) >= times, value
        assert value in html_text(rendered.html), value
        assert {tag for tag, _ in read_html(rendered.html).tags} <= allowed, value


@pytest.mark.parametrize(
    ("source", "text", "html"),
    [
        ("- {{ x }}", "- one\n  two", "<li"),
        ("> {{ x }}", "> one\n> two", "<blockquote"),
        ("{{ x }}", "one\ntwo", "one<br>\ntwo"),
        ("```\n{{ x }}\n```", "    one\n    two", "one\ntwo"),
        ("> - {{ x }}", "> - one\n>   two", "one<br>\ntwo"),
    ],
)
def test_a_line_feed_in_a_value_is_a_line_break(source, text, html):
    rendered = make_rendered(f"{MARKDOWN}\n{source}\n", row={"x": "one\ntwo"})
    assert rendered.text == text + "\n"
    assert html in rendered.html


@examples(60)
@given(BODY_TEXT.filter(visible))
def test_a_part_of_a_link_target_is_percent_encoded_once(value):
    rendered = make_rendered(f"{MARKDOWN}\n[a](https://b.example/{{{{ x }}}}?q={{{{ x }}}})\n", row={"x": value})
    (target,) = hrefs(rendered.html)
    path, _, query = target.removeprefix("https://b.example/").partition("?q=")
    assert unquote(path) == unquote(query) == value
    assert f"<{target}>" in rendered.text


@each_row(
    ("value", "target"),
    [
        ("https://a.example/x?y=1&z=%20#f", "https://a.example/x?y=1&z=%20#f"),
        ("HTTP://a.example/ü", "HTTP://a.example/%C3%BC"),
        ("mailto:dana@acme.example", "mailto:dana@acme.example"),
        ('https://a.example/(x)"<>', "https://a.example/(x)%22%3C%3E"),
    ],
)
@each_row("source", ["[a]({{ x }})", "[a](<{{ x }}>)", "[a][r]\n\n[r]: {{ x }}"])
def test_a_value_that_is_a_whole_target(value, target, source):
    rendered = make_rendered(f"{MARKDOWN}\n{source}\n", row={"x": value})
    assert hrefs(rendered.html) == [target]
    assert f"a <{target}>" in rendered.text


def test_a_value_that_is_the_whole_address_of_a_picture():
    rendered = make_rendered(
        f"{MARKDOWN}\n![{{{{ y }}}}]({{{{ x }}}})\n", row={"x": "https://a.example/ü", "y": 'a "b"'}
    )
    assert '<img src="https://a.example/%C3%BC" alt="a&#32;&quot;b&quot;"' in rendered.html
    assert rendered.text == 'a "b"\n'


@each_row(
    "value",
    [
        "javascript:alert(1)",
        "x",
        "",
        "//a.example",
        "ftp://a.example",
        "https:",
        "data:,x",
        "https://a.example/ b",
        "\tjavascript:x",
        "https://[",
        "java\nscript:x",
    ],
)
@each_row("kind", ["markdown", "html"])
def test_other_targets_are_refused_with_the_field(value, kind):
    body = "[a]({{ x|default('') }})" if kind == "markdown" else '<a href="{{ x|default("") }}">a</a>'
    with pytest.raises(BadData) as caught:
        make_rendered(f"{HEAD.format(s='Hello', kind='text/' + kind)}X: {value.strip()}\n\n{body}", row={"x": value})
    assert (caught.value.file, caught.value.line, caught.value.field) == ("people.csv", 2, "X")
    assert "column 'x'" in caught.value.text


def test_template_and_prose_pass_as_markdown_and_values_do_not():
    rendered = make_rendered(
        f"{TEMPLATED}Note: *n*\n\nSo *glad*, {{{{ company }}}} <b>x</b>.\n",
        TEMPLATE + "**{{ greeting }}**, {{ company }} {{ note }}\n\n{{ prose }}\n",
    )
    assert rendered.text == "Dear Dana, Acme *n*\n\nSo glad, {{ company }} <b>x</b>.\n"
    assert "<em>glad</em>" in rendered.html
    assert "&lt;b&gt;x&lt;/b&gt;" in rendered.html
    assert rendered.subject == "About Acme"


# -- a letter on its own ----------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00{"), max_size=100))
def test_plain_text_arrives_exactly_as_typed(body):
    if "-- >8 --" in body:
        return
    rendered = make_rendered("To: d@acme.example\n\n" + body, defaults=Defaults(SENDER, "Ana\nSeville"))
    assert (rendered.text, rendered.html, rendered.flowed) == (body, None, False)


def test_the_signature_goes_below_markdown_only():
    defaults = Defaults(SENDER, "Ana <Weber>\nSeville")
    rendered = make_rendered(MARKDOWN + "\nHello\n", defaults=defaults)
    assert rendered.text == "Hello\n\n-- \nAna <Weber>\nSeville\n"
    assert "-- \nAna <Weber>\nSeville" in html_text(rendered.html)
    html = make_rendered(HEAD.format(s="x", kind="text/html") + "\n<p>Hi</p>", defaults=defaults)
    assert (html.text, html.html) == (None, "<p>Hi</p>")


@pytest.mark.parametrize(
    "kind", ["text/plain", "TEXT/PLAIN; charset=utf-8", 'text/plain; charset="UTF-8"', "text/html"]
)
def test_content_types_that_are_understood(kind):
    assert make_rendered(f"To: d@acme.example\nContent-Type: {kind}\n\nHi")


@pytest.mark.parametrize(
    "kind", ["multipart/alternative; boundary=x", "text/plain; charset=latin-1", "application/pdf", "text", "x; y"]
)
def test_content_types_that_are_refused_by_name(kind):
    with pytest.raises(BadData) as caught:
        make_rendered(f"To: d@acme.example\nContent-Type: {kind}\n\nHi")
    assert (caught.value.line, caught.value.field) == (2, "Content-Type")


def test_content_type_with_a_template_is_refused():
    with pytest.raises(BadData) as caught:
        make_rendered(TEMPLATED + "Content-type: text/plain\n\n", TEMPLATE + "Hi")
    assert (caught.value.line, caught.value.field) == (4, "Content-type")


@pytest.mark.parametrize("name", ["Priority", "Organization", "Importance", "Followup-To"])
def test_headers_that_mail_knows_are_never_dropped(name):
    with pytest.raises(BadData) as caught:
        make_rendered(f"To: d@acme.example\n{name}: x\n\nHi")
    assert (caught.value.line, caught.value.field) == (2, name)
    assert make_rendered(f"To: d@acme.example\n{name}: x\n\n{{{{ {name.replace('-', '_').lower()} }}}}").text == "x"


EMPTY = "To: d@acme.example\nCompany:\nContent-Type: text/markdown\n"


@pytest.mark.parametrize(
    "body", ["{{ company }}", "a {{ company }}", "{{ (company) }}", "{% if true %}{{ company }}{% endif %}"]
)
def test_an_empty_value_printed_bare_is_refused(body):
    with pytest.raises(BadData) as caught:
        make_rendered(f"{EMPTY}\nx\n{body}\n")
    error = caught.value
    assert (error.file, error.line, error.field) == ("/nowhere/letter.md", 6, "company")


@each_row(
    ("body", "text"),
    [
        ("a{% if company %}b{{ company }}{% endif %}", "a"),
        ("a{{ company|upper }}", "a"),
        ("{{ company or 'you' }}", "you"),
        ("{{ company|default('you', true) }}", "you"),
        ("{% set s = '' %}a{{ s }}b", "ab"),
        ("a{% for p in company.split(',') %}{{ p }}{% endfor %}b", "ab"),
        ("{% set m %}{{ company ~ '' }}{% endset %}{% if m %}full{% else %}empty{% endif %}", "empty"),
        ("{% set m %}{{ company ~ '' }}{% endset %}{{ m or 'none' }}{{ 'x' if not m }}", "nonex"),
    ],
)
def test_an_empty_value_elsewhere_is_fine(body, text):
    assert make_rendered(f"{EMPTY}\n{body}\n").text == text + "\n"


@pytest.mark.parametrize(
    "body", ["{{ compny }}", "{% if compny %}x{% endif %}", "{{ compny|upper }}", "{{ compny.x }}"]
)
def test_an_undefined_name_is_an_error_with_line_and_nearest_name(body):
    with pytest.raises(BadData) as caught:
        make_rendered(f"To: d@acme.example\nCompany: x\n\none\ntwo {body}")
    error = caught.value
    assert (error.file, error.line, error.field) == ("/nowhere/letter.md", 5, "compny")
    assert "company" in error.hint


def test_a_name_that_a_template_does_not_declare_is_to_be_declared():
    with pytest.raises(BadData) as caught:
        make_rendered("Template: hello\nTo: Dana <d@a.example>\n\n", "Subject: x\n\nHi {{ nope }}")
    assert "'Field: nope — what it is'" in caught.value.hint
    with pytest.raises(BadData) as caught:
        make_rendered("To: Dana <d@a.example>\nSubject: x\n\nHi {{ nope }}")
    assert "--set nope=" in caught.value.hint


def test_an_undefined_name_in_a_header_is_told_by_its_line():
    with pytest.raises(BadData) as caught:
        make_rendered("To: d@acme.example\nCompany: x\nSubject: a\n {{ compny }}\n\n")
    assert (caught.value.line, caught.value.field) == (3, "compny")


def test_faults_of_a_template_are_told_by_its_file_and_line():
    for body, line in (("one\n{{ nme }}", 6), ("{% if %}", 5), ("a\nb\n{{ 1 // 0 }}", 7), ("x\n{{ company.nope }}", 6)):
        with pytest.raises(BadData) as caught:
            make_rendered(TEMPLATED + "\n", TEMPLATE + body)
        assert (caught.value.file, caught.value.line) == ("hello.md", line)
    with pytest.raises(BadData) as caught:
        make_rendered(TEMPLATED + "\n", "About: x\nSubject: {{ nme }}\nField: company\n\nHi")
    assert (caught.value.file, caught.value.line) == ("hello.md", 2)


# -- with a template --------------------------------------------------------------------------------------------------


def test_a_header_that_is_no_field_is_refused_with_the_nearest():
    with pytest.raises(BadData) as caught:
        make_rendered("Template: hello\nTo: d@acme.example\nCompny: x\n\n", TEMPLATE + "Hi")
    assert (caught.value.line, caught.value.field) == (3, "Compny")
    assert "company" in caught.value.hint


@pytest.mark.parametrize("name", ["Date", "X-Mailer", "Sender", "Content-Language"])
def test_unsupported_headers_are_refused_by_name_with_a_template_too(name):
    with pytest.raises(BadData) as caught:
        make_rendered(f"{TEMPLATED}{name}: x\n\n", TEMPLATE + "Hi")
    assert (caught.value.line, caught.value.field) == (4, name)
    assert "not supported" in caught.value.text


def test_a_field_named_date_is_a_value_and_no_header():
    rendered = make_rendered(TEMPLATED + "Date: 12 May\n\n", TEMPLATE.strip() + "\nField: date — when\n\nOn {{ date }}")
    assert rendered.text == "On 12 May\n"


@pytest.mark.parametrize(("header", "line"), [("", 1), ("Company:\n", 3), ("Company:  \n", 3)])
def test_a_required_field_must_be_given(header, line):
    with pytest.raises(BadData) as caught:
        make_rendered(f"Template: hello\nTo: d@acme.example\n{header}\n", TEMPLATE + "Hi")
    error = caught.value
    assert (error.file, error.line, error.field.lower()) == ("/nowhere/letter.md", line, "company")
    assert "the company" in error.text


def test_an_optional_field_is_empty_when_absent():
    template = TEMPLATE + "a{% if note %} {{ note }}{% endif %}{{ note }}"
    assert make_rendered(TEMPLATED + "\n", template).text == "a\n"
    assert make_rendered(TEMPLATED + "Note: n\n\n", template).text == "a nn\n"


def test_prose_without_a_place_is_refused():
    with pytest.raises(BadData) as caught:
        make_rendered(TEMPLATED + "\n\nHi", TEMPLATE + "{# prose #}Hi")
    assert (caught.value.line, caught.value.field) == (5, "prose")


def test_missing_prose_is_an_error_only_where_it_is_printed():
    with pytest.raises(BadData) as caught:
        make_rendered(TEMPLATED + "\n \n", TEMPLATE + "Hi\n\n{{ prose }}")
    assert caught.value.field == "prose"
    assert make_rendered(TEMPLATED + "\n", TEMPLATE + "Hi{% if prose %} {{ prose }}{% endif %}").text == "Hi\n"


@pytest.mark.parametrize(
    ("to", "language", "greeting"),
    [
        ("Dana Ruiz <d@a.example>", "", "Dear Dana"),
        ('"Ruiz, Dana" <d@a.example>', "en", "Dear Dana"),
        ("Dr. Dana Ruiz <d@a.example>", "de-AT", "Guten Tag Dr. Dana Ruiz"),
        ("Dana Ruiz <d@a.example>", "fr", "Bonjour Dana Ruiz"),
        ("Dana Ruiz <d@a.example>, Bo Li <b@a.example>", "en", "Dear Dana and Bo"),
        ("Dana Ruiz <d@a.example>, Bo Li <b@a.example>, Cy <c@a.example>", "es", "Hola, Dana, Bo y Cy"),
    ],
)
def test_greetings(to, language, greeting):
    letter = f"Template: hello\nTo: {to}\nLanguage: {language}\n\n"
    rendered = make_rendered(letter, "Subject: x\n\n{{ greeting }}, {{ to.first }}")
    assert rendered.text.startswith(greeting + ", ")


def test_a_greeting_of_the_letter_is_the_whole_salutation():
    letter = "Template: hello\nTo: w@a.example\nGreeting: Sehr geehrte Frau Dr. Weber\n\n"
    assert make_rendered(letter, "Subject: x\n\n{{ greeting }},").text == "Sehr geehrte Frau Dr. Weber,\n"


@pytest.mark.parametrize("name", ["greeting", "to.name", "to.first"])
@pytest.mark.parametrize("to", ["d@a.example", "Dana <d@a.example>, b@a.example"])
def test_neither_greeting_nor_name_is_an_error_where_it_is_printed(name, to):
    letter = f"Template: hello\nTo: {to}\n\n"
    with pytest.raises(BadData) as caught:
        make_rendered(letter, f"Subject: x\n\nHi\n{{{{ {name} }}}}")
    assert (caught.value.line, caught.value.field) == (4, name)
    assert make_rendered(letter, "Subject: x\n\nHi").text == "Hi\n"


def test_family_given_is_turned_round_in_sentences_only():
    letter = 'Template: hello\nTo: "Ruiz, Dana" <d@a.example>\n\n'
    rendered = make_rendered(letter, "Subject: x\n\n{{ to.name }}|{{ to.first }}|{{ from.name }}")
    assert rendered.text == "Dana Ruiz|Dana|Ana Weber\n"
    assert rendered.to[0].display_name == "Ruiz, Dana"


# -- where values come from --------------------------------------------------------------------------------------------


def test_set_over_column_over_header():
    letter, template = TEMPLATED + "Language: en\n\n", TEMPLATE + "{{ company }}"
    assert make_rendered(letter, template).text == "Acme\n"
    assert make_rendered(letter, template, row={"company": "B", "language": "de"}).text == "B\n"
    rendered = make_rendered(letter, template, row={"company": "B", "language": "de"}, sets={"company": "C"})
    assert (rendered.text, rendered.language, rendered.fields["company"]) == ("C\n", "de", "C")


def test_a_column_fills_a_mail_header_only_where_the_letter_lacks_it():
    row = {
        "to": "Bo <bo@b.example>, cy@b.example",
        "cc": "cc@b.example",
        "subject": "From the CSV",
        "from": "x@evil.test",
        "content_type": "text/html",
        "template": "other",
        "reply_to": "r@b.example",
        "bcc": "",
        "x": "y",
    }
    rendered = make_rendered("Cc: own@b.example\nContent-Type: text/markdown\n\n{{ from }} {{ cc }} *x*", row=row)
    assert [box.addr_spec for box in rendered.to] == ["bo@b.example", "cy@b.example"]
    assert [box.addr_spec for box in rendered.cc] == ["own@b.example"]
    assert rendered.subject == "From the CSV"
    assert (rendered.sender, rendered.bcc) == (SENDER, ())
    assert rendered.text == "x@evil.test cc@b.example x\n"
    assert make_rendered(TEMPLATED + "\n", TEMPLATE + "Hi", row={"subject": "Mine"}).subject == "Mine"


@pytest.mark.parametrize("name", ["to", "reply_to", "subject"])
def test_a_set_of_a_header_that_the_letter_has_is_refused(name):
    with pytest.raises(BadData) as caught:
        make_rendered("To: a@b.example\nReply-To: a@b.example\nSubject: x\n\n", sets={name: "c@b.example"})
    assert caught.value.field == {"to": "To", "reply_to": "Reply-To", "subject": "Subject"}[name]


@pytest.mark.parametrize("name", ["from", "content_type", "template"])
def test_a_set_of_what_only_the_letter_says_is_refused(name):
    with pytest.raises(BadData) as caught:
        make_rendered("To: a@b.example\n\n", sets={name: "x"})
    assert caught.value.field == {"from": "From", "content_type": "Content-Type", "template": "Template"}[name]


@pytest.mark.parametrize(
    ("letter", "template"), [("To: a@b.example\nCompany: x\n\n{{ company }}", None), (TEMPLATED + "\n", TEMPLATE)]
)
def test_an_unknown_set_is_refused_with_the_nearest(letter, template):
    with pytest.raises(BadData) as caught:
        make_rendered(letter, template, sets={"compny": "x"})
    assert caught.value.field == "compny"
    assert "company" in caught.value.hint


def test_a_set_of_prose_needs_a_place_for_it():
    with pytest.raises(BadData) as caught:
        make_rendered("To: a@b.example\n\nHi", sets={"prose": "x"})
    assert caught.value.field == "prose"


@pytest.mark.parametrize("given", [{"sets": {"prose": "*so*"}}, {"row": {"prose": "*so*"}}])
def test_prose_from_outside_is_markdown(given):
    assert make_rendered(TEMPLATED + "\nown", TEMPLATE + "{{ prose }}", **given).text == "so\n"
    rendered = make_rendered(MARKDOWN + "\n{{ prose }}", **given)
    assert rendered.text == "so\n"


def test_prose_that_holds_a_mark_arrives_as_typed():
    program = compile_letter(
        make_letter(TEMPLATED + "\nx"), make_template(TEMPLATE + "{{ company }} {{ prose }}"), {}, Defaults(SENDER)
    )
    mark = program.compiled.marks.mark(0)
    assert program.render(make_row(prose=f"{mark} *x*")).text == f"Acme {mark} x\n"
    assert program.render(make_row(company=mark)).text == f"{mark} x\n"


@each_row(
    ("to", "row", "boxes"),
    [
        ("{{ name }} <{{ email }}>", {"name": "Ruiz, Dana", "email": "d@a.example"}, [("Ruiz, Dana", "d@a.example")]),
        ("{{ name }} <{{ email }}>", {"name": 'D "R" \\', "email": "d@a.example"}, [('D "R" \\', "d@a.example")]),
        ('"{{ name }} (x)" <{{ email }}>', {"name": 'a"b', "email": "d@a.example"}, [('a"b (x)', "d@a.example")]),
        ("{{ a }} {{ b }} <{{ email }}>", {"a": "D,", "b": "R;", "email": "d@a.example"}, [("D, R;", "d@a.example")]),
        ("{{ user }}@a.example", {"user": "dana"}, [("", "dana@a.example")]),
        ("{{ e }}, Bo <b@a.example>", {"e": "Ruiz <d@a.example>"}, [("Ruiz", "d@a.example"), ("Bo", "b@a.example")]),
        ("{{ e }}", {"e": "d@a.example, Bo <b@a.example>"}, [("", "d@a.example"), ("Bo", "b@a.example")]),
        (" {{ e }} ", {"e": "D@a.example, d@A.EXAMPLE"}, [("", "D@a.example")]),
    ],
)
def test_in_a_header_a_value_is_one_token(to, row, boxes):
    rendered = make_rendered(f"To: {to}\nSubject: x\n\n", row=row)
    assert [(box.display_name, box.addr_spec) for box in rendered.to] == boxes


@each_row(
    ("to", "row", "column"),
    [
        ("{{ e }}, Bo <b@a.example>", {"e": "d@a.example, x@a.example"}, "e"),
        ("{{ name }} <{{ e }}>", {"name": "D", "e": "d@a.example>, <x@evil.test"}, "e"),
        ("{{ name }} <{{ e }}>", {"name": "D", "e": "not an address"}, "e"),
        ("{{ name }} <{{ e }}>", {"name": "D", "e": "nobody"}, "e"),
        ("{{ name }} <{{ e }}>", {"name": "a\tb", "e": "d@a.example"}, "name"),
        ("{{ name }} <{{ e }}>", {"name": "a\nb", "e": "d@a.example"}, "name"),
        ("{{ name }} <{{ e }}>", {"name": "a\u202eb", "e": "d@a.example"}, "name"),
        ("{{ e }}", {"e": "bad"}, "e"),
        ("{{ e }}", {"e": "a@b.example; c@b.example"}, "e"),
        ("{{ e }}", {"e": "a@b.example\nBcc: x@evil.test"}, "e"),
        ("{{ e }}@a.example", {"e": "x@evil.test,"}, "e"),
    ],
)
def test_faults_of_a_value_in_an_address_name_its_column(to, row, column):
    with pytest.raises(BadData) as caught:
        make_rendered(f"TO: {to}\nSubject: x\n\n", row=row)
    error = caught.value
    assert (error.file, error.line, error.field) == ("people.csv", 2, "TO")
    assert f"column {column!r}" in error.text


@pytest.mark.parametrize(
    "row",
    [
        {"to": "bad"},
        {"to": "a@b.example", "cc": "x;y"},
        {"to": "a@b.example", "attach": "../x"},
        {"to": "a@b.example", "subject": "a\nb"},
        {"to": "a@b.example", "language": "?"},
        {"to": "a@b.example", "refused_on": "yesterday"},
        {"to": "a@b.example", "in_reply_to": "<x"},
        {"to": "a@b.example", "attach": "none.pdf"},
    ],
)
def test_faults_of_a_column_that_is_a_header(row, tmp_path):
    (tmp_path.parent / "x").touch()
    with pytest.raises(MailerError) as caught:
        make_rendered("Company: x\n\nHi", row=row, folder=tmp_path)
    name = list(row)[-1]
    error = caught.value
    assert (error.file, error.line, error.field.lower().replace("-", "_")) == ("people.csv", 2, name)
    assert f"column {name!r}" in error.text


@each_row("char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\r"])
@each_row("where", ["sets", "row"])
def test_control_characters_stand_in_no_value(char, where):
    with pytest.raises(BadData) as caught:
        make_rendered("To: a@b.example\n\n{{ x }}", **{where: {"x": f"a{char}b"}})
    assert caught.value.field == "x"
    assert caught.value.file == ("people.csv" if where == "row" else "/nowhere/letter.md")


@pytest.mark.parametrize("char", ["\n", "\t", "\u2028", "\u2029", "\u200f", "\u202e", "\u2066"])
def test_what_may_stand_in_the_body_may_not_in_the_subject(char):
    assert make_rendered("To: a@b.example\n\n{{ x }}", row={"x": f"a{char}b"}).text == f"a{char}b"
    with pytest.raises(BadData) as caught:
        make_rendered("To: a@b.example\nSubject: {{ x }}\n\n", row={"x": f"a{char}b"})
    assert (caught.value.field, caught.value.file) == ("Subject", "people.csv")
    assert "column 'x'" in caught.value.text


@pytest.mark.parametrize("literal", [r"a\rb", r"a\x00b", r"\ud800", r"\x1b"])
def test_a_template_cannot_make_control_characters(literal):
    with pytest.raises(BadData):
        make_rendered(f"To: a@b.example\n\n{{{{ '{literal}' }}}}")


# -- who ------------------------------------------------------------------------------------------------------------


def test_nobody_named_as_sender_is_a_fault_of_settings():
    with pytest.raises(BadSettings) as caught:
        make_rendered("To: a@b.example\n\nHi", defaults=Defaults())
    assert (caught.value.code, caught.value.field) == (78, "From")
    assert make_rendered("From: x@y.example\nTo: a@b.example\n\n", defaults=Defaults()).sender == parse_mailbox(
        "x@y.example"
    )


def test_from_holds_one_mailbox():
    with pytest.raises(BadData) as caught:
        make_rendered("To: a@b.example\nFROM: x@y.example, z@y.example\n\nHi")
    assert (caught.value.line, caught.value.field) == (2, "FROM")


def test_no_recipient():
    with pytest.raises(BadData) as caught:
        make_rendered("Subject: x\n\nHi")
    assert (caught.value.code, caught.value.field) == (65, "To")
    assert make_rendered("Bcc: a@b.example\n\nHi").bcc


@pytest.mark.parametrize(
    ("header", "line"),
    [("To: a@b.example; c@b.example", 2), ("Cc: Ruiz, Dana <d@a.example>", 2), ("Bcc: mailto:a@b.example", 2)],
)
def test_bad_addresses_of_the_letter_are_told_by_line(header, line):
    with pytest.raises(BadData) as caught:
        make_rendered(f"Subject: x\n{header}\n\nHi")
    assert (caught.value.file, caught.value.line, caught.value.field) == (
        "/nowhere/letter.md",
        line,
        header.split(":")[0],
    )


# -- attachments and threads -------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "letters"
    inside.mkdir()
    for name in ("cv.pdf", "a b, c.txt", "{{ x }}.txt"):
        (inside / name).write_text(name)
    (tmp_path / "outside.txt").write_text("secret")
    (inside / "link").symlink_to(tmp_path / "outside.txt")
    (inside / "loop").symlink_to("loop")
    return inside


def names(rendered):
    return [attachment.filename for attachment in rendered.attachments]


def test_paths_are_taken_literally_one_a_line(folder):
    letter = "To: a@b.example\nAttach: cv.pdf\n a b, c.txt\nattachment: ./cv.pdf\n\nHi"
    assert names(make_rendered(letter, folder=folder)) == ["cv.pdf", "a b, c.txt", "cv.pdf"]
    literal = "Template: hello\nTo: a@b.example\nAttach: {{ x }}.txt\n\n"
    assert names(make_rendered(literal, "Subject: x\n\nHi", folder=folder)) == ["{{ x }}.txt"]


def test_a_folded_path_that_is_missing_is_told_by_its_own_line(folder):
    for letter, line in (("Attach: cv.pdf\n none.pdf\n", 3), ("Attach: cv.pdf\nAttach: none.pdf\n", 3)):
        with pytest.raises(Unreadable) as caught:
            make_rendered(f"To: a@b.example\n{letter}\nHi", folder=folder)
        error = caught.value
        assert (error.code, error.file, error.line, error.field) == (66, str(folder / "letter.md"), line, "Attach")


@pytest.mark.parametrize("path", ["../outside.txt", "link", "~/x", "/etc/passwd", "x/../../outside.txt", "loop"])
@pytest.mark.parametrize("source", ["attach", "Attach: {{ file }}", "Attach: {% set f = file %}{{ f }}"])
def test_a_path_of_a_csv_stays_in_the_letters_folder(folder, path, source):
    letter = "To: a@b.example\n" + (f"{source}\n" if source != "attach" else "") + "\nHi"
    with pytest.raises(MailerError) as caught:
        make_rendered(letter, folder=folder, row={"attach" if source == "attach" else "file": path})
    error = caught.value
    assert error.code == 66 if path == "loop" else error.code == 65
    assert (error.file, error.line, error.field) == ("people.csv", 2, "Attach")


def test_other_paths_may_leave_it(folder):
    assert names(make_rendered("To: a@b.example\nAttach: ../outside.txt\n\nHi", folder=folder)) == ["outside.txt"]
    assert (
        names(make_rendered("To: a@b.example\n\nHi", folder=folder, row={"attach": "cv.pdf\ncv.pdf"})) == ["cv.pdf"] * 2
    )


def test_a_set_is_relative_to_the_working_folder(folder):
    defaults = Defaults(SENDER, cwd=folder.parent)
    letter = "To: a@b.example\n\nHi"
    assert names(make_rendered(letter, folder=folder, sets={"attach": "outside.txt"}, defaults=defaults)) == [
        "outside.txt"
    ]


EML = (
    "From: d@a.example\nMessage-ID: <1@a.example>\nReferences: <0@a.example>\n"
    "Subject: AW: Re: Your application\n\nNo.\n"
)


@pytest.mark.parametrize(
    ("headers", "subject"),
    [("", "Re: Your application"), ("Subject: Mine\n", "Mine"), ("Subject:\n", "")],
)
def test_the_subject_of_an_answer(tmp_path, headers, subject):
    (tmp_path / "no.eml").write_text(EML)
    letter = f"Template: hello\nTo: a@b.example\nIn-Reply-To: no.eml\n{headers}\n"
    rendered = make_rendered(letter, "Subject: The template's\n\nHi", folder=tmp_path)
    assert rendered.subject == subject
    assert (rendered.thread.in_reply_to, rendered.thread.references) == (
        "<1@a.example>",
        ("<0@a.example>", "<1@a.example>"),
    )


def test_a_message_id_keeps_the_templates_subject():
    letter = "Template: hello\nTo: a@b.example\nIn-Reply-To: <1@a.example>\nReferences: <0@a.example> <1@a.example>\n\n"
    rendered = make_rendered(letter, "Subject: The template's\n\nHi")
    assert (rendered.subject, rendered.thread.references) == ("The template's", ("<0@a.example>", "<1@a.example>"))


@pytest.mark.parametrize(
    ("headers", "field", "line"),
    [
        ("In-Reply-To: <1@a.example> <2@a.example>\n", "In-Reply-To", 2),
        ("In-Reply-To: <a b@a.example>\n", "In-Reply-To", 2),
        ("In-Reply-To: <ü@a.example>\n", "In-Reply-To", 2),
        ("In-Reply-To: none.eml\n", "In-Reply-To", 2),
        ("References: <1@a.example>\n", "References", 2),
        ("In-Reply-To: <1@a.example>\nReferences: nonsense\n", "References", 3),
    ],
)
def test_threads_that_are_none(headers, field, line, tmp_path):
    with pytest.raises(MailerError) as caught:
        make_rendered(f"To: a@b.example\n{headers}\nHi", folder=tmp_path)
    error = caught.value
    assert (error.file, error.line, error.field) == (str(tmp_path / "letter.md"), line, field)


@pytest.mark.parametrize(
    ("header", "good", "bad"),
    [
        ("Language", ["en", "de-AT", "pt_BR"], ["english!", "e", "en de"]),
        ("Refused-On", ["2026-05-12"], ["12 May", "2026-13-01", "20260512", "2026-W20-1", "9999-12-31", "0001-01-01"]),
        ("Time-Zone", ["Europe/Berlin", "UTC"], ["Mars/Base", "../etc/passwd", "/etc/localtime"]),
        ("Country", ["DE", "DE-BY"], ["Germany", "D"]),
    ],
)
def test_headers_about_the_letter(header, good, bad):
    for value in good:
        assert (
            make_rendered(f"To: a@b.example\n{header}: {value}\n\nHi").fields[header.lower().replace("-", "_")] == value
        )
    for value in bad:
        with pytest.raises(BadData) as caught:
            make_rendered(f"To: a@b.example\n{header}: {value}\n\nHi")
        assert (caught.value.line, caught.value.field) == (2, header)


def test_known_as_may_be_repeated():
    assert make_rendered("To: a@b.example\nKnown-As: A\nKnown-As: B\n\nHi").fields["known_as"] == "A\nB"


def test_markdown_of_hostile_size_is_refused():
    with pytest.raises(BadData, match="500,000"):
        make_rendered(MARKDOWN + "\n" + "word " * 110_000)
