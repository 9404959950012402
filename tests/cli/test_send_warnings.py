"""All warnings come before anything goes, and the question counts them."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from tests.kit.letters import SHORT, people
from tests.kit.smtp_server import Scripted, recording_server
from tests.kit.world import World, program, put, through

BATCH = (
    "From: Jo Novak <jo@novak.example>\nTo: {{ name }} <{{ email }}>\nSubject: Hello {{ company }}\n\n"
    "Dear {{ name }},\n\ngood luck{% if note %} {{ note }}{% endif %}.\n\nJo\n"
)
ROWS = """name,email,company,note
Dana,dana@acme.example,Acme,
Lee,lee@gmial.com,Birch,
Mara,mara@cedar.example,Cedar,with the the tests
Ann,ann@gmial.com,Dale,
Bob,no address,Elm,
"""
SLIP = "gmial.com"


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", ROWS)
    return World(tmp_path).with_letter()


def spawn(desk, server, *args):
    pexpect = pytest.importorskip("pexpect")
    command, *rest = program()
    env = desk.environ(**through(server), TERM="dumb")
    return pexpect.spawn(command, [*rest, "send", *args], cwd=str(desk.folder), env=env, encoding="utf-8", timeout=60)


def finish(child):
    import pexpect

    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus


@pytest.mark.skipif(sys.platform == "win32", reason="no terminals to drive")
class TestQuestion:
    def test_of_a_batch(self, desk):
        with recording_server() as server:
            child = spawn(desk, server, "b.md", "--each", "p.csv")
            child.expect(r"1 of 5 not ready; send 4 \((\d) with warnings\)\?")
            before, counted = child.before, int(child.match[1])
            assert SLIP in before
            assert "2, 4" in before or "2-4" in before
            assert counted >= 2
            child.sendline("y")
            assert finish(child) == 65
            assert SLIP not in child.before.replace("lee@gmial.com", "").replace("ann@gmial.com", "")
            assert len(server.messages) == 4

    def test_of_a_letter(self, desk):
        put(desk.folder, "l.md", SHORT.replace("dana@acme.example", "dana@gmial.com"))
        with recording_server() as server:
            child = spawn(desk, server, "l.md")
            child.expect(r"Send this letter \(\d warnings?\)\?")
            assert SLIP in child.before
            child.sendline("n")
            assert finish(child) == 1
            assert "warn" not in child.before

    def test_without_warnings(self, desk):
        put(desk.folder, "l.md", SHORT.replace("\n\nGood", "\n\nDear Dana,\n\nGood") + "\nJo\n")
        with recording_server() as server:
            child = spawn(desk, server, "l.md")
            child.expect(r"Send this letter\?")
            child.sendline("n")
            assert finish(child) == 1

    def test_a_no_tells_nothing_twice(self, desk):
        with recording_server() as server:
            child = spawn(desk, server, "b.md", "--each", "p.csv")
            child.expect(r"with warnings\)\?")
            child.sendline("n")
            finish(child)
        assert "warn" not in child.before
        assert "spelling" not in child.before


@pytest.mark.parametrize("args", [("b.md", "--each", "p.csv"), ("b.md", "--each", "p.csv", "--row", "2"), ("l.md",)])
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_with_yes_they_come_before_sending_too(desk, args, form):
    """What stood on stderr when the server heard MAIL for the first time."""
    put(desk.folder, "l.md", SHORT.replace("dana@acme.example", "dana@gmial.com"))
    asked, go = threading.Event(), threading.Event()

    def wait(_server):
        asked.set()
        go.wait(20)

    with Scripted({"mail": [wait]}) as server, (desk.folder / "stderr").open("wb") as told:
        child = subprocess.Popen(
            [*program(), "send", *args, "--yes", *form],
            cwd=desk.folder,
            env=desk.environ(**through(server)),
            stdout=subprocess.PIPE,
            stderr=told,
        )
        assert asked.wait(20)
        before = (desk.folder / "stderr").read_text()
        go.set()
        child.communicate(timeout=60)
    after = (desk.folder / "stderr").read_text()[len(before) :]
    assert SLIP in before
    assert SLIP not in after.replace("lee@gmial.com", "")


def test_to_myself_too(desk):
    put(desk.folder, "l.md", SHORT.replace("Good luck.", "Good luck with the the tests."))
    with recording_server() as server:
        result = desk.mailer("send", "l.md", "--to-myself", "--yes", **through(server))
        assert len(server.messages) == 1
    assert result.code == 0


def test_problems_stand_in_the_json_all_the_same(desk):
    with recording_server() as server:
        result = desk.send(server, "b.md", "--each", "p.csv")
    assert {told["row"]: bool(told["problems"]) for told in result.objects if told["row"] in (2, 4)} == {
        2: True,
        4: True,
    }
    assert "gmial.com" in result.err


def test_what_does_not_go_is_told_at_the_end(desk):
    put(desk.folder, "p.csv", people(2) + "X,no address,C\n")
    put(desk.folder, "b.md", BATCH.replace("{% if note %} {{ note }}{% endif %}", ""))
    with recording_server() as server:
        result = desk.send(server, "b.md", "--each", "p.csv")
    assert "no address" in result.err
