from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.transport.replies import MAX_LINE, MAX_LINES, BadReply, Reply, ReplyReader
from mailer.transport.values import read_capabilities
from tests.kit.rows import each_row


def read(*parts: bytes):
    """Replies until the octets or the patience end; a fault is the last item."""
    reader, found = ReplyReader(), []
    for part in parts:
        reader.feed(part)
        try:
            while reply := reader.next_reply():
                found.append(reply)
        except BadReply:
            return [*found, "bad"]
    return found


@each_row(
    ("octets", "reply"),
    [
        (b"250 2.1.0 Ok\r\n", Reply(250, "2.1.0", "Ok")),
        (b"250 Ok\r\n", Reply(250, "", "Ok")),
        (b"250\r\n", Reply(250, "", "")),
        (b"250 \r\n", Reply(250, "", "")),
        (b"250 2.0.0\r\n", Reply(250, "2.0.0", "")),
        (b"550-5.1.1 No such\r\n550 5.1.1 user\r\n", Reply(550, "5.1.1", "No such\nuser")),
        (b"550-5.1.1 No such\r\n550 user\r\n", Reply(550, "5.1.1", "No such\nuser")),
        (b"535 5.7.139 Authentication unsuccessful\r\n", Reply(535, "5.7.139", "Authentication unsuccessful")),
        (b"450 5.1.1 mixed\r\n", Reply(450, "", "5.1.1 mixed")),
        (b"250 2.1.0.4 version\r\n", Reply(250, "", "2.1.0.4 version")),
        (b"250 gr\xc3\xbc\xc3\x9fe\r\n", Reply(250, "", "grüße")),
        (b"250 gr\xfc\xdfe\r\n", Reply(250, "", "gr��e")),
        (b"250 a\x1b[31mb\x00\tc\rd\r\n", Reply(250, "", "a\\x1b[31mb\\x00 c\\rd")),
        (b"250 ok\n", Reply(250, "", "ok")),
    ],
)
def test_a_reply_is_read(octets, reply):
    assert read(octets) == [reply]


@each_row(
    "octets",
    [
        b"\r\n",
        b"hello\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"250ok\r\n",
        b"250\tok\r\n",
        b" 250 ok\r\n",
        b"150 ok\r\n",
        b"600 ok\r\n",
        b"999 ok\r\n",
        "２50 ok\r\n".encode(),
        b"\xff\xfe\r\n",
        b"250-a\r\n251 b\r\n",
        b"250-a\r\n\r\n",
        b"250 " + b"x" * MAX_LINE + b"\r\n",
        b"250 " + b"x" * MAX_LINE,
        b"250-x\r\n" * (MAX_LINES + 1),
        (b"250-" + b"x" * 7000 + b"\r\n") * 10,
    ],
)
def test_what_is_no_reply_is_refused(octets):
    assert read(octets) == ["bad"]


@pytest.mark.parametrize("octets", [b"", b"2", b"250 ok", b"250 ok\r", b"250-a\r\n", b"250-a\r\n250"])
def test_half_a_reply_is_none(octets):
    assert read(octets) == []


STREAMS = [
    b"220 x\r\n250-a\r\n250-b\r\n250 c\r\n550-5.1.1 no\r\n550 5.1.1 such\r\n",
    b"250 ok\r\n\r\n250 ok\r\n",
    b"250-a\r\n251 b\r\n",
    b"250 \xc3\xbc\r\n421 \xff\r\n",
]


@pytest.mark.parametrize("stream", STREAMS)
def test_every_split_reads_the_same(stream):
    whole = read(stream)
    assert read(*(bytes([octet]) for octet in stream)) == whole
    for cut in range(len(stream)):
        assert read(stream[:cut], stream[cut:]) == whole


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"250 ok\r\n", b"250-", b"\r\n", b"550 5.1.1 no\r\n"])))
def test_any_octets_any_split(parts):
    assert read(*parts) == read(b"".join(parts))


def test_the_mask_is_over_the_words():
    reader = ReplyReader(mask=lambda text: text.replace("hunter2", "***"))
    reader.feed(b"535 no hunter2 here\r\nhunter2\r\n")
    assert reader.next_reply() == Reply(535, "", "no *** here")
    with pytest.raises(BadReply) as error:
        reader.next_reply()
    assert "hunter2" not in str(error.value)


def test_one_line():
    assert Reply(550, "5.1.1", "no\nsuch  user").line == "550 5.1.1 no such user"
    assert Reply(250, "", "").line == "250"


def test_capabilities():
    offered = read_capabilities(
        Reply(
            250,
            "",
            "host hello SIZE 1\npipelining\nSize 1000\nAUTH PLAIN\nAUTH=LOGIN plain\n8BITMIME\n\nX-ODD a b",
        )
    )
    assert "PIPELINING" in offered
    assert "CHUNKING" not in offered
    assert offered.size == 1000
    assert offered.mechanisms == {"PLAIN", "LOGIN"}


@pytest.mark.parametrize("line", ["SIZE", "SIZE 0", "SIZE many", "SIZE -5", "SIZE ５", "SIZE " + "9" * 30])
def test_a_size_without_a_number_is_no_limit(line):
    assert read_capabilities(Reply(250, "", f"host\n{line}")).size == 0
