"""Times as they stand in the tables: UTC, ISO 8601 with microseconds, so that they sort as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailer.ledger.file import DAMAGED

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.ledger.store import Store

# A day on either side is left for the zones of those who read the time.
_YEARS = range(1970, 9999)


class Clock:
    """What the clock says, as text; in a transaction it stands, as in SQL."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._turn, self._text = 0, ""

    def __call__(self) -> str:
        """Return the time; CannotWrite as `written`."""
        if not self._turn or self._turn != self._store.turn:
            self._turn, self._text = self._store.turn, written(self._store, self._clock)
        return self._text


def written(store: Store, clock: Callable[[], datetime]) -> str:
    """Return what the clock says; CannotWrite where that is no year that can be told again."""
    try:
        moment = clock().astimezone(UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise _clock_error(store, str(error)) from error
    if moment.year not in _YEARS:
        raise _clock_error(store, f"year {moment.year}")
    return moment.isoformat(timespec="microseconds")


def _clock_error(store: Store, said: str) -> Exception:
    return store.unusable(f"takes no such time ({said})", "Set the clock of this computer right.")


def read(store: Store, text: str) -> datetime:
    """Return a time of the tables; CannotWrite where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _time_error(store, text) from error
    if moment.tzinfo is None or moment.year not in _YEARS:
        raise _time_error(store, text)
    return moment


def _time_error(store: Store, text: str) -> Exception:
    return store.unusable(f"is damaged: {text[:40]!r} is not a time", DAMAGED)
