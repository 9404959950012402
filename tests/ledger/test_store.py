"""What is said to SQLite: of many values at a time in few statements, which are kept ready."""

from __future__ import annotations

from contextlib import closing

from hypothesis import given
from hypothesis import strategies as st

from mailer.ledger.opening import open_store
from mailer.ledger.store import rounded


@given(st.lists(st.integers(), min_size=1, max_size=300))
def test_values_are_rounded_up_to_a_power_of_two(values):
    more = rounded(values)
    assert more[: len(values)] == values
    assert set(more) == set(values)
    assert len(more).bit_count() == 1
    assert len(more) < 2 * len(values)


def test_any_number_of_values_is_named_in_few_statements(tmp_path):
    """A statement with a hundred of them takes 20 to 30 KiB; of each number one was megabytes."""
    with closing(open_store(tmp_path / "ledger.sqlite", create=True)) as store:
        store.execute("CREATE TEMP TABLE numbers (number INTEGER PRIMARY KEY)")
        store.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in range(0, 1000, 2)])
        said = set()
        asked = "SELECT number FROM numbers WHERE number IN ({})"
        store._connection.set_trace_callback(lambda text: said.add(text.count(",")))
        for count in range(1000):
            assert sorted(store.among(asked, range(count))) == [(number,) for number in range(0, count, 2)]
        assert len(said) <= 8
