"""``mailer preview``: a dry run."""

from __future__ import annotations

import hashlib
import mailbox
import os
import subprocess
from email import message_from_bytes, policy

import pytest

from tests.kit.checks import pdf
from tests.kit.letters import ALONE, LETTER, ME, PROSE, ROWS
from tests.kit.world import World, blocks, program, put, tree

KEYS = {
    "row",
    "from",
    "to",
    "cc",
    "bcc",
    "reply_to",
    "subject",
    "text",
    "html",
    "attachments",
    "size",
    "problems",
    "error",
}
TO = "Dana Ruiz <dana.ruiz@acme.example>"


@pytest.fixture
def app(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    put(tmp_path, "alone.md", ALONE)
    put(tmp_path, "rows.csv", ROWS)
    return World(tmp_path, MAILER_FROM=ME)


def test_what_a_person_sees(app, tmp_path):
    put(tmp_path, "cv.pdf", b"%PDF-1.4\n%%EOF\n")
    put(tmp_path, "l.md", LETTER.replace("Company", "Cc: lee@birch.example\nAttach: cv.pdf\nCompany"))
    done = app.mailer("preview", "l.md")
    assert done.code == 0
    head, _, body = done.out.partition("\n\n")
    for words in (
        ME,
        TO,
        "lee@birch.example",
        "cv.pdf",
        "application/pdf",
        "Thank you for the Data Engineer interview",
    ):
        assert words in head
    assert any(line.startswith("Inbox:") and "Jo Novak | Thank you" in line for line in head.splitlines())
    assert any(line.startswith("Size:") for line in head.splitlines())
    assert PROSE in body
    assert done.err == ""


def test_json_keys_and_values(app, tmp_path):
    data = pdf()
    put(tmp_path, "cv.pdf", data)
    put(
        tmp_path,
        "l.md",
        LETTER.replace(
            "Company:", "Cc: lee@birch.example\nBcc: me@novak.example\nReply-To: a@b.example\nAttach: cv.pdf\nCompany:"
        ),
    )
    told = app.mailer("preview", "l.md", "--json").json
    assert set(told) == KEYS
    assert told["row"] is None
    assert told["from"] == ME
    assert told["to"] == [TO]
    assert told["cc"] == ["lee@birch.example"]
    assert told["bcc"] == ["me@novak.example"]
    assert told["reply_to"] == ["a@b.example"]
    assert told["subject"] == "Thank you for the Data Engineer interview"
    assert PROSE in told["text"]
    assert "<p" in told["html"]
    sha = hashlib.sha256(data).hexdigest()
    assert told["attachments"] == [
        {"filename": "cv.pdf", "media_type": "application/pdf", "size": len(data), "sha256": sha}
    ]
    assert told["size"] == len(app.mailer("preview", "l.md", "--eml").octets)
    assert blocks(told) == []
    assert told["error"] is None


def test_text_is_joined_as_a_reader_shows_it(app):
    shown = app.mailer("preview", "letter.md", "--text").out
    long = [line for line in shown.splitlines() if len(line) > 100]
    assert long
    assert shown == app.mailer("preview", "letter.md", "--json").json["text"]


def test_terminal_text_is_wrapped(app):
    assert max(map(len, app.mailer("preview", "letter.md").lines)) <= 100


def test_html(app):
    assert app.mailer("preview", "letter.md", "--html").out == app.mailer("preview", "letter.md", "--json").json["html"]


def test_html_of_a_plain_letter_is_not_there(app, tmp_path):
    put(tmp_path, "plain.md", f"From: {ME}\nTo: a@b.example\nSubject: s\n\nHello.\n")
    done = app.mailer("preview", "plain.md", "--html")
    assert done.code == 1
    assert "text/markdown" in done.err
    assert app.mailer("preview", "plain.md", "--json").json["html"] is None


def test_eml_has_no_bcc_and_fixed_placeholders(app, tmp_path):
    put(tmp_path, "l.md", LETTER.replace("Company:", "Bcc: secret@novak.example\nCompany:"))
    first, second = (app.mailer("preview", "l.md", "--eml").octets for _ in range(2))
    assert first == second
    assert b"secret@novak.example" not in first
    message = message_from_bytes(first, policy=policy.default)
    assert message["Bcc"] is None
    assert message["Date"] is not None
    assert message["Message-ID"] is not None
    assert first.count(b"\r\n") == first.count(b"\n")
    assert PROSE in message.get_body(("plain",)).get_content()


def test_forms_exclude_problems_from_stdout(app, tmp_path):
    put(tmp_path, "l.md", LETTER.replace("Acme Robotics", "‹the company›"))
    for form in ("--text", "--html", "--eml"):
        done = app.mailer("preview", "l.md", form)
        assert done.code == 0
        assert b"block leftover" not in done.octets
        assert "leftover" in done.err


def test_problems_are_printed_and_leave_0(app, tmp_path):
    put(tmp_path, "l.md", LETTER.replace("Acme Robotics", "‹the company›"))
    done = app.mailer("preview", "l.md")
    assert done.code == 0
    assert "block leftover" in done.out
    assert "line 3" in done.out
    told = app.mailer("preview", "l.md", "--json").json
    assert told["error"] is None
    (problem,) = blocks(told)
    assert set(problem) == {"check", "level", "where", "line", "text", "hint", "allowed"}
    assert (problem["check"], problem["level"], problem["line"], problem["allowed"]) == ("leftover", "block", 3, False)
    allowed = app.mailer("preview", "l.md", "--json", "--allow", "leftover").json
    assert [each["allowed"] for each in blocks(allowed)] == [True]


class TestTable:
    def test_first_row_unless_told(self, app):
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--json")
        assert [(told["row"], told["subject"]) for told in done.objects] == [(1, "Hello Acme Robotics")]

    def test_row(self, app):
        told = app.mailer("preview", "alone.md", "--each", "rows.csv", "--row", "3", "--json").json
        assert told["row"] == 3
        assert told["to"] == ["Mara Weiß <mara@cedar.example>"]

    def test_all(self, app):
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--all", "--json")
        assert [told["row"] for told in done.objects] == [1, 2, 3]
        assert all(set(told) == KEYS for told in done.objects)

    def test_all_with_limit(self, app):
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--all", "--limit", "2", "--json")
        assert [told["row"] for told in done.objects] == [1, 2]

    def test_all_for_eyes(self, app):
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--all")
        assert [line for line in done.lines if line.startswith("──")] == [f"── row {n} ──" for n in (1, 2, 3)]

    def test_all_as_text_has_a_line_before_each(self, app):
        lines = app.mailer("preview", "alone.md", "--each", "rows.csv", "--all", "--text").lines
        assert [line for line in lines if line.startswith("──")] == [f"── row {n} ──" for n in (1, 2, 3)]
        one = app.mailer("preview", "alone.md", "--each", "rows.csv", "--row", "1", "--text").lines
        assert not [line for line in one if line.startswith("──")]

    def test_mbox(self, app, tmp_path):
        put(tmp_path, "alone.md", ALONE.replace("Dear", "From here on, dear"))
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--all", "--eml")
        box = mailbox.mbox(put(tmp_path, "all.mbox", done.octets))
        try:
            messages = [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.iterkeys()]
        finally:
            box.close()
        assert [message["Subject"] for message in messages] == [
            "Hello Acme Robotics",
            "Hello Birch Labs",
            "Hello Zeder & Söhne",
        ]
        assert all("good luck" in message.get_content() for message in messages)

    def test_csv_from_standard_input(self, app):
        done = app.mailer("preview", "alone.md", "--each", "-", "--row", "2", "--json", input=ROWS.encode())
        assert done.json["subject"] == "Hello Birch Labs"

    def test_a_bad_row_is_an_object_of_its_own(self, app, tmp_path):
        put(tmp_path, "rows.csv", ROWS.replace("lee@birch.example", "lee at birch"))
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--all", "--json")
        assert done.code == 65
        good, bad, last = done.objects
        assert good["error"] is None
        assert last["error"] is None
        assert bad["row"] == 2
        assert set(bad) == KEYS
        assert bad["error"]["code"] == 65
        assert bad["error"]["field"] == "To"
        assert bad["error"]["file"].endswith("rows.csv")
        assert bad["error"]["line"] == 3
        assert "email" in bad["error"]["text"]

    def test_a_fault_of_the_file_shows_nothing(self, app, tmp_path):
        put(tmp_path, "rows.csv", ROWS + "one,two\n")
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--json")
        assert done.code == 65
        assert set(done.json) == {"error"}
        assert done.json["error"]["line"] == 5

    def test_one_thread_for_all_is_refused(self, app, tmp_path):
        put(tmp_path, "alone.md", "In-Reply-To: <a@b.example>\n" + ALONE)
        assert app.mailer("preview", "alone.md", "--each", "rows.csv").code == 65
        assert app.mailer("preview", "alone.md", "--each", "rows.csv", "--row", "1").code == 0

    def test_one_thread_for_all_by_set_is_refused(self, app):
        done = app.mailer("preview", "alone.md", "--each", "rows.csv", "--set", "in-reply-to=<a@b.example>")
        assert done.code == 65
        assert "In-Reply-To" in done.err


USAGE = [
    ("--row", "1"),
    ("--limit", "1"),
    ("--encoding", "latin-1"),
    ("--all",),
    ("--text", "--eml"),
    ("--html", "--text"),
    ("--each", "rows.csv", "--row", "0"),
    ("--each", "rows.csv", "--row", "4"),
    ("--each", "rows.csv", "--limit", "0"),
    ("--each", "rows.csv", "--encoding", "klingon"),
    ("--allow", "leftovers"),
    ("--nonsense",),
    ("--set",),
]


@pytest.mark.parametrize("options", USAGE, ids=" ".join)
def test_usage_errors_are_2_and_plain_text(app, options):
    done = app.mailer("preview", "alone.md", "--json", *options)
    assert done.code == 2
    assert done.octets == b""
    assert done.err


def test_unknown_check_names_the_nearest(app):
    assert "leftover?" in app.mailer("preview", "letter.md", "--allow", "leftovr").err


def test_letter_and_csv_cannot_both_be_standard_input(app):
    assert app.mailer("preview", "-", "--each", "-").code == 2


BAD = [
    ("no recipient", LETTER.replace("To: Dana Ruiz <dana.ruiz@acme.example>\n", ""), 65, "To", None),
    ("missing field", LETTER.replace("Position: Data Engineer\n", ""), 65, "position", None),
    ("empty field", LETTER.replace("Acme Robotics", ""), 65, "company", 3),
    ("unknown field", LETTER.replace("Company:", "Compny:"), 65, "Compny", 3),
    ("unknown template", LETTER.replace("runner-up", "runer-up"), 65, "Template", 1),
    ("bad address", LETTER.replace("dana.ruiz@acme.example", "dana ruiz"), 65, "To", 2),
    ("missing attachment", LETTER.replace("Company:", "Attach: no.pdf\nCompany:"), 66, "Attach", 3),
    ("attached folder", LETTER.replace("Company:", "Attach: .\nCompany:"), 66, "Attach", 3),
    ("undefined name", f"From: {ME}\nTo: a@b.example\nSubject: s\n\n{{{{ missing }}}}\n", 65, None, 5),
    ("refused header", "X-Mailer: x\n" + LETTER, 65, "X-Mailer", 1),
    ("a header twice", "To: a@b.example\n" + LETTER, 65, "To", 3),
]


@pytest.mark.parametrize(("text", "code", "field", "line"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_letters_name_file_line_and_field(app, tmp_path, text, code, field, line):
    put(tmp_path, "l.md", text)
    done = app.mailer("preview", "l.md", "--json")
    error = done.json["error"]
    assert done.code == error["code"] == code
    assert set(error) == {"code", "name", "text", "hint", "file", "line", "field"}
    assert error["file"].endswith("l.md")
    if field:
        assert error["field"].lower() == field.lower()
    if line:
        assert error["line"] == line
    assert error["text"]
    assert "Traceback" not in done.err
    plain = app.mailer("preview", "l.md")
    assert plain.code == code
    assert plain.octets == b""
    assert "l.md" in plain.err


def test_a_letter_that_was_read_gives_the_whole_object(app, tmp_path):
    put(tmp_path, "l.md", LETTER.replace("Acme Robotics", ""))
    assert set(app.mailer("preview", "l.md", "--json").json) == KEYS


def make_fifo(tmp_path):
    os.mkfifo(tmp_path / "l.md")


def make_folder(tmp_path):
    (tmp_path / "l.md").mkdir()


def make_binary(tmp_path):
    put(tmp_path, "l.md", b"To: \xff@b.example\n\nx\n")


def make_headerless(tmp_path):
    put(tmp_path, "l.md", "\n\nJust words.\n")


def make_nothing(tmp_path):
    pass


def make_link(tmp_path):
    (tmp_path / "l.md").symlink_to(tmp_path / "nowhere")


def make_empty(tmp_path):
    put(tmp_path, "l.md", "")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (make_fifo, 66),
        (make_folder, 66),
        (make_nothing, 66),
        (make_link, 66),
        (make_binary, 65),
        (make_headerless, 65),
        (make_empty, 65),
    ],
)
@pytest.mark.parametrize("command", ["preview", "draft", "rehearse"])
def test_a_letter_that_cannot_be_read_is_an_error_alone(app, tmp_path, command, make, code):
    make(tmp_path)
    before = tree(tmp_path)
    done = app.mailer(command, "l.md", "--json")
    assert done.code == code
    assert set(done.json) == {"error"}
    assert done.json["error"]["code"] == code
    assert "l.md" in done.err
    assert tree(tmp_path) == before


@pytest.mark.parametrize("command", ["preview", "draft", "rehearse"])
def test_csv_that_cannot_be_read(app, tmp_path, command):
    done = app.mailer(command, "alone.md", "--each", "no.csv", "--json")
    assert done.code == 66
    assert set(done.json) == {"error"}
    assert app.mailer(command, "alone.md", "--each", tmp_path, "--json").code == 66
    put(tmp_path, "latin.csv", ROWS.encode("latin-1"))
    assert app.mailer(command, "alone.md", "--each", "latin.csv", "--json").code == 65
    put(tmp_path, "none.csv", "name,email,company,position\n")
    assert app.mailer(command, "alone.md", "--each", "none.csv", "--json").code == 65


def test_encoding(app, tmp_path):
    put(tmp_path, "latin.csv", ROWS.encode("latin-1"))
    done = app.mailer("preview", "alone.md", "--each", "latin.csv", "--encoding", "latin-1", "--row", "3", "--json")
    assert done.json["subject"] == "Hello Zeder & Söhne"


def test_letter_on_standard_input(app):
    assert app.mailer("preview", "-", "--json", input=LETTER.encode()).json["to"] == [TO]


def test_no_from_is_78(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    done = World(tmp_path).mailer("preview", "letter.md", "--json")
    assert done.code == 78
    assert set(done.json) == KEYS
    assert done.json["error"]["name"] == "bad-settings"
    assert "MAILER_FROM" in done.err


def test_unknown_account_is_78(app):
    assert app.mailer("preview", "letter.md", "--account", "nobody").code == 78


def test_nothing_is_touched_and_no_network(app, tmp_path):
    before = tree(tmp_path)
    for options in ((), ("--json",), ("--eml",), ("--each", "rows.csv", "--all")):
        app.mailer("preview", "alone.md" if "--each" in options else "letter.md", *options)
    assert tree(tmp_path) == before


def test_a_bad_port_and_a_bad_secret_command_stop_no_preview(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    app = World(tmp_path, MAILER_FROM=ME, MAILER_SMTP_PORT="many", MAILER_PASSWORD_COMMAND="touch /nowhere/x")
    assert app.mailer("preview", "letter.md").code == 0


def test_open_hands_a_page_to_the_browser(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    browser = put(tmp_path, "browser", f'#!/bin/sh\necho "$1" > {tmp_path}/address\nenv > {tmp_path}/environment\n')
    browser.chmod(0o700)
    pages = tmp_path / "pages"
    pages.mkdir()
    done = World(tmp_path).process(
        "preview",
        "letter.md",
        "--open",
        MAILER_FROM=ME,
        BROWSER=f"{browser} %s",
        TMPDIR=str(pages),
        MAILER_PASSWORD="hunter2",
    )
    assert done.code == 0, done.err
    address = (tmp_path / "address").read_text().strip()
    assert address.startswith("file://")
    assert address in done.err
    page = next(pages.iterdir()).read_text()
    assert "Dana Ruiz" in page
    assert "srcdoc" in page
    assert next(pages.iterdir()).stat().st_mode & 0o777 == 0o600
    assert "hunter2" not in (tmp_path / "environment").read_text()


def test_open_without_a_browser_says_where_the_page_is(tmp_path):
    put(tmp_path, "letter.md", LETTER)
    done = subprocess.run(
        [*program(), "preview", "letter.md", "--open"],
        cwd=tmp_path,
        env=World(tmp_path).environ(MAILER_FROM=ME, PATH=str(tmp_path / "nothing")),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert "file://" in done.stderr


def opened_pages(tmp_path, *args):
    """What a command with --open puts into the folder of temporary files."""
    pages = tmp_path / "pages"
    pages.mkdir(exist_ok=True)
    told = {"MAILER_FROM": ME, "BROWSER": "true %s", "TMPDIR": str(pages)}
    done = World(tmp_path).process("preview", *args, "--open", **told)
    return done, [path.read_text() for path in pages.iterdir()]


def test_open_with_each_is_one_page_of_every_row(tmp_path):
    put(tmp_path, "alone.md", ALONE)
    put(tmp_path, "rows.csv", ROWS.replace("lee@birch.example", "lee at birch"))
    done, (page,) = opened_pages(tmp_path, "alone.md", "--each", "rows.csv")
    assert done.code == 65
    assert done.out == ""
    assert [f'id="row-{n}"' in page for n in (1, 2, 3)] == [True] * 3
    assert page.index('id="row-2"') < page.index('id="row-1"')
    assert "rows.csv:3" in done.err


@pytest.mark.parametrize(("more", "rows"), [(("--row", "3"), [3]), (("--limit", "2"), [1, 2]), (("--all",), [1, 2, 3])])
def test_open_and_json_go_together(tmp_path, more, rows):
    put(tmp_path, "alone.md", ALONE)
    put(tmp_path, "rows.csv", ROWS)
    done, (page,) = opened_pages(tmp_path, "alone.md", "--each", "rows.csv", "--json", *more)
    assert [told["row"] for told in done.objects] == rows
    assert page.count("<article") == len(rows)


def test_open_of_a_letter_that_cannot_be_made_shows_why(tmp_path):
    put(tmp_path, "alone.md", ALONE)
    put(tmp_path, "rows.csv", ROWS.replace("dana@acme.example", "dana"))
    done, (page,) = opened_pages(tmp_path, "alone.md", "--each", "rows.csv", "--row", "1")
    assert done.code == 65
    assert "cannot be made" in page
