"""Signals whose exception Python dropped come once more.

What a handler raises while Python is in a destructor, or in the callback of a weak reference (each import has one),
goes to ``sys.unraisablehook`` and ends nothing: Ctrl-C would be lost.
"""

from __future__ import annotations

import _thread
import signal
import sys
import time
from typing import TYPE_CHECKING

from mailer.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds until one comes again: it is out of the destructor by then.
_ONCE_MORE = 0.01


def come_again(number: int, first: Callable[[], object] = int) -> None:
    """Call ``first`` in a moment, and let the signal come to this thread, whatever it waits for then."""
    _thread.start_new_thread(_come, (number, _thread.get_ident(), first))


def _come(number: int, thread: int, first: Callable[[], object]) -> None:
    time.sleep(_ONCE_MORE)
    first()
    if sys.platform == "win32":
        _thread.interrupt_main(signal.Signals(number))
    else:
        signal.pthread_kill(thread, number)


def number_of(raised: BaseException | None) -> int:
    """Return the signal that a command raises this for; 0 for none."""
    if isinstance(raised, KeyboardInterrupt):
        return signal.SIGINT
    return signal.SIGTERM if isinstance(raised, SystemExit) and raised.code == Stopped.code else 0
