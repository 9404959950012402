"""How a letter ended, in the JSON of ``send`` and ``rehearse``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailer.errors import MailerError
    from mailer.transport.replies import Reply

BLANK: dict[str, Any] = {
    "status": "invalid",
    "row": None,
    "id": None,
    "to": [],
    "subject": None,
    "message_id": None,
    "refused": {},
    "reply": None,
    "copy": "off",
    "problems": [],
    "error": None,
}


def reply_json(reply: Reply | None) -> dict[str, Any] | None:
    """The JSON object of a server's reply."""
    return {"code": reply.code, "status": reply.status, "text": reply.text} if reply else None


def replies_json(refused: Mapping[str, Reply]) -> dict[str, Any]:
    """The JSON object of refused recipients."""
    return {addr_spec: reply_json(reply) for addr_spec, reply in refused.items()}


def exit_code(error: MailerError | None) -> int:
    """The code of ``error``, 0 for none."""
    return error.code if error else 0
