"""Ctrl-C at the worst line: octets have gone out, and nobody has noted it yet."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import signal
import sys

import pytest

from mailer.cli.report import TerminalReporter
from mailer.sending.pending import Duplicates, Pending
from mailer.sending.several import Lines
from mailer.sending.submission import Handover, Submission
from mailer.sending.submitter import Submitter
from mailer.transport.commands import Commands
from mailer.transport.connection import Connection
from mailer.transport.pipeline import Pipeline, Transaction
from mailer.transport.protocol import ReplyOrder, SmtpProtocol
from mailer.transport.replies import ReplyReader
from mailer.transport.session import SmtpSession
from tests.kit.letters import BATCH, people
from tests.kit.smtp_server import Scripted
from tests.kit.world import World, put


@pytest.fixture(autouse=True)
def little_patience(monkeypatch):
    """A letter that was handed over in part is never answered."""
    monkeypatch.setattr("mailer.sending.submission.PATIENCE", 0.3)


@pytest.fixture(params=["1", pytest.param("4", marks=pytest.mark.slow)])
def desk(tmp_path, request):
    """Letters over one connection, and over several."""
    return World(tmp_path, MAILER_CONNECTIONS=request.param).with_letter()


def line_of(function, words):
    """The number of the line of ``function`` that holds ``words``."""
    lines, start = inspect.getsourcelines(function)
    return start + next(at for at, line in enumerate(lines) if words in line)


@contextlib.contextmanager
def traced(on_event, codes):
    """``on_event`` is told of the lines of these code objects; signals are heard afterwards as before."""
    before, handlers = sys.gettrace(), {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    sys.settrace(lambda frame, _event, _argument: on_event if frame.f_code in codes else None)
    yield
    sys.settrace(before)
    # A run that was stopped lets nothing disturb its end.
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def interrupt_at(request):
    """Raises KeyboardInterrupt when the n-th time that line of ``SmtpSession._turn`` is reached."""
    left = [request.param]
    at, code = line_of(SmtpSession._turn, "self._chunk = self._chunk[sent:]"), SmtpSession._turn.__code__

    def in_turn(frame, event, _argument):
        if event == "line" and frame.f_lineno == at:
            left[0] -= 1
            if not left[0]:
                sys.settrace(None)
                raise KeyboardInterrupt
        return in_turn

    with traced(in_turn, {code}):
        yield


@pytest.mark.parametrize("interrupt_at", range(1, 26), indirect=True)
def test_no_letter_goes_to_somebody_else_and_none_that_went_is_told_as_waiting(tmp_path, desk, interrupt_at):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(20))
    with Scripted(extensions=("PIPELINING",)) as server:
        result = desk.send(server, "b.md", "--each", "p.csv")
    told = {said["to"][0]: said["status"] for said in map(json.loads, result.octets.splitlines())}
    for message in server.messages:
        (person,) = message.rcpt_to
        assert f"<{person}>".encode() in message.content
        assert told.get(person) in ("sent", "in-doubt"), result.err


def bookkeeping():
    """The code objects between a server's reply and the line that tells of it."""
    kinds = (Submitter, Lines, Pending, Duplicates, TerminalReporter, Handover, Submission)
    methods = [method for kind in kinds for method in vars(kind).values()]
    return {method.__code__ for method in methods if hasattr(method, "__code__")}


def transport():
    """The code objects between the octets of a reply and what they mean for a letter."""
    kinds = (SmtpSession, SmtpProtocol, ReplyOrder, Commands, Pipeline, Transaction, Connection, ReplyReader)
    methods = [getattr(method, "fget", method) for kind in kinds for method in vars(kind).values()]
    return {method.__code__ for method in methods if hasattr(method, "__code__")}


def sent_by_the_system(*numbers):
    """All of these signals at once, as a supervisor sends them to a group."""
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        for number in numbers:
            os.kill(os.getpid(), number)
    finally:
        # A thread of the server may have heard them first.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


@pytest.fixture
def signal_at(request):
    """Sends signals when so many of these lines were reached."""
    codes, lines, *numbers = request.param
    left = [lines]

    def in_line(_frame, event, _argument):
        left[0] -= event == "line"
        if left[0] == 0:
            sys.settrace(None)
            sent_by_the_system(*numbers)
        return in_line

    with traced(in_line, codes()):
        yield


ONE = [(bookkeeping, line, signal.SIGINT) for line in range(310, 2050, 97)]
TWO = [(bookkeeping, line, signal.SIGINT, signal.SIGTERM) for line in range(333, 2050, 211)]
# A signal in the very line that closes a connection leaves that to the end of the process.
CLOSES = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
READING = [(transport, line, signal.SIGINT) for line in range(699, 4000, 113)]


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be held back there")
@CLOSES
@pytest.mark.parametrize("signal_at", ONE + TWO + READING, indirect=True)
def test_every_letter_that_went_has_one_line_and_no_letter_two(tmp_path, desk, signal_at):
    put(tmp_path, "b.md", BATCH)
    put(tmp_path, "p.csv", people(20))
    with Scripted(extensions=("PIPELINING",)) as server:
        result = desk.send(server, "b.md", "--each", "p.csv")
    # Which of two signals is heard first is the system's affair.
    assert result.code in (130, 143), result.err
    told = [said["to"][0] for said in map(json.loads, result.octets.splitlines()) if said["status"] == "sent"]
    assert sorted(told) == sorted(person for message in server.messages for person in message.rcpt_to)
    assert len(desk.mailer("log", "--json").objects) == len(told)
    assert set(desk.states()) <= {"deferred"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be held back there")
@CLOSES
@pytest.mark.parametrize("signal_at", [(transport, line, signal.SIGINT) for line in range(600, 730, 7)], indirect=True)
def test_a_letter_to_oneself_that_went_is_told_as_sent(tmp_path, desk, signal_at):
    with Scripted(extensions=("PIPELINING",)) as server:
        result = desk.send(server, "l.md", "--to-myself")
    assert [said["status"] for said in map(json.loads, result.octets.splitlines())] == ["sent"] * len(server.messages)
