from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, suppress

import keyring
import pytest

from mailer.accounts import sign_in
from mailer.accounts.oauth import store
from mailer.accounts.plan import OwnSignIn, ServerConfig, plan, server_of
from mailer.accounts.secrets import keyring as credentials
from mailer.accounts.secrets.entries import KeyringEntry, kept, take_out
from mailer.accounts.secrets.keyring import Found
from mailer.errors import BadSettings, CannotWrite, NotTrusted, Unreadable, Usage
from mailer.message.address import parse_mailbox
from mailer.settings import account_file, env_file, settings
from tests.kit import keyring_double as double
from tests.kit.keyring import memory

DANA = parse_mailbox("dana.ruiz@acme.example")
SMTP = "mailer:smtp:smtp.acme.example"
TYPED = Found("hunter2", "prompt")
__all__ = ["memory"]


@pytest.fixture
def config(tmp_path):
    return tmp_path / "config"


@pytest.fixture
def load(tmp_path, config):
    def call(account=None, **environ):
        return settings.load({"MAILER_CONFIG_DIR": str(config), **environ}, tmp_path, account)

    return call


def planned(load, ask=None, address=DANA, environ=None, **said):
    said.setdefault("smtp", "smtp.acme.example")
    return plan(ServerConfig(address, **said), load(**environ or {}), ask)


def yes(server, secret):
    """A server that takes everything."""


def log_in(load, found=TYPED, attempt=yes, **said):
    return sign_in.sign_in(planned(load, **said), load(), found, attempt)


def test_a_known_address_asks_nothing(load):
    made = plan(ServerConfig(parse_mailbox("Dana Ruiz <Dana.Ruiz@gmail.com>")), load(), None)
    assert made.name == "Dana.Ruiz@gmail.com"
    assert made.values == {
        "MAILER_FROM": "Dana Ruiz <Dana.Ruiz@gmail.com>",
        "MAILER_SMTP_HOST": "smtp.gmail.com",
        "MAILER_SMTP_SECURITY": "tls",
        "MAILER_SMTP_PORT": "465",
        "MAILER_SMTP_USERNAME": "Dana.Ruiz@gmail.com",
        "MAILER_AUTH": "password",
        "MAILER_IMAP_HOST": "imap.gmail.com",
        "MAILER_IMAP_SECURITY": "tls",
        "MAILER_IMAP_PORT": "993",
        "MAILER_IMAP_USERNAME": "Dana.Ruiz@gmail.com",
    }
    assert any("app password" in line and "https://" in line for line in made.advice)


def test_logins_as_the_provider_wants_them(load):
    web = plan(ServerConfig(parse_mailbox("dana@web.de")), load(), None).values
    assert (web["MAILER_SMTP_USERNAME"], web["MAILER_IMAP_USERNAME"]) == ("dana", "dana")
    icloud = plan(ServerConfig(parse_mailbox("dana@icloud.com")), load(), None).values
    assert (icloud["MAILER_SMTP_USERNAME"], icloud["MAILER_IMAP_USERNAME"]) == ("dana@icloud.com", "dana")
    assert icloud["MAILER_SENT_FOLDER"] == "Sent Messages"


def test_a_provider_that_takes_no_password(load):
    made = plan(ServerConfig(parse_mailbox("dana@outlook.com")), load(), None)
    assert made.values["MAILER_AUTH"] == "oauth2"
    assert any("OAuth2" in line for line in made.advice)
    made = plan(ServerConfig(parse_mailbox("dana@proton.me")), load(), None)
    assert any("Bridge must run" in line for line in made.advice)


def test_an_unknown_address_asks_or_names_the_option(load):
    with pytest.raises(Usage) as caught:
        planned(load, smtp="")
    assert (caught.value.code, "--smtp" in caught.value.hint) == (2, True)
    asked = []

    def ask(question):
        asked.append(question)
        return " mail.acme.example:587 "

    made = planned(load, ask, smtp="")
    assert "acme.example" in asked[0]
    assert len(asked) == 1
    assert made.values["MAILER_SMTP_HOST"] == "mail.acme.example"
    assert made.values["MAILER_SMTP_SECURITY"] == "starttls"


@pytest.mark.parametrize(
    ("smtp", "security", "expected"),
    [
        ("smtp.acme.example", "", ("smtp.acme.example", "tls", 465)),
        ("smtp.acme.example", "starttls", ("smtp.acme.example", "starttls", 587)),
        ("smtp.acme.example:587", "", ("smtp.acme.example", "starttls", 587)),
        ("smtp.acme.example:465", "", ("smtp.acme.example", "tls", 465)),
        ("smtp.acme.example:2525", "", ("smtp.acme.example", "tls", 2525)),
        ("smtp.acme.example:2525", "starttls", ("smtp.acme.example", "starttls", 2525)),
        ("127.0.0.1:2525", "none", ("127.0.0.1", "none", 2525)),
        ("[::1]:2525", "none", ("::1", "none", 2525)),
        ("::1", "none", ("::1", "none", 25)),
        ("SMTP.Acme.Example", "", ("smtp.acme.example", "tls", 465)),
    ],
)
def test_the_server_option(load, smtp, security, expected):
    server = server_of(planned(load, smtp=smtp, security=security), load())
    assert (server.host, server.security, server.port) == expected
    assert server.imap_host == ""


@pytest.mark.parametrize("smtp", ["a:b", "a:0", "a:65536", "smtp://a", "a b", "a/b", ":25", "a:25:"])
def test_a_server_option_that_cannot_be_read(load, smtp):
    with pytest.raises(Usage):
        planned(load, smtp=smtp)


def test_with_smtp_and_no_imap_none_is_looked_for(load):
    gmail = parse_mailbox("dana@gmail.com")
    made = planned(load, address=gmail, smtp="smtp.gmail.com")
    assert not [name for name in made.values if "IMAP" in name]
    made = planned(load, address=gmail, smtp="smtp.gmail.com", imap="imap.acme.example:143")
    assert made.values["MAILER_IMAP_HOST"] == "imap.acme.example"
    assert made.values["MAILER_IMAP_SECURITY"] == "starttls"


def test_another_security_has_another_port(load):
    made = plan(ServerConfig(parse_mailbox("d@gmail.com"), security="starttls", imap_security="starttls"), load(), None)
    assert (made.values["MAILER_SMTP_PORT"], made.values["MAILER_IMAP_PORT"]) == ("587", "143")


def test_settings_for_every_account_are_believed(load, tmp_path):
    environ = {"MAILER_SMTP_HOST": "smtp.acme.example", "MAILER_SMTP_USERNAME": "dana", "MAILER_FROM": "d@acme.example"}
    made = planned(load, smtp="", environ=environ)
    assert made.values["MAILER_SMTP_HOST"] == "smtp.acme.example"
    assert made.values["MAILER_SMTP_USERNAME"] == "dana"
    assert "MAILER_FROM" not in made.values
    (tmp_path / "ca.pem").write_text("x")
    environ = {"MAILER_CA_FILE": str(tmp_path / "ca.pem"), "MAILER_TIMEOUT": "3"}
    server = server_of(planned(load), load(**environ))
    assert (server.ca_file, server.connect_timeout) == (tmp_path / "ca.pem", 3)


def test_another_accounts_settings_are_not(load, memory):
    log_in(load, smtp="smtp.acme.example:2525", username="dana", security="starttls", imap="imap.acme.example")
    made = plan(ServerConfig(parse_mailbox("lee@gmail.com")), load(), None)
    assert made.values["MAILER_FROM"] == "lee@gmail.com"
    assert made.values["MAILER_SMTP_HOST"] == "smtp.gmail.com"
    server = server_of(planned(load, address=parse_mailbox("lee@other.example"), smtp="smtp.other.example"), load())
    assert (server.port, server.username, server.imap_host) == (465, "lee@other.example", "")


def test_a_ca_file_is_kept_with_its_whole_path_and_looked_at(load, tmp_path):
    (tmp_path / "ca.pem").write_text("x")
    made = planned(load, ca_file="ca.pem")
    assert made.values["MAILER_CA_FILE"] == str(tmp_path / "ca.pem")
    with pytest.raises(BadSettings) as caught:
        server_of(planned(load, ca_file="missing.pem"), load())
    assert caught.value.field == "MAILER_CA_FILE"


@pytest.mark.parametrize("name", ["", "a/b", "../x", ".x"])
def test_a_name_that_is_no_file_name(load, name):
    with pytest.raises(BadSettings):
        planned(load, account=name)


def test_sign_in_tries_stores_and_writes(load, memory, config):
    seen = []
    done = log_in(load, attempt=lambda server, secret: seen.append((server.host, server.username, secret)))
    assert seen == [("smtp.acme.example", DANA.addr_spec, "hunter2")]
    assert memory.entries == {(SMTP, DANA.addr_spec): "hunter2"}
    assert (done.backend, done.default, done.name) == ("tests.kit.keyring_double.Memory", True, DANA.addr_spec)
    assert "hunter2" not in done.path.read_text()
    assert done.path == config / "accounts" / f"{DANA.addr_spec}.env"
    found = load()
    assert found.submission_server().host == "smtp.acme.example"
    assert found.sender == DANA


def test_a_second_account_is_not_the_default(load, memory):
    log_in(load)
    assert log_in(load, account="work").default is False
    assert load().account == DANA.addr_spec


def test_signing_in_again_keeps_what_the_user_wrote(load, memory, config):
    done = log_in(load, imap="imap.acme.example")
    with done.path.open("a") as file:
        file.write("MAILER_FROM=Dana <dana.ruiz@acme.example>\nMAILER_SIGNATURE='Dana\n'\n")
    log_in(load, smtp="new.acme.example")
    values = {name: entry.text for name, entry in env_file.read(done.path).items()}
    assert values["MAILER_FROM"] == "Dana <dana.ruiz@acme.example>"
    assert values["MAILER_SIGNATURE"] == "Dana\n"
    assert values["MAILER_SMTP_HOST"] == "new.acme.example"
    assert "MAILER_IMAP_HOST" not in values


def test_a_server_that_says_no_leaves_nothing(load, memory, config):
    def no(server, secret):
        raise NotTrusted("535")

    with pytest.raises(NotTrusted, match="535"):
        log_in(load, attempt=no)
    assert memory.entries == {}
    assert not config.exists()


def test_a_keyring_that_does_not_keep_leaves_nothing(load, memory, config):
    keyring.set_keyring(double.Dropping())
    with pytest.raises(NotTrusted, match="did not keep"):
        log_in(load)
    assert not config.exists()


def test_settings_that_cannot_be_written_leave_the_keyring_as_it_was(load, memory, config):
    config.write_text("in the way")
    with pytest.raises(CannotWrite):
        log_in(load)
    assert memory.entries == {}
    memory.entries[SMTP, DANA.addr_spec] = "old"
    with pytest.raises(CannotWrite):
        log_in(load)
    assert memory.entries == {(SMTP, DANA.addr_spec): "old"}


def test_what_a_command_gives_is_not_stored(load, memory):
    done = log_in(load, found=Found("told", "MAILER_PASSWORD_COMMAND"))
    assert (memory.entries, done.backend) == ({}, "")


def test_without_sign_in_there_is_no_secret(load, memory):
    seen = []
    log_in(load, found=None, auth="none", attempt=lambda server, secret: seen.append((server.auth, secret)))
    assert seen == [("none", "")]
    assert memory.entries == {}


def test_the_list(load, memory, config):
    assert sign_in.list_accounts(config) == ()
    log_in(load)
    log_in(load, account="a-second", username="lee")
    first, second = sign_in.list_accounts(config)
    assert (first.name, first.default, first.username, first.host) == ("a-second", False, "lee", "smtp.acme.example")
    assert (second.name, second.default, second.sender) == (DANA.addr_spec, True, DANA.addr_spec)


def test_remove_takes_secret_and_file(load, memory, config):
    done = log_in(load)
    gone = sign_in.remove(config, None)
    assert (gone.name, gone.secret, gone.shared_with, gone.default) == (DANA.addr_spec, True, None, None)
    assert memory.entries == {}
    assert list(done.path.parent.iterdir()) == []
    with pytest.raises(BadSettings, match="no account is set up"):
        sign_in.remove(config, None)


def test_a_secret_that_another_account_uses_stays(load, memory, config):
    log_in(load)
    log_in(load, account="work", smtp="SMTP.acme.example:587")
    gone = sign_in.remove(config, "work")
    assert (gone.secret, gone.shared_with, gone.default) == (False, DANA.addr_spec, DANA.addr_spec)
    assert memory.entries
    assert sign_in.remove(config, DANA.addr_spec).secret is True
    assert memory.entries == {}


def test_the_next_by_name_becomes_the_default(load, memory, config):
    for name in ("b", "c", "a"):
        log_in(load, account=name, username=name)
    assert account_file.default(config) == "b"
    assert sign_in.remove(config, "c").default == "b"
    assert sign_in.remove(config, None).default == "a"
    assert (config / "accounts" / "default").read_text() == "a\n"


def test_removing_what_is_not_there_names_the_nearest(load, memory, config):
    log_in(load, account="work")
    with pytest.raises(BadSettings) as caught:
        sign_in.remove(config, "wrok")
    assert "work" in caught.value.hint


def test_a_locked_keyring_keeps_the_account(load, memory, config):
    done = log_in(load)
    keyring.set_keyring(double.Raising(double.LOCKED))
    with pytest.raises(NotTrusted) as caught:
        sign_in.remove(config, None)
    assert "nothing is removed" in caught.value.hint
    assert done.path.exists()


def test_an_account_without_a_secret_needs_no_keyring(load, memory, config):
    log_in(load, found=None, auth="none")
    keyring.set_keyring(double.Raising(double.LOCKED))
    assert sign_in.remove(config, None).secret is False


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder without permission")
def test_a_file_that_cannot_be_removed_keeps_its_secret(load, memory, config):
    log_in(load)
    (config / "accounts").chmod(0o500)
    with pytest.raises((CannotWrite, Unreadable)):
        sign_in.remove(config, None)
    (config / "accounts").chmod(0o700)
    assert memory.entries


def test_the_secret_is_found_where_it_was_stored(load, memory):
    log_in(load)
    server = load().submission_server()
    found = credentials.find(credentials.smtp_service(server.host), server.username, {})
    assert found.secret == "hunter2"


# More than one secret

IMAP = "mailer:imap:imap.acme.example"
ISSUER = {"MAILER_OAUTH_CLIENT_ID": "me", "MAILER_OAUTH_ISSUER": "https://id.test"}


def own(**how):
    return lambda server, secret: OwnSignIn(**how)


class Granted:
    """Tokens that somebody agreed to."""

    @contextmanager
    def kept(self):
        yield store.save("https://id.test", DANA.addr_spec, "refresh")


def test_the_folders_have_a_name_and_a_secret_of_their_own(load, memory, config):
    done = log_in(load, imap="imap.acme.example", attempt=own(username="dana", secret="second"))
    assert memory.entries == {(SMTP, DANA.addr_spec): "hunter2", (IMAP, "dana"): "second"}
    assert (done.own_secret, done.server.imap_username) == (True, "dana")
    assert load().server().imap_username == "dana"
    assert sign_in.remove(config, None).secret is True
    assert memory.entries == {}


def test_the_folders_are_left_out(load, memory):
    done = log_in(load, imap="imap.acme.example", attempt=own(left_out=True))
    assert (done.server.imap_host, load().server().imap_host) == ("", "")


def test_settings_that_cannot_be_written_leave_both_as_they_were(load, memory, config):
    before = {(SMTP, DANA.addr_spec): "old", (IMAP, DANA.addr_spec): "older"}
    memory.entries = dict(before)
    config.write_text("in the way")
    with pytest.raises(CannotWrite):
        log_in(load, imap="imap.acme.example", attempt=own(secret="second"))
    assert memory.entries == before


def test_a_secret_that_the_folders_need_no_more_goes_with_that_of_the_old_server(load, memory):
    log_in(load, imap="imap.acme.example", attempt=own(secret="second"))
    done = log_in(load, smtp="new.acme.example", imap="imap.acme.example")
    assert set(memory.entries) == {("mailer:smtp:new.acme.example", DANA.addr_spec)}
    assert {entry.kind for entry in done.gone} == {"smtp", "imap"}


def test_a_token_takes_the_place_of_a_password_and_back(load, memory):
    log_in(load)
    made = planned(load, auth="oauth2", environ=ISSUER)
    done = sign_in.sign_in(made, load(**ISSUER), Found("access", "OAuth2"), yes, Granted())
    assert memory.entries == {("mailer:oauth:https://id.test", DANA.addr_spec): "refresh"}
    assert done.gone == (KeyringEntry("smtp", "smtp.acme.example", DANA.addr_spec),)
    done = log_in(load, auth="password")
    assert memory.entries == {(SMTP, DANA.addr_spec): "hunter2"}
    assert done.gone == (KeyringEntry("oauth", "https://id.test", DANA.addr_spec),)


def test_a_command_in_place_of_the_secret_leaves_that_of_the_same_server(load, memory):
    log_in(load)
    log_in(load, found=Found("told", "MAILER_PASSWORD_COMMAND"))
    assert memory.entries == {(SMTP, DANA.addr_spec): "hunter2"}
    keyring.set_keyring(double.Raising(double.LOCKED))
    assert log_in(load, imap="imap.acme.example", found=Found("told", "MAILER_PASSWORD_COMMAND")).left == ""


def test_another_accounts_broken_file_stops_nothing(load, memory, config):
    log_in(load)
    (config / "accounts" / "work.env").write_bytes(b"\xff")
    done = log_in(load, smtp="new.acme.example")
    assert done.left
    assert set(memory.entries) == {(SMTP, DANA.addr_spec), ("mailer:smtp:new.acme.example", DANA.addr_spec)}


@pytest.mark.parametrize("content", [b"\xff", b"MAILER_SMTP_HOST='a b'\n", b'MAILER_FROM="\n'])
def test_a_file_that_cannot_be_read_can_be_removed_and_so_can_others(load, memory, config, content):
    log_in(load)
    (config / "accounts" / "work.env").write_bytes(content)
    known, unread = sign_in.list_accounts(config)
    assert (known.error, unread.name, unread.entries) == (None, "work", frozenset())
    assert unread.error.code == 78
    gone = sign_in.remove(config, DANA.addr_spec)
    assert (gone.secret, gone.unread, memory.entries) == (True, False, {})
    assert sign_in.remove(config, "work") == sign_in.Removed("work", False, None, None, unread=True)
    assert list((config / "accounts").iterdir()) == []


def test_secrets_are_stored_or_taken_out_all_or_none(memory):
    one, two = KeyringEntry("smtp", "a.example", "dana"), KeyringEntry("imap", "b.example", "dana")
    with pytest.raises(ValueError, match="no"), kept({one: "1", two: "2"}):
        raise ValueError("no")
    assert memory.entries == {}
    with kept({one: "1", two: "2"}) as backend:
        assert backend == "tests.kit.keyring_double.Memory"
    assert take_out([one, two, KeyringEntry("smtp", "c.example", "dana")]) == {one: "1", two: "2"}
    assert memory.entries == {}


# Several at once


class Slow(double.Memory):
    """Lets others in at each call."""

    def get_password(self, service, username):
        time.sleep(0.02)
        return super().get_password(service, username)

    def set_password(self, service, username, password):
        time.sleep(0.02)
        super().set_password(service, username, password)


def test_logins_and_a_logout_at_once_leave_nothing_half_done(load, config, memory):
    slow = Slow()
    keyring.set_keyring(slow)
    other = parse_mailbox("lee@acme.example")

    def log_out():
        with suppress(BadSettings):
            sign_in.remove(config, DANA.addr_spec)

    for _ in range(4):
        log_in(load)
        works = (log_out, lambda: log_in(load), lambda: log_in(load, address=other), log_out)
        threads = [threading.Thread(target=work) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        kept_for = {user for service, user in slow.entries if service == SMTP}
        assert kept_for == {account.username for account in sign_in.list_accounts(config)}


def test_a_login_that_fails_leaves_no_folder(load, config, use_dropping):
    with pytest.raises(NotTrusted):
        log_in(load)
    assert not config.exists()


@pytest.fixture
def use_dropping(memory):
    keyring.set_keyring(double.Dropping())
