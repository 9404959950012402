"""mbox: each message begins and ends where its writer meant it to, whichever kind of mbox it is."""

from __future__ import annotations

import io
import mailbox

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.syncing import mbox

LINE = b"From dana@acme.example Mon Nov 23 09:10:00 2026\n"


def read(data):
    found = list(mbox.messages(io.BytesIO(data), io.BytesIO(data)))
    return [mbox.read(io.BytesIO(data), one) for one in found]


def mail(subject, body=b"hello\n"):
    return b"From: a@acme.example\nSubject: " + subject + b"\n\n" + body


def test_messages_one_after_another():
    data = LINE + mail(b"one") + b"\n" + LINE + mail(b"two") + b"\n"
    assert read(data) == [mail(b"one") + b"\n", mail(b"two") + b"\n"]
    (first, second) = mbox.messages(io.BytesIO(data), io.BytesIO(data))
    assert (first.head, second.head) == (mail(b"one", b""), mail(b"two", b""))


def test_line_ends_of_windows():
    data = (LINE + mail(b"one") + b"\n" + LINE + mail(b"two")).replace(b"\n", b"\r\n")
    assert len(read(data)) == 2


@pytest.mark.parametrize(
    "line",
    [
        b"From - Mon Jan 01 10:00:00 2026\n",
        b"From 1786543210987@xxx Mon Jan 01 00:00:00 +0000 2026\n",
        b"From \n",
        b"From ???@??? Mon Jan  1 10:00:00 2026\n",
        b"From MAILER-DAEMON Mon Jan 1 10:00 2026\n",
    ],
)
def test_first_lines_of_many_programs(line):
    assert len(read(line + mail(b"one") + b"\n" + line + mail(b"two"))) == 2


def test_a_sentence_is_no_separator():
    body = b"as said:\n\nFrom here on it gets hard.\n\nFrom Monday on, too.\n"
    assert read(LINE + mail(b"one", body)) == [mail(b"one", body)]


def test_a_quoted_line_is_given_back():
    told = read(LINE + mail(b"one", b"x\n\n>From him at 10:00\n>>From her\n> From us\n"))
    assert told == [mail(b"one", b"x\n\nFrom him at 10:00\n>From her\n> From us\n")]


def test_a_separator_needs_a_blank_line_before_it():
    assert len(read(LINE + mail(b"one", b"x\nFrom y Mon Nov 23 09:10:00 2026\n"))) == 1


def counted(subject, body):
    return mail(subject, body).replace(b"\n\n", b"\nContent-Length: %d\n\n" % len(body), 1)


def test_content_length_is_believed_where_it_leads_somewhere():
    body = b"x\n\nFrom y Mon Nov 23 09:10:00 2026\nSubject: no mail\n\nz\n"
    data = LINE + counted(b"one", body) + b"\n" + LINE + counted(b"two", body)
    assert [told.count(b"Subject") for told in read(data)] == [2, 2]


@pytest.mark.parametrize("length", [b"3", b"999999999999", b"0"])
def test_content_length_that_lies(length):
    one = mail(b"one").replace(b"\n\n", b"\nContent-Length: " + length + b"\n\n", 1)
    assert read(LINE + one + b"\n" + LINE + mail(b"two")) == [one + b"\n", mail(b"two")]


def test_a_message_without_a_body_and_one_of_nothing():
    assert len(read(LINE + b"Subject: x\n\n" + LINE + mail(b"two"))) == 2
    assert read(LINE) == []
    assert read(LINE.rstrip(b"\n")) == []


def test_a_header_that_is_being_written_is_left_for_the_next_reading():
    begun = LINE + mail(b"two")
    head = len(begun) - len(b"\nhello\n")
    for end in range(len(LINE), head):
        assert read(LINE + mail(b"one") + b"\n" + begun[:end]) == [mail(b"one") + b"\n"]
    assert len(read(LINE + mail(b"one") + b"\n" + begun[: head + 1])) == 2


def test_blocks_cut_anywhere(monkeypatch):
    data = b"".join(LINE + mail(b"%d" % number, b"x" * number + b"\n\n>From\n") + b"\n" for number in range(60))
    whole = read(data)
    assert len(whole) == 60
    for block in (1, 7, 64, 1000, 1025, 4096):
        monkeypatch.setattr(mbox, "_BLOCK", block)
        monkeypatch.setattr(mbox, "_LINE", 80)
        assert read(data) == whole


@given(st.lists(st.binary(max_size=300).map(lambda octets: octets.replace(b"\r", b"")), min_size=1, max_size=8))
def test_what_python_writes_is_read_back(tmp_path_factory, bodies):
    path = tmp_path_factory.mktemp("mbox") / "box"
    box = mailbox.mbox(path)
    for number, body in enumerate(bodies):
        # It writes mboxo: a line that was quoted before cannot be told from one that it quoted.
        box.add(mail(b"%d" % number, body.replace(b">From ", b"")))
    box.flush()
    box.close()
    expected = [mail(b"%d" % number, body.replace(b">From ", b"")).rstrip(b"\n") for number, body in enumerate(bodies)]
    assert [told.rstrip(b"\n") for told in read(path.read_bytes())] == expected


@given(st.binary(max_size=2000))
def test_whatever_it_holds(octets):
    data = b"From " + octets
    found = list(mbox.messages(io.BytesIO(data), io.BytesIO(data)))
    assert all(one.start <= one.end for one in found)
    assert [one.end for one in found[:-1]] == sorted({one.end for one in found[:-1]})
