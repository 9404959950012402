"""A stranger's folder gets no secret and no letter: commands by settings by kinds of secret, with real servers."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.kit.accounts import finish, memory, terminal, world
from tests.kit.imap_server import ImapServer
from tests.kit.smtp_server import recording_server
from tests.kit.world import ADDRESS, PASSWORD

LETTER = f"From: Dana Ruiz <{ADDRESS}>\nTo: Lee Okafor <lee@birch.example>\nSubject: Hello\n\nGood luck.\n"
__all__ = ["memory", "terminal", "world"]
KINDS = ("keyring", "environment", "command", "token")


@dataclass
class Servers:
    """The user's own on 127.0.0.1, a stranger's on localhost; ``reached`` says what the stranger's were told."""

    smtp: object
    imap: object
    evil_smtp: object
    evil_imap: object

    @property
    def reached(self):
        return (*self.evil_smtp.commands, *self.evil_imap.commands, self.evil_imap.connections or "")

    def is_unharmed(self):
        return not any(self.reached)


@pytest.fixture
def servers():
    with ExitStack() as stack:
        good = {"password": (ADDRESS, PASSWORD), "token": (ADDRESS, PASSWORD)}
        pair = [stack.enter_context(recording_server(**good, mechanisms=("PLAIN", "XOAUTH2"))) for _ in range(2)]
        boxes = [stack.enter_context(ImapServer(before="IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2")) for _ in range(2)]
        for box in boxes:
            box.passwords[ADDRESS] = box.tokens[ADDRESS] = PASSWORD
        yield Servers(pair[0], boxes[0], pair[1], boxes[1])


def smtp_lines(server, host="127.0.0.1"):
    return f"MAILER_SMTP_HOST={host}\nMAILER_SMTP_PORT={server.port}\nMAILER_SMTP_SECURITY=none\n"


def imap_lines(server, host="127.0.0.1"):
    return f"MAILER_IMAP_HOST={host}\nMAILER_IMAP_PORT={server.port}\nMAILER_IMAP_SECURITY=none\n"


def account(world, memory, servers, kind, *, imap=True):
    """The user's own account, whose secret is of that kind; the environment that goes with it."""
    text = smtp_lines(servers.smtp) + (imap_lines(servers.imap) if imap else "")
    text += f"MAILER_SMTP_USERNAME={ADDRESS}\nMAILER_FROM={ADDRESS}\n"
    printing = world.folder / "secret.py"
    printing.write_text(f"print({PASSWORD!r})\n", encoding="utf-8")
    command = f"'{sys.executable} {printing}'"
    if kind == "keyring":
        memory.set_password("mailer:smtp:127.0.0.1", ADDRESS, PASSWORD)
    elif kind == "command":
        text += f"MAILER_PASSWORD_COMMAND={command}\n"
    elif kind == "token":
        text += f"MAILER_AUTH=oauth2\nMAILER_TOKEN_COMMAND={command}\n"
    world.file().parent.mkdir(parents=True, exist_ok=True)
    world.file().write_text(text)
    (world.cwd / "l.md").write_text(LETTER)
    environ = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", "MAILER_TIMEOUT": "5"}
    world.settings = environ | ({"MAILER_PASSWORD": PASSWORD} if kind == "environment" else {})
    return text


COMMANDS = {
    "send": ("send", "l.md", "--yes"),
    "send --json": ("send", "l.md", "--yes", "--json"),
    "to myself": ("send", "l.md", "--yes", "--to-myself"),
    "draft": ("draft", "l.md", "--imap"),
    "doctor": ("doctor",),
    "test": ("login", "--test"),
    "again": ("login", ADDRESS, "--yes", "--password-stdin"),
}


def stranger_lines(servers):
    evil = servers.evil_smtp.port
    return {
        "another server": smtp_lines(servers.evil_smtp, "localhost"),
        "another server, no sign-in": smtp_lines(servers.evil_smtp, "localhost") + "MAILER_AUTH=none\n",
        "another mailbox": imap_lines(servers.evil_imap, "localhost"),
        "both": smtp_lines(servers.evil_smtp, "localhost") + imap_lines(servers.evil_imap, "localhost"),
        "another spelling": smtp_lines(servers.evil_smtp, "LOCALHOST.").replace("none", "NONE"),
        "an address": smtp_lines(servers.evil_smtp, "127.1"),
        "the port": f"MAILER_SMTP_PORT={evil}\n",
        "the mailbox's port": f"MAILER_IMAP_PORT={servers.evil_imap.port}\n",
        "security": "MAILER_SMTP_SECURITY=starttls\n",
        "the login": "MAILER_SMTP_USERNAME=mallory@evil.test\n",
        "the mailbox's login": "MAILER_IMAP_USERNAME=mallory@evil.test\n",
        "no copies": "MAILER_SAVE_SENT=no\nMAILER_SENT_FOLDER=INBOX\n",
    }


LINES = (
    "another server",
    "another server, no sign-in",
    "another mailbox",
    "both",
    "another spelling",
    "an address",
    "the port",
    "the mailbox's port",
    "security",
    "the login",
    "the mailbox's login",
    "no copies",
)


# Every line with the secret of most users, every kind of secret with both servers of a stranger; the rest is slow.
CASES = [
    pytest.param(lines, kind, marks=() if kind == "keyring" or lines == "both" else pytest.mark.slow)
    for lines in LINES
    for kind in KINDS
]


@pytest.mark.parametrize(("lines", "kind"), CASES)
def test_an_untrusted_folder_gets_nothing(world, memory, servers, kind, lines):
    account(world, memory, servers, kind)
    (world.cwd / ".env").write_text(stranger_lines(servers)[lines])
    for name, words in COMMANDS.items():
        done = world.mailer(*words, input=PASSWORD.encode())
        # Signing in again takes what its account says over what a folder says.
        assert done.code == 78 or name == "again", (name, done.all)
        assert done.code != 78 or "mailer trust" in done.all, (name, done.all)
        assert servers.is_unharmed(), (name, servers.reached)
    assert servers.smtp.messages == []
    assert memory.get_password("mailer:smtp:localhost", ADDRESS) is None


@pytest.mark.parametrize("kind", KINDS)
def test_what_works_without_a_strangers_folder_goes_on_working(world, memory, servers, kind):
    account(world, memory, servers, kind)
    for name in ("send", "to myself", "draft", "doctor", "test"):
        assert world.mailer(*COMMANDS[name]).code == 0, name
    assert len(servers.smtp.messages) == 2
    assert len(servers.imap.boxes["Sent"].messages) == 1
    assert servers.is_unharmed()


@pytest.mark.parametrize(
    ("host", "password"), [(host, word) for host in ("environment", "user") for word in ("environment", "command")]
)
def test_layers_of_the_users_own_go_together(world, memory, servers, host, password):
    text = account(world, memory, servers, password)
    world.file().unlink()
    lines = dict(line.split("=", 1) for line in text.splitlines())
    command = (
        {"MAILER_PASSWORD_COMMAND": lines.pop("MAILER_PASSWORD_COMMAND").strip("'")} if password == "command" else {}
    )
    if host == "environment":
        world.settings |= lines
    else:
        (world.config / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    world.settings |= command
    for name in ("send", "draft", "doctor", "test"):
        done = world.mailer(*COMMANDS[name])
        assert done.code == 0, (name, done.all)


def test_the_accounts_command_is_not_for_a_host_of_another_layer(world, memory, servers):
    account(world, memory, servers, "command", imap=False)
    world.settings |= {"MAILER_SMTP_HOST": "localhost", "MAILER_SMTP_PORT": str(servers.evil_smtp.port)}
    for name in ("send", "to myself", "doctor", "test"):
        done = world.mailer(*COMMANDS[name])
        assert done.code == 78, (name, done.all)
        assert "MAILER_PASSWORD_COMMAND" in done.all
    assert servers.is_unharmed()


@pytest.mark.parametrize("kind", ["keyring", "token"])
def test_a_trusted_folder_gets_the_secret_of_sending_for_no_mailbox_of_its_own(world, memory, servers, kind):
    account(world, memory, servers, kind, imap=False)
    (world.cwd / ".env").write_text(imap_lines(servers.evil_imap, "localhost"))
    assert world.mailer("trust", "--yes").code == 0
    for name in ("send", "draft", "doctor", "test"):
        done = world.mailer(*COMMANDS[name])
        if kind == "keyring":
            assert done.code == 78, (name, done.all)
            assert "localhost" in done.all
            assert servers.is_unharmed()
            assert servers.smtp.messages == []


def test_a_trusted_folder_that_names_both_and_a_password_of_the_environment(world, memory, servers):
    account(world, memory, servers, "environment")
    (world.cwd / ".env").write_text(
        smtp_lines(servers.evil_smtp, "localhost") + imap_lines(servers.evil_imap, "localhost")
    )
    assert world.mailer("trust", "--yes").code == 0
    for name in ("send", "draft", "doctor", "test"):
        done = world.mailer(*COMMANDS[name])
        assert done.code == 0, (name, done.all)
    assert (len(servers.evil_smtp.messages), len(servers.smtp.messages)) == (1, 0)


def test_lines_that_another_layer_overrides_do_not_count(world, memory, servers):
    account(world, memory, servers, "keyring")
    (world.cwd / ".env").write_text(smtp_lines(servers.evil_smtp, "localhost"))
    assert world.mailer("send", "l.md", "--yes", "--account", ADDRESS).code == 0
    world.settings |= dict(line.split("=", 1) for line in smtp_lines(servers.smtp).splitlines())
    assert world.mailer("send", "l.md", "--yes", "--again").code == 0
    assert len(servers.smtp.messages) == 2
    assert servers.is_unharmed()
    (world.cwd / ".env").write_text("MAILER_IMAP_USERNAME=mallory@evil.test\n")
    assert world.mailer("send", "l.md", "--yes", "--again", "--account", ADDRESS).code == 78


def test_login_by_option_looks_for_no_mailbox(world, memory, servers):
    (world.cwd / ".env").write_text(imap_lines(servers.evil_imap, "localhost"))
    for more in ((), ("--test",)):
        done = world.login(servers.smtp, "--yes", *more)
        assert done.code == 0, done.all
    done = world.mailer("login", "--test", "--smtp", f"127.0.0.1:{servers.smtp.port}", "--security", "none")
    assert done.code == 0, done.all
    assert servers.is_unharmed()
    assert "IMAP" not in world.file().read_text()


def test_signing_in_again_gives_nothing_to_the_folders_mailbox(world, memory, servers):
    assert world.login(servers.smtp, "--yes").code == 0
    (world.cwd / ".env").write_text(imap_lines(servers.evil_imap, "localhost"))
    done = world.mailer("login", ADDRESS, "--yes", "--password-stdin", input=PASSWORD.encode())
    assert done.code == 78, done.all
    assert servers.is_unharmed()
    assert world.mailer("trust", "--yes").code == 0
    done = world.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode())
    assert (done.code, servers.is_unharmed()) == (2, True), done.all
    assert "localhost" in done.err
    assert world.mailer("login", ADDRESS, "--yes", "--password-stdin", input=PASSWORD.encode()).code == 0
    assert "MAILER_IMAP_HOST=localhost" in world.file().read_text()


def test_what_looks_only_never_asks(world, memory, servers):
    account(world, memory, servers, "keyring")
    key = world.folder / "id_ed25519"
    key.write_text("PRIVATE KEY\n")
    lines = f"MAILER_SIGNATURE={key}\nMAILER_TEMPLATES={world.folder}\n"
    (world.cwd / ".env").write_text(smtp_lines(servers.evil_smtp, "localhost") + lines)
    (world.cwd / "m.md").write_text(LETTER.replace("\n\n", "\nContent-Type: text/markdown\n\n", 1))
    for words in (("check", "m.md"), ("preview", "m.md"), ("preview", "m.md", "--eml"), ("rehearse", "m.md")):
        done = world.mailer(*words)
        assert done.code == 0, (words, done.all)
        assert "PRIVATE" not in done.all
        assert "MAILER_SIGNATURE" in done.err
    assert world.mailer("draft", "m.md", "-o", "m.eml").code == 0
    assert b"PRIVATE" not in (world.cwd / "m.eml").read_bytes()
    assert world.mailer("settings").code == 0
    assert world.mailer("templates").code == 0
    assert world.mailer("send", "m.md", "--yes").code == 78


@pytest.mark.parametrize("form", ["absolute", "home", "up", "link", "folder", "hard link"])
def test_a_signature_from_outside_is_in_no_mail(world, memory, servers, form, monkeypatch):
    account(world, memory, servers, "keyring")
    monkeypatch.setenv("HOME", str(world.folder))
    key = world.folder / ".ssh" / "key"
    key.parent.mkdir()
    key.write_text("PRIVATE KEY\n")
    (world.cwd / "sig").symlink_to(key)
    (world.cwd / "keys").symlink_to(key.parent)
    (world.cwd / "same").hardlink_to(key)
    where = {"absolute": key, "home": "~/.ssh/key", "up": "./../.ssh/key", "link": "./sig", "folder": "./keys/key"}
    where["hard link"] = "./same"
    (world.cwd / ".env").write_text(f"MAILER_SIGNATURE={where[form]}\n")
    (world.cwd / "m.md").write_text(LETTER.replace("\n\n", "\nContent-Type: text/markdown\n\n", 1))
    assert "PRIVATE" not in world.mailer("preview", "m.md", "--eml").all
    for words in (("send", "m.md", "--yes"), ("draft", "m.md", "--imap"), ("send", "m.md", "--yes", "--to-myself")):
        done = world.mailer(*words)
        assert (done.code, servers.smtp.messages) == (78, []), (words, done.all)
        assert "MAILER_SIGNATURE" in done.err
    assert world.mailer("send", "l.md", "--yes").code == 0, "a plain letter has no signature"
    assert world.mailer("trust", "--yes").code == 0
    assert "PRIVATE" in world.mailer("preview", "m.md").all


def test_a_link_that_leads_elsewhere_now_is_asked_about_again(world, memory, servers):
    account(world, memory, servers, "keyring")
    link = world.cwd / "sig"
    for name in ("one", "two"):
        (world.folder / name).write_text(f"text {name}\n")
    link.symlink_to(world.folder / "one")
    (world.cwd / ".env").write_text("MAILER_SIGNATURE=./sig\n")
    (world.cwd / "m.md").write_text(LETTER.replace("\n\n", "\nContent-Type: text/markdown\n\n", 1))
    assert world.mailer("trust", "--yes").code == 0
    assert "text one" in world.mailer("preview", "m.md").out
    link.unlink()
    link.symlink_to(world.folder / "two")
    assert "text" not in world.mailer("preview", "m.md").out
    assert world.mailer("send", "m.md", "--yes").code == 78


def test_a_signature_within_the_folder_needs_no_trust(world, memory, servers):
    account(world, memory, servers, "keyring")
    (world.cwd / "sig").write_text("Dana Ruiz, Acme\n")
    (world.cwd / ".env").write_text("MAILER_SIGNATURE=./sig\nMAILER_TEMPLATES=mine\nMAILER_FROM=dana@acme.example\n")
    (world.cwd / "mine").mkdir()
    (world.cwd / "mine" / "own.md").write_text("Subject: Hello\n\nGood morning.\n\n{{ prose }}\n")
    (world.cwd / "m.md").write_text("Template: own\nTo: Lee <lee@birch.example>\n\nMy words.\n")
    done = world.mailer("send", "m.md", "--yes")
    assert done.code == 0, done.all
    assert b"Dana Ruiz, Acme" in servers.smtp.messages[0].content


@pytest.mark.parametrize("place", ["templates", "mine"])
@pytest.mark.parametrize("what", ["file", "folder", "hard link"])
def test_a_template_that_a_link_takes_from_outside(world, memory, servers, place, what):
    account(world, memory, servers, "keyring")
    outside = world.folder / "notes"
    outside.mkdir()
    (outside / "own.md").write_text("Subject: Hello\n\nPRIVATE\n\n{{ prose }}\n")
    if what == "folder":
        (world.cwd / place).symlink_to(outside)
    elif what == "hard link":
        (world.cwd / place).mkdir()
        (world.cwd / place / "own.md").hardlink_to(outside / "own.md")
    else:
        (world.cwd / place).mkdir()
        (world.cwd / place / "own.md").symlink_to(outside / "own.md")
    (world.cwd / ".env").write_text("MAILER_TEMPLATES=mine\n")
    (world.cwd / "m.md").write_text("Template: own\nTo: Lee <lee@birch.example>\n\nMy words.\n")
    for words in (("preview", "m.md"), ("send", "m.md", "--yes")):
        done = world.mailer(*words)
        assert done.code in (65, 78), done.all
        assert "PRIVATE" not in done.all
    assert servers.smtp.messages == []


def test_an_unready_letter_is_not_ready_first(world, memory, servers):
    account(world, memory, servers, "keyring")
    (world.cwd / ".env").write_text(smtp_lines(servers.evil_smtp, "localhost"))
    (world.cwd / "l.md").write_text(LETTER.replace("Good luck", "Dear ‹Name›"))
    assert world.mailer("send", "l.md", "--yes").code == 1
    assert world.mailer("draft", "l.md", "--imap").code == 1


def test_each_row_of_a_batch_says_why(world, memory, servers):
    import json

    account(world, memory, servers, "keyring")
    (world.cwd / ".env").write_text(smtp_lines(servers.evil_smtp, "localhost"))
    (world.cwd / "b.md").write_text(LETTER.replace("lee@birch.example", "{{ email }}"))
    (world.cwd / "p.csv").write_text("email\na@x.example\nb@x.example\n")
    done = world.mailer("send", "b.md", "--each", "p.csv", "--yes", "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 78
    assert [(each["status"], each["error"]["code"]) for each in told] == [("not-sent", 78)] * 2
    assert servers.is_unharmed()


def test_settings_shows_what_does_not_count(world, memory, servers):
    account(world, memory, servers, "keyring")
    (world.cwd / ".env").write_text(smtp_lines(servers.evil_smtp, "localhost"))
    done = world.mailer("settings")
    assert (done.code, servers.is_unharmed()) == (0, True)
    assert "localhost" in done.out
    assert "MAILER_SMTP_HOST" in done.err
    assert "count only after `mailer trust`" in done.err
    (world.cwd / ".env").write_text("MAILER_SMTP_HOST=localhost\n")
    assert ".env counts only after `mailer trust`" in world.mailer("settings").err


# What a refused secret is told with


def test_an_old_password_of_the_environment_is_told_with_where_it_is(world, memory, servers):
    account(world, memory, servers, "keyring", imap=False)
    world.settings["MAILER_PASSWORD"] = "old"
    for name in ("send", "to myself", "doctor", "test"):
        done = world.mailer(*COMMANDS[name])
        assert done.code == 77, (name, done.all)
        assert "MAILER_PASSWORD in the environment" in done.all, (name, done.all)
    done = world.mailer("login", ADDRESS, "--yes", "--password-stdin", input=PASSWORD.encode())
    assert done.code == 0
    assert "MAILER_PASSWORD is set and overrides the keyring" in done.err


@pytest.mark.parametrize("odd", ["\u00a0", "\u200b", "\u2019"])
def test_the_odd_sign_in_a_refused_password_is_named(world, memory, servers, odd):
    account(world, memory, servers, "keyring")
    pasted = PASSWORD.replace(" ", odd)
    for protocol in ("smtp", "imap"):
        memory.set_password(f"mailer:{protocol}:127.0.0.1", ADDRESS, pasted)
        for words in (("doctor",), ("draft", "l.md", "--imap"), ("login", "--test")):
            done = world.mailer(*words)
            assert done.code == 77
            assert f"U+{ord(odd):04X}" in done.all, (words, done.all)
            assert pasted not in done.all
    done = world.mailer("login", ADDRESS, "--yes", "--password-stdin", input=pasted.encode())
    assert (done.code, f"U+{ord(odd):04X}" in done.err) == (77, True)


# Other programs' names


def test_a_foreign_name_is_told_once(world, memory, servers):
    account(world, memory, servers, "keyring")
    (world.cwd / ".env").write_text("MAILER_DSN=smtp://x\n")
    for words in (("preview", "l.md"), ("send", "l.md", "--yes"), ("check", "l.md"), ("outbox",)):
        done = world.mailer(*words)
        assert done.code == 0, (words, done.all)
        assert done.err.count("MAILER_DSN") == 1
        assert "MAILER_DSN" not in done.out


# mailer trust


def test_trust_is_of_a_folder_and_of_its_lines(world, memory, servers):
    env = world.cwd / ".env"
    env.write_text("MAILER_LANGUAGE=de\n" + smtp_lines(servers.evil_smtp))
    assert world.mailer("trust").code == 2
    done = world.mailer("trust", "--yes")
    assert done.code == 0
    assert f"MAILER_SMTP_PORT={servers.evil_smtp.port}" in done.err
    assert "LANGUAGE" not in done.err
    assert world.mailer("trust", "--list").out == f"{world.cwd.resolve()}\n"
    assert "already" in world.mailer("trust").err
    env.write_text("MAILER_LANGUAGE=fr\n" + smtp_lines(servers.evil_smtp))
    assert world.mailer("login", "--test").code == 0
    for more in ("MAILER_SMTP_PORT=1\n", "MAILER_SENT_FOLDER=x\n"):
        env.write_text(smtp_lines(servers.evil_smtp) + more)
        assert world.mailer("login", "--test").code == 78
    env.write_text(smtp_lines(servers.evil_smtp))
    assert world.mailer("login", "--test").code == 0
    assert world.mailer("trust", "--forget").code == 0
    assert world.mailer("trust", "--list").out == ""
    assert world.mailer("login", "--test").code == 78


def test_another_folder_with_the_same_lines_is_another(world, memory, servers):
    (world.cwd / ".env").write_text(smtp_lines(servers.evil_smtp))
    assert world.mailer("trust", "--yes").code == 0
    other = world.folder / "other"
    other.mkdir()
    (other / ".env").symlink_to(world.cwd / ".env")
    world.cwd = other
    assert world.mailer("login", "--test").code == 78


def test_nothing_to_trust(world, memory):
    done = world.mailer("trust")
    assert (done.code, world.config.exists()) == (0, False)
    (world.cwd / ".env").write_text("MAILER_FROM=dana@acme.example\n")
    assert world.mailer("trust").code == 0
    assert world.mailer("trust", "--forget").code == 0
    assert world.mailer("trust", "--yes", "--list").code == 2


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"[" * 100_000, b'{"x": 1}'])
def test_a_damaged_list_trusts_nobody(world, memory, servers, content):
    (world.cwd / ".env").write_text(smtp_lines(servers.evil_smtp))
    world.config.mkdir()
    (world.config / "trusted.json").write_bytes(content)
    assert world.mailer("login", "--test").code == 78
    assert world.mailer("trust", "--yes").code == 0
    assert world.mailer("login", "--test").code == 0
    assert (world.config / "trusted.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["MAILER_LEDGER", "MAILER_OAUTH_ISSUER", "MAILER_DATA_DIR", "MAILER_PASSWORD_COMMAND"])
def test_what_no_folder_says_though_it_is_trusted(world, memory, name):
    (world.cwd / ".env").write_text(f"{name}=x\n")
    assert world.mailer("trust", "--yes").code == 78
    assert world.mailer("templates").code == 78


# At a terminal


class TestTerminal:
    def letter(self, start, servers):
        made = start.world
        (made.cwd / "l.md").write_text(LETTER)
        (made.cwd / ".env").write_text(smtp_lines(servers.smtp) + f"MAILER_SMTP_USERNAME={ADDRESS}\n")
        return {"MAILER_PASSWORD": PASSWORD}

    def test_no(self, terminal, servers):
        environ = self.letter(terminal, servers)
        child = terminal("send", "l.md", "--yes", **environ)
        child.expect("MAILER_SMTP_HOST=127.0.0.1")
        child.expect(r"Trust this folder.*\[y/N\]: ")
        child.sendline("n")
        child.expect("None of those lines was used")
        assert finish(child) == 1
        assert servers.smtp.commands == []
        assert not (terminal.world.config / "trusted.json").exists()

    def test_yes_is_remembered(self, terminal, servers):
        environ = self.letter(terminal, servers)
        child = terminal("send", "l.md", **environ)
        child.expect(r"Trust this folder.*\[y/N\]: ")
        child.sendline("y")
        child.expect(r"[Ss]end .*\[y/N\]: ")
        child.sendline("y")
        assert finish(child) == 0
        assert len(servers.smtp.messages) == 1
        child = terminal("send", "l.md", "--yes", "--again", **environ)
        assert finish(child) == 0

    def test_a_batch_of_drafts_asks_once(self, terminal, servers):
        environ = self.letter(terminal, servers)
        (terminal.world.cwd / "b.md").write_text(LETTER.replace("lee@birch.example", "{{ email }}"))
        (terminal.world.cwd / "p.csv").write_text("email\na@x.example\nb@x.example\n")
        child = terminal("draft", "b.md", "--imap", "--each", "p.csv", **environ)
        child.expect(r"Trust this folder.*\[y/N\]: ")
        child.sendline("n")
        assert finish(child) == 1

    @pytest.mark.parametrize("words", [("doctor",), ("login", "--test"), ("draft", "l.md", "--imap")])
    def test_other_commands_ask_too(self, terminal, servers, words):
        environ = self.letter(terminal, servers)
        child = terminal(*words, **environ)
        child.expect(r"Trust this folder.*\[y/N\]: ")
        child.sendline("n")
        assert finish(child) == 1
        assert servers.smtp.commands == []
