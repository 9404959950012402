"""Whether a server's replies keep step with the commands."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailer.transport.replies import Reply

_NEXT = {"rset": "mail", "mail": "rcpt", "rcpt": "final"}


class ReplyOrder:
    """Learns the sign of a server's replies to each command, and tells a reply to another one by it.

    The sign is the enhanced status; without one, the first word.
    """

    def __init__(self) -> None:
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def fits(self, command: str, reply: Reply, *, closely: bool) -> bool:
        """Whether ``reply`` can be one to ``command``: by its class, and ``closely`` by its sign too."""
        if not (reply.code == 354 if command == "data" else 200 <= reply.code <= 299):
            return reply.code >= 400
        seen, sign = self._seen[command], _sign(reply)
        if closely and seen and sign not in seen and self._is_another(command, sign):
            return False
        seen.add(sign)
        return True

    def tells_apart(self, command: str, other: str) -> bool:
        """Whether replies to the two have differed so far."""
        return self._seen[command].isdisjoint(self._seen[other])

    def is_ahead(self, command: str, reply: Reply) -> bool:
        """Whether ``reply`` looks like one to a later command, so that a reply is missing."""
        return reply.code == 354 or _sign(reply) in self._seen.get(_NEXT.get(command, ""), ())

    def _is_another(self, command: str, sign: str) -> bool:
        return any(sign in seen for name, seen in self._seen.items() if name != command)


def _sign(reply: Reply) -> str:
    return reply.status or reply.text.lower().partition(" ")[0]
