"""Wait for several sessions at once, each to its own time-out."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence
    from typing import Protocol

    class Waiting(Protocol):
        """What a session says of itself (``session.SmtpSession``)."""

        @property
        def awaits(self) -> Awaited: ...  # noqa: D102


class Awaited(NamedTuple):
    """A socket that is to be read, or written if it ``writes``, before ``until`` (of ``time.monotonic``)."""

    sock: socket.socket
    writes: bool
    until: float


def wait_any(sessions: Sequence[Waiting], seconds: float = math.inf) -> bool:
    """Wait until one of the sessions can go on, which may be to its time-out; False if ``seconds`` passed before."""
    import select

    awaited = [session.awaits for session in sessions]
    left = min(one.until for one in awaited) - time.monotonic()
    writing = [one.sock for one in awaited if one.writes]
    ready = select.select([one.sock for one in awaited], writing, [], max(0.0, min(left, seconds)))
    return any(ready) or left <= seconds
