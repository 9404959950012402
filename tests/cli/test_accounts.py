from __future__ import annotations

import json

import keyring

from tests.kit import keyring_double as double
from tests.kit.accounts import memory, world
from tests.kit.smtp_server import recording_server
from tests.kit.world import ADDRESS, PASSWORD

__all__ = ["memory", "world"]


def two(world):
    with recording_server(password=(ADDRESS, PASSWORD)) as server:
        assert world.login(server).code == 0
        assert world.login(server, "--account", "a-second").code == 0


def test_none(world):
    done = world.mailer("accounts")
    assert (done.code, done.out) == (0, "")
    assert "mailer login" in done.err


def test_the_list_needs_no_keyring(world, memory):
    two(world)
    keyring.set_keyring(double.Raising(double.LOCKED))
    done = world.mailer("accounts")
    first, second = done.out.splitlines()
    assert first.split() == ["a-second", ADDRESS, "127.0.0.1", ADDRESS]
    assert second.split() == ["*", ADDRESS, ADDRESS, "127.0.0.1", ADDRESS]


def test_json(world, memory):
    two(world)
    first, second = map(json.loads, world.mailer("accounts", "--json").out.splitlines())
    assert (first["name"], first["default"]) == ("a-second", False)
    assert second == {
        "name": ADDRESS,
        "default": True,
        "from": ADDRESS,
        "host": "127.0.0.1",
        "username": ADDRESS,
        "file": str(world.file()),
        "error": None,
    }


def test_a_file_that_cannot_be_read(world, memory):
    two(world)
    world.file().write_bytes(b"MAILER_FROM=\xff\n")
    done = world.mailer("accounts", "--json")
    assert done.code == 78
    first, second = map(json.loads, done.out.splitlines())
    assert (first["name"], first["error"]) == ("a-second", None)
    assert (second["name"], second["error"]["file"]) == (ADDRESS, str(world.file()))
    assert str(world.file()) in done.err
    done = world.mailer("accounts")
    assert done.code == 78
    assert [line.split()[0] for line in done.out.splitlines()] == ["a-second", "*"]
