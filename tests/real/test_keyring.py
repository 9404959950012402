"""The real GNOME Keyring: each case in a session bus, home and collection of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [name for name in PROGRAMS if shutil.which(name) is None]

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (Debian: dbus-daemon, gnome-keyring)"
    ),
]

UNLOCK = "printf 'login\\n' | gnome-keyring-daemon --unlock --components=secrets"
START = "gnome-keyring-daemon --start --components=secrets"
CHILD = """
import sys, time
from mailer.accounts.secrets import keyring as credentials
from mailer.errors import MailerError
begun = time.monotonic()
try:
    {do}
except MailerError as error:
    print(error.code, error.text)
print(f"{{time.monotonic() - begun:.1f}}")
"""
STORE = "print(credentials.store('mailer:smtp:smtp.acme.example', 'dana', 'kept'))"


@pytest.fixture
def session(tmp_path):
    """Run shell lines and a child, in this order, in one session bus; what the child printed, line by line."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONPATH": str(ROOT),
        "PYTHON": sys.executable,
    }

    def run(before, do, bus=True):
        (tmp_path / "child.py").write_text(CHILD.format(do=do))
        lines = f"{before} >/dev/null 2>&1\n" if before else ""
        shell = ["sh", "-c", f'{lines}exec "$PYTHON" "$HOME/child.py"']
        command = ["dbus-run-session", "--", *shell] if bus else shell
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_unlocked(session):
    do = (
        "s = 'mailer:smtp:smtp.acme.example'; long = 'ä' * 9000;"
        "print(credentials.store(s, 'dana', long)); print(credentials.lookup(s, 'dana').secret == long);"
        "print(credentials.find(s, 'dana', {}).where);"
        "print(credentials.forget(s, 'dana'), credentials.forget(s, 'dana'), credentials.lookup(s, 'dana'))"
    )
    said = session(UNLOCK, do)
    assert said[:4] == ["SecretService.Keyring", "True", "keyring (SecretService.Keyring)", "True False None"]


def test_what_is_stored_is_there_in_the_next_session(session):
    assert session(UNLOCK, STORE)[0] == "SecretService.Keyring"
    do = "print(credentials.lookup('mailer:smtp:smtp.acme.example', 'dana').secret)"
    assert session(UNLOCK, do)[0] == "kept"


def test_locked(session):
    session(UNLOCK, STORE)
    for do in (STORE, STORE.replace("store", "lookup").replace(", 'kept'", "")):
        said = session(START, do)
        assert said[0].startswith("77 the keyring is locked")
        assert float(said[-1]) < 5


def test_no_collection(session):
    said = session(START, STORE)
    assert said[0].startswith("77 the keyring has no collection")


@pytest.mark.slow
def test_a_prompt_that_nobody_answers(session, tmp_path):
    session(UNLOCK, STORE)
    services = tmp_path / "data" / "dbus-1" / "services"
    services.mkdir(parents=True)
    (services / "org.gnome.keyring.SystemPrompter.service").write_text(
        "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/bin/sleep 11\n"
    )
    begun = time.monotonic()
    said = session(START, STORE)
    assert said[0].startswith("77 the keyring gave no answer within 10 seconds")
    assert 9 < float(said[-1]) < 14
    assert time.monotonic() - begun < 30


def test_no_bus(session):
    said = session("", STORE, bus=False)
    assert said[0].startswith("77 no keyring can be reached here: there is no D-Bus session")


def test_a_bus_that_is_gone(session):
    said = session("export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere", STORE)
    assert said[0].startswith("77 no keyring can be reached here")
