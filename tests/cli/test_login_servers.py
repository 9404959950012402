"""``login`` for a domain that the table does not know: what DNS says, and who must agree to it."""

from __future__ import annotations

import pytest

from mailer.accounts.providers.dns import Mx, Srv
from mailer.errors import Later
from tests.kit.accounts import memory, world
from tests.kit.imap_server import ImapServer
from tests.kit.smtp_server import Authority, recording_server
from tests.kit.world import ADDRESS, PASSWORD

__all__ = ["memory", "world"]
OUTSIDE = {"_submissions._tcp.acme.example": (Srv(0, 0, 465, "mail.hoster.test"),)}
INSIDE = {"_submissions._tcp.acme.example": (Srv(0, 0, 4465, "no-such-host.acme.example"),)}


class Zone:
    def __init__(self, records=None, mx=(), trouble=""):
        self.records = records or {}
        self.hosts = mx
        self.trouble = trouble

    def mx(self, domain):
        if self.trouble:
            raise Later(self.trouble)
        return self.hosts

    def srv(self, name):
        return self.records.get(name, ())


@pytest.fixture
def zone(memory, monkeypatch):
    def use(*arguments, **named):
        made = Zone(*arguments, **named)
        monkeypatch.setattr("mailer.accounts.providers.dns.Dns", lambda: made)

    return use


def test_a_server_outside_the_domain_gets_no_password_unasked(world, memory, zone):
    zone(OUTSIDE)
    done = world.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode())
    assert done.code == 2
    assert "mail.hoster.test" in done.err
    assert "outside the domain" in done.err
    assert "--yes" in done.err
    assert "Signing in" not in done.err


def test_a_mailbox_outside_the_domain_is_asked_about_too(world, memory, zone):
    zone({**INSIDE, "_imaps._tcp.acme.example": (Srv(0, 0, 993, "imap.hoster.test"),)})
    done = world.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode())
    assert done.code == 2
    assert "imap.hoster.test (named by DNS" in done.err


def test_a_server_of_the_domain_is_tried(world, memory, zone):
    zone(INSIDE)
    done = world.mailer("login", ADDRESS, "--password-stdin", input=PASSWORD.encode(), MAILER_TIMEOUT="2")
    assert done.code == 75
    assert "no-such-host.acme.example, port 4465, tls (by the domain's SRV record)" in done.err


def test_the_mx_names_a_provider_of_the_table(world, memory, zone):
    zone(mx=(Mx(1, "aspmx.l.google.com"),))
    done = world.mailer("login", ADDRESS)
    assert done.code == 2
    assert "Google Workspace: smtp.gmail.com, port 465, tls (by the domain's MX)" in done.err
    assert "https://myaccount.google.com/apppasswords" in done.err
    assert "administrator" in done.err


def test_name_servers_that_do_not_answer(world, memory, zone):
    zone(trouble="the name servers gave no answer about acme.example")
    done = world.mailer("login", ADDRESS)
    assert done.code == 2
    assert "no answer" in done.err
    assert "--smtp" in done.err


def test_what_is_named_by_hand_is_not_asked_of_dns(world, memory, zone):
    zone(trouble="asked")
    with recording_server(password=(ADDRESS, PASSWORD)) as server:
        assert world.login(server).code == 0


def test_the_next_server_of_the_domain_is_taken_and_the_words_tell_it(world, memory, zone, authority):
    context = authority.good()
    imap = ImapServer(tls="tls", context=context)
    imap.passwords[ADDRESS] = PASSWORD
    with recording_server(security="tls", tls=context, password=(ADDRESS, PASSWORD)) as smtp, imap:
        zone(
            {
                "_submissions._tcp.acme.example": (Srv(0, 0, 9, "localhost"), Srv(10, 0, smtp.port, "localhost")),
                "_imaps._tcp.acme.example": (Srv(0, 1, imap.port, "localhost"), Srv(0, 2, 9, "localhost")),
            }
        )
        words = ("login", ADDRESS, "--password-stdin", "--yes", "--ca-file", str(authority.ca_file))
        done = world.mailer(*words, input=PASSWORD.encode(), MAILER_TIMEOUT="2")
        assert done.code == 0, done.err
        assert len(smtp.sign_ins) == 1
    assert done.err.count("localhost, port 9, cannot be reached; trying the next one that the domain names") == 2
    assert f"localhost, port {smtp.port}, tls (by the domain's SRV record)" in done.err
    text = world.file().read_text()
    assert f"MAILER_SMTP_PORT={smtp.port}\n" in text
    assert f"MAILER_IMAP_PORT={imap.port}\n" in text


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.mark.parametrize(("answer", "code", "tried"), [("n", 1, False), ("y", 75, True)])
def test_the_person_at_the_terminal_agrees_or_not(world, memory, zone, monkeypatch, answer, code, tried):
    zone({"_submissions._tcp.acme.example": (Srv(0, 0, 465, "no-such-host.hoster.test"),)})
    monkeypatch.setattr("mailer.cli.app.App.can_ask", lambda _: True)
    words = ("login", ADDRESS, "--json")
    done = world.mailer(*words, input=f"{answer}\n".encode(), MAILER_PASSWORD=PASSWORD, MAILER_TIMEOUT="2")
    assert done.code == code
    assert ("Signing in" in done.err) is tried
