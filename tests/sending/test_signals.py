"""Signals wait while something must stay one, and are heard again where the program goes on."""

from __future__ import annotations

import os
import signal

import pytest

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
