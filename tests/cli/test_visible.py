"""No text of somebody else's moves the cursor of a terminal, or hides in JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.characters import escaped
from mailer.cli.output import for_terminal
from tests.kit.letters import ME
from tests.kit.world import World, program, put

pexpect = pytest.importorskip("pexpect")
ESCAPES = "\x1b[31mred \x1b]0;title\x07 \x9b2J \u202e over \x08\x7f"
TEMPLATE = f"Subject: Hello\nAbout: a {{letter}}\nField: word — what it is\n\nDear {{{{ word }}}}, {ESCAPES}\n"
LETTER = f"From: {ME}\nTo: dana@acme.example\nSubject: Hello\nContent-Type: {{}}\n\nDear Dana, {ESCAPES}\n"


def on_a_terminal(folder, *args, **more):
    """What a terminal gets of a process, on both streams."""
    words, world = program(), World(folder).environ(MAILER_FROM=ME, TERM="xterm", **more)
    child = pexpect.spawn(words[0], [*words[1:], *args], cwd=str(folder), env=world)
    child.expect(pexpect.EOF)
    child.close()
    return child.before


def is_harmless(shown):
    return all(char.isprintable() or char in "\r\n\t" for char in shown.decode())


@pytest.fixture
def folder(tmp_path):
    put(tmp_path, "templates/odd.md", TEMPLATE)
    put(tmp_path, "p.md", LETTER.format("text/plain"))
    put(tmp_path, "m.md", LETTER.format("text/markdown").replace("\x07", "").replace("\x08", ""))
    put(tmp_path, "h.md", LETTER.format("text/html"))
    return tmp_path


@pytest.mark.parametrize(
    "args",
    [
        ("templates",),
        ("templates", "odd"),
        ("templates", "odd", "--json"),
        *[("preview", name, *form) for name in ("p.md", "m.md", "h.md") for form in ((), ("--text",), ("--eml",))],
        *[("preview", name, "--html") for name in ("m.md", "h.md")],
        ("preview", "m.md", "--json"),
        ("check", "p.md"),
        ("check", "h.md", "--json"),
        ("rehearse", "m.md"),
        ("draft", "p.md", "-o", "\x1b[31mred.eml"),
        ("preview", "\x1b[31mred.md"),
        ("\x1b[31mred",),
        ("templates", "\x1b[31mred"),
    ],
)
def test_a_terminal_gets_no_command(folder, args):
    shown = World(folder, MAILER_FROM=ME).on_a_terminal(*args, NO_COLOR="1")
    assert shown.strip()
    assert is_harmless(shown)


@pytest.mark.parametrize("args", [("templates", "odd"), ("preview", "p.md", "--eml"), ("check", "p.md")])
def test_nor_does_one_that_a_process_has(folder, args):
    assert is_harmless(on_a_terminal(folder, *args, NO_COLOR="1"))


def test_our_own_colours_are_kept(folder):
    assert b"\x1b[31m" in on_a_terminal(folder, "preview", "nothing.md")


def test_a_pipe_gets_the_text_as_it_is(folder):
    done = World(folder).mailer("templates", "odd")
    assert "\x1b[31mred" in done.out


@pytest.mark.parametrize("args", [("templates", "odd", "--json"), ("templates", "--json"), ("check", "p.md", "--json")])
def test_json_escapes_what_nobody_sees(folder, args):
    done = World(folder, MAILER_FROM=ME).mailer(*args)
    assert all(char.isprintable() or char == "\n" for char in done.out)
    if args[:2] == ("templates", "odd"):
        assert ESCAPES in done.json["body"]


@given(st.text())
def test_what_is_escaped_is_the_same_text(text):
    import json

    shown = escaped(json.dumps(text, ensure_ascii=False))
    assert shown.isprintable()
    assert json.loads(shown) == text


@given(st.text())
def test_nothing_but_our_colours_comes_through(text):
    shown = for_terminal(text)
    assert all(char.isprintable() or char in "\n\t\u200c\u200d\u00ad" for char in shown.replace("\x1b[", ""))
