"""Numbers of many people, in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailer.people.numbers import in_order, place, put_in


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 50)))
def test_each_number_stands_once_and_in_order(first, more):
    found = in_order(first)
    put_in(found, more)
    assert list(found) == sorted({*first, *more})
    places = {number: at for at, number in enumerate(found)}
    assert all(place(found, number) == places.get(number) for number in range(-1, 52))
