"""Words of other programs, made plain: once is enough, and nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailer.people.incoming import tidy
from mailer.people.matching import plain


@given(st.text(max_size=30))
def test_tidying_twice_is_tidying_once(text):
    assert tidy(tidy(text)) == tidy(text)
    assert "  " not in tidy(text)


def test_blanks_around_a_sign_that_no_header_holds_are_one():
    assert tidy("Data \x1b Engineer") == "Data Engineer"


def test_a_name_of_accents_alone_is_still_a_name():
    assert plain("¨") == "¨"
    assert plain("Müller") == plain("MULLER") == "muller"
