"""MAILER_LEDGER was set when letters went, and is not now: a ledger begun here would know of none of them."""

from __future__ import annotations

import json

import pytest

from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put

SERVER = "postgresql://jo@db.example/mailer"


@pytest.fixture
def desk(tmp_path):
    desk = World(tmp_path).with_letter()
    put(desk.data, "servers.json", json.dumps({SERVER: "b92d7708-1a76-49cd-b37b-5f1c029e0aec"}))
    return desk


@pytest.mark.parametrize("owner", [{}, {"MAILER_OWNER": "alice"}])
def test_nothing_is_sent_and_it_says_what_to_set(desk, owner):
    with recording_server() as server:
        done = desk.send(server, **owner)
        assert (done.code, server.messages) == (73, [])
        error = done.json["error"]
        assert SERVER in error["text"]
        assert "Set MAILER_LEDGER. " in error["hint"]
        path = error["hint"].rpartition("touch ")[2]
        assert not list(desk.data.rglob("ledger.sqlite"))
        assert desk.mailer("due", **owner).code == 73
        # It works when one does it.
        put(desk.data.parent, path, "")
        assert desk.send(server, **owner).json["status"] == "sent"


def test_a_ledger_that_is_there_is_used(desk):
    (desk.data / "servers.json").rename(desk.data / "kept")
    with recording_server() as server:
        assert desk.send(server).json["status"] == "sent"
        (desk.data / "kept").rename(desk.data / "servers.json")
        assert desk.send(server).json["status"] == "already-sent"


@pytest.mark.parametrize("text", ["{}", "[]"])
def test_where_no_server_is_known_one_is_begun(desk, text):
    put(desk.data, "servers.json", text)
    with recording_server() as server:
        assert desk.send(server).json["status"] == "sent"


def test_what_touches_no_ledger_goes_on(desk):
    for words in (("rehearse", "l.md"), ("check", "l.md"), ("preview", "l.md")):
        assert desk.mailer(*words).code in (0, 1), words
