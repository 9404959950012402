"""CSVs: rows with their numbers and lines, and faults of the file with theirs."""

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import BadData, Unreadable
from mailer.letters.table import header, open_csv, rows, spool
from mailer.people.tables import people
from tests.kit.rows import each_row


def read(data: bytes | str, encoding: str = "utf-8"):
    octets = data if isinstance(data, bytes) else data.encode()
    return [(row.number, row.line, dict(row.values)) for row in rows(io.BytesIO(octets), "p.csv", encoding)]


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00[Content_Types].xml", "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old workbook"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>", "web page"),
        (b'[{"email": "d@a.example"}]', "JSON"),
        (b'{"people": []}', "JSON"),
    ],
)
def test_a_file_that_is_no_csv_is_called_what_it_is(octets, said):
    for table in (rows(io.BytesIO(octets), "p.csv"), people(io.BytesIO(octets), "p.csv", "utf-8", ())):
        with pytest.raises(BadData) as caught:
            list(table)
        assert said in caught.value.text
        assert caught.value.hint


def test_a_mark_that_was_written_twice_is_no_part_of_a_name():
    assert read("\ufeff\ufeffemail,name\nd@a.example,Dana\n") == [(1, 2, {"email": "d@a.example", "name": "Dana"})]


@each_row(
    ("data", "expected"),
    [
        ("a,b\n1,2\n", [(1, 2, {"a": "1", "b": "2"})]),
        ("a,b\r\n1,2", [(1, 2, {"a": "1", "b": "2"})]),
        ("\ufeffa\n1\n", [(1, 2, {"a": "1"})]),
        ("\n \na\n\n1\n\n2\n\n", [(1, 5, {"a": "1"}), (2, 7, {"a": "2"})]),
        ('a\n"x\ny"\nz\n', [(1, 2, {"a": "x\ny"}), (2, 4, {"a": "z"})]),
        ('a\r\n"x\r\ny"\r\n', [(1, 2, {"a": "x\ny"})]),
        ("a,,b\n1,2,3\n", [(1, 2, {"a": "1", "b": "3"})]),
        (" First Name ,E-Mail\nx,y\n", [(1, 2, {"first_name": "x", "e_mail": "y"})]),
        ('"a, b",c\n1,"say ""hi"""\n', [(1, 2, {"a,_b": "1", "c": 'say "hi"'})]),
        ("a\n 1 \n", [(1, 2, {"a": "1"})]),
        ("a,b\n,2\n", [(1, 2, {"a": "", "b": "2"})]),
        ("a\n007\n1.10\nNO\n", [(1, 2, {"a": "007"}), (2, 3, {"a": "1.10"}), (3, 4, {"a": "NO"})]),
    ],
)
def test_rows(data, expected):
    assert read(data) == expected


@each_row(
    ("data", "expected"),
    [
        ("a;b\n1,5;2\n", [(1, 2, {"a": "1,5", "b": "2"})]),
        ("a\tb\r\n1;x\t2,y\r\n", [(1, 2, {"a": "1;x", "b": "2,y"})]),
        ('"x,y";b\n1;2\n', [(1, 2, {"x,y": "1", "b": "2"})]),
        ('"x;y\nz",b\n1,2\n', [(1, 3, {"x;y_z": "1", "b": "2"})]),
        ('"say ""a,b""";c\n1;2\n', [(1, 2, {'say_"a,b"': "1", "c": "2"})]),
        ("a;x,b\n1,2\n", [(1, 2, {"a;x": "1", "b": "2"})]),
        ("\n;;\na;b\n1;2\n", [(1, 4, {"a": "1", "b": "2"})]),
        ("sep=;\na;b\n1;2\n", [(1, 3, {"a": "1", "b": "2"})]),
        ("\ufeffsep=;\r\na, b;c\r\n1,2;3\r\n", [(1, 3, {"a,_b": "1,2", "c": "3"})]),
        ("sep=|\na|b\n1|2\n", [(1, 3, {"a": "1", "b": "2"})]),
        ('"sep=,"\na;x,b\n1,2\n', [(1, 3, {"a;x": "1", "b": "2"})]),
        ("sep=\t\na\tb\n1\t2\n", [(1, 3, {"a": "1", "b": "2"})]),
        ("sep=x,b\n1,2\n", [(1, 2, {"sep=x": "1", "b": "2"})]),
    ],
)
def test_the_delimiter_is_that_of_the_header_line(data, expected):
    assert read(data) == expected


@pytest.mark.parametrize(("mark", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "TAB")])
def test_a_ragged_row_names_its_delimiter(mark, name):
    with pytest.raises(BadData) as caught:
        read(f"sep={mark}\na{mark}b\n1\n")
    assert caught.value.line == 3
    assert name in caught.value.hint


@each_row("before", ["", " ", "\t", "\u00a0", "  "])
@each_row("after", ["", " ", "\t  "])
@each_row("delimiter", [",", ";", "|"])
def test_blanks_around_quotation_marks_are_no_part_of_the_cell(before, after, delimiter):
    row = delimiter.join(f'{before}"{cell}"{after}' for cell in (f"x{delimiter} y", 'say ""hi""', ""))
    told = [(1, 3, {"a": f"x{delimiter} y", "b": 'say "hi"', "c": ""})]
    assert read(f"sep={delimiter}\na{delimiter}b{delimiter}c\n{row}\n") == told
    assert read(f'sep={delimiter}\r\na{delimiter} "b" {delimiter}c\r\n{row}\r\n') == told


def test_with_tabs_between_the_cells_a_tab_is_no_blank():
    assert read('a\tb\tc\n\t "x" \t"y"\n') == [(1, 2, {"a": "", "b": "x", "c": "y"})]


@each_row(
    "cell",
    ['5" pipe', '"a" b', 'Dana "DJ" Ruiz', 'x"', '="007"', '"say \\"hi\\""', '"x"y"', "'a\"b'", '“a"b”'],
)
@each_row("delimiter", [",", ";", "\t"])
def test_a_stray_quotation_mark_is_told_by_line(cell, delimiter):
    with pytest.raises(BadData) as caught:
        read(f"a{delimiter}b\n1{delimiter}2\n{cell}{delimiter}2\n")
    assert (caught.value.code, caught.value.line) == (65, 3)
    assert "quotation mark" in caught.value.text


def test_the_hint_for_a_stray_quotation_mark_works():
    for cell in ('5" pipe', 'Dana "DJ" Ruiz', 'x"'):
        with pytest.raises(BadData) as caught:
            read(f"a,b\n1,{cell}\n")
        assert read(f"a,b\n1,{caught.value.hint.removeprefix('Write ')}\n")[0][2]["b"] == cell


@pytest.mark.parametrize("cell", ["O'Neill", "'x'", "“Acme” Inc.", "«Acme»", "rock 'n' roll", "´x`"])
def test_other_marks_are_letters_like_any(cell):
    assert read(f"a,b\n{cell},2\n") == [(1, 2, {"a": cell, "b": "2"})]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("  Acme Robotics ", "Acme Robotics"),
        ("\u00a0Dana\u00a0", "Dana"),
        ('" Dana "', "Dana"),
        ('"\n Dana\n\n  Ruiz \n"', "Dana\n\n  Ruiz"),
        ("a  b", "a  b"),
    ],
)
def test_values_are_trimmed_at_their_ends(cell, value):
    assert read(f"a,b\n{cell},2\n")[0][2]["a"] == value


def test_prose_that_begins_with_code_keeps_its_indentation():
    assert read('prose\n"\n    x = 1\n    y = 2\n"\n')[0][2]["prose"] == "    x = 1\n    y = 2"
    assert (
        read('prose\n" The afternoon  stayed. \n\n    code\n"\n')[0][2]["prose"]
        == "The afternoon  stayed. \n\n    code"
    )


LINKEDIN = """Notes:
"When exporting your connection data, some addresses may be missing; see https://www.linkedin.example/help, please."

"""
CONTACTS = "First Name,Last Name,Email Address\nDana,Ruiz,dana@acme.example\nLee,Okafor,\n"


@each_row(
    "preamble",
    [
        LINKEDIN,
        "My contacts\n",
        "My contacts,,\n",
        '"My, contacts"\n',
        "My contacts\n\n",
        "My contacts\nof May\n\n\nas of today\n",
        "\n\nMy contacts\n",
        "Exported,2026-05-12\nAccount,Robin Vale\n\n",
        "These are all the people whom we met, in May\n",
        "\n".join(f"line {n}" for n in range(10)) + "\n",
    ],
)
@each_row("delimiter", [",", ";", "\t"])
def test_the_header_line_is_found_below_a_preamble(preamble, delimiter):
    text = (preamble if "When" in preamble else preamble.replace(",", delimiter)) + CONTACTS.replace(",", delimiter)
    lines = preamble.count("\n")
    assert read(text) == [
        (1, lines + 2, {"first_name": "Dana", "last_name": "Ruiz", "email_address": "dana@acme.example"}),
        (2, lines + 3, {"first_name": "Lee", "last_name": "Okafor", "email_address": ""}),
    ]
    assert header(io.BytesIO(text.encode()), "p.csv") == (
        {"first_name": "First Name", "last_name": "Last Name", "email_address": "Email Address"},
        delimiter,
    )


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("name,company\nDana,Acme, Inc.\nLee,Birch\n", 2),
        ("to\nDana Ruiz, dana@acme.example\n", 2),
        ("name\nRuiz, Dana\nOkafor, Lee\n", 2),
        ("name,note\nDana,good; kind\nLee,nice, really; calm\n", 3),
        ("\n".join(f"line {n}" for n in range(11)) + "\n" + CONTACTS, 12),
    ],
)
def test_what_is_no_preamble_is_not_passed_over(data, line):
    with pytest.raises(BadData) as caught:
        read(data)
    assert caught.value.line == line


def test_without_a_line_of_names_the_first_one_is_it():
    assert read("d@acme.example,Dana\nl@acme.example,Lee\n") == [
        (1, 2, {"d@acme.example": "l@acme.example", "dana": "Lee"})
    ]


@pytest.mark.parametrize("data", ["a,b\n1,2,\n", "a,b\n1,2,,, \n", "a,b,,\n1,2\n", "a,b,\n1,2,,,\n"])
def test_surplus_empty_cells_are_no_fault(data):
    assert read(data) == [(1, 2, {"a": "1", "b": "2"})]


def test_one_cell_is_one():
    with pytest.raises(BadData, match="has 1 cell, the header line has 2"):
        read("a,b\n1\n")


@pytest.mark.parametrize(
    "head", [",".join(f"c{n}" for n in range(40_000)), '"' + "\n".join("," for _ in range(400_000))]
)
def test_a_long_head_takes_no_longer_than_its_length(head):
    began = time.process_time()
    with pytest.raises(BadData):
        read(f"{head}\n1\n")
    assert time.process_time() - began < 3


def test_the_columns_as_they_are_spelled():
    assert header(io.BytesIO(b"sep=;\nFirst Name; ;E-Mail\n1;2;3\n"), "p.csv") == (
        {"first_name": "First Name", "e_mail": "E-Mail"},
        ";",
    )


@each_row(
    ("data", "line", "field"),
    [
        ("", None, None),
        ("\n\n", None, None),
        ("a,b\n", None, None),
        ("a,A\n1,2\n", 1, "a"),
        ("\na b,A-B\n1,2\n", 2, "a_b"),
        ("a,b\n1\n", 2, None),
        ("a,b\n1,2\n\n1,2,3\n", 4, None),
        ('a,b\n"x\ny",2\n1\n', 4, None),
        ('a\n"x\ny', 2, None),
        ('a\n1\n"x"y\n', 3, None),
        ("a\n1\x002\n", 2, None),
        ('a\n"1\r2"\n', 2, "a"),
        ("a\r1\r2", 1, None),
    ],
)
def test_faults_of_the_file_are_told_by_line(data, line, field):
    with pytest.raises(BadData) as caught:
        read(data)
    error = caught.value
    assert (error.code, error.file, error.line, error.field) == (65, "p.csv", line, field)


def test_another_encoding_must_be_named():
    data = "a\nx\nGrüße\n".encode("latin-1")
    with pytest.raises(BadData) as caught:
        read(data)
    assert caught.value.line == 3
    assert "--encoding" in caught.value.hint
    assert read(data, "latin-1")[1][2] == {"a": "Grüße"}


def test_a_huge_cell_is_refused():
    with pytest.raises(BadData) as caught:
        read("a\n" + "x" * 1_000_001 + "\n")
    assert caught.value.line == 2


def test_standard_input_is_read_twice():
    stream = spool(io.BytesIO(b"a\n1\n"))
    with stream:
        for _ in range(2):
            stream.seek(0)
            assert len(list(rows(stream, "standard input"))) == 1


def test_a_missing_file_is_unreadable(tmp_path):
    with pytest.raises(Unreadable):
        open_csv(tmp_path / "no.csv")


EDGES = " \t\n\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00\ufeff"), max_size=12)


@given(st.lists(st.tuples(CELL, CELL.filter(str.strip)), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_what_csv_writes_is_read_back(cells, delimiter):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([("a", "b"), *cells])
    trimmed = [tuple(cell.strip(EDGES) for cell in row) for row in cells]
    assert [tuple(values.values()) for _, _, values in read(out.getvalue())] == trimmed


@each_row("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@each_row("end", ["\n", "\r\n"])
def test_wide_encodings_where_they_are_said(encoding, end):
    text = end.join(["name;city", f'Zoë;"K\u0a0aln{end}Mitte"', "b;c", ""])
    told = read(text.encode(encoding), encoding)
    assert told == [(1, 2, {"name": "Zoë", "city": "K\u0a0aln\nMitte"}), (2, 4, {"name": "b", "city": "c"})]
    assert read(("\ufeff" + text).encode(encoding), encoding) == told


def test_a_wide_encoding_that_is_not_said_is_named():
    with pytest.raises(BadData) as caught:
        read("a,b\n1,2\n".encode("utf-16"))
    assert "--encoding utf-16" in caught.value.hint


def test_a_wide_text_that_is_cut():
    with pytest.raises(BadData, match="is not UTF-16"):
        read("a,b\n1,2\n".encode("utf-16")[:-1], "utf-16")


@given(
    st.lists(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00\r")), min_size=1, max_size=9)
)
def test_wide_texts_are_read_as_narrow_ones(cells):
    out = io.StringIO()
    csv.writer(out).writerows([["name"], *[[f"x{cell}"] for cell in cells]])
    assert read(out.getvalue().encode("utf-16"), "utf-16") == read(out.getvalue())


def test_why_a_row_did_not_go_is_no_value():
    assert read("a, Error ,b\n1,no,2\n") == [(1, 2, {"a": "1", "b": "2"})]
