"""Leave out at a glance what concerns nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.answers.mail import Mail
    from mailer.answers.values import Known, Origin


class Sieve:
    def __init__(self, known: Known) -> None:
        self._known = known

    def wanted(self, heads: Sequence[tuple[bytes, Origin]]) -> list[Mail | None]:
        return [self._wanted(octets) for octets, _ in heads]

    def _wanted(self, octets: bytes) -> Mail | None:
        from mailer.answers.candidates import candidate
        from mailer.answers.mail import read

        look = read(octets, headers_only=True)
        return look if candidate(look, self._known) else None
