"""Reading: nothing is touched, every answer is bounded, and what servers add or leave out changes nothing."""

from __future__ import annotations

from datetime import date

import pytest

from mailer.errors import CannotWrite, MailerError
from mailer.imap import reading
from mailer.imap.folders import named, use_of
from mailer.imap.session import open_session
from tests.kit.imap import PASSWORD, server, wanted

__all__ = ["server"]

FIELDS = ("From", "Subject")
INBOX = named("INBOX")


def mail(subject, body="hello\r\n", more=""):
    return f"From: a@acme.example\r\nX-Long: x\r\n  y\r\nSubject: {subject}\r\n{more}\r\n{body}".encode()


@pytest.fixture
def session(server):
    with open_session(wanted(server), PASSWORD) as opened:
        yield opened


def test_a_folder_is_only_examined_and_read_by_peeking(session, server):
    box = server.boxes["INBOX"]
    box.add(mail("one"), {r"\Seen"})
    box.add(mail("two"))
    opened = session.examine(INBOX)
    assert opened == reading.Opened(1, 3, 2)
    uids = session.arrived_after(INBOX, opened, 0)
    heads = session.heads(INBOX, uids, FIELDS)
    assert [(head.uid, head.octets) for head in heads] == [
        (1, b"From: a@acme.example\r\nSubject: one\r\n\r\n"),
        (2, b"From: a@acme.example\r\nSubject: two\r\n\r\n"),
    ]
    assert heads[0].flags == {r"\seen"}
    assert session.bodies(INBOX, uids) == {1: mail("one"), 2: mail("two")}
    reads = [line for line in server.commands if line.startswith(("SELECT", "UID", "STORE", "EXAMINE"))]
    assert not [line for line in reads if "SELECT" in line or "STORE" in line]
    assert all("BODY.PEEK" in line for line in reads if "FETCH" in line)


def test_what_is_new_is_asked_for_only_where_there_can_be_something(session, server):
    box = server.boxes["INBOX"]
    for number in range(5):
        box.add(mail(number))
    opened = session.examine(INBOX)
    before = len(server.commands)
    assert session.arrived_after(INBOX, opened, 5) == []
    assert len(server.commands) == before
    assert session.arrived_after(INBOX, opened, 3) == [4, 5]
    server.tells_uidnext = False
    opened = session.examine(INBOX)
    assert opened.uidnext == 6
    assert session.arrived_after(INBOX, opened, 3) == [4, 5]
    assert session.arrived_after(INBOX, opened, 5) == [], "n:* means the last message at least"


def test_since_a_day_a_large_folder_in_parts(session, server, monkeypatch):
    monkeypatch.setattr(reading, "_SEARCHED", 3)
    box = server.boxes["INBOX"]
    for number in range(8):
        box.add(mail(number), day=date(2026, 3, 1 + number))
    opened = session.examine(INBOX)
    assert session.arrived_since(INBOX, opened, date(2026, 3, 3)) == [3, 4, 5, 6, 7, 8]
    searches = [line for line in server.commands if "SEARCH" in line]
    assert searches[0] == "UID SEARCH 6:8 SINCE 3-Mar-2026"
    assert len(searches) == 3


def test_a_header_without_end_is_cut(session, server):
    box = server.boxes["INBOX"]
    box.add(mail("x" * 30_000))
    box.add(mail("short"))
    long, short = session.heads(INBOX, [1, 2] if session.examine(INBOX) else [], FIELDS)
    assert (long.whole, short.whole) == (False, True)
    assert len(long.octets) == 24 * 1024


def test_a_large_message_comes_in_pieces_and_has_an_end(session, server, monkeypatch):
    for name, size in (("_FIRST", 100), ("_PIECE", 70), ("LARGEST", 300)):
        monkeypatch.setattr(reading, name, size)
    box = server.boxes["INBOX"]
    sizes = (99, 100, 101, 170, 171, 299, 300, 500)
    contents = [mail("x") + b"y" * (size - len(mail("x"))) for size in sizes]
    for content in contents:
        box.add(content)
    session.examine(INBOX)
    assert list(session.bodies(INBOX, range(1, 9)).values()) == [content[:300] for content in contents]
    assert session.bodies(INBOX, [8], begin=True) == {8: contents[7][:100]}


def test_a_message_that_is_gone_is_left_out(session, server):
    box = server.boxes["INBOX"]
    box.add(mail("one"))
    box.add(mail("two"))
    session.examine(INBOX)
    del box.messages[0]
    assert [head.uid for head in session.heads(INBOX, [1, 2], FIELDS)] == [2]
    assert list(session.bodies(INBOX, [1, 2])) == [2]
    assert session.heads(INBOX, [], FIELDS) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("* 1 FETCH (BODY[HEADER.FIELDS (FROM)]<0> {3}\r\na:b FLAGS (\\Seen) UID 7)\r\n", (7, {r"\seen"}, b"a:b")),
        ('* 1 FETCH (UID 7 FLAGS () BODY[HEADER.FIELDS ("FROM")] "a\\"b")\r\n', (7, set(), b'a"b')),
        ("* 1 FETCH (UID 7 FLAGS () BODY[HEADER.FIELDS (FROM)]<0> NIL)\r\n", (7, set(), b"")),
        (
            '* 1 FETCH (X-GM-LABELS ("\\\\Sent" "UID 9" work) UID 7 FLAGS () BODY[]<0> {1}\r\nx)\r\n',
            (7, {r"\sent"}, b"x"),
        ),
        (
            "* 1 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 7 FLAGS (\\Draft) BODY[]<0> {1}\r\nx)\r\n",
            (7, {r"\draft"}, b"x"),
        ),
        ("* 1 FETCH (UID 8 FLAGS () BODY[]<0> {1}\r\nx)\r\n", None),
        ("* 1 FETCH (UID 99999999999999999999 BODY[]<0> {1}\r\nx)\r\n", "Later"),
    ],
)
def test_answers_as_servers_write_them(session, server, answer, expected):
    session.examine(INBOX)
    server.faults["FETCH"] = [f"raw {answer}{{tag}} OK done\r\n"]
    if expected == "Later":
        with pytest.raises(Exception, match="not IMAP"):
            session.heads(INBOX, [7], FIELDS)
        return
    heads = session.heads(INBOX, [7], FIELDS)
    assert [(head.uid, set(head.flags), head.octets) for head in heads] == ([expected] if expected else [])


def test_a_folder_that_is_not_there(session):
    with pytest.raises(CannotWrite, match="no folder Gone"):
        session.examine(named("Gone"))


def test_what_a_folder_is_for_by_its_name():
    uses = {name: use_of(name) for name in ("Sent Items", "gesendet", "Papierkorb", "SPAM", "Entwürfe", "Archive")}
    assert list(uses.values()) == ["sent", "sent", "trash", "junk", "drafts", ""]


def test_sequence_sets():
    assert reading._as_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"


def test_what_is_asked_ahead_is_kept_until_it_is_wanted(session, server):
    box = server.boxes["INBOX"]
    for name in ("one", "two", "three"):
        box.add(mail(name))
    session.examine(INBOX)
    session.ask_heads(INBOX, [2, 3], FIELDS)
    assert session.bodies(INBOX, [1]) == {1: mail("one")}, "another question comes between"
    asked = len(server.commands)
    assert [head.uid for head in session.heads(INBOX, [2, 3], FIELDS)] == [2, 3]
    assert len(server.commands) == asked, "it is asked once"
    session.ask_heads(INBOX, [2], FIELDS)
    assert [head.uid for head in session.heads(INBOX, [1], FIELDS)] == [1], "what was asked ahead is not wanted"
    assert [head.uid for head in session.heads(INBOX, [2], ())] == [2]


@pytest.mark.parametrize("fault", ["NO no such message", "drop"])
def test_a_fault_of_what_is_asked_ahead_is_told_when_it_is_wanted(session, server, fault):
    server.boxes["INBOX"].add(mail("one"))
    session.examine(INBOX)
    server.faults["FETCH"] = [fault, fault]
    session.ask_heads(INBOX, [1], FIELDS)
    with pytest.raises(MailerError):
        session.heads(INBOX, [1], FIELDS)
