"""``mailer templates``."""

from __future__ import annotations

import pytest

from tests.kit.world import World, put

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
    return World(tmp_path)


def test_lists_each_with_what_it_is_for(app):
    done = app.mailer("templates")
    assert done.code == 0
    assert [line.split()[0] for line in done.lines] == list(TEMPLATES)
    assert all(len(line.split(None, 1)[1]) > 20 for line in done.lines)
    assert "someone else got the job" in done.out


def test_shows_one_whole_with_its_fields(app):
    done = app.mailer("templates", "runner-up")
    assert done.code == 0
    for words in ("company", "position", "the position you interviewed for", "Subject:", "{{ prose }}"):
        assert words in done.out


def test_an_optional_field_is_marked(app, tmp_path):
    put(tmp_path, "templates/own.md", "Subject: s\nField: a - one\nField: b? - two\n\n{{ a }}\n")
    done = app.mailer("templates", "own")
    assert "two (optional)" in done.out
    assert "one (optional)" not in done.out


def test_unknown_name_is_65_with_the_nearest(app):
    done = app.mailer("templates", "runer-up")
    assert done.code == 65
    assert "runner-up" in done.err
    assert done.octets == b""


def test_own_folder_hides_built_in(app, tmp_path):
    put(tmp_path, "templates/runner-up.md", "Subject: mine\nAbout: my own\n\nx\n")
    assert "my own" in app.mailer("templates").out
    assert "someone else got the job" not in app.mailer("templates").out


def test_configuration_folder_and_setting(tmp_path):
    put(tmp_path, "home/config/templates/conf.md", "Subject: s\nAbout: from the configuration\n\nx\n")
    put(tmp_path, "elsewhere/extra.md", "Subject: s\nAbout: from the setting\n\nx\n")
    listed = World(tmp_path, MAILER_TEMPLATES=str(tmp_path / "elsewhere")).mailer("templates").out
    assert "from the configuration" in listed
    assert "from the setting" in listed


def test_a_broken_template_hides_no_other(app, tmp_path):
    put(tmp_path, "templates/broken.md", b"\xff\xfe\n")
    done = app.mailer("templates")
    assert done.code == 65
    assert [line.split()[0] for line in done.lines] == list(TEMPLATES)
    assert "broken.md" in done.err


def test_json(app):
    listed = app.mailer("templates", "--json").objects
    assert [each["name"] for each in listed] == list(TEMPLATES)
    one = app.mailer("templates", "runner-up", "--json").json
    assert one["error"] is None
    assert {field["name"]: field["optional"] for field in one["fields"]} == {
        "company": False,
        "position": False,
        "disappointment": True,
        "strength": True,
        "when": True,
    }
