"""``mailer draft``: a file or a Maildir that a mail program opens, changes and sends."""

from __future__ import annotations

import mailbox
import os
import resource
import signal
import time
from email import message_from_bytes, policy
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.kit.letters import ALONE, LETTER, ME, PROSE, ROWS
from tests.kit.world import World, blocks, put, tree

KEYS = {"status", "row", "where", "to", "subject", "problems", "error"}
NAME = "dana.ruiz@acme.example-Thank-you-for-the-Data-Engineer-interview.eml"


@pytest.fixture
def app(tmp_path):
    put(tmp_path, "letter.md", LETTER.replace("Company:", "Bcc: me@novak.example\nCompany:"))
    put(tmp_path, "alone.md", ALONE)
    put(tmp_path, "rows.csv", ROWS)
    return World(tmp_path, MAILER_FROM=ME)


def read(path):
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_an_editable_draft(app, tmp_path):
    done = app.mailer("draft", "letter.md", "-o", "d.eml")
    assert done.code == 0
    assert done.lines == [str(tmp_path / "d.eml")] or done.lines == ["d.eml"]
    message = read(tmp_path / "d.eml")
    assert message["X-Unsent"] == "1"
    assert message["Bcc"] == "me@novak.example"
    assert message["Date"] is None
    assert message["Message-ID"] is None
    assert message["From"] == ME
    assert message["To"] == "Dana Ruiz <dana.ruiz@acme.example>"
    assert PROSE in message.get_body(("plain",)).get_content()
    assert message.get_body(("html",)) is not None
    assert not message.defects
    assert (tmp_path / "d.eml").stat().st_mode & 0o777 == 0o600


def test_a_minus_is_stdout(app, tmp_path):
    app.mailer("draft", "letter.md", "-o", "d.eml")
    done = app.mailer("draft", "letter.md", "-o", "-")
    assert done.code == 0
    assert done.octets == (tmp_path / "d.eml").read_bytes()
    assert not (tmp_path / "-").exists()


def test_json(app, tmp_path):
    told = app.mailer("draft", "letter.md", "-o", "d.eml", "--json").json
    assert set(told) == KEYS
    assert told["status"] == "saved"
    assert told["row"] is None
    assert (tmp_path / told["where"]).exists()
    assert told["to"] == ["dana.ruiz@acme.example"]
    assert told["subject"] == "Thank you for the Data Engineer interview"
    assert blocks(told) == []
    assert told["error"] is None


def test_without_o_the_name_is_made_of_recipient_and_subject(app, tmp_path):
    app.mailer("draft", "letter.md")
    assert (tmp_path / NAME).exists()


@pytest.mark.parametrize("target", ["out", "out/"])
def test_a_folder_gets_a_name_of_its_own(app, tmp_path, target):
    (tmp_path / "out").mkdir()
    assert app.mailer("draft", "letter.md", "-o", target).code == 0
    assert tree(tmp_path / "out") == [NAME]


def test_a_folder_that_is_missing_is_made(app, tmp_path):
    assert app.mailer("draft", "letter.md", "-o", "out/").code == 0
    assert tree(tmp_path / "out") == [NAME]
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0


def test_never_over_a_file_without_force(app, tmp_path):
    put(tmp_path, "d.eml", "mine")
    done = app.mailer("draft", "letter.md", "-o", "d.eml", "--json")
    assert done.code == 73
    assert set(done.json) == KEYS
    assert done.json["error"]["code"] == 73
    assert done.json["status"] != "saved"
    assert done.json["where"] is None
    assert done.json["to"] == ["dana.ruiz@acme.example"]
    assert done.json["subject"].startswith("Thank you")
    assert (tmp_path / "d.eml").read_text() == "mine"
    assert "--force" in done.err
    assert app.mailer("draft", "letter.md", "-o", "d.eml", "--force").code == 0
    assert read(tmp_path / "d.eml")["X-Unsent"] == "1"
    assert (tmp_path / "d.eml").stat().st_mode & 0o777 == 0o600


def test_a_made_name_is_not_written_over_either(app, tmp_path):
    assert app.mailer("draft", "letter.md").code == 0
    assert app.mailer("draft", "letter.md").code == 73
    assert app.mailer("draft", "letter.md", "--force").code == 0


def test_over_a_link(app, tmp_path):
    put(tmp_path, "target", "mine")
    (tmp_path / "d.eml").symlink_to("target")
    (tmp_path / "dangling.eml").symlink_to("nowhere")
    assert app.mailer("draft", "letter.md", "-o", "d.eml").code == 73
    assert app.mailer("draft", "letter.md", "-o", "dangling.eml").code == 73
    assert not (tmp_path / "nowhere").exists()
    assert app.mailer("draft", "letter.md", "-o", "d.eml", "--force").code == 0
    assert (tmp_path / "target").read_text() == "mine"


def test_special_files(app, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for target in ("fifo", "/dev/null"):
        for force in ((), ("--force",)):
            assert app.mailer("draft", "letter.md", "-o", target, *force).code == 73
    assert app.mailer("draft", "letter.md", "-o", "no/such/d.eml").code == 73
    assert app.mailer("draft", "letter.md", "-o", "letter.md/d.eml").code == 73
    assert app.mailer("draft", "letter.md", "-o", "n" * 300).code == 73


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_no_permission(app, tmp_path):
    (tmp_path / "out").mkdir(mode=0o500)
    assert app.mailer("draft", "letter.md", "-o", "out").code == 73


# A truncated .pyc would be left behind otherwise.
LIMITED = {"MAILER_FROM": ME, "PYTHONDONTWRITEBYTECODE": "1"}


def limit_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))


@pytest.mark.parametrize("options", [("-o", "out/d.eml"), ("--maildir", "out")])
def test_never_half_a_file(tmp_path, options):
    put(tmp_path, "letter.md", LETTER)
    if options[0] == "-o":
        (tmp_path / "out").mkdir()
    done = World(tmp_path).process("draft", "letter.md", *options, preexec_fn=limit_files, **LIMITED)
    assert done.code == 73, done.err
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert "too large" in done.err


def test_half_a_file_never_replaces_one(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    put(tmp_path, "d.eml", "mine")
    done = World(tmp_path).process("draft", "letter.md", "-o", "d.eml", "--force", preexec_fn=limit_files, **LIMITED)
    assert done.code == 73
    assert (tmp_path / "d.eml").read_text() == "mine"
    assert sorted(path for path in tree(tmp_path) if "/" not in path) == ["d.eml", "home", "letter.md"]


def test_blocks_are_said_and_stop_nothing(app, tmp_path):
    put(tmp_path, "letter.md", LETTER.replace("Acme Robotics", "‹the company›"))
    for number, options in enumerate((("-o", "d.eml"), ("--maildir", "box"))):
        done = app.mailer("draft", "letter.md", *options)
        assert done.code == 0
        assert "block leftover" in done.err
        assert len(done.lines) == 1, number
    told = app.mailer("draft", "letter.md", "-o", "e.eml", "--json").json
    assert told["error"] is None
    assert [problem["check"] for problem in blocks(told)] == ["leftover"]


class TestTable:
    def test_o_names_a_folder(self, app, tmp_path):
        done = app.mailer("draft", "alone.md", "--each", "rows.csv", "-o", "out", "--json")
        assert done.code == 0
        assert [told["row"] for told in done.objects] == [1, 2, 3]
        assert all(set(told) == KEYS for told in done.objects)
        assert tree(tmp_path / "out") == [
            "dana@acme.example-Hello-Acme-Robotics.eml",
            "lee@birch.example-Hello-Birch-Labs.eml",
            "mara@cedar.example-Hello-Zeder-Söhne.eml",
        ]

    def test_a_file_as_folder(self, app, tmp_path):
        put(tmp_path, "out", "mine")
        assert app.mailer("draft", "alone.md", "--each", "rows.csv", "-o", "out").code == 73
        assert (tmp_path / "out").read_text() == "mine"

    def test_same_name_twice_in_one_run(self, app, tmp_path):
        put(tmp_path, "rows.csv", ROWS + "Dana Ruiz,dana@acme.example,ACME robotics,Boss\n")
        assert app.mailer("draft", "alone.md", "--each", "rows.csv", "-o", "out").code == 0
        assert "dana@acme.example-Hello-ACME-robotics-2.eml" in tree(tmp_path / "out")

    def test_row_and_limit(self, app, tmp_path):
        assert app.mailer("draft", "alone.md", "--each", "rows.csv", "-o", "a", "--row", "2").code == 0
        assert tree(tmp_path / "a") == ["lee@birch.example-Hello-Birch-Labs.eml"]
        assert app.mailer("draft", "alone.md", "--each", "rows.csv", "-o", "b", "--limit", "2").code == 0
        assert len(tree(tmp_path / "b")) == 2

    def test_one_bad_row(self, app, tmp_path):
        put(tmp_path, "rows.csv", ROWS.replace("lee@birch.example", "lee"))
        done = app.mailer("draft", "alone.md", "--each", "rows.csv", "-o", "out", "--json")
        assert done.code == 65
        assert [told["status"] for told in done.objects] == ["saved", "invalid", "saved"]
        assert "row 2" in done.err or "rows.csv:3" in done.err
        assert len(tree(tmp_path / "out")) == 2

    def test_maildir(self, app, tmp_path):
        done = app.mailer("draft", "alone.md", "--each", "rows.csv", "--maildir", "box")
        assert done.code == 0
        box = mailbox.Maildir(tmp_path / "box")
        assert len(box) == 3
        assert all(message.get_flags() == "D" for message in box)
        assert sorted(done.lines) == sorted(str(path) for path in (tmp_path / "box/cur").iterdir())


def test_long_and_strange_words_make_a_file_name(app, tmp_path):
    put(tmp_path, "l.md", f"From: {ME}\nTo: a@b.example\nSubject: {'長い件名' * 40}/../CON: a\\b?\n\nx\n")
    done = app.mailer("draft", "l.md", "--json")
    assert done.code == 0, done.err
    name = done.json["where"].rpartition("/")[2]
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\:?*"<>| ')


class TestMaildir:
    def test_flag_d(self, app, tmp_path):
        done = app.mailer("draft", "letter.md", "--maildir", "box", "--json")
        assert done.code == 0
        box = mailbox.Maildir(tmp_path / "box")
        (message,) = box
        assert message.get_flags() == "D"
        assert message.get_subdir() == "cur"
        assert message["X-Unsent"] == "1"
        assert message["Bcc"] == "me@novak.example"
        assert message["Date"] is None
        assert message["Message-ID"] is None
        assert tree(tmp_path / "box/tmp") == []
        assert tree(tmp_path / "box/new") == []
        assert (tmp_path / done.json["where"]).stat().st_mode & 0o777 == 0o600

    def test_no_maildir(self, app, tmp_path):
        put(tmp_path, "box/file", "mine")
        assert app.mailer("draft", "letter.md", "--maildir", "box").code == 73
        assert tree(tmp_path / "box") == ["file"]
        assert app.mailer("draft", "letter.md", "--maildir", "letter.md").code == 73
        assert app.mailer("draft", "letter.md", "--maildir", "no/such").code == 73


class TestLink:
    def test_mailto(self, app, tmp_path):
        put(
            tmp_path,
            "l.md",
            LETTER.replace("Company:", "Cc: lee@birch.example\nCompany:").replace(PROSE, "a & b? 100% + é"),
        )
        done = app.mailer("draft", "l.md", "--mailto")
        assert done.code == 0
        (link,) = done.lines
        assert link.isascii()
        parts = urlsplit(link)
        assert (parts.scheme, unquote(parts.path)) == ("mailto", "dana.ruiz@acme.example")
        query = parse_qs(parts.query.replace("+", "%2B"))
        assert query["cc"] == ["lee@birch.example"]
        assert query["subject"] == ["Thank you for the Data Engineer interview"]
        assert "a & b? 100% + é\r\n" in query["body"][0]

    def test_attachments_do_not_fit(self, app, tmp_path):
        put(tmp_path, "cv.pdf", b"%PDF-1.4\n%%EOF\n")
        put(tmp_path, "l.md", LETTER.replace("Company:", "Attach: cv.pdf\nCompany:"))
        done = app.mailer("draft", "l.md", "--mailto", "--json")
        assert (done.code, done.json["where"]) == (65, None)
        assert "cv.pdf" in done.json["error"]["text"]

    def test_what_is_too_long_says_so(self, app, tmp_path):
        put(tmp_path, "l.md", LETTER.replace(PROSE, "word " * 400))
        done = app.mailer("draft", "l.md", "--mailto")
        assert (done.code, done.lines) == (65, [])
        assert "programs take 1,999" in done.err
        assert "-o FILE.eml" in done.err

    def test_open(self, tmp_path):
        put(tmp_path, "letter.md", LETTER)
        opener = put(tmp_path, "bin/xdg-open", f'#!/bin/sh\necho "$1" > {tmp_path}/opened\nenv > {tmp_path}/env\n')
        opener.chmod(0o700)
        path = f"{tmp_path}/bin:{os.environ['PATH']}"
        done = World(tmp_path).process(
            "draft",
            "letter.md",
            "-o",
            "d.eml",
            "--open",
            MAILER_FROM=ME,
            PATH=path,
            MAILER_PASSWORD="hunter2",
        )
        assert done.code == 0, done.err
        for _ in range(100):
            if (tmp_path / "env").exists() and (tmp_path / "env").read_text():
                break
            time.sleep(0.05)
        assert (tmp_path / "opened").read_text().strip().endswith("d.eml")
        assert "hunter2" not in (tmp_path / "env").read_text()


@pytest.mark.parametrize(
    "options",
    [
        ("-o", "a", "--maildir", "b"),
        ("-o", "a", "--mailto"),
        ("-o", ""),
        ("--maildir", ""),
        ("--maildir", "b", "--open"),
        ("--imap", "--open"),
        ("--imap", "-o", "a"),
        ("--imap", "--mailto"),
        ("--each", "rows.csv", "--open"),
        ("--each", "rows.csv", "-o", "-"),
        ("-o", "-", "--json"),
        ("-o", "-", "--open"),
    ],
)
def test_usage(app, tmp_path, options):
    before = tree(tmp_path)
    assert app.mailer("draft", "alone.md", *options).code == 2
    assert tree(tmp_path) == before


def test_no_from_is_78_and_leaves_nothing(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    done = World(tmp_path).mailer("draft", "letter.md", "--json")
    assert done.code == 78
    assert set(done.json) == KEYS
    assert done.json["status"] == "not-sent"
    assert tree(tmp_path) == ["home", "letter.md"]
