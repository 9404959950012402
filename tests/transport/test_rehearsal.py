from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.transport.rehearsal import Received, Rehearsal
from mailer.transport.session import open_session
from mailer.transport.values import SmtpServer
from tests.conftest import examples
from tests.kit.outgoing import make_letter


def send(server, letters):
    with open_session(SmtpServer(server.host, server.port, "none")) as session:
        return [outcome.state for outcome in session.submit(letters)]


def test_octets_in_octets_out():
    content = b"Subject: x\r\n\r\n.\r\n..\r\n" + bytes(range(32, 127)) + b"\r\n" + b"x" * 998 + b"\r\n\r\n.\r\n"
    with Rehearsal() as server:
        assert send(server, [make_letter(to=("Dana@acme.example", "b@x.example"), content=content)]) == ["sent"]
        assert server.received == [Received("me@home.example", ("Dana@acme.example", "b@x.example"), content)]


def test_an_international_address():
    with Rehearsal() as server:
        content = "To: jörg@acme.example\r\n\r\nx\r\n".encode()
        assert send(server, [make_letter(to=("jörg@acme.example",), content=content)]) == ["sent"]
        assert server.received == [Received("me@home.example", ("jörg@acme.example",), content)]


def test_what_it_offers():
    with Rehearsal() as server, open_session(SmtpServer(server.host, server.port, "none")) as session:
        assert {"PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE"} <= set(session.capabilities.offered)
        assert "CHUNKING" not in session.capabilities


def test_messages_can_go_elsewhere():
    seen = []
    with Rehearsal(on_message=seen.append) as server:
        assert send(server, [make_letter(n) for n in range(50)]) == ["sent"] * 50
        assert server.received == []
    assert len(seen) == 50


def test_it_stops_with_a_client_in_the_middle():
    before = threading.active_count()
    with Rehearsal() as server:
        session = open_session(SmtpServer(server.host, server.port, "none"))
    session.close()
    assert threading.active_count() == before


def test_it_starts_often():
    for _ in range(10):
        with Rehearsal() as server:
            assert server.port


def test_nobody_else_can_reach_it():
    with Rehearsal() as server:
        assert server.host == "127.0.0.1"


LINES = st.lists(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30) | st.sampled_from(["", ".", "..", ". "])
)


@pytest.fixture(scope="module")
def rehearsal():
    with Rehearsal() as server:
        yield server


@examples(40)
@given(st.lists(LINES, min_size=1, max_size=4))
def test_any_lines(rehearsal, bodies):
    rehearsal.received.clear()
    contents = ["".join(f"{line}\r\n" for line in ("Subject: x", "", *body)).encode() for body in bodies]
    letters = [make_letter(n, content=content) for n, content in enumerate(contents)]
    assert send(rehearsal, letters) == ["sent"] * len(letters)
    assert [message.content for message in rehearsal.received] == contents
