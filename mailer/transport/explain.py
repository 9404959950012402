"""What a server's reply means and what to do about it, from ``replies.toml`` (RFC 5321 4.2.3, RFC 3463)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailer.transport.replies import Reply


def explain(reply: Reply, host: str = "", phase: str = "") -> tuple[str, str]:
    """``(meaning, what to do)`` for a reply of ``host`` at ``phase``, each one line without a full stop.

    ``phase``: "connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "final", or "" if not known.
    """
    for entry in _entries():
        if _fits(entry, reply, host, phase):
            return entry["meaning"], entry["advice"]
    return "an answer out of place", "the server is at fault; run the same command again later"


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    import tomllib

    text = Path(__file__).with_name("replies.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["reply"])


def _fits(entry: dict[str, Any], reply: Reply, host: str, phase: str) -> bool:
    return (
        _is_code(entry.get("code"), reply.code)
        and ("status" not in entry or any(_is_status(wanted, reply.status) for wanted in entry["status"]))
        and ("phase" not in entry or phase in entry["phase"])
        and _finds(entry.get("host"), host)
        and _finds(entry.get("words"), reply.text)
    )


def _is_code(wanted: int | str | None, code: int) -> bool:
    return wanted is None or wanted == code or (isinstance(wanted, str) and wanted[0] == str(code)[0])


def _is_status(wanted: str, status: str) -> bool:
    return status.startswith(wanted[:-1]) if wanted.endswith("*") else status == wanted


def _finds(pattern: str | None, text: str) -> bool:
    return pattern is None or re.search(pattern, text, re.IGNORECASE) is not None
