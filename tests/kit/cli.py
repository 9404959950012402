"""One way to call a command in this process, one to run it as a program, and the letters that most cases need."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from mailer.cli.app import App
from mailer.cli.main import run

NOW = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
ME = "Jo Novak <jo@novak.example>"
PROSE = "The afternoon with Priya's test-bench team stayed with me."
LETTER = f"""Template: runner-up
To: Dana Ruiz <dana.ruiz@acme.example>
Company: Acme Robotics
Position: Data Engineer

{PROSE}
"""
ROWS = """name,email,company,position
Dana Ruiz,dana@acme.example,Acme Robotics,Data Engineer
Lee Okafor,lee@birch.example,Birch Labs,Analyst
Mara Weiß,mara@cedar.example,Zeder & Söhne,Developer
"""
ALONE = (
    f"From: {ME}\nTo: {{{{name}}}} <{{{{email}}}}>\nSubject: Hello {{{{company}}}}\n\nDear {{{{name}}}}, good luck.\n"
)


@dataclass(frozen=True)
class Result:
    code: int
    out: bytes
    err: str

    @property
    def text(self):
        return self.out.decode()

    @property
    def lines(self):
        return self.text.splitlines()

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]


def environ(tmp_path, **more):
    """An environment in which nothing of this machine's user counts."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "MAILER_CONFIG_DIR": str(home / "config"),
        "MAILER_DATA_DIR": str(home / "data"),
        **more,
    }


def world(tmp_path, **more):
    """The App of a test: its folder, its environment, a clock that stands still."""
    count = iter(range(1, 10**6))
    return App(environ(tmp_path, **more), tmp_path, lambda: NOW, lambda: f"{next(count):032x}")


def call(app, *args, stdin=b""):
    """Run one command here; no terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with (
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin))),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = run([str(arg) for arg in args], obj=app)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    err.flush()
    out.flush()
    return Result(code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def program():
    """The installed command, else the module."""
    script = Path(sys.executable).with_name("mailer")
    return [str(script)] if script.exists() else [sys.executable, "-m", "mailer"]


def execute(tmp_path, *args, cwd=None, stdin=b"", timeout=60, preexec_fn=None, **more):
    """Run the command as a program of its own."""
    done = subprocess.run(
        [*program(), *map(str, args)],
        cwd=cwd or tmp_path,
        env=environ(tmp_path, **more),
        input=stdin,
        capture_output=True,
        timeout=timeout,
        preexec_fn=preexec_fn,
    )
    return Result(done.returncode, done.stdout, done.stderr.decode())


def shell(tmp_path, line, **more):
    """Run a line of bash in which ``mailer`` is the command; code, stdout, stderr."""
    words = " ".join(program())
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; mailer() {{ {words} "$@"; }}; {line}'],
        cwd=tmp_path,
        env=environ(tmp_path, **more),
        capture_output=True,
        text=True,
        timeout=60,
    )


def put(folder, name, text):
    """A file in ``folder``."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def blocks(told):
    """The problems of a JSON object that would stop the letter, allowed or not."""
    return [problem for problem in told["problems"] if problem["level"] == "block"]


def tree(folder):
    """Every file and folder below, by relative name."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
