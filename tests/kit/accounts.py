"""Accounts on the command line: a keyring, name servers and a terminal of the test's own."""

from __future__ import annotations

import sys

import pytest

from tests.kit.keyring import in_memory
from tests.kit.world import ROOT, World


def signed_in(folder, kind=World):
    """A user whose home is ``folder``; the keyring of a process lasts from one to the next."""
    return kind(
        folder,
        cwd=folder / "work",
        home=folder,
        PYTHONPATH=str(ROOT),
        PYTHON_KEYRING_BACKEND="tests.kit.keyring_double.Kept",
        KEYRING_DOUBLE_FILE=str(folder / "keyring"),
        NO_COLOR="1",
    )


@pytest.fixture
def world(tmp_path):
    return signed_in(tmp_path)


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
    made = signed_in(tmp_path)
    children = []

    def start(*arguments, **environ):
        words = ["-m", "mailer", *arguments]
        child = pexpect.spawn(
            sys.executable,
            words,
            env=made.environ(**environ),
            cwd=str(made.cwd),
            timeout=60,
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
