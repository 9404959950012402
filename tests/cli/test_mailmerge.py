"""A template and a database of mailmerge, unchanged: those of docs/from-mailmerge.md."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from tests.kit.pages import DOCS
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put

FILE = re.compile(r"<!-- file: (?P<name>mailmerge_\w+\.\w+) -->\n```\n(?P<text>.*?)```\n", re.DOTALL)
BOTH = ("mailmerge_template.txt", "--each", "mailmerge_database.csv")


@pytest.fixture
def desk(tmp_path):
    for name, text in FILE.findall((DOCS / "from-mailmerge.md").read_text(encoding="utf-8")):
        put(tmp_path, name, text)
    return World(tmp_path).with_letter()


def test_it_is_previewed(desk):
    result = desk.mailer("preview", *BOTH, "--all")
    assert result.code == 0, result.err
    assert "Your number is 17." in result.out
    assert "Lee Okafor" in result.out


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
    assert desk.mailer("preview", *BOTH, "--all").code == 65
    template.write_text(template.read_text().replace("is {{number}}.", "is {{ number or '' }} today."))
    assert desk.mailer("preview", *BOTH, "--row", "2").code != 65


def test_other_headers_and_multipart_are_refused_by_name(desk):
    template = desk.folder / "mailmerge_template.txt"
    text = template.read_text()
    for line in ("X-Odd: 1", "CONTENT-TYPE: multipart/alternative"):
        template.write_text(f"{line}\n{text}")
        result = desk.mailer("preview", *BOTH)
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


@pytest.mark.parametrize(
    ("encoding", "code"), [("utf-8-sig", 0), ("UTF-16", 0), ("idna", 2), ("punycode", 2), ("rot13", 2)]
)
def test_encodings_of_the_database(desk, encoding, code):
    path = desk.folder / "mailmerge_database.csv"
    if not code:
        path.write_text(path.read_text(), encoding=encoding)
    assert desk.mailer("preview", *BOTH, "--encoding", encoding).code == code


def merged(desk, template, database, *more):
    """What ``preview --all`` tells of each row."""
    put(desk.folder, "t.txt", template)
    put(desk.folder, "d.csv", database)
    return desk.mailer("preview", "t.txt", "--each", "d.csv", "--all", "--json", *more).objects


def test_names_in_capitals_are_those_of_the_columns(desk):
    template = (
        "TO: {{Name}} <{{Email}}>\nFROM: jo@novak.example\nSUBJECT: {{ First_Name }}\n\n"
        "{% if Title == 'Dr.' %}Dr. {% endif %}{{ Name|upper }}: {{NAME}} {{ name }}\n"
    )
    (told,) = merged(desk, template, "Email,Name,First Name,TITLE\ndana@acme.example,Ruiz,Dana,Dr.\n")
    assert told["to"] == ["Ruiz <dana@acme.example>"]
    assert (told["subject"], told["text"]) == ("Dana", "Dr. RUIZ: Ruiz Ruiz\n")


def test_a_name_that_the_template_sets_is_its_own(desk):
    template = "TO: {{email}}\nFROM: jo@novak.example\nSUBJECT: x\n\n{% set Name = 'me' %}{{ Name }} {{ name }}\n"
    (told,) = merged(desk, template, "email,name\ndana@acme.example,Dana\n")
    assert told["text"] == "me Dana\n"


COUNTRIES = "email,country,language,time zone,refused on\ndana@acme.example,Germany,German,Berlin time,last May\n"


def test_columns_that_are_called_as_headers_about_a_letter_are_plain_values(desk):
    template = "TO: {{email}}\nFROM: jo@novak.example\nSUBJECT: x\n\n{{country}}: {{language}}, {{ time_zone }}\n"
    (told,) = merged(desk, template, COUNTRIES)
    assert (told["error"], told["text"]) == (None, "Germany: German, Berlin time\n")


def test_columns_about_a_letter_about_work_are_checked(desk):
    template = "TO: {{email}}\nFROM: jo@novak.example\nSUBJECT: x\nCompany: Acme\n\nHello\n"
    (told,) = merged(desk, template, COUNTRIES)
    assert (told["error"]["code"], told["error"]["file"], told["error"]["line"]) == (65, "d.csv", 2)


def test_columns_that_are_called_as_mail_headers(desk):
    template = "TO: {{to}}\nCC: {{ cc or '' }}\nFROM: {{from}}\nATTACHMENT: {{ f or '' }}\nSUBJECT: x\n\n{{ to }}\n"
    rows = (
        "to,cc,from,f\nDana <d@acme.example>,,jo@novak.example,\nd@acme.example,c@acme.example,jo@novak.example,a.txt\n"
    )
    put(desk.folder, "a.txt", "x")
    one, two = merged(desk, template, rows)
    assert (one["to"], one["from"], one["cc"], one["attachments"]) == (
        ["Dana <d@acme.example>"],
        "jo@novak.example",
        [],
        [],
    )
    assert one["text"] == "Dana <d@acme.example>\n"
    assert (two["cc"], two["attachments"][0]["filename"]) == (["c@acme.example"], "a.txt")


@pytest.mark.parametrize("header", ["CC: {{ v|trim }}", "ATTACHMENT: {{ v|trim }}", "REPLY-TO: {{ v }}"])
def test_a_header_that_comes_to_nothing_without_saying_that_it_may_is_an_error(desk, header):
    template = f"TO: {{{{email}}}}\n{header}\nFROM: jo@novak.example\nSUBJECT: x\n\nHello\n"
    (told,) = merged(desk, template, "email,v\nd@acme.example,\n")
    assert told["error"]["code"] == 65


@pytest.mark.parametrize("value", ["{{ v or '' }}", "{% if v %}{{ v }}{% endif %}", "{{ v|default('', true) }}"])
@pytest.mark.parametrize("header", ["CC", "BCC", "REPLY-TO", "ATTACHMENT"])
def test_a_header_that_says_that_it_may_be_empty_is_left_out(desk, header, value):
    template = f"TO: {{{{email}}}}\n{header}: {value}\nFROM: jo@novak.example\nSUBJECT: x\n\nHello\n"
    (told,) = merged(desk, template, "email,v\nd@acme.example,\n")
    assert told["error"] is None


@pytest.mark.parametrize("edge", ["\t", "\n", "\u00a0"])
@pytest.mark.parametrize("column", ["to", "cc", "subject"])
def test_white_space_at_the_edge_of_a_cell_is_no_part_of_it(desk, column, edge):
    given = {"to": "d@acme.example", "cc": "c@acme.example", "subject": "x"}
    database = "to,cc,subject\n" + ",".join(f'"{value}"' for value in {**given, column: given[column] + edge}.values())
    (told,) = merged(desk, "From: jo@novak.example\n\nHello\n", database)
    assert told["error"] is None
    assert (told["to"], told["cc"], told["subject"]) == (["d@acme.example"], ["c@acme.example"], "x")


@pytest.mark.parametrize("odd", ["\t", "\n", "\u2028", "\u200b@"])
@pytest.mark.parametrize("column", ["to", "cc"])
def test_what_may_not_stand_in_a_header_is_told(desk, column, odd):
    given = {"to": "d@acme.example", "cc": "c@acme.example", "subject": "x"}
    given[column] = f"Dana{odd}Ruiz <{given[column]}>"
    database = "to,cc,subject\n" + ",".join(f'"{value}"' for value in given.values()) + "\n"
    (told,) = merged(desk, "From: jo@novak.example\n\nHello\n", database)
    assert (told["error"]["code"], told["error"]["field"].lower()) == (65, column)


def test_an_empty_cell_is_told_with_its_line(desk):
    template = "TO: {{email}}\nFROM: jo@novak.example\nSUBJECT: {{ company }}\n\nAt {{ company }}\n"
    told = merged(desk, template, "email,company\na@acme.example,Acme\nb@acme.example,\n")[1]
    assert (told["error"]["file"], told["error"]["line"], told["error"]["field"]) == ("d.csv", 3, "company")
    assert "(column 'company')" in told["error"]["text"]
