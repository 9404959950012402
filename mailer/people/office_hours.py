"""The hours in which a letter best arrives, at the recipient's place."""

from __future__ import annotations

from datetime import datetime, time

OPEN, CLOSED = time(8, 30), time(17, 30)


def hours_words(there: datetime) -> str:
    """When to send, where it is too early or too late there now; else "".

    Dates are days: whoever is due is due the whole day, and the letter is as well written now.
    """
    if OPEN <= there.time() <= CLOSED:
        return ""
    hours = f"from {OPEN:%H:%M} to {CLOSED:%H:%M}"
    return (
        f"it is {there:%H:%M} there: better sent {hours}{'' if there.time() < OPEN else ' on their next working day'}"
    )
