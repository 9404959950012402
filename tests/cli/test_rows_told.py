"""The rows that were told of are remembered in little memory."""

from __future__ import annotations

import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from mailer.cli.report import RowsTold


@given(st.lists(st.none() | st.integers(1, 99)))
def test_it_is_known_of_each_row_whether_it_was_told_of(rows):
    told = RowsTold()
    for row in rows:
        told.add(row)
    assert [row for row in (None, *range(1, 120)) if row in told] == sorted(set(rows), key=lambda row: row or 0)


def test_a_hundred_thousand_rows_in_any_order_take_a_bit_each():
    rows = list(range(1, 100_001))
    random.Random(7).shuffle(rows)
    tracemalloc.start()
    try:
        told = RowsTold()
        for row in rows:
            told.add(row)
        assert tracemalloc.get_traced_memory()[1] < 40_000
    finally:
        tracemalloc.stop()
    assert all(row in told for row in rows)
    assert 100_001 not in told
