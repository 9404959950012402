"""Accounts on the command line: a configuration folder, a keyring and a server of the test's own."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailer.cli.app import App
from mailer.cli.main import run
from tests.kit.keyring import in_memory

ROOT = Path(__file__).parents[2]
ADDRESS = "dana.ruiz@acme.example"
PASSWORD = "corréct horse"


@dataclass
class Done:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@contextmanager
def streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Pipes in the place of the process's streams."""
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = io.BytesIO(), io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    sys.stdout, sys.stderr = (io.TextIOWrapper(raw, encoding="utf-8", write_through=True) for raw in (out, err))
    try:
        yield out, err
    finally:
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            stream.detach()
        sys.stdin, sys.stdout, sys.stderr = before


class World:
    """One user's machine: ``mailer`` runs a command in this process, ``environ`` is that of a child."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cwd = folder / "work"
        self.config = folder / "config"
        self.cwd.mkdir()
        self.settings: dict[str, str] = {}

    def mailer(self, *arguments: str, stdin: bytes = b"", **environ: str) -> Done:
        known = {"MAILER_CONFIG_DIR": str(self.config), "MAILER_DATA_DIR": str(self.folder / "data")}
        app = App(environ={**known, **self.settings, **environ}, cwd=self.cwd)
        handler = signal.getsignal(signal.SIGTERM)
        try:
            with streams(stdin) as (out, err):
                code = run(arguments, obj=app)
        finally:
            signal.signal(signal.SIGTERM, handler)
        return Done(code, out.getvalue().decode(), err.getvalue().decode())

    def login(self, server, *arguments: str, address: str = ADDRESS, password: str = PASSWORD, **environ: str) -> Done:
        """``login`` against a server on loopback, with the password on standard input."""
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
        words = ("login", address, *where, "--password-stdin", *arguments)
        return self.mailer(*words, stdin=password.encode(), **environ)

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a child, with a keyring that lasts from one child to the next."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": "tests.kit.keyring_double.Kept",
            "KEYRING_DOUBLE_FILE": str(self.folder / "keyring"),
            "MAILER_CONFIG_DIR": str(self.config),
            "MAILER_DATA_DIR": str(self.folder / "data"),
            "NO_COLOR": "1",
            **more,
        }

    def child(self, *arguments: str, stdin: bytes = b"", **environ: str) -> Done:
        command = [sys.executable, "-m", "mailer", *arguments]
        done = subprocess.run(
            command, input=stdin, capture_output=True, env=self.environ(**environ), cwd=self.cwd, timeout=60
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def file(self, name: str = ADDRESS) -> Path:
        return self.config / "accounts" / f"{name}.env"


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path)


class NoRecords:
    """Name servers that know nobody."""

    def mx(self, domain):
        return ()

    def srv(self, name):
        return ()


@pytest.fixture
def memory(monkeypatch):
    """A keyring in this process, and name servers that are not this machine's."""
    monkeypatch.setattr("mailer.accounts.providers.dns.Dns", NoRecords)
    with in_memory(monkeypatch) as backend:
        yield backend


@pytest.fixture
def terminal(tmp_path):
    """Starts commands at a pseudo-terminal; ``world`` is the user's machine."""
    pexpect = pytest.importorskip("pexpect")
    made = World(tmp_path)
    children = []

    def start(*arguments, **environ):
        words = ["-m", "mailer", *arguments]
        child = pexpect.spawn(
            sys.executable,
            words,
            env=made.environ(**environ),
            cwd=str(made.cwd),
            timeout=15,
            encoding="utf-8",
            dimensions=(40, 200),
        )
        children.append(child)
        return child

    start.world = made
    yield start
    for child in children:
        child.close(force=True)


def finish(child):
    """The exit code, once it has ended."""
    import pexpect

    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus
