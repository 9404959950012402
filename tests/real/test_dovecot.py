"""Dovecot: drafts and copies in folders with names of their own, and what a real server says when it refuses."""

from __future__ import annotations

import email
import email.policy
import imaplib
import ssl
from datetime import UTC, datetime

import pytest

from mailer.errors import CannotWrite, NotTrusted, Refused
from mailer.imap.folders import named
from mailer.imap.server import ImapServer
from mailer.imap.session import open_session
from tests.kit.world import World, put
from tests.real import dovecot as own
from tests.real.servers import USERS, mail, mail_servers, missing

__all__ = ["mail", "mail_servers"]
pytestmark = pytest.mark.real

DANA, LEE = USERS
NOW = datetime(2026, 11, 23, 9, 10, tzinfo=UTC)
PROSE = "The afternoon with Priya's test-bench team stayed with me."
LETTER = f"From: Dana Ruiz <{DANA}>\nTo: Lee <{LEE}>\nBcc: {DANA}\nSubject: Thank you – für alles\n\n{PROSE}\n"
MESSAGE = b"Message-ID: <1@acme.example>\r\nSubject: x\r\n\r\nhello\r\n"
PORTS = {"tls": "imaps", "starttls": "imap"}


@pytest.fixture
def app(mail, tmp_path):
    put(tmp_path, "letter.md", LETTER)
    return World(
        tmp_path,
        MAILER_PASSWORD=USERS[DANA],
        MAILER_CA_FILE=str(mail.ca_file),
        MAILER_SMTP_HOST="localhost",
        MAILER_SMTP_PORT=str(mail.ports["smtps"]),
        MAILER_SMTP_USERNAME=DANA,
        MAILER_IMAP_HOST="localhost",
        MAILER_IMAP_PORT=str(mail.ports["imaps"]),
        MAILER_TIMEOUT="20",
    )


def wanted(host, security="tls", auth="password"):
    return ImapServer("localhost", host.ports[PORTS[security]], security, DANA, auth, host.ca_file, 10, 10)


def reader(mail):
    """An IMAP client that is not ours."""
    client = imaplib.IMAP4_SSL(
        "localhost", mail.ports["imaps"], ssl_context=ssl.create_default_context(cafile=mail.ca_file)
    )
    client.authenticate("PLAIN", lambda _: f"\0{DANA}\0{USERS[DANA]}".encode())
    return client


def messages(mail, folder):
    """Flags and content of what lies in a folder."""
    client = reader(mail)
    try:
        assert client.select(named(folder).wire, readonly=True)[0] == "OK"
        _, found = client.fetch("1:*", "(FLAGS BODY.PEEK[])")
        return [(imaplib.ParseFlags(part[0]), part[1]) for part in found if isinstance(part, tuple)]
    finally:
        client.logout()


@pytest.mark.parametrize("security", PORTS)
def test_signs_in_and_finds_the_folders(mail, security):
    with open_session(wanted(mail, security), USERS[DANA]) as session:
        assert session.folder("drafts").name == "Entwürfe"
        assert session.folder("sent").name == "Gesendet"
        assert session.everything() is None
        assert {"SPECIAL-USE", "UIDPLUS"} <= session.capabilities
        assert session.mechanism == "PLAIN"


def test_a_wrong_password(mail):
    with pytest.raises(NotTrusted, match="refuses the sign-in"):
        open_session(wanted(mail), "wrong")


def test_a_draft_and_the_next_one(app, mail, tmp_path):
    first = app.mailer("draft", "letter.md", "--imap", "--json")
    assert (first.code, first.json["where"]) == (0, f"Entwürfe ({DANA} at localhost)"), first
    put(tmp_path, "letter.md", LETTER.replace(PROSE, "Better words."))
    assert app.mailer("draft", "letter.md", "--imap").code == 0
    ((flags, content),) = messages(mail, "Entwürfe")
    assert {rb"\Draft", rb"\Seen"} <= set(flags)
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert read["Bcc"] == DANA
    assert read["Message-ID"] == first.json["message_id"]
    assert read["Date"]
    assert read["X-Unsent"] is None
    assert "Better words." in read.get_content()


def test_sent_with_a_copy_then_nothing_twice(app, mail):
    done = app.mailer("send", "letter.md", "--yes", "--json")
    assert (done.json["status"], done.json["copy"]) == ("sent", "saved"), done
    ((flags, content),) = messages(mail, "Gesendet")
    assert rb"\Seen" in flags
    assert content == app.mailer("log", "--eml", done.json["id"]).octets
    assert app.mailer("send", "letter.md", "--yes", "--json").json["status"] == "already-sent"
    assert len(messages(mail, "Gesendet")) == 1


def test_a_draft_sent_by_another_program(app, mail):
    name = app.mailer("draft", "letter.md", "--imap", "--json").json["id"]
    assert app.mailer("outbox", "resolve", name).code == 75
    client = reader(mail)
    client.select(named("Entwürfe").wire)
    client.copy("1", "Gesendet")
    client.store("1", "+FLAGS", r"\Deleted")
    client.expunge()
    client.logout()
    done = app.mailer("outbox", "resolve", name)
    assert (done.code, "Gesendet" in done.out) == (0, True)
    assert app.mailer("send", "letter.md", "--yes", "--json").json["status"] == "already-sent"


def test_a_folder_renamed_in_between(mail):
    with open_session(wanted(mail), USERS[DANA]) as session:
        folder = session.folder("drafts")
        client = reader(mail)
        assert client.create("Ablage")[0] == "OK"
        assert client.delete("Ablage")[0] == "OK"
        client.logout()
        with pytest.raises(CannotWrite, match="no folder Ablage"):
            session.append(named("Ablage"), MESSAGE, [], NOW)
        assert session.append(folder, MESSAGE, [r"\Draft"], NOW)


def test_odd_names(mail):
    name = 'Über "alles" \\ & mehr'
    client = reader(mail)
    wire = '"' + named(name).wire.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert client.create(wire)[0] == "OK"
    client.logout()
    with open_session(wanted(mail), USERS[DANA]) as session:
        assert name in [folder.name for folder in session.folders()]
        place = session.append(named(name), MESSAGE, [], NOW)
        assert session.find(named(name), "<1@acme.example>") == (place,)
        assert session.delete(named(name), place, "<1@acme.example>")
        assert session.find(named(name), "<1@acme.example>") == ()


@pytest.fixture
def other(request):
    if why := missing():
        pytest.skip(why)
    with own.own_dovecot(request.param) as host:
        yield host


@pytest.mark.parametrize("other", [own.QUOTA], indirect=True)
def test_a_full_mailbox(other):
    with open_session(wanted(other), USERS[DANA]) as session:
        with pytest.raises(CannotWrite, match="Entwürfe at localhost takes no more: the quota"):
            session.append(session.folder("drafts"), MESSAGE + b"x" * 30_000 + b"\r\n", [], NOW)
        assert session.append(session.folder("drafts"), MESSAGE, [], NOW), "the session is still of use"


@pytest.mark.parametrize("other", [own.ACL], indirect=True)
def test_a_folder_that_may_not_be_written(other):
    (other.folder / "acl").write_text("Gesendet owner lr\n")
    with open_session(wanted(other), USERS[DANA]) as session, pytest.raises(CannotWrite, match="read-only"):
        session.append(session.folder("sent"), MESSAGE, [], NOW)


@pytest.mark.parametrize("other", [own.TOKENS], indirect=True)
def test_tokens_that_the_server_checks_itself(other):
    with open_session(wanted(other, auth="oauth2"), own.token(DANA)) as session:
        assert session.mechanism == "XOAUTH2"
        assert session.folder("drafts").name == "Entwürfe"
    with pytest.raises(NotTrusted, match="sign-in"):
        open_session(wanted(other, auth="oauth2"), own.token(DANA, -60))
    with open_session(wanted(other), USERS[DANA]) as session:
        assert session.mechanism == "PLAIN"


@pytest.mark.parametrize("other", [own.TOKENS.replace("xoauth2 oauthbearer scram", "oauthbearer scram")], indirect=True)
def test_oauthbearer(other):
    with open_session(wanted(other, auth="oauth2"), own.token(DANA)) as session:
        assert session.mechanism == "OAUTHBEARER"
    with pytest.raises(NotTrusted, match="sign-in"):
        open_session(wanted(other, auth="oauth2"), own.token(LEE))


@pytest.mark.parametrize("other", [own.SCRAM_ONLY], indirect=True)
def test_what_it_offers_is_said_where_nothing_fits(other):
    with pytest.raises(Refused, match="no sign-in by password, only SCRAM-SHA-256"):
        open_session(wanted(other), USERS[DANA])
