"""Killed, stopped and cut off at random moments: none goes twice, each that is missing is in doubt.

The size of CI; ``MAILER_TEST_FLEET=whole`` has 200 mailboxes and 20,000 letters.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.kit.chaos import SIZE, through_chaos

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def chaos(postgresql, tmp_path_factory):
    return through_chaos(postgresql, tmp_path_factory.mktemp("chaos"), SIZE, seed=18)


def test_none_goes_twice(chaos):
    assert {name: many for name, many in chaos.fleet.smtp.taken.items() if many > 1} == {}


def test_each_that_is_missing_is_in_doubt_or_waits_for_tomorrow(chaos):
    missing = chaos.letters.keys() - {name for name, _ in chaos.fleet.smtp.taken}
    assert missing <= chaos.doubtful | chaos.waiting
    assert chaos.states.keys() <= {"sent", "in-doubt", "deferred"}
    assert sum(chaos.states.values()) == len(chaos.letters)


def test_no_mailbox_goes_beyond_its_day(chaos):
    taken = Counter(name for _, name, _ in chaos.fleet.smtp.moments)
    assert max(taken.values()) <= chaos.size.a_day
    waiting = Counter(chaos.letters[name] for name in chaos.waiting)
    assert waiting == {f"m{number}@house.example": chaos.size.of(0) - chaos.size.a_day for number in range(2)}


def test_a_mailbox_has_one_connection_at_a_time(chaos):
    assert chaos.at_once() == []


def test_all_of_it_was_told_in_words(chaos):
    assert "Traceback" not in chaos.logs


def test_workers_end_well(chaos):
    assert set(chaos.codes) == {0}
