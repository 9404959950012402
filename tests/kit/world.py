"""One user's machine, and ``mailer`` in it: called in this process, or run as a program of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from mailer.cli import links
from mailer.cli.app import App
from mailer.cli.main import run
from tests.kit.letters import SHORT

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
ADDRESS = "dana.ruiz@acme.example"
PASSWORD = "corréct horse"


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code, what it wrote, and what it said."""

    code: int
    octets: bytes
    err: str

    @property
    def out(self):
        return self.octets.decode()

    @property
    def all(self):
        return self.out + self.err

    @property
    def lines(self):
        return self.out.splitlines()

    @property
    def json(self):
        return json.loads(self.octets)

    @property
    def objects(self):
        return [json.loads(line) for line in self.octets.splitlines()]


class World:
    """A folder to work in, a home with configuration and data, a clock that stands still, nothing of this machine's.

    ``settings`` are the variables that each command finds in its environment.
    """

    def __init__(self, folder, *, cwd=None, home=None, now=NOW, **settings):
        self.folder, self.now, self.settings = folder, now, settings
        self.cwd = cwd or folder
        self.home = home or folder / "home"
        for made in (self.cwd, self.home):
            made.mkdir(parents=True, exist_ok=True)
        self.config = self.home / "config"
        self.data = self.home / "data"

    def with_letter(self):
        """The same, with ``l.md``: a letter that needs no template and no account."""
        put(self.folder, "l.md", SHORT)
        return self

    def environ(self, **more):
        """The environment of a command."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "MAILER_CONFIG_DIR": str(self.config),
            "MAILER_DATA_DIR": str(self.data),
            **self.settings,
            **more,
        }

    def app(self, now=None, **environ):
        """What a command acts in."""
        moment = now or self.now
        return App(self.environ(**environ), self.cwd, moment if callable(moment) else lambda: moment)

    def mailer(self, *args, input=b"", now=None, **environ):  # noqa: A002 - as subprocess calls it
        """Call a command in this process; it has no terminal."""
        return _called(self.app(now, **environ), args, input)

    def on_a_terminal(self, *args, now=None, columns=80, rows=24, **environ):
        """Call a command in this process, on a terminal of its own; what that shows.  A pager has no part in it."""
        told = {"TERM": "xterm", "COLUMNS": str(columns), "LINES": str(rows), **environ}
        with mock.patch.dict(os.environ, self.environ(**told), clear=True):
            return _shown(self.app(now, **told), args)

    def process(self, *args, input=b"", cwd=None, timeout=60, preexec_fn=None, **environ):  # noqa: A002
        """Run a command as a program of its own."""
        done = subprocess.run(
            [*program(), *map(str, args)],
            cwd=cwd or self.cwd,
            env=self.environ(**environ),
            input=input,
            capture_output=True,
            timeout=timeout,
            preexec_fn=preexec_fn,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())

    def shell(self, line, **environ):
        """Run a line of bash in which ``mailer`` is the command."""
        words = " ".join(program())
        done = subprocess.run(
            ["bash", "-c", f'set -o pipefail; mailer() {{ {words} "$@"; }}; {line}'],
            cwd=self.cwd,
            env=self.environ(**environ),
            capture_output=True,
            timeout=60,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())

    def send(self, server, *args, **environ):
        """``mailer send l.md --yes --json``, or other letters, through ``server``."""
        return self.mailer("send", *(args or ("l.md",)), "--yes", "--json", **{**through(server), **environ})

    def outbox(self):
        done = self.mailer("outbox", "--json")
        assert done.code == 0
        return done.objects

    def states(self):
        return [entry["state"] for entry in self.outbox()]

    def login(self, server, *args, address=ADDRESS, password=PASSWORD, **environ):
        """``mailer login`` at a server on loopback, with the password on standard input."""
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
        return self.mailer("login", address, *where, "--password-stdin", *args, input=password.encode(), **environ)

    def file(self, name=ADDRESS):
        """The file of an account."""
        return self.config / "accounts" / f"{name}.env"


def _called(app, args, given):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True) for _ in range(2))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with (
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = run([str(arg) for arg in args], obj=app)
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    return Done(code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def _shown(app, args):
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen, ThreadPoolExecutor(1) as reader:
        shown = reader.submit(_until_the_end, screen)
        with contextlib.ExitStack() as stack:
            stack.callback(os.close, theirs)
            for known in (links.ADDRESSES, links.FOLLOW):
                stack.callback(known.clear)
            for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
                stream = os.fdopen(os.dup(theirs), mode, encoding="utf-8", newline="\n")
                stack.enter_context(mock.patch.object(sys, name, stack.enter_context(stream)))
            run([str(arg) for arg in args], obj=app)
        return shown.result()


def _until_the_end(screen):
    shown = b""
    # A terminal that nobody has open any more is an error on Linux.
    with contextlib.suppress(OSError):
        while octets := screen.read(65_536):
            shown += octets
    return shown


def program():
    """The installed command, else the module."""
    script = Path(sys.executable).with_name("mailer")
    return [str(script)] if script.exists() else [sys.executable, "-m", "mailer"]


def through(server, **more):
    """The settings that lead to ``server``, without TLS on loopback; none for no server."""
    if server is None:
        return more
    there = {"MAILER_SMTP_HOST": server.host, "MAILER_SMTP_PORT": str(server.port), "MAILER_SMTP_SECURITY": "none"}
    return {**there, **more}


def put(folder, name, text):
    """A file in ``folder``."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def tree(folder):
    """Every file and folder below, by relative name."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def blocks(told):
    """The problems of a JSON object that would stop the letter, allowed or not."""
    return [problem for problem in told["problems"] if problem["level"] == "block"]
