"""Which characters may stand in a body."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailer.characters import bad_in_body

ODD = st.characters(exclude_categories=()) | st.sampled_from("\r\n\0\ud800\udfffé–")


@given(st.lists(ODD).map("".join))
def test_the_first_that_may_not_is_found(text):
    bare = text.replace("\r\n", "\n\n")
    bad = [at for at, char in enumerate(bare) if char in "\r\0" or "\ud800" <= char <= "\udfff"]

    words, place = bad_in_body(text)

    assert bool(words) == bool(bad)
    assert place == (bad[0] if bad else 0)
