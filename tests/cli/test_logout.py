from __future__ import annotations

import json
import os
import sys

import keyring
import pytest

from tests.kit import keyring_double as double
from tests.kit.accounts import memory, world
from tests.kit.smtp_server import recording_server
from tests.kit.world import ADDRESS, PASSWORD

__all__ = ["memory", "world"]
SERVICE = "mailer:smtp:127.0.0.1"


@pytest.fixture
def server():
    with recording_server(password=(ADDRESS, PASSWORD)) as recorder:
        yield recorder


@pytest.fixture
def three(world, memory, server):
    """Accounts a, b (the default) and c; b and c share a login."""
    with recording_server(password=("lee", "pw")) as other:
        world.login(other, "--account", "b", "--username", "lee", password="pw")
        world.login(other, "--account", "c", "--username", "lee", password="pw")
    world.login(server, "--account", "a")
    assert set(memory.entries) == {(SERVICE, "lee"), (SERVICE, ADDRESS)}
    return world


def names(world):
    return [json.loads(line)["name"] for line in world.mailer("accounts", "--json").out.splitlines()]


def test_it_takes_the_default_account_away(world, memory, server):
    world.login(server)
    done = world.mailer("logout")
    assert done.code == 0
    assert ADDRESS in done.out
    assert (memory.entries, world.file().exists(), names(world)) == ({}, False, [])
    done = world.mailer("logout")
    assert done.code == 78
    assert "mailer login" in done.err


def test_by_name(three, memory):
    assert three.mailer("logout", "a").code == 0
    assert set(memory.entries) == {(SERVICE, "lee")}
    assert names(three) == ["b", "c"]


def test_a_secret_that_another_account_uses_stays(three, memory):
    done = three.mailer("logout", "--json")
    told = json.loads(done.out)
    assert told == {"account": "b", "secret_removed": False, "shared_with": "c", "default": "a", "error": None}
    assert (SERVICE, "lee") in memory.entries
    assert three.mailer("logout", "c").code == 0
    assert (SERVICE, "lee") not in memory.entries


def test_all(three, memory):
    done = three.mailer("logout", "--all")
    assert done.code == 0
    assert len(done.out.splitlines()) == 3
    assert (memory.entries, names(three)) == ({}, [])
    assert list((three.config / "accounts").iterdir()) == []
    assert three.mailer("logout", "--all").code == 0


def test_all_or_a_name(world):
    assert world.mailer("logout", "a", "--all").code == 2


def test_an_unknown_name(three, memory):
    done = three.mailer("logout", "../a")
    assert done.code == 78
    assert names(three) == ["a", "b", "c"]
    assert "--account" not in done.err
    done = three.mailer("logout", "x", "--json")
    assert json.loads(done.out)["error"]["code"] == 78


def test_beside_a_file_that_cannot_be_read_and_that_file_too(three, memory):
    three.file("bad").write_bytes(b"\xff\xfe")
    assert three.mailer("logout", "a").code == 0
    assert set(memory.entries) == {(SERVICE, "lee")}
    done = three.mailer("logout", "bad")
    assert (done.code, three.file("bad").exists()) == (0, False)
    assert "may still be in the keyring" in done.out
    three.file("bad").write_bytes(b"\xff\xfe")
    assert three.mailer("logout", "--all").code == 0
    assert (memory.entries, list((three.config / "accounts").iterdir())) == ({}, [])


def test_a_keyring_that_cannot_be_asked_keeps_everything(three, memory):
    keyring.set_keyring(double.Raising(double.LOCKED))
    done = three.mailer("logout", "a")
    assert done.code == 77
    assert "nothing is removed" in done.err
    done = three.mailer("logout", "--all", "--json")
    assert done.code == 77
    assert names(three) == ["a", "c"]  # b's secret is also c's: its file alone was to go
    assert [json.loads(line)["error"] is None for line in done.out.splitlines()] == [False, True, False]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_nothing_is_asked_at_a_terminal(world):
    pexpect = pytest.importorskip("pexpect")
    with recording_server(password=(ADDRESS, PASSWORD)) as server:
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
        assert world.process("login", ADDRESS, *where, "--password-stdin", input=PASSWORD.encode()).code == 0
    words = ["-m", "mailer", "logout"]
    child = pexpect.spawn(sys.executable, words, env=world.environ(), cwd=str(world.cwd), timeout=60)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert not world.file().exists()
