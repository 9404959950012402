"""``mailer templates``."""

from __future__ import annotations

import pytest

from tests.kit.cli import call, put, world

TEMPLATES = (
    "a-year-on",
    "check-in",
    "my-news",
    "one-question",
    "runner-up",
    "something-useful",
    "thank-you",
    "your-news",
)


@pytest.fixture
def app(tmp_path):
    return world(tmp_path)


def test_lists_each_with_what_it_is_for(app):
    done = call(app, "templates")
    assert done.code == 0
    assert [line.split()[0] for line in done.lines] == list(TEMPLATES)
    assert all(len(line.split(None, 1)[1]) > 20 for line in done.lines)
    assert "someone else got the job" in done.text


def test_shows_one_whole_with_its_fields(app):
    done = call(app, "templates", "runner-up")
    assert done.code == 0
    for words in ("company", "position", "the position you interviewed for", "Subject:", "{{ prose }}"):
        assert words in done.text


def test_an_optional_field_is_marked(app, tmp_path):
    put(tmp_path, "templates/own.md", "Subject: s\nField: a - one\nField: b? - two\n\n{{ a }}\n")
    done = call(app, "templates", "own")
    assert "two (optional)" in done.text
    assert "one (optional)" not in done.text


def test_unknown_name_is_65_with_the_nearest(app):
    done = call(app, "templates", "runer-up")
    assert done.code == 65
    assert "runner-up" in done.err
    assert done.out == b""


def test_own_folder_hides_built_in(app, tmp_path):
    put(tmp_path, "templates/runner-up.md", "Subject: mine\nAbout: my own\n\nx\n")
    assert "my own" in call(app, "templates").text
    assert "someone else got the job" not in call(app, "templates").text


def test_configuration_folder_and_setting(tmp_path):
    put(tmp_path, "home/config/templates/conf.md", "Subject: s\nAbout: from the configuration\n\nx\n")
    put(tmp_path, "elsewhere/extra.md", "Subject: s\nAbout: from the setting\n\nx\n")
    listed = call(world(tmp_path, MAILER_TEMPLATES=str(tmp_path / "elsewhere")), "templates").text
    assert "from the configuration" in listed
    assert "from the setting" in listed


def test_a_broken_template_hides_no_other(app, tmp_path):
    put(tmp_path, "templates/broken.md", b"\xff\xfe\n")
    done = call(app, "templates")
    assert done.code == 65
    assert [line.split()[0] for line in done.lines] == list(TEMPLATES)
    assert "broken.md" in done.err


def test_json(app):
    listed = call(app, "templates", "--json").objects
    assert [each["name"] for each in listed] == list(TEMPLATES)
    one = call(app, "templates", "runner-up", "--json").json
    assert one["error"] is None
    assert {field["name"]: field["optional"] for field in one["fields"]} == {
        "company": False,
        "position": False,
        "disappointment": True,
        "strength": True,
        "when": True,
    }
