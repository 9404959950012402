"""The way to the server is gone while the letters are looked at, and nothing more than the way."""

from __future__ import annotations

import socket
import time

import pytest

from mailer.sending.survey import Looked
from tests.kit.cli import put
from tests.kit.sending import BATCH, Desk, people
from tests.kit.smtp_server import DROP, Scripted, wait_until


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(100))
    return Desk(tmp_path)


@pytest.fixture
def at_look(monkeypatch):
    """Calls what is set in it before each lot is looked at, with the number of the lot."""
    calls, seen, look = [], [0], Looked.look

    def looking(self, items):
        seen[0] += 1
        for call in calls:
            call(seen[0])
        look(self, items)

    monkeypatch.setattr(Looked, "look", looking)
    return calls


def test_the_server_is_reached_before_the_last_letter_is_looked_at(desk, at_look):
    reached, said = [], []
    with Scripted(extensions=("PIPELINING",)) as server:
        at_look.append(lambda lot: reached.append(lot == 4 and wait_until(lambda: server.turns.get("ehlo"))))
        at_look.append(lambda _lot: said.extend(server.commands))
        result = desk.send(server, "b.md", "--each", "p.csv")
        assert server.connections == 1
        assert len(server.messages) == 100
    assert reached == [False, False, False, True]
    assert {command.split()[0] for command in said} == {"EHLO"}
    assert result.code == 0


def test_nobody_is_called_for_letters_that_are_not_fit(desk):
    put(desk.folder, "b.md", BATCH.replace("Dear", "Dear {{ nobody }}"))
    with Scripted() as server:
        result = desk.send(server, "b.md", "--each", "p.csv")
        assert server.connections == 0
    assert result.code != 0


def test_a_server_that_hangs_up_meanwhile_is_called_again(desk, at_look):
    with Scripted({"ehlo": {0: (b"250 hello\r\n", DROP)}}) as server:
        at_look.append(lambda lot: lot < 4 or (wait_until(lambda: server.turns.get("ehlo")) and time.sleep(0.1)))
        result = desk.send(server, "b.md", "--each", "p.csv")
        assert server.connections == 2
        assert len(server.messages) == 100
    assert result.code == 0


def test_a_server_that_is_not_there_is_told_when_all_were_looked_at(desk):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = desk.call(
        "send", "b.md", "--each", "p.csv", "--yes", "--json",
        MAILER_SMTP_HOST="127.0.0.1", MAILER_SMTP_PORT=str(port), MAILER_SMTP_SECURITY="none", MAILER_RETRY_SECONDS="0",
    )  # fmt: skip
    assert result.code == 75
    assert [told["row"] for told in result.objects] == list(range(1, 101))
    assert {told["status"] for told in result.objects} == {"deferred"}


def test_the_window_of_a_slow_run_holds_for_it_too(desk):
    put(desk.folder, "p.csv", people(40))
    with Scripted(extensions=("PIPELINING", "CHUNKING")) as server:
        desk.call(
            "send", "b.md", "--each", "p.csv", "--yes", "--json", "--rate", "6000/min",
            MAILER_SMTP_HOST=server.host, MAILER_SMTP_PORT=str(server.port), MAILER_SMTP_SECURITY="none",
        )  # fmt: skip
        assert server.connections == 1
        verbs = [line.split()[0].split(":")[0] for line in server.commands]
        # Nothing of a letter goes before the last one is answered: no MAIL behind a content, no RSET between two.
        assert verbs.count("MAIL") == 40
        assert "RSET" not in verbs
