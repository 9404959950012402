"""``login`` with OAuth2, and the commands after it: only a refresh token is kept."""

from __future__ import annotations

import os

import pytest

from mailer.accounts.oauth import store
from tests.kit.accounts import finish, memory, terminal, world
from tests.kit.imap_server import ImapServer
from tests.kit.oauth_server import playing
from tests.kit.smtp_server import recording_server
from tests.kit.world import ADDRESS

__all__ = ["memory", "terminal", "world"]
BEARER = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "rt-1" * 300}
DEVICE = {
    "device_code": "dc",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://auth.acme.example/device",
    "expires_in": 60,
    "interval": 0.01,
}
LETTER = f"From: {ADDRESS}\nTo: lee@acme.example\nSubject: Hello\n\nHello Lee, thank you.\n"


@pytest.fixture
def issuer():
    with playing() as played:
        played.metadata()
        played.routes["/device"] = [(200, DEVICE)]
        played.routes["/token"] = [(200, BEARER)]
        yield played


@pytest.fixture
def server():
    with recording_server(token=(ADDRESS, "at-1"), mechanisms=("XOAUTH2",)) as recorder:
        yield recorder


@pytest.fixture
def imap():
    with ImapServer(before="IMAP4rev1 AUTH=OAUTHBEARER AUTH=XOAUTH2 SASL-IR") as mailbox:
        mailbox.tokens[ADDRESS] = "at-1"
        yield mailbox


@pytest.fixture
def login(world, memory, issuer, server):
    def run(*more, **environ):
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "--auth", "oauth2", "--yes")
        settings = {
            "MAILER_OAUTH_CLIENT_ID": "me",
            "MAILER_OAUTH_ISSUER": issuer.url,
            "MAILER_OAUTH_SCOPE": "mail",
            "MAILER_OAUTH_FLOW": "device",
        }
        return world.mailer("login", ADDRESS, *where, *more, **{**settings, **environ})

    return run


def test_a_code_on_another_machine_then_a_letter(world, memory, issuer, server, login):
    done = login()
    assert done.code == 0, done.err
    assert "https://auth.acme.example/device" in done.err
    assert "WDJB-MJHT" in done.err
    assert "".join(memory.entries.values()) == BEARER["refresh_token"]
    assert {service.partition("#")[0] for service, _ in memory.entries} == {f"mailer:oauth:{issuer.url}"}
    text = world.file().read_text()
    assert f"MAILER_OAUTH_CLIENT_ID=me\nMAILER_OAUTH_ISSUER={issuer.url}\nMAILER_OAUTH_SCOPE=mail\n" in text
    issuer.routes["/token"] = [(200, {**BEARER, "refresh_token": "rt-2"})]
    (world.cwd / "letter.md").write_text(LETTER)
    sent = world.mailer("send", "letter.md", "--yes")
    assert sent.code == 0, sent.all
    assert server.sign_ins == [("XOAUTH2", ADDRESS, "at-1")] * 2
    assert list(memory.entries.values()) == ["rt-2"]
    shown = world.mailer("settings")
    assert "found: keyring" in shown.out
    for output in (done.all, sent.all, shown.all, text):
        assert "at-1" not in output
        assert "rt-" not in output


def test_both_servers_get_the_token(login, server, imap):
    done = login("--imap", f"127.0.0.1:{imap.port}", "--imap-security", "none")
    assert done.code == 0, done.err
    assert len(server.sign_ins) == len(imap.sign_ins) == 1


def test_a_server_that_refuses_the_token_stores_nothing(world, memory, issuer, login):
    issuer.routes["/token"] = [(200, {**BEARER, "access_token": "other"})]
    assert login().code == 77
    assert memory.entries == {}
    assert not world.file().exists()


def test_trying_stores_nothing(world, memory, login):
    assert login("--test").code == 0
    assert memory.entries == {}
    assert not world.config.exists()


def test_a_refresh_token_that_is_no_longer_good_is_77(world, memory, issuer, login):
    login()
    issuer.routes["/token"] = [(400, {"error": "invalid_grant", "error_description": "revoked"})]
    (world.cwd / "letter.md").write_text(LETTER)
    from mailer.accounts.oauth import access

    access._source.cache_clear()
    sent = world.mailer("send", "letter.md", "--yes")
    assert sent.code == 77
    assert "no longer good" in sent.err
    assert f"mailer login {ADDRESS}" in sent.err


def test_logout_takes_every_piece_away(world, memory, issuer, login):
    login(MAILER_OAUTH_CLIENT_SECRET="client-secret")
    assert store.load(issuer.url, "me").secret == "client-secret"
    assert world.mailer("logout").code == 0
    assert memory.entries == {}
    assert not world.file().exists()


def test_a_token_that_another_account_uses_stays(world, memory, issuer, login):
    login()
    login("--account", "other")
    assert world.mailer("logout", "other").code == 0
    assert store.load(issuer.url, ADDRESS).secret == BEARER["refresh_token"]


def test_an_access_token_on_standard_input_is_tried_and_not_stored(world, memory, server):
    done = world.login(server, "--auth", "oauth2", password="at-1")
    assert done.code == 0, done.err
    assert memory.entries == {}
    assert "not stored" in done.out


def test_nobody_to_agree(world, memory, issuer, server):
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "--auth", "oauth2")
    done = world.mailer("login", ADDRESS, *where, MAILER_OAUTH_CLIENT_ID="me", MAILER_OAUTH_ISSUER=issuer.url)
    assert done.code == 2
    assert "--yes" in done.err
    assert not issuer.asked


def test_a_client_secret_does_not_reach_other_programs(world, memory, server):
    settings = {"MAILER_TOKEN_COMMAND": 'sh -c "echo at-1${MAILER_OAUTH_CLIENT_SECRET}"', "MAILER_AUTH": "oauth2"}
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
    done = world.mailer("login", ADDRESS, *where, MAILER_OAUTH_CLIENT_SECRET="shh", PATH="/usr/bin:/bin", **settings)
    assert done.code == 0, done.err


def test_client_id_and_address_are_asked_for(world, memory, issuer, server, monkeypatch):
    monkeypatch.setattr("mailer.cli.app.App.can_ask", lambda _: True)
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "--auth", "oauth2")
    settings = {"MAILER_OAUTH_ISSUER": issuer.url, "MAILER_OAUTH_FLOW": "paste"}
    wrong = world.mailer("login", ADDRESS, *where, input=b"my-id\nhttp://127.0.0.1/?code=c&state=x\n", **settings)
    assert wrong.code == 77
    assert "another sign-in" in wrong.err
    assert f"{issuer.url}/authorize?response_type=code&client_id=my-id" in wrong.err
    monkeypatch.setattr("mailer.accounts.oauth.code.secrets.token_urlsafe", lambda length: "x" * length)
    pasted = b"my-id\nhttp://127.0.0.1/?code=c&state=" + b"x" * 24 + b"\n"
    done = world.mailer("login", ADDRESS, *where, input=pasted, **settings)
    assert done.code == 0, done.err
    assert "MAILER_OAUTH_CLIENT_ID=my-id" in world.file().read_text()
    assert "".join(memory.entries.values()) == BEARER["refresh_token"]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_pasted_octet_that_is_no_utf8_is_asked_for_again(terminal, issuer, server):
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "--auth", "oauth2")
    settings = {"MAILER_OAUTH_ISSUER": issuer.url, "MAILER_OAUTH_CLIENT_ID": "me", "MAILER_OAUTH_FLOW": "paste"}
    child = terminal("login", ADDRESS, *where, PYTHONIOENCODING="utf-8:strict", **settings)
    child.expect("Address:")
    child.setecho(False)
    os.write(child.child_fd, b"http://127.0.0.1/?code=\xff&state=x\n")
    child.expect("That is not it")
    child.sendeof()
    assert finish(child) == 130
