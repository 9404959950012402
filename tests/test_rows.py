"""A table that is one test fails as its rows would."""

from __future__ import annotations

import pytest

from tests.kit.rows import each_row


@each_row("number", [2, 4, 6])
def test_rows_that_pass(number):
    assert number % 2 == 0


@each_row("low", [0, 1])
@each_row(("high", "sum"), [(2, 2), pytest.param(3, 3, id="three")])
def test_tables_of_tables(low, high, sum):  # noqa: A002 - a name like any other
    assert low + high in (sum, sum + 1)


def test_every_row_is_tried_and_those_that_failed_are_named():
    tried = []

    @each_row(("one", "other"), [(1, 1), pytest.param(1, 2, id="the odd one"), (3, 3), (4, 5)])
    def same(one, other):
        tried.append(one)
        assert one == other, "they differ"

    with pytest.raises(AssertionError) as failed:
        same()
    assert tried == [1, 1, 3, 4]
    told = str(failed.value)
    assert told.startswith("2 of 4 rows:\nthe odd one (one=1, other=2)\n    AssertionError: they differ")
    assert "one=4, other=5" in told
    assert "one=3" not in told


@each_row("ids", [["a", "b"], {"a": 1, "b": 2}, lambda row: "ab"[row - 1]])
def test_names_of_rows(ids):
    @each_row("number", [1, 2], ids=ids)
    def one(number):
        assert number == 1

    with pytest.raises(AssertionError, match=r"b \(number=2\)"):
        one()


@each_row("end", [pytest.skip, pytest.fail, ValueError])
def test_no_row_ends_the_others(end):
    tried = []

    @each_row("number", [1, 2])
    def both(number):
        tried.append(number)
        raise end("no")

    with pytest.raises(AssertionError, match="2 of 2 rows"):
        both()
    assert tried == [1, 2]


def test_what_tests_nothing_or_less_is_refused():
    with pytest.raises(ValueError, match="tests nothing"):
        each_row("number", [])
    with pytest.raises(ValueError, match="is a test of its own"):
        each_row("number", [pytest.param(1, marks=pytest.mark.slow)])
    with pytest.raises(ValueError, match="shorter"):
        each_row("one, other", [(1,)])
    with pytest.raises(TypeError, match="does not take other"):
        each_row("other", [1])(lambda number: None)
