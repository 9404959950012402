"""A marker secret is looked for wherever a command leaves anything: output, files, the processes it starts."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from mailer.cli.main import _COMMANDS
from tests.kit.accounts import signed_in as with_keyring
from tests.kit.smtp_server import DROP, Scripted, recording_server
from tests.kit.world import ADDRESS, World

MARKER = "S3cr3t-märker"
GOOD = (ADDRESS, MARKER)
LETTER = f"From: {ADDRESS}\nTo: Lee <lee@other.example>\nSubject: Hello {{}}\n\nGood morning.\n"
# They need a ledger on PostgreSQL; `fleet` by itself is none that does anything.
FOR_A_DATABASE = ("work", "fleet")
NO_JSON = ("new", "help", "trust", "completion", "mcp")
ARGUMENTS = {
    "templates": (),
    "new": ("runner-up", "new.md", "--no-edit"),
    "preview": ("letter.md",),
    "check": ("letter.md",),
    "checks": (),
    "draft": ("letter.md", "-o", "draft.eml"),
    "rehearse": ("letter.md",),
    "send": ("letter.md", "--yes"),
    "outbox": (),
    "log": (),
    "people": ("show", "lee"),
    "follow-up": ("lee", "next.md", "--template", "check-in", "--no-edit", "--yes"),
    "touch": ("lee", "--by", "call"),
    "hold": ("lee",),
    "stop": ("lee",),
    "resume": ("lee",),
    "sync": ("draft.eml",),
    "completion": ("bash",),
    "backup": ("kept",),
    "restore": ("kept",),
    "login": ("--test",),
    "accounts": (),
    "settings": (),
    "doctor": (),
}


def forms():
    """The marker as it may be written: in clear, escaped, in hexadecimal, and within base64 at each of its offsets."""
    octets = MARKER.encode()
    yield from (b"S3cr3t", octets.hex().encode(), quote(MARKER).encode(), octets[::-1])
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + octets)
        yield encoded[(0, 2, 3)[lead] : -4]
    yield base64.b64encode(f"\0{ADDRESS}\0{MARKER}".encode())


def assert_clean(data, where):
    for form in forms():
        assert form not in data, f"{form!r} in {where}"


def descendants(pid):
    """The processes that ``pid`` started, and what they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def watch(process, own_environ):
    """Looks into the processes until ``process`` ends."""
    while process.poll() is None:
        places = [(process.pid, "cmdline")] + [(process.pid, "environ")] * own_environ
        places += [(pid, what) for pid in descendants(process.pid) for what in ("cmdline", "environ")]
        for pid, what in places:
            with contextlib.suppress(OSError):
                assert_clean(Path(f"/proc/{pid}/{what}").read_bytes(), f"/proc/{pid}/{what}")
        time.sleep(0.005)


class Watched(World):
    def run(self, *arguments, stdin=b"", program=("-m", "mailer"), **environ):
        """A child that is watched; its exit code, after everything it left was looked through."""
        command = [sys.executable, *program, *arguments]
        out, err = (self.folder / name for name in ("stdout", "stderr"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, env=self.environ(**environ), cwd=self.cwd
            )
            with process:
                process.stdin.write(stdin)
                process.stdin.close()
                watch(process, own_environ="MAILER_PASSWORD" not in environ)
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name not in ("keyring", "typed"):
                assert_clean(path.read_bytes(), path)
        assert err.read_bytes() or out.read_bytes()
        return process.returncode

    def said(self):
        return (self.folder / "stderr").read_text()


@pytest.fixture
def watched(tmp_path):
    if not Path("/proc/self/environ").exists():
        pytest.skip("there is no /proc here")
    made = with_keyring(tmp_path, Watched)
    (made.cwd / "letter.md").write_text(LETTER.format("one"))
    return made


def signed_in(world, server, **environ):
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "-vv")
    return world.run("login", ADDRESS, *where, "--password-stdin", stdin=f"{MARKER}\n".encode(), **environ)


def test_the_search_finds_what_is_there(watched):
    for form in (MARKER.encode(), base64.b64encode(MARKER.encode()), base64.b64encode(f"\0d\0{MARKER}".encode())):
        with pytest.raises(AssertionError):
            assert_clean(b"..." + form + b"...", "here")
    with pytest.raises(AssertionError):
        watched.run(program=("-c", f"import time; time.sleep(1); print('{MARKER}')"))


@pytest.mark.slow
@pytest.mark.parametrize("as_json", [False, True])
def test_every_command(watched, as_json):
    with recording_server(password=GOOD) as server:
        assert signed_in(watched, server) == 0
        for name in _COMMANDS:
            if name not in ("login", "logout"):
                words = (*ARGUMENTS.get(name, ()), "-vv", *(["--json"] if as_json and name not in NO_JSON else []))
                assert watched.run(name, *words) in ((2,) if name in FOR_A_DATABASE else (0, 1)), (name, watched.said())
        assert watched.run("login", "--test", "-vv") == 0
        assert len(server.messages) == 1
        assert watched.run("logout", "-vv") == 0
    assert watched.run("login", "--test") == 78


@pytest.mark.parametrize("way", ["environment", "command"])
def test_from_elsewhere(watched, way):
    (watched.folder / "typed").write_text(f"{MARKER}\n")
    command = f"sh -c 'sleep 0.1; cat {watched.folder / 'typed'}'"
    environ = {"MAILER_PASSWORD": MARKER} if way == "environment" else {"MAILER_PASSWORD_COMMAND": command}
    with recording_server(password=GOOD) as server:
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "-vv")
        assert watched.run("login", ADDRESS, *where, **environ) == 0
        assert watched.run("send", "letter.md", "--yes", "-vv", **environ) == 0
        assert watched.run("settings", "-vv", "--json", **environ) == 0
        assert server.sign_ins == [("PLAIN", *GOOD)] * 2


ECHO = f"535 5.7.8 {MARKER} and {base64.b64encode(f'{chr(0)}{ADDRESS}{chr(0)}{MARKER}'.encode()).decode()}\r\n".encode()


@pytest.mark.slow
@pytest.mark.parametrize("reply", [ECHO, ECHO[12:], DROP], ids=["refused", "garbage", "drop"])
def test_a_server_that_says_it_back(watched, reply):
    with recording_server(password=GOOD) as server:
        assert signed_in(watched, server) == 0
    with Scripted({"auth": [reply] * 3}, password=GOOD) as server:
        assert signed_in(watched, server) in (75, 77)
        environ = {"MAILER_SMTP_PORT": str(server.port)}
        assert watched.run("send", "letter.md", "--yes", "-vv", "--json", **environ) in (75, 77)
        assert watched.run("login", "--test", "--json", **environ) in (75, 77)
        assert server.verbs().count("AUTH") == 3


@pytest.mark.parametrize("backend", ["RefusingToSet", "Dropping", "Altering", "PlaintextKeyring"])
def test_a_keyring_that_fails(watched, backend):
    with recording_server(password=GOOD) as server:
        assert signed_in(watched, server, PYTHON_KEYRING_BACKEND=f"tests.kit.keyring_double.{backend}") == 77
    assert not watched.config.exists()


@pytest.mark.parametrize("place", ["mailer.transport.sasl.responses", "mailer.accounts.secrets.keyring.store"])
def test_a_bug_of_ours(watched, place):
    module, _, name = place.rpartition(".")
    program = f"""
import sys, {module}
def broken(*words, **more):
    raise RuntimeError("broken")
{module}.{name} = broken
from mailer.cli.main import run
sys.exit(run(sys.argv[1:]))
"""
    with recording_server(password=GOOD) as server:
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "-vv")
        words = ("login", ADDRESS, *where, "--password-stdin")
        assert watched.run(*words, program=("-c", program), stdin=MARKER.encode()) == 70
    assert re.search("RuntimeError: broken", watched.said())
    assert not watched.config.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_the_editor_does_not_get_it(watched):
    pexpect = pytest.importorskip("pexpect")
    editor = watched.folder / "editor"
    editor.write_text(f"#!/bin/sh\nenv > {watched.folder}/seen\n")
    editor.chmod(0o700)
    environ = watched.environ(EDITOR=str(editor), MAILER_PASSWORD=MARKER, MAILER_FROM=ADDRESS)
    (watched.cwd / "templates").mkdir()
    (watched.cwd / "templates" / "bare.md").write_text("Subject: Hello\nAbout: nothing asked\n\nGood morning.\n")
    words = ["-m", "mailer", "new", "bare", "--to", "lee@other.example"]
    child = pexpect.spawn(sys.executable, words, env=environ, cwd=str(watched.cwd), timeout=60)
    child.expect(pexpect.EOF)
    child.close()
    assert "EDITOR" in (watched.folder / "seen").read_text()
    assert_clean((watched.folder / "seen").read_bytes(), "the editor's environment")
