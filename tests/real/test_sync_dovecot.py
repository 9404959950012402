"""Reading a real mailbox: nothing in it changes, it goes on from where it was, and it is about as fast as can be."""

from __future__ import annotations

import imaplib
import os
import pwd
import ssl
import time

import pytest

from mailer.imap.folders import named
from tests.kit.inbox import bounce, written
from tests.kit.letters import LETTER
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put, through
from tests.real.servers import OWNER, USERS

pytestmark = pytest.mark.real

ME = next(iter(USERS))
MANY = 50_000


@pytest.fixture
def user(host, tmp_path):
    host.empty()
    with recording_server() as smtp:
        app = World(
            tmp_path,
            MAILER_FROM=f"Dana <{ME}>",
            MAILER_PASSWORD=USERS[ME],
            MAILER_CA_FILE=str(host.ca_file),
            MAILER_IMAP_HOST="localhost",
            MAILER_IMAP_PORT=str(host.ports["imaps"]),
            MAILER_IMAP_USERNAME=ME,
            MAILER_SAVE_SENT="no",
            **through(smtp),
        )
        put(tmp_path, "r.md", LETTER)
        sent = app.mailer("send", "r.md", "--yes", "--json")
        assert sent.code == 0, sent
        yield app, sent.json["message_id"]


def reader(host):
    """An IMAP client that is not ours."""
    context = ssl.create_default_context(cafile=host.ca_file)
    client = imaplib.IMAP4_SSL("localhost", host.ports["imaps"], ssl_context=context)
    client.authenticate("PLAIN", lambda _: f"\0{ME}\0{USERS[ME]}".encode())
    return client


def put_there(host, *contents, folder="INBOX", flags=""):
    client = reader(host)
    for content in contents:
        assert client.append(named(folder).wire, flags, None, content)[0] == "OK"
    client.logout()


def everything(host):
    """UID, flags (\\Recent too), date and content of all that lies in each folder, and where on disk."""
    client, found = reader(host), {}
    for folder in ("INBOX", "Gesendet", "Entwürfe"):
        said, (count,) = client.select(f'"{named(folder).wire}"', readonly=True)
        assert said == "OK"
        wanted = "(UID FLAGS INTERNALDATE BODY.PEEK[])"
        found[folder] = client.fetch("1:*", wanted)[1] if int(count) else []
        found[folder, "recent"] = client.response("RECENT")
    client.logout()
    found["disk"] = sorted(str(path) for path in host.mailbox(ME).rglob("*") if path.parent.name in ("cur", "new"))
    return found


def commands(done):
    return [line.split()[2] for line in done.err.splitlines() if line.startswith("> ") and len(line.split()) > 2]


def test_nothing_in_the_mailbox_changes(host, user):
    app, letter = user
    put_there(host, bounce(letter))
    put_there(host, written("news@shop.example", "Offer"), flags=r"(\Seen \Flagged)")
    put_there(host, written(ME, "By the way", to="dana.ruiz@acme.example"), folder="Gesendet")
    # Whoever selects a folder first is told what is recent, and nobody after: the second look must see the same.
    everything(host)
    before = everything(host)
    done = app.mailer("sync", "--json", "-v")
    assert done.code == 0, done
    assert [one.get("class") for one in done.objects] == ["dead", None]
    assert done.objects[-1] == {"read": 3, "new": 1, "folders": 2, "error": None}
    assert everything(host) == before


def test_messages_that_are_recent_stay_so(host, user):
    app, letter = user
    put_there(host, bounce(letter))
    assert app.mailer("sync").code == 0
    client = reader(host)
    client.select("INBOX")
    assert client.response("RECENT")[1] == [b"1"]
    client.logout()


def test_a_second_run_costs_twelve_commands_at_most(host, user):
    app, letter = user
    put_there(host, bounce(letter), *(written(f"n{number}@shop.example", "Offer") for number in range(20)))
    assert app.mailer("sync").code == 0
    again = app.mailer("sync", "-v", "--json")
    assert again.objects == [{"read": 0, "new": 0, "folders": 2, "error": None}]
    assert 4 < len(commands(again)) <= 12, commands(again)


def test_uidvalidity_changed(host, user):
    app, letter = user
    put_there(host, bounce(letter))
    assert app.mailer("sync", "--json").objects[-1]["new"] == 1
    box = host.mailbox(ME)
    listed = box / "dovecot-uidlist"
    head, _, rest = listed.read_text().partition("\n")
    words = ["V123456" if word.startswith("V") else word for word in head.split(" ")]
    listed.write_text(" ".join(words) + "\n" + rest)
    for path in box.glob("dovecot.index*"):
        path.unlink()
    assert app.mailer("sync", "--json").objects == [{"read": 1, "new": 0, "folders": 2, "error": None}]


def test_a_folder_that_is_gone(host, user):
    app, letter = user
    client = reader(host)
    client.create("Archive")
    assert app.mailer("sync", "--all-folders").code == 0
    client.delete("Archive")
    client.logout()
    put_there(host, bounce(letter))
    done = app.mailer("sync", "--all-folders")
    assert done.code == 73
    assert "Archive" in done.err
    assert len(done.lines) == 1


def test_a_message_of_many_megabytes(host, user):
    app, letter = user
    large = bounce(letter).replace(
        b"\r\n\r\nThe letter", b"\r\n\r\n" + (b"x" * 76 + b"\r\n") * 300_000 + b"The letter", 1
    )
    put_there(host, large)
    assert [one.get("class") for one in app.mailer("sync", "--json").objects] == ["dead", None]


def fill(host, many):
    """So many messages in the inbox, put into the Maildir itself."""
    owner, box = pwd.getpwnam(OWNER), host.mailbox(ME)
    now = int(time.time())
    for number in range(many):
        sender, at = f"p{number % 5000}@firm{number % 900}.example", now - (many - number) * 60
        day = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(at))
        head = (
            f"Return-Path: <{sender}>\r\nDelivered-To: {ME}\r\nReceived: from mx by mail; {day}\r\n"
            f"From: Person {number} <{sender}>\r\nTo: Dana <{ME}>\r\nSubject: About the offer of week {number}\r\n"
            f"Date: {day}\r\nMessage-ID: <{number}.{at}@firm.example>\r\nContent-Type: text/plain\r\n\r\n"
        )
        path = box / "cur" / f"{at}.M{number}P1.mail:2,"
        path.write_bytes(head.encode() + b"Some words of a mail, as there are many.\r\n" * (number % 40))
        os.utime(path, (at, at))
        os.chown(path, owner.pw_uid, owner.pw_gid)


def bare_loop(host):
    """Whole headers by IMAPClient alone."""
    from imapclient import IMAPClient

    context = ssl.create_default_context(cafile=host.ca_file)
    with IMAPClient("localhost", host.ports["imaps"], ssl_context=context) as client:
        client.plain_login(ME, USERS[ME])
        client.select_folder("INBOX", readonly=True)
        uids = client.search("ALL")
        lots = [uids[at : at + 500] for at in range(0, len(uids), 500)]
        return sum(len(client.fetch(lot, ["FLAGS", "BODY.PEEK[HEADER]"])) for lot in lots)


def seconds(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@pytest.mark.slow
@pytest.mark.parametrize("many", [10_000, MANY])
def test_many_messages(host, user, many):
    app, letter = user
    put_there(host, bounce(letter))
    fill(host, many)
    assert bare_loop(host) == many + 1
    runs = []
    pairs = []
    for _ in range(3):
        bare = seconds(lambda: bare_loop(host))
        ours = seconds(lambda: runs.append(app.mailer("sync", "--json", "--since", "2020-01-01")))
        pairs.append((ours / bare, ours, bare))
    assert [done.objects[-1]["new"] for done in runs] == [1, 0, 0]
    assert {done.objects[-1]["read"] for done in runs} == {many + 1}
    ratio, ours, bare = sorted(pairs)[1]
    print(f"{many:,} headers: bare loop {bare:.1f} s, sync {ours:.1f} s ({ratio:.2f}x)")
    # Half a second is what a run takes that reads nothing.
    assert ours - 0.5 < 1.5 * bare
