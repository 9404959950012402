"""The conversation with a server for ``-v``, line by line, secrets replaced; and how to find a secret in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailer.masking import _BASE64_RUN, _URL_SAFE, STARS, finder
from mailer.transport.replies import in_escapes

if TYPE_CHECKING:
    import re
    from collections.abc import Callable


class Transcript:
    """Writes ``> command`` and ``< reply`` lines to ``log``, and knows what must not be seen.

    It is ``wanted`` where there is a ``log`` that is read; else nothing is written.
    """

    def __init__(self, log: Callable[[str], None] | None = None) -> None:
        self._log = log
        self.wanted = log is not None
        self._plain: list[re.Pattern[str]] = []
        self._encoded: list[str] = []

    def hide(self, secret: str, *encoded: str) -> None:
        """From now on ``secret`` and the base64 strings that hold it are shown as stars, wherever they turn up."""
        found = finder(secret)
        self._plain += [found] if found else []
        self._encoded += [kind.casefold() for form in encoded if form for kind in {form, form.translate(_URL_SAFE)}]

    def mask(self, text: str) -> str:
        """``text`` without the secrets, also where only a part of the base64 form is quoted."""
        for pattern in self._plain:
            text = pattern.sub(STARS, text)
        if not self._encoded:
            return text
        import re

        return re.sub(_BASE64_RUN, self._mask_run, text)

    def _mask_run(self, found: re.Match[str]) -> str:
        run = found[0].casefold()
        return STARS if any(run in form or form in run for form in self._encoded) else found[0]

    def sent(self, line: bytes) -> None:
        """A command without a secret."""
        if self._log:
            self._log("> " + self.mask(in_escapes(line.rstrip(b"\r\n").decode("utf-8", "replace"))))

    def sent_secret(self, before: str = "") -> None:
        """A line of which only ``before`` may be shown."""
        if self._log:
            self._log(f"> {before} {STARS}" if before else f"> {STARS}")

    def sent_content(self, octets: int) -> None:
        """A message, by its size."""
        if self._log:
            self._log(f"> ({octets:,} octets of content)")

    def received(self, line: bytes) -> None:
        """A line from the server."""
        if self._log:
            self._log("< " + self.mask(in_escapes(line.rstrip(b"\r").decode("utf-8", "replace"))))

    def note(self, text: str) -> None:
        """What happened between two lines."""
        if self._log:
            self._log(f"* {self.mask(text)}")
