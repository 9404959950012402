"""Tell the database every few seconds that a run lives, over a connection of its own; the database's clock counts."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from mailer.errors import MailerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.ledger.store import Store

# Seconds between two beats, and those after which a run that was not heard is dead.
BEAT, SILENCE = 5.0, 30.0
ALIVE = f"NOT fenced AND beat > clock_timestamp() - interval '{SILENCE} seconds'"
_BEATS = "UPDATE runs SET beat = clock_timestamp() WHERE id = ? AND token = ? AND NOT fenced"


class Heart:
    """Beats from its making until it is stopped; where the database is gone it tries again."""

    def __init__(self, opened: Callable[[], Store], run: int, token: str) -> None:
        self._opened, self._run, self._token = opened, run, token
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="mailer-heart", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._stop.set()
        self._thread.join(timeout=2 * BEAT)

    def _beat(self) -> None:
        while not self._stop.is_set():
            # A run has beaten when it was begun; a short one needs no connection for more.
            if self._stop.wait(BEAT):
                return
            with contextlib.suppress(MailerError), contextlib.closing(self._opened()) as store:
                store.execute(_BEATS, (self._run, self._token))
                while not self._stop.wait(BEAT):
                    store.execute(_BEATS, (self._run, self._token))
