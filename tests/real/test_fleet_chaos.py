"""Killed, stopped and cut off at random moments: none goes twice, each that is missing is in doubt.

The size of CI; ``MAILER_TEST_FLEET=whole`` has 200 mailboxes and 20,000 letters.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest

from tests.kit.chaos import SIZE, through_chaos
from tests.kit.counting_smtp import Counting, serving
from tests.kit.doubling import SILENCE, app_of
from tests.kit.fleet import Fleet
from tests.kit.smtp_server import wait_until
from tests.kit.world import ROOT

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


def test_the_same_without_a_ledger_doubles(postgresql, tmp_path):
    """That what is counted here can be found: jobs that are tried again send what a killed one had handed over."""
    smtp = Counting(drops=0.1, seconds=0.05, chance=random.Random(18))
    with serving(smtp), closing(Fleet(postgresql, tmp_path, smtp)) as fleet:
        url = postgresql.url(fleet.database, "worker")
        asyncio.run(_deferred(app_of(url, smtp.port), 60))
        for many in (8, 24, None):
            command = [sys.executable, "-m", "tests.kit.doubling", url, str(smtp.port)]
            with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=ROOT) as process:
                if many:
                    assert wait_until(lambda many=many: len(smtp.taken) >= many, 60)
                    process.kill()
            time.sleep(SILENCE + 0.5)
        assert len(smtp.taken) == 60
        assert max(smtp.taken.values()) > 1


async def _deferred(app, count):
    async with app.open_async():
        for number in range(count):
            await app.configure_task("send", lock=str(number)).defer_async(number=number, mailbox="house@house.example")
