"""``doctor`` on the command line: words, JSON, exit codes; no secret anywhere."""

from __future__ import annotations

import json

import pytest

from tests.kit.accounts import memory, world
from tests.kit.imap_server import ImapServer
from tests.kit.smtp_server import Scripted, recording_server
from tests.kit.world import ADDRESS, PASSWORD

__all__ = ["memory", "world"]
STEPS = ["settings", "keyring", "dns", "tcp", "tls", "ehlo", "auth", "envelope", "imap"]


@pytest.fixture
def server():
    with recording_server(password=(ADDRESS, PASSWORD)) as server:
        yield server


@pytest.fixture
def imap():
    with ImapServer() as server:
        server.passwords[ADDRESS] = PASSWORD
        yield server


@pytest.fixture
def account(world, memory, server, imap):
    """One that ``login`` set up, with folders."""
    folders = ("--imap", f"127.0.0.1:{imap.port}", "--imap-security", "none")
    assert world.login(server, *folders).code == 0
    for seen in (server.commands, server.sign_ins, imap.sign_ins):
        seen.clear()
    return world


def test_after_login_all_is_well(account, server, imap):
    done = account.mailer("doctor", "--json")
    found = json.loads(done.out)
    assert (done.code, found["ok"], found["error"]) == (0, True, None), found
    assert list(found) == ["ok", "steps", "error"]
    assert [step["step"] for step in found["steps"]] == STEPS
    assert {tuple(step) for step in found["steps"]} == {("step", "ok", "seconds", "seen", "text", "hint")}
    assert [step["ok"] for step in found["steps"]] == [True, True, True, True, None, True, True, True, True]
    assert "keyring (tests.kit.keyring_double.Memory)" in done.out
    assert f"account {ADDRESS}" in done.out
    assert PASSWORD not in done.all
    assert (server.messages, len(server.sign_ins), imap.sign_ins) == ([], 1, ["PLAIN"])


def test_in_words(account):
    done = account.mailer("doctor")
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == STEPS
    assert "All is well. Nothing was sent." in done.err
    for word in ("drafts in Drafts", "sent letters in Sent", "SIZE", "127.0.0.1"):
        assert word in done.out
    assert done.out.isprintable() or "\x1b" not in done.out


def test_the_conversation_without_secrets(account):
    done = account.mailer("doctor", "-v", "--json")
    assert json.loads(done.out)["ok"] is True
    for word in ("> EHLO", "> AUTH PLAIN", "> MAIL FROM", "> RSET", "AUTHENTICATE"):
        assert word in done.err
    assert "> DATA" not in done.err
    for secret in (PASSWORD, "AGRhbmEucnVpekBhY21lLmV4YW1wbGU"):
        assert secret not in done.all


def test_a_wrong_password_in_words_and_json(account, server):
    done = account.mailer("doctor", MAILER_PASSWORD="wrong-horse")
    assert done.code == 77
    assert "auth      FAILED" in done.out
    assert "→ " in done.out
    assert "Begin with auth. Nothing was sent." in done.err
    again = account.mailer("doctor", "--json", MAILER_PASSWORD="wrong-horse")
    found = json.loads(again.out)
    auth = found["steps"][6]
    assert (again.code, found["ok"], auth["ok"], found["error"]["code"]) == (77, False, False, 77)
    assert (found["error"]["text"], found["error"]["hint"]) == (auth["text"], auth["hint"])
    assert found["steps"][7]["ok"] is None
    assert "wrong-horse" not in done.all + again.all


def test_no_secret(account, memory):
    memory.entries.clear()
    done = account.mailer("doctor")
    assert (done.code, "mailer login" in done.out) == (77, True)


def test_no_account_at_all(world, memory):
    done = world.mailer("doctor", "--json")
    found = json.loads(done.out)
    assert (done.code, found["error"]["field"]) == (78, "MAILER_SMTP_HOST")
    assert [step["ok"] for step in found["steps"]] == [False] + [None] * 8


def test_an_account_that_is_not_there(account):
    done = account.mailer("doctor", "--account", "wrok", "--json")
    found = json.loads(done.out)
    assert (done.code, found["steps"][0]["ok"]) == (78, False)
    assert "wrok" in found["steps"][0]["text"]


def test_a_named_account(account, memory):
    with Scripted(password=(ADDRESS, PASSWORD)) as other:
        assert account.login(other, "--account", "work").code == 0
        done = account.mailer("doctor", "--account", "work")
        assert (done.code, "account work" in done.out) == (0, True)
        assert "no IMAP server is set" in done.out
    assert account.mailer("doctor", "--account", "work").code == 75


def test_what_a_server_says_does_not_reach_the_terminal_as_it_is(world, memory):
    hostile = b"550 5.1.1 \x1b[2Jgone \xe2\x80\xaetxt\r\n"
    with Scripted({"rcpt": hostile}, password=(ADDRESS, PASSWORD)) as server:
        assert world.login(server).code == 0
        done = world.mailer("doctor")
    assert done.code == 69
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_help(world):
    done = world.mailer("doctor", "-h")
    assert (done.code, "Example: mailer doctor" in done.out) == (0, True)
    assert "doctor" in world.mailer("-h").out
