"""Takes the README's transcripts anew: ``python -m tests.transcripts``; ``tests/test_readme.py`` holds them true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"(<!-- transcript: (?P<command>mailer [^>]*?) -->\n```\n)(?P<text>.*?)(?=```\n)", re.DOTALL)
LETTER = re.compile(r"You write this, `(?P<name>[^`]*)`:\n\n```\n(?P<text>.*?)```\n", re.DOTALL)


def take(command: str, folder: Path) -> str:
    """What ``command`` prints in ``folder``, stdout and stderr as a terminal shows them."""
    home = folder / "home"
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1", "MAILER_TIMEZONE": "UTC", "TZ": "UTC"}
    environ |= {"XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data"), "TMPDIR": str(folder)}
    argv = [sys.executable, "-m", *command.split()]
    done = subprocess.run(argv, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.replace(str(folder), "/tmp").rstrip("\n") + "\n"


def fresh(readme: str) -> str:
    """``readme`` with every transcript taken anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        letter = LETTER.search(readme)
        assert letter
        (folder / letter["name"]).write_text(letter["text"], encoding="utf-8")
        return BLOCK.sub(lambda match: match[1] + take(match["command"], folder), readme)


if __name__ == "__main__":
    README.write_text(fresh(README.read_text(encoding="utf-8")), encoding="utf-8")
