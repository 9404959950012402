"""The README's template and database of mailmerge, unchanged."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from tests.send_kit import Desk, put, recording_server
from tests.transcripts import README

FILE = re.compile(r"`(?P<name>mailmerge_\w+\.\w+)`:\n\n```\n(?P<text>.*?)```\n", re.DOTALL)
BOTH = ("mailmerge_template.txt", "--each", "mailmerge_database.csv")


@pytest.fixture
def desk(tmp_path):
    for name, text in FILE.findall(README.read_text(encoding="utf-8")):
        put(tmp_path, name, text)
    return Desk(tmp_path)


def test_it_is_previewed(desk):
    result = desk.call("preview", *BOTH, "--all")
    assert result.code == 0, result.err
    assert "Your number is 17." in result.text
    assert "Lee Okafor" in result.text


def test_it_is_sent_and_not_twice(desk):
    with recording_server() as server:
        assert desk.send(server, *BOTH).code == 0
        assert {told["status"] for told in desk.send(server, *BOTH).objects} == {"already-sent"}
    first, second = (message_from_bytes(message.content, policy=policy.default) for message in server.messages)
    assert (first["To"], first["From"]) == ("dana@acme.example", "Jo Novak <jo@novak.example>")
    assert first.get_content().replace("\r\n", "\n") == "Hi, Dana Ruiz,\n\nYour number is 17.\n"
    assert second["Subject"] == "Your number is 42"


def test_an_empty_cell_is_refused_unless_it_may_be_empty(desk):
    path = desk.folder / "mailmerge_database.csv"
    path.write_text(path.read_text().replace("42", ""))
    template = desk.folder / "mailmerge_template.txt"
    template.write_text(template.read_text().replace("SUBJECT: Your number is {{number}}", "SUBJECT: Your number"))
    assert desk.call("preview", *BOTH, "--all").code == 65
    template.write_text(template.read_text().replace("is {{number}}.", "is {{ number or '' }} today."))
    assert desk.call("preview", *BOTH, "--row", "2").code != 65


def test_other_headers_and_multipart_are_refused_by_name(desk):
    template = desk.folder / "mailmerge_template.txt"
    text = template.read_text()
    for line in ("X-Odd: 1", "CONTENT-TYPE: multipart/alternative"):
        template.write_text(f"{line}\n{text}")
        result = desk.call("preview", *BOTH)
        assert result.code == 65
        assert line.partition(":")[0].lower() in result.err.lower()


def test_attachments_with_fields(desk):
    put(desk.folder, "files/17.txt", "seventeen")
    put(desk.folder, "files/42.txt", "forty-two")
    template = desk.folder / "mailmerge_template.txt"
    template.write_text("ATTACHMENT: files/{{number}}.txt\nCC: cc@x.example\n" + template.read_text())
    with recording_server() as server:
        result = desk.send(server, *BOTH)
    assert result.code == 0, result.err
    mail = message_from_bytes(server.messages[1].content, policy=policy.default)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["42.txt"]
