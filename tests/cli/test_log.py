"""``mailer log``: what was sent to whom, and the bytes as sent."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.kit.letters import BATCH, SHORT, people
from tests.kit.smtp_server import Scripted, recording_server
from tests.kit.world import World, put

KEYS = ["id", "when", "to", "subject", "template", "state", "message_id"]


@pytest.fixture
def desk(tmp_path):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(3))
    return World(tmp_path).with_letter()


def test_lines_of_json(desk):
    with recording_server() as server:
        told = {entry["id"]: entry for entry in desk.send(server, "b.md", "--each", "p.csv").objects}
    found = desk.mailer("log", "--json").objects
    assert len(found) == 3
    for entry in found:
        assert list(entry) == KEYS
        assert datetime.fromisoformat(entry["when"]).tzinfo
        assert (entry["state"], entry["template"]) == ("sent", None)
        assert entry["message_id"] == told[entry["id"]]["message_id"]
        assert entry["to"] == told[entry["id"]]["to"]


@pytest.mark.parametrize("person", ["n1@x.example", "N1@X.EXAMPLE", "N1", "n1"])
def test_of_one_person(desk, person):
    with recording_server() as server:
        desk.send(server, "b.md", "--each", "p.csv")
    assert [entry["to"] for entry in desk.mailer("log", person, "--json").objects] == [["n1@x.example"]]


@pytest.mark.parametrize("person", ["bücher", "@BÜCHER.example", "dana@bücher.example", "xn--bcher-kva"])
def test_of_a_domain_as_people_write_it(desk, person):
    put(desk.folder, "l.md", SHORT.replace("dana@acme.example", "dana@bücher.example"))
    with recording_server() as server:
        assert desk.send(server).code == 0
        desk.send(server, "b.md", "--each", "p.csv")
    assert [entry["to"] for entry in desk.mailer("log", person, "--json").objects] == [["dana@xn--bcher-kva.example"]]


def test_only_what_was_handed_over(desk):
    with Scripted({"rcpt": [b"550 5.1.1 no\r\n", b"450 4.2.0 later\r\n"]}) as server:
        desk.send(server, "b.md", "--each", "p.csv", MAILER_RETRY_SECONDS="0")
    assert [entry["to"] for entry in desk.mailer("log", "--json").objects] == [["n2@x.example"]]


def test_the_bytes_as_sent(desk):
    put(desk.folder, "cv.bin", bytes(range(256)) * 40)
    put(desk.folder, "l.md", SHORT.replace("Subject:", "Bcc: x@y.example\nAttach: cv.bin\nSubject:"))
    with recording_server() as server:
        name = desk.send(server).json["id"]
        assert desk.mailer("log", "--eml", name).octets == server.messages[0].content
    assert b"Bcc" not in desk.mailer("log", "--eml", name).octets


def test_words(desk):
    with recording_server() as server:
        desk.send(server)
    result = desk.mailer("log")
    assert result.code == 0
    assert "dana@acme.example  Hello" in result.out


def test_nothing_yet(desk):
    result = desk.mailer("log")
    assert (result.code, result.octets) == (0, b"")
    assert "Nothing was sent" in result.err


@pytest.mark.parametrize("args", [("--eml", "zzzzzz"), ("--eml", "nonsense"), ("dana", "--eml", "zzzzzz")])
def test_no_such_letter(desk, args):
    assert desk.mailer("log", *args).code == 2


def test_a_damaged_ledger(desk):
    put(desk.folder, "home/data/ledger.sqlite", b"garbage" * 1000)
    result = desk.mailer("log", "--json")
    assert result.code == 73
    assert result.json["error"]["code"] == 73


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
@pytest.mark.parametrize("lines", [3, 40])
def test_more_than_a_screen_is_paged_and_less_is_not(desk, lines):
    put(desk.folder, "p.csv", people(lines))
    with recording_server() as server:
        desk.send(server, "b.md", "--each", "p.csv")
    pexpect = pytest.importorskip("pexpect")
    code = "import os, sys; print(len(list(sys.stdin)), 'paged', 'MAILER_PASSWORD' in os.environ)"
    put(desk.folder, "pager", f'#!/bin/sh\nexec {sys.executable} -c "{code}"\n').chmod(0o700)
    environ = World(desk.folder).environ() | {"PAGER": str(desk.folder / "pager"), "TERM": "xterm"}
    environ |= {"MAILER_PASSWORD": "hidden", "PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    log = f"{sys.executable} -m mailer log"
    told = pexpect.run(log, cwd=str(desk.folder), env=environ, timeout=60).decode()
    assert ("40 paged False" in told) == (lines == 40), told
    assert told.count("@x.example") == (0 if lines == 40 else 3)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_subjects_stand_in_a_column_on_a_terminal_and_in_a_pipe_nothing_is_cut(desk):
    long = "a.very.long.name.of.somebody.at.a.company@x.example"
    put(desk.folder, "p.csv", people(2) + people(1).splitlines()[1].replace("n0@x.example", long) + "\n")
    with recording_server() as server:
        desk.send(server, "b.md", "--each", "p.csv")
    pexpect = pytest.importorskip("pexpect")
    environ = World(desk.folder).environ() | {"TERM": "xterm", "PATH": os.environ["PATH"]}
    environ |= {"PYTHONPATH": str(Path(__file__).parents[2])}
    shown = pexpect.run(f"{sys.executable} -m mailer log", cwd=str(desk.folder), env=environ, timeout=20).decode()
    lines = shown.splitlines()
    assert len(lines) == 3
    starts = {
        line.index(entry["subject"]) for line, entry in zip(lines, desk.mailer("log", "--json").objects, strict=True)
    }
    assert len(starts) == 1
    assert "…" in shown
    assert long in desk.mailer("log").out


def test_by_names_that_stand_on_pages_and_by_those_that_do_not_yet(desk):
    put(desk.folder, "p.csv", people(300))
    with recording_server() as server:
        desk.send(server, "b.md", "--each", "p.csv")
    for person in ("n7@x.example", "n299@x.example", "2@"):
        found = [entry["to"][0] for entry in desk.mailer("log", person, "--json").objects]
        wanted = [f"n{n}@x.example" for n in range(1, 301) if person in f"n{n}@x.example"]
        assert sorted(found) == sorted(wanted)
    assert len(desk.mailer("log", "--json").objects) == 300
