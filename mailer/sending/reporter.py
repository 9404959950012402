"""Who is told how each letter of a run ended: a screen, or a program that collects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.sending.signals import DeferredSignals

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.errors import MailerError
    from mailer.sending.item import Item
    from mailer.sending.plan import Plan
    from mailer.sending.values import Result


class Reporter:
    """Told of each letter once, as it settles; this one only listens.

    ``signals`` are deferred while something is told and while what is on disk changes; see there for ``to_the_end``.
    """

    def __init__(self, *, to_the_end: bool = False) -> None:
        self.signals = DeferredSignals(to_the_end=to_the_end)

    def checking(self, letters: int | None) -> None:
        """Hear that a batch is about to be checked, so many letters where that is known."""

    def checked(self, letters: int) -> None:
        """Hear that so many more are checked; 0 when all are."""

    def warn(self, plan: Plan) -> None:
        """Hear what is about to be sent, where nobody is asked."""

    def begin(self, host: str, copy: Callable[[Result, Callable[[], object]], str], letters: int, again: bool) -> None:
        """Hear that letters are about to be submitted to ``host``.

        ``copy`` makes the copy in Sent of a letter that is told as sent, and calls its second argument before that
        takes time.  With ``again`` the rows that are told of must be remembered.
        """

    def result(self, result: Result) -> None:
        """Hear of a letter that the ledger or the server settled; its ``tag`` is the letter."""

    def held_back(self, item: Item, error: MailerError) -> None:
        """Hear of a letter that ``error`` kept back."""

    def unreached(self, item: Item) -> None:
        """Hear of a letter that was to go anew and may not have been reached when the run was stopped."""

    def broke_off(self, error: MailerError) -> None:
        """Hear what ended the run before its end."""

    def cannot_begin(self, error: MailerError) -> None:
        """Hear why no letter goes, where none can be told of by itself."""

    def flush(self) -> None:
        """Hand over what was told."""

    def end(self, letters: int = 0) -> None:
        """Hear that the run is over; ``letters`` is how many there were where it was stopped."""
