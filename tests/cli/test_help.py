"""``mailer help``, and what is said of a command that there is not."""

from __future__ import annotations

import pytest

from mailer.cli.main import _COMMANDS
from tests.kit.world import World

COMMANDS = [(), *[(name,) for name in _COMMANDS], ("outbox", "resolve"), ("outbox", "copy"), ("outbox", "drop")]
COMMANDS += [("people", name) for name in ("show", "add", "edit", "merge", "import", "export", "forget")]


@pytest.mark.parametrize("words", COMMANDS)
def test_help_is_what_the_option_says(tmp_path, words):
    app = World(tmp_path)
    asked, option = app.mailer("help", *words), app.mailer(*words, "--help")
    assert asked.code == option.code == 0
    assert asked.octets == option.octets
    assert asked.out.startswith("Usage: mailer")


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("help", "snd"), "send"),
        (("snd",), "send"),
        (("SEND",), "send"),
        (("hlep",), "help"),
        (("help", "outbox", "reslove"), "resolve"),
        (("help", "people", "shwo"), "show"),
        (("outbox", "reslove", "4k7m2p"), "resolve"),
    ],
)
def test_a_command_that_there_is_not(tmp_path, words, near):
    done = World(tmp_path).mailer(*words)
    assert done.code == 2
    assert f"Did you mean {near}?" in done.err


def test_a_command_without_commands(tmp_path):
    done = World(tmp_path).mailer("help", "send", "letter.md")
    assert done.code == 2
    assert "mailer send has no commands of its own" in done.err


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_can_say_more(tmp_path, words):
    assert "\n  -v " in World(tmp_path).mailer(*words, "--help").out


def test_mailer_alone_says_where_its_ledger_is(tmp_path):
    app = World(tmp_path)
    assert "ledger: " in app.mailer("-v").err
    assert "ledger: " not in app.mailer().err
