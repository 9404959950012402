"""Waiting for several sessions: the one that can go on, the one whose time is over, or so many seconds."""

from __future__ import annotations

import socket
import time

import pytest

from mailer.transport.session import wait_any
from mailer.transport.values import Awaited


def awaited(sock, *, writes=False, seconds=30.0):
    return Awaited(sock, writes, time.monotonic() + seconds)


@pytest.fixture
def pairs():
    made = [socket.socketpair() for _ in range(2)]
    yield made
    for pair in made:
        for sock in pair:
            sock.close()


def test_one_that_can_be_read(pairs):
    pairs[1][1].sendall(b"250 ok")
    assert wait_any([awaited(ours) for ours, _ in pairs])


def test_one_that_can_be_written(pairs):
    assert wait_any([awaited(pairs[0][0]), awaited(pairs[1][0], writes=True)])


def test_a_time_that_is_over(pairs):
    assert wait_any([awaited(pairs[0][0]), awaited(pairs[1][0], seconds=0.05)])


@pytest.mark.parametrize("seconds", [0.0, 0.05, -1.0])
def test_so_many_seconds(pairs, seconds):
    began = time.monotonic()
    assert not wait_any([awaited(ours) for ours, _ in pairs], seconds)
    assert time.monotonic() - began < 5
