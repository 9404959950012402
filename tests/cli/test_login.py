from __future__ import annotations

import base64
import json
import os
import stat

import keyring
import pytest

from tests.kit import keyring_double as double
from tests.kit.accounts import finish, memory, terminal, world
from tests.kit.imap_server import ImapServer
from tests.kit.smtp_server import DROP, Authority, Scripted, recording_server
from tests.kit.terminal import interrupt
from tests.kit.world import ADDRESS, PASSWORD

GOOD = (ADDRESS, PASSWORD)
__all__ = ["memory", "terminal", "world"]
SERVICE = "mailer:smtp:127.0.0.1"


@pytest.fixture
def server():
    with recording_server(password=GOOD) as recorder:
        yield recorder


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def nothing_stored(world, memory):
    return memory.entries == {} and not world.config.exists()


# What is stored


def test_it_signs_in_then_stores_secret_and_settings(world, memory, server):
    done = world.login(server)
    assert done.code == 0, done.err
    assert server.sign_ins == [("PLAIN", *GOOD)]
    assert memory.entries == {(SERVICE, ADDRESS): PASSWORD}
    assert "tests.kit.keyring_double.Memory" in done.out
    assert str(world.file()) in done.out
    text = world.file().read_text()
    assert PASSWORD not in done.all + text
    assert text.splitlines()[1:] == [
        f"MAILER_FROM={ADDRESS}",
        "MAILER_SMTP_HOST=127.0.0.1",
        "MAILER_SMTP_SECURITY=none",
        f"MAILER_SMTP_PORT={server.port}",
        f"MAILER_SMTP_USERNAME={ADDRESS}",
        "MAILER_AUTH=password",
    ]
    assert stat.S_IMODE(world.file().stat().st_mode) == 0o600
    assert (world.config / "accounts" / "default").read_text() == f"{ADDRESS}\n"


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_over_a_verified_line(world, memory, authority, security):
    with recording_server(security=security, tls=authority.good(), password=GOOD) as server:
        words = ("login", ADDRESS, "--smtp", f"localhost:{server.port}", "--security", security, "--password-stdin")
        done = world.mailer(*words, input=PASSWORD.encode())
        assert done.code == 77
        assert "MAILER_CA_FILE" in done.err
        assert (server.sign_ins, nothing_stored(world, memory)) == ([], True)
        (world.cwd / "ca.pem").write_bytes(authority.ca_file.read_bytes())
        done = world.mailer(*words, "--ca-file", "ca.pem", input=PASSWORD.encode())
        assert done.code == 0, done.err
        assert f"MAILER_CA_FILE={world.cwd / 'ca.pem'}" in world.file().read_text()
        assert "TLSv1." in done.out
        assert world.mailer("login", "--test").code == 0
    assert server.sign_ins == [("PLAIN", *GOOD)] * 2


@pytest.mark.parametrize("kind", ["expired", "wrong_host", "cn_only", "unknown"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_is_not_trusted(world, memory, authority, kind, security):
    with Scripted(security=security, tls=getattr(authority, kind)(), password=GOOD) as server:
        where = ("--smtp", f"localhost:{server.port}", "--security", security, "--ca-file", str(authority.ca_file))
        done = world.mailer("login", ADDRESS, *where, "--password-stdin", input=PASSWORD.encode())
    assert done.code == 77
    assert "certificate" in done.err
    assert "AUTH" not in server.verbs()
    assert nothing_stored(world, memory)


def test_starttls_that_is_taken_out(world, memory, authority):
    with Scripted(password=GOOD) as server:
        where = ("--smtp", f"localhost:{server.port}", "--security", "starttls")
        done = world.mailer("login", ADDRESS, *where, "--password-stdin", input=PASSWORD.encode())
    assert (done.code, server.verbs()) == (69, ["EHLO"])
    assert "STARTTLS" in done.err
    assert nothing_stored(world, memory)


def test_another_account_is_not_the_default(world, memory, server):
    world.login(server)
    done = world.login(server, "--account", "work", "--username", ADDRESS)
    assert done.code == 0
    assert "--account work" in done.err
    assert world.file("work").exists()
    assert (world.config / "accounts" / "default").read_text() == f"{ADDRESS}\n"


def test_json(world, memory, server):
    done = world.login(server, "--json")
    told = json.loads(done.out)
    assert {key: told[key] for key in ("status", "account", "default", "host", "port", "error")} == {
        "status": "signed-in",
        "account": ADDRESS,
        "default": True,
        "host": "127.0.0.1",
        "port": server.port,
        "error": None,
    }
    assert (told["keyring"], told["file"], told["mechanism"]) == (
        "tests.kit.keyring_double.Memory",
        str(world.file()),
        "PLAIN",
    )
    done = world.login(server, "--json", password="wrong")
    assert (done.code, json.loads(done.out)["error"]["code"]) == (77, 77)


def test_from_is_written_unless_it_is_set(world, memory, server):
    world.login(server, MAILER_FROM="Dana Ruiz <d@acme.example>")
    assert "MAILER_FROM" not in world.file().read_text()
    world.login(server, address=f"Dana Ruiz <{ADDRESS}>")
    assert f"MAILER_FROM='Dana Ruiz <{ADDRESS}>'" in world.file().read_text()


def test_signing_in_again_needs_the_password_alone(world, memory, server, imap):
    world.login(server, "--imap", f"127.0.0.1:{imap.port}", "--imap-security", "none")
    before = world.file().read_text()
    memory.entries.clear()
    again = world.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode())
    assert again.code == 0, again.err
    assert memory.entries == {(SERVICE, ADDRESS): PASSWORD}
    assert world.file().read_text() == before
    by_name = world.mailer("login", "--account", ADDRESS, "--password-stdin", input=PASSWORD.encode())
    assert by_name.code == 0, by_name.err


def test_another_accounts_password_command_is_not_used(world, memory, server):
    world.login(server)
    with world.file().open("a") as file:
        file.write("MAILER_PASSWORD_COMMAND='echo somebody-elses'\n")
    done = world.mailer("login", "lee@acme.example", "--smtp", f"127.0.0.1:{server.port}", "--security", "none")
    assert done.code == 2
    assert "--password-stdin" in done.err


# The password


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (b"word\n", "word"),
        (b"word\r\n", "word"),
        (b"word", "word"),
        (b"word\n\n", "word\n"),
        (b" two words \n", " two words "),
        (b"first\nsecond\n", "first\nsecond"),
        ("pässword\n".encode(), "pässword"),
    ],
)
def test_password_stdin_takes_all_but_one_line_end(world, memory, given, meant):
    with recording_server(password=(ADDRESS, meant)) as server:
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
        done = world.mailer("login", ADDRESS, *where, "--password-stdin", input=given)
    assert done.code == 0, done.err
    assert memory.entries == {(SERVICE, ADDRESS): meant}


@pytest.mark.parametrize("given", [b"", b"\n", b"\xff\xfe\n", b"a\0b\n", b"x" * (2 << 20)])
def test_what_is_no_password(world, memory, server, given):
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
    done = world.mailer("login", ADDRESS, *where, "--password-stdin", input=given)
    assert done.code == 77
    assert server.commands == []
    assert nothing_stored(world, memory)


def test_the_password_of_the_environment_is_stored(world, memory, server):
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
    done = world.mailer("login", ADDRESS, *where, MAILER_PASSWORD=PASSWORD)
    assert done.code == 0, done.err
    assert memory.entries == {(SERVICE, ADDRESS): PASSWORD}


def test_the_password_of_a_command_is_not(world, memory, server):
    where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none")
    done = world.mailer("login", ADDRESS, *where, MAILER_PASSWORD_COMMAND=f"printf '%s\\n' '{PASSWORD}'")
    assert done.code == 0, done.err
    assert memory.entries == {}
    assert "MAILER_PASSWORD_COMMAND" in done.out
    assert world.file().exists()


def test_without_sign_in(world, memory):
    with recording_server() as server:
        where = ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", "--auth", "none")
        done = world.mailer("login", ADDRESS, *where)
    assert done.code == 0, done.err
    assert memory.entries == {}
    assert "MAILER_AUTH=none" in world.file().read_text()


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token(world, memory, mechanism):
    with recording_server(token=(ADDRESS, "t0k3n"), mechanisms=(mechanism,)) as server:
        assert world.login(server, "--auth", "oauth2", password="t0k3n").code == 0
        assert server.sign_ins == [(mechanism, ADDRESS, "t0k3n")]
        assert world.login(server, "--auth", "oauth2", password="stale").code == 77


def test_no_token(world, memory):
    done = world.mailer("login", "dana@outlook.com")
    assert done.code == 77
    assert "OAuth2" in done.err
    assert "mailer draft" in done.err
    assert "MAILER_TOKEN_COMMAND" in done.err


# Nothing half done


def test_a_wrong_password(world, memory, server):
    done = world.login(server, password="wrong")
    assert done.code == 77
    assert "535" in done.err
    assert "give the password again" in done.err
    assert "`mailer login`" not in done.err
    assert len(server.sign_ins) == 1
    assert nothing_stored(world, memory)


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (b"535 5.7.139 Authentication unsuccessful, basic authentication is disabled.\r\n", 77, "mailer draft"),
        (b"535 5.7.8 Username and Password not accepted.\r\n", 77, "user name or password"),
        (b"534 5.7.9 Application-specific password required.\r\n", 77, "app password"),
        (b"454 4.7.0 Temporary authentication failure\r\n", 75, "454"),
        (b"garbage\r\n", 75, "no SMTP reply"),
        (DROP, 75, "closed the connection"),
    ],
)
def test_replies_to_the_sign_in_are_explained(world, memory, reply, code, words):
    with Scripted({"auth": [reply]}, password=GOOD) as server:
        done = world.login(server)
        assert (done.code, nothing_stored(world, memory)) == (code, True), done.err
        assert words in done.err
        assert server.verbs().count("AUTH") == 1
        assert world.login(server).code == 0


@pytest.mark.parametrize("phase", ["greeting", "ehlo"])
@pytest.mark.parametrize(
    ("reply", "code"), [(b"421 4.3.2 busy\r\n", 75), (b"554 5.7.1 go away\r\n", 69), (b"hello\r\n", 75), (DROP, 75)]
)
def test_a_server_that_does_not_open(world, memory, phase, reply, code):
    with Scripted({phase: [reply]}, password=GOOD) as server:
        assert world.login(server).code == code
        assert nothing_stored(world, memory)


def test_a_server_that_says_nothing(world, memory):
    with Scripted({"greeting": [b""]}, password=GOOD) as server:
        assert world.login(server, MAILER_TIMEOUT="0.3").code == 75
    assert nothing_stored(world, memory)


def test_a_keyring_that_does_not_keep(world, memory, server):
    for backend, words in (
        (double.Dropping(), "did not keep"),
        (double.Raising(double.LOCKED), "locked"),
        (double.PlaintextKeyring(), "in the clear"),
    ):
        keyring.set_keyring(backend)
        done = world.login(server)
        assert (done.code, world.config.exists()) == (77, False)
        assert words in done.err
        assert "MAILER_PASSWORD" in done.err


def test_a_folder_that_cannot_be_written(world, memory, server):
    world.config.write_text("in the way")
    assert world.login(server).code == 73
    assert memory.entries == {}


def test_none_is_for_this_machine_only(world, memory):
    done = world.mailer(
        "login",
        ADDRESS,
        "--smtp",
        "192.0.2.1",
        "--security",
        "none",
        "--password-stdin",
        input=b"x",
        MAILER_TIMEOUT="1",
    )
    assert done.code in (75, 78)
    assert nothing_stored(world, memory)


# --test


def test_trying_stores_nothing(world, memory, server):
    done = world.login(server, "--test")
    assert done.code == 0, done.err
    assert server.sign_ins == [("PLAIN", *GOOD)]
    assert nothing_stored(world, memory)
    assert world.login(server, "--test", password="wrong").code == 77
    done = world.login(server, "--test", "--json")
    assert json.loads(done.out)["status"] == "tested"


def test_trying_the_default_account(world, memory, server):
    world.login(server)
    done = world.mailer("login", "--test")
    assert done.code == 0, done.err
    assert len(server.sign_ins) == 2
    memory.entries[SERVICE, ADDRESS] = "old"
    assert world.mailer("login", "--test").code == 77
    assert world.mailer("login", "--test", "--password-stdin", input=PASSWORD.encode()).code == 0
    assert memory.entries[SERVICE, ADDRESS] == "old"
    memory.entries.clear()
    done = world.mailer("login", "--test")
    assert done.code == 77
    assert "there is no password" in done.err


def test_trying_a_named_account_and_other_servers(world, memory, server):
    world.login(server)
    with recording_server(password=("lee", "pw")) as other:
        world.login(other, "--account", "work", "--username", "lee", password="pw")
        assert world.mailer("login", "--test", "--account", "work").code == 0
        assert len(other.sign_ins) == 2
        assert world.mailer("login", ADDRESS, "--test", "--smtp", f"127.0.0.1:{other.port}").code in (75, 77)
    assert world.mailer("login", ADDRESS, "--test").code == 0
    assert world.mailer("login", "--test", "--account", "wrok").code == 78
    assert world.mailer("login", "--test", "--auth", "none").code == 0


def test_options_are_laid_over_the_account_that_is_tried(world, memory, server):
    world.login(server)
    with recording_server(password=("lee", "pw")) as other:
        words = ("--smtp", f"127.0.0.1:{other.port}", "--security", "none", "--username", "lee", "--password-stdin")
        assert world.mailer("login", "--test", *words, input=b"pw\n").code == 0
        assert other.sign_ins == [("PLAIN", "lee", "pw")]
    done = world.mailer("login", "--test", "--security", "starttls", MAILER_TIMEOUT="1")
    assert "127.0.0.1, port 587, starttls" in done.err
    assert "MAILER_SMTP_USERNAME=lee" not in world.file().read_text()


def test_a_ca_file_is_found_from_any_folder(world, authority):
    (world.cwd / "ca.pem").write_bytes(authority.ca_file.read_bytes())
    with recording_server(security="tls", tls=authority.good(), password=GOOD) as server:
        words = ("login", ADDRESS, "--smtp", f"localhost:{server.port}", "--ca-file", "ca.pem", "--password-stdin")
        done = world.process(*words, input=PASSWORD.encode())
        assert done.code == 0, done.err
        assert world.process("login", "--test").code == 0
    assert f"MAILER_CA_FILE={world.cwd / 'ca.pem'}" in world.file().read_text()


def test_trying_without_an_account(world, memory):
    done = world.mailer("login", "--test")
    assert done.code == 78
    assert "mailer login" in done.err


# Which servers


def test_with_smtp_and_no_imap_none_is_looked_for(world, memory, server):
    world.login(server, address="dana@gmail.com", password="x")
    with recording_server(password=("dana@gmail.com", PASSWORD)) as gmail:
        world.login(gmail, address="dana@gmail.com")
    assert "IMAP" not in world.file("dana@gmail.com").read_text()


@pytest.fixture
def imap():
    with ImapServer() as server:
        server.passwords[ADDRESS] = PASSWORD
        yield server


def test_both_sign_ins_are_tried_before_anything_is_stored(world, memory, server, imap):
    words = ("--imap", f"127.0.0.1:{imap.port}", "--imap-security", "none")
    assert world.login(server, *words).code == 0
    assert (len(server.sign_ins), len(imap.sign_ins)) == (1, 1)
    text = world.file().read_text()
    assert f"MAILER_IMAP_HOST=127.0.0.1\nMAILER_IMAP_SECURITY=none\nMAILER_IMAP_PORT={imap.port}\n" in text


def test_a_mailbox_that_says_no_stores_nothing(world, memory, server, imap):
    imap.passwords[ADDRESS] = "another"
    done = world.login(server, "--imap", f"127.0.0.1:{imap.port}", "--imap-security", "none")
    assert done.code == 77
    assert nothing_stored(world, memory)
    assert len(imap.sign_ins) == 1


def test_a_mailbox_that_is_not_there_stores_nothing(world, memory, server):
    done = world.login(server, "--imap", "127.0.0.1:9", "--imap-security", "none")
    assert done.code == 75
    assert nothing_stored(world, memory)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("dana@gmail.com", ("smtp.gmail.com", "465", "app password", "https://myaccount.google.com/apppasswords")),
        ("dana@icloud.com", ("smtp.mail.me.com", "587", "app password")),
        ("dana@gmx.de", ("mail.gmx.net", "allow POP3 and IMAP")),
        ("dana@outlook.com", ("smtp-mail.outlook.com", "OAuth2", "mailer draft")),
    ],
)
def test_what_the_provider_wants_is_said_first(world, memory, address, words):
    done = world.mailer("login", address)
    assert done.code in (2, 77)
    for word in words:
        assert word in done.err


def test_without_a_terminal_the_option_is_named(world, memory, server):
    assert "ADDRESS" in world.mailer("login").err
    for words, option in (
        (("login",), "ADDRESS"),
        (("login", ADDRESS), "--smtp"),
        (("login", ADDRESS, "--password-stdin"), "--smtp"),
        (("login", ADDRESS, "--smtp", f"127.0.0.1:{server.port}"), "--password-stdin"),
        (("login", ADDRESS, "--test", "--smtp", f"127.0.0.1:{server.port}"), "--password-stdin"),
    ):
        done = world.mailer(*words, "--json")
        assert (done.code, done.out) == (2, ""), words
        assert option in done.err
    assert server.commands == []
    assert nothing_stored(world, memory)


def test_a_server_that_the_working_folder_names_is_asked_about(world, memory, server):
    (world.cwd / ".env").write_text(
        f"MAILER_SMTP_HOST=127.0.0.1\nMAILER_SMTP_PORT={server.port}\nMAILER_SMTP_SECURITY=none\n"
    )
    words = ("login", ADDRESS, "--password-stdin")
    for more in ((), ("--yes",), ("--test", "--yes")):
        done = world.mailer(*words, *more, input=PASSWORD.encode())
        assert (done.code, server.commands) == (78, []), more
        assert "mailer trust" in done.err
    assert world.mailer("trust", "--yes").code == 0
    done = world.mailer(*words, input=PASSWORD.encode())
    assert (done.code, server.commands) == (2, [])
    assert "--yes" in done.err
    assert world.mailer(*words, "--yes", input=PASSWORD.encode()).code == 0


def test_settings_of_the_environment_are_used(world, memory, server):
    environ = {"MAILER_SMTP_HOST": "127.0.0.1", "MAILER_SMTP_PORT": str(server.port), "MAILER_SMTP_SECURITY": "none"}
    done = world.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode(), **environ)
    assert done.code == 0, done.err
    assert f"MAILER_SMTP_PORT={server.port}" in world.file().read_text()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("not an address",), 65),
        ((ADDRESS, "--smtp", "smtp://x"), 2),
        ((ADDRESS, "--smtp", ""), 2),
        ((ADDRESS, "--smtp", "a.example", "--imap", "b:c"), 2),
        ((ADDRESS, "--smtp", "a.example", "--security", "ssl"), 2),
        ((ADDRESS, "--smtp", "a.example", "--auth", "cram-md5"), 2),
        ((ADDRESS, "--smtp", "a.example", "--account", "../x"), 78),
        ((ADDRESS, "--smtp", "a.example", "--ca-file", "missing.pem"), 78),
        ((ADDRESS, "--smtp", "a.example", "--username", "a\nb"), 78),
        ((ADDRESS, "--password", "x"), 2),
        ((ADDRESS, "two"), 2),
    ],
)
def test_what_cannot_be_meant(world, memory, words, code):
    assert world.mailer("login", *words, "--password-stdin", input=b"x").code == code
    assert nothing_stored(world, memory)


# The conversation


def test_verbose_shows_the_conversation_without_secrets(world, memory, server):
    done = world.login(server, "-v")
    assert "> EHLO [127.0.0.1]" in done.err
    assert "> AUTH PLAIN ***" in done.err
    assert "< 235" in done.err
    plain = base64.b64encode(f"\0{ADDRESS}\0{PASSWORD}".encode()).decode()
    assert plain not in done.all
    assert PASSWORD not in done.all


def test_help_has_an_example(world):
    for name in ("login", "logout", "accounts", "settings"):
        done = world.mailer(name, "-h")
        assert done.code == 0
        assert "Example: mailer" in done.out


def test_the_name_that_is_given_is_kept(world, memory, server):
    assert world.login(server, address=f"Dana Ruiz <{ADDRESS}>").code == 0
    assert f"MAILER_FROM='Dana Ruiz <{ADDRESS}>'" in world.file().read_text()


def test_a_name_that_is_given_later_comes_into_the_account(world, memory, server):
    assert world.login(server).code == 0
    assert world.login(server, address=f'"Ruiz, Dana" <{ADDRESS}>').code == 0
    assert f"""MAILER_FROM='"Ruiz, Dana" <{ADDRESS}>'""" in world.file().read_text()
    assert world.login(server).code == 0
    assert "Ruiz, Dana" in world.file().read_text()


def test_a_from_of_another_address_stays(world, memory, server):
    assert world.login(server).code == 0
    text = world.file().read_text().replace(f"MAILER_FROM={ADDRESS}", "MAILER_FROM=alias@birch.example")
    world.file().write_text(text)
    assert world.login(server, address=f"Dana Ruiz <{ADDRESS}>").code == 0
    assert "MAILER_FROM=alias@birch.example" in world.file().read_text()


# At a terminal


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
class TestAtATerminal:
    def test_it_asks_for_what_it_does_not_know(self, terminal, server):
        child = terminal("login", "--security", "none")
        child.expect("Your address: ")
        child.sendline("nonsense")
        child.expect("Your address: ")
        child.sendline(ADDRESS)
        child.expect(r"sends the mail of acme.example .*: ")
        child.sendline("no server")
        child.expect(r"sends the mail of acme.example .*: ")
        child.sendline(f"127.0.0.1:{server.port}")
        child.expect(f"Password of {ADDRESS} at 127.0.0.1: ")
        child.sendline(PASSWORD)
        child.expect("tests.kit.keyring_double.Kept")
        child.expect("Your name.*: ")
        child.sendline("Dana Ruiz <x>")
        child.expect("is an address, not a name")
        child.sendline("Ruiz, Dana")
        assert finish(child) == 0
        assert f"""MAILER_FROM='"Ruiz, Dana" <{ADDRESS}>'""" in terminal.world.file().read_text()
        assert server.sign_ins == [("PLAIN", *GOOD)]
        assert terminal.world.process("login", "--test").code == 0

    def test_the_password_is_not_shown(self, terminal, server):
        child = terminal("login", ADDRESS, "--smtp", f"127.0.0.1:{server.port}", "--security", "none", "-vv")
        child.logfile_read = log = __import__("io").StringIO()
        child.expect("Password of")
        child.sendline(PASSWORD)
        child.expect("Your name.*: ")
        child.sendeof()
        assert finish(child) == 0
        assert "AUTH PLAIN ***" in log.getvalue()
        assert PASSWORD not in log.getvalue()

    def test_what_the_provider_wants_is_said_before_the_prompt(self, terminal):
        child = terminal("login", "dana@gmail.com", "--yes")
        child.expect("app password.*https://myaccount.google.com/apppasswords")
        child.expect("Password of dana@gmail.com at smtp.gmail.com: ")
        interrupt(child)
        assert finish(child) == 130
        assert not terminal.world.config.exists()

    def test_no_to_a_server_of_the_working_folder(self, terminal, server):
        (terminal.world.cwd / ".env").write_text("MAILER_SMTP_HOST=smtp.acme.example\n")
        child = terminal("login", ADDRESS)
        child.expect(r"smtp.acme.example.*\[y/N\]: ")
        child.sendline("n")
        assert finish(child) == 1

    def test_yes_asks_nothing_but_the_password(self, terminal):
        assert finish(terminal("login", ADDRESS, "--yes")) == 2
        assert finish(terminal("login", "--yes")) == 2
