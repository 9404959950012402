"""The CSV of rows that did not go: whole or not at all, and never over rows that are not sent yet."""

from __future__ import annotations

import csv
import io
import sys

import pytest

from mailer.errors import CannotWrite, Later
from mailer.letters.table import Row
from mailer.sending.failed_rows import FailedRows, place_of, refuse_same

SPELLED = {"name": "Name", "email": "E-Mail", "error": "Error"}


def row(number, name="Zoë", email="z@x.example"):
    return Row(number, number + 1, "p.csv", {"name": name, "email": email})


def written(path, *rows, **more):
    rows_file = FailedRows(path, SPELLED, **more)
    for each in rows:
        rows_file.add(each, Later("not now", hint="Run it again."))
    rows_file.finish()
    return rows_file


def read(path, delimiter=","):
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), delimiter=delimiter))


def test_the_columns_as_they_were_spelled_and_why(tmp_path):
    made = written(tmp_path / "f.csv", row(1), row(2, "Lee, Jr", 'l"@x.example'))
    assert read(made.path) == [
        ["Name", "E-Mail", "error"],
        ["Zoë", "z@x.example", "not now. Run it again."],
        ["Lee, Jr", 'l"@x.example', "not now. Run it again."],
    ]
    assert made.count == 2
    if sys.platform != "win32":
        assert made.path.stat().st_mode & 0o777 == 0o600


def test_no_row_no_file(tmp_path):
    written(tmp_path / "f.csv")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_run_that_did_not_end(tmp_path):
    rows_file = FailedRows(tmp_path / "f.csv", SPELLED)
    rows_file.add(row(1), Later("not now"))
    assert len(list(tmp_path.iterdir())) == 1
    rows_file.close()
    assert list(tmp_path.iterdir()) == []


def test_rows_that_stood_there_are_kept_beside(tmp_path):
    path = tmp_path / "f.csv"
    one, two, three, four = (row(number, f"N{number}") for number in range(1, 5))
    written(path, one)
    assert written(path, one, two).before is None, "it holds no other rows"
    assert written(path, three).before == tmp_path / "f.csv~"
    assert written(path, four).before == tmp_path / "f.csv~1"
    assert [cells[0] for cells in read(tmp_path / "f.csv~")] == ["Name", "N1", "N2"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiter_of_the_csv_is_found_again(tmp_path, delimiter):
    path = written(tmp_path / "f.csv", row(1, "A,B;C")).path
    assert read(path)[1][0] == "A,B;C"
    lines = read(written(tmp_path / "g.csv", row(1), delimiter=delimiter).path, delimiter)
    assert ["Name", "E-Mail", "error"] in lines


def test_a_place_that_cannot_be_written_is_told_before_a_letter_goes(tmp_path):
    with pytest.raises(CannotWrite):
        FailedRows(tmp_path / "none" / "f.csv", SPELLED).must_be_writable()
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotWrite):
        FailedRows(tmp_path / "folder", SPELLED).must_be_writable()


def test_where_they_go(tmp_path):
    assert place_of("people.csv", None, tmp_path) == tmp_path / "people.failed.csv"
    assert place_of("people.csv", "x.csv", tmp_path) == tmp_path / "x.csv"
    assert place_of("-", None, tmp_path) is None
    assert place_of(None, None, tmp_path) is None
    path = tmp_path / "people.csv"
    path.touch()
    with pytest.raises(CannotWrite, match="read by this run"):
        refuse_same(path, [tmp_path / "l.md", path])
