"""One link of the chain, and the list of them as it grows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.errors import MailerError

NAMES = ("settings", "keyring", "dns", "tcp", "tls", "ehlo", "auth", "envelope", "imap")
# The last one is taken only where there is a ledger to look at.
LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Probe:
    """``ok`` is None where it was not looked at, ``text`` says why; ``seen`` is for people and holds no secret."""

    step: str
    ok: bool | None
    seconds: float
    seen: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Every step, in the order of ``NAMES``, and perhaps ``LEDGER``; ``error`` is that of the first that failed."""

    steps: tuple[Probe, ...]
    error: MailerError | None

    @property
    def ok(self) -> bool:
        """Whether none failed."""
        return self.error is None


class DiagnosisBuilder:
    """Steps as they are taken, each timed from the end of the one before."""

    def __init__(self, tell: Callable[[Probe], object], clock: Callable[[], float] = time.monotonic) -> None:
        self.steps: list[Probe] = []
        self.error: MailerError | None = None
        self._tell = tell
        self._clock = clock
        self._since = clock()

    @property
    def next(self) -> str:
        """The name of the step that has no answer yet."""
        return (*NAMES, LEDGER)[len(self.steps)]

    def passed(self, seen: str, text: str, hint: str = "") -> None:
        """The next step is as it should be."""
        self._add(True, seen, text, hint)

    def failed(self, error: MailerError, hint: str = "", seen: str = "") -> None:
        """The next step is not; ``hint`` stands for the error's own."""
        error.hint = hint or error.hint
        self.error = self.error or error
        self._add(False, seen, error.text, error.hint)

    def skipped(self, why: str) -> None:
        """The next step is not looked at."""
        self._add(None, "", why, "")

    def skip_to(self, name: str, why: str) -> None:
        """The steps before ``name`` that have no answer are not looked at."""
        while len(self.steps) < NAMES.index(name):
            self.skipped(why)

    def _add(self, ok: bool | None, seen: str, text: str, hint: str) -> None:
        now = self._clock()
        seconds = 0.0 if ok is None else round(now - self._since, 3)
        self._since = now
        self.steps.append(Probe(self.next, ok, seconds, seen, text, hint))
        self._tell(self.steps[-1])
