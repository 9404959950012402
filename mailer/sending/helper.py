"""A second process that does a share of a long piece of work, where there is a processor for it.

The helper is a copy of this process, made by fork(2): it knows all that this one knows by then, and needs no start-up.
It gets its work and answers through two pipes, reads no other file, writes none, and ends when this process does.  This
process does whatever the helper has not done, so the helper may end at any time and nothing is lost.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import ExitStack, suppress
from struct import Struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LENGTH = Struct("!Q")
# Tasks that wait for it, with the one that it is at.
_MOST = 3
_PIPE = 1 << 20
_ONLY = "processes are copied on Linux only"
# SIGKILL, which not every system names.
_AT_ONCE = 9


def may_help() -> bool:
    """Tell whether a copy of this process can be made safely, and would have a processor of its own."""
    if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2:
        return False
    threads = sys.modules.get("threading")
    # A thread is not copied, the locks that it holds are.
    return threads is None or threads.active_count() == 1


class Helper:
    """Does ``work`` with what it is given, in order.  To be closed after use."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        """Raises OSError where no process can be made."""
        with ExitStack() as ours, ExitStack() as theirs:
            tasks, self._tasks = _pipe(theirs, ours)
            self._answers, answers = _pipe(ours, theirs)
            # With some to spare, for a pipe is filled by pages.
            self._room = _capacity(self._tasks) // (_MOST + 1)
            self._waiting = 0
            self._pid = _copied(lambda: _serve(work, tasks, answers, ours))
            self._open = ours.pop_all()

    @property
    def has_room(self) -> bool:
        """Whether it takes another task before it has answered one."""
        return self._waiting < _MOST

    def give(self, task: object) -> bool:
        """Let it do the task, unless that is too large for the pipe, or the process is gone."""
        data = _packed(task)
        # What fits into the pipe is taken at once: the two never wait for each other to read.
        if len(data) > self._room:
            return False
        try:
            _write(self._tasks, data)
        except OSError:
            return False
        self._waiting += 1
        return True

    def is_done(self) -> bool:
        """Tell whether the answer to the task that was given first is there, or none will come."""
        from selectors import EVENT_READ, DefaultSelector

        with DefaultSelector() as selector:
            selector.register(self._answers, EVENT_READ)
            return bool(selector.select(0))

    def answer(self) -> Any:  # noqa: ANN401 - whatever the work gives
        """The answer to the task that was given first, which is waited for; None where none comes."""
        self._waiting -= 1
        data = _read(self._answers)
        return None if data is None else pickle.loads(data)  # noqa: S301 - our own

    def close(self) -> None:
        """End it."""
        self._open.close()
        with suppress(OSError):
            os.kill(self._pid, _AT_ONCE)
        with suppress(OSError):
            os.waitpid(self._pid, 0)


def _copied(serve: Callable[[], None]) -> int:
    """The number of a copy of this process, which does nothing but ``serve``."""
    if sys.platform != "linux":
        raise OSError(_ONLY)
    import signal

    # What stops this process must not reach a copy that goes on as if it were this one.
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        copy = os.fork()
        if not copy:
            try:
                # Ctrl-C is for the process that asks.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                for number in (signal.SIGTERM, signal.SIGHUP):
                    # Under nohup(1) it stays ignored.
                    if signal.getsignal(number) != signal.SIG_IGN:
                        signal.signal(number, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_SETMASK, kept)
                serve()
            finally:
                # Nothing of what this process does at its end.
                os._exit(0)
        return copy
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """A pipe, whose ends are closed with these."""
    if sys.platform != "linux":
        raise OSError(_ONLY)
    import fcntl

    reads, writes = os.pipe()
    reader.callback(os.close, reads)
    writer.callback(os.close, writes)
    with suppress(OSError):
        fcntl.fcntl(writes, fcntl.F_SETPIPE_SZ, _PIPE)
    return reads, writes


def _capacity(pipe: int) -> int:
    if sys.platform != "linux":
        raise OSError(_ONLY)
    import fcntl

    return fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ)


def _serve(work: Callable[[Any], Any], tasks: int, answers: int, others: ExitStack) -> None:
    """Work until nobody asks any more; ``others`` are the ends of the pipes that are not the copy's."""
    others.close()
    for task in iter(lambda: _read(tasks), None):
        _write(answers, _packed(work(pickle.loads(task))))  # noqa: S301 - our own


def _packed(value: object) -> bytes:
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


def _write(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def _read(pipe: int) -> bytes | None:
    """What was packed; None where the pipe has ended."""
    head = b"".join(_pieces(pipe, _LENGTH.size))
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = b"".join(_pieces(pipe, length))
    return data if len(data) == length else None


def _pieces(pipe: int, length: int) -> Iterator[bytes]:
    while length and (piece := os.read(pipe, min(length, _PIPE))):
        length -= len(piece)
        yield piece
