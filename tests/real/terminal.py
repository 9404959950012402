"""A person at a terminal: a shell in a home of its own, with a keyring, on a pseudo-terminal."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pexpect

PROMPT = "here-is-my-prompt> "
KEYRING = ("dbus-run-session", "gnome-keyring-daemon")
UNLOCK = "printf 'login\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Done(NamedTuple):
    """An exit code, and what was shown below the line that was typed."""

    code: int
    said: str

    @property
    def lines(self) -> list[str]:
        return self.said.splitlines()


class Terminal:
    """``run`` types one command and answers its questions; ``shown`` is all that stood on the screen.

    The keyring is GNOME's where it is installed, else a file beside the home.
    """

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self._screen = io.StringIO()
        real = all(shutil.which(name) for name in KEYRING)
        (command, *rest) = ("dbus-run-session", "--", "sh", "-i") if real else ("sh", "-i")
        self.backend = "SecretService.Keyring" if real else "tests.kit.keyring_double.Kept"
        self._shell = pexpect.spawn(
            command,
            rest,
            cwd=str(self.home),
            env={**self._environ(folder), **({} if real else self._double(folder))},
            encoding="utf-8",
            timeout=20,
            dimensions=(50, 160),
        )
        self._shell.logfile_read = self._screen
        self._shell.expect_exact(PROMPT)
        if real:
            self._shell.sendline(UNLOCK)
            self._shell.expect_exact(PROMPT)

    def _environ(self, folder: Path) -> dict[str, str]:
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        editor = folder / "editor"
        editor.write_text('#!/bin/sh\nexec sed -i "s/^‹.*›$/$WORDS/" "$1"\n')
        editor.chmod(0o755)
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(runtime),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PS1": PROMPT,
        }

    def _double(self, folder: Path) -> dict[str, str]:
        return {
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "PYTHON_KEYRING_BACKEND": "tests.kit.keyring_double.Kept",
            "KEYRING_DOUBLE_FILE": str(folder / "keyring"),
        }

    def run(self, line: str, answers: dict[str, str] | None = None, hidden: str = "") -> Done:
        """Types ``line``, and the ``answers`` where their questions stand; all of them must be asked, in any order.

        ``hidden``: the question whose answer is typed only when nothing of it is shown.
        """
        begun = self._screen.tell()
        self._shell.sendline(line)
        left = dict(answers or {})
        while found := self._shell.expect_exact([PROMPT, *left]):
            question = list(left)[found - 1]
            if question == hidden:
                assert self._shell.waitnoecho(5), "what is typed would be shown"
            self._shell.sendline(left.pop(question))
        said = COLOURS.sub("", self._screen.getvalue()[begun:]).replace("\r\n", "\n")
        assert not left, f"not asked: {left}: {said}"
        return Done(self._code(), said.partition("\n")[2].removesuffix(PROMPT))

    def _code(self) -> int:
        self._shell.sendline("echo code=$?")
        self._shell.expect(r"code=(\d+)\r\n")
        code = int(self._shell.match[1])
        self._shell.expect_exact(PROMPT)
        return code

    @property
    def shown(self) -> str:
        """Everything that the screen ever showed."""
        return self._screen.getvalue()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._shell.sendline("exit")
        self._shell.expect(pexpect.EOF)
        self._shell.close()
