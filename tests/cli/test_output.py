"""Streams: pipes, full disks, closed descriptors, colours; and what every command says of itself."""

from __future__ import annotations

import re
import sys

import pytest

from mailer import __version__
from mailer.checks.problem import Problem
from mailer.cli.output import sentence
from mailer.cli.problems import problem_line
from mailer.errors import BadData
from tests.kit.letters import LETTER, ME
from tests.kit.world import World, program, put

COMMANDS = ("templates", "new", "preview", "draft", "rehearse")
ON_LETTERS = ("preview", "draft", "rehearse")
SHARED = ("--set", "--each", "--row", "--limit", "--allow", "--account", "--encoding", "--json", "-v")


@pytest.fixture
def letter(tmp_path):
    return put(tmp_path, "letter.md", LETTER)


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(tmp_path, command, flag):
    done = World(tmp_path).mailer(command, flag)
    assert done.code == 0
    assert f"Example: mailer {command}" in done.out
    assert "-v" in done.out


@pytest.mark.parametrize("command", ON_LETTERS)
def test_shared_options(tmp_path, command):
    told = World(tmp_path).mailer(command, "--help").out
    assert [option for option in SHARED if option not in told] == []


def test_help_and_version(tmp_path):
    assert "Example:" in World(tmp_path).mailer("--help").out
    assert World(tmp_path).process("--version").out == f"mailer {__version__}\n"
    assert World(tmp_path).mailer("--version").out == f"mailer {__version__}\n"


def test_unknown_command_names_the_nearest(tmp_path):
    done = World(tmp_path).mailer("preveiw")
    assert done.code == 2
    assert "preview" in done.err


CLOSED = [
    ("mailer preview letter.md >&-", 0),
    ("mailer rehearse letter.md >&-", 0),
    ("mailer new runner-up a.md >&-", 0),
    ("mailer --version >&-", 0),
    ("mailer preview letter.md --eml | head -1", 0),
    ("mailer --help | true", 0),
    ("mailer preview no.md >&-", 66),
    ("mailer preview letter.md 2>&-", 0),
    ("mailer preview no.md 2>&-", 66),
    ("mailer preview letter.md 0<&-", 0),
    ("mailer preview letter.md >/dev/full", 73),
    ("mailer preview letter.md --eml >/dev/full", 73),
    ("mailer rehearse letter.md >/dev/full", 73),
    ("mailer --version >/dev/full", 73),
    ("mailer preview letter.md 2>/dev/full", 0),
    ("mailer preview no.md 2>/dev/full", 66),
    ("mailer preview 2>/dev/full", 2),
]
# Streams that others close in the same way.
MORE_CLOSED = [
    ("mailer preview letter.md --json >&-", 0),
    ("mailer draft letter.md -o a.eml >&-", 0),
    ("mailer templates >&-", 0),
    ("mailer --help >&-", 0),
    ("mailer rehearse letter.md | true", 0),
    ("mailer preview no.md | true", 66),
    ("mailer rehearse letter.md >&- 2>&-", 0),
    ("mailer preview letter.md --json >/dev/full", 73),
    ("mailer draft letter.md -o b.eml >/dev/full", 73),
    ("mailer templates >/dev/full", 73),
    ("mailer --help >/dev/full", 73),
    ("mailer preview no.md --json >/dev/full", 66),
]


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize(
    ("line", "code"),
    [
        *(pytest.param(*case, id=case[0]) for case in CLOSED),
        *(pytest.param(*case, id=case[0], marks=pytest.mark.slow) for case in MORE_CLOSED),
    ],
)
def test_closed_and_full_streams(tmp_path, letter, line, code):
    done = World(tmp_path).shell(line, MAILER_FROM=ME)
    assert done.code == code, done.err
    for word in ("Traceback", "Exception ignored", "bug", "Broken pipe"):
        assert word not in done.err
    if "/dev/full" in line and code == 73:
        assert "stdout cannot be written" in done.err


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", pytest.param("POSIX", marks=pytest.mark.slow), "en_US.ISO-8859-1"])
def test_any_locale(tmp_path, locale):
    put(tmp_path, "letter.md", LETTER.replace("Acme", "Zoë & 株式会社 😀"))
    done = World(tmp_path).process(
        "preview", "letter.md", LANG=locale, LC_ALL=locale, MAILER_FROM="Zoë <z@novak.example>"
    )
    assert done.code == 0
    assert "Zoë & 株式会社 😀" in " ".join(done.out.split())
    assert World(tmp_path).process("rehearse", "letter.md", LANG=locale, LC_ALL=locale).code == 0


def test_errors_are_for_people(tmp_path):
    put(tmp_path, "letter.md", LETTER.replace("Company:", "Compny:"))
    done = World(tmp_path).mailer("preview", "letter.md", MAILER_FROM=ME)
    assert done.code == 65
    assert done.octets == b""
    first, hint = done.err.splitlines()
    assert re.fullmatch(r"mailer: \S*letter\.md:3: .*", first)
    assert "Compny" in first
    assert "Company" in hint or "company" in hint


def test_no_control_characters_reach_the_terminal(tmp_path):
    put(tmp_path, "letter.md", b"To: a\x1b[31m@b.example\n\nx\n")
    done = World(tmp_path).process("preview", "letter.md", MAILER_FROM=ME)
    assert done.code == 65
    assert "\x1b" not in done.err
    done = World(tmp_path).process("preview", "no\x1b[31m.md", MAILER_FROM=ME)
    assert done.code in (65, 66)
    assert "\x1b" not in done.err


def test_sentence_says_nothing_twice():
    assert sentence(BadData("To is empty", file="l.md", line=2, field="To")) == "l.md:2: To is empty"
    assert sentence(BadData("is empty", file="l.md", line=2, field="To")) == "l.md:2: To: is empty"
    assert sentence(BadData("nothing to do", field="To")) == "To: nothing to do"
    assert sentence(BadData("l.md is odd", file="l.md")) == "l.md is odd"


def test_problem_line():
    problem = Problem("leftover", "block", "body", 3, "the \x1b[31m is still there", "Write your own")
    assert problem_line(problem) == "block leftover (body, line 3): the ␛[31m is still there. Write your own"
    assert problem_line(problem, 7).startswith("block leftover (row 7, body, line 3)")


pexpect = pytest.importorskip("pexpect", reason="pexpect is not installed")


def on_terminal(tmp_path, *arguments, **more):
    command, *first = program()
    env = World(tmp_path).environ(**{"TERM": "xterm", "MAILER_FROM": ME, **more})
    child = pexpect.spawn(command, [*first, *arguments], cwd=tmp_path, env=env, encoding="utf-8", timeout=60)
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
class TestColours:
    def test_on_a_terminal(self, tmp_path):
        code, seen = on_terminal(tmp_path, "preview", "no.md")
        assert code == 66
        assert "\x1b[31m" in seen

    @pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
    def test_not_where_they_are_not_wanted(self, tmp_path, more):
        put(tmp_path, "letter.md", LETTER.replace("Acme", "‹the company›"))
        for arguments in (("preview", "no.md"), ("preview", "letter.md"), ("rehearse", "letter.md")):
            seen = World(tmp_path, MAILER_FROM=ME).on_a_terminal(*arguments, **more)
            assert seen
            assert b"\x1b" not in seen

    def test_not_in_a_pipe(self, tmp_path):
        put(tmp_path, "letter.md", LETTER.replace("Acme", "‹the company›"))
        world = World(tmp_path)
        for run, *arguments in (
            (world.mailer, "preview", "no.md"),
            (world.process, "preview", "letter.md"),
            (world.mailer, "rehearse", "letter.md"),
        ):
            done = run(*arguments, MAILER_FROM=ME)
            assert "\x1b" not in done.err + done.out
            assert "␛" not in done.err + done.out

    def test_a_latin_terminal_shows_what_it_can(self, tmp_path):
        put(tmp_path, "letter.md", LETTER.replace("Acme", "株式会社"))
        code, seen = on_terminal(tmp_path, "preview", "letter.md", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
        assert code == 0
        assert "Dear Dana" in seen
