from __future__ import annotations

import json

import keyring
import pytest

from mailer.settings.table import DEFAULTS
from tests.kit import keyring_double as double
from tests.kit.accounts import memory, world
from tests.kit.smtp_server import recording_server
from tests.kit.world import ADDRESS, PASSWORD

__all__ = ["memory", "world"]


@pytest.fixture
def account(world, memory):
    with recording_server(password=(ADDRESS, PASSWORD)) as server:
        assert world.login(server).code == 0
    return world


def row(done, name):
    return next(line.removeprefix(name).strip() for line in done.out.splitlines() if line.startswith(f"{name} "))


def told(world, *arguments, **environ):
    return json.loads(world.mailer("settings", "--json", *arguments, **environ).out)


def test_every_setting_with_value_and_origin(account):
    (account.cwd / ".env").write_text("MAILER_LANGUAGE=de\n")
    (account.config / ".env").write_text("MAILER_WINDOW=3\n")
    done = account.mailer("settings", MAILER_TIMEOUT="9")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == ["account", *DEFAULTS, "secret"]
    assert row(done, "MAILER_SMTP_HOST") == f"127.0.0.1  ({account.file()})"
    assert row(done, "MAILER_LANGUAGE") == f"de  ({account.cwd / '.env'})"
    assert row(done, "MAILER_WINDOW") == f"3  ({account.config / '.env'})"
    assert row(done, "MAILER_TIMEOUT") == "9  (environment)"
    assert row(done, "MAILER_FINAL_TIMEOUT") == "600  (default)"
    assert PASSWORD not in done.all


def test_json(account):
    found = told(account, MAILER_TIMEOUT="9")
    assert found["account"] == ADDRESS
    assert list(found["settings"]) == list(DEFAULTS)
    assert found["settings"]["MAILER_TIMEOUT"] == {"value": "9", "origin": "environment", "line": None}
    assert found["settings"]["MAILER_SMTP_HOST"]["line"] == 3
    assert found["error"] is None


def test_the_secret_as_found_or_not(account, memory):
    assert row(account.mailer("settings"), "secret") == "found: keyring (tests.kit.keyring_double.Memory)"
    assert told(account, MAILER_PASSWORD="x")["secret"]["where"] == "MAILER_PASSWORD"
    assert told(account, MAILER_PASSWORD_COMMAND="echo x")["secret"]["where"] == "MAILER_PASSWORD_COMMAND"
    assert told(account, MAILER_PASSWORD_COMMAND="false")["secret"]["found"] is False
    memory.entries.clear()
    done = account.mailer("settings")
    assert done.code == 0
    assert row(done, "secret").startswith("not found: there is no password for")
    keyring.set_keyring(double.Raising(double.LOCKED))
    assert "locked" in told(account)["secret"]["text"]


def test_no_account(world, memory):
    keyring.set_keyring(double.Raising(double.LOCKED))
    done = world.mailer("settings")
    assert done.code == 0
    assert row(done, "secret").startswith("not found: none is needed")
    assert told(world, MAILER_PASSWORD="x")["secret"]["found"] is True


def test_another_account(account):
    with recording_server(password=("lee", "pw")) as server:
        account.login(server, "--account", "work", "--username", "lee", password="pw")
    assert told(account, "--account", "work")["settings"]["MAILER_SMTP_USERNAME"]["value"] == "lee"
    assert account.mailer("settings", "--account", "wrok").code == 78


def test_a_wrong_value_is_shown_and_named(account):
    done = account.mailer("settings", MAILER_SMTP_PORT="abc")
    assert done.code == 78
    assert row(done, "MAILER_SMTP_PORT") == "abc  (environment)"
    assert "MAILER_SMTP_PORT" in done.err
    found = told(account, MAILER_SMTP_PORT="abc")
    assert (found["error"]["code"], found["secret"]["found"]) == (78, False)


def test_what_a_file_may_not_hold(world):
    (world.cwd / ".env").write_text("MAILER_PASSWORD=hunter2\n")
    done = world.mailer("settings", "--json")
    assert done.code == 78
    assert json.loads(done.out)["error"]["line"] == 1
    assert "hunter2" not in done.all


def test_control_characters_are_not_obeyed(world):
    done = world.mailer("settings", MAILER_FROM="a\x1b[2Jb", MAILER_SIGNATURE="one\ntwo")
    assert "\x1b" not in done.all
    assert row(done, "MAILER_SIGNATURE").startswith("one\\ntwo")
