"""What a server's reply means and what to do about it, from ``replies.toml`` (RFC 5321 4.2.3, RFC 3463)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailer.transport.replies import Reply

# A code tells only what the server's author thought of; words tell what happened.
_WORDS, _HOST, _STATUS, _CODE, _SIGN_IN, _LITTLE = 16, 8, 4, 2, 2, 1


def explain(reply: Reply, host: str = "", phase: str = "", sign_in: str = "") -> tuple[str, str]:
    """``(meaning, what to do)`` for a reply of ``host`` at ``phase``, each one line without a full stop.

    ``phase``: "connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "final", or "" if not known;
    ``sign_in``: "password" or "token", what was tried.
    """
    fitting = [
        (_weight(entry), -at) for at, entry in enumerate(_entries()) if _fits(entry, reply, host, phase, sign_in)
    ]
    if not fitting:
        return "an answer out of place", "the server is at fault; run the same command again later"
    entry = _entries()[-max(fitting)[1]]
    return entry["meaning"], entry["advice"]


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    import tomllib

    text = Path(__file__).with_name("replies.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["reply"])


def _fits(entry: dict[str, Any], reply: Reply, host: str, phase: str, sign_in: str) -> bool:
    return (
        _any(entry, "code", lambda wanted: wanted in (reply.code, f"{reply.code // 100}yz"))
        and _any(entry, "status", lambda wanted: _is_status(wanted, reply.status))
        # Where the phase is not known, what depends on it is no explanation.
        and _any(entry, "phase", lambda wanted: wanted == phase)
        and _any(entry, "sign_in", lambda wanted: wanted == (sign_in or "password"))
        and _any(entry, "host", lambda wanted: _finds(wanted, host))
        and _any(entry, "words", lambda wanted: _finds(wanted, reply.text))
    )


def _any(entry: dict[str, Any], key: str, fits: Callable[[Any], bool]) -> bool:
    wanted = entry.get(key)
    return wanted is None or any(map(fits, wanted if isinstance(wanted, list) else [wanted]))


def _weight(entry: dict[str, Any]) -> int:
    """How much an entry asks for."""
    broad = str(entry.get("code", "")).find("yz") >= 0
    wild = any(status.endswith("*") for status in entry.get("status", ()))
    return (
        _WORDS * ("words" in entry)
        + _HOST * ("host" in entry)
        + ("status" in entry) * (_LITTLE if wild else _STATUS)
        + ("code" in entry) * (_LITTLE if broad else _CODE)
        + _SIGN_IN * ("sign_in" in entry)
        + _LITTLE * ("phase" in entry)
    )


def _is_status(wanted: str, status: str) -> bool:
    return status.startswith(wanted[:-1]) if wanted.endswith("*") else status == wanted


def _finds(pattern: str, text: str) -> bool:
    return re.search(pattern, " ".join(text.split()), re.IGNORECASE) is not None
