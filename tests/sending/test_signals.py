"""Signals wait while something must stay one, and are heard again where the program goes on."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from mailer.errors import Stopped
from mailer.sending.reporter import DeferredSignals

SIGNALS = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))


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


class OwnError(Exception):
    """What a program raises to stop."""


@pytest.fixture
def handled():
    """Sets handlers for this test alone."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield signal.signal
    for number, handler in before.items():
        signal.signal(number, handler)


def raises(error):
    def handler(number, _frame):
        raise error(number)

    return handler


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt, Stopped, OwnError])
def test_one_that_came_in_a_destructor_stops_the_run_all_the_same(handled, number, raised):
    handled(number, raises(raised))
    with pytest.raises(raised) as heard, DeferredSignals().listening():
        Dying(number)
        time.sleep(5)
        pytest.fail("nobody heard it")
    assert heard.value.args == (number,)


def test_what_else_is_raised_in_a_destructor_stops_nothing(monkeypatch):
    class Faulty:
        def __del__(self):
            raise KeyboardInterrupt

    dropped = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)
    with DeferredSignals().listening():
        Faulty()
        time.sleep(0.05)
    assert [what.exc_type for what in dropped] == [KeyboardInterrupt]


def test_a_handler_that_raises_nothing_stops_nothing(handled):
    heard = []
    handled(signal.SIGTERM, lambda number, _frame: heard.append(number))
    signals = DeferredSignals()
    with pytest.raises(KeyboardInterrupt), signals.listening():
        os.kill(os.getpid(), signal.SIGTERM)
        with signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                os.kill(os.getpid(), number)
                time.sleep(0)
            assert len(heard) == 1
    assert len(heard) == 2


def test_one_that_comes_while_the_handlers_are_set_or_put_back_is_heard_and_leaves_them_as_they_were(
    handled, monkeypatch
):
    for number in SIGNALS:
        handled(number, raises(KeyboardInterrupt))
    before = [signal.getsignal(number) for number in SIGNALS]
    left, put = [0], signal.signal

    def interrupted_put(*args):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return put(*args)

    monkeypatch.setattr("signal.signal", interrupted_put)
    for at in range(1, 2 * len(SIGNALS) + 1):
        left[0] = at
        with pytest.raises(KeyboardInterrupt), DeferredSignals().listening():
            pass
        assert [signal.getsignal(number) for number in SIGNALS] == before


def test_one_that_waited_for_what_then_failed_has_stopped_the_run():
    signals = DeferredSignals()
    with pytest.raises(OwnError), signals.listening(), signals:
        os.kill(os.getpid(), signal.SIGINT)
        raise OwnError
    assert signals.stopped
