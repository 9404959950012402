"""Templates: what they declare, where they are found, what is refused."""

import re

import pytest

from mailer.errors import BadData
from mailer.letters import template as templates
from mailer.letters.template import Field, available, built_in_folder, load, parse
from tests.kit.rows import each_row


@each_row(
    ("text", "field"),
    [
        ("company — the company", Field("company", "the company", False)),
        ("company - the company", Field("company", "the company", False)),
        ("company – the company", Field("company", "the company", False)),
        ("company -- the company", Field("company", "the company", False)),
        ("note? — a note", Field("note", "a note", True)),
        ("First Name — it", Field("first_name", "it", False)),
        ("first-name", Field("first_name", "", False)),
        ("company — a — b", Field("company", "a — b", False)),
    ],
)
def test_fields(text, field):
    assert parse(f"Subject: x\nField: {text}\n\nHi", "t", "t.md").fields == (field,)


@each_row(
    ("text", "line", "field"),
    [
        ("About: x\n\nHi", 1, None),
        ("Subject:\n\nHi", 1, None),
        ("Subject: x\nTo: y\n\nHi", 2, "To"),
        ("Subject: x\nSubject: y\n\n", 2, "Subject"),
        ("Subject: x\nField: 1a — b\n\n", 2, "Field"),
        *[
            (f"Subject: x\nField: {name} — b\n\n", 2, "Field")
            for name in ("prose", "to", "from", "greeting", "Subject", "language")
        ],
        ("Subject: x\nField: a — b\nField: A — c\n\n", 3, "Field"),
        ("Subject: x\nField:\n\n", 2, "Field"),
    ],
)
def test_what_is_refused(text, line, field):
    with pytest.raises(BadData) as caught:
        parse(text, "t", "t.md")
    assert (caught.value.file, caught.value.line, caught.value.field) == ("t.md", line, field)


def test_the_first_folder_hides_the_others(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "runner-up.md").write_text("Subject: mine\n\nHi")
    (tmp_path / "templates" / "notes.txt").write_text("no template")
    where = templates.folders(tmp_path, None, tmp_path / "config")
    assert load("runner-up", where).subject.value == "mine"
    assert {"runner-up", "thank-you", "check-in"} <= set(available(where))
    assert "notes" not in available(where)


@pytest.mark.parametrize("name", ["runer-up", "../runner-up", "", "runner-up.md", "x"])
def test_an_unknown_template_is_refused_with_the_nearest(name):
    with pytest.raises(BadData) as caught:
        load(name, [built_in_folder()])
    assert caught.value.field == "Template"
    assert "runner-up" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        ("Subject: x\n\n{{ greeting }},\n", True),
        ("Subject: For {{ to.first }}\n\nHi\n", True),
        ("Subject: x\n\nHi {{ to.name }}\n", True),
        ("Subject: x\n\nGreetings to {{ to }}\n", False),
    ],
)
def test_whether_a_template_names_whom_it_goes_to(text, wants):
    assert parse(text, "t", "t.md").wants_recipient_name is wants


@pytest.mark.parametrize("name", ["runner-up", "thank-you", "check-in"])
def test_no_value_ends_a_sentence(name):
    body = load(name, [built_in_folder()]).body
    assert not re.search(r"\{\{ *(?:company|position) *\}\}\s*[.!?]", body)


def test_a_language_that_is_none_is_refused():
    with pytest.raises(BadData) as caught:
        parse("Subject: Hi\nLanguage: german\n\nHello\n", "hello", "hello.md")
    assert (caught.value.line, caught.value.field) == (2, "Language")
    assert parse("Subject: Hi\nLanguage: de_AT\n\nHello\n", "hello", "hello.md").language == "de_AT"
