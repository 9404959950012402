"""A greeting without a name: the quick look lets every line through that the long pattern fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailer.checks.rules.empty import _may_lack_a_name, _salutation
from mailer.checks.text import listed, word_set

GREETINGS = st.sampled_from([*listed("greetings")["need a name"], *listed("greetings")["stand alone"]])
TITLES = st.sampled_from(
    sorted(word_set("greetings", "titles before a name") | word_set("greetings", "titles that stand alone"))
)
CASES = st.sampled_from([str.lower, str.upper, str.title, str.casefold, lambda text: text.replace("i", "ı"), str])
BLANKS = st.text(" \t", max_size=2)


@given(st.none() | GREETINGS, st.lists(TITLES, max_size=2), CASES, BLANKS, st.sampled_from([" ", ". "]), st.data())
def test_the_quick_look_misses_no_greeting(greeting, titles, cased, blanks, between, data):
    words = between.join([*([greeting] if greeting else []), *titles])
    line = blanks + cased(words) + data.draw(st.sampled_from(["", "."])) + blanks + data.draw(st.sampled_from(",:!"))
    if _salutation().match(line + blanks):
        assert _may_lack_a_name(line + blanks)


def test_a_greeting_with_a_name_is_seen_quickly():
    assert not _may_lack_a_name("Dear Dana,")
    assert _may_lack_a_name("Dear Mr. ,")
    assert not _may_lack_a_name("Dear Mr. Weber")
