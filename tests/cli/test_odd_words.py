"""Words that are no text: an argument of octets that are no UTF-8 is refused by name, in a file's name it is kept."""

from __future__ import annotations

import pytest

from tests.kit.world import World, put

ODD = "caf\udce9"


@pytest.fixture
def desk(tmp_path):
    world = World(tmp_path)
    assert world.mailer("people", "add", "dana@acme.example", "--name", "Dana Ruiz").code == 0
    return world


@pytest.mark.parametrize(
    "words",
    [
        ("people", "show", ODD),
        ("people", "export", ODD),
        ("people", "forget", ODD, "--yes"),
        ("people", "add", "lee@acme.example", "--name", ODD),
        ("people", "add", "lee@acme.example", "--name", "Lee", "--company", ODD),
        ("touch", "dana", "--by", "call", "--note", ODD),
        ("hold", "dana", "--why", ODD),
        ("due", ODD),
    ],
)
def test_it_is_refused_and_nothing_is_changed(desk, words):
    before = desk.mailer("people", "--json").out
    done = desk.mailer(*words)
    assert done.code == 65, done
    assert "caf\\udce9 holds half a character" in done.err
    assert "Traceback" not in done.err
    assert desk.mailer("people", "--json").out == before


def test_a_file_may_be_called_so(desk):
    for words in (("due", "--ics", f"{ODD}.ics"), ("backup", f"{ODD}.bak")):
        assert desk.mailer(*words).code == 0
        assert (desk.folder / words[-1]).exists()
    done = desk.mailer("people", "forget", "dana", "--yes")
    assert done.code == 0
    assert "caf\\udce9.bak" in done.all


def test_there_is_no_import_to_undo_where_there_is_no_ledger(tmp_path):
    done = World(tmp_path).mailer("people", "import", "--undo")
    assert done.code == 65
    assert "no import to undo" in done.err


def test_a_check_is_named_in_any_case(desk):
    assert desk.mailer("checks", "LEAK").out == desk.mailer("checks", "leak").out != ""
    assert "Did you mean leak?" in desk.mailer("checks", "LEEK").err
    put(desk.folder, "l.md", "From: jo@novak.example\nTo: dana@acme.example\nSubject: Hi\n\nDear XXX,\n\nthanks.\n")
    (problem, *_) = desk.mailer("check", "l.md", "--json").json["problems"]
    name = problem["check"].upper()
    allowed = desk.mailer("check", "l.md", "--json", "--allow", name).json["problems"]
    assert [one["allowed"] for one in allowed if one["check"] == problem["check"]] == [True]
