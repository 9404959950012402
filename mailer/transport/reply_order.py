"""Whether a server's replies keep step with the commands."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.transport.replies import Reply

_NEXT = {"rset": "mail", "mail": "rcpt", "rcpt": "final"}


class ReplyOrder:
    """Learns the enhanced status that a server gives for each command, and tells a reply to another one by it."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def fits(self, command: str, reply: Reply, *, closely: bool) -> bool:
        """Whether ``reply`` can be one to ``command``: by its class, and ``closely`` by its status too."""
        if not (reply.code == 354 if command == "data" else 200 <= reply.code <= 299):
            return reply.negative
        seen = self._seen[command]
        if closely and seen and reply.status not in seen and self._is_another(command, reply):
            return False
        seen.add(reply.status)
        return True

    def is_ahead(self, command: str, reply: Reply) -> bool:
        """Whether ``reply`` looks like one to a later command, so that a reply is missing."""
        return reply.code == 354 or reply.status in self._seen.get(_NEXT.get(command, ""), ())

    def _is_another(self, command: str, reply: Reply) -> bool:
        return any(reply.status in seen for name, seen in self._seen.items() if name != command)
