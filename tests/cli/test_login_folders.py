"""Folders that want a password or a user name of their own: at ``login``, and in every command after it."""

from __future__ import annotations

import json
import os

import keyring
import pytest

from tests.kit import keyring_double as double
from tests.kit.accounts import finish, memory, terminal, world
from tests.kit.imap_server import ImapServer
from tests.kit.smtp_server import recording_server
from tests.kit.terminal import interrupt
from tests.kit.world import ADDRESS, PASSWORD

__all__ = ["memory", "terminal", "world"]
OWN = "anöther horse"
SMTP, IMAP = "mailer:smtp:127.0.0.1", "mailer:imap:127.0.0.1"
LETTER = "To: lee@other.example\nSubject: A question\n\nDear Lee,\n\nWhen do you open?\n\nDana\n"
needs_terminal = pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")


@pytest.fixture
def server():
    with recording_server(password=(ADDRESS, PASSWORD)) as recorder:
        yield recorder


@pytest.fixture
def imap():
    """It takes another password than the server that sends."""
    with ImapServer() as running:
        running.passwords = {ADDRESS: OWN, "dana": OWN}
        yield running


def folders(imap):
    return ("--imap", f"127.0.0.1:{imap.port}", "--imap-security", "none")


def where(server, imap):
    return ("--smtp", f"127.0.0.1:{server.port}", "--security", "none", *folders(imap))


def nothing_stored(world, memory):
    return memory.entries == {} and not world.config.exists()


# Where nobody can be asked


def test_without_a_terminal_it_says_what_to_do_and_stores_nothing(world, memory, server, imap):
    done = world.login(server, *folders(imap))
    assert (done.code, nothing_stored(world, memory)) == (77, True)
    for word in ("mailer:imap:127.0.0.1", "terminal", "MAILER_IMAP_USERNAME", "--imap leaves IMAP out"):
        assert word in done.err
    assert (len(server.sign_ins), len(imap.sign_ins)) == (1, 1)


def test_what_is_in_the_keyring_for_the_folders_is_tried_first_and_kept(world, memory, server, imap):
    memory.entries[IMAP, ADDRESS] = OWN
    done = world.login(server, *folders(imap))
    assert done.code == 0, done.err
    assert memory.entries == {(SMTP, ADDRESS): PASSWORD, (IMAP, ADDRESS): OWN}
    assert len(imap.sign_ins) == 1


def test_a_user_name_of_the_environment_is_kept(world, memory, server, imap):
    imap.passwords["dana"] = PASSWORD
    done = world.login(server, *folders(imap), MAILER_IMAP_USERNAME="dana")
    assert done.code == 0, done.err
    assert "MAILER_IMAP_USERNAME=dana" in world.file().read_text()
    assert memory.entries == {(SMTP, ADDRESS): PASSWORD}
    imap.passwords["lee"] = PASSWORD
    again = world.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode(), MAILER_IMAP_USERNAME="lee")
    assert again.code == 0, again.err
    assert "MAILER_IMAP_USERNAME=lee" in world.file().read_text()


def test_a_command_serves_both(world, memory, server, imap):
    memory.entries[IMAP, ADDRESS] = OWN
    done = world.mailer("login", ADDRESS, *where(server, imap), MAILER_PASSWORD_COMMAND=f"echo '{PASSWORD}'")
    assert done.code == 77
    assert "MAILER_PASSWORD_COMMAND serves SMTP and IMAP alike" in done.err
    assert not world.config.exists()


@pytest.fixture
def account(world, memory, server, imap):
    """An account whose folders have their own password."""
    memory.entries[IMAP, ADDRESS] = OWN
    assert world.login(server, *folders(imap)).code == 0
    (world.cwd / "letter.md").write_text(LETTER)
    server.sign_ins.clear()
    imap.sign_ins.clear()
    return world


@pytest.mark.parametrize(
    "words",
    [
        ("draft", "letter.md", "--imap"),
        ("login", "--test"),
        ("login", ADDRESS, "--test"),
        ("doctor",),
    ],
)
def test_later_commands_use_it(account, imap, words):
    done = account.mailer(*words)
    assert done.code == 0, done.all
    assert imap.sign_ins == ["PLAIN"]
    assert OWN not in done.all


def test_the_copy_in_sent_and_the_look_for_a_draft_use_it(account, server, imap):
    assert account.mailer("draft", "letter.md", "--imap").code == 0
    name = json.loads(account.mailer("outbox", "--json").out)["id"]
    assert account.mailer("outbox", "resolve", name).code == 75, "it was looked for"
    done = account.mailer("send", "letter.md", "--yes", "--json")
    assert (done.code, json.loads(done.out)["copy"]) == (0, "saved"), done.err
    assert [len(box.messages) for box in imap.boxes.values()] == [0, 0, 1]


def test_a_trial_says_that_the_folders_refuse(account, memory, imap):
    memory.entries[IMAP, ADDRESS] = "old"
    done = account.mailer("login", "--test")
    assert (done.code, imap.sign_ins) == (77, ["PLAIN"])
    assert "`mailer login` on a terminal asks for it" in done.err


def test_logout_takes_both_away(account, memory):
    assert account.mailer("logout").code == 0
    assert memory.entries == {}


def test_one_of_the_two_that_cannot_be_taken_away_keeps_both(account, memory):
    class Half(double.Memory):
        def delete_password(self, service, username):
            if service == SMTP:
                raise double.PasswordDeleteError("no")
            super().delete_password(service, username)

    half = Half()
    half.entries = dict(memory.entries)
    keyring.set_keyring(half)
    assert account.mailer("logout").code == 77
    assert half.entries == memory.entries
    assert account.file().exists()


def test_a_password_of_their_own_that_is_of_no_more_use_goes(account, memory, imap):
    imap.passwords[ADDRESS] = PASSWORD
    done = account.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode())
    assert done.code == 0, done.err
    assert memory.entries == {(SMTP, ADDRESS): PASSWORD}
    assert f"{ADDRESS} at 127.0.0.1 (IMAP) was removed from the keyring" in done.err
    assert account.mailer("login", "--test").code == 0


# At a terminal


def kept(world):
    path = world.folder / "keyring"
    return json.loads(bytes.fromhex(path.read_text())[::-1]) if path.exists() else {}


def sign_in_to_send(child):
    child.expect(f"Password of {ADDRESS} at 127.0.0.1: ")
    child.sendline(PASSWORD)
    child.expect("refuses the sign-in")
    child.expect("need their own password or user name")


def no_name(child):
    child.expect("Your name.*: ")
    child.sendline("")


@needs_terminal
class TestAtATerminal:
    def test_it_asks_tries_and_keeps_both(self, terminal, server, imap):
        imap.passwords = {"dana": OWN}
        child = terminal("login", ADDRESS, *where(server, imap))
        sign_in_to_send(child)
        child.expect_exact(f"IMAP user name at 127.0.0.1 [{ADDRESS}]: ")
        child.sendline("dana")
        child.expect("IMAP password of dana at 127.0.0.1 .*: ")
        child.sendline("wrong")
        child.expect("refuses the sign-in of dana")
        assert kept(terminal.world) == {}
        child.expect("IMAP user name")
        child.sendline("dana")
        child.expect("IMAP password of dana")
        child.sendline(OWN)
        child.expect(r"password of 127.0.0.1 \(IMAP\) is in the keyring")
        no_name(child)
        assert finish(child) == 0
        assert kept(terminal.world) == {f"{SMTP} {ADDRESS}": PASSWORD, f"{IMAP} dana": OWN}
        assert "MAILER_IMAP_USERNAME=dana" in terminal.world.file().read_text()
        assert terminal.world.process("login", "--test").code == 0
        assert terminal.world.process("logout").code == 0
        assert kept(terminal.world) == {}

    def test_the_folders_can_be_left_out(self, terminal, server, imap):
        child = terminal("login", ADDRESS, *where(server, imap))
        sign_in_to_send(child)
        child.sendline("")
        child.expect("empty: leave IMAP out")
        child.sendline("")
        child.expect("IMAP is left out")
        no_name(child)
        assert finish(child) == 0
        assert kept(terminal.world) == {f"{SMTP} {ADDRESS}": PASSWORD}
        assert "IMAP" not in terminal.world.file().read_text()

    def test_with_yes_only_the_password_is_asked_for(self, terminal, server, imap):
        child = terminal("login", ADDRESS, *where(server, imap), "--yes")
        sign_in_to_send(child)
        child.expect(f"IMAP password of {ADDRESS}")
        child.sendline(OWN)
        assert finish(child) == 0
        assert kept(terminal.world)[f"{IMAP} {ADDRESS}"] == OWN

    def test_after_three_wrong_ones_nothing_is_stored(self, terminal, server, imap):
        child = terminal("login", ADDRESS, *where(server, imap), "--yes")
        sign_in_to_send(child)
        for _ in range(3):
            child.expect("IMAP password of")
            child.sendline("wrong")
        assert finish(child) == 77
        assert (kept(terminal.world), terminal.world.config.exists()) == ({}, False)
        assert len(imap.sign_ins) == 4

    def test_an_interruption_stores_nothing(self, terminal, server, imap):
        child = terminal("login", ADDRESS, *where(server, imap), "--yes")
        sign_in_to_send(child)
        child.expect("IMAP password of")
        interrupt(child)
        assert finish(child) == 130
        assert (kept(terminal.world), terminal.world.config.exists()) == ({}, False)

    def test_a_server_that_sends_for_everybody(self, terminal, imap):
        with recording_server() as open_server:
            child = terminal("login", ADDRESS, *where(open_server, imap), "--auth", "none")
            child.expect("IMAP user name at 127.0.0.1: ")
            child.sendline("dana")
            child.expect("IMAP password of dana")
            child.sendline(OWN)
            no_name(child)
            assert finish(child) == 0
            assert kept(terminal.world) == {f"{IMAP} dana": OWN}
            assert terminal.world.process("login", "--test").code == 0
        assert len(imap.sign_ins) == 2

    def test_a_token_is_for_both_or_the_folders_are_left_out(self, terminal, imap):
        with recording_server(token=(ADDRESS, "t0k3n"), mechanisms=("XOAUTH2",)) as server:
            imap.before = "IMAP4rev1 AUTH=XOAUTH2"
            words = ("login", ADDRESS, *where(server, imap), "--auth", "oauth2")
            for answer, code in (("n", 77), ("y", 0)):
                child = terminal(*words, MAILER_TOKEN_COMMAND="echo t0k3n")
                child.expect("Go on without IMAP")
                child.sendline(answer)
                if code == 0:
                    no_name(child)
                assert finish(child) == code
        assert "IMAP" not in terminal.world.file().read_text()


# What an account had stored before


def test_another_host_and_user_take_the_old_secret_out_once_the_new_is_kept(world, memory, server, imap):
    memory.entries[IMAP, ADDRESS] = OWN
    world.login(server, *folders(imap))
    with recording_server(password=("lee", "pw")) as other:
        done = world.login(other, "--account", ADDRESS, "--username", "lee", password="wrong")
        assert (done.code, set(memory.entries)) == (77, {(SMTP, ADDRESS), (IMAP, ADDRESS)})
        done = world.login(other, "--account", ADDRESS, "--username", "lee", password="pw")
    assert done.code == 0, done.err
    assert memory.entries == {(SMTP, "lee"): "pw"}
    assert f"The secret for {ADDRESS} at 127.0.0.1 was removed from the keyring" in done.err
    assert f"{ADDRESS} at 127.0.0.1 (IMAP) was removed from the keyring" in done.err


def test_the_same_host_and_user_take_nothing_out(world, memory, server):
    world.login(server)
    done = world.login(server)
    assert memory.entries == {(SMTP, ADDRESS): PASSWORD}
    assert "removed from the keyring" not in done.err


def test_what_another_account_uses_stays(world, memory, server):
    world.login(server)
    world.login(server, "--account", "work")
    with recording_server(password=("lee", "pw")) as other:
        done = world.login(other, "--username", "lee", password="pw")
    assert memory.entries == {(SMTP, ADDRESS): PASSWORD, (SMTP, "lee"): "pw"}
    assert "removed from the keyring" not in done.err


def test_a_keyring_that_will_not_let_go_is_a_warning(world, memory, server):
    class Clinging(double.Memory):
        def delete_password(self, service, username):
            raise double.PasswordDeleteError("no")

    keyring.set_keyring(Clinging())
    world.login(server)
    with recording_server(password=("lee", "pw")) as other:
        done = world.login(other, "--username", "lee", "--json", password="pw")
    assert (done.code, json.loads(done.out)["error"]) == (0, None)
    assert f"still in the keyring: {ADDRESS} at 127.0.0.1: " in done.err
