"""Completion in the shells themselves: what the tab key makes of a line, told by the words that a command then gets."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.kit.world import World, put

if sys.platform == "win32":
    pytest.skip("no terminal to type at", allow_module_level=True)
pexpect = pytest.importorskip("pexpect")

pytestmark = pytest.mark.real
HERE = Path(sys.executable).parent
NAME = 'Dana O\'Müller: "Ruiz"'
TAB, HOME, KILL = "\t", "\x01", "\x15"
# Prints the words that it gets, so that the quoting is the shell's own matter.
SHOWN = {
    "bash": "shown() { printf '<%s>' \"$@\"; echo; }",
    "zsh": "shown() { printf '<%s>' \"$@\"; echo; }",
    "fish": "function shown; printf '<%s>' $argv; echo; end",
}
BEGIN = {
    "bash": ("bash", ["--norc", "--noprofile", "-i"]),
    "zsh": ("zsh", ["-f", "-i"]),
    "fish": ("fish", ["--no-config", "-i"]),
}
SET_UP = {
    "bash": ["bind 'set bell-style none'", "bind 'set show-all-if-ambiguous on'"],
    "zsh": ["PROMPT_EOL_MARK=", "bindkey -e", "autoload -U compinit", "compinit -u -D"],
    "fish": ["set -g fish_greeting", "function fish_prompt; echo -n '$ '; end"],
}
LOAD = {
    "bash": 'eval "$(mailer completion bash)"',
    "zsh": 'eval "$(mailer completion zsh)"',
    "fish": "mailer completion fish | source",
}


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request, tmp_path):
    if not shutil.which(request.param):
        pytest.skip(f"{request.param} is not installed")
    return Shell(request.param, tmp_path)


class Shell:
    def __init__(self, name, folder):
        self.name = name
        program, arguments = BEGIN[name]
        env = World(folder).environ(TERM="dumb" if name == "bash" else "vt100", LC_ALL="C.UTF-8", PS1="$ ")
        env["PATH"] = f"{HERE}{os.pathsep}{env['PATH']}"
        self.terminal = pexpect.spawn(
            program, arguments, cwd=str(folder), env=env, encoding="utf-8", timeout=40, dimensions=(50, 240)
        )
        for line in (*SET_UP[name], SHOWN[name], LOAD[name]):
            self.terminal.sendline(line)
        self.ready()

    def ready(self):
        self.terminal.sendline("shown re''ady")
        self.terminal.expect_exact("<ready>")

    def typed(self, text):
        """The words that ``text`` and a tab make."""
        self.terminal.send(text + TAB)
        # The answer is waited for by what comes after: a shell reads what is typed when it is done.
        self.terminal.send(HOME + "shown ")
        self.terminal.send("\r")
        self.terminal.expect("<mailer>((?:<[^\r\n]*>)?)\r?\n")
        return [word for word in self.terminal.match[1][1:-1].split("><") if word]

    def listed(self, text, *words):
        """See that a tab behind ``text`` offers those words."""
        self.terminal.send(text + TAB + (TAB if self.name != "fish" else ""))
        # Some shells list them in columns.
        left = list(words)
        while left:
            del left[self.terminal.expect_exact(left)]
        self.terminal.send(KILL)
        self.terminal.sendline("")

    def close(self):
        self.terminal.close(force=True)


@pytest.fixture
def there(tmp_path):
    """A book, a letter and a table whose names want quoting."""
    for address, name in (("dana@acme.example", NAME), ("lee@acme.example", "Lee Okafor")):
        assert World(tmp_path).process("people", "add", address, "--name", name).code == 0
    put(tmp_path, "Brief für Dana.md", "To: a@b.example\nSubject: s\n\nx\n")
    put(tmp_path, "Brief.pdf", "")
    put(tmp_path, "all my rows.csv", "a\n1\n")
    put(tmp_path, "home/config/accounts/work of mine.env", "MAILER_FROM=jo@novak.example\n")


def test_commands_options_and_values(shell):
    assert shell.typed("mailer templ") == ["templates"]
    assert shell.typed("mailer people imp") == ["people", "import"]
    assert shell.typed("mailer send --agai") == ["send", "--again"]
    assert shell.typed("mailer send --allow attach") == ["send", "--allow", "attachment"]
    assert shell.typed("mailer send --allow=attach") == ["send", "--allow=attachment"]
    assert shell.typed("mailer new runner") == ["new", "runner-up"]
    assert shell.typed("mailer help outbox res") == ["help", "outbox", "resolve"]
    shell.listed("mailer outbox ", "copy", "drop", "resolve", "send")
    shell.close()


def test_names_that_want_quoting(shell, there):
    assert shell.typed("mailer people show Da") == ["people", "show", NAME]
    assert shell.typed("mailer people show dana@") == ["people", "show", "dana@acme.example"]
    assert shell.typed("mailer people show Le") == ["people", "show", "Lee Okafor"]
    assert shell.typed("mailer people show 'Lee Ok") == ["people", "show", "Lee Okafor"]
    assert shell.typed('mailer people show "Lee Ok') == ["people", "show", "Lee Okafor"]
    assert shell.typed("mailer people show Lee\\ Ok") == ["people", "show", "Lee Okafor"]
    assert shell.typed('mailer people show "Dana O') == ["people", "show", NAME]
    assert shell.typed("mailer send --account wo") == ["send", "--account", "work of mine"]
    assert shell.typed("mailer send --account=wo") == ["send", "--account=work of mine"]
    shell.close()


def test_files_by_their_ending(shell, there):
    assert shell.typed("mailer send Bri") == ["send", "Brief für Dana.md"]
    assert shell.typed("mailer send 'Brief f") == ["send", "Brief für Dana.md"]
    assert shell.typed("mailer send --each all") == ["send", "--each", "all my rows.csv"]
    assert shell.typed("mailer send --each=all") == ["send", "--each=all my rows.csv"]
    shell.close()
