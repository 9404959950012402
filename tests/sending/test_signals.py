"""Signals wait while something must stay one, and are heard again where the program goes on."""

from __future__ import annotations

import os
import signal
import time

import pytest

from mailer.errors import Stopped
from mailer.sending.reporter import DeferredSignals


def interrupted(signals):
    with signals.listening(), signals:
        os.kill(os.getpid(), signal.SIGINT)


def test_a_program_that_goes_on_hears_the_next_one():
    before = signal.getsignal(signal.SIGINT)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            interrupted(DeferredSignals())
        assert signal.getsignal(signal.SIGINT) is before


def test_the_end_of_a_command_is_not_disturbed_by_another():
    with pytest.raises(KeyboardInterrupt):
        interrupted(DeferredSignals(to_the_end=True))
    os.kill(os.getpid(), signal.SIGINT)


class Dying:
    """Python drops what is raised while it takes this away."""

    def __init__(self, number):
        self.number = number

    def __del__(self):
        os.kill(os.getpid(), self.number)
        time.sleep(0)


def stopped(*_):
    raise Stopped("told to stop")


@pytest.mark.parametrize(("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Stopped)])
def test_one_that_came_in_a_destructor_stops_the_run_all_the_same(number, raised):
    before = signal.getsignal(number)
    if number == signal.SIGTERM:
        signal.signal(number, stopped)
    try:
        with pytest.raises(raised), DeferredSignals().listening():
            Dying(number)
            time.sleep(5)
            pytest.fail("nobody heard it")
    finally:
        signal.signal(number, before)
