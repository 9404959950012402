"""CSVs: rows with their numbers and lines, and faults of the file with theirs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.batch import header, open_csv, rows, spool
from mailer.errors import BadData, Unreadable


def read(data: bytes | str, encoding: str = "utf-8"):
    octets = data if isinstance(data, bytes) else data.encode()
    return [(row.number, row.line, dict(row.values)) for row in rows(io.BytesIO(octets), "p.csv", encoding)]


@pytest.mark.parametrize(
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
        ("a\n 1 \n", [(1, 2, {"a": " 1 "})]),
        ("a,b\n,2\n", [(1, 2, {"a": "", "b": "2"})]),
        ("a\n007\n1.10\nNO\n", [(1, 2, {"a": "007"}), (2, 3, {"a": "1.10"}), (3, 4, {"a": "NO"})]),
    ],
)
def test_rows(data, expected):
    assert read(data) == expected


@pytest.mark.parametrize(
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


def test_the_columns_as_they_are_spelled():
    assert header(io.BytesIO(b"sep=;\nFirst Name; ;E-Mail\n1;2;3\n"), "p.csv") == (
        {"first_name": "First Name", "e_mail": "E-Mail"},
        ";",
    )


@pytest.mark.parametrize(
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


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00\ufeff"), max_size=12)


@given(st.lists(st.tuples(CELL, CELL.filter(str.strip)), min_size=1, max_size=5), st.sampled_from(",;\t"))
def test_what_csv_writes_is_read_back(cells, delimiter):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([("a", "b"), *cells])
    assert [tuple(values.values()) for _, _, values in read(out.getvalue())] == cells


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
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
    csv.writer(out).writerows([["a"], *[[f"x{cell}"] for cell in cells]])
    assert read(out.getvalue().encode("utf-16"), "utf-16") == read(out.getvalue())


def test_why_a_row_did_not_go_is_no_value():
    assert read("a, Error ,b\n1,no,2\n") == [(1, 2, {"a": "1", "b": "2"})]
