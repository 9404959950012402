"""``mailer rehearse``: over real SMTP to a server in this process, and what arrived."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.kit.checks import pdf
from tests.kit.letters import ALONE, LETTER, ME, PROSE, ROWS
from tests.kit.world import World, blocks, program, put, tree

KEYS = {
    "status",
    "row",
    "id",
    "to",
    "subject",
    "message_id",
    "refused",
    "reply",
    "copy",
    "problems",
    "error",
    "received",
}


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    put(tmp_path, "letter.md", LETTER)
    put(tmp_path, "alone.md", ALONE)
    put(tmp_path, "rows.csv", ROWS)
    return World(tmp_path, MAILER_FROM=ME)


def test_the_worked_example(app):
    done = app.mailer("rehearse")
    assert done.code == 0
    (line,) = done.lines
    status, to, subject, name = line.split("\t")
    assert (status, to, subject) == ("sent", "dana.ruiz@acme.example", "Thank you for the Data Engineer interview")
    assert name
    for words in ("MAIL FROM:<jo@novak.example>", "RCPT TO:<dana.ruiz@acme.example>", "From: Jo Novak", "Dear Dana,"):
        assert words in done.err


def test_what_arrived_is_shown(app, tmp_path):
    data = pdf()
    put(tmp_path, "cv.pdf", data)
    put(tmp_path, "letter.md", LETTER.replace("Company:", "Bcc: me@novak.example\nAttach: cv.pdf\nCompany:"))
    done = app.mailer("rehearse", "letter.md")
    assert done.code == 0
    assert "RCPT TO:<me@novak.example>" in done.err
    assert hashlib.sha256(data).hexdigest() in done.err
    assert "cv.pdf" in done.err
    assert PROSE in done.err
    kept = Path(next(line for line in done.err.splitlines() if line.startswith("Kept as ")).removeprefix("Kept as "))
    message = message_from_bytes(kept.read_bytes(), policy=policy.default)
    assert message["Bcc"] is None
    assert next(message.iter_attachments()).get_content() == data


def test_json(app):
    told = app.mailer("rehearse", "letter.md", "--json").json
    assert set(told) == KEYS
    assert told["status"] == "sent"
    assert told["row"] is None
    assert told["to"] == ["dana.ruiz@acme.example"]
    assert told["refused"] == {}
    assert told["reply"]["code"] == 250
    assert set(told["reply"]) == {"code", "status", "text"}
    assert told["copy"] == "off"
    assert blocks(told) == []
    assert told["error"] is None
    received = told["received"]
    assert set(received) == {"mail_from", "rcpt_to", "bytes", "path"}
    assert received["mail_from"] == "jo@novak.example"
    assert received["rcpt_to"] == ["dana.ruiz@acme.example"]
    content = Path(received["path"]).read_bytes()
    assert len(content) == received["bytes"]
    message = message_from_bytes(content, policy=policy.default)
    assert message["Message-ID"] == told["message_id"]
    assert told["message_id"].endswith("@novak.example>")
    assert Path(received["path"]).parent.stat().st_mode & 0o077 == 0


def test_what_arrives_is_what_preview_shows(app):
    preview = app.mailer("preview", "letter.md", "--eml").octets
    path = app.mailer("rehearse", "letter.md", "--json").json["received"]["path"]

    def body(content):
        return [line for line in content.split(b"\r\n") if not line.startswith((b"Date:", b"Message-ID:"))]

    assert body(Path(path).read_bytes()) == body(preview)


def test_blocked_is_1_and_not_sent(app, tmp_path):
    put(tmp_path, "letter.md", LETTER.replace("Acme Robotics", "‹the company›"))
    done = app.mailer("rehearse", "letter.md")
    assert done.code == 1
    assert done.lines[0].startswith("not-ready\tdana.ruiz@acme.example\t")
    assert "leftover" in done.err
    assert "RCPT" not in done.err
    told = app.mailer("rehearse", "letter.md", "--json").json
    assert set(told) == KEYS
    assert told["status"] == "not-ready"
    assert told["received"] is None
    assert told["message_id"] is None
    assert told["error"]["code"] == 1
    assert [problem["check"] for problem in blocks(told)] == ["leftover"]


def test_allow_lets_it_pass(app, tmp_path):
    put(tmp_path, "letter.md", LETTER.replace("Acme Robotics", "‹the company›"))
    done = app.mailer("rehearse", "letter.md", "--allow", "leftover", "--json")
    assert done.code == 0
    assert done.json["status"] == "sent"
    assert [problem["allowed"] for problem in blocks(done.json)] == [True]


def test_invents_a_sender(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    told = World(tmp_path).mailer("rehearse", "letter.md", "--json").json
    assert told["status"] == "sent"
    assert told["received"]["mail_from"].endswith(".invalid")


def test_reads_no_server_settings(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    wrong = {"MAILER_SMTP_HOST": "no.such.test", "MAILER_SMTP_PORT": "many", "MAILER_SMTP_SECURITY": "maybe"}
    assert World(tmp_path, **wrong).mailer("rehearse", "letter.md").code == 0


def test_touches_no_ledger_and_runs_no_secret_command(app, tmp_path):
    before = tree(tmp_path / "home")
    spy = World(tmp_path, MAILER_PASSWORD_COMMAND=f"touch {tmp_path}/asked", MAILER_SMTP_USERNAME="me")
    for arguments in (("rehearse", "letter.md"), ("preview", "letter.md"), ("draft", "letter.md")):
        spy.mailer(*arguments)
    assert tree(tmp_path / "home") == before
    assert not (tmp_path / "asked").exists()


def test_verbose_shows_the_conversation(app):
    err = app.mailer("rehearse", "letter.md", "-v").err
    order = [err.index(words) for words in ("< 220 ", "> EHLO ", "> MAIL FROM:", "> RCPT TO:", "> DATA", "< 250 2.0.0")]
    assert order == sorted(order)
    assert "> QUIT" in err
    assert "> EHLO" not in app.mailer("rehearse", "letter.md").err


def test_utf8_addresses(app, tmp_path):
    put(tmp_path, "letter.md", LETTER.replace("dana.ruiz@acme.example", "jörg@bücher.example"))
    told = app.mailer("rehearse", "letter.md", "--json").json
    assert told["status"] == "sent"
    assert told["to"] == ["jörg@xn--bcher-kva.example"]


class TestTable:
    def test_a_line_each(self, app):
        done = app.mailer("rehearse", "alone.md", "--each", "rows.csv")
        assert done.code == 0
        assert [line.split("\t")[:3] for line in done.lines] == [
            ["sent", "dana@acme.example", "Hello Acme Robotics"],
            ["sent", "lee@birch.example", "Hello Birch Labs"],
            ["sent", "mara@cedar.example", "Hello Zeder & Söhne"],
        ]
        assert "3 of 3 arrived" in done.err

    def test_json_a_line_each(self, app):
        done = app.mailer("rehearse", "alone.md", "--each", "rows.csv", "--json")
        assert [told["row"] for told in done.objects] == [1, 2, 3]
        assert all(set(told) == KEYS for told in done.objects)
        for told in done.objects:
            message = message_from_bytes(Path(told["received"]["path"]).read_bytes(), policy=policy.default)
            assert message["Message-ID"] == told["message_id"]
            assert message["Subject"] == told["subject"]
            assert told["received"]["rcpt_to"] == told["to"]
        assert len({told["id"] for told in done.objects}) == 3

    def test_row_and_limit(self, app):
        rows = ("rehearse", "alone.md", "--each", "rows.csv", "--json")
        assert [told["row"] for told in app.mailer(*rows, "--row", "2").objects] == [2]
        assert [told["row"] for told in app.mailer(*rows, "--limit", "2").objects] == [1, 2]

    def test_bad_rows_stop_nobody(self, app, tmp_path):
        put(tmp_path, "rows.csv", ROWS.replace("lee@birch.example", "lee").replace("Zeder", "‹Zeder›"))
        done = app.mailer("rehearse", "alone.md", "--each", "rows.csv", "--json")
        assert {told["row"]: told["status"] for told in done.objects} == {1: "sent", 2: "invalid", 3: "not-ready"}
        assert done.code == 65
        assert all(set(told) == KEYS for told in done.objects)

    @pytest.mark.slow
    def test_a_thousand(self, app, tmp_path):
        cells = "".join(f"P{n},p{n}@acme.example,Company {n},Job\n" for n in range(1000))
        put(tmp_path, "rows.csv", "name,email,company,position\n" + cells)
        start = time.monotonic()
        done = World(tmp_path).process("rehearse", "alone.md", "--each", "rows.csv", TMPDIR=str(tmp_path / "tmp"))
        assert time.monotonic() - start < 30
        assert done.code == 0
        assert len(done.lines) == 1000


def test_settings_fault_gives_the_object(app, tmp_path):
    put(tmp_path, "letter.md", LETTER)
    done = World(tmp_path, MAILER_FROM="not an address").mailer("rehearse", "letter.md", "--json")
    assert done.code == 78
    assert set(done.json) == KEYS
    assert done.json["status"] == "not-sent"
    assert done.json["error"]["code"] == 78


def test_the_temporary_folder_is_full(tmp_path):
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("no /dev/full")
    put(tmp_path, "letter.md", LETTER)
    done = World(tmp_path).process("rehearse", "letter.md", "--json", TMPDIR="/dev/shm/no/such")
    # Python falls back to another folder where TMPDIR is of no use.
    assert done.code == 0


def start(tmp_path, count, *options):
    put(tmp_path, "alone.md", ALONE)
    cells = "".join(f"P{n},p{n}@acme.example,Company {n},Job\n" for n in range(count))
    put(tmp_path, "rows.csv", "name,email,company,position\n" + cells)
    running = subprocess.Popen(
        [*program(), "rehearse", "alone.md", "--each", "rows.csv", *options],
        cwd=tmp_path,
        env=World(tmp_path).environ(TMPDIR=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return running, running.stdout.readline()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_stop_it(tmp_path, number, code):
    running, first = start(tmp_path, 20_000)
    assert first.startswith(b"sent\t")
    running.send_signal(number)
    _, err = running.communicate(timeout=60)
    assert running.returncode == code, err
    assert b"Traceback" not in err
    assert b"bug" not in err
    assert not [*tmp_path.glob("mailer-rehearsal-*")], "nobody was told where the mails are"


def test_what_was_told_of_is_kept_when_it_is_stopped(tmp_path):
    running, first = start(tmp_path, 20_000, "--json")
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert Path(json.loads(first)["received"]["path"]).read_bytes()


def test_head_is_no_error(tmp_path):
    running, _ = start(tmp_path, 300)
    running.stdout.close()
    err = running.stderr.read()
    assert running.wait(60) == 0, err
    running.stderr.close()
    assert b"Traceback" not in err
    assert b"300 of 300 arrived" in err


def test_ids_and_json_are_one_line(app):
    out = app.mailer("rehearse", "letter.md", "--json").octets
    assert out.count(b"\n") == 1
    assert json.loads(out)["id"]
