"""What is said to SQLite: of many values at a time in few statements, which are kept ready."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.ledger import shelves
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


class Heard:
    """A store that counts what is said to it."""

    def __init__(self, *, is_file):
        self.is_file, self.said = is_file, []

    def execute(self, sql, values):
        self.said.append(values)

    def executemany(self, sql, rows):
        self.said += rows


@pytest.mark.parametrize(("is_file", "most"), [(True, 25), (False, 100)])
def test_what_a_letter_is_found_by_goes_to_a_server_in_fewer_statements(is_file, most):
    """Each is a way there and back; of a file each page that one changes is in memory twice."""
    heard, rows = Heard(is_file=is_file), [(key, -key) for key in range(210)]
    shelves._put_rows(heard, "INSERT INTO finds VALUES {}", rows)
    pairs = [values for values in heard.said if len(values) > 2]
    assert {len(values) for values in pairs} == {2 * most}
    assert len(pairs) == 210 // most
    assert sum(len(values) for values in heard.said) == 420
