"""Hints about tables and templates from elsewhere: each is given, then followed, and then the letter is ready."""

from __future__ import annotations

import re

import pytest

from tests.kit.letters import ME
from tests.kit.smtp_server import recording_server
from tests.kit.world import World, put

PROSE = "\n\nThe afternoon with Priya's test-bench team stayed with me.\n"
MERGE = "TO: {{email}}\nFROM: Jo Novak <jo@novak.example>\nSUBJECT: Hello\n\n"
WORK = "Template: runner-up\nFrom: Jo Novak <jo@novak.example>\nCompany: Acme Robotics\nPosition: Data Engineer\n"
CSV = "email,name\ndana@acme.example,Dana\n"


@pytest.fixture
def desk(tmp_path):
    return World(tmp_path).with_letter()


def told(desk, letter, table, *more, row=0):
    put(desk.folder, "l.md", letter)
    put(desk.folder, "p.csv", table)
    objects = desk.mailer("check", "l.md", "--each", "p.csv", "--json", *more).objects
    return objects[row]


def hint(desk, letter, table, row=0):
    error = told(desk, letter, table, row=row)["error"]
    assert error is not None
    assert error["code"] == 65 or "exist" in error["text"]
    return error["hint"]


def is_ready(desk, letter, table):
    found = told(desk, letter, table)
    assert found["error"] is None, found
    assert found["ready"], found


@pytest.mark.parametrize(
    "spelled", ["First Name", "first name", "FIRST  NAME", "First-Name", "E mail address", "First Näme"]
)
def test_a_name_as_the_csv_spells_it(desk, spelled):
    table = f"email,{spelled}\ndana@acme.example,Dana\n"
    given = hint(desk, f"{MERGE}Hello {{{{{spelled}}}}}\n", table)
    name = re.search(r"\{\{ \w+ \}\}", given)[0]
    is_ready(desk, f"{MERGE}Hello {name}\n", table)


@pytest.mark.parametrize("spelled", ["Name (legal)", "2nd name", "Nr. 1"])
def test_a_name_that_no_field_can_have(desk, spelled):
    table = f"email,{spelled}\ndana@acme.example,Dana\n"
    assert hint(desk, f"{MERGE}Hello {{{{ {spelled} }}}}\n", table)


@pytest.mark.parametrize(
    ("asked", "column"),
    [
        ("nmae", "name"),
        ("firstname", "First Name"),
        ("first_name", "FirstName"),
        ("FirstName", "First Name"),
        ("e_mail", "email"),
        ("company", "Company Name"),
    ],
)
def test_the_nearest_column_is_named_beside_all_of_them(desk, asked, column):
    table = f"address,{column}\ndana@acme.example,Dana\n"
    head = MERGE.replace("email", "address")
    given = hint(desk, f"{head}Hello {{{{ {asked} }}}}\n", table)
    assert "columns of p.csv" in given
    assert "address, " in given
    name = re.search(r"\{\{ (\w+) \}\}", given)[1]
    is_ready(desk, f"{head}Hello {{{{ {name} }}}}\n", table)


@pytest.mark.parametrize(
    ("asked", "column"),
    [("name", "Name?"), ("firstname", "First.Name"), ("first.name", "First.Name"), ("City/Town", "City/Town")],
)
def test_a_column_that_no_field_can_name_is_renamed(desk, asked, column):
    table = f"email,{column}\ndana@acme.example,Dana\n"
    letter = f"{MERGE}Hello {{{{ {asked} }}}}\n"
    given = hint(desk, letter, table)
    _, odd, _, name, _ = given.split("'", 4)
    assert odd == column.lower()
    written = re.search(r"write \{\{ (\w+) \}\}", given)
    is_ready(desk, letter.replace(asked, written[1]) if written else letter, table.replace(column, name))


def test_in_a_header_too(desk):
    given = hint(desk, f"{MERGE.replace('Hello', '{{ nmae }}')}Hello\n", CSV)
    assert "Did you mean {{ name }}?" in given


def test_another_delimiter(desk):
    table = CSV.replace(",", "|")
    given = hint(desk, f"{MERGE}Hello {{{{ name }}}}\n", table)
    assert "email|name" in given
    line = re.search("'(sep=.)'", given)[1]
    is_ready(desk, f"{MERGE}Hello {{{{ name }}}}\n", f"{line}\n{table}")


@pytest.mark.parametrize("marks", ["''", "“”", "„“", "«»"])
def test_other_quotation_marks(desk, marks):
    table = "\n".join(",".join(f"{marks[0]}{cell}{marks[1]}" for cell in line.split(",")) for line in CSV.splitlines())
    assert "straight" in hint(desk, f"{MERGE}Hello {{{{ name }}}}\n", table)


def test_the_column_that_holds_an_address(desk):
    assert "Did you mean {{ e_mail_adresse }}?" in hint(desk, MERGE + "Hello\n", CSV.replace("email", "E-Mail-Adresse"))


def test_no_line_of_names(desk):
    table = "dana@acme.example,Dana\nlee@birch.example,Lee\n"
    given = hint(desk, f"{MERGE}Hello {{{{ name }}}}\n", table)
    assert "dana@acme.example, dana" in given
    assert "line of column names above" in given
    is_ready(desk, f"{MERGE}Hello {{{{ name }}}}\n", f"email,name\n{table}")


@pytest.mark.parametrize("title", ["My contacts\n", "My contacts,\n", 'Notes:\n"Of May, and later."\n\n'])
def test_a_title_line_above(desk, title):
    is_ready(desk, f"{MERGE}Hello {{{{ name }}}}\n", f"{title}{CSV}")


def test_a_template_letter_takes_its_recipient_from_a_column(desk):
    table = "a,email\nDana Ruiz,dana@acme.example\n"
    given = hint(desk, f"{WORK}To: {{{{ a }}}} <{{{{ email }}}}>{PROSE}", table)
    column, value = re.search(r"a column '(\w+)' like: (.+)", given).groups()
    is_ready(desk, f"{WORK}{PROSE}", f"{column}\n{value}\n")


def test_a_column_of_addresses_and_one_of_names(desk):
    given = hint(desk, f"{WORK}{PROSE}", "to,name\ndana@acme.example,Dana Ruiz\n")
    value = given.partition(": ")[2]
    assert value == "Dana Ruiz <dana@acme.example>"
    is_ready(desk, f"{WORK}{PROSE}", f"to,name\n{value},Dana Ruiz\n")


def test_a_table_without_a_column_of_recipients(desk):
    table = "email,name\nDana Ruiz <dana@acme.example>,Dana\n"
    given = hint(desk, f"{WORK}{PROSE}", table)
    assert "Call the column 'email' 'to'" in given
    is_ready(desk, f"{WORK}{PROSE}", table.replace("email", "to", 1))
    given = hint(desk, MERGE.replace("TO: {{email}}\n", "") + "Hello\n", table)
    line = re.search("'(To: .*?)'", given)[1]
    is_ready(desk, f"{line}\n" + MERGE.replace("TO: {{email}}\n", "") + "Hello\n", table)


def test_a_field_that_has_no_column(desk):
    letter = WORK.replace("Company: Acme Robotics\n", "") + PROSE
    table = "to,compny\nDana Ruiz <dana@acme.example>,Acme Robotics\n"
    assert "Call the column 'compny' 'company'" in hint(desk, letter, table)
    is_ready(desk, letter, table.replace("compny", "company"))


@pytest.mark.parametrize("to", ["a ::: b", "a: b", "<a ::: b>", "a b@x"])
def test_what_is_no_address_at_all(desk, to):
    given = hint(desk, f"To: {to}\nFrom: jo@novak.example\nSubject: x\n\nHello\n", CSV)
    assert given.startswith("Write it like Dana Ruiz <dana@acme.example>")


@pytest.mark.parametrize("to", ["Friends: dana@acme.example, lee@acme.example;", "undisclosed-recipients:;"])
def test_a_group_is_one(desk, to):
    assert "commas" in hint(desk, f"To: {to}\nFrom: jo@novak.example\nSubject: x\n\nHello\n", CSV)


@pytest.mark.parametrize("cell", ["a.pdf,b.pdf", "a.pdf; b.pdf", "a.pdf | b.pdf"])
@pytest.mark.parametrize("header", ["", "ATTACHMENT: {{ attach }}\n"])
def test_two_paths_in_a_cell(desk, cell, header):
    for name in ("a.pdf", "b.pdf"):
        put(desk.folder, name, b"%PDF-1.4 " + name.encode())
    letter = f"{header}{MERGE}Hello, my work is attached.\n"
    assert "on a line of its own" in hint(desk, letter, f'email,attach\ndana@acme.example,"{cell}"\n')
    put(desk.folder, "p.csv", 'email,attach\ndana@acme.example,"a.pdf\nb.pdf"\n')
    shown = desk.mailer("preview", "l.md", "--each", "p.csv", "--json").objects[0]
    assert [file["filename"] for file in shown["attachments"]] == ["a.pdf", "b.pdf"]


def test_two_paths_in_a_line(desk):
    for name in ("a.pdf", "b.pdf"):
        put(desk.folder, name, "x")
    assert "one Attach line for each" in hint(desk, f"Attach: a.pdf, b.pdf\n{MERGE}Hello\n", CSV)
    put(desk.folder, "l.md", f"Attach: a.pdf\nAttach: b.pdf\n{MERGE}Hello\n")
    shown = desk.mailer("preview", "l.md", "--each", "p.csv", "--json").objects[0]
    assert len(shown["attachments"]) == 2


@pytest.mark.parametrize(
    "block",
    ["{% if cc %}\nCC: {{cc}}\n{% endif %}\n", "{% if cc %}CC: {{cc}}{% endif %}\n", "{%- if cc -%}\nCC: {{cc}}\n"],
)
def test_a_condition_around_a_header(desk, block):
    table = "email,cc\ndana@acme.example,\n"
    given = hint(desk, f"{block}{MERGE}Hello\n", table)
    line = re.search("'(Cc: .*?)' is", given)[1]
    is_ready(desk, f"{line}\n{MERGE}Hello\n", table)


@pytest.mark.parametrize(
    ("block", "word"), [("{% for x in y %}", "Jinja"), ("{% set x = 1 %}", "Jinja"), ("{# x #}", "Jinja")]
)
def test_other_jinja_among_the_headers(desk, block, word):
    assert word in told(desk, f"{block}\n{MERGE}Hello\n", CSV)["error"]["text"]


@pytest.mark.parametrize("word", ["include", "extends", "import"])
@pytest.mark.parametrize("place", [0, 1])
def test_other_files_are_refused_by_name(desk, word, place):
    block = f"{{% {word} 'x.txt'{' as x' if word == 'import' else ''} %}}\n"
    error = told(desk, f"{block}{MERGE}Hello\n" if place == 0 else f"{MERGE}{block}Hello\n", CSV)["error"]
    assert f"{{% {word} %}} is not supported" in error["text"]
    assert "into the letter itself" in error["hint"]


def test_a_list_beside_an_address(desk):
    table = 'email,emails\ndana@acme.example,"lee@acme.example, max@acme.example"\n'
    letter = f"CC: boss@x.example, {{{{emails}}}}\n{MERGE}Hello\n"
    error = told(desk, letter, table)["error"]
    assert "{{ emails }} holds 2 addresses" in error["text"]
    is_ready(desk, letter.replace("boss@x.example, ", ""), table.replace('"lee', '"boss@x.example, lee'))


def test_a_template_without_a_subject(desk):
    letter = MERGE.replace("SUBJECT: Hello\n", "") + "Hello\n"
    assert [problem["check"] for problem in told(desk, letter, CSV)["problems"] if problem["level"] == "block"] == [
        "subject"
    ]
    assert told(desk, letter, CSV, "--allow", "subject")["ready"]


@pytest.mark.parametrize(
    ("letter", "apart"), [(f"{MERGE}Hello {{{{ name }}}}\n", "subjects"), (f"{WORK}{PROSE}", "positions")]
)
def test_a_second_row_to_one_person(desk, letter, apart):
    put(desk.folder, "l.md", letter)
    rows = "email,to,name,prose\n" + "".join(
        f"dana@acme.example,Dana Ruiz <dana@acme.example>,{name},We met at the bench of {name}\n"
        for name in ("Dana", "Lee")
    )
    put(desk.folder, "p.csv", rows)
    with recording_server() as server:
        told = {one["status"]: one["error"] for one in desk.send(server, "l.md", "--each", "p.csv").objects}
    assert set(told) == {"sent", "not-ready"}
    assert apart in told["not-ready"]["hint"]


def test_the_caret_stands_under_the_field(desk):
    put(desk.folder, "l.md", f"{MERGE}Hello\n")
    put(desk.folder, "p.csv", "email\nl@acme.example\n")
    lines = desk.mailer("check", "l.md", "--each", "p.csv").out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("    1 | TO:"))
    assert lines[at][lines[at + 1].index("^") : lines[at + 1].rindex("^") + 1] == "{{email}}"


def test_the_end_of_lines_of_an_old_mac(desk):
    put(desk.folder, "l.md", f"{MERGE}Hello\n")
    put(desk.folder, "p.csv", CSV.replace("\n", "\r"))
    result = desk.mailer("check", "l.md", "--each", "p.csv")
    assert result.code == 65
    assert "universal" not in result.err
    assert "LF or CRLF" in result.err


@pytest.mark.parametrize(("head", "settings"), [("", {}), (f"From: {ME}\n", {}), ("", {"MAILER_FROM": ME})])
def test_check_says_that_send_needs_a_from(desk, head, settings):
    put(desk.folder, "l.md", f"{head}To: Dana Ruiz <dana@acme.example>\nSubject: Hello\n\nGood luck with the bench.\n")
    done = desk.mailer("check", "l.md", **settings)
    assert (done.code, "l.md: ready" in done.out) == (0, True)
    assert ("no From yet" in done.err) is not bool(head or settings)
    assert "From" not in desk.mailer("check", "l.md", "--json", **settings).err
