"""``mailer outbox``: what waits, and settling what is in doubt."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.kit.letters import BATCH, SHORT, people
from tests.kit.smtp_server import OK, Scripted, recording_server
from tests.kit.world import World, put

KEYS = ["id", "state", "to", "subject", "message_id", "since", "attempts", "reply", "next"]


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(4))
    return World(tmp_path).with_letter()


def mixed(desk):
    """One sent, one refused, one deferred, one in doubt."""
    script = {"rcpt": [OK, b"550 5.1.1 unknown\r\n", b"450 4.2.0 later\r\n"], "final": [OK, b"garbage\r\n"]}
    with Scripted(script) as server:
        result = desk.send(server, "b.md", "--each", "p.csv", MAILER_RETRY_SECONDS="0")
    assert result.code == 76
    return result


def test_lines_of_json(desk):
    sent = {told["row"]: told for told in mixed(desk).objects}
    found = {entry["state"]: entry for entry in desk.outbox()}
    assert set(found) == {"refused", "deferred", "in-doubt"}
    for entry in found.values():
        assert list(entry) == KEYS
        assert datetime.fromisoformat(entry["since"]).tzinfo
        assert entry["attempts"] == 1
    assert found["refused"]["reply"] == {"code": 550, "status": "5.1.1", "text": "unknown"}
    assert found["deferred"]["reply"]["code"] == 450
    assert found["in-doubt"]["reply"] is None
    assert found["in-doubt"]["message_id"] == sent[4]["message_id"]
    assert found["refused"]["to"] == ["n1@x.example"]
    assert "--again" in found["refused"]["next"]
    assert "again" in found["deferred"]["next"]
    assert f"outbox resolve {found['in-doubt']['id']}" in found["in-doubt"]["next"]


def test_words(desk):
    mixed(desk)
    result = desk.mailer("outbox")
    assert result.code == 0
    for word in ("refused", "deferred", "in-doubt", "n1@x.example", "5.1.1", "resolve"):
        assert word in result.out


def test_nothing_waits(desk):
    assert desk.mailer("outbox", "--json").octets == b""
    result = desk.mailer("outbox")
    assert (result.code, result.octets) == (0, b"")
    assert result.err == "The outbox is empty.\n"
    assert not (desk.folder / "home" / "data").exists()


class TestResolve:
    def doubtful(self, desk):
        with Scripted({"final": [b"garbage\r\n"]}) as server:
            assert desk.send(server).code == 76
        return desk.outbox()[0]["id"]

    def test_sent(self, desk):
        assert desk.mailer("outbox", "resolve", self.doubtful(desk), "--sent").code == 0
        assert desk.outbox() == []
        assert [entry["state"] for entry in desk.mailer("log", "--json").objects] == ["sent"]
        with recording_server() as server:
            assert desk.send(server).json["status"] == "already-sent"
            assert not server.messages

    def test_not_sent(self, desk):
        name = self.doubtful(desk)
        first = desk.outbox()[0]["message_id"]
        assert desk.mailer("outbox", "resolve", name.upper(), "--not-sent").code == 0
        assert desk.states() == ["deferred"]
        with recording_server() as server:
            assert desk.send(server).json["message_id"] == first
            assert len(server.messages) == 1

    @pytest.mark.parametrize("args", [("zzzzzz", "--sent"), ("nonsense", "--sent"), ()])
    def test_no_such_letter(self, desk, args):
        assert desk.mailer("outbox", "resolve", *args).code == 2

    def test_only_what_is_in_doubt(self, desk):
        with recording_server() as server:
            name = desk.send(server).json["id"]
        assert desk.mailer("outbox", "resolve", name, "--not-sent").code == 2
        with recording_server() as server:
            assert desk.send(server).json["status"] == "already-sent"

    def test_what_is_settled_asks_nothing(self, desk):
        with recording_server() as server:
            name = desk.send(server).json["id"]
        result = desk.mailer("outbox", "resolve", name)
        assert result.code == 2
        assert "is sent, neither in doubt" in result.err
        assert "--sent" not in result.err

    def test_both_answers_are_none(self, desk):
        name = self.doubtful(desk)
        assert desk.mailer("outbox", "resolve", name, "--sent", "--not-sent").code == 2
        assert desk.mailer("outbox", "resolve", name, "--not-sent", "--sent").code == 2
        assert desk.states() == ["in-doubt"]

    def test_without_an_answer_or_a_terminal(self, desk):
        result = desk.mailer("outbox", "resolve", self.doubtful(desk))
        assert result.code == 2
        assert "--sent or --not-sent" in result.err
        assert desk.states() == ["in-doubt"]


def test_a_damaged_ledger(desk):
    put(desk.folder, "home/data/ledger.sqlite", b"garbage" * 1000)
    result = desk.mailer("outbox", "--json")
    assert result.code == 73
    assert result.json["error"]["code"] == 73
    assert desk.mailer("outbox", "resolve", "zzzzzz", "--sent").code == 73


def test_drop_lets_refused_and_deferred_letters_go(desk):
    mixed(desk)
    for entry in desk.outbox():
        done = desk.mailer("outbox", "drop", entry["id"])
        if entry["state"] == "in-doubt":
            assert done.code == 2
            assert f"outbox resolve {entry['id']}" in done.err
        else:
            assert f"outbox drop {entry['id']}" in entry["next"]
            assert done.code == 0
            assert "may send it again, as a new letter" in done.err
            for answer in ((), ("--sent",), ("--not-sent",)):
                again = desk.mailer("outbox", "resolve", entry["id"], *answer)
                assert again.code == 2
                assert f"letter {entry['id']} is let go, neither in doubt" in again.err
    assert desk.states() == ["in-doubt"]
    with recording_server() as server:
        result = desk.send(server, "b.md", "--each", "p.csv")
        assert len(server.messages) == 2
    assert [told["status"] for told in result.objects].count("sent") == 2


def test_drop_of_a_letter_that_some_have(desk):
    put(desk.folder, "l.md", SHORT.replace("To: ", "Cc: lee@acme.example\nTo: "))
    with Scripted({"rcpt": [OK, b"450 4.2.0 later\r\n"]}) as server:
        assert desk.send(server).code == 75
        entry = desk.outbox()[0]
        done = desk.mailer("outbox", "drop", entry["id"].upper())
        assert done.code == 0
        assert "dana@acme.example got it" in done.err
        again = desk.send(server)
        assert (again.code, again.json["status"], list(again.json["refused"])) == (
            0,
            "already-sent",
            ["lee@acme.example"],
        )
        assert len(server.messages) == 1


def test_drop_of_nothing(desk):
    assert desk.mailer("outbox", "drop", "4k7m2p").code == 2
    assert desk.mailer("outbox", "drop").code == 2
